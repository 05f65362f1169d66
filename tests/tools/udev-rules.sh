#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# udev-rules.sh - each line of the udev rules is a rule, and udev says so, too.

. "$top_srcdir/tests/helpers/lib.sh"
rules=$top_srcdir/udev/90-lklfuse.rules

# Each line is a match or an assignment that ends as it should.
grep -v '^#' "$rules" | grep . >lines
[ "$(wc -l <lines)" -ge 3 ] || die "hardly any rules"
! grep -vE '^([A-Z]+(\{[A-Z_]+\})?(==|!=|\+=|=)"[^"]*"(, |$))+$' lines >&3 ||
	die "not a udev rule"

need udevadm
udevadm verify --help >/dev/null 2>&1 ||
	skip "udevadm has no command that verifies rules"
run_check udevadm verify "$rules"
sed 's/==/=!/' "$rules" >broken.rules
run_mustfail 1 '' udevadm verify "$PWD/broken.rules"
