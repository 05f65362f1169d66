#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# package-lists.sh - each file that "make install" installs is in one package of
# Debian's, by the lists in debian/, and in one of the RPM spec.  Libraries that are
# loaded at run time are recommended.

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
	sort >installed
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
	sed "s|^|/|; s|^/usr/lib/\*/|/LIB/|; s|^\(/[^ ]*\) .*|\1|; s|^|$(basename "$list" .install) |" \
		"$list"
done >debian.list
check_lists debian.list

sed -n '/^%files/,/^%changelog/p' "$spec" |
	awk '/^%files/ { package = $3 ? $3 : $2 ? $2 : "liblkl"; next }
		/^%\{/ { sub("/$", ""); print package, $0 }' |
	sed 's|%{_libdir}|/LIB|; s|%{_bindir}|/usr/bin|; s|%{_sbindir}|/usr/sbin|
		s|%{_includedir}|/usr/include|; s|%{_datadir}|/usr/share|
		s|%{_mandir}|/usr/share/man|
		s|%{python3_sitelib}|/usr/lib/python3/dist-packages|' >rpm.list
# The spec removes these.
echo 'removed /LIB/liblkl.a' >>rpm.list
grep -v '\.la$' installed >installed.rest && mv installed.rest installed
check_lists rpm.list

# ---- What is loaded at run time ----

sed -n 's/.*(run time: \(lib[a-z0-9]*\)).*/\1/p' \
	"$top_srcdir/contrib/packages" >libraries
[ "$(wc -l <libraries)" -ge 4 ] || die "contrib/packages names too few"
while read -r library; do
	grep -qE "^Recommends:.*\b$library\b" "$control" ||
		die "debian/control does not recommend $library"
done <libraries
