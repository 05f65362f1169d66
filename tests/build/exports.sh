#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The shared library exports what the header declares, and nothing else.

set -eu
lib=$top_builddir/lkl/.libs/liblkl.so
[ -e "$lib" ] || {
	echo "skip: built without a shared library"
	exit 77
}

nm -D --defined-only "$lib" | sed -n 's/^[0-9a-f]* [TDBRVW] //p' |
	sed 's/@.*//' | sort -u >exported

# Functions declared at the top level of what lkl.h includes of our own: the
# compiler says in which file each line is.
printf '#include <lkl.h>\n' | ${CC:-gcc} -E -x c -I"$top_srcdir/lkl/include" \
	-I"$top_builddir/include" - | awk '
	/^# [0-9]+ "/ { ours = $3 ~ /\/lkl\.h"$|\/lkl\/[a-z_]*\.h"$/; next }
	ours' | tr '\n' ' ' |
	sed 's/{[^}]*}/;/g' | tr ';' '\n' | grep -v 'static\|typedef' |
	sed -n 's/.*[ *]\(lkl_[a-z0-9_]*\) *(.*/\1/p' | sort -u >declared

[ -s declared ] || { echo "found no declaration in lkl.h"; exit 1; }
echo "$(wc -l <declared) declared, $(wc -l <exported) exported"
# The version's own name is a symbol as well.
grep -v '^LKL_' exported >functions
diff declared functions
