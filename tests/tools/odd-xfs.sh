#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# odd-xfs.sh - fs2tar keeps all unusual properties of files in xfs, leaves the
# image as it is, and makes the same archive each time.

. "$top_srcdir/tests/helpers/lib.sh"

make_image xfs image 320M
make_odd xfs image
chmod a-w image
before=$(digest image)
run_check fs2tar image archive.tar
grep -q 'special/socket' stderr || die "does not tell of the socket"
check_odd image archive.tar

cp --sparse=always image copy
run_check fs2tar -q --memory 32M copy >again.tar
[ ! -s stderr ] || die "is not quiet"
check_same archive.tar again.tar "not reproducible"
[ "$(digest image)" = "$before" ] || die "the image was changed"
