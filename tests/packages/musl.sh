#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 3600
#
# musl.sh - the library compiles with musl, without a warning, and passes the tests
# that do.
#
# Debian has musl alone, without the libraries of the tools: they cannot be tried.

. "$top_srcdir/tests/helpers/lib.sh"
need musl-gcc
cpu=$(uname -m)

# The kernel's headers beside musl's.
mkdir -p build/headers && cd build || die "cannot make a directory"
ln -s /usr/include/linux /usr/include/asm-generic headers/
ln -s "/usr/include/$cpu-linux-gnu/asm" headers/
run_check "$top_srcdir/configure" --quiet --disable-tools --without-liburing \
	--without-libnbd --without-zlib --without-libzstd CC=musl-gcc \
	--enable-werror CPPFLAGS="-isystem $PWD/headers" \
	--with-linux="$LINUX_SOURCE" --with-kernel-builddir="$KERNEL_DIR" \
	>configure.log
run_check make -j4 run_kernel=: >make.log
readelf -d lkl/.libs/liblkl.so | grep NEEDED >needed
grep -q 'libc\.so\]' needed || die "not linked with musl: $(cat needed)"
! grep -q 'libc\.so\.6' needed || die "linked with glibc"

# Tests that use what only glibc has do not compile: mallopt(), its locks.  These
# replace preadv2() of the C library, which Debian's musl has not got.
without='boot/fault-in-host boot/fault-with-waiters boot/image-faults
	boot/wait-for-disk'
names=$(cd "$top_srcdir" && {
	ls tests/boot/*.c
	grep -L 'common/\|tar2fs/\|lklfuse\|lklfs' tests/unit/*.c
} | sed 's/\.c$//' | grep -vxF "$(printf 'tests/%s\n' $without)")
make -k -j4 run_kernel=: $names >programs.log 2>&1
chosen=
for name in $names; do
	[ ! -x "$name" ] || chosen="$chosen $name"
done
echo "$(echo $chosen | wc -w) of $(echo $names | wc -w) tests compile" >&3
[ "$(echo $chosen | wc -w)" -ge 75 ] || {
	grep -E 'error|undefined' programs.log >&3
	die "few tests compile"
}
top_builddir=$PWD CC=musl-gcc "$top_srcdir/tests/run" -l logs -j "$(nproc)" \
	$chosen >tests.log 2>&1 || {
	grep -v '^PASS' tests.log >&3
	die "tests fail"
}
tail -n 1 tests.log >&3
