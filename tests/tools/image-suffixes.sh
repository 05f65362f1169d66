#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# image-suffixes.sh - an image is read in the format that its suffix and its
# contents agree on; written, only in one that the user names.  A raw disk is
# never taken for another format because its guest wrote into it.  Compressed
# images get a hint.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs qemu-img gzip bzip2 xz zstd
command -v qemu-nbd >/dev/null || command -v qemu-storage-daemon >/dev/null ||
	skip "neither qemu-nbd nor qemu-storage-daemon is installed"
fs2tar --version | grep -qF -e '+nbd' || skip "built without NBD"

mkdir tree
seq 1000 >tree/file
make_image ext4 raw.img 16M -d tree

for pair in vmdk:vmdk vdi:vdi vhdx:vhdx vhd:vpc VMDK:vmdk; do
	suffix=${pair%:*}
	format=${pair#*:}
	run_check qemu-img convert -O "$format" raw.img "image.$suffix"
	cp "image.$suffix" before
	run_check fs2tar "image.$suffix" out.tar
	run_check tar -xf out.tar
	run_check cpfromfs -i "image.$suffix" /file copy
	cmp tree/file copy || die "$suffix: not the same file"
	run_mustfail 1 "say --format=$format" cptofs -i "image.$suffix" tree /
	cmp before "image.$suffix" || die "$suffix: was written to"
	run_check cptofs --snapshot -i "image.$suffix" tree /
	cmp before "image.$suffix" || die "$suffix: --snapshot changed it"

	# The suffix alone, and the first bytes alone.
	cp raw.img "plain.$suffix"
	run_check fs2tar "plain.$suffix" out.tar
	mv "image.$suffix" other
	run_mustfail 1 "say --format=$format" fs2tar other out.tar
	# The option wins over the suffix.
	mv other "image.$suffix"
	run_mustfail 1 'no file system' fs2tar --format=raw "image.$suffix" out.tar
	rm -f "image.$suffix" "plain.$suffix" out.tar copy
done

# names_files IMAGE - they are opened with --allow-backing only; without
# Landlock nothing keeps QEMU from it
names_files() {
	run_check fs2tar --allow-backing --format=vmdk "$1" out.tar
	if fs2tar --version | grep -q 'sandbox on this host:.*landlock'; then
		run_mustfail 1 'names other files' \
			fs2tar --format=vmdk "$1" out.tar
	fi
}

# Nothing but the user's word makes QEMU open a file that a vmdk image names.
run_check qemu-img convert -O vmdk -o subformat=monolithicFlat raw.img flat.vmdk
run_mustfail 1 'say --format=vmdk' fs2tar flat.vmdk out.tar
names_files flat.vmdk
truncate -s 64k flat.vmdk
run_check fs2tar --allow-backing flat.vmdk out.tar
run_mustfail 1 'say --format=vmdk' fs2tar flat.vmdk out.tar
# The same description inside of a sparse image whose header has no capacity.
run_check qemu-img convert -O vmdk raw.img sparse.vmdk
truncate -s 64k sparse.vmdk
dd if=/dev/zero of=sparse.vmdk bs=1 seek=12 count=8 conv=notrunc status=none
dd if=flat.vmdk of=sparse.vmdk bs=512 seek=1 count=2 conv=notrunc status=none
names_files sparse.vmdk
run_mustfail 1 'say --format=vmdk' fs2tar sparse.vmdk out.tar
# A parent.
run_check qemu-img convert -O vmdk raw.img parent.vmdk
run_check qemu-img create -q -f vmdk -b parent.vmdk -F vmdk child.vmdk
names_files child.vmdk
run_mustfail 1 'say --format=vmdk' fs2tar child.vmdk out.tar

# Raw disks with such a suffix, into which a guest has written a header.
run_check qemu-img convert -O vmdk raw.img sparse
for name in x-flat.vmdk x-f001.vmdk X-FLAT.VMDK; do
	cp sparse $name
	run_mustfail 1 'say --format=vmdk' fs2tar $name out.tar
done
cp sparse x-s001.vmdk
run_check fs2tar x-s001.vmdk out.tar
run_check qemu-img convert -O vpc -o subformat=fixed,force_size=on raw.img \
	fixed.vhd
run_check fs2tar fixed.vhd out.tar
run_check qemu-img convert -O vpc -o force_size=on raw.img dynamic.vhd
tail -c 512 fixed.vhd >footer
cat dynamic.vhd footer >fixed.vhd
run_mustfail 1 'say --format=vpc' fs2tar fixed.vhd out.tar

for method in gzip bzip2 xz zstd; do
	$method -qc raw.img >"image.$method"
	run_mustfail 1 "looks compressed with $method: decompress it first" \
		fs2tar "image.$method" out.tar
	# It cannot be written to.
	run_mustfail 1 "looks compressed with $method: decompress it first" \
		cptofs -i "image.$method" tree /
	! grep -e --format stderr >&3 || die "$method: a format to write to"
done
