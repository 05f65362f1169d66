#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# package-lists.sh - each file that "make install" installs is in one package of
# Debian's, by the lists in debian/, and in one of the RPM spec.  Libraries that are
# loaded at run time are recommended, and a program gets the page of its options and
# the program that opens encrypted volumes.

. "$top_srcdir/tests/helpers/lib.sh"
[ -e "$top_srcdir/debian/control" ] || skip "not a clone: there is no debian/"
[ -e "$top_builddir/bin/lklfuse" ] || skip "the build has no lklfuse"
control=$top_srcdir/debian/control
spec=$top_srcdir/packaging/rpm/liblkl.spec


run_check make -C "$top_builddir" install DESTDIR="$PWD/dest" \
	bindir=/usr/bin sbindir=/usr/sbin libdir=/LIB includedir=/usr/include \
	mandir=/usr/share/man datadir=/usr/share datarootdir=/usr/share \
	bashcompletiondir=/usr/share/bash-completion/completions \
	pythondir=/usr/lib/python3/dist-packages \
	docdir=/doc pkglibdir=/LIB/liblkl pkgconfigdir=/LIB/pkgconfig \
	pkgincludedir=/usr/include/lkl >install.log
(cd dest && find . ! -type d | sed 's|^\.||') | grep -v '^/doc/' |
	grep -Ev '/(lklfuse(-image)?@\.service|sysusers\.d/lklfuse\.conf|90-lklfuse\.rules)$' |
	sort >installed
# Where these are depends on configure's options.  The udev rule is an example in both.
printf '/%s\n' UNITS/lklfuse@.service USER-UNITS/lklfuse-image@.service \
	SYSUSERS/lklfuse.conf >>installed
grep -q '^/usr/bin/fs2tar$' installed || die "not installed as it should be"

# check_lists PATTERNS - of the form PACKAGE PATTERN
check_lists() {
	local package pattern file n

	while read -r file; do
		n=0
		while read -r package pattern; do
			# shellcheck disable=SC2254
			case $file in
			$pattern | $pattern/*) n=$((n + 1)) ;;
			esac
		done <"$1"
		[ $n -eq 1 ] || die "$1: $n packages have $file"
	done <installed
}

for list in "$top_srcdir"/debian/*.install "$top_srcdir/debian/not-installed"; do
	sed "s|^|/|; s|^/usr/lib/\*/|/LIB/|; s|^/lib/systemd/system/|/UNITS/|
		s|^/usr/lib/systemd/user/|/USER-UNITS/|
		s|^/usr/lib/sysusers.d/|/SYSUSERS/|; s|^\(/[^ ]*\) .*|\1|; s|^|$(basename "$list" .install) |" \
		"$list"
done >debian.list
check_lists debian.list

sed -n '/^%files/,/^%changelog/p' "$spec" |
	awk '/^%files/ { package = $3 ? $3 : $2 ? $2 : "liblkl"; next }
		/^%\{/ { sub("/$", ""); print package, $0 }' |
	sed 's|%{_libdir}|/LIB|; s|%{_bindir}|/usr/bin|; s|%{_sbindir}|/usr/sbin|
		s|%{_includedir}|/usr/include|; s|%{_datadir}|/usr/share|
		s|%{_mandir}|/usr/share/man|; s|%{_unitdir}|/UNITS|
		s|%{_userunitdir}|/USER-UNITS|; s|%{_sysusersdir}|/SYSUSERS|
		s|%{python3_sitelib}|/usr/lib/python3/dist-packages|' >rpm.list
# The spec removes these.
echo 'removed /LIB/liblkl.a' >>rpm.list
grep -v '\.la$' installed >installed.rest && mv installed.rest installed
check_lists rpm.list

# ---- What one package needs of another ----

# relations LABELS FILE PACKAGE - what it names there, one name a line
relations() {
	awk -v labels="^($1):" -v package="$3" '
		/^Package:/ { on = $2 == package }
		/^Name:/ { main = $2; on = $2 == package }
		/^%package/ { on = (NF > 2 ? $3 : main "-" $2) == package }
		/^%description/ { on = 0 }
		on && $0 ~ labels { sub(/^[^ ]*: */, ""); print }' "$2" |
		sed 's/%{name}/liblkl/; s/%{?_isa}//g; s/([^)]*)//g; s/ [=>].*//' |
		tr -s ', ' '\n'
	echo "$3"
}

# check_relations FILE LIST LABELS LABELS-OF-WHAT-IS-REQUIRED
check_relations() {
	local page package owner program name

	# The page of common options, which those of the programs name, is there.
	for page in "$top_srcdir"/man/*.1; do
		package=$(awk -v p="/${page##*/}" 'index($2, p) { print $1 }' "$2")
		relations "$4" "$1" "$package" >has
		grep -q '\blkl\\\?-common\\\?-options\b' "$page" || continue
		owner=$(awk '/lkl-common-options/ { print $1 }' "$2")
		grep -qx "$owner" has ||
			die "$1: $package lacks lkl-common-options(7)"
		echo "$package" >>pages-checked
	done
	# Each program that opens encrypted volumes gets the one with the keys.
	owner=$(awk '/lkl-luks-key/ { print $1 }' "$2")
	for name in lkl-tools lklfuse; do
		relations "$3" "$1" $name >has
		grep -qx "${owner:-none}" has || die "$1: $name cannot open LUKS"
	done
}
check_relations "$control" debian.list 'Depends|Recommends' Depends
check_relations "$spec" rpm.list 'Requires|Recommends' Requires
[ "$(sort -u pages-checked | wc -l)" -eq 2 ] || die "pages: $(cat pages-checked)"

# ---- What is loaded at run time ----

# As these lists name libraries: libjansson4 is jansson for others.
sed -n 's/.*(run time\(, [a-z]*\)\?: \(lib[a-z0-9]*\)).*/\2/p' \
	"$top_srcdir/contrib/packages" >libraries
[ "$(wc -l <libraries)" -eq "$(grep -rl 'dlopen(.*_SONAME' \
	"$top_srcdir/src" "$top_srcdir/lkl/blk" | wc -l)" ] ||
	die "contrib/packages does not name all: $(cat libraries)"
while read -r library; do
	grep -qE "^(Recommends|Suggests):.*\b$library\b" "$control" ||
		die "debian/control does not recommend $library"
	case $library in
	libjansson4) name=jansson nix=jansson ;;
	libnettle8) name=nettle nix=nettle ;;
	libfdisk1) name=libfdisk nix=util-linux ;;
	*) name=${library%%[0-9]*} nix=${library%%[0-9]*} ;;
	esac
	grep -qE "^(Recommends|Suggests): *$name%" "$spec" ||
		die "the RPM spec does not recommend $name"
	sed -n '/makeLibraryPath/,/\]/p' "$top_srcdir/packaging/nix/default.nix" |
		grep -qx " *$nix" || die "default.nix does not name $nix"
done <libraries
