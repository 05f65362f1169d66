#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ioctls.sh - FITRIM returns space to the host, subvolumes of btrfs can be made
# and removed, and statx() shows the time of birth.
# timeout: 1200

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin

# Trimming is root's business: of the host, or whoever it is in a namespace.
for type in ext4 xfs btrfs; do
	make_fuse_image $type image
	if [ $type = btrfs ]; then
		# Or it takes 30 s to know that the space is free.
		fuse_mount image mnt -o opts=commit=1
	else
		fuse_mount image mnt
	fi
	empty=$(stat -f -c %f mnt)
	head -c 60000000 /dev/urandom >mnt/f && sync mnt/f || die "write"
	# btrfs may write a log, and count the space as used with its next commit.
	wait_for 150 "$type: the space to be in use" \
		eval '[ $(stat -f -c %f mnt) -lt $((empty - 10000)) ]'
	before=$(stat -c %b image)
	free=$(stat -f -c %f mnt)
	rm mnt/f
	# Once the host has let go of it.
	wait_for 150 "$type: the space to be free" \
		eval 'sync mnt; [ $(stat -f -c %f mnt) -gt $((free + 10000)) ]'
	if is_root; then
		run_check "$fuse/requests" trim mnt >trimmed
		[ "$(cat trimmed)" -gt 50000000 ] ||
			die "$type: trimmed $(cat trimmed) bytes"
		# xfs leaves out what was freed so lately that its log does not
		# know of it.
		wait_for 150 "$type: the host to get its space back" \
			eval 'touch mnt/x; sync mnt
				"$fuse/requests" trim mnt >trimmed
				[ $((before - $(stat -c %b image))) -gt 100000 ]'
	else
		run_mustfail 1 'not permitted' "$fuse/requests" trim mnt
	fi
	fuse_unmount image mnt
	check_clean $type image
done

make_fuse_image btrfs image
fuse_mount image mnt
[ ! -e mnt/sub ] || die "there already"
run_check "$fuse/requests" subvolume mnt sub
[ -d mnt/sub ] || die "the host does not know of a new subvolume"
mkdir mnt/sub/d
echo first >mnt/sub/d/f
ln mnt/sub/d/f mnt/sub/d/g
ln mnt/sub/d/f mnt/across 2>/dev/null && die "a link across subvolumes"
# A snapshot: of all that was written, even if it is still in the host's
# cache, and its name was looked for in vain before.
[ ! -e mnt/snap ] || die "there already"
exec 5>mnt/sub/open
printf 'not synced' >&5
run_check "$fuse/requests" snapshot mnt mnt/sub snap
exec 5>&-
for f in d/f d/g; do
	[ "$(cat mnt/snap/$f)" = first ] || die "snap/$f is not in the snapshot"
done
[ "$(cat mnt/snap/open)" = 'not synced' ] ||
	die "not all that was written is in the snapshot"
rm mnt/snap/open mnt/sub/open
rm -r mnt/snap/d
[ "$(cat mnt/sub/d/f)" = first ] || die "the source goes with its snapshot"
run_check "$fuse/requests" subvolume2 mnt sub2
run_mustfail 1 'Invalid argument' \
	"$fuse/requests" snapshot2 mnt mnt/sub sub2/again
run_check "$fuse/requests" snapshot2 mnt/sub2 mnt/sub again
[ "$(cat mnt/sub2/again/d/f)" = first ] || die "not in the second snapshot"
run_check "$fuse/requests" read-only mnt mnt/sub frozen
[ "$(cat mnt/frozen/d/f)" = first ] || die "not in the third snapshot"
touch mnt/frozen/new 2>said && die "a read-only snapshot can be written to"
grep -q 'Read-only' said || die "not read-only: $(cat said)"
# Subvolumes in what a snapshot is of are empty directories in it.
run_check "$fuse/requests" subvolume mnt outer
run_check "$fuse/requests" subvolume mnt/outer inner
run_check "$fuse/requests" subvolume mnt/outer other
echo inner >mnt/outer/inner/f
run_check "$fuse/requests" snapshot mnt mnt/outer copy
for i in 1 2; do
	(cd mnt/copy && find . | sort) >found 2>find.err
	[ ! -s find.err ] || die "find: $(cat find.err)"
	check_text found '.
./inner
./other'
done
touch mnt/copy/inner/f 2>/dev/null && die "made a file where none can be"
rmdir mnt/copy/inner || die "the empty directory cannot be removed"
[ -d mnt/copy/other ] && [ ! -e mnt/copy/inner ] || die "removed the other"
[ "$(cat mnt/outer/inner/f)" = inner ] || die "removed what it stands for"
# Only subvolumes of this file system count as subvolumes.
run_mustfail 1 '' "$fuse/requests" snapshot mnt mnt/sub/d none
run_mustfail 1 'Invalid cross-device link' \
	"$fuse/requests" snapshot2 mnt . none
[ ! -e mnt/none ] || die "a snapshot of what is none"
mkdir mnt/snap/d
echo second >mnt/snap/d/f
ln mnt/snap/d/f mnt/snap/d/g
[ "$(cat mnt/snap/d/g)" = second ] && [ "$(cat mnt/sub/d/g)" = first ] ||
	die "one file is taken for the other"
# The same inode numbers are in both: programs must not take one directory
# for the other, or a link for a loop.
find mnt >all 2>find.err || die "find: $(cat find.err)"
find mnt/snap mnt/sub >found
[ ! -s find.err ] || die "find: $(cat find.err)"
sort found >sorted
check_text sorted 'mnt/snap
mnt/snap/d
mnt/snap/d/f
mnt/snap/d/g
mnt/sub
mnt/sub/d
mnt/sub/d/f
mnt/sub/d/g'
tar -C mnt -cf tree.tar . 2>tar.err || die "tar: $(cat tar.err)"
mkdir out
tar -C out -xf tree.tar || die "tar"
[ "$(cat out/snap/d/f)" = second ] && [ "$(cat out/sub/d/f)" = first ] ||
	die "tar takes one file for another"
if is_root; then
	run_check "$fuse/requests" delete mnt snap
	[ ! -e mnt/snap ] || die "the snapshot is still there"
	run_check "$fuse/requests" delete2 mnt frozen
	[ ! -e mnt/frozen ] || die "the read-only snapshot is still there"
	# The next one may get its numbers, while somebody is still in it.
	run_check "$fuse/requests" subvolume mnt again
	mkdir mnt/again/d
	echo gone >mnt/again/d/f
	cat mnt/again/d/f >/dev/null
	exec 5<mnt/again/d
	run_check "$fuse/requests" delete mnt again
	for ((i = 0; i < 3; i++)); do
		run_check "$fuse/requests" subvolume mnt again
		mkdir mnt/again/d
		echo "new $i" >mnt/again/d/f
		find mnt/again -ls >&3
		[ "$(cat mnt/again/d/f)" = "new $i" ] ||
			die "another subvolume's file: $(cat mnt/again/d/f)"
		run_check "$fuse/requests" delete mnt again
	done
	exec 5<&-
fi
fuse_unmount image mnt
check_clean btrfs image

# With one thread, which nothing may wait for.
fuse_mount image mnt -s
exec 5>mnt/sub/open
printf 'not synced' >&5
run_check timeout 120 "$fuse/requests" snapshot2 mnt mnt/sub one
exec 5>&-
[ "$(cat mnt/one/open)" = 'not synced' ] || die "not in the snapshot"
fuse_unmount image mnt
check_clean btrfs image

# As the host tells it of its own files, if FUSE has a way to pass it.
for type in xfs btrfs ext4; do
	make_fuse_image $type image
	fuse_mount image mnt
	now=$(date +%s)
	touch mnt/new
	touch -d @1000000000 mnt/new
	birth=$("$fuse/requests" birth mnt/new) || die "statx"
	if [ "$birth" = none ]; then
		echo "this host's FUSE has no time of birth, or it is not passed" >&3
	else
		[ $((birth - now)) -ge -1 ] && [ $((birth - now)) -le 10 ] ||
			die "$type: born at $birth, not at $now"
	fi
	[ $type = ext4 ] || fuse_unmount image mnt
done
chattr +d mnt/new 2>/dev/null || die "chattr"
[ "$("$fuse/requests" flags mnt/new)" = 80040 ] ||
	die "flags $("$fuse/requests" flags mnt/new)"
fuse_unmount image mnt
debugfs -R 'stat new' image 2>/dev/null | grep -q 'Flags: 0x80040' ||
	die "the flag is not in the image"

# An ioctl acts without the worker's rights, and the next request has them again:
# the directory has to be opened by its handle.
make_fuse_image ext4 image
fuse_mount image mnt
mkdir mnt/d mnt/many
touch mnt/d/f mnt/x
touch mnt/many/{1..2000}
fuse_unmount image mnt
fuse_mount image mnt -s
cd mnt/d || die "cannot enter a directory"
ls -l ../many >/dev/null
lsattr -v ../x >/dev/null || die "lsattr"
stat f >/dev/null || die "a file cannot be found after an ioctl"
cd ../..
fuse_unmount image mnt
