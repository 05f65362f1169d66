#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# arm64-machine.sh - what starts the virtual machine says in one sentence what is
# missing, and which option is wrong, before it makes anything.

. "$top_srcdir/tests/helpers/lib.sh"
machine=$top_srcdir/tests/arm64/machine

mkdir bin build
for program in bash dirname nproc sed uname; do
	ln -s "$(type -P $program)" bin/
done

# fails TEXT OPTION... - with the programs of ./bin alone
fails() {
	local text=$1

	shift
	run_mustfail 2 "$text" env PATH="$PWD/bin" "$BASH" "$machine" -b build "$@"
	[ "$(wc -l <stderr)" -eq 1 ] || die "more than a sentence"
}

fails 'machine: qemu-system-aarch64 is not installed (Debian: qemu-system-arm)'
for program in qemu-system-aarch64 tar2fs cpfromfs mke2fs; do
	printf '#!/bin/sh\nexit 0\n' >bin/$program
	chmod +x bin/$program
done
fails "machine: $PWD/build is not a build for arm64" tests/unit/slice
echo 'host_cpu = x86_64' >build/Makefile
fails "machine: $PWD/build is not a build for arm64" tests/unit/slice
fails "machine: not a number: 'two'" -p two
fails "machine: not a number: '0'" -t 0
run_check "$machine" --help >help
for option in b d e f j k K m p r t; do
	grep -q "^  -$option " help || die "--help does not name -$option"
done
[ -z "$(ls -A build | grep -v Makefile)" ] || die "something was made"
