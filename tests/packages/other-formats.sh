#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
#
# other-formats.sh - the RPM spec makes a source package, its preparation works, and
# rpmlint does not complain; the Nix expression is one, and names packages once.

. "$top_srcdir/tests/helpers/lib.sh"
spec=$top_srcdir/packaging/rpm/liblkl.spec
version=$(sed -n 's/^Version: *//p' "$spec")
[ "$version" = "$(sed -n 's/^AC_INIT(\[liblkl\], \[\([^]]*\)\].*/\1/p' \
	"$top_srcdir/configure.ac")" ] || die "the spec has version $version"

[ "$version" = "$(sed -n '1s/^liblkl (\(.*\)-[^-]*) .*/\1/p' \
	"$top_srcdir/debian/changelog")" ] || die "debian/changelog has another version"

[ "$version" = "$(sed -n 's/^version = "\(.*\)"/\1/p' \
	"$top_srcdir/python/pyproject.toml")" ] || die "the Python package has another version"

need rpmbuild rpmspec rpmlint nix-instantiate

# ---- RPM ----

mkdir -p rpm/SOURCES home
run_check make -C "$top_builddir" dist distdir="liblkl-$version" >dist.log
mv "$top_builddir/liblkl-$version.tar.xz" rpm/SOURCES/
kernel=$(rpmspec -P "$spec" | sed -n 's/^Provides: *bundled(kernel) = //p')
case " $(sed -n 's/^lkl_tested_series="\(.*\)"/\1/p' "$top_srcdir/m4/linux.m4") " in
*" ${kernel%.*} "*) ;;
*) die "Linux $kernel is not of a tested series" ;;
esac
ln -s "$LINUX_SOURCE" "rpm/SOURCES/linux-$kernel.tar.xz"
# What Fedora's macros are.
rpm_build() {
	HOME=$PWD/home run_check rpmbuild --nodeps --define "_topdir $PWD/rpm" \
		--define '_unitdir /usr/lib/systemd/system' \
		--define '_userunitdir /usr/lib/systemd/user' \
		--define '_sysusersdir /usr/lib/sysusers.d' "$@" >rpm.log
}
rpm_build -bs "$spec"
rpm_build -bp "$spec"
[ -e rpm/BUILD/liblkl-"$version"/configure.ac ] || die "not unpacked"
# The project has no home page, and Fedora has no BuildRoot any more.
HOME=$PWD/home rpmlint "$spec" >complaints 2>&1
cat complaints >&3
! grep -E ': [EW]: ' complaints |
	grep -vE 'no-buildroot-tag|no-url-tag|invalid-url Source0' >&3 || die "rpmlint complains"

# ---- Nix ----

run_check nix-instantiate --parse "$top_srcdir/packaging/nix/default.nix" >parsed
# Evaluated with made-up packages: every name that it uses is an argument.
cat >fake.nix <<'END'
let
  fake = name: { inherit name; src = "/" + name; outPath = "/" + name; };
  names = builtins.attrNames (builtins.functionArgs (import expression));
  arguments = builtins.listToAttrs (map (name: { inherit name; value = fake name; }) names);
  lib = {
    cleanSource = x: x;
    makeLibraryPath = list: builtins.concatStringsSep ":" (map (p: p.name) list);
    makeBinPath = list: builtins.concatStringsSep ":" (map (p: p.name) list);
    licenses.gpl2Only = "GPL-2.0-only";
  };
  derivation = import expression (arguments // {
    inherit lib; pkgs = { }; src = "/src"; stdenv.mkDerivation = x: x;
  });
in builtins.deepSeq derivation derivation
END
# nix_value ATTRIBUTE - of the derivation
nix_value() {
	NIX_STATE_DIR=$PWD/nix NIX_STORE_DIR=$PWD/store NIX_LOG_DIR=$PWD/nix \
		nix-instantiate --eval --readonly-mode --strict --json -E \
		"let expression = $top_srcdir/packaging/nix/default.nix; in ($(cat fake.nix)).$1" |
		python3 -c 'import json, sys; print(json.load(sys.stdin))'
}
got=$(nix_value version)
[ "$got" = "$version" ] || die "the expression has version $got"

# What it does with the installed programs.  Started by any name, they see that name,
# and no variable of the wrapper's but PATH, which lklrun would hand on.
nix_value postFixup >fixup || die "no postFixup"
mkdir -p out/bin out/lib
cat >program.c <<'END'
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	return argc < 1 || printf("%s %s\n", argv[0], getenv("LD_LIBRARY_PATH")) < 0;
}
END
$CC -o out/bin/lklfuse program.c || die "cannot compile"
for name in cptofs fs2tar lklfs lklrun tar2fs; do
	cp out/bin/lklfuse out/bin/$name
done
ln -s cptofs out/bin/cpfromfs
ln -s "$PWD/out/bin/lklfuse" out/bin/mount.fuse.lklfuse
ln -s "$PWD/out/bin/lklfuse" out/bin/umount.fuse.lklfuse
: >out/lib/liblkl.so.0.0.0
ln -s liblkl.so.0.0.0 out/lib/liblkl.so.0
cat >nixpkgs.sh <<'END'
patchelf() {
	[ "$1" = --add-rpath ] && echo "$2 ${3##*/}" >>patched
}
# As that of nixpkgs: the program moves aside, and a script takes its place.
wrapProgram() {
	local program=$1 hidden=${1%/*}/.${1##*/}-wrapped

	shift
	mv "$program" "$hidden"
	{
		echo '#!/bin/bash'
		while [ $# -gt 0 ]; do
			echo "export $2=\"\$$2$3$4\""
			shift 4
		done
		echo "exec -a \"\$0\" $hidden \"\$@\""
	} >"$program"
	chmod +x "$program"
}
END
out=$PWD/out lib=$PWD/out bash -euc '. ./nixpkgs.sh; . ./fixup' || die "postFixup fails"
for name in cptofs cpfromfs fs2tar lklfs lklfuse lklrun tar2fs mount.fuse.lklfuse \
		umount.fuse.lklfuse; do
	got=$(env -u LD_LIBRARY_PATH "$PWD/out/bin/$name")
	case ${got##*/} in
	"$name (null)") ;;
	*) die "$name is started as: $got" ;;
	esac
done
for name in cptofs fs2tar lklfs lklfuse lklrun tar2fs liblkl.so.0.0.0; do
	grep -q "libnbd.* $name\$" patched || die "$name does not find its libraries"
done
