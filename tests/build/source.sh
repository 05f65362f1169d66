#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
#
# The kernel was built from the package's source as it is, with arch/lkl added
# and nothing else: what was unpacked equals the package, and the tree that
# kbuild saw is links to that.

set -eu
kernel=${KERNEL_DIR:-$top_builddir/kernel}
source=$(sed -n 's/^LINUX_SOURCE = //p' "$top_builddir/Makefile")
bad=0

complain() {
	echo "$*"
	bad=1
}

if [ -d "$source" ]; then
	linux=$(realpath "$source")
	# Its owner may change it; the build may not.
	for made in .config include/config include/generated; do
		[ ! -e "$linux/$made" ] ||
			complain "$linux/$made: the source was built in"
	done
else
	linux=$kernel/linux
	# Owner and mode are those of who unpacked it, and the folder at the
	# top, whose name is stripped, has none to be compared.
	XZ_OPT=-T0 tar --compare -f "$source" -C "$linux" \
		--strip-components=1 >"$TEST_DIR/compare" 2>&1 || :
	grep -vE ': (Uid|Gid|Mode) differs$|^tar: : Warning: Cannot stat' \
		"$TEST_DIR/compare" \
		>"$TEST_DIR/differ" || :
	[ ! -s "$TEST_DIR/differ" ] || {
		head -n 20 "$TEST_DIR/differ"
		complain "$linux differs from $source"
	}
	XZ_OPT=-T0 tar -t -f "$source" | sed 's|^[^/]*/||; s|/$||; /^$/d' |
		sort >"$TEST_DIR/expected"
	(cd "$linux" && find . -mindepth 1 -printf '%P\n') |
		sort >"$TEST_DIR/present"
	# A comparison of two empty lists proves nothing.
	[ "$(wc -l <"$TEST_DIR/expected")" -gt 50000 ] ||
		complain "$source lists too few files to be a kernel"
	diff "$TEST_DIR/expected" "$TEST_DIR/present" ||
		complain "$linux has other files than $source"
fi

# Each link leads to the file of its name; arch/ is the only directory.
links=0
while IFS= read -r path; do
	case $path in
	arch/lkl)
		[ "$(realpath "$kernel/src/$path")" = \
			"$(realpath "$top_srcdir/lkl/arch")" ] ||
			diff -r "$kernel/src/$path" "$top_srcdir/lkl/arch" ||
			complain "$path is not the overlay"
		;;
	*)
		links=$((links + 1))
		[ "$(readlink "$kernel/src/$path")" = "$linux/$path" ] ||
			complain "$kernel/src/$path does not lead to $linux"
		;;
	esac
done < <(cd "$kernel/src" && find . -mindepth 1 ! -path ./arch -printf '%P\n')
[ $links -gt 20 ] || complain "only $links links in $kernel/src"
[ -d "$kernel/src/arch/lkl" ] || complain "no overlay in $kernel/src"
exit $bad
