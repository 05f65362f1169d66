#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-odd-btrfs.sh - cptofs unpacks from a tar archive everything odd that btrfs
# can hold, with any owner, without privileges.

. "$top_srcdir/tests/helpers/lib-cp.sh"

make_image btrfs odd 512M
make_odd btrfs odd
run_check fs2tar -q odd archive.tar
make_image btrfs copy 512M
run_check cptofs -i copy --tar archive.tar /
check_clean btrfs copy
run_check fs2tar -q copy again.tar
mv odd.json copy.json
check_odd_unpacked copy again.tar

# The same through a pipe, compressed, into a directory below others.
make_image btrfs third 512M
gzip -c archive.tar | run_check cptofs -i third --tar - --mkdir /a/b
check_clean btrfs third
run_check fs2tar -q -C a/b third third.tar
mv copy.json third.json
check_odd_unpacked third third.tar
