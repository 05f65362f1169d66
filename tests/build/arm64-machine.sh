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
for option in b c d e f j k K m o p r t; do
	grep -q "^  -$option " help || die "--help does not name -$option"
done
[ -z "$(ls -A build | grep -v Makefile)" ] || die "something was made"

# What passed counts although the machine stops at its limit, and the next run goes on
# with the others.  The machine is a script here.
mkdir -p src/tests/arm64 src/build/kernel/obj/{usr/include,arch/lkl/include/generated,arch/lkl/kernel}
cp "$machine" "$top_srcdir/tests/arm64/"{inside,record} src/tests/arm64/
mkdir src/tests/unit
touch src/tests/unit/{gpt,qcow2,slice}.c
touch src/build/kernel/obj/{vmlinux.o,arch/lkl/kernel/lkl-layout.o} src/slice src/qcow2
printf 'host_cpu = aarch64\nKERNEL_DIR = kernel\n' >src/build/Makefile
# fake NAME TEXT - a program that does that
fake() {
	printf '#!/bin/bash\n%s\n' "$2" >"$1"
	chmod +x "$1"
}
fake src/tests/arm64/make-system 'exit 0'
fake bin/tar2fs 'tar -xOf "${@: -2:1}" ./table >>table; touch "${@: -1}"'
fake bin/cpfromfs 'mkdir "${@: -1}/results"'
fake bin/qemu-system-aarch64 'printf "PASS unit.slice (1.0 s)\r\nSKIP unit.gpt: none\r\n"
	exec sleep 100'
# goes STATUS TOTALS OPTION...
goes() {
	local status=$1 totals=$2

	shift 2
	PATH=$PWD/bin:$PATH src/tests/arm64/machine -b src/build "$@" ../slice ../qcow2 \
		>out 2>err
	[ $? -eq $status ] && [ "$(tail -n 1 out)" = "$totals" ] ||
		die "$*: not '$totals': $(cat out err)"
}
goes 1 '1 passed, 1 failed, 1 skipped' -t 1
[ "$(cat err)" = 'machine: not done in 1 s: -c goes on with the others' ] ||
	die "says: $(cat err)"
[ ! -s table ] || die "the first run leaves out tests"
# One that has to be killed, and one that the host kills.
fake bin/qemu-system-aarch64 'printf "PASS unit.slice (1.0 s)\r\n"; trap "" TERM; sleep 100'
goes 1 '1 passed, 1 failed, 0 skipped' -t 1
[ "$(cat err)" = 'machine: not done in 1 s: -c goes on with the others' ] ||
	die "of a machine that had to be killed it says: $(cat err)"
fake bin/qemu-system-aarch64 'printf "PASS unit.slice (1.0 s)\r\n"; kill -KILL $PPID $$'
goes 1 '1 passed, 1 failed, 0 skipped'
grep -qx 'machine: it ended early: see .*' err && [ "$(wc -l <err)" -eq 1 ] ||
	die "of a machine that the host killed it says: $(cat err)"

# It counts although the disk cannot be read.
fake bin/qemu-system-aarch64 'printf "PASS unit.slice (1.0 s)\r\nSKIP unit.gpt: none\r\n"'
fake bin/cpfromfs 'exit 1'
PATH=$PWD/bin:$PATH src/tests/arm64/machine -b src/build ../slice >out 2>err
[ $? -eq 2 ] && grep -q 'the machine left no results' err || die "no results: $(cat out err)"
grep -qx 'PASS unit.slice (1.0 s)' src/build/machine/table ||
	die "what passed is lost with the disk"
: >table
fake bin/qemu-system-aarch64 'printf "FAIL unit.qcow2 (1.0 s): x\r\n"'
fake bin/cpfromfs 'mkdir "${@: -1}/results"; touch "${@: -1}/results/done"'
goes 1 '1 passed, 1 failed, 1 skipped' -c
grep -qx 'PASS unit.slice (1.0 s)' table || die "the machine does not learn what passed"
fake bin/qemu-system-aarch64 'printf "PASS unit.qcow2 (1.0 s)\r\n"'
goes 0 '2 passed, 0 failed, 1 skipped' -c
goes 0 '1 passed, 0 failed, 0 skipped'

# What passed counts as well if somebody interrupts it.
fake bin/qemu-system-aarch64 'printf "PASS unit.gpt (1.0 s)\r\n"; exec sleep 100'
PATH=$PWD/bin:$PATH src/tests/arm64/machine -c -b src/build ../slice >out 2>err &
wait_for 20 "a line of a test" grep -q unit.gpt out
kill $!
wait $!
[ $? -eq 130 ] || die "the exit status of an interrupted run"
grep -q '^PASS unit.gpt ' src/build/machine/table || die "what passed does not count"

export GIT_CEILING_DIRECTORIES=$PWD
# The record keeps the results of other tests, and forgets those that are gone.
printf '%s\n' 'unit.gone passed machine 2000-01-01 abc' \
	'unit.gpt passed user 2000-01-01 abc' >record
fake bin/qemu-system-aarch64 'printf "FAIL unit.qcow2 (1.0 s): x: y\r\nPASS unit.slice (1.0 s)\r\n"'
goes 1 '1 passed, 1 failed, 0 skipped' -o record
expect_record() {
	sed -E "s/ 20[0-9]{2}-[0-9-]+ unknown/ DATE/" record | grep -v '^#' |
		diff <(printf '%s\n' "$@") - || die "another record"
}
expect_record 'unit.gpt passed user 2000-01-01 abc' 'unit.qcow2 failed machine DATE x: y' \
	'unit.slice passed machine DATE'
