#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# arm64-results.sh - the record of what tests gave on arm64 is in its format, names
# tests that exist, each once and sorted, and tests/arm64/record writes it so.

. "$top_srcdir/tests/helpers/lib.sh"
record=$top_srcdir/tests/arm64/record
results=$top_srcdir/tests/arm64/results

grep -v '^#' "$results" >lines
[ -s lines ] || die "no results"
grep -vnE '^[a-z]+[.][A-Za-z0-9_-]+ (passed|skipped|failed) (machine|user) 20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9a-z]+(-dirty)?( [^ ].*)?$' \
	lines && die "these lines are not in the format"
grep -nE '^[^ ]+ (skipped|failed) [^ ]+ [^ ]+ [^ ]+$' lines && die "no reason"
LC_ALL=C sort -c lines || die "not sorted"
cut -d ' ' -f 1 lines | uniq -d | grep . && die "more than one line"

# A record of nothing more drops the tests that are gone, and no others.
cp "$results" copy
run_check "$record" machine copy abc </dev/null
diff "$results" copy || die "tests that are gone, or another header: run" \
	"tests/arm64/record machine tests/arm64/results </dev/null"

mkdir -p src/tests/{arm64,tools,unit}
cp "$record" src/tests/arm64/
touch src/tests/unit/{gpt,qcow2,slice}.c
echo '# again: CATCH=ptrace' >src/tests/tools/twice.sh
# gives LINE... - the record has these lines now
gives() {
	sed -E "s/ 20[0-9]{2}-[0-9]{2}-[0-9]{2} / TODAY /" record | grep -v '^#' |
		diff <(printf '%s\n' "$@") - || die "another record"
}
# records ARGUMENT... - what tests/run printed is on standard input
records() {
	run_check src/tests/arm64/record "$@"
}

records machine record abc <<'END'
SKIP unit.slice: no disk: none; no net
     | FAIL unit.other (1.0 s): x
FAIL unit.qcow2 (1.0 s): exit status 1
PASS tools.twice (1.0 s)
PASS tools.twice-ptrace (1.0 s)
PASS tools.twice-signal (1.0 s)
PASS tools.gone (1.0 s)
3 passed, 1 failed, 1 skipped
END
gives 'tools.twice passed machine TODAY abc' 'tools.twice-ptrace passed machine TODAY abc' \
	'unit.qcow2 failed machine TODAY abc exit status 1' \
	'unit.slice skipped machine TODAY abc no disk: none; no net'

# Of the user mode only passes count.
records user record def <<'END'
SKIP tools.twice: no program
FAIL unit.gpt (1.0 s): exit status 1
PASS tools.twice-ptrace (1.0 s)
PASS unit.slice (1.0 s)
END
gives 'tools.twice passed machine TODAY abc' 'tools.twice-ptrace passed machine TODAY abc' \
	'unit.qcow2 failed machine TODAY abc exit status 1' \
	'unit.slice passed user TODAY def'

# A failure in the machine does.  One that passed when it ran again is no failure.
records machine record fed <<'END'
SKIP unit.slice: no disk
FAIL tools.twice (1.0 s): exit status 1
FAIL unit.qcow2 (1.0 s): exit status 1
PASS unit.qcow2 (1.0 s)
FLAKY unit.qcow2: failed beside other tests (unit.qcow2.first.log)
END
gives 'tools.twice failed machine TODAY fed exit status 1' \
	'tools.twice-ptrace passed machine TODAY abc' \
	'unit.qcow2 passed machine TODAY fed' 'unit.slice passed user TODAY def'

# Several at once lose nothing of each other.
numbers='1 2 3 4 5 6 7 8 9'
pids=()
for number in $numbers; do
	touch "src/tests/unit/many$number.c"
done
for number in $numbers; do
	echo "PASS unit.many$number (1.0 s)" | src/tests/arm64/record machine together abc &
	pids+=($!)
done
for pid in "${pids[@]}"; do
	wait "$pid" || die "one of several at once"
done
[ "$(grep -c '^unit.many' together)" -eq 9 ] || die "one of several lost another's line"

run_mustfail 2 "record: not machine or user: 'host'" src/tests/arm64/record host record
run_mustfail 2 'record: see ' src/tests/arm64/record machine

# Without COMMIT it is that of the source, marked if files differ from it, but for the
# record.
need git
of_source() {
	[[ $(src/tests/arm64/record commit) =~ ^$1$ ]] ||
		die "the commit is not $1: $(src/tests/arm64/record commit)"
}
export GIT_CEILING_DIRECTORIES=$PWD
of_source unknown
git init -q src
touch src/tests/arm64/results
git -C src add .
git -C src -c user.name=test -c user.email=test@example.org commit -q -m test
of_source '[0-9a-f]{10}'
echo >>src/tests/arm64/results
of_source '[0-9a-f]{10}'
echo >>src/tests/unit/gpt.c
of_source '[0-9a-f]{10}-dirty'
records user record <<'END'
PASS unit.gpt (1.0 s)
END
grep -qE '^unit.gpt passed user [^ ]+ [0-9a-f]{10}-dirty$' record || die "it is not marked"
