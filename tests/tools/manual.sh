#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# manual.sh - each man page explains each option that its program has, and no
# other; so it is with the mount options (-o) of lklfuse.

. "$top_srcdir/tests/helpers/lib.sh"

# The options of all tools, which lkl-common-options(7) explains for lklrun.
lklfs rm --help | sed -n '/^Image:/,/^Output:/p; /^General:/,$p' |
	grep -oE -e '^ +(-[A-Za-z], )?--[a-z0-9-]+|^  -[A-Za-z] ' |
	grep -oE -e '--?[A-Za-z][a-z0-9-]*' >common

for tool in fs2tar cptofs cpfromfs tar2fs lklrun lklfuse; do
	# A tool that was not built cannot print its options.
	if [ $tool = lklfuse ] && ! command -v lklfuse >/dev/null; then
		skip_part "lklfuse was not built"
		continue
	fi
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
	if [ $tool = lklrun ]; then
		grep -vxF -f common options >own
		mv own options
	fi
	diff explained options >&3 ||
		die "the man page (<) explains other options than there are (>)"
done

# The calls that lklrun refuses, and their errors, are a table of its page.
sed -n 's/^\tCALL_REFUSED(\([a-z0-9_]*\), \(E[A-Z]*\),.*/\1 \2/p' \
	"$top_srcdir/src/lklrun/calls-refused.c" | sort >refused
[ "$(wc -l <refused)" -ge 10 ] || die "lklrun refuses few calls"
sed -n '/^\.TS/,/^\.TE/p' "$top_srcdir/man/lklrun.1" |
	awk -F'|' 'NF == 2 && !/^call/ {
		gsub(/,/, "", $1)
		n = split($1, names, " ")
		for (i = 1; i <= n; i++) waiting[++w] = names[i]
		if ($2 != "") {
			for (i = 1; i <= w; i++) print waiting[i], $2
			w = 0
		}
	}' | sort >explained
[ -z "$(comm -23 refused explained)" ] || {
	comm -23 refused explained >&3
	die "lklrun.1 does not say that these calls are refused"
}

# The commands of lklfs: each has a subsection with its own options; those of all
# commands are elsewhere.
page=$top_srcdir/man/lklfs.1
run_check lklfs --commands >commands
[ "$(wc -l <commands)" -ge 2 ] || die "lklfs has few commands"
sed -n 's/^\.SS \([a-z0-9]*\).*/\1/p' "$page" | sort |
	diff - <(sort commands) >&3 ||
	die "lklfs.1 (<) explains other commands than there are (>)"
run_check fs2tar --long-options >fs2tar-options
run_check cptofs --long-options >cptofs-options
{
	printf -- '--%s\n' json help version long-options type
	sort fs2tar-options cptofs-options | uniq -d |
		grep -vxE -e '--(sort|mtime|clamp-mtime|exclude|owner|group)'
} | sort -u >elsewhere
for command in $(cat commands); do
	lklfs $command --help >help || die "lklfs $command --help"
	run_check lklfs $command --long-options >long-options
	sed -n '/^Command:/,/^General:/p' help |
		sed -n 's/^  \(-[A-Za-z0-9]\)\(, \| \).*/\1/p' >letters
	# An option of its own may have the name of one of the image.
	sed -n '/^Command:/,/^General:/p' help |
		grep -oE -e '^ +(-., )?--[a-z0-9-]+' | grep -oE -e '--[a-z0-9-]+' \
		>own
	grep -vxF -f elsewhere long-options >beside
	! grep -vxF -f own beside >&3 || die "options of $command elsewhere"
	sort own letters >options
	awk -v start="^\\\\.SS $command( |\$)" '
		$0 ~ start { on = 1; next }
		/^\.S[SH]/ { on = 0 }
		on' "$page" | awk 'tag { print } { tag = /^\.T[PQ]/ }' |
		sed 's/\\-/-/g; s/\\f./ /g' |
		grep -oE -e '(^| |")--?[a-zA-Z0-9][a-z0-9-]*' | tr -d ' "' |
		sort -u >explained
	diff explained options >&3 ||
		die "lklfs.1 (<) explains other options of $command than there are (>)"
done

# The keys of definitions of partitions: the table of tar2fs and the page agree.
# Those that are refused need no explanation.
sed -n 's/^	{ "\([A-Za-z]*\)", [a-z_]*, .*/\1/p' \
	"$top_srcdir/src/tar2fs/layout/keys.c" >keys
refused=$(grep -oE '\{ "[A-Za-z]+", refuse,' "$top_srcdir/src/tar2fs/layout/keys.c" |
	grep -oE '[A-Z][A-Za-z]+')
grep -vxF -e "$refused" keys | sort >known
[ "$(wc -l <known)" -gt 20 ] || die "only $(wc -l <known) keys"
sed 's/\\-/-/g' "$top_srcdir/man/tar2fs-layout.5" |
	grep -oE '[A-Z][A-Za-z]+=|^\.B (FactoryReset|SplitName)$' |
	sed 's/^\.B //; s/=$//' | grep -vx PATH | sort -u >explained
comm -23 known explained >missing
[ ! -s missing ] || die "tar2fs-layout.5 does not explain: $(cat missing)"
comm -13 known explained >more
[ ! -s more ] || die "tar2fs-layout.5 explains unknown keys: $(cat more)"

# The mount options: the tables of the program, --help and the page agree.
command -v lklfuse >/dev/null || exit 0

# table NAME SOURCE - the names in one table
table() {
	awk -v start="} $1[] = {" -v typed=" $1[] = {" '
		index($0, start) || index($0, typed) { on = 1; next }
		/^};/ { on = 0 }
		on' "$2" | grep -oE '\{ "[a-z_]+=?"' | tr -d '{ "'
}

source=$top_srcdir/src/lklfuse/mount-options.c
{
	for name in own_options cache_timeouts cache_limits; do
		table $name "$source" >names
		[ -s names ] || die "no table $name in $source"
		cat names
	done
	table cache_switches "$source" >names
	[ -s names ] || die "no table cache_switches in $source"
	# All but one are on by default.
	sed '/^async_dio$/!s/^/no_/' names
} | sort >own

# Options that FUSE and mount(8) define, explained for convenience.
fuse_options='allow_other|allow_root|fsname=|subtype=|nodev|nosuid'

sed -n '/^\.SH MOUNT OPTIONS/,/^\.SH EXIT/p' "$top_srcdir/man/lklfuse.1" |
	grep '^\.IP' | grep -oE '\\fB[a-z_]+=?' | sed 's/^\\fB//' |
	sort >in-page
lklfuse --help | sed -n '/^Mount options (-o)/,/^$/p' >in-help
for option in $(cat own); do
	grep -qx -e "$option" in-page || die "lklfuse.1 does not explain $option"
	grep -qE "(^|[ ,(])$option" in-help || die "--help does not have $option"
done
grep -vxE "$fuse_options" in-page | diff - own >&3 ||
	die "lklfuse.1 (<) explains other mount options than there are (>)"
grep -oE '(no_[a-z_]+|[a-z_]+=)' in-help | grep -vxE "$fuse_options" |
	grep -vx 'type=\|partition=' | sort -u >named
comm -23 named own >more
[ ! -s more ] || die "--help names what is no mount option: $(cat more)"

# The page of the common options has those that all tools share, and no others.
explained() {
	awk 'tag { print } { tag = /^\.T[PQ]/ }' "$1" |
		sed 's/\\-/-/g; s/\\f./ /g' |
		grep -oE -e '(^| |")--[a-z][a-z0-9-]*' | tr -d ' "' | sort -u
}
for tool in fs2tar cptofs; do
	run_check $tool --long-options >long-options
	sort long-options >all.$tool
done
comm -12 all.fs2tar all.cptofs >shared
explained "$top_srcdir/man/lkl-common-options.7" >common
[ "$(wc -l <common)" -ge 15 ] || die "few common options"
comm -13 all.fs2tar common >unknown
[ ! -s unknown ] || die "no options: $(cat unknown)"
if command -v lklfuse >/dev/null; then
	run_check lklfuse --long-options >long-options
	comm -12 shared <(sort long-options) | comm -23 - common >missing
	[ ! -s missing ] || die "not among the common options: $(cat missing)"
fi

# liblkl(3) names each function of the library.
grep -oE '^\s+lkl_[a-z_]+;' "$top_srcdir/lkl/liblkl.syms" | tr -d '\t ;' >functions
[ "$(wc -l <functions)" -ge 20 ] || die "few functions"
while read -r function; do
	grep -qw "$function" "$top_srcdir/man/liblkl.3" ||
		die "liblkl(3) lacks $function"
done <functions
