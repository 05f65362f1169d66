#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-loop.sh - the host's kernel finds in an image of tar2fs all that went in.
#
# needs: root

. "$top_srcdir/tests/helpers/lib-cp.sh"
. "$top_srcdir/tests/helpers/lib-root.sh"
need getfattr getfacl setfattr

make_plain tree
mknod tree/device b 7 200
chown 1234:5678 tree/device
setfattr -n trusted.test -v value tree/dir
tar -C tree -c --xattrs --xattrs-include='*' --acls --sparse -f tree.tar . || die tar

for type in ext4 ext2 xfs btrfs; do
	for input in tree tree.tar; do
		run_check tar2fs --type=$type $input image
		[ ! -s stderr ] || die "is not silent"
		host_mount $type image mnt rw
		# mke2fs has made it.
		[ ! -d mnt/lost+found ] || rmdir mnt/lost+found
		touch -r tree mnt
		# xfs shows root its lists under another name, too.
		check_tree tree mnt '/^trusted.SGI_ACL_/d'
		[ "$(stat -c %t:%T mnt/device)" = 7:c8 ] || die "another device"
		host_umount mnt
	done
done
