#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
#
# make install DESTDIR=... puts everything that a program needs in place, and
# make uninstall takes all of it away: programs in C and C++ are compiled with
# the flags of pkg-config, against the shared and the static library.

set -eu
dest=$TEST_DIR/dest
make=${MAKE:-make}
prefix=$(sed -n 's/^prefix = //p' "$top_builddir/Makefile")
libdir=$(sed -n 's/^libdir = //p' "$top_builddir/lkl.pc" "$top_builddir/Makefile" |
	sed "s|\${exec_prefix}|$prefix|" | head -n 1)

$make -C "$top_builddir" install DESTDIR="$dest" >install.log 2>&1 || {
	tail -n 20 install.log
	exit 1
}
find "$dest" ! -type d | sort >installed
grep "$dest" installed | sed "s|^$dest||" | grep -v '/include/lkl/' || :
for file in include/lkl.h include/lkl/syscalls.h; do
	[ -f "$dest$prefix/$file" ] || { echo "not installed: $file"; exit 1; }
done

# Debug information, too, has the same bytes wherever it is built.
! grep -rlF "$top_builddir" "$dest" ||
	{ echo "these have the path of the build: $top_builddir"; exit 1; }

# mount(8) and umount(8) call the program through links.
if [ -e "$dest$prefix/bin/lklfuse" ]; then
	for command in mount umount; do
		helper=$dest$prefix/sbin/$command.fuse.lklfuse
		[ "$(readlink "$helper")" = "$prefix/bin/lklfuse" ] ||
			{ echo "not a link to lklfuse: $helper"; exit 1; }
	done
fi

cat >program.c <<'END'
#include <lkl.h>
#include <stdio.h>

int main(void)
{
	long args[6] = { 0 };

	printf("%s, Linux %s: %s\n", lkl_version(), lkl_kernel_version(),
	       lkl_strerror(-2));
	/* Before start: an error, not a crash. */
	return lkl_syscall(0, args) != -6 /* ENXIO */;
}
END
cp program.c program.cc

# The output of pkg-config with the file where a distribution has it.
export PKG_CONFIG_PATH=$dest$libdir/pkgconfig PKG_CONFIG_SYSROOT_DIR=$dest
unset LD_LIBRARY_PATH
cflags=$(pkg-config --cflags lkl)
libs=$(pkg-config --libs lkl)
static=$(pkg-config --static --libs lkl | sed 's/-llkl/-l:liblkl.a/')
version=$(pkg-config --modversion lkl)
cc=${CC:-gcc}
flags=$(sed -n 's/^SANITIZER_FLAGS = //p' "$top_builddir/Makefile")

try() {
	echo "+ $*"
	"$@"
}

run() {
	out=$("$@")
	echo "$out"
	case $out in
	"$version, Linux $LINUX_RELEASE"*) ;;
	*) echo "unexpected: $out"; exit 1 ;;
	esac
}

if [ -e "$dest$libdir/liblkl.so" ]; then
	try $cc $flags -o shared program.c $cflags $libs
	run env LD_LIBRARY_PATH="$dest$libdir" ./shared
	readelf -d shared | grep -q 'NEEDED.*liblkl\.so\.0' || {
		echo "the library has no soname with its version"
		exit 1
	}
	if ! command -v g++ >/dev/null; then
		echo "skip: no g++ for a program in C++"
	else
		try g++ $flags -std=c++17 -o shared-cc program.cc $cflags $libs
		run env LD_LIBRARY_PATH="$dest$libdir" ./shared-cc
	fi
	# The linker's packing and -z text are easily lost.
	readelf -d "$dest$libdir/liblkl.so" >dynamic
	! grep TEXTREL dynamic || {
		echo "the library has text relocations"
		exit 1
	}
fi
if [ -e "$dest$libdir/liblkl.a" ]; then
	try $cc $flags -o static program.c $cflags $static
	run ./static
fi

$make -C "$top_builddir" uninstall DESTDIR="$dest" >uninstall.log 2>&1 || {
	tail -n 20 uninstall.log
	exit 1
}
left=$(find "$dest" ! -type d)
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
