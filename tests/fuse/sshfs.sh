#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sshfs.sh - sshfs mounts an image that lklfs sftp serves through two pipes, and
# programs read and write it.

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
need sshfs mke2fs e2fsck

make_image ext4 image 128M -E "root_owner=$(id -u):$(id -g)"
make_plain tree
# SFTP makes no special files, and newer sshfs shows no links to absolute paths.
find tree \( -type p -o -type s -o -lname "/*" \) -delete
mkdir mnt
mkfifo to from
lklfs sftp image <to >from 2>server.err &
server=$!
sshfs -f -o passive :/ mnt >to <from 2>sshfs.err &
client=$!
ends() {
	fusermount3 -u mnt 2>/dev/null || umount mnt 2>/dev/null || :
	kill $client $server 2>/dev/null || :
	fuse_end
}
trap ends EXIT
wait_for 60 "the mount" mountpoint -q mnt

# The files belong to root of the image: modes and times are left alone.
run_check cp -r tree/. mnt
(cd tree && find . -printf '%y %P %l\n' | sort) >want
(cd mnt && find . -path ./lost+found -prune -o \
	-printf '%y %P %l\n' | sort) | diff want - >&3 || die "other names"
(cd tree && find . -type f -exec md5sum {} + | sort -k 2) >want
(cd mnt && find . -path ./lost+found -prune -o -type f -exec md5sum {} + |
	sort -k 2) | diff want - >&3 || die "other data"
[ "$(stat -f -c %b mnt)" -gt 10000 ] || die "statfs"
seq 300000 >numbers
run_check cp numbers mnt/numbers
run_check ln mnt/numbers mnt/hard
run_check mv mnt/hard mnt/moved
run_check truncate -s 1000 mnt/moved
head -c 1000 numbers | cmp - mnt/numbers || die "truncated"
run_check rm mnt/moved
run_check mkdir -p mnt/a/b/c
run_check rm -r mnt/a

if is_root; then
	run_check umount mnt
else
	run_check fusermount3 -u mnt
fi
wait $client
wait $server || die "exit status $? of lklfs sftp: $(cat server.err)"
[ ! -s server.err ] || die "it says: $(cat server.err)"
run_check e2fsck -fn image
run_check lklfs cat image numbers >got
head -c 1000 numbers | cmp - got || die "the image"
