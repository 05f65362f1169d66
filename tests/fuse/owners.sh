#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# owners.sh - the owner options translate owners and ACLs in both directions.

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
need debugfs setfacl getfacl
[ -z "${FUSE_TESTS_NAMESPACE:-}" ] ||
	skip "in a namespace of one user, nobody else can own files"

me=$(id -u)
mine=$(id -g)
# Somebody else than whoever makes files: root of the host, or us.
other=$((me + 5000))

# owned FILE UID GID - in the image
owned() {
	run_check debugfs -w -R "set_inode_field /$1 uid $2" image >&3
	run_check debugfs -w -R "set_inode_field /$1 gid $3" image >&3
}

# check_owner FILE UID:GID - as the mount shows it
check_owner() {
	local got

	got=$(stat -c %u:%g "mnt/$1") || die "stat $1"
	[ "$got" = "$2" ] || die "$1 is shown as $got, not as $2"
}

# check_in_image FILE UID:GID - as debugfs finds it there
check_in_image() {
	local got

	got=$(debugfs -R "stat /$1" image 2>/dev/null |
		awk '/^User:/ { print $2 ":" $4 }')
	[ "$got" = "$2" ] || die "$1 belongs to $got in the image, not to $2"
}

make_fuse_image ext4 image
fuse_mount image mnt
for name in zero thousand last beyond; do
	echo $name >mnt/$name
done
mkdir mnt/open
chmod 600 mnt/zero mnt/thousand
run_check setfacl -m u:1001:r,g:1002:rw,u:7:r mnt/last
fuse_unmount image mnt
owned zero 0 0
owned thousand 1000 1000
owned last 1009 1009
owned beyond 1010 1010

# As it is, without an option.
fuse_mount image mnt
check_owner zero 0:0
check_owner thousand 1000:1000
check_owner last 1009:1009
fuse_unmount image mnt

# All of it one user's, who may then do what an owner may.
fuse_mount image mnt -o uid=$me,gid=$mine
for name in zero thousand last beyond open; do
	check_owner $name $me:$mine
done
[ "$(cat mnt/thousand)" = thousand ] || die "the owner cannot read"
run_check chmod 640 mnt/thousand
echo more >>mnt/thousand || die "the owner cannot write"
echo new >mnt/open/new || die "the owner cannot make files"
mkdir mnt/open/dir
ln -s new mnt/open/link
check_owner open/new $me:$mine
# It is the owner's as it is: this changes nothing.
run_check chown $me:$mine mnt/thousand
fuse_unmount image mnt
check_in_image thousand 1000:1000
check_in_image zero 0:0
for name in new dir link; do
	check_in_image open/$name 0:0
done
check_clean ext4 image

# Ranges, and an owner for the rest; ranges come first.
fuse_mount image mnt --map-uid=1000:100000:10 --map-gid=1000:200000:10 \
	--map-uid=0:$other --uid=4242
check_owner zero $other:0
check_owner thousand 100000:200000
check_owner last 100009:200009
check_owner beyond 4242:1010
getfacl -n mnt/last >acl 2>/dev/null || die getfacl
for line in user:100001:r-- user:4242:r-- group:200002:rw-; do
	grep -q "^$line" acl || die "no $line in the ACL: $(cat acl)"
done
if is_real_root; then
	run_check chown 100003:200004 mnt/beyond
	check_owner beyond 100003:200004
	run_check setfacl -m u:100005:rw mnt/zero
fi
fuse_unmount image mnt
if is_real_root; then
	check_in_image beyond 1003:1004
	fuse_mount image mnt
	getfacl -n mnt/zero 2>/dev/null | grep -q '^user:1005:rw-' ||
		die "the ACL names another user in the image"
	fuse_unmount image mnt
fi
check_clean ext4 image

# The same from mount options, and what makes a file is mapped back.
fuse_mount image mnt -o map-uid=1000:$me,map-gid=1000:$mine
check_owner thousand $me:$mine
echo new >mnt/open/mapped || die "cannot make files"
check_owner open/mapped $me:$mine
fuse_unmount image mnt
check_in_image open/mapped 1000:1000

for option in --map-uid=5 --map-uid=1:2:0 --map-gid=1:2:3:4 --uid=x \
		--map-uid=4294967290:0:100 --gid=4294967295; do
	run_mustfail 2 "${option%%=*}" lklfuse $option "$PWD/image" "$PWD/mnt"
done
