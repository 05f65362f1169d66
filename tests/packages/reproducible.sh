#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 7200
#
# reproducible.sh - two builds of the same tarball in different folders, the kernel
# included, install the same bytes and make the same bundle.

. "$top_srcdir/tests/helpers/lib.sh"

run_check make -C "$top_builddir" dist distdir=liblkl-repro >dist.log
tarball=$top_builddir/liblkl-repro.tar.xz

# build_in FOLDER - as somebody else might, at another time
build_in() {
	mkdir -p "$1"
	tar -C "$1" --strip-components=1 -xf "$tarball"
	rm -rf "$1/build" && mkdir "$1/build"
	(
		unset CCACHE_DIR CCACHE_BASEDIR
		PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
		cd "$1/build" &&
		../configure --quiet --prefix=/usr --with-linux="$LINUX_SOURCE" &&
		make -j"$(nproc)" &&
		make install DESTDIR="$PWD/../dest" &&
		make static-bundle
	) >"$1/log" 2>&1 || { tail -n 20 "$1/log"; die "cannot build in $1"; }
}

build_in here
build_in elsewhere/in-a-longer-folder
diff -r --no-dereference here/dest elsewhere/in-a-longer-folder/dest >&3 ||
	die "other files are installed"
[ -e here/dest/usr/bin/fs2tar ] || die "nothing is installed"
for file in here/build/bundle/*; do
	[ -d "$file" ] || cmp "$file" \
		"elsewhere/in-a-longer-folder/build/bundle/${file##*/}" >&3 ||
		die "another bundle: ${file##*/}"
done
ls here/build/bundle/*.tar.xz >&3 || die "there is no bundle"
rm -f "$tarball"
