#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fuse-users.sh - several users in one mounted image may do what they may do
# when the host mounts it itself, and no more.

. "$top_srcdir/tests/lib-root.sh"
. "$top_srcdir/tests/lib-fuse.sh"
fuse_begin
need setfacl getfacl

for type in ext4 xfs btrfs; do
	make_image $type image 512M
	cp --sparse=always image loop-image
	host_mount $type loop-image loop rw,nosuid,nodev
	mkdir loop/users
	"$fuse/users" "$PWD/loop/users" >want ||
		die "users fails on the host: $(tail -n 1 want)"
	host_umount loop
	fuse_mount image mnt -o allow_other
	mkdir mnt/users
	"$fuse/users" "$PWD/mnt/users" >got ||
		die "users fails: $(tail -n 1 got)"
	if [ $type = btrfs ]; then
		# The host lists names of attributes there that nobody but root
		# may read.
		sed -i '/^trusted: not listed:/d' want got
	fi
	diff -u want got >&3 || die "$type: not as when the host mounts it"
	fuse_unmount image mnt
	check_clean $type image
done
