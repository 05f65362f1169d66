#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# contrib.sh - what is shipped for other programs is what they understand:
# completion, units, udev rules, users, fstab.

. "$top_srcdir/tests/helpers/lib.sh"
contrib=$top_srcdir/contrib
did=0

# Completion: each long option that it knows by name is one of the program's.
for tool in fs2tar lklfuse; do
	command -v $tool >/dev/null || continue
	run_check bash -n "$top_srcdir/completions/$tool"
	$tool --long-options >options || die "$tool --long-options"
	grep -oE -e '(^|[[:space:]|(])--[a-z][a-z-]+' \
		"$top_srcdir/completions/$tool" | grep -oE -e '--[a-z-]+' |
		grep -v -e '--long-options' | sort -u >named
	[ -s named ] || die "no options in the completion of $tool"
	grep -vxF -f options named >unknown &&
		die "$tool: completion of what is no option: $(cat unknown)"
	did=1
done

# What bash makes of it, with little of bash-completion.
complete_line() {
	(
		_init_completion() {
			words=("${COMP_WORDS[@]}")
			cword=$COMP_CWORD
			cur=${words[cword]}
			prev=${words[cword - 1]}
			split=false
		}
		_filedir() {
			COMPREPLY=(files)
		}
		compopt() {
			:
		}
		. "$top_srcdir/completions/$1"
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		"_$1" "$1"
		echo "${COMPREPLY[*]}"
	)
}
[ "$(complete_line fs2tar --sor)" = --sort ] || die "fs2tar --sor"
[ "$(complete_line fs2tar --sort n)" = 'name none' ] || die "fs2tar --sort n"
[ "$(complete_line fs2tar im)" = files ] || die "fs2tar im"
if command -v lklfuse >/dev/null; then
	[ "$(complete_line lklfuse --fore)" = --foreground ] ||
		die "lklfuse --fore"
	[ "$(complete_line lklfuse -o ro,ty)" = ro,type= ] ||
		die "lklfuse -o ro,ty"
	[ "$(complete_line lklfuse -t xf)" = xfs ] || die "lklfuse -t xf"
fi

if command -v systemd-analyze >/dev/null; then
	# With the programs where they would be.
	mkdir -p units
	for unit in "$top_srcdir"/systemd/*.service; do
		sed "s,/usr/bin/lklfuse,/bin/true," "$unit" \
			>"units/$(basename "$unit" @.service)@x.service"
	done
	for unit in units/*.service; do
		run_any systemd-analyze verify --man=no "$PWD/$unit"
		status=$?
		grep -E "$(basename "$unit")|Unknown|Invalid|Failed to parse" \
			stderr | grep -v 'Failed to \(connect\|create\)' >wrong
		[ $status -eq 0 ] || grep -q 'initialize manager' stderr ||
			die "$unit: $(cat stderr)"
		[ ! -s wrong ] || die "$unit: $(cat wrong)"
	done
	did=1
fi
if command -v udevadm >/dev/null &&
		udevadm verify --help >/dev/null 2>&1; then
	run_check udevadm verify "$top_srcdir/udev/90-lklfuse.rules"
fi
# Each line is a match or an assignment that ends as it should.
grep -v '^#' "$top_srcdir/udev/90-lklfuse.rules" | grep . |
	grep -vE '^([A-Z]+(\{[A-Z_]+\})?(==|!=|\+=|=)"[^"]*"(, |$))+$' &&
	die "not a udev rule"
if command -v systemd-sysusers >/dev/null; then
	mkdir -p root/etc
	run_check systemd-sysusers --root="$PWD/root" --dry-run \
		"$top_srcdir/systemd/lklfuse.sysusers"
fi
# fstab(5): six fields, and findmnt's opinion.
awk '!/^#/ && NF && NF != 6 { print; bad = 1 } END { exit bad }' \
	"$contrib/fstab" || die "fstab: not six fields"
if findmnt --help | grep -q -e --tab-file; then
	run_check findmnt --tab-file "$contrib/fstab" -no TARGET \
		-t fuse.lklfuse >targets
	[ "$(wc -l <targets)" -eq "$(grep -c '^/' "$contrib/fstab")" ] ||
		die "findmnt reads other lines: $(cat targets)"
fi
[ $did -eq 1 ] || skip "nothing here can read what is in contrib"
