#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# system-types.sh - --system mounts partitions where their types say, as the
# Discoverable Partitions Specification has it, if /etc/fstab does not.

. "$top_srcdir/tests/helpers/lib.sh"
. "$helpers/lib-system.sh"

need sfdisk mkfs.vfat
root_type=4f68bce3-e8cd-4db1-96e7-fbcaf984b709
usr_type=8484680c-9521-48c6-9c11-b0720656f69e
home_type=933ac7e1-2eb4-4f13-b844-0e14e2aef915
srv_type=3b8f8425-20e0-4f3b-907f-1a25a76f98e8
var_type=4d21b016-b534-45c2-a9fb-5c16e091fd2d
tmp_type=7ec6f557-3bc5-4aca-b293-16ef5df639d1
xbootldr_type=bc13c2ff-59e6-4262-a352-b275fd6f7172

# make_typed DISK TYPE[,MORE]... - partition N has the file N, and what lines say
make_typed() {
	local disk=$1 type n=0

	shift
	for type; do
		echo "size=20M, type=$type"
	done | make_disk "$disk" $(($# * 20 + 10))M
	for type; do
		n=$((n + 1))
		mkdir -p part
		echo $n >part/marker
		[ $n != 1 ] || cp -r root/. part
		if [ "${type%%,*}" = uefi ]; then
			make_image vfat p 20M
			run_check cptofs -q -i p part/marker /
		else
			make_image ext4 p 20M -d part
		fi
		put_partition "$disk" $n p
		rm -r part
	done
}

# check_markers DISK PATH=N... - these are the markers in the archive
check_markers() {
	local disk=$1 path

	shift
	rm -rf out
	mkdir out
	run_check fs2tar -v --system "$disk" - >out.tar
	cp stderr said
	run_check tar -C out -xf out.tar
	find out -name marker | sort | while read -r path; do
		echo "${path#out}=$(cat "$path")"
	done >found
	printf '%s\n' "$@" | diff - found >&3 || die "other file systems"
}

# The root has a machine-id; the UUID of its /var is made of that.
make_root root "Test 1"

echo 0123456789abcdef0123456789abcdef >root/etc/machine-id
var_uuid=c0c46eff-e386-4746-a2bd-0962cd326ea2

make_typed disk $root_type $home_type $srv_type \
	"$var_type, uuid=$var_uuid" uefi $xbootldr_type
check_markers disk /boot/marker=6 /efi/marker=5 /home/marker=2 /marker=1 \
	/srv/marker=3 /var/marker=4

# /var of another machine; flags; without XBOOTLDR.
no_auto='attrs="GUID:63"'
mkdir root/var/tmp
make_typed disk $root_type "$home_type, $no_auto" "$srv_type, attrs=\"GUID:60\"" \
	"$var_type, uuid=$root_uuid" $tmp_type uefi
check_markers disk /efi/marker=6 /marker=1 /srv/marker=3 /var/tmp/marker=5
echo new >new
run_mustfail 1 'Read-only file system' lklfs write --system disk /srv/new <new
run_check lklfs write --system disk /var/tmp/new <new
run_check cpfromfs -i disk -P 5 /new got
check_same new got "nothing was written to /var/tmp"

# Without /efi, the ESP goes to /boot.  A directory with files is left alone.
rmdir root/efi
echo full >root/srv/full
make_typed disk $root_type uefi $srv_type
check_markers disk /boot/marker=2 /marker=1
grep -qF 'left out /srv: the directory is not empty' said || die "no reason"
rm root/srv/full
rmdir root/home
make_typed disk $root_type $home_type
check_markers disk /marker=1
grep -qF 'left out /home: there is no such directory' said || die "no reason"
mkdir root/home

# /usr of the root's architecture only.
rm -r root/usr
mkdir root/usr
arm_usr=b0e01050-ee5f-4390-949a-9101b17104e9
make_typed disk $root_type $arm_usr $usr_type
check_markers disk /marker=1 /usr/marker=3
make_typed disk b921b045-1df0-41c3-af44-4c6f280d3fae $arm_usr $usr_type
check_markers disk /marker=1 /usr/marker=2

# /etc/fstab wins, also with "noauto"; and a partition is mounted once.
cat >root/etc/fstab <<-EOF
	/dev/sda2 /srv ext4
	LABEL=none /home ext4 noauto
EOF
make_typed disk $root_type $home_type $home_type $srv_type
check_markers disk /marker=1 /srv/marker=2
rm root/etc/fstab

# On a table of DOS, and on another disk, types mean nothing.
make_typed disk $root_type
make_typed other $home_type
run_check fs2tar --system --disk=other disk out.tar
tar -tf out.tar | grep -qF ./home/marker && die "that is another disk"

# A root with "no auto" is no root.
make_typed disk "$root_type, $no_auto"
run_check lklfs rm -r disk /etc/os-release
run_mustfail 1 'no system found' fs2tar --system disk out.tar
exit 0
