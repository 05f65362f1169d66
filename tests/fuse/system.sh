#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# system.sh - a whole system is one mount: files of several file systems keep apart,
# whatever inode numbers they have, and each file system is complete at the end.
#
# timeout: 600

. "$top_srcdir/tests/helpers/lib-fuse.sh"
. "$helpers/lib-system.sh"

need sfdisk mkfs.xfs mkfs.vfat mkfs.btrfs e2fsck
fuse_begin
mine="-b 4096 -I 256 -E root_owner=$(id -u):$(id -g)"

# ---- Two ext4 of the same inode numbers, an xfs, a vfat ----

make_root root "Test 1"
mkdir -p root/boot/efi root/a
echo root >root/a/file
ln root/a/file root/a/link
cat >root/etc/fstab <<-EOF
	LABEL=twin /srv ext4
	LABEL=xfs /home xfs
	LABEL=ESP /boot/efi vfat uid=$(id -u),gid=$(id -g)
	LABEL=fixed /mnt ext4 ro
EOF
make_image ext4 disk 200M -d root $mine
cp -a root other
echo twin >other/a/file
make_image ext4 twin 200M -d other $mine -L twin
run_check lklfs rm twin /etc/fstab /usr/lib/os-release /etc/os-release
make_fuse_image xfs xfs 400M
run_check lklfs label xfs xfs
make_image vfat esp 64M -n ESP
make_image ext4 fixed 20M -L fixed -d root/a $mine
system="--system=0 --disk=twin --disk=xfs --disk=esp --disk=fixed"

fuse_mount disk mnt $system
for pair in a/file=root a/link=root srv/a/file=twin srv/a/link=twin; do
	[ "$(cat "mnt/${pair%=*}")" = "${pair#*=}" ] || die "${pair%=*} is another file"
done
[ mnt/a/file -ef mnt/a/link ] && [ mnt/srv/a/file -ef mnt/srv/a/link ] ||
	die "links are two files"
[ mnt/a/file -ef mnt/srv/a/file ] && die "files of two disks are one"
find mnt -not -type d -links 1 -printf '%i\n' -o -type d -printf '%i\n' |
	sort | uniq -d >twice
[ ! -s twice ] || die "the same inode numbers: $(cat twice)"
# A listing and stat() agree, where something is mounted, too.
for dir in mnt mnt/boot; do
	find $dir -mindepth 1 -maxdepth 1 -printf '%f %i\n' | sort >stated
	python3 -c "
import os
for e in os.scandir('$dir'):
    print(e.name, e.inode())" | sort >listed
	diff stated listed >&3 || die "$dir: other numbers in the listing"
done

# Sizes are those of the file system of each file.
for dir in . srv home boot/efi; do
	stat -f -c '%b %S' mnt/$dir
done | sort -u >sizes
[ "$(wc -l <sizes)" = 3 ] || die "other sizes: $(cat sizes)"

# ---- Each of them works as a mount of its own does ----

check_all_semantics mnt/srv
for name in names attributes directories beside; do
	check_semantics $name mnt/home
done
run_check timeout 60 "$fuse/exercise" mnt/home 2 $TEST_SEED >&3 &
run_check timeout 60 "$fuse/exercise" mnt/srv 2 $TEST_SEED >&3 &
run_check timeout 60 "$fuse/exercise" mnt/a 2 $TEST_SEED >&3
wait

# More files than descriptors are kept for, with the same numbers on both.
for top in mnt mnt/srv; do
	mkdir $top/many
	for i in {1..3000}; do
		echo "$top $i" >$top/many/$i
	done
done
for top in mnt mnt/srv; do
	for i in {1..3000}; do
		read -r line <$top/many/$i
		[ "$line" = "$top $i" ] || die "$top/many/$i holds $line"
	done
done

# An unlinked file stays what it is, beside one of the same number.
exec 7<>mnt/a/file 8<>mnt/srv/a/file
rm mnt/a/file mnt/a/link mnt/srv/a/file mnt/srv/a/link
echo ROOT >&7
echo TWIN >&8
[ "$(cat /dev/fd/7 2>/dev/null || true)" != TWIN ] || die "the twin's data"
exec 7<&- 8<&-
echo new >mnt/a/file
echo new >mnt/srv/a/file
[ "$(stat -c %h mnt/a/file)" = 1 ] || die "an old link count"

# Nothing is linked or renamed across; what is mounted stays.
run_mustfail 1 'Invalid cross-device link' ln mnt/a/file mnt/home/link
run_check mv mnt/a/file mnt/home/moved
[ "$(cat mnt/home/moved)" = new ] && [ ! -e mnt/a/file ] || die "not moved"
run_mustfail 1 'Device or resource busy' rmdir mnt/srv
run_mustfail 1 'Device or resource busy' mv mnt/home mnt/a
run_mustfail 1 'Read-only file system' mkdir mnt/mnt/new
[ "$(cat mnt/mnt/file)" = root ] || die "another /mnt"

# Names on the vfat have no case, and those beside it have.
echo efi >mnt/boot/efi/Name
[ "$(cat mnt/boot/efi/NAME)" = efi ] || die "NAME is not Name"
[ ! -e mnt/boot/efi/other ] || die "there is an other"
echo other >mnt/boot/efi/OTHER
[ "$(cat mnt/boot/efi/other)" = other ] || die "other is not OTHER"
echo name >mnt/a/Name
[ ! -e mnt/a/NAME ] || die "NAME is Name"

# The directory above a mount may move.
mv mnt/boot mnt/a/boot
[ "$(cat mnt/a/boot/efi/name)" = efi ] || die "no efi in a directory that moved"
mv mnt/a/boot mnt/boot
fuse_unmount disk mnt

check_clean ext4 disk
check_clean ext4 twin
check_clean xfs xfs
run_check cpfromfs -i twin /many/2999 got
[ "$(cat got)" = "mnt/srv 2999" ] || die "not in the image: $(cat got)"
run_check cpfromfs -i xfs /moved got
run_check cpfromfs -i esp /Name got
[ "$(cat got)" = efi ] || die "not on the ESP: $(cat got)"

# Reading only, the same is there.
fuse_mount disk mnt -o ro $system
[ "$(cat mnt/srv/many/17)" = "mnt/srv 17" ] || die "another /srv/many/17"
fuse_unmount disk mnt
run_check lklfuse -o "ro,system=0" --disk=twin --disk=xfs --disk=esp \
	--disk=fixed "$PWD/disk" "$PWD/mnt"
fuse_mounts+=(disk)
[ "$(cat mnt/many/17)" = "mnt 17" ] || die "another /many/17"
fuse_unmount disk mnt
run_mustfail 1 'no system is 7' lklfuse -o system=7 disk mnt

# ---- Subvolumes of one btrfs; the same files at two places ----

rm -rf tree
mkdir tree
make_root tree/@ "Test 2"
mkdir -p tree/@home/me tree/@/mnt/{top,home}
echo me >tree/@home/me/name
cat >tree/@/etc/fstab <<-EOF
	LABEL=b / btrfs subvol=@
	LABEL=b /home btrfs subvol=@home
	LABEL=b /mnt/top btrfs subvol=/
	LABEL=b /mnt/home btrfs subvol=@home
EOF
tar -C tree --owner="$(id -u)" --group="$(id -g)" --numeric-owner -cf tree.tar .
run_check tar2fs --type=btrfs --size=300M --label=b --subvolume=@ \
	--subvolume=@home tree.tar btrfs
fuse_mount btrfs mnt --system
for place in /mnt/top /mnt/home; do
	grep -q "warning: $place: left out, since it shows files of" stderr ||
		die "no warning of $place"
done
[ -z "$(ls mnt/mnt/top mnt/mnt/home | grep -v : )" ] || die "it was mounted"
[ "$(cat mnt/home/me/name)" = me ] || die "another /home"
echo more >>mnt/home/me/name
find mnt -printf '%i\n' | sort | uniq -d >twice
[ ! -s twice ] || die "the same inode numbers: $(cat twice)"
run_check timeout 60 "$fuse/exercise" mnt/home 2 $TEST_SEED >&3
fuse_unmount btrfs mnt
check_clean btrfs btrfs
fuse_mount btrfs mnt -o ro --system
for name in home/me mnt/top/@home/me mnt/home/me; do
	[ "$(cat mnt/$name/name)" = "me
more" ] || die "another file: $name"
done
fuse_unmount btrfs mnt

# What is missing is told before anything is mounted.
run_mustfail 1 '/etc/fstab: line 1: /srv: no volume is LABEL=twin' \
	lklfuse --system disk mnt
is_mounted mnt && die "mnt is mounted"
exit 0
