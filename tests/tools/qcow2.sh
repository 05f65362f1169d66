#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# qcow2.sh - a file system in a qcow2 image of any kind gives the same archive
# as in a raw image, and the image does not change.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs
need qemu-img
need qemu-io

make_plain tree
make_image ext4 raw 96M -d tree
run_check fs2tar --sort=name raw want.tar

# gives IMAGE OPTION... - that archive
gives() {
	local before

	before=$(cat ./*.qcow2 ./*.ext 2>/dev/null | sha256sum)
	rm -f got.tar
	run_check fs2tar --sort=name "$@" got.tar
	check_same want.tar got.tar "$*"
	[ "$before" = "$(cat ./*.qcow2 ./*.ext 2>/dev/null | sha256sum)" ] ||
		die "reading $1 changed it"
	rm -f ./*.qcow2 ./*.ext
}

for options in cluster_size=512 cluster_size=2M compat=0.10 \
	refcount_bits=1 lazy_refcounts=on extended_l2=on; do
	run_check qemu-img convert -f raw -O qcow2 -o $options raw a.qcow2
	gives a.qcow2
done
for options in compression_type=zlib compression_type=zstd \
	cluster_size=4k compression_type=zstd,cluster_size=2M; do
	run_check qemu-img convert -c -f raw -O qcow2 -o $options raw a.qcow2
	gives a.qcow2
done

# Internal snapshots: the image itself, and a snapshot of it before it was lost.
run_check qemu-img convert -f raw -O qcow2 raw a.qcow2
run_check qemu-img snapshot -c before a.qcow2
gives a.qcow2
run_check qemu-img convert -f raw -O qcow2 raw a.qcow2
run_check qemu-img snapshot -c before a.qcow2
run_check qemu-io -f qcow2 -c 'write -q -P 0xff 0 4M' a.qcow2
run_mustfail 1 'no file system found' fs2tar a.qcow2 none.tar
run_mustfail 1 'no internal snapshot after; the image has: before (1)' \
	fs2tar --image-snapshot=after a.qcow2 none.tar
gives --image-snapshot=before a.qcow2

# A writer of an image with bitmaps is told once that they end.
run_check qemu-img convert -f raw -O qcow2 raw a.qcow2
run_check qemu-img bitmap --add a.qcow2 since-monday
echo new >new
fs2tar a.qcow2 none.tar 2>errors && [ ! -s errors ] || die "fs2tar warns"
rm none.tar
cptofs -i a.qcow2 new / 2>errors || die "cptofs failed"
grep -q 'a.qcow2: writing to it ends its 1 dirty bitmap' errors ||
	die "cptofs did not warn: $(cat errors)"
cptofs -i a.qcow2 new / 2>errors && [ ! -s errors ] || die "cptofs warns again"
rm a.qcow2

# Images that name others.
over() {
	run_check qemu-img convert -c -f raw -O qcow2 raw below.qcow2
	run_check qemu-img create -q -f qcow2 -F qcow2 -b below.qcow2 a.qcow2
}
over
run_mustfail 1 '--allow-backing' fs2tar a.qcow2 none.tar
[ ! -e none.tar ] || die "there is an archive"
gives a.qcow2 --allow-backing
over
run_mustfail 1 '--allow-backing' fs2tar --format=qcow2 a.qcow2 none.tar
gives a.qcow2 --format=qcow2 --allow-backing
over
rm below.qcow2
run_mustfail 1 'below.qcow2' fs2tar --allow-backing a.qcow2 none.tar
rm a.qcow2
for options in data_file_raw=on data_file_raw=off; do
	run_check qemu-img convert -f raw -O qcow2 \
		-o data_file=a.ext,$options raw a.qcow2
	run_mustfail 1 'a.ext' fs2tar a.qcow2 none.tar
	gives a.qcow2 --allow-backing
done

# A chain across directories, opened for the process in the sandbox.
mkdir -p chain/below
run_check qemu-img convert -f raw -O qcow2 raw chain/below/one
(
	cd chain
	run_check qemu-img create -q -f qcow2 -F qcow2 -b below/one two
	run_check qemu-img create -q -f qcow2 -F qcow2 -b two three
)
mv chain/three a.qcow2
run_check qemu-img rebase -u -F qcow2 -b chain/two a.qcow2
gives a.qcow2 --allow-backing
# What is not there, what is no image, and what is no file.
for name in missing . nbd://localhost:1/x; do
	run_check qemu-img create -q -u -f qcow2 -F raw -b $name a.qcow2 64M
	case $name in
	missing) reason='missing: cannot open: No such file' ;;
	.) reason='is a directory' ;;
	nbd*) reason='opened only with --sandbox=none' ;;
	esac
	run_mustfail 1 "$reason" fs2tar --allow-backing a.qcow2 none.tar
done
rm a.qcow2

# Format given wrongly; a raw image that begins as a qcow2 image does.
run_check qemu-img convert -f raw -O qcow2 raw a.qcow2
run_mustfail 1 'a.qcow2' fs2tar --format=raw a.qcow2 none.tar
run_mustfail 1 'is not a qcow2 image' fs2tar --format=qcow2 raw none.tar
gives a.qcow2 --format=qcow2

# Writes that are kept aside.
run_check qemu-img convert -f raw -O qcow2 raw a.qcow2
gives a.qcow2 --snapshot
