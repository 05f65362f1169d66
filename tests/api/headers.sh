#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Each installed header compiles alone, and twice, in C90, C11 and C++17, with
# no warning.  (lkl.h itself asks for C99.)

set -eu
cc=${CC:-gcc}
cxx=${CXX:-g++}
include=$top_builddir/include

(cd "$include" && find lkl -name '*.h' ! -path 'lkl/asm-generic/*') |
	sort >list
n=$(wc -l <list)
[ "$n" -gt 100 ] || { echo "only $n headers in $include/lkl"; exit 1; }
echo lkl.h >>list

mkdir c90 c11 c++17
while read -r header; do
	name=${header//\//-}
	name=${name%.h}
	for std in c90 c11 c++17; do
		suffix=c
		[ $std != c++17 ] || suffix=cc
		[ "$header $std" != 'lkl.h c90' ] || continue
		printf '#include <%s>\n#include <%s>\n' "$header" "$header" \
			>$std/"$name".$suffix
	done
done <list

flags=(-Wall -Wextra -Werror -fsyntax-only -I"$include"
	-I"$top_srcdir/lkl/include")
for std in c90 c11 c++17; do
	compiler=$cc
	[ $std != c++17 ] || compiler=$cxx
	command -v ${compiler%% *} >/dev/null || {
		echo "skip: no compiler for $std: $compiler"
		exit 77
	}
	# Several files for each run of the compiler, which reports them all.
	find $std -type f -print0 | xargs -0 -n 20 -P "$(nproc)" \
		$compiler -std=$std "${flags[@]}" || {
		echo "some header does not compile alone as $std"
		exit 1
	}
	echo "$(find $std -type f | wc -l) headers compile as $std"
done
