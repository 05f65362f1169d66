#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# libraries.sh - the tools load libnbd and libarchive only when an image or an
# archive needs them; without them they give the reason and leave nothing
# behind.

. "$top_srcdir/tests/helpers/lib-fuse.sh"
need mke2fs tar
[ -z "$INSTRUMENT" ] || skip "what instruments programs loads libraries"

soname() {
	sed -n "s/^#define $1_SONAME \"\(.*\)\"/\1/p" "$top_builddir/config.h"
}

# loads COMMAND... - run it and list what it loads
loads() {
	LD_DEBUG=files LD_DEBUG_OUTPUT=$PWD/debug run_check "$@"
	sed -n 's|.*calling init: .*/\(lib[a-z0-9_+-]*\)\.so.*|\1|p' debug.* |
		sort -u >loaded
	rm debug.*
}

has_loaded() {
	grep -qx "$1" loaded
}

check_few() {
	has_loaded libc || skip "the dynamic linker does not say what it loads"
	! grep -E '^(libnbd|libgnutls|libarchive|libxml2|libicu.*)$' loaded >&3 ||
		die "$1 loads what it has no use for"
}

make_image ext4 image 16M
mkdir -p tree
seq 1000 >tree/numbers
tar -cf tree.tar tree
loads cptofs -i image tree /
check_few cptofs
loads fs2tar image want.tar
check_few fs2tar
loads cpfromfs -i image /tree out
check_few cpfromfs
loads fs2tar --help >/dev/null
check_few "fs2tar --help"

loads cptofs -i image --tar=tree.tar /
has_loaded libarchive || die "an archive was read without libarchive"
loads fs2tar -z image want.tar.gz
has_loaded libarchive || die "an archive was compressed without libarchive"

# Libraries that are there, but cannot be loaded, and such as are too old.
archive=$(soname LIBARCHIVE)
nbd=$(soname LIBNBD)
mkdir -p broken old
for library in $archive $nbd; do
	echo "not a library" >broken/$library
	echo 'int lkl_nothing;' | ${CC:-cc} -shared -fPIC -x c -o old/$library - ||
		skip "no compiler"
done
without() {
	run_check env "LD_LIBRARY_PATH=$PWD/$1:$LD_LIBRARY_PATH" "${@:2}"
}
fails_without() {
	run_mustfail 1 "$2" env "LD_LIBRARY_PATH=$PWD/$1:$LD_LIBRARY_PATH" \
		"${@:3}"
}

without broken fs2tar image got.tar
without broken cptofs -i image tree/numbers /copy
without broken cpfromfs -i image /copy copy
check_same tree/numbers copy "what was copied"
# Its features are those it has.
without broken fs2tar --version >version
! grep -F +gzip version >&3 || die "compresses without libarchive"
without broken cptofs --version >version
! grep -F +gzip version >&3 || die "unpacks without libarchive"
before=$(digest image)
for dir in broken old; do
	[ $dir = old ] && why="undefined symbol: archive_" || why=$archive
	fails_without $dir "cannot load libarchive: " fs2tar -z image none.tar
	grep -qF -e "$why" stderr || die "does not say $why"
	[ ! -e none.tar ] || die "a failure left an archive"
	fails_without $dir "cannot load libarchive: " \
		cptofs -i image --tar=tree.tar /more
	[ "$(digest image)" = "$before" ] || die "a failure changed the image"
done

if fs2tar --version | grep -qF -e +nbd; then
	uri="nbd+unix:///?socket=$PWD/socket"
	for dir in broken old; do
		[ $dir = old ] && why="undefined symbol: nbd_" || why=$nbd
		fails_without $dir "$uri: cannot load libnbd: " \
			fs2tar "$uri" none.tar
		grep -qF -e "$why" stderr || die "does not say $why"
		fails_without $dir "needs NBD: cannot load libnbd: " \
			fs2tar --format=vmdk image none.tar
		[ ! -e none.tar ] || die "a failure left an archive"
	done
	if ! command -v nbdkit >/dev/null; then
		skip_part "nbdkit is not installed"
	else
		nbdkit -U "$PWD/socket" -P "$PWD/pid" file image
		trap 'kill "$(cat pid)"' EXIT
		wait_for 60 nbdkit test -s pid
		loads fs2tar "$uri" got.tar
		has_loaded libnbd || die "spoke NBD without libnbd"
		kill "$(cat pid)"
		trap - EXIT
		rm -f socket pid
	fi
fi

fs2tar --version | grep -qF -e +nbd || skip_part "built without NBD"

# A daemon.
fuse_begin
mkdir mnt
fuse_mounts+=(image)
loads lklfuse "$PWD/image" "$PWD/mnt"
fuse_unmount image mnt
check_few lklfuse
