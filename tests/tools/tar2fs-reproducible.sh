#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-reproducible.sh - with SOURCE_DATE_EPOCH, tar2fs makes the same image of
# the same files, however these were made, and of the smallest size, too.

. "$top_srcdir/tests/helpers/lib.sh"
need mkfs.xfs mkfs.btrfs taskset
export SOURCE_DATE_EPOCH=1500000000

# grow DIRECTORY ORDER HOLES - the same files, made in this order
grow() {
	local n

	mkdir -p "$1/dir" || exit 1
	for n in $2; do
		seq -f "$n %.0f" 2000 >"$1/dir/$n"
	done
	ln "$1/dir/1" "$1/link"
	dd if=/dev/zero of="$1/sparse" bs=64k count=80 conv="$3" status=none
	seq 50000 | dd of="$1/sparse" bs=4k seek=301 conv=notrunc \
		iflag=fullblock status=none
	truncate -s 5242880 "$1/sparse"
	chmod -R go-w "$1"
}
grow one "$(seq 200)" sparse
grow two "$(seq 200 | tac)" notrunc

for type in ext4 xfs btrfs vfat; do
	# vfat has no hard links.
	run_any tar2fs -q --type=$type --owner=0 --group=0 one want
	status=$?
	run_any taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" \
		tar2fs -q --type=$type --owner=0 --group=0 two got
	[ $? -eq $status ] || die "$type: another exit status"
	check_same want got "$type: it depends on how the files were made"
	SOURCE_DATE_EPOCH=1400000000 run_any tar2fs -q --type=$type --owner=0 \
		--group=0 one got
	! cmp -s want got || die "$type: the time does not matter"
done
tar -C one --sort=name -cf archive.tar .
cat archive.tar | run_check tar2fs --size=400M --type=xfs - want
dd if=archive.tar bs=7777 2>dd.log |
	run_check tar2fs --size=400M --type=xfs - got
check_same want got "it depends on the pieces of an archive"
