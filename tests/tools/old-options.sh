#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# old-options.sh - options of older tools with the same names work, or are
# refused with a reason.

. "$top_srcdir/tests/helpers/lib.sh"
need mkfs.ext4 getfattr

mkdir tree
seq 100 >tree/file
make_image ext4 image 16M

# Long and short, with and without an equals sign.
run_check cptofs --filesystem-image=image --filesystem-type ext4 \
	--selinux system_u:object_r:tmp_t:s0 tree /one
run_mustfail 1 'EXT4-fs' cptofs --enable-printk -m 64 -i image -t ext4 \
	tree missing /two
run_check cptofs -p --mb=64 -i image tree /three
run_check cpfromfs --filesystem-image image --filesystem-type=ext4 --mb 64 \
	/one/file copy
cmp tree/file copy || die "not what was copied"

run_check fs2tar -p --filesystem-type=ext4 image out.tar
grep -q EXT4-fs stderr || die "fs2tar -p shows no kernel log"
run_check fs2tar --enable-printk --mb 64 -t ext4 image out.tar
grep -q EXT4-fs stderr || die "fs2tar --enable-printk shows no kernel log"

# The label was set.
tar --xattrs --xattrs-include='*' -vvtf out.tar >list || die "tar"
grep -q 'security\.selinux' list || die "no label: $(cat list)"

# They mean what they say: no such type, too little memory.
run_mustfail 1 xfs fs2tar --filesystem-type=xfs image none.tar
run_mustfail 2 'too little' cptofs -m 1 -i image tree /
run_mustfail 2 '--mb' cptofs -m many -i image tree /

# A refused option says why.
run_mustfail 2 '--selinux-contexts: cannot write contexts' \
	fs2tar -s contexts image none.tar
run_mustfail 2 'the archive holds the contexts' \
	fs2tar --selinux-contexts=contexts image none.tar
[ ! -e none.tar ] || die "an archive was written all the same"

# They are not advertised.
for tool in fs2tar cptofs cpfromfs; do
	$tool --help >help && $tool --long-options >>help
	! grep -E 'enable-printk|filesystem-|--mb|--selinux( |=|$|-contexts)' \
		help || die "$tool lists old options"
done
