#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-mistakes.sh - mistakes in a command line are reported for what they are,
# and nothing is left out in silence.

. "$top_srcdir/tests/helpers/lib.sh"
need mkfs.ext4

mkdir tree
seq 10 >tree/file
make_image ext4 image 16M

# Names that do not exist.
run_mustfail 1 'cannot stat: No such file or directory' \
	cptofs -i image tre /
run_mustfail 1 'missing.tar: cannot open: No such file or directory' \
	cptofs -i image --tar=missing.tar /

# A producer that failed wrote nothing.
run_mustfail 1 'is empty, not a tar archive' \
	cptofs -i image --tar - / </dev/null
: | gzip >empty.tar.gz
run_mustfail 1 'empty.tar.gz' cptofs -i image --tar empty.tar.gz /
# Here it had nothing to write.
tar -cf none.tar -T /dev/null
run_check cptofs -i image --tar none.tar /

# --exclude is about the names of sources, not about that of the copy.
run_check cptofs -i image --exclude=copy tree /copy
run_check cpfromfs -i image /copy out
diff -r tree out >&3 || die "--exclude left out the copy"
run_check cptofs -i image --exclude=tree tree /other
run_mustfail 1 'cannot stat' cpfromfs -i image /other none

# Dates that do not exist.
for date in 2024-02-30 2023-02-29 2024-04-31; do
	run_mustfail 2 "$date" fs2tar --mtime=$date image out.tar
done
run_check fs2tar --mtime=2024-02-29 image out.tar

# Compression that is not there.
for suffix in Z lzma lz lzo zip; do
	run_mustfail 2 "out.tar.$suffix" fs2tar image out.tar.$suffix
	[ ! -e out.tar.$suffix ] || die "wrote out.tar.$suffix"
done
run_check fs2tar --compress=none image out.tar.lz
run_check tar -tf out.tar.lz >&3
