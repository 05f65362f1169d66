#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# completions.sh - bash completes the options of each tool, and no others.

. "$top_srcdir/tests/helpers/lib.sh"

tools='fs2tar cptofs cpfromfs tar2fs lklrun'
if command -v lklfuse >/dev/null; then
	tools+=' lklfuse'
else
	skip_part "lklfuse was not built"
fi

# complete_line WORD... - the completions of the last word.  These functions do
# as much of what bash-completion's do as the tools' need.
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
		"$(complete -p "$1" | sed 's/.*-F \([^ ]*\) .*/\1/')" "$1"
		echo "${COMPREPLY[*]}"
	)
}

# completes EXPECTED WORD...
completes() {
	local got

	got=$(complete_line "${@:2}")
	[ "$got" = "$1" ] || die "'${*:2}' gives '$got', not '$1'"
}

for tool in $tools; do
	run_check bash -n "$top_srcdir/completions/$tool"
	$tool --long-options | sort >options || die "$tool --long-options"
	[ "$(wc -l <options)" -gt 10 ] || die "$tool has few options"
	# All of them are offered.
	complete_line $tool -- | tr ' ' '\n' | grep -e '^--' | sort >offered
	diff options offered >&3 ||
		die "$tool: completion (>) offers other options than there are (<)"
	# Those that the script names itself are among them.
	source=$top_srcdir/completions/${tool/cpfromfs/cptofs}
	grep -oE -e '(^|[[:space:]|(])--[a-z][a-z-]+' "$source" |
		grep -oE -e '--[a-z-]+' | grep -v -e '--long-options' |
		sort -u >named
	[ -s named ] || die "no options in the completion of $tool"
	# One script serves both.
	[ $tool != cptofs ] || cpfromfs --long-options | sort -u - options >both
	[ $tool != cpfromfs ] || cptofs --long-options | sort -u - options >both
	case $tool in
	cp*) mv both options ;;
	esac
	! grep -vxF -f options named >&3 ||
		die "$tool: the script names what is no option"
done

# The formats are those that the message of a wrong one lists.
run_mustfail 1 'format wrong is not supported' lklfs ls --format=wrong /dev/null
formats=$(sed -n 's/.*not supported, only //p' stderr | tr -d ,)
for command in fs2tar cptofs cpfromfs lklrun 'lklfs ls'; do
	completes "$formats" $command --format ''
done
completes --sort fs2tar --sor
completes 'name none' fs2tar --sort n
completes files fs2tar im
completes --owner cptofs --own
completes 'LABEL=' cpfromfs -P LAB
completes 'ls' lklfs ls
completes --recursive lklfs ls --rec
completes files lklfs ls im
completes always cptofs --sparse al
completes btrfs tar2fs -t bt
case $tools in
*lklfuse*)
	completes "$formats" lklfuse --format ''
	completes --foreground lklfuse --fore
	completes 'ro,type=' lklfuse -o ro,ty
	completes xfs lklfuse -t xf
	;;
esac
