#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# autotools.sh - a small package is generated, configured, compiled and installed on an
# image, with the compiler of the host.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need autoreconf automake make gcc mke2fs e2fsck

cat >job.sh <<'EOF'
set -e
cd "$1"
mkdir package
cd package
cat >configure.ac <<'END'
AC_INIT([tiny], [1.0])
AC_CONFIG_SRCDIR([main.c])
AC_CONFIG_AUX_DIR([aux])
AC_CONFIG_HEADERS([config.h])
AM_INIT_AUTOMAKE([foreign])
AC_PROG_CC
AC_CHECK_HEADERS([unistd.h sys/stat.h nothing.h])
AC_CHECK_FUNCS([memfd_create strlcpy])
AC_CONFIG_FILES([Makefile])
AC_OUTPUT
END
cat >Makefile.am <<'END'
bin_PROGRAMS = tiny
tiny_SOURCES = main.c other.c other.h
END
echo 'int other(void);' >other.h
printf '#include "other.h"\nint other(void) { return 42; }\n' >other.c
printf '#include <stdio.h>\n#include "other.h"\n%s\n' \
	'int main(void) { printf("%d\n", other()); return 0; }' >main.c
autoreconf -i >/dev/null 2>&1
mkdir build
cd build
../configure --quiet --prefix="$1/installed"
make -s -j2
make -s install >/dev/null
cat config.h
"$1/installed/bin/tiny"
make -s distdir
ls tiny-1.0 | sort
touch ../other.h
make | grep -c ' -c '
EOF

mkdir host
run_check sh job.sh "$PWD/host" >host.out
make_user_image image 64M
run_check lklrun -i image --at=/mnt -- sh "$PWD/job.sh" /mnt >image.out
check_same image.out host.out "what the build says"
grep -qx 42 image.out || die "the program was not run"
run_check e2fsck -fn image >&3

# The compiled program of the image is that of the host but for its path.
run_check cpfromfs -i image -p /installed/bin/tiny .
[ "$(./tiny)" = 42 ] || die "the program does not run on the host"
