#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fuse-users.sh - in a mounted image, several users may do what they may do in
# a loop mount, and no more.

. "$top_srcdir/tests/helpers/lib-root.sh"
. "$top_srcdir/tests/helpers/lib-fuse.sh"
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

# Reserved blocks are root's, for attributes as well.
need python3
cat >fill.py <<'END'
import errno, os, sys
os.chdir(sys.argv[1])
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
files = [open(f"f{i}", "wb") for i in range(4)]
for size in 1 << 16, 1 << 12:
    try:
        while True:
            os.write(files[0].fileno(), b"x" * size)
            os.fsync(files[0].fileno())
    except OSError as e:
        print("write:", errno.errorcode[e.errno])
for i in 1, 2, 3:
    try:
        os.setxattr(f"f{i}", "user.large", bytes([i]) * 3900)
        print("setxattr: done")
    except OSError as e:
        print("setxattr:", errno.errorcode[e.errno])
END
make_image ext4 image 32M -b 4096 -m 40 -E root_owner=65534:65534
cp --sparse=always image loop-image
host_mount ext4 loop-image loop rw,nosuid,nodev
fuse_mount image mnt -o allow_other
for dir in loop mnt; do
	python3 fill.py $dir >$dir.out || die "fill.py in $dir"
done
grep -q '^write: ENOSPC' loop.out && grep -q '^setxattr: ENOSPC' loop.out ||
	die "not much of a test: $(cat loop.out)"
diff -u loop.out mnt.out >&3 || die "reserved blocks are used by a user"
host_umount loop
fuse_unmount image mnt
