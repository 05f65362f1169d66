#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# manual.sh - each man page explains each option that its program has, and no
# other.

. "$top_srcdir/tests/helpers/lib.sh"

for tool in fs2tar cptofs cpfromfs lklfuse; do
	# What was not built has no options to ask for.
	[ $tool != lklfuse ] || command -v lklfuse >/dev/null || continue
	page=${tool/cpfromfs/cptofs}
	$tool --help >help || die "$tool --help"
	run_check $tool --long-options >long-options
	{
		cat long-options
		sed -n 's/^  \(-[A-Za-z]\)\(, \| \).*/\1/p' help
	} | sort >options
	grep -qx -e --type options && grep -qx -e -t options || die "--long-options"
	# As --help and --long-options tell them.
	grep -oE -e '^ +(-., )?--[a-z0-9-]+' help | grep -oE -e '--[a-z0-9-]+' | sort |
		diff - <(sort long-options) >&3 || die "--help is not --long-options"

	# Options are explained in paragraphs with a tag.
	awk 'tag { print } { tag = /^\.T[PQ]/ }' "$top_srcdir/man/$page.1" |
		sed 's/\\-/-/g; s/\\f./ /g' |
		grep -oE -e '(^| |")--?[a-zA-Z][a-z0-9-]*' | tr -d ' "' |
		sort -u >explained
	diff explained options >&3 ||
		die "the man page (<) explains other options than there are (>)"
done
