#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# html.sh - "make html" makes a web page of each page of the manual, which mandoc
# understands, and every link between them leads somewhere.

. "$top_srcdir/tests/helpers/lib.sh"
need mandoc

run_check sh "$top_srcdir/man/make-html" "$top_srcdir/man" html
[ ! -s stderr ] || die "mandoc complains: $(head -n 1 stderr)"
for page in "$top_srcdir"/man/*.[1-8]; do
	name=$(basename "$page")
	[ -s "html/$name.html" ] || die "no page $name.html"
	grep -q "href=\"$name.html\"" html/index.html || die "no link to $name"
	head -n 1 "$page" | grep -q '^\.so ' ||
		mandoc -T lint -W error "$page" >&3 || die "an error in $name"
done
grep -q 'Fl\|<dt' html/fs2tar.1.html || die "no options in fs2tar.1.html"
! grep -E '\)</a> - </li>' html/index.html || die "a page without a description"
