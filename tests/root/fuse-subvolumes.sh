#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fuse-subvolumes.sh - users can make subvolumes and snapshots only where they
# can make directories, and only of what is theirs.  The host's kernel does not
# check these ioctls, so the daemon has to.

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
is_real_root || skip "needs root"

chmod 755 .
make_fuse_image btrfs image
fuse_mount image mnt -o allow_other
run_check "$fuse/requests" subvolume mnt sub
mkdir mnt/theirs
chown 65534:65534 mnt/theirs
chmod 755 mnt
as="$fuse/requests as 65534"
run_mustfail 1 'Permission denied' $as subvolume mnt mine
run_mustfail 1 'Permission denied' $as subvolume2 mnt mine
run_mustfail 1 'not permitted' $as snapshot2 mnt mnt/sub mine
run_mustfail 1 'not permitted' $as snapshot2 mnt/theirs mnt/sub mine
[ ! -e mnt/mine ] && [ ! -e mnt/theirs/mine ] || die "made it"
run_check $as subvolume mnt/theirs mine
[ "$(stat -c %u:%a mnt/theirs/mine)" = 65534:755 ] ||
	die "theirs is $(stat -c %u:%a mnt/theirs/mine)"
run_check $as snapshot2 mnt/theirs mnt/theirs/mine again
run_mustfail 1 'not permitted' $as delete mnt/theirs mine

# A directory of a group: allowed to who is in it, by any of the process's
# groups, as in the host's own file systems; or just what forbids it.
need setpriv
# as_member GROUPS COMMAND...
as_member() {
	local groups=$1

	shift
	setpriv --reuid 65534 --regid 65534 --groups "$groups" "$@"
}
mkdir mnt/club mnt/but-club
chown 0:61200 mnt/club mnt/but-club
chmod 775 mnt/club
chmod 707 mnt/but-club
many=$(seq -s, 62000 62199)
run_mustfail 1 'Permission denied' \
	as_member 61201 "$fuse/requests" subvolume mnt/club not
run_mustfail 1 'Permission denied' $as subvolume2 mnt/club not
run_check as_member 61200 "$fuse/requests" subvolume mnt/club one
run_check as_member "$many,61200" "$fuse/requests" subvolume2 mnt/club two
run_check as_member 61200 "$fuse/requests" snapshot2 mnt/club mnt/club/one \
	three
[ "$(stat -c %u:%g mnt/club/two)" = 65534:65534 ] ||
	die "two is of $(stat -c %u:%g mnt/club/two)"
run_mustfail 1 'Permission denied' \
	as_member 61200 "$fuse/requests" subvolume mnt/but-club not
run_check as_member 61201 "$fuse/requests" subvolume mnt/but-club four
[ ! -e mnt/club/not ] && [ ! -e mnt/but-club/not ] || die "made it"
fuse_unmount image mnt
check_clean btrfs image
