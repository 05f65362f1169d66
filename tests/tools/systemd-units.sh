#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# systemd-units.sh - systemd understands each unit and the list of users that
# are installed.

. "$top_srcdir/tests/helpers/lib.sh"
need systemd-analyze systemd-sysusers

# The program of a unit has to be there.
bindir=$(sed -n 's/^prefix = //p' "$top_builddir/Makefile")/bin
mkdir units
for unit in "$top_builddir"/systemd/*.service; do
	grep -q "^ExecStart=$bindir/lklfuse " "$unit" ||
		die "$unit does not start lklfuse"
	sed "s,$bindir/lklfuse,/bin/true," "$unit" \
		>"units/$(basename "$unit" @.service)@x.service"
done

# verify UNIT - leaves what is wrong with it in the file "wrong"
verify() {
	run_any systemd-analyze verify --man=no "$PWD/$1"
	status=$?
	grep -E "$(basename "$1")|Unknown|Invalid|Failed to parse" stderr |
		grep -v 'Failed to \(connect\|create\)' >wrong
	# Without a system's manager it parses the unit and ends then.
	[ $status -eq 0 ] || grep -q 'initialize manager' stderr ||
		echo "status $status" >>wrong
}

checked=0
for unit in units/*.service; do
	verify "$unit"
	[ ! -s wrong ] || die "$unit: $(cat wrong stderr)"
	# It does look at the unit.
	sed 's/^ExecStart=/ExecStrat=/' "$unit" >units/broken@x.service
	verify units/broken@x.service
	[ -s wrong ] || die "a unit without a program to start is accepted"
	rm units/broken@x.service
	checked=$((checked + 1))
done
[ $checked -ge 2 ] || die "$checked units"

mkdir -p root/etc
run_check systemd-sysusers --root="$PWD/root" --dry-run \
	"$top_srcdir/systemd/lklfuse.conf"
grep -q "user 'lklfuse'" stderr || die "makes no user"
