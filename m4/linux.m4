# SPDX-License-Identifier: GPL-2.0-only
#
# linux.m4 - the kernel source and how it is built.

# LKL_ARG_LINUX
# -------------
# Sets LINUX_SOURCE (absolute path of a directory or a tarball), LINUX_RELEASE
# (6.12.N), LINUX_FRAGMENTS (configuration, names below the source directory
# or absolute), KERNEL_DIR (where it is built) and KERNEL_SHARED (yes if
# another build's kernel is used as it is).
AC_DEFUN([LKL_ARG_LINUX], [
AC_ARG_WITH([linux],
	[AS_HELP_STRING([--with-linux=PATH],
		[source of a Linux, 6.12.y or newer, as a directory or a tarball; it
		 is not written to
		 @<:@/usr/src/linux-source-6.12.tar.xz@:>@])],
	[], [with_linux=/usr/src/linux-source-6.12.tar.xz])
AC_ARG_ENABLE([bcachefs],
	[AS_HELP_STRING([--enable-bcachefs],
		[build the kernel with bcachefs])],
	[], [enable_bcachefs=no])
AC_ARG_WITH([kernel-config],
	[AS_HELP_STRING([--with-kernel-config=FILES],
		[fragments of kernel configuration, separated by spaces;
		 relative names are looked up in the source directory first
		 @<:@lkl/arch/configs/lkl.config@:>@])],
	[VARIANT_FLAGS="--with-kernel-config='$withval'"],
	[VARIANT_FLAGS=
	 with_kernel_config=lkl/arch/configs/lkl.config])
AC_ARG_WITH([kernel-builddir],
	[AS_HELP_STRING([--with-kernel-builddir=DIR],
		[for developers: do not build the kernel but use what is in
		 DIR, the directory "kernel" of another build directory;
		 refused if that was made from another overlay,
		 configuration or version])],
	[], [with_kernel_builddir=no])
AC_ARG_VAR([KERNEL_MAKEFLAGS],
	[further arguments for make in the kernel, such as LLVM=1])

AS_CASE([$with_linux], [yes|no|''],
	[AC_MSG_ERROR([--with-linux takes the path of a kernel source])])

# The series that the tests were run with; the first is the default.
lkl_tested_series="6.12 7.3"

AC_MSG_CHECKING([for a Linux source])
AS_IF([test ! -e "$with_linux"], [
	AC_MSG_RESULT([not found])
	AC_MSG_ERROR([no kernel source at $with_linux: apt install linux-source-6.12, or name a Linux source with --with-linux=PATH])
])
AS_CASE([$with_linux], [/*], [LINUX_SOURCE=$with_linux],
	[LINUX_SOURCE=`pwd`/$with_linux])

lkl_version() {
	$SED -n "s/^@S|@1 *= *//p" conftest.linux | $SED 1q
}
AS_IF([test -d "$LINUX_SOURCE"], [
	LINUX_SOURCE=`cd "$LINUX_SOURCE" && pwd`
	AS_IF([test -r "$LINUX_SOURCE/Makefile"],
		[cp "$LINUX_SOURCE/Makefile" conftest.linux],
		[: >conftest.linux])
	for lkl_path in .config include/config include/generated; do
		AS_IF([test -e "$LINUX_SOURCE/$lkl_path"],
			[AC_MSG_RESULT([$LINUX_SOURCE])
			 AC_MSG_ERROR([$LINUX_SOURCE has been built in ($lkl_path exists): give a pristine source, or run "make mrproper" there])])
	done
], [
	# The one at the top, not Documentation/Makefile; stop when it is read.
	tar -xOf "$LINUX_SOURCE" --occurrence=1 --wildcards \
		--no-wildcards-match-slash '*/Makefile' \
		>conftest.linux 2>&AS_MESSAGE_LOG_FD
	AS_IF([test ! -s conftest.linux],
		[AC_MSG_RESULT([$LINUX_SOURCE])
		 AC_MSG_ERROR([$LINUX_SOURCE is not a tarball of a kernel source])])
])
AS_IF([test -z "`lkl_version VERSION`"],
	[AC_MSG_RESULT([$LINUX_SOURCE])
	 AC_MSG_ERROR([$LINUX_SOURCE is not a kernel source])])
lkl_series=`lkl_version VERSION`.`lkl_version PATCHLEVEL`
LINUX_RELEASE=$lkl_series.`lkl_version SUBLEVEL``lkl_version EXTRAVERSION`
rm -f conftest.linux
AC_MSG_RESULT([$LINUX_SOURCE ($LINUX_RELEASE)])
AS_CASE([" $lkl_tested_series "],
	[*" $lkl_series "*], [LINUX_TESTED="tested series"],
	[LINUX_TESTED="not a tested series"
	 AC_MSG_WARN([Linux $lkl_series is not a series that was tested with this port ($lkl_tested_series): it may not build, or not work])])

# VARIANT_FLAGS is for the further builds of "make check D=...", which take
# the same kernel.
AS_IF([test "x$enable_bcachefs" != xno],
	[with_kernel_config="$with_kernel_config lkl/arch/configs/bcachefs.config"
	 VARIANT_FLAGS="$VARIANT_FLAGS --enable-bcachefs"])
LINUX_FRAGMENTS=
for lkl_path in $with_kernel_config; do
	AS_CASE([$lkl_path], [/*], [],
		[AS_IF([test ! -e "$srcdir/$lkl_path"],
			[lkl_path=`pwd`/$lkl_path])])
	AS_CASE([$lkl_path], [/*], [lkl_file=$lkl_path],
		[lkl_file=$srcdir/$lkl_path])
	AS_IF([test ! -r "$lkl_file"],
		[AC_MSG_ERROR([no kernel configuration $lkl_path])])
	LINUX_FRAGMENTS="$LINUX_FRAGMENTS${LINUX_FRAGMENTS:+ }$lkl_path"
done

# Kbuild takes neither spaces nor colons in its paths.
lkl_path=`pwd`
AS_CASE(["$lkl_path$LINUX_SOURCE"], [*@<:@\ :@:>@*],
	[AC_MSG_ERROR([the kernel cannot be built in a path with spaces or colons: $lkl_path, $LINUX_SOURCE])])

AS_CASE([$with_kernel_builddir],
	[no|''], [KERNEL_DIR=kernel
		KERNEL_SHARED=no
		LINUX_HOW="from $LINUX_SOURCE"],
	[yes], [AC_MSG_ERROR([--with-kernel-builddir takes a directory])],
	[AS_IF([test ! -f "$with_kernel_builddir/id"],
		[AC_MSG_ERROR([$with_kernel_builddir is not the kernel directory of a finished build])])
	 KERNEL_DIR=`cd "$with_kernel_builddir" && pwd`
	 KERNEL_SHARED=yes
	 LINUX_HOW="as built in $KERNEL_DIR"])

# Kbuild calls the compiler by this prefix, or by the name that the user gave.  For
# clang it wants LLVM=1, which is for KERNEL_MAKEFLAGS.
AS_IF([test "x$cross_compiling" = xyes],
	[KERNEL_CROSS_COMPILE=$host_alias-
	 AS_CASE(["$CC $KERNEL_MAKEFLAGS"],
		["$host_alias-gcc "* | *clang* | *CC=* | *LLVM=*], [],
		[AS_CASE([$CC], [*\ *], [],
			[KERNEL_MAKEFLAGS="$KERNEL_MAKEFLAGS${KERNEL_MAKEFLAGS:+ }CC=$CC"])])],
	[KERNEL_CROSS_COMPILE=])

AC_SUBST([LINUX_SOURCE])
AC_SUBST([LINUX_RELEASE])
AC_SUBST([LINUX_FRAGMENTS])
AC_SUBST([VARIANT_FLAGS])
AC_SUBST([KERNEL_DIR])
AC_SUBST([KERNEL_SHARED])
AC_SUBST([KERNEL_CROSS_COMPILE])
AM_CONDITIONAL([KERNEL_SHARED], [test $KERNEL_SHARED = yes])
])
