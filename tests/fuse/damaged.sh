#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# damaged.sh - if the kernel inside finds damage while the image is mounted,
# programs get errors, the log says why, and nothing hangs.
# allow-log: Kernel panic|EXT4-fs
# timeout: 1200

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin

make_fuse_image ext4 good 64M
fuse_mount good mnt
mkdir mnt/dir
for i in $(seq 200); do
	echo $i >mnt/dir/file-$i
done
head -c 300000 /dev/urandom >mnt/kept
cp mnt/kept kept
fuse_unmount good mnt

# block_of WHAT - number of the first block of a file
block_of() {
	debugfs -R "blocks $1" good 2>/dev/null | awk '{ print $1 }'
}
bitmap=$(dumpe2fs good 2>/dev/null |
	sed -n 's/.*Block bitmap at \([0-9]*\).*/\1/p' | head -n 1)
[ -n "$bitmap" ] || die "no block bitmap"

# damage BLOCK [OPTION...] - to a copy, mounted
mount_damaged() {
	local block=$1

	shift
	cp --sparse=always good image
	dd if=/dev/urandom of=image bs=4096 seek="$block" count=1 conv=notrunc \
		status=none || die "dd"
	lklfuse -f -o "$1" "$PWD/image" "$PWD/mnt" >out 2>log &
	daemon=$!
	fuse_mounts+=(image)
	wait_for 120 "the mount" is_mounted mnt
	ls mnt >/dev/null || die "does not answer"
}

# stops WHAT COMMAND... - fails within some seconds
stops() {
	local what=$1

	shift
	timeout 120 "$@" >said 2>&1
	case $? in
	0) return 0 ;;
	124) die "hangs: $what" ;;
	*) return 1 ;;
	esac
}

end() {
	timeout 120 bash -c "umount '$PWD/mnt' 2>/dev/null ||
		fusermount3 -u '$PWD/mnt'" || die "cannot unmount"
	wait_for 120 "the daemon to end" has_ended image
	wait $daemon
	status=$?
	sed 's/^/  /' log >&3
}

# A directory that is nonsense: told, and the rest goes on.
mount_damaged "$(block_of /dir)" opts=errors=continue
stops 'a damaged directory' ls mnt/dir && die "lists a damaged directory"
cmp kept mnt/kept >&3 || die "the rest cannot be read"
end
grep -qi 'dir\|checksum\|error' log || die "nothing in the log"

# A block bitmap that is nonsense: read-only from there on.
mount_damaged "$bitmap" opts=errors=remount-ro
head -c 3000000 /dev/urandom >new
stops 'writing' dd if=new of=mnt/new bs=64k conv=fsync &&
	die "wrote with a damaged bitmap"
for ((i = 0; i < 100; i++)); do
	stops 'making a file' touch mnt/again || break
	sleep 0.1
done
[ $i -lt 100 ] || die "still writable"
grep -q 'Read-only\|Input/output' said || die "another error: $(cat said)"
# Linux 6.12 shuts ext4 down then, later ones let users read on.
stops 'reading afterwards' cat mnt/kept
end
grep -qi 'bitmap' log || die "the reason is not in the log"
[ $status -ne 0 ] || die "exit status 0, though not all was written"

# A panic: everything fails, nothing hangs, the process ends when told.
mount_damaged "$bitmap" opts=errors=panic
stops 'writing' dd if=new of=mnt/new bs=64k conv=fsync &&
	die "wrote with a damaged bitmap"
stops 'reading after a panic' cat mnt/dir/file-7
stops 'listing after a panic' ls mnt/dir
if is_mounted mnt; then
	end
else
	wait $daemon
	status=$?
fi
grep -qi 'panic' log || die "the panic is not in the log"
[ $status -ne 0 ] || die "exit status 0 after a panic"
