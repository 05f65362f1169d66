#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# special-ioctls.sh - labels, fs-verity and shutdown pass to the file system, and
# the limits of other ioctls are as docs/lklfuse-limits.md says.

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
need python3

for type in ext4 xfs btrfs; do
	make_fuse_image $type image
	fuse_mount image mnt
	[ -z "$("$fuse/requests" label mnt)" ] || die "$type: it has a label"
	if is_root; then
		run_check "$fuse/requests" label mnt new-label
		[ "$("$fuse/requests" label mnt)" = new-label ] ||
			die "$type: label $("$fuse/requests" label mnt)"
	else
		run_mustfail 1 'not permitted' \
			"$fuse/requests" label mnt new-label
	fi
	fuse_unmount image mnt
	[ "$(blkid -p -o value -s LABEL image)" = \
		"$(is_root && echo new-label)" ] ||
		die "$type: label $(blkid -p -o value -s LABEL image)"
	check_clean $type image
done

# fs_verity_digest SALT FILE - of a file of one block, by the documentation
fs_verity_digest() {
	python3 - "$@" <<-'END'
		import hashlib, struct, sys
		salt = sys.argv[1].encode()
		data = open(sys.argv[2], "rb").read()
		padded = salt.ljust(64, b"\0") if salt else b""
		root = hashlib.sha256(padded + data.ljust(4096, b"\0")).digest()
		descriptor = struct.pack("<BBBBIQ64s32s144s", 1, 1, 12, len(salt),
			0, len(data), root, salt, b"")
		print(hashlib.sha256(descriptor).hexdigest())
	END
}

for type in ext4 btrfs; do
	make_fuse_image $type image
	[ $type != ext4 ] || tune2fs -O verity image >/dev/null ||
		die "tune2fs"
	if is_real_root; then
		fuse_mount image mnt -o allow_other
	else
		fuse_mount image mnt
	fi
	echo sealed >mnt/f
	cp mnt/f mnt/salted
	run_check "$fuse/requests" enable-verity mnt/f
	(echo more >>mnt/f) 2>/dev/null && die "$type: a sealed file is writable"
	[ "$(cat mnt/f)" = sealed ] || die "$type: cannot be read"
	if digest=$("$fuse/requests" measure-verity mnt/f 2>stderr); then
		[ "$digest" = "$(fs_verity_digest '' mnt/f)" ] ||
			die "$type: digest $digest"
	else
		echo "this host's FUSE has no room for the digest" >&3
		grep -q 'too large' stderr || die "$(cat stderr)"
	fi
	if run_any "$fuse/requests" enable-verity mnt/salted salt; then
		[ "$("$fuse/requests" measure-verity mnt/salted)" = \
			"$(fs_verity_digest salt mnt/salted)" ] ||
			die "$type: digest with a salt"
	else
		grep -q 'not supported' stderr || die "$(cat stderr)"
	fi
	if is_real_root; then
		# Of another user, who may write to a file by its group.
		chmod 755 .
		cp mnt/f mnt/grouped
		cp mnt/f mnt/foreign
		chgrp 7777 mnt/grouped
		chmod 664 mnt/grouped mnt/foreign
		run_check setpriv --reuid 4444 --regid 4444 --groups 7777 \
			"$fuse/requests" enable-verity mnt/grouped
		run_mustfail 1 'Permission denied' \
			setpriv --reuid 4444 --regid 4444 --groups 7777 \
			"$fuse/requests" enable-verity mnt/foreign
	fi
	exec 5>>mnt/open
	run_mustfail 1 'busy' "$fuse/requests" enable-verity mnt/open
	exec 5>&-
	fuse_unmount image mnt
	check_clean $type image
	fuse_mount image mnt
	[ "$(cat mnt/f)" = sealed ] || die "$type: cannot be read later"
	fuse_unmount image mnt
done
make_fuse_image xfs image
fuse_mount image mnt
touch mnt/f
run_mustfail 1 'Inappropriate ioctl' "$fuse/requests" enable-verity mnt/f
fuse_unmount image mnt

# Everything that was written before a shutdown is in the image.
is_root || {
	make_fuse_image ext4 image
	fuse_mount image mnt
	run_mustfail 1 'not permitted' "$fuse/requests" shutdown mnt
	fuse_unmount image mnt
	exit 0
}
for type in ext4 xfs; do
	make_fuse_image $type image
	fuse_mount image mnt
	mkdir mnt/d
	run_mustfail 1 'Inappropriate ioctl' "$fuse/requests" shutdown mnt/d
	exec 5>mnt/f
	echo written >&5
	run_check "$fuse/requests" shutdown mnt
	exec 5>&-
	mkdir mnt/new 2>/dev/null && die "$type: not shut down"
	umount mnt || die "$type: cannot be unmounted"
	wait_for 150 "the daemon to end" has_ended image
	fuse_mount image mnt
	[ "$(cat mnt/f)" = written ] || die "$type: lost what was written"
	[ -d mnt/d ] && [ ! -e mnt/new ] || die "$type: other files than before"
	fuse_unmount image mnt
	check_clean $type image
done
