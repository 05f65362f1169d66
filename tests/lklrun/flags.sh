#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# flags.sh - chattr and lsattr reach the flags of files and folders in the image.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need chattr lsattr mke2fs e2fsck debugfs

cat >job.sh <<'EOF'
cd /mnt
echo text >file
mkdir folder
chattr +d file
chattr +d folder
lsattr -d file folder | sed 's/e//'
chattr -d folder
echo more >>file
chattr +i file
(echo more >>file) 2>&1 | grep -o 'Operation not permitted'
rm -f file 2>&1 | grep -o 'Operation not permitted'
chattr -i file
echo last >>file
chattr +a file
(echo >file) 2>&1 | grep -o 'Operation not permitted'
lsattr -d folder | sed 's/e//'
EOF
make_user_image image 32M
run_check lklrun -i image --at=/mnt --fake-root -- bash "$PWD/job.sh" >out
check_text out "$(printf '%s\n' '------d-------------- file' \
	'------d-------------- folder' 'Operation not permitted' \
	'Operation not permitted' 'Operation not permitted' \
	'--------------------- folder')"
run_check e2fsck -fn image >&3
run_check debugfs -R 'stat /file' image >stat
grep -q 'Flags: 0x80060' stat || die "other flags in the image: $(cat stat)"
run_check debugfs -R 'cat /file' image >content
check_text content $'text\nmore\nlast'
