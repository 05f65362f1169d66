# SPDX-License-Identifier: GPL-2.0-only
#
# checks.m4 - small checks that configure.ac repeats.

# LKL_NEED_PROGRAMS(NAMES)
# ------------------------
# All of NAMES must be in PATH; one sentence names those that are not.
AC_DEFUN([LKL_NEED_PROGRAMS], [
lkl_missing=
for lkl_prog in m4_normalize([$1]); do
	AC_MSG_CHECKING([for $lkl_prog])
	AS_IF([command -v $lkl_prog >/dev/null 2>&1],
		[AC_MSG_RESULT([yes])],
		[AC_MSG_RESULT([no])
		 lkl_missing="$lkl_missing $lkl_prog"])
done
AS_IF([test -n "$lkl_missing"],
	[AC_MSG_ERROR([programs are missing:$lkl_missing; contrib/packages lists the Debian packages])])
])

# LKL_CFLAGS_IF(VARIABLE, FLAGS)
# ------------------------------
# VARIABLE gets those of FLAGS that the compiler knows.
AC_DEFUN([LKL_CFLAGS_IF], [
AC_SUBST([$1])
lkl_save=$CFLAGS
for lkl_flag in m4_normalize([$2]); do
	AC_MSG_CHECKING([whether $CC takes $lkl_flag])
	CFLAGS="$lkl_save -Werror $lkl_flag"
	AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int lkl;]])],
		[AC_MSG_RESULT([yes])
		 $1="$$1 $lkl_flag"],
		[AC_MSG_RESULT([no])])
done
CFLAGS=$lkl_save
])

# LKL_LDFLAGS_IF(VARIABLE, FLAG)
# ------------------------------
# VARIABLE is FLAG if a shared library can be linked with it, and the library
# can be loaded here where that can be tried.
AC_DEFUN([LKL_LDFLAGS_IF], [
AC_SUBST([$1])
lkl_save=$LDFLAGS
LDFLAGS="$lkl_save $2 -Wl,--fatal-warnings"
AC_MSG_CHECKING([whether programs can be linked with $2])
AC_RUN_IFELSE([AC_LANG_PROGRAM([[static int x; int *volatile p = &x;]],
		[[return *p;]])],
	[AC_MSG_RESULT([yes])
	 $1=$2],
	[AC_MSG_RESULT([no])],
	[AC_LINK_IFELSE([AC_LANG_PROGRAM([[static int x; int *p = &x;]],
			[[return *p;]])],
		[AC_MSG_RESULT([yes, cross-compiling])
		 $1=$2],
		[AC_MSG_RESULT([no])])])
LDFLAGS=$lkl_save
])

# LKL_SONAME(VARIABLE, NAME, INCLUDES, CALL, [IF-NONE])
# ---------------------------------------------------
# The library NAME is loaded when it is first needed: VARIABLE_SONAME, a macro
# for C, is what a program that makes CALL would load, linked with VARIABLE_LIBS.
AC_DEFUN([LKL_SONAME], [
AC_REQUIRE([LKL_DLOPEN])
AC_MSG_CHECKING([for the shared library of $2])
lkl_save_CFLAGS=$CFLAGS
lkl_save_LIBS=$LIBS
CFLAGS="$CFLAGS $$1_CFLAGS"
LIBS="$$1_LIBS $LIBS"
lkl_soname=
AC_LINK_IFELSE([AC_LANG_PROGRAM([$3], [$4])],
	[lkl_soname=`$READELF -d conftest$EXEEXT |
		sed -n 's/.*NEEDED.* .\($2\.so.*\).$/\1/p'`])
CFLAGS=$lkl_save_CFLAGS
LIBS=$lkl_save_LIBS
AS_IF([test -n "$lkl_soname"],
	[AC_MSG_RESULT([$lkl_soname])
	 AC_DEFINE_UNQUOTED([$1_SONAME], ["$lkl_soname"],
		[The shared library of $2.])],
	[AC_MSG_RESULT([none])
	 $5])
])

# LKL_DLOPEN
# ----------
# LKL_PC_LIBS gets what dlopen() is in, if that is not libc, and so does LIBS.
AC_DEFUN([LKL_DLOPEN], [
AC_CHECK_TOOL([READELF], [readelf], [false])
AC_SEARCH_LIBS([dlopen], [dl], [], [AC_MSG_ERROR([there is no dlopen()])])
AS_CASE([$ac_cv_search_dlopen],
	[-l*], [LKL_PC_LIBS=" $ac_cv_search_dlopen"])
AC_SUBST([LKL_PC_LIBS])
])

# LKL_LIBRARY(NAME, VARIABLE, MODULE, PACKAGE, WITHOUT)
# -----------------------------------------------------
# The library NAME is required unless --without-NAME is given, whose help text is
# WITHOUT.  MODULE is for pkg-config; PACKAGE is Debian's.  Sets with_NAME to yes
# or no, VARIABLE_CFLAGS and VARIABLE_LIBS, and defines HAVE_VARIABLE.
AC_DEFUN([LKL_LIBRARY], [
AC_ARG_WITH([$1], [AS_HELP_STRING([--without-$1], [$5])], [], [with_$1=yes])
AS_IF([test "x$with_$1" != xno],
	[with_$1=yes
	 PKG_CHECK_MODULES([$2], [$3],
		[AC_DEFINE([HAVE_$2], [1], [The build has $1.])],
		[AC_MSG_ERROR([$1 is missing: install $4, or use --without-$1 ($5)])])],
	[VARIANT_FLAGS="$VARIANT_FLAGS --without-$1"])
])

# LKL_DIRECTORY(NAME, MODULE, CONTENT)
# ------------------------------------
# --with-NAME=DIR installs CONTENT in DIR; without "=DIR", in the directory that
# pkg-config knows by this NAME from MODULE.  The variable NAME is DIR, and the
# automake conditional of the same name in capitals tells whether there is one.
AC_DEFUN([LKL_DIRECTORY], [
AC_ARG_WITH([$1],
	[AS_HELP_STRING([--with-$1@<:@=DIR@:>@], [install $3])],
	[], [with_$1=no])
AS_CASE([$with_$1],
	[no], [$1=],
	[yes], [PKG_CHECK_VAR([$1], [$2], [$1], [],
		[AC_MSG_ERROR([pkg-config has no directory $1 of $2: use --with-$1=DIR])])],
	[$1=$with_$1])
AC_SUBST([$1])
AM_CONDITIONAL(m4_toupper([$1]), [test "x$$1" != x])
])
