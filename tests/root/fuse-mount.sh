#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fuse-mount.sh - mount(8) mounts images: by type, with fuse3's helper and with
# our own, from fstab, and for a user that fstab allows to mount.
#
# It runs in a mount namespace of its own, to change /sbin and /etc/fstab.

if [ -z "${IN_NAMESPACE:-}" ]; then
	[ "$(id -u)" -eq 0 ] || {
		echo "skip: needs root"
		exit 77
	}
	IN_NAMESPACE=1 exec unshare --mount --propagation private "$0"
fi
. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
need mount runuser

# Where any user may go, with what such a user runs.
chmod 755 .
mount --bind . /media && cd /media || die "cannot mount on /media"
mkdir sbin
mount -t tmpfs none sbin || die "cannot mount a tmpfs"
mkdir sbin/upper sbin/work
cp "$(realpath "$(command -v lklfuse)")" "$top_builddir"/lkl/.libs/liblkl.so* \
	sbin || die "cannot copy lklfuse"
cat >sbin/helper <<'END'
#!/bin/bash
export LD_LIBRARY_PATH=/media/sbin
exec -a "$0" /media/sbin/lklfuse "$@"
END
chmod 755 sbin sbin/helper
mount -t overlay -o "lowerdir=$(realpath /sbin),upperdir=$PWD/sbin/upper,workdir=$PWD/sbin/work" \
	none "$(realpath /sbin)" 2>mount.err ||
	skip "cannot add to /sbin in a namespace: $(cat mount.err)"

make_fuse_image ext4 mount-image
fuse_mount mount-image mnt
echo inside >mnt/inside
chmod 777 mnt
fuse_unmount mount-image mnt

# check_mounted WHAT - and take it away again
check_mounted() {
	is_mounted mnt || die "$1: not mounted"
	[ "$(cat mnt/inside)" = inside ] || die "$1: cannot be read"
	findmnt -n -o FSTYPE "$PWD/mnt" | grep -qx fuse.lklfuse ||
		die "$1: of type $(findmnt -n -o FSTYPE "$PWD/mnt")"
	fuse_unmount mount-image mnt
}

# Without a helper of ours: fuse3's starts what is in a PATH of its own.
ln -s "$PWD/sbin/helper" /sbin/lklfuse
if [ -x /sbin/mount.fuse ] && [ ! -e /sbin/mount.fuse.lklfuse ]; then
	run_check mount -t fuse.lklfuse "$PWD/mount-image" "$PWD/mnt" \
		-o allow_other,type=ext4
	check_mounted "mount.fuse"
	run_check mount -t fuse.lklfuse "$PWD/mount-image" "$PWD/mnt" -o ro
	touch mnt/new 2>/dev/null && die "-o ro can be written to"
	check_mounted "mount.fuse, -o ro"
else
	skip_part "no /sbin/mount.fuse, or a mount.fuse.lklfuse beside it"
fi

# With the link that is installed.
ln -s "$PWD/sbin/helper" /sbin/mount.fuse.lklfuse
run_check mount -t fuse.lklfuse "$PWD/mount-image" "$PWD/mnt" -o nosuid,nodev
check_mounted "mount.fuse.lklfuse"
run_mustfail 1 "no-such" mount -t fuse.lklfuse "$PWD/no-such" "$PWD/mnt"

# fstab, with what else may be written there.
line="$PWD/mount-image $PWD/mnt fuse.lklfuse"
echo "$line noauto,nofail,x-systemd.automount,allow_other,nosuid,nodev,opts=errors=continue\\,data=ordered 0 0" >fstab
run_check mount -T fstab "$PWD/mnt"
check_mounted "fstab"

# A user whom the line names.
chown -R nobody mount-image mnt
echo "$line noauto,user,nosuid,nodev 0 0" >fstab
mount --bind fstab /etc/fstab || die "cannot replace /etc/fstab"
run_check runuser -u nobody -- mount "$PWD/mnt"
is_mounted mnt || die "not mounted for a user"
[ "$(runuser -u nobody -- cat mnt/inside)" = inside ] ||
	die "cannot be read by who mounted it"
cat mnt/inside 2>/dev/null && die "root may look into a user's mount"
run_check runuser -u nobody -- fusermount3 -u "$PWD/mnt"
wait_for 150 "the daemon to end" has_ended mount-image
is_unmounted mnt || die "still mounted"
check_clean ext4 mount-image

# Remounting changes the mount that is there, and starts nothing.
# mount(8) would add the options of a line in fstab.
umount /etc/fstab || die "cannot put /etc/fstab back"
run_check mount -t fuse.lklfuse "$PWD/mount-image" "$PWD/mnt"
pid=$(fuse_pids mount-image)
run_check mount -o remount,ro "$PWD/mnt"
touch mnt/new 2>/dev/null && die "remount,ro: can be written to"
[ "$(fuse_pids mount-image)" = "$pid" ] ||
	die "remount: daemons: $(fuse_pids mount-image)"
run_check mount -o remount,rw "$PWD/mnt"
cp /bin/true mnt/program && mnt/program || die "cannot run a program"
run_check mount -o remount,noexec,nosuid "$PWD/mnt"
mnt/program 2>/dev/null && die "remount,noexec: programs run"
run_check mount -o remount,nodev "$PWD/mnt"
findmnt -n -o VFS-OPTIONS "$PWD/mnt" >said
for flag in noexec nosuid nodev; do
	grep -qw $flag said || die "remount,$flag: $(cat said)"
done
run_check mount -o remount,exec,suid,dev "$PWD/mnt"
mnt/program || die "remount,exec: programs do not run"
findmnt -n -o VFS-OPTIONS "$PWD/mnt" | grep -E 'nosuid|nodev' &&
	die "remount,suid,dev: $(findmnt -n -o VFS-OPTIONS "$PWD/mnt")"
touch mnt/new || die "remount,rw: cannot be written to"
check_mounted remount
run_check mount -t fuse.lklfuse "$PWD/mount-image" "$PWD/mnt" -o ro
mount -o remount,rw "$PWD/mnt" 2>said && die "an image that is read is writable"
check_mounted "remount,rw"

# Root's mounts have devices and set-user-ID programs if asked for.
run_check mount -t fuse.lklfuse "$PWD/mount-image" "$PWD/mnt" -o suid,dev
findmnt -n -o VFS-OPTIONS "$PWD/mnt" | grep -E 'nosuid|nodev' &&
	die "-o suid,dev: $(findmnt -n -o VFS-OPTIONS "$PWD/mnt")"
check_mounted "suid,dev"
run_check mount -t fuse.lklfuse "$PWD/mount-image" "$PWD/mnt" -o nosuid,nodev
findmnt -n -o VFS-OPTIONS "$PWD/mnt" | grep nosuid | grep -q nodev ||
	die "-o nosuid,nodev: $(findmnt -n -o VFS-OPTIONS "$PWD/mnt")"
check_mounted "nosuid,nodev"
run_check lklfuse "$PWD/mount-image" "$PWD/mnt"
findmnt -n -o VFS-OPTIONS "$PWD/mnt" | grep nosuid | grep -q nodev ||
	die "without options: $(findmnt -n -o VFS-OPTIONS "$PWD/mnt")"
check_mounted "nosuid,nodev"

# check_readahead KIB OPTION... - of a mount with the options
check_readahead() {
	local kib=$1 found

	shift
	run_check lklfuse "$@" "$PWD/mount-image" "$PWD/mnt"
	found=$(cat "/sys/class/bdi/$(mountpoint -d mnt)/read_ahead_kb") ||
		die "the mount has no readahead"
	[ "$found" = "$kib" ] || die "$*: readahead of $found KiB, not $kib"
	check_mounted "$*"
}

# Root's mounts read ahead half of a request's size, unless told otherwise.
check_readahead 512
check_readahead 1024 -o max_readahead=1048576
check_readahead 64 -o max_readahead=65536

# umount(8) returns when the image is complete and closed.
ln -s "$PWD/sbin/helper" /sbin/umount.fuse.lklfuse
head -c 30000000 /dev/urandom >data
for i in 1 2 3 4; do
	run_check mount -t fuse.lklfuse -o uhelper=fuse.lklfuse \
		"$PWD/mount-image" "$PWD/mnt"
	cp data mnt/data || die cp
	run_check umount "$PWD/mnt"
	check_clean ext4 mount-image
	[ -z "$(fuse_pids mount-image)" ] || die "the daemon still runs"
done
