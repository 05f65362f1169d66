#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
#
# A build has the libraries that configure was told to use: a missing one is an
# error that names its package and the option that leaves it out.  Units and rules
# are installed where configure was told, and nowhere by default.

set -eu

[ ! -e "$top_srcdir/config.status" ] || {
	echo 'skip: the source directory is configured itself'
	exit 77
}

# configure reads no more of a kernel than its version.
mkdir -p fake build
printf 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION =\n' >fake/Makefile

configure() {
	(cd build && "$top_srcdir/configure" --with-linux="$PWD/../fake" \
		CC="${CC:-gcc}" "$@" >../out 2>&1)
}

expect() {
	grep -qF -- "$1" out || {
		echo "configure does not say: $1"
		tail -n 5 out
		exit 1
	}
}

# Libraries, which pkg-config cannot find here.
all='--without-liburing --without-libnbd --without-zlib --without-libzstd'
for library in liburing libnbd zlib libzstd; do
	others=$(echo "$all" | sed "s/--without-$library//")
	! PKG_CONFIG_LIBDIR=/nonexistent configure --disable-tools $others ||
		{ echo "configure does without $library"; exit 1; }
	expect "$library is missing: install "
	expect "or use --without-$library"
done
PKG_CONFIG_LIBDIR=/nonexistent configure --disable-tools $all ||
	{ tail -n 5 out; exit 1; }
expect 'libraries: liburing: no, libnbd: no, zlib: no, libzstd: no'

# A cross build's kernel is compiled by CC, too.
PKG_CONFIG_LIBDIR=/nonexistent configure --disable-tools $all \
	--build=x86_64-pc-linux-gnu --host=x86_64-other-linux-gnu ||
	{ tail -n 5 out; exit 1; }
grep -q "^KERNEL_CROSS_COMPILE = x86_64-other-linux-gnu-\$" build/Makefile ||
	{ echo 'not a cross build'; exit 1; }
grep -q "^KERNEL_MAKEFLAGS = CC=${CC:-gcc}\$" build/Makefile ||
	{ echo 'the kernel does not get CC'; exit 1; }

# Units and rules.
grep -q '^#define HAVE_SECCOMP 1' "$top_builddir/config.h" &&
	[ -e "$top_builddir/bin/lklfuse" ] || {
	echo 'skip: the build has no lklfuse or no filter'
	exit 77
}
install_all() {
	rm -rf dest
	make -C build DESTDIR="$PWD/dest" "$@" >log 2>&1 ||
		{ tail -n 5 log; exit 1; }
}
! configure --enable-seccomp=maybe || { echo 'maybe a filter'; exit 1; }
expect "--enable-seccomp has no value 'maybe'"
targets='install-systemdsystemunitDATA install-systemduserunitDATA
	install-sysusersDATA install-udevrulesDATA'
configure --prefix=/opt/lkl --with-systemdsystemunitdir=/units \
	--with-systemduserunitdir=/user --with-sysusersdir=/accounts \
	--with-udevdir=/udev || { tail -n 5 out; exit 1; }
install_all $targets
[ "$(cd dest && find . -type f | sort | xargs)" = "./accounts/lklfuse.conf ./udev/rules.d/90-lklfuse.rules ./units/lklfuse@.service ./user/lklfuse-image@.service" ] ||
	{ find dest; exit 1; }
grep -q '^ExecStart=/opt/lkl/bin/lklfuse ' dest/units/lklfuse@.service
grep -q '^ExecStart=/opt/lkl/bin/lklfuse ' dest/user/lklfuse-image@.service

configure || { tail -n 5 out; exit 1; }
install_all $targets
[ ! -e dest ] || { echo 'installed by default:'; find dest; exit 1; }
