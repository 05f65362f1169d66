#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-layout.sh - systemd and the host's kernel find in a disk of tar2fs --layout
# what its definitions say, and the root hash opens its root file system.
#
# needs: root

. "$top_srcdir/tests/helpers/lib-root.sh"
tar2fs --version | grep -qF +libfdisk || skip "built without libfdisk"
need systemd-dissect partx sfdisk

mkdir -p tree/etc tree/usr/lib
printf 'ID=example\nNAME=Example\n' >tree/usr/lib/os-release
ln -s ../usr/lib/os-release tree/etc/os-release
cat >disk.conf <<-'EOF'
	[Partition]
	Type=esp
	Format=vfat

	[Partition]
	Type=root
	Source=tree
	Verity=data
	VerityMatchKey=root
	Minimize=best

	[Partition]
	Type=root-verity
	Verity=hash
	VerityMatchKey=root

	[Partition]
	Type=srv
	CopyFiles=tree/usr/lib/os-release:/os-release
EOF
run_check tar2fs --verity --layout=disk.conf disk.img >printed
. ./printed

# It needs loop devices and their partitions, for disks of others, too.
truncate -s 32M other.img
printf 'label: gpt\ntype=4f68bce3-e8cd-4db1-96e7-fbcaf984b709\n' | sfdisk -q other.img || die sfdisk
mke2fs -q -t ext4 -E offset=1048576 other.img 24M || die mke2fs
systemd-dissect --json=short other.img >&3 2>&1 ||
	skip "no loop device with partitions"

run_check systemd-dissect --root-hash="$roothash" --json=short disk.img >json
python3 - <<-'EOF' >found || die "no answer: $(cat json)"
	import json
	found = json.load(open("json"))
	assert found["useBootableUefi"] and "ID=example" in found["osRelease"]
	for m in sorted(found["mounts"], key=lambda m: m["partno"]):
	    print(m["partno"], m["designator"], m["rw"], m["fstype"], m["verity"],
	          m["growfs"])
EOF
diff - found >&3 <<-'EOF' || die "systemd finds something else"
	1 esp rw vfat None False
	2 root ro ext4 yes False
	3 root-verity ro DM_verity_hash None False
	4 srv rw ext4 None True
EOF

# The wrong hash opens nothing.
run_any systemd-dissect --root-hash="${roothash//[0-9]/0}" --mkdir \
	--mount disk.img mnt
[ $? -ne 0 ] || { umount -R mnt; die "another root hash opens it"; }

# The host's kernel mounts the last partition.
start=$(partx -g -n 4 -o START disk.img | tr -d ' ')
mkdir -p srv
mount -o loop,ro,offset=$((start * 512)) disk.img srv || die "cannot mount"
cmp srv/os-release tree/usr/lib/os-release
same=$?
umount srv
[ $same -eq 0 ] || die "another file"
