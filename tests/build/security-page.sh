#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# security-page.sh - the tests that SECURITY.md names for its claims exist.

. "$top_srcdir/tests/helpers/lib.sh"
page=$top_srcdir/SECURITY.md

# Other names with a slash are folders of Linux.
folders=$(cd "$top_srcdir/tests" && echo */)
folders=${folders//\/ /|}
grep -oE "\`(${folders%/})/[^\`]*\`" "$page" |
	tr -d '`' | sort -u >named
[ "$(wc -l <named)" -gt 15 ] || die "only $(wc -l <named) tests are named"
while read -r name; do
	set -- "$top_srcdir"/tests/$name "$top_srcdir"/tests/$name.c
	[ -e "$1" ] || [ -e "$2" ] || die "there is no test $name"
done <named

# Each claim of a table has one.
awk -F '|' '/^\| (claim|guardian of) / { on = 1; next } !/^\|/ { on = 0 }
	on && !/^\|---/ && $(NF - 1) !~ /`[a-z]+\//' "$page" >without
[ ! -s without ] || die "no test: $(head -n 1 without)"
