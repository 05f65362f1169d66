#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# qemu-nbd.sh - tests the tools with formats that only QEMU knows: they read and
# write such images, and the messages of refusals help.

. "$top_srcdir/tests/helpers/lib.sh"
need qemu-nbd qemu-img mke2fs e2fsck
fs2tar --version | grep -qF -e '+nbd' || skip "built without NBD"

mkdir tree
seq 100000 >tree/numbers
make_image ext4 raw 32M -d tree
run_check fs2tar raw want.tar

for format in vmdk vdi vpc vhdx qed qcow parallels; do
	options=
	[ $format != vpc ] || options='-o force_size=on'
	rm -f "image.$format"
	run_check qemu-img convert -f raw -O $format $options raw \
		"image.$format" >&3
	run_check fs2tar --format=$format "image.$format" got.tar
	check_same want.tar got.tar "$format"
done
run_check fs2tar --format=vhd image.vpc got.tar
check_same want.tar got.tar vhd
cp image.vdi './with, comma:and=more'
run_check fs2tar --format=vdi 'with, comma:and=more' got.tar
check_same want.tar got.tar "a name with a comma"

# Written to, and left as it was.
for format in vmdk vdi vhdx; do
	before=$(digest image.$format)
	run_check cptofs --snapshot --format=$format -i image.$format \
		tree/numbers /copy
	[ "$(digest image.$format)" = "$before" ] ||
		die "$format: --snapshot changed it"
	run_check cptofs --format=$format -i image.$format tree/numbers /copy
	run_check qemu-img convert -f $format -O raw image.$format back
	run_check e2fsck -fn back >&3
	run_check fs2tar back back.tar
	tar -xOf back.tar ./copy | cmp - tree/numbers || die "$format: the copy"
done
! pgrep -f "^qemu-nbd.*$PWD/" >&3 || die "left a server behind"

run_mustfail 1 'image.vdi: cannot open as vmdk: ' \
	fs2tar --format=vmdk image.vdi none.tar
run_mustfail 1 'format luks is not supported, only raw, qcow2, xz, gz, zst, vmdk' \
	fs2tar --format=luks image.vdi none.tar
cp image.vdi unnamed
run_mustfail 1 'say --format=vdi' fs2tar unnamed none.tar
run_mustfail 1 'vdi has to be a file, a block device or an NBD export: download it first' \
	fs2tar --format=vdi http://127.0.0.1:9/image none.tar
run_mustfail 1 'missing: cannot open: No such file' \
	fs2tar --format=vdi missing none.tar
if ! is_root; then
	chmod 000 image.vdi
	run_mustfail 1 'Permission denied' \
		fs2tar --format=vdi image.vdi none.tar
	chmod 400 image.vdi
	run_mustfail 1 'Permission denied' \
		cptofs --format=vdi -i image.vdi tree/numbers /copy
	run_check fs2tar --format=vdi image.vdi got.tar
fi
# A name from the image is told without what a terminal would obey.
printf -v evil 'no\033[31m\302\233one\tel\303\244'
run_check qemu-img create -q -f qcow -u -b "$PWD/$evil" -F raw evil.qcow 1M >&3
run_mustfail 1 "$(printf '/no?[31m??one?el\303\244')" \
	fs2tar --format=qcow evil.qcow none.tar
[ ! -e none.tar ] || die "a failure left an archive"
