#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-host-full.sh - when the host's disk is full, tar2fs, cptofs and lklfs say so
# in one sentence, and tar2fs leaves nothing.
#
# needs: root

. "$top_srcdir/tests/helpers/lib-cp.sh"
need unshare

# In a mount namespace, nothing is left of the small file system.
if [ -z "${IN_NAMESPACE:-}" ]; then
	IN_NAMESPACE=1 exec unshare --mount --propagation private "$0"
fi

head -c 40M /dev/urandom >large
tar -cf large.tar large || die tar
mkdir small
mount -t tmpfs -o size=24m none small || die "cannot mount a tmpfs"

# has_room - the small file system is empty again, but for what a test made: the
# host lets go of the files of an io_uring some time after its process has ended
has_room() {
	[ "$(stat -f -c %f small)" -ge "$room" ]
}

# must_say TEXT COMMAND... - this sentence and no other
must_say() {
	local text=$1 room

	shift
	room=$(stat -f -c %f small)
	run_mustfail 1 "$text" "$@"
	[ "$(wc -l <stderr)" -eq 1 ] || die "says more: $*"
	[ "$1" != tar2fs ] || wait_for 20 "room after $*" has_room
}

full='no space left on the host for it'
for input in large.tar -; do
	must_say "tar2fs: small/i.ext4: $full" \
		tar2fs $input small/i.ext4 <large.tar
done
must_say "tar2fs: small/i.btrfs: $full" tar2fs large.tar small/i.btrfs
must_say "tar2fs: small/i.qcow2: $full" \
	tar2fs --size=100M large.tar small/i.qcow2
must_say '-: cannot keep a copy of it beside the image: No space left' \
	tar2fs - small/i.ext4 < <(cat large.tar)
[ -z "$(ls -A small)" ] || die "left behind: $(ls -A small)"

truncate -s 100M small/j.ext4
mke2fs -q small/j.ext4 || die mke2fs
must_say "cptofs: small/j.ext4: $full" cptofs -i small/j.ext4 large /
must_say "cptofs: small/j.ext4: $full" \
	cptofs -i small/j.ext4 --tar large.tar /
truncate -s 100M from.ext4
mke2fs -q from.ext4 || die mke2fs
run_check cptofs -i from.ext4 large /
for try in write copy; do
	rm small/j.ext4
	truncate -s 100M small/j.ext4
	mke2fs -q small/j.ext4 || die mke2fs
	case $try in
	write)
		must_say "lklfs: small/j.ext4: $full" \
			lklfs write small/j.ext4 /large <large
		;;
	copy)
		must_say "lklfs: small/j.ext4: $full" \
			lklfs copy from.ext4:/large small/j.ext4:/large
		;;
	esac
done
rm small/j.ext4

# mkfs has no room, either.
head -c 24M /dev/zero >small/zeroes 2>&3
run_mustfail 1 'i.xfs: mkfs.xfs: ' tar2fs large.tar small/i.xfs
grep -q 'No space left' stderr || die "does not name the reason"
[ "$(ls -A small)" = zeroes ] || die "left behind: $(ls -A small)"
exit 0
