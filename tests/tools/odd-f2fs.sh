#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# odd-f2fs.sh - fs2tar keeps all unusual properties of files in f2fs, leaves
# the image as it is, and makes the same archive each time.

. "$top_srcdir/tests/helpers/odd-archive.sh"

check_odd_archive f2fs 128M

# No kernel with block numbers of 32 bits mounts an f2fs of 16 TiB, and making one
# takes some memory.  Here, an image just claims to be so large.
rm image && make_image f2fs image 128M
for at in 1072 5168; do			# the superblock and its copy
	printf '\xff\xff\x7f\0' |
		dd of=image bs=1 seek=$at conv=notrunc status=none
done
run_mustfail 1 'at 16 TiB, it has more blocks than the kernel can count' \
	fs2tar image archive.tar
if [ -n "${F2FS_HUGE:-}" ]; then
	truncate -s 16T huge || skip "no files of 16 TiB here"
	make_image f2fs huge 16T
	run_mustfail 1 'at 16 TiB, it has more blocks than the kernel can' \
		fs2tar huge archive.tar
	make_image f2fs huge $(((16 << 40) - (2 << 20)))
	run_check fs2tar huge archive.tar
fi
