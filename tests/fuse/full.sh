#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# full.sh - if the image is full, a writer gets ENOSPC when it writes, syncs or
# closes, and older data is unharmed.
# timeout: 1200

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin

for type in ext4 xfs btrfs; do
	case $type in
	ext4) make_fuse_image ext4 image 64M ;;
	xfs) make_fuse_image xfs image 300M ;;
	btrfs) make_fuse_image btrfs image 128M ;;
	esac
	fuse_mount image mnt
	head -c 5000000 /dev/urandom >kept
	cp kept mnt/kept || die "cannot write"

	# All at once, in one go and in small pieces.
	dd if=/dev/zero of=mnt/large bs=1M count=1000 conv=fsync 2>dd.err &&
		die "$type: wrote more than there is"
	grep -q 'No space left' dd.err || die "$type: $(cat dd.err)"
	head -c 2000000 /dev/urandom >piece
	failed=0
	for ((i = 0; i < 20; i++)); do
		cp piece mnt/piece-$i 2>/dev/null || failed=1
		sync mnt/piece-$i 2>/dev/null || failed=1
		[ $failed -eq 0 ] || break
	done
	[ $failed -eq 1 ] || die "$type: 40 MB more went into a full image"
	for f in mnt/piece-*; do
		[ ! -e "$f" ] || [ "$f" = "mnt/piece-$i" ] || cmp piece "$f" >&3 ||
			die "$type: $f is damaged"
	done
	cmp kept mnt/kept >&3 || die "$type: what was there is damaged"

	# There is room again.
	rm -f mnt/large mnt/piece-*
	# Errors that no call has reported so far are reported here.
	sync -f mnt 2>/dev/null
	# The host lets go of removed files after rm has ended, and xfs and
	# btrfs free them in the background.
	start=$SECONDS
	wait_for 150 "$type: the space to be free" \
		eval 'sync mnt; [ $(stat -f -c %f mnt) -gt 5000 ]'
	echo "free after $((SECONDS - start)) s" >&3
	cp piece mnt/again && sync mnt/again || die "$type: still full"
	cmp piece mnt/again >&3 || die "$type: damaged"
	fuse_unmount image mnt
	check_clean $type image

	# All data that was acknowledged before the disk was full is there.
	fuse_mount image mnt
	rm -rf mnt/kept mnt/again
	"$fuse/durable" write mnt 4 >log 2>durable.err
	grep -q 'No space left' durable.err || die "$type: $(cat durable.err)"
	fuse_unmount image mnt
	check_clean $type image
	fuse_mount image mnt
	run_check "$fuse/durable" check mnt log >&3
	fuse_unmount image mnt
done
