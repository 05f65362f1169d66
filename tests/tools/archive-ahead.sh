#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# archive-ahead.sh - a compressed archive, which is decompressed on a thread of its
# own, makes the same image as the plain one, and damage at its end is noticed.

. "$top_srcdir/tests/helpers/lib-cp.sh"

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
head -c -5000 tree.packed >cut
make_image ext4 image 16M
run_mustfail 1 'cptofs: cut: ' cptofs -i image --tar cut /
gzip -c </dev/null >none.gz
run_mustfail 1 'none.gz: ' tar2fs none.gz out.ext4
