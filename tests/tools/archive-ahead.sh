#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# archive-ahead.sh - a compressed archive, which is decompressed on a thread of its
# own, makes the same image as the plain one, and damage at its end is noticed.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need python3 xz

mkdir tree
seq 100000 >tree/text
head -c 1M /dev/urandom >tree/data
touch -d @1000 tree tree/*
tar -C tree --sort=name -cf tree.tar . || die tar
export SOURCE_DATE_EPOCH=2000
run_check tar2fs tree.tar plain.ext4
for command in gzip bzip2 xz zstd lz4; do
	command -v $command >/dev/null || continue
	$command -c <tree.tar >tree.packed
	run_check tar2fs tree.packed packed.ext4
	check_same plain.ext4 packed.ext4 "$command makes another image"
	head -c -5000 tree.packed >cut
	run_mustfail 1 'tar2fs: cut: ' tar2fs --size=16M cut out.ext4
done
# What gzip and GNU tar read as well, by programs that few have.
cat >pack.py <<'END'
import lzma, struct, sys, zlib
data = sys.stdin.buffer.read()
if sys.argv[1] == "lzip":
    raw = lzma.compress(data, lzma.FORMAT_RAW, filters=[
        {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20}])
    packed = b"LZIP\x01\x14" + raw
    packed += struct.pack("<IQQ", zlib.crc32(data), len(data), len(packed) + 20)
else:
    # Nothing but single bytes; the reader makes codes all the same, and so more
    # bits are needed for each.
    packed, bits, free, value, used, group = bytearray(b"\x1f\x9d\x90"), 9, 256, 0, 0, 0
    for byte in data:
        value |= byte << used
        used += bits
        group += 1
        while used >= 8:
            packed.append(value & 255)
            value >>= 8
            used -= 8
        free += free < 1 << 16
        if free == (1 << bits) and bits < 16:
            # Codes come in groups of eight.
            packed += bytes([value & 255] * (used > 0))
            packed += bytes(-((group * bits + 7) // 8) % bits)
            bits, value, used, group = bits + 1, 0, 0, 0
    packed += bytes([value & 255] * (used > 0))
sys.stdout.buffer.write(packed)
END
for method in lzip compress; do
	python3 pack.py $method <tree.tar >tree.packed || die "cannot pack"
	[ $method != compress ] || gzip -dc <tree.packed | cmp - tree.tar ||
		die "gzip does not read this"
	run_check tar2fs tree.packed packed.ext4
	check_same plain.ext4 packed.ext4 "$method makes another image"
	run_check tar2fs - packed.ext4 < <(cat tree.packed)
done
xz -c <tree.tar >tree.packed
head -c -5000 tree.packed >cut
make_image ext4 image 16M
run_mustfail 1 'cptofs: cut: ' cptofs -i image --tar cut /
gzip -c </dev/null >none.gz
run_mustfail 1 'none.gz: ' tar2fs none.gz out.ext4
