#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# dist.sh - with SOURCE_DATE_EPOCH, "make dist" writes the same bytes for another
# user: in another folder, with other times, modes and owners.  The copy is made of
# the tarball itself, which therefore lacks nothing that it needs to make another.

. "$top_srcdir/tests/helpers/lib.sh"

export SOURCE_DATE_EPOCH=1000000000
name=liblkl-dist-$$
run_check make -C "$top_builddir" dist distdir=$name >dist.log
mv "$top_builddir/$name.tar.xz" first.tar.xz || die "no tarball"
tar --numeric-owner --full-time -tvf first.tar.xz |
	grep -v '^[-d]rw.r-.r-. 0/0 .* 2001-09-09 01:46:40 ' >&3 &&
	die "times, modes or owners of the machine"

umask 077
mkdir other
tar -C other --no-same-permissions --no-same-owner --touch -xf first.tar.xz ||
	die "cannot unpack"
# All at once: nothing is older than what it is made of.
find other -exec touch -d 2021-03-04 {} +
mkdir other/build
(cd other/build && run_check ../$name/configure --quiet --disable-tools \
	--with-linux="$LINUX_SOURCE" --with-kernel-builddir="$KERNEL_DIR" &&
	run_check make dist distdir=$name) >other.log || die "no second tarball"
cmp first.tar.xz other/build/$name.tar.xz >&3 || die "another tarball"

# In a clone, a file that git does not know is left out.  If git refuses, so does make.
if type -P git >&3; then
	cp -r other/$name clone
	(cd clone && git init -q . && git add -A) || die "no clone"
	touch clone/tests/a-note
	mkdir clone-build bin
	cd clone-build || exit 1
	run_check ../clone/configure --quiet --disable-tools \
		--with-linux="$LINUX_SOURCE" --with-kernel-builddir="$KERNEL_DIR" >clone.log
	run_check make distdir distdir=$name >>clone.log
	[ -e $name/tests/run ] && [ ! -e $name/tests/a-note ] || die "a note is shipped"
	[ ! -e $name/.unknown ] || die "the list of notes is shipped"
	printf '#!/bin/sh\nexit 128\n' >../bin/git
	chmod +x ../bin/git
	! PATH=$PWD/../bin:$PATH make distdir distdir=$name-refused >&3 2>&1 ||
		die "make does not stop if git refuses"
else
	skip_part "no git"
fi
