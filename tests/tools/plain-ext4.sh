#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# plain-ext4.sh - GNU tar finds the same tree in the archive that mke2fs put
# into the image, and restores its attributes and ACLs.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs getfattr getfacl

make_plain tree
# mke2fs keeps seconds only.
find tree -depth -exec touch -h -d '2022-02-02 22:22:22 UTC' {} +
for type in ext2 ext3 ext4; do
	make_image $type image 64M -d tree
	run_check fs2tar image archive.tar
	check_plain archive.tar tree
done

mkdir out
run_check tar --xattrs --xattrs-include='user.*' --acls -p -xf archive.tar \
	--exclude=./lost+found -C out
attributes() {
	(cd "$1" && getfattr -h -R -d -m user . | sort && getfacl -R . | sort)
}
attributes tree >want
attributes out >got
check_same want got "attributes and ACLs"
grep -q '^user.test=' want && grep -q '^user:12345:rw-' want &&
	grep -q '^default:group:54321:r-x' want ||
	skip_part "the host's file system has no attributes or no ACLs"
