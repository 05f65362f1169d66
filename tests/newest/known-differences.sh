#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The interface of the newest kernel differs from that of the default one as
# the list beside this file says, and in no other way.  The list has what
# breaks programs: calls, structures and constants that need translation or
# are gone.
#
# To write the list for a new series: read every line of
#	lkl/api/compare --only gone,translation A B
# and put them into tests/newest/known-differences/A-SERIES..B-SERIES.

set -eu
before=${API_REPORT_BEFORE:?the report of the default kernel}
after=$top_builddir/api-report.json

series() {
	python3 -c 'import json, sys
print(".".join(json.load(open(sys.argv[1]))["release"].split(".")[:2]))' "$1"
}

name=$(series "$before")..$(series "$after")
list=$top_srcdir/tests/newest/known-differences/$name
"$top_srcdir/lkl/api/compare" "$before" "$after" | tail -n 1
if [ ! -e "$list" ]; then
	"$top_srcdir/lkl/api/compare" --only gone,translation "$before" "$after"
	echo "there is no list of known differences for $name"
	exit 77
fi
grep -v '^#' "$list" >expected
"$top_srcdir/lkl/api/compare" --only gone,translation "$before" "$after" >found
diff -u expected found || { echo "$list is not right any more"; exit 1; }
