#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# archive-checksums.sh - a compressed archive whose checksum or length is wrong, or that
# is damaged inside or cut off, is refused with the reason, also if all members could be
# read; several gzip members in one file, and zeroes behind them, are read as gzip reads
# them.

. "$top_srcdir/tests/helpers/lib.sh"
need gzip xz zstd mke2fs e2fsck python3

mkdir tree
seq 20000 >tree/numbers
echo last >tree/zz
tar -cf tree.tar -C tree .
gzip -kn tree.tar
size=$(stat -c %s tree.tar.gz)

# spoil FROM TO AT - a copy with another byte at AT
spoil() {
	local byte

	cp "$1" "$2"
	byte=$(od -An -tu1 -j "$3" -N 1 "$1")
	printf "\\x$(printf %02x $((byte ^ 255)))" |
		dd of="$2" bs=1 seek="$3" conv=notrunc status=none
}

spoil tree.tar.gz checksum.gz $((size - 8))
spoil tree.tar.gz length.gz $((size - 1))
head -c -4 tree.tar.gz >no-length.gz
head -c -9 tree.tar.gz >cut.gz
# The second of the blocks that are not compressed: its length is there twice.
python3 -c 'import sys, zlib
packer = zlib.compressobj(0, zlib.DEFLATED, 31)
sys.stdout.buffer.write(packer.compress(sys.stdin.buffer.read()) + packer.flush())
' <tree.tar >stored.gz
first=$(od -An -tu2 --endian=little -j 11 -N 2 stored.gz)
spoil stored.gz block.gz $((10 + 5 + first + 1))

reasons=(
	'checksum incorrect data check'
	'length incorrect length check'
	'no-length the data end too early'
	'cut the data end too early'
	'block invalid stored block lengths'
)
for reason in "${reasons[@]}"; do
	name=${reason%% *}
	! gzip -tq $name.gz 2>/dev/null || die "gzip takes $name.gz"
done

# refused FILE REASON - by each program that reads it, from the file and from a pipe
refused() {
	local why="damaged or cut off: gzip: $2"

	mke2fs -q -t ext4 -F image 8M
	run_mustfail 1 "$1: $why" cptofs -i image --tar "$1" /
	run_mustfail 1 "-: $why" cptofs -i image --tar - / <"$1"
	run_mustfail 1 "-: $why" cptofs -i image --tar - / < <(cat "$1")
	run_mustfail 1 "$1: $why" tar2fs "$1" new.ext4
	[ ! -e new.ext4 ] || die "tar2fs leaves an image of $1"
	cat "$1" | run_mustfail 1 "-: $why" tar2fs --size=8M - new.ext4
	[ ! -e new.ext4 ] || die "tar2fs leaves an image of $1 in a pipe"
	cp "$1" same.tar.gz
	run_mustfail 2 "same.tar.gz: $why" lklfs diff image same.tar.gz
}

for reason in "${reasons[@]}"; do
	refused ${reason%% *}.gz "${reason#* }"
done

# One that is decompressed at once.
tar -cf - -C tree zz | gzip -n >small.gz
spoil small.gz small-checksum.gz $(($(stat -c %s small.gz) - 8))
refused small-checksum.gz 'incorrect data check'

# The checksums of others, from a file.
for command in xz 'zstd --check'; do
	suffix=${command%% *}
	$command -qkf tree.tar
	packed=tree.tar.${suffix/zstd/zst}
	spoil "$packed" damaged.$suffix $(($(stat -c %s "$packed") - 1))
	mke2fs -q -t ext4 -F image 8M
	run_mustfail 1 "damaged.$suffix: damaged or cut off" \
		cptofs -i image --tar damaged.$suffix /
	! grep -q 'no reason given' stderr || die "no reason for damaged.$suffix"
done

# taken FILE - holds the whole tree
taken() {
	run_check tar2fs --size=8M "$1" taken.ext4
	run_check cpfromfs -i taken.ext4 /numbers /zz .
	cmp numbers tree/numbers && cmp zz tree/zz || die "another tree from $1"
	rm numbers zz taken.ext4
	run_check tar2fs --size=8M - taken.ext4 <"$1"
	run_check cpfromfs -i taken.ext4 /numbers .
	cmp numbers tree/numbers || die "another tree from $1 in a pipe"
	rm numbers taken.ext4
}

head -c 50000 tree.tar | gzip -n >members.gz
gzip -n </dev/null >>members.gz
tail -c +50001 tree.tar | gzip -n >>members.gz
taken members.gz
cat members.gz >padded.gz
head -c 10000 /dev/zero >>padded.gz
taken padded.gz
# The second member is damaged.
spoil members.gz second.gz $(($(stat -c %s members.gz) - 6))
refused second.gz 'incorrect data check'

# A pipe that brings the first bytes one by one.
mke2fs -q -t ext4 -F image 8M
{
	for ((i = 0; i < 4; i++)); do
		dd if=tree.tar.gz bs=1 skip=$i count=1 status=none
		sleep 0.1
	done
	tail -c +5 tree.tar.gz
} | run_check cptofs -i image --tar - /
run_check cpfromfs -i image /zz .
cmp zz tree/zz || die "another tree from a slow pipe"
