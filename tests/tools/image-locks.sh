#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# image-locks.sh - the tools refuse an image that another program writes to,
# and share one that is only read; unit/image-locks.c tests all combinations.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs
need qemu-img
need qemu-io

# holds FORMAT IMAGE [OPTION] - have QEMU open it
holds() {
	mkfifo pipe.in
	qemu-io ${3:-} -f "$1" "$2" <pipe.in >held 2>&1 &
	holder=$!
	exec 9>pipe.in
	echo length >&9
	for i in $(seq 200); do
		! grep -q MiB held || return 0
		sleep 0.05
	done
	die "qemu-io does not open $2: $(cat held)"
}

leaves() {
	exec 9>&-
	wait $holder
	rm -f pipe.in held
}

mkdir tree
echo one >tree/in-one
make_image ext4 image.raw 16M -d tree
run_check qemu-img convert -f raw -O qcow2 image.raw image.qcow2
for format in raw qcow2; do
	image=image.$format
	run_check fs2tar $image want.tar
	holds $format $image
	run_mustfail 1 "$image: in use" fs2tar $image none.tar
	run_mustfail 1 "$image: in use" fs2tar --snapshot $image none.tar
	[ ! -e none.tar ] || die "there is an archive"
	run_check fs2tar --no-lock $image got.tar
	check_same want.tar got.tar "without locks"
	leaves
	holds $format $image -r
	run_check fs2tar $image got.tar
	check_same want.tar got.tar "beside a reader"
	leaves
	run_check fs2tar $image got.tar
	check_same want.tar got.tar "after it"
done
