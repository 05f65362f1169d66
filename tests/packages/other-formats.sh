#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 3600
#
# other-formats.sh - the RPM spec makes packages, of which rpmlint does not complain, and
# the installed tools start.  The Nix expression is one and names packages once; its
# options of configure exist, and its outputs can be told apart.

. "$top_srcdir/tests/helpers/lib.sh"
spec=$top_srcdir/packaging/rpm/liblkl.spec
version=$(sed -n 's/^Version: *//p' "$spec")
[ "$version" = "$(sed -n 's/^AC_INIT(\[liblkl\], \[\([^]]*\)\].*/\1/p' \
	"$top_srcdir/configure.ac")" ] || die "the spec has version $version"

[ "$version" = "$(sed -n '1s/^liblkl (\(.*\)-[^-]*) .*/\1/p' \
	"$top_srcdir/debian/changelog")" ] || die "debian/changelog has another version"

[ "$version" = "$(sed -n 's/^version = "\(.*\)"/\1/p' \
	"$top_srcdir/python/pyproject.toml")" ] || die "the Python package has another version"

need rpm rpmbuild rpmspec rpmlint nix-instantiate

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
# Debian's packages are not those of RPM, and it lacks these of Fedora's macros.  The
# tests of %check are those of "make check".
site=$(python3 -E "$top_srcdir/build-aux/python-directory" /usr | sed 's,${prefix},/usr,')
[ -n "$site" ] ||
	site=$(python3 -c 'import sys
print("/usr/lib/python%d.%d/site-packages" % sys.version_info[:2])')
HOME=$PWD/home run_check rpmbuild -ba --nodeps --nocheck --define "_topdir $PWD/rpm" \
	--define "_smp_mflags -j$(nproc)" --define '_docdir /usr/share/doc' \
	--define '_unitdir /usr/lib/systemd/system' \
	--define '_userunitdir /usr/lib/systemd/user' \
	--define '_sysusersdir /usr/lib/sysusers.d' \
	--define "python3_sitelib $site" "$spec" >rpm.log
packages=$(find rpm/RPMS -name '*.rpm')
[ "$(for each in $packages; do rpm -qp --qf '%{NAME} ' "$each"; done | xargs -n 1 | sort | xargs)" = \
	"liblkl liblkl-devel lkl-luks lkl-tools lklfuse python3-lkl" ] ||
	die "other packages: $packages"

# expect QUERY PACKAGE LINE... - each is a line of what rpm tells of it
expect() {
	local query=$1 package=rpm/RPMS/*/$2-$version-*.rpm line

	shift 2
	rpm -qp --"$query" $package >told 2>&3 || die "no $query of" $package
	for line; do
		grep -qxF -e "$line" told || {
			cat told >&3
			die "no '$line' in the $query of" $package
		}
	done
}
isa=$(rpm --eval '%{?_isa}') release=$version-$(rpmspec -q --qf '%{RELEASE}\n' "$spec" | head -n 1)
expect provides liblkl "bundled(kernel) = $kernel" 'liblkl.so.0()(64bit)'
expect recommends liblkl "libnbd$isa"
# Nothing but the program that derives keys, and lklfuse, links these.
for package in liblkl lkl-tools; do
	expect requires $package
	! grep -E 'cryptsetup|fuse|libnbd|archive|ssl' told >&3 ||
		die "$package needs more than it should"
done
expect requires liblkl-devel "liblkl$isa = $release"
expect requires lkl-tools "liblkl$isa = $release" 'liblkl.so.0()(64bit)'
expect recommends lkl-tools e2fsprogs "libarchive$isa" "lkl-luks$isa = $release"
expect requires lkl-luks 'libcryptsetup.so.12()(64bit)'
expect conflicts lkl-luks "lkl-tools < $release" "lkl-tools > $release" \
	"lklfuse < $release" "lklfuse > $release"
expect requires lklfuse "liblkl$isa = $release" fuse3 'libfuse3.so.3()(64bit)'
expect requires python3-lkl "lkl-tools = $release"

# Complaints that are none.  The project has no home page, and nobody signs here.
known='no-url-tag|invalid-url Source0|no-signature|no-packager-tag'
# Rules of other distributions, or of the past: ldconfig in scripts, SysV's hashes, pages
# that bzip2 compresses, names of libraries.  GPL-2.0-only is the name in SPDX.
known+='|no-buildroot-tag|no-group-tag|no-major-in-name|shlib-policy-name-error'
known+='|library-without-ldconfig-post(in|un)|missing-hash-section|manpage-not-compressed'
known+='|no-manual-page-for-binary|outside-libdir-files|non-versioned-file-in-library-package'
known+='|requires-on-release|invalid-license GPL-2.0-only|no-dependency-on locales-lkl'
# Fedora's rpm strips what it has separated the debug symbols of.
known+='|unstripped-binary-or-object'
# Debian has no macros that fill them.
known+='|empty-%(pre|post|preun|postun)$'
# Addresses in the kernel's headers.
known+='|incorrect-fsf-address /usr/include/lkl/'
# Other programs start this one in any root directory, so it is static.
known+='|(statically-linked-binary|position-independent-executable-suggested) .*/lklrun-exec'
# configure may have put both anywhere.
known+='|symlink-should-be-relative .*/u?mount.fuse.lklfuse'
HOME=$PWD/home rpmlint "$spec" rpm/SRPMS/*.rpm $packages >complaints 2>&1
cat complaints >&3
grep -q '^ *7 packages and 1 specfiles checked' complaints || die "rpmlint did not look"
! grep -E ': [EW]: ' complaints | grep -vE ": [EW]: ($known)|lkl-luks.*: W: no-documentation" >&3 ||
	die "rpmlint complains"

# In a folder: without the packages of Fedora that they need, and without scripts.
if is_root; then
	mkdir system
	run_check rpm --root "$PWD/system" --initdb
	run_check rpm --root "$PWD/system" --install --nodeps --noscripts $packages
	run_check rpm --root "$PWD/system" --verify --all --nodeps --noscripts >verified
	for name in fs2tar cptofs cpfromfs tar2fs lklfs lklrun lklfuse; do
		LD_LIBRARY_PATH=$PWD/system/usr/lib64 \
			run_check system/usr/bin/$name --version >told
		grep -q "^$name $version" told && grep -q "linux $LINUX_RELEASE" told ||
			die "another program: $(cat told)"
	done
	run_check rpm --root "$PWD/system" --erase --nodeps --noscripts liblkl \
		liblkl-devel lkl-luks lkl-tools lklfuse python3-lkl
	find system ! -type d -path '*lkl*' >left
	[ ! -s left ] || die "left behind: $(cat left)"
else
	skip_part "packages are installed by root"
fi
rm -rf rpm system

# ---- Nix ----

run_check nix-instantiate --parse "$top_srcdir/packaging/nix/default.nix" >parsed
# Evaluated with made-up packages: every name that it uses is an argument.
cat >fake.nix <<'END'
let
  fake = name: {
    inherit name;
    outPath = "/" + name;
    kernels.linux_6_12.src = "/linux.tar.xz";
  };
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
# nix_eval EXPRESSION - its value; of a list, each member on a line
nix_eval() {
	NIX_STATE_DIR=$PWD/nix NIX_STORE_DIR=$PWD/store NIX_LOG_DIR=$PWD/nix \
		nix-instantiate --eval --readonly-mode --strict --json -E "$1" |
		python3 -c '
import json, sys
value = json.load(sys.stdin)
print(*value if isinstance(value, list) else [value], sep="\n")'
}
# nix_value ATTRIBUTE - of the derivation
nix_value() {
	nix_eval "let expression = $top_srcdir/packaging/nix/default.nix;
		in ($(cat fake.nix)).$1"
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

# A build with its options, and with those that nixpkgs adds for these outputs.  It is
# no derivation: the compiler and the libraries are Debian's.
nix_value configureFlags >flags || die "no configureFlags"
grep -qx -e '--with-linux=/linux.tar.xz' flags || die "another kernel: $(cat flags)"
placeholder=$(nix_eval 'placeholder "out"')
outputs=$PWD/outputs
mapfile -t flags < <(sed "s,$placeholder,$outputs/out,; /^--with-linux=/d" flags)
mkdir build && cd build || exit 1
run_check "$top_srcdir/configure" --quiet --prefix="$outputs/out" \
	--bindir="$outputs/out/bin" --sbindir="$outputs/out/sbin" \
	--includedir="$outputs/dev/include" --mandir="$outputs/man/share/man" \
	--libdir="$outputs/lib/lib" --libexecdir="$outputs/lib/libexec" \
	"${flags[@]}" --with-linux="$LINUX_SOURCE" --with-kernel-builddir="$KERNEL_DIR" \
	>configure.log 2>&1
cat stderr >>configure.log
! grep 'unrecognized' configure.log >&3 || die "the expression has other options"
run_check make -j"$(nproc)" run_kernel=: >make.log
run_check make install run_kernel=: pkgconfigdir="$outputs/dev/lib/pkgconfig" >install.log
cd ..
: >patched
out=$outputs/out lib=$outputs/lib bash -euc '. ./nixpkgs.sh; . ./fixup' ||
	die "postFixup fails on what is installed"
for name in cptofs fs2tar lklfs lklfuse lklrun tar2fs liblkl.so.0.0.0; do
	grep -q "libnbd.* $name\$" patched || die "$name does not find its libraries"
done
for file in lib/systemd/system/lklfuse@.service lib/systemd/user/lklfuse-image@.service \
		lib/sysusers.d/lklfuse.conf; do
	[ -e "outputs/out/$file" ] || die "$file is not installed"
done
# Nix refuses outputs that name each other.
[ -d outputs/lib ] && [ -d outputs/man ] && [ -d outputs/out ] || die "an output is missing"
! grep -rlF "$outputs/out" outputs/lib outputs/man >&3 || die "the library names the tools"
! grep -rlF "$outputs/dev" outputs/lib outputs/man outputs/out >&3 ||
	die "the headers are needed at run time"
