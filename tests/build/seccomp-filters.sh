#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# seccomp-filters.sh - the filters can be made for each architecture, on each of them.

. "$top_srcdir/tests/helpers/lib.sh"
generate=$top_builddir/src/common/sandbox/generate-seccomp
[ -x "$generate" ] || skip "a build without libseccomp"

for architecture in x86_64 aarch64; do
	"$generate" $architecture >filters 2>stderr || die "$architecture: $(cat stderr)"
	grep -q 'filters\[SECCOMP_PATHS\]' filters || die "$architecture: no table"
done
