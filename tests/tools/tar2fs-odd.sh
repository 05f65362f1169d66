#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-odd.sh - an archive with everything odd that ext4 can hold, owners and
# devices included, becomes an image that holds it, without privileges.

. "$top_srcdir/tests/helpers/lib-cp.sh"

make_image ext4 odd 512M
make_odd ext4 odd
run_check fs2tar -q --exclude ./lost+found odd archive.tar
run_check tar2fs archive.tar image.ext4
check_clean ext4 image.ext4
run_check fs2tar -q --exclude ./lost+found image.ext4 again.tar
cp odd.json image.json
check_odd_unpacked image again.tar

# Through a pipe, which gives it only once.
gzip -c archive.tar | run_check tar2fs - image.ext4
check_clean ext4 image.ext4
run_check fs2tar -q --exclude ./lost+found image.ext4 again.tar
check_odd_unpacked image again.tar

# With a size, it is read once and nothing is kept beside the image.
run_check tar2fs --size=600M - image.ext4 <archive.tar
[ "$(stat -c %s image.ext4)" -eq $((600 << 20)) ] || die "another size"
run_check fs2tar -q --exclude ./lost+found image.ext4 again.tar
check_odd_unpacked image again.tar
