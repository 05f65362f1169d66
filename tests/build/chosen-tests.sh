#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# chosen-tests.sh - TESTS= and TESTS_WITHOUT= of make take names and patterns.

. "$top_srcdir/tests/helpers/lib.sh"

# chosen TARGET VARIABLE... - the tests that make would run, on a line each; before
# them it shows how it would make programs
chosen() {
	"${MAKE:-make}" -n -C "$top_builddir" "$@" 2>&1 |
		sed -n '/tests.run -l/,$p' |
		grep -oE 'tests/(unit|tools|boot|root)/[a-z0-9.-]+' | sort -u
}

# check TEXT TARGET VARIABLE...
check() {
	local want=$1

	shift
	chosen "$@" >got
	diff -u <(printf "$want") got >&3 || die "others are chosen: $*"
}

check 'tests/tools/odd-ext4.sh\ntests/unit/slice\n' check-here \
	TESTS='tools/odd-ext4.sh unit/sl%'
check 'tests/tools/odd-f2fs.sh\n' check-here \
	TESTS='tools/odd-%' TESTS_WITHOUT='tools/odd-ext% tools/odd-xfs% tools/odd-btrfs.sh'
check 'tests/root/in-use.sh\n' check-root TESTS='root/in-%' \
	TESTS_WITHOUT='root/fuse-% unit/%'
