#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-layout-disks.sh - disks of a given size, in qcow2, with a DOS table and with
# sectors of 4096 bytes; --dry-run tells the plan.

. "$top_srcdir/tests/helpers/lib.sh"
tar2fs --version | grep -qF +libfdisk || skip "built without libfdisk"
need sfdisk fdisk qemu-img xfs_repair fsck.fat

mkdir -p esp/EFI tree
echo firmware >esp/EFI/x
seq 20000 >tree/numbers
cat >grow.conf <<-'EOF'
	[Partition]
	Type=root
	Source=tree
	Weight=2000
	[Partition]
	Type=home
	Format=xfs
	SizeMaxBytes=310M
	[Partition]
	Type=var
	Format=ext4
	PaddingWeight=1000
	[Partition]
	Type=srv
	Format=ext4
	Weight=0
	SizeMinBytes=1M
EOF
export SOURCE_DATE_EPOCH=1500000000
run_check tar2fs --layout=grow.conf --size=2G --dry-run grow.img
[ ! -e grow.img ] || die "a dry run makes an image"
grep -q 'disk of .* (2147483648 bytes)' stderr || die "no plan"
run_check tar2fs --layout=grow.conf --size=2G grow.img
[ "$(stat -c %s grow.img)" = 2147483648 ] || die "another size"
[ "$(stat -c %b grow.img)" -lt $((100 << 11)) ] || die "is not sparse"
run_check sfdisk -V grow.img >&3
# 1 MiB in front, 1 behind, and that of srv; home has its most.
sfdisk --json grow.img | sed -n 's/.*"size": \([0-9]*\).*/\1/p' >sizes
printf '%s\n' $((867 << 11)) $((310 << 11)) $((433 << 11)) $((1 << 11)) |
	diff - sizes >&3 || die "other sizes"
run_check fs2tar -P 1 grow.img - | tar -t | grep -qx ./numbers || die "no file"
dd if=grow.img of=home bs=1M skip=868 count=310 status=none
xfs_repair -n -f home >&3 2>&1 || die "no sound xfs"

# qcow2 holds the same disk.
run_check tar2fs --layout=grow.conf --size=2G grow.qcow2
run_check qemu-img check -q grow.qcow2
run_check qemu-img compare -q grow.img grow.qcow2
[ "$(ls -A | grep -c grow)" = 3 ] || die "left behind: $(ls -A)"

# Too small, by a bit and by much.
run_mustfail 1 'bytes, and --size= is 52428800' \
	tar2fs --layout=grow.conf --size=50M small.img
printf '[Partition]\nSource=tree\nSizeMinBytes=4K\nSizeMaxBytes=8K\n' >small.conf
run_mustfail 1 'small.conf:1: SizeMaxBytes=: the content needs ' \
	tar2fs --layout=small.conf small.img
[ ! -e small.img ] || die "an image"

# A DOS table.
cat >dos.conf <<-'EOF'
	[Partition]
	Type=0x0c
	Format=vfat
	CopyFiles=esp:/
	[Partition]
	Flags=4
	Source=tree
EOF
run_check tar2fs -q --owner=0 --group=0 --table=dos --layout=dos.conf dos.img
sfdisk --dump dos.img >dump
grep -qE 'dos.img1 .*type=c$' dump && grep -qE 'dos.img2 .*type=83, bootable' dump &&
	grep -q '^label: dos' dump || die "another table: $(cat dump)"
run_check fs2tar -P 2 dos.img - | tar -t | grep -qx ./numbers || die "no file"
run_check tar2fs -q --owner=0 --group=0 --table=dos --layout=dos.conf again.img
check_same dos.img again.img "two runs"
run_mustfail 1 'dos.conf:1: Type=: a code is only for --table=dos' \
	tar2fs --layout=dos.conf gpt.img
for n in 1 2 3; do printf '[Partition]\n'; done >>dos.conf
run_mustfail 1 'room for 4 partitions, and dos.conf has 5' \
	tar2fs --table=dos --layout=dos.conf five.img

# Sectors of 4096 bytes.
cat >4k.conf <<-'EOF'
	[Partition]
	Type=esp
	Format=vfat
	CopyFiles=esp:/
	SizeMinBytes=300M
	[Partition]
	Type=root
	Source=tree
EOF
run_check tar2fs -q --owner=0 --group=0 --sector-size=4096 --layout=4k.conf 4k.img
run_check fdisk -b 4096 -l 4k.img >listed
grep -qE '^4k.img1 +256 +77055 .* EFI System' listed || die "$(cat listed)"
dd if=4k.img of=esp.img bs=1M skip=1 count=300 status=none
run_check fsck.fat -n esp.img >&3
[ "$(od -An -tu2 -j11 -N2 esp.img | tr -d ' ')" = 4096 ] ||
	die "the ESP has other sectors"
sed -i 's/vfat/exfat/' 4k.conf
run_mustfail 1 '4k.conf:3: Format=: cannot make exfat for --sector-size=4096' \
	tar2fs --sector-size=4096 --layout=4k.conf 4k.img
