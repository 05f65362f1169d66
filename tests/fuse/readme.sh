#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# readme.sh - the examples of lklfuse in README.md work.

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
need sfdisk qemu-img

# In a block of code or indented by four columns, up to the comment.
sed -n 's/^\(    \)\{0,1\}\(\(lklfuse\|fusermount3\) [^#]*[^# ]\) *\(#.*\)\{0,1\}$/\2/p' \
	"$top_srcdir/README.md" >commands
[ "$(grep -c ^lklfuse commands)" -ge 3 ] || die "few examples of lklfuse"
grep -q ^fusermount3 commands || die "no example ends a mount"

mkdir -p tree/etc mnt
echo text >tree/etc/passwd
make_image ext4 image.ext4 32M -b 4096 -d tree -E "root_owner=$(id -u):$(id -g)"
cp image.ext4 rootfs.ext4
truncate -s 80M disk.img
printf 'label: gpt\nstart=2MiB, size=16MiB\nstart=20MiB, size=32MiB\n' |
	sfdisk -q disk.img || die sfdisk
dd if=image.ext4 of=disk.img bs=1M seek=20 conv=notrunc status=none
mkdir tree/{home,var}
echo '/dev/sda / ext4 defaults 0 1' >tree/etc/fstab
make_image ext4 laptop.img 32M -b 4096 -d tree -E "root_owner=$(id -u):$(id -g)"
run_check qemu-img convert -f raw -O qcow2 laptop.img laptop.qcow2
fuse_mounts+=(image.ext4 rootfs.ext4 disk.img laptop.qcow2)

# end - of the mount that there is
end() {
	if is_root; then
		run_check umount "$PWD/mnt"
	else
		run_check fusermount3 -u "$PWD/mnt"
	fi
	wait_for 150 "the daemon to end" \
		eval '[ -z "$(pgrep -f "lklfuse .* mnt\$")" ]'
}

while read -r command; do
	case $command in
	lklfuse*) ! is_mounted mnt || end ;;
	fusermount3*) ! is_root || command="umount mnt" ;;
	esac
	run_check $command
	case $command in
	lklfuse*)
		is_mounted mnt || die "not mounted: $command"
		[ "$(cat mnt/etc/passwd)" = text ] ||
			die "not what is in the image: $command"
		;;
	*)
		is_unmounted mnt || die "still mounted: $command"
		continue
		;;
	esac
	case $command in
	*'--uid 1000'*)
		[ "$(stat -c %u mnt/etc)" = 1000 ] ||
			die "belongs to $(stat -c %u mnt/etc): $command"
		;;
	*'-o ro'*)
		! touch mnt/new 2>/dev/null || die "can be written to: $command"
		;;
	*)
		touch mnt/new || die "cannot be written to: $command"
		;;
	esac
done <commands
! is_mounted mnt || end
