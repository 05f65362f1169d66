#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The installed kernel headers are the exported ones with other names: the
# compiler's view of each, with the prefixes taken off, is its view of the
# original, macros included.  And nothing without a prefix is left.

set -eu
cc=${CC:-gcc}
include=$top_builddir/include
uapi=${KERNEL_DIR:-$top_builddir/kernel}/obj/usr/include

(cd "$include/lkl" && find asm linux -name '*.h') | sort >list
n=$(wc -l <list)
[ "$n" -gt 100 ] || { echo "only $n headers in $include/lkl"; exit 1; }

# ---- Nothing but names differs ----

# Headers of the C library are empty here, so that they are the same.
mkdir libc
for header in stddef stdint string unistd; do
	: >libc/$header.h
done
view() {
	$cc -E -dD -P -undef -nostdinc "$@" -x c - |
		sed 's/\b\(lkl\|LKL\)_//g'
}
failed=0
while read -r header; do
	# Names that the originals only test: nobody defines them.
	echo "#include <$header>" | view -Ilibc -I"$uapi" >theirs
	echo "#include <lkl/$header>" | view -Ilibc -I"$include" >ours
	[ -s theirs ] || echo "$header is empty"
	diff -u theirs ours || {
		echo "differs: $header"
		failed=1
	}
done <list
[ $failed = 0 ] || exit 1
echo "$n headers are the same but for names"

# ---- No name is left without its prefix ----

# Macros, and what the debugger knows at file scope, less what the C
# library's headers bring.
names() {
	sed 's/.*/#include <&>/' >source.c
	$cc -E -dM -I"$include" source.c | awk '{
		sub(/\(.*/, "", $2); print "macro", $2 }'
	$cc -g -fno-eliminate-unused-debug-types -c -o source.o \
		-fno-eliminate-unused-debug-symbols -I"$include" source.c
	readelf --debug-dump=info source.o | awk '
		# <depth><offset>: Abbrev Number: n (DW_TAG_x)
		/Abbrev Number: [1-9]/ {
			tag = $NF
			enumerator = tag ~ /enumerator/
			top = /^ *<1>/ && tag !~ /base_type/
		}
		/DW_AT_name/ && (top || enumerator) {
			sub(/.*: /, ""); sub(/[ \t]+$/, "")
			gsub(/[()]/, "", tag)
			print tag, $0
		}' | grep -v DW_TAG_compile_unit
}
(cd "$include" && find lkl -name '*.h' ! -path 'lkl/asm-generic/*') |
	sort | names | sort -u >ours
printf '%s.h\n' errno stddef stdint string unistd | names | sort -u >theirs
comm -23 ours theirs >added
n=$(grep -c DW_TAG added)
[ "$n" -gt 500 ] || { echo "only $n names found"; exit 1; }
if grep -v ' \(lkl\|LKL\)_' added; then
	echo "these have no prefix"
	exit 1
fi
echo "$(wc -l <added) names, $n of them not macros, have the prefix"
