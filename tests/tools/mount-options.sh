#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mount-options.sh - fs2tar passes mount options to the file system, and gives
# the kernel the memory of --memory.

. "$top_srcdir/tests/helpers/lib.sh"

make_image btrfs image 128M
make_odd btrfs image
run_check fs2tar --mount-options subvol=subvolume/nested image out.tar
names out.tar >got
check_text got './
./file
./link'
run_mustfail 1 'nonsense' fs2tar --mount-options nonsense image out2.tar
run_mustfail 1 '' fs2tar --mount-options subvol=none image out2.tar

for memory in 24M 32m 1G 67108864 65536K; do
	run_check fs2tar -q --memory=$memory image out.tar
	check_odd image out.tar
done
run_mustfail 2 '' fs2tar --memory=1M image out2.tar
run_mustfail 2 '' fs2tar --memory=99999999T image out2.tar
run_mustfail 1 'memory' fs2tar --memory=60000G image out2.tar
[ ! -e out2.tar ] || die "a failure left an archive"
