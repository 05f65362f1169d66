#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fuse-handles.sh - file handles lead to their files after the host has forgotten
# them and in a later mount, and to nothing once the file is gone.
# needs: root

. "$top_srcdir/tests/helpers/lib-fuse.sh"
is_real_root || skip "needs root"
fuse_begin

handle() {
	"$fuse/handles" make "$1" 2>&3 || die "no handle of $1"
}

# check_handle WHAT HANDLE RESULT [DIR] - RESULT is a pattern
check_handle() {
	local got

	got=$("$fuse/handles" open "${4:-mnt}" "$2" 2>&3)
	# shellcheck disable=SC2053
	[[ $got == $3 ]] || die "$type: $1: $got, not $3"
}

# The host forgets everything that nobody uses.
forget() {
	sync -f mnt
	echo 2 >/proc/sys/vm/drop_caches
}

again() {
	fuse_unmount image mnt
	fuse_mount image mnt "$@"
}

# The number of a removed file is free only after some work in the background.
number_is_used() {
	local i

	for ((i = 0; i < 300; i++)); do
		echo new >mnt/c/new$((made++))
	done
	# btrfs never uses a number again.
	[ $type = btrfs ] || stat -c %i mnt/c/new* | grep -qx "$number"
}

for type in ext4 xfs btrfs; do
	make_fuse_image $type image
	fuse_mount image mnt
	mkdir -p mnt/a/b
	echo data >mnt/a/b/f
	number=$(stat -c %i mnt/a/b/f)
	f=$(handle mnt/a/b/f)
	b=$(handle mnt/a/b)
	check_handle "at once" "$f" "$number data"
	forget
	check_handle "forgotten" "$f" "$number data"
	forget
	check_handle "forgotten directory" "$b" "* $PWD/mnt/a/b"
	again
	check_handle "another mount" "$f" "$number data"
	check_handle "directory, another mount" "$b" "* $PWD/mnt/a/b"
	mv mnt/a/b mnt/c
	again
	check_handle "moved" "$f" "$number data"
	check_handle "moved directory" "$b" "* $PWD/mnt/c"

	# A file without a name is there as long as it is open.
	exec 5<mnt/c/f
	rm mnt/c/f
	check_handle "removed and open" "$f" "$number data"
	exec 5<&-
	wait_for 60 "$type: the handle to be stale" \
		eval '[ "$("$fuse/handles" open mnt "$f" 2>/dev/null)" = ESTALE ]'
	made=0
	wait_for 10 "$type: its number is used again" number_is_used
	check_handle "its number is used again" "$f" ESTALE
	again
	check_handle "its number is used again, another mount" "$f" ESTALE

	# Handles that nobody made: the first eight bytes are the id, in two
	# words, of which the higher is the first.
	for byte in '0 1' '3 255' '3 128' '4 0' '4 2' '4 7' '4 8' '7 255' \
			'6 3' '7 127' '5 1' '8 99'; do
		# shellcheck disable=SC2086
		forged=$("$fuse/handles" forge "$b" $byte)
		[ "$forged" = "$b" ] ||
			check_handle "forged $byte" "$forged" ESTALE
	done
	check_handle "after that" "$b" "* $PWD/mnt/c"
	fuse_unmount image mnt
	check_clean $type image
done

# Subvolumes have numbers of their own, which are the same in every mount.
type=btrfs
fuse_mount image mnt
for sub in one two; do
	run_check "$fuse/requests" subvolume mnt $sub
	mkdir mnt/$sub/d
	echo $sub >mnt/$sub/d/f
	eval "$sub=$(handle mnt/$sub/d/f)"
	eval "dir_$sub=$(handle mnt/$sub/d)"
done
# shellcheck disable=SC2154
{
	[ "$one" != "$two" ] || die "two files have one handle"
	numbers=$(stat -c %i mnt/one/d/f mnt/two/d/f)
	again -o readdirplus=no
	check_handle "in a subvolume" "$two" "* two"
	check_handle "in the other" "$one" "* one"
	check_handle "a directory in one" "$dir_two" "* $PWD/mnt/two/d"
	[ "$numbers" = "$(stat -c %i mnt/one/d/f mnt/two/d/f)" ] ||
		die "inode numbers are not the same in another mount"
	[ "$numbers" = "$(cd mnt && ls -iU one/d two/d | awk '/f$/ { print $1 }')" ] ||
		die "inode numbers in a listing are not the file's"
	# Nothing outside of the subvolume that is mounted.
	again -o opts=subvol=one
	check_handle "of the mounted subvolume" "$one" "* one"
	check_handle "of another subvolume" "$two" ESTALE
}
fuse_unmount image mnt
check_clean btrfs image

# Where ids do not last, there are no handles, or they do not last.
type=vfat
make_image vfat image 64M
fuse_mount image mnt
echo data >mnt/f
if f=$("$fuse/handles" make mnt/f); then
	again
	check_handle "another mount" "$f" ESTALE
else
	[ "$f" = EOPNOTSUPP ] || die "vfat: $f"
fi
fuse_unmount image mnt
