#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# direct-reads.sh - a large file that is read does not go through the memory of
# the kernel inside, whichever thread of lklfuse answers.
# timeout: 300

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
[ -z "$INSTRUMENT" ] || skip "what instruments programs needs memory itself"
! is_sanitized || skip "the sanitizer needs memory itself"

# In KiB: the most that the daemon has used so far.
peak() {
	awk '$1 == "VmHWM:" { print $2 }' "/proc/$(fuse_pids image | head -n 1)/status"
}

make_fuse_image ext4 image
fuse_mount image mnt
head -c 32M /dev/urandom >large && cp large mnt || die "cannot write"
mkdir mnt/small
for n in {1..64}; do
	head -c 64k /dev/urandom >mnt/small/$n || die "cannot write"
done
fuse_unmount image mnt

for ((n = 0; n < 4; n++)); do
	fuse_mount image mnt -o ro,io_uring=no --threads=16
	# They wait for the disk, so all threads have to answer requests; which of
	# them goes on alone afterwards is a matter of chance.
	sync image
	dd if=image iflag=nocache count=0 status=none || die "cannot drop the cache"
	printf '%s\n' mnt/small/* | xargs -n 1 -P 32 cat >/dev/null ||
		die "cannot read the small files"
	before=$(peak)
	[ "$before" -gt 0 ] || die "no peak of memory"
	cmp large mnt/large || die "the file is not the same"
	used=$(($(peak) - before))
	echo "reading 32 MiB took $used KiB" >&3
	[ $used -lt 16384 ] || die "reading 32 MiB took $used KiB of memory"
	fuse_unmount image mnt
done
