#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-layout-mistakes.sh - tar2fs --layout names the file, the line and the key of
# a mistake, refuses options that cannot be meant, and leaves nothing behind.

. "$top_srcdir/tests/helpers/lib.sh"
tar2fs --version | grep -qF +libfdisk || skip "built without libfdisk"

mkdir tree out empty
echo text >tree/file

# layout KEY... - a file with one partition
layout() {
	{ echo '[Partition]'; printf '%s\n' "$@"; } >disk.conf
}

# refused TEXT [OPTION...] - a mistake of the file
refused() {
	local text=$1

	shift
	run_mustfail 1 "$text" tar2fs --layout=disk.conf "$@" out/disk.img
	[ ! "$(ls -A out)" ] || die "left behind: $(ls -A out)"
}

layout 'Nonsense=yes'
refused 'disk.conf:2: Nonsense=: unknown key'
layout $'Label=\xff\xfe'
refused 'disk.conf:2: Label=: not UTF-8: '
uuid=00112233-4455-6677-8899-aabbccddeeff
layout "UUID=$uuid" '[Partition]' "UUID=${uuid^^}"
refused 'disk.conf:4: UUID=: the partition of disk.conf:2 has the same one'
layout 'Type=home' 'Encrypt=key-file'
refused 'disk.conf:3: Encrypt=: not supported'
layout 'Format=ext5'
refused 'swap or empty: ext5'
layout 'CopyFiles=missing:/'
refused 'disk.conf:2: CopyFiles=: cannot open missing: No such file'
layout 'Source=missing.tar'
refused 'disk.conf:1: missing.tar: cannot open: No such file'
layout 'CopyBlocks=missing'
refused 'disk.conf:1: CopyBlocks=: cannot open missing: No such file'
layout 'CopyBlocks=tree'
refused 'CopyBlocks=: not a regular file with data: tree'
seq 2000 >blocks
layout 'CopyBlocks=blocks' 'SizeMinBytes=4K' 'SizeMaxBytes=4K'
refused 'disk.conf:1: SizeMaxBytes=: the content needs 8893 bytes'
layout 'CopyBlocks=blocks' 'Minimize=best'
run_check tar2fs --layout=disk.conf blocks.img
{ cat blocks; head -c $((12288 - 8893)) /dev/zero; } |
	cmp -n 12288 - blocks.img 0 $((1 << 20)) || die "not padded with zeroes"
layout 'Source=tree' 'Subvolumes=/a'
refused 'disk.conf:3: Subvolumes=: only btrfs has subvolumes'
layout 'Source=tree' 'Format=btrfs' 'Subvolumes=/a /'
refused 'disk.conf:4: Subvolumes=: not a path below the root'
layout 'Type=0x83' 'Source=tree'
refused 'disk.conf:1: Type=: a code is only for --table=dos'
layout 'Source=tree' 'UUID=null'
refused 'disk.conf:1: UUID=: --table=dos has no UUIDs' --table=dos
layout 'Type=12345678-1234-1234-1234-123456789abc'
refused 'disk.conf:1: Type=: has no code for --table=dos' --table=dos
layout 'Type=esp' 'Format=vfat'
refused 'disk.conf: has no partition with Type=root or linux-generic' tree
layout 'Source=tree'
refused '--image-tag is only for container images' --image-tag=v1
run_mustfail 1 'none.conf: cannot read: No such file' \
	tar2fs --layout=none.conf out/disk.img
run_mustfail 1 'empty: has no file with a name that ends in .conf' \
	tar2fs --layout=empty out/disk.img
[ ! "$(ls -A out)" ] || die "left behind: $(ls -A out)"

# An input is never replaced.
tar -C tree -cf out/self.tar . || die tar
cp out/self.tar self.tar
layout 'Source=out/self.tar'
run_mustfail 1 'is the input out/self.tar itself' \
	tar2fs --format=raw --layout=disk.conf out/self.tar
layout 'CopyBlocks=out/self.tar'
run_mustfail 1 'is the input out/self.tar itself' \
	tar2fs --format=raw --layout=disk.conf out/self.tar
layout
run_mustfail 1 'is the input out/self.tar itself' \
	tar2fs --format=raw --layout=disk.conf out/self.tar out/self.tar
check_same self.tar out/self.tar "the input was replaced"
cp disk.conf disk.copy
run_mustfail 1 'disk.conf is the layout disk.conf itself' \
	tar2fs --layout=disk.conf tree disk.conf
run_mustfail 1 'disk.conf is the layout ./disk.conf itself' \
	tar2fs --layout=. tree disk.conf
check_same disk.copy disk.conf "the layout was replaced"

# Options.
for option in --type=xfs --label=x --free=1M --mkfs-options=-v --subvolume=/x \
		--compress=zstd --verity-hash=x; do
	run_mustfail 2 "--layout and ${option%%=*} exclude each other" \
		tar2fs --layout=disk.conf $option out/disk.img
done
run_mustfail 2 'not gpt or dos: sun' tar2fs --table=sun tree out/disk.img
run_mustfail 2 'not 512 or 4096: 1024' \
	tar2fs --sector-size=1024 tree out/disk.img
run_mustfail 2 'are only for --layout' tar2fs --table=gpt tree out/disk.img
run_mustfail 2 'a disk has a multiple of 4096 bytes' \
	tar2fs --layout=disk.conf --size=1000000 out/disk.img
run_mustfail 2 'no inputs and no image given' tar2fs --layout=disk.conf

# A name that would surprise for a file system is fine for a disk.
layout 'Type=home'
run_check tar2fs --layout=disk.conf disk.iso

# A signal leaves nothing, wherever it comes: neither the disk nor its parts.
rm -f out/*
head -c 30M /dev/urandom >tree/much
layout 'Type=home' 'Source=tree' '[Partition]' 'Type=srv' 'Source=tree' \
	'[Partition]' 'Type=root' 'Source=tree'
for seen in 1 2 3 4; do
	tar2fs --layout=disk.conf out/disk.img 2>stderr &
	pid=$!
	while [ "$(ls -A out | wc -l)" -lt $seen ] && kill -0 $pid 2>/dev/null; do
		sleep 0.01
	done
	kill -TERM $pid 2>/dev/null
	wait $pid
	left=$(ls -A out)
	[ ! "$left" ] || [ "$left" = disk.img ] || die "left behind: $left"
	rm -f out/disk.img
done
rm tree/much

# A file that does not fit is named, and no disk is made.
layout 'Type=root' 'Format=ext4' 'SizeMinBytes=2M' 'SizeMaxBytes=2M'
head -c 4M /dev/urandom >tree/large
run_mustfail 1 'No space left' tar2fs --layout=disk.conf tree out/disk.img
[ ! -e out/disk.img ] || die "a disk that is not whole"
