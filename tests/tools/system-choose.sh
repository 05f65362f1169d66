#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# system-choose.sh - several systems are listed, and --system= chooses one: on
# partitions, on another disk, in subvolumes of a btrfs.

. "$top_srcdir/tests/helpers/lib.sh"
. "$helpers/lib-system.sh"

need sfdisk mkfs.btrfs

# check_system WHICH TITLE [OPTION...] IMAGE - --system=WHICH is that one
check_system() {
	local which=$1 title=$2

	shift 2
	run_check lklfs cat "--system$which" "$@" /etc/motd >motd
	check_text motd "$title"
}

# ---- Two systems on one disk, and a third on another ----

make_root one "Test 1"
make_root two "Test 2"
make_root three "Test 3"
echo "UUID=$root_uuid / ext4" | tee one/etc/fstab two/etc/fstab >three/etc/fstab
other=22222222-2222-2222-2222-222222222222
make_disk disk 100M <<-EOF
	size=30M, type=linux, name=first
	size=30M, type=linux, name=second, uuid=33333333-3333-3333-3333-333333333333
EOF
make_image ext4 p 30M -U $root_uuid -L label1 -d one
put_partition disk 1 p
make_image ext4 p 30M -U $other -d two
put_partition disk 2 p
make_image ext4 third 30M -U random -d three

run_mustfail 1 'several systems: choose one with --system=NAME' \
	fs2tar --system disk out.tar
grep -qE "^1 +ext4 +/etc/fstab +$root_uuid +Test 1\$|^fs2tar: 1 +ext4" stderr ||
	die "no line for the first system"
grep -qE "2 +ext4 +/etc/fstab +$other +.*Test 2" stderr ||
	die "no line for the second system"
[ ! -e out.tar ] || die "there is an archive"

check_system =1 "Test 1" disk
check_system =2 "Test 2" disk
check_system =$other "Test 2" disk
check_system =UUID=$other "Test 2" disk
check_system =LABEL=label1 "Test 1" disk
check_system =PARTLABEL=second "Test 2" disk
check_system =33333333-3333-3333-3333-333333333333 "Test 2" disk
check_system =/dev/sda1 "Test 1" disk
check_system =/dev/vda2 "Test 2" disk
check_system =2:0 "Test 3" --disk=third disk
check_system =/dev/nvme1n1 "Test 3" --disk=third disk
run_mustfail 1 'no system is 7' fs2tar --system=7 disk out.tar
run_mustfail 1 'no system is UUID=x' fs2tar --system=UUID=x disk out.tar
run_mustfail 1 'no system is /dev/sdc1' fs2tar --system=/dev/sdc1 disk out.tar

# An os-release alone counts only if nothing else is there.
run_check lklfs rm disk -P 2 /etc/fstab
check_system "" "Test 1" disk
run_check lklfs rm disk -P 1 /etc/fstab
run_mustfail 1 'several systems' fs2tar --system disk out.tar
run_check lklfs rm disk -P 1 /etc/os-release /usr/lib/os-release
check_system "" "Test 2" disk
# Whoever names a file system means it.
check_system =1 "Test 1" disk
run_check lklfs rm disk -P 2 /etc/os-release
run_check lklfs rm disk -P 2 /usr/lib/os-release
run_mustfail 1 'no system found: no partition has the type of a root' \
	fs2tar --system disk out.tar

# A root that cannot be mounted is told.
cp disk broken
start=$(sfdisk -d disk | sed -n 's/^disk1 : start= *\([0-9]*\),.*/\1/p')
dd if=/dev/zero of=broken bs=512 seek=$((start + 8)) count=2000 conv=notrunc \
	status=none
run_mustfail 1 'no system found; not all file systems can be read: 1: cannot mount' \
	fs2tar --system broken out.tar

# To look does not write, not even a journal's replay.
cp disk copy
run_mustfail 1 'no system found' lklfs rm --system disk /etc/motd
check_same disk copy "the disk was changed by looking"

# ---- Subvolumes ----

mkdir tree
cp -r one tree/@
cp -r two tree/@old
mkdir -p tree/@home/me tree/plain/etc
cp tree/@/etc/os-release tree/plain/etc
echo me >tree/@home/me/name
for root in @ @old; do
	echo 'UUID=44444444-4444-4444-4444-444444444444 /home btrfs subvol=/@home' \
		>tree/$root/etc/fstab
done
tar -C tree -cf tree.tar .
run_check tar2fs --type=btrfs --size=200M --uuid=44444444-4444-4444-4444-444444444444 \
	--subvolume=@ --subvolume=@old --subvolume=@home tree.tar btrfs
run_mustfail 1 'several systems' fs2tar --system btrfs out.tar
grep -q '0/@ ' stderr && grep -q '0/@old ' stderr || die "no line for a subvolume"
grep -q 'plain' stderr && die "a directory is no subvolume"
check_system =0/@ "Test 1" btrfs
check_system =0/@old "Test 2" btrfs
run_mustfail 1 'holds several systems' fs2tar --system=/dev/sda btrfs out.tar
run_check lklfs cat --system=0/@old btrfs /home/me/name >name
check_text name me
# Of one file system, two subvolumes are written to.
echo new >new
run_check lklfs write --system=0/@ btrfs /home/me/name <new
run_check lklfs write --system=0/@ btrfs /etc/motd <new
run_check cpfromfs -i btrfs /@home/me/name /@/etc/motd .
check_same new name "the subvolume of /home was not written to"
check_same new motd "the subvolume of / was not written to"
if command -v btrfs >/dev/null; then
	run_check btrfs check --readonly btrfs >check.log
fi
exit 0

# No list without entries.
mkdir nothing
make_image ext4 plain 30M -d nothing
run_mustfail 1 'plain: no system is x' fs2tar --system=x plain no.tar
[ "$(wc -l <stderr)" -eq 1 ] || die "an empty list: $(cat stderr)"
