#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The library has the names that the header declares, and no others that a
# program could clash with: the shared one, where each carries a version, and
# the static one, where the kernel's and the host's side have thousands.

set -eu

# Functions declared at the top level of what lkl.h includes of our own: the
# compiler says in which file each line is.
printf '#include <lkl.h>\n' | ${CC:-gcc} -E -x c -I"$top_srcdir/lkl/include" \
	-I"$top_builddir/include" - | awk '
	/^# [0-9]+ "/ { ours = $3 ~ /\/lkl\.h"$|\/lkl\/[a-z_]*\.h"$/; next }
	ours' | tr '\n' ' ' |
	sed 's/{[^}]*}/;/g' | tr ';' '\n' | grep -v 'static\|typedef' |
	sed -n 's/.*[ *]\(lkl_[a-z0-9_]*\) *(.*/\1/p' | sort -u >declared

[ -s declared ] || { echo "found no declaration in lkl.h"; exit 1; }

# compare WHAT - holds ./exported against what is declared
compare() {
	echo "$1: $(wc -l <declared) declared, $(wc -l <exported) exported"
	diff declared exported
}

# The static library consists of one object, which every build makes.
objects=("$top_builddir/lkl/liblkl.o")
[ ! -e "$top_builddir/lkl/.libs/liblkl.a" ] ||
	objects+=("$top_builddir/lkl/.libs/liblkl.a")
for object in "${objects[@]}"; do
	nm -g --defined-only "$object" |
		sed -n 's/^[0-9a-f]* [A-Za-z] //p' | sort -u >exported
	compare "${object##*/}"
done

lib=$top_builddir/lkl/.libs/liblkl.so
if [ -e "$lib" ]; then
	# The version's own name is a symbol as well.
	nm -D --defined-only "$lib" | sed -n 's/^[0-9a-f]* [TDBRVW] //p' |
		grep -v '^LKL_[0-9.]*\(@.*\)\?$' | sort -u >versioned
	sed 's/@.*//' versioned >exported
	compare "${lib##*/}"
	! grep -v '@@LKL_[0-9]*\.[0-9]*$' versioned ||
		{ echo "without a version"; exit 1; }
	readelf -d "$lib" | grep -q 'FLAGS_1.*NODELETE' ||
		{ echo "dlclose() would unload it"; exit 1; }
fi
