#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-root.sh - as root, tar2fs copies attributes of folders that only root may
# read, and follows no link of another user to its output.
#
# needs: root

. "$top_srcdir/tests/helpers/lib-cp.sh"
need setfattr getfattr

mkdir -p tree/dir
echo text >tree/dir/file
ln -s file tree/dir/link
setfattr -n trusted.test -v of-file tree/dir/file &&
	setfattr -n trusted.test -v of-dir tree/dir &&
	setfattr -h -n trusted.test -v of-link tree/dir/link ||
	skip "this file system has no trusted attributes"
run_check tar2fs tree image.ext4
run_check fs2tar image.ext4 archive.tar
mkdir out
tar -C out --xattrs --xattrs-include='*' -xf archive.tar || die tar
for file in dir dir/file dir/link; do
	check_text <(cd out && getfattr -h --only-values -n trusted.test $file;
		echo) "of-${file##*/}"
done

# A folder of another user, with a link in place of the output.
mkdir theirs
echo precious >victim
chmod 600 victim
for target in victim missing; do
	ln -s "$PWD/$target" theirs/image.ext4
	chown -h 65534:65534 theirs theirs/image.ext4
	run_mustfail 1 'a symbolic link of another user' \
		tar2fs tree theirs/image.ext4
	run_mustfail 1 'a symbolic link of another user' \
		fs2tar image.ext4 theirs/image.ext4
	[ "$(cat victim)" = precious ] || die "replaced another file"
	[ ! -e missing ] || die "made a file where the link leads"
	rm theirs/image.ext4
done

# Root's own links lead to the image.
ln -s ../real.ext4 theirs/image.ext4
run_check tar2fs tree theirs/image.ext4
check_clean ext4 real.ext4
[ -L theirs/image.ext4 ] || die "replaced the link"
run_check tar2fs tree theirs/image.ext4
[ -L theirs/image.ext4 ] || die "replaced the link"
exit 0
