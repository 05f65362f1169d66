# SPDX-License-Identifier: GPL-2.0-only
#
# lib-loop.sh - functions for tests of a kernel that loops; after lib.sh or
# another that sources it.

need nm "${CC:-gcc}"
liblkl=$top_builddir/lkl/.libs/liblkl.so
[ -e "$liblkl" ] || skip "the tools do not use a shared library"
${CC:-gcc} -O1 -shared -fPIC -o endless-loop.so "$helpers/endless-loop.c" ||
	die "cannot compile endless-loop.c"

# loop_in FUNCTION - prints variables for env: it loops from its first call on.
# FUNCTION may be ONE|ANOTHER: the one that this kernel has.
loop_in() {
	local start at

	start=$(nm "$liblkl" | awk '$3 ~ /^lkl_start(@|$)/ { print $1; exit }')
	at=$(nm "$liblkl" | awk -v f="|$1|" 'index(f, "|" $3 "|") {
		print $1; exit }')
	[ "$start" ] && [ "$at" ] || die "no symbol $1"
	echo "LD_PRELOAD=$PWD/endless-loop.so ENDLESS_LOOP=$((0x$at - 0x$start))"
}

# uses_processor PID - it loops: it has used half a second, and still does
uses_processor() {
	local before

	[ -r /proc/"$1"/stat ] || return 1
	before=$(processor_ticks "$1")
	[ "$before" -ge 50 ] || return 1
	sleep 0.3		# to see whether the time goes on
	[ $(($(processor_ticks "$1") - before)) -ge 10 ]
}

processor_ticks() {
	sed 's/.*) //' /proc/"$1"/stat 2>/dev/null |
		awk '{ print $12 + $13; n++ } END { if (!n) print 0 }'
}
