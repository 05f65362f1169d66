#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ntfs-owners.sh - ntfs keeps owners, permissions and device numbers in extended
# attributes.  They are in an archive once, and not as attributes that tar
# cannot restore.

. "$top_srcdir/tests/helpers/lib.sh"
need mkntfs tar setfattr

mkdir tree
echo text >tree/file
chmod 4751 tree/file
setfattr -n user.mine -v kept tree/file
make_image ntfs image 64M
run_check cptofs -i image -o 1234 -g 5678 tree /

run_check fs2tar image archive.tar
tar --xattrs --xattrs-include='*' -vvtf archive.tar >list ||
	die "tar cannot list the archive"
grep -q '^-rwsr-x--x\* 1234/5678 .*tree/file$' list ||
	die "not the owner and mode: $(cat list)"
grep -q 'user\.mine' list || die "the user's attribute is missing: $(cat list)"
! grep -a 'LXUID\|LXGID\|LXMOD\|LXDEV' archive.tar ||
	die "owners are in the archive as attributes"

mkdir out
run_check tar --xattrs --xattrs-include='*' -xf archive.tar -C out 2>messages
[ ! -s messages ] || die "tar complains: $(cat messages)"

# Nothing is reported as lost on the way back.
run_check cpfromfs -i image /tree/file copy 2>messages
[ ! -s messages ] || die "cpfromfs complains: $(cat messages)"
[ "$(getfattr --only-values -n user.mine copy)" = kept ] ||
	die "cpfromfs lost the user's attribute"
