#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
#
# configure names the kernel that it found, accepts the series that the tests
# are run with, warns of any other and goes on.

set -eu
mkdir fake build
cat >fake/Makefile <<'EOF'
VERSION = 99
PATCHLEVEL = 1
SUBLEVEL = 2
EXTRAVERSION = -rc3
EOF

configure() {
	(cd build && "$top_srcdir/configure" --disable-tools \
		CC="${CC:-gcc}" "$@" >../out 2>&1)
}

[ ! -e "$top_srcdir/config.status" ] || {
	echo 'the source directory is configured itself'
	exit 77
}
configure --with-linux="$PWD/fake" || { tail out; exit 1; }
grep -q 'WARNING: Linux 99\.1 is not a series' out || { cat out; exit 1; }
grep -q 'kernel: *99\.1\.2-rc3 (not a tested series)' out || {
	cat out
	exit 1
}

# The default, by the number alone: nothing of the source is read but that.
series=$(sed -n 's/^lkl_tested_series="\([0-9.]*\).*"/\1/p' \
	"$top_srcdir/m4/linux.m4")
sed -i "s/^VERSION.*/VERSION = ${series%.*}/
	s/^PATCHLEVEL.*/PATCHLEVEL = ${series#*.}/" fake/Makefile
configure --with-linux="$PWD/fake" || { tail out; exit 1; }
! grep -q 'WARNING.*series' out || { cat out; exit 1; }
grep -q "kernel: *$series\.2-rc3 (tested series)" out || { cat out; exit 1; }

echo >fake/Makefile
! configure --with-linux="$PWD/fake" || { echo accepted; exit 1; }
grep -q 'is not a kernel source' out || { cat out; exit 1; }
