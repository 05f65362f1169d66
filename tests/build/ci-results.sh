#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ci-results.sh - a part of .ci/run that fails hides no results of others.  A part leaves
# no processes behind, also if its time is over.  .ci/downloads makes each download if its
# own parts have passed.

. "$top_srcdir/tests/helpers/lib.sh"
[ -e "$top_srcdir/.ci/run" ] || skip "a tarball has no .ci"

# ---- Parts that pass, fail and count ----

# .ci/run itself, with other parts, and without packages and a user.
mkdir -p copy/.ci
sed '/^prepare$/d' "$top_srcdir/.ci/run" | awk '
	/^# ---- What came of them/ {
		print "part_build() { echo built; }"
		print "part_check() { echo \"5 passed, 1 failed, 2 skipped\"; false; }"
		print "part_fuzz() { echo nothing to count; }"
		print "part_asan() { echo dead before it counted; }"
		print "part_root() { echo \"7 passed, 0 failed, 0 skipped\"; }"
	}
	{ print }' >copy/.ci/run
mkdir logs
echo clang >logs/passed
CI_LOGS=$PWD/logs bash copy/.ci/run build check fuzz asan root >out 2>&3 &&
	die "a part that fails is a success"
[ "$(tail -n 1 out)" = "12 passed, 2 failed, 2 skipped" ] || die "totals"
sed 's/ .*: /: /' logs/results >got
check_text got "build: 0 passed, 0 failed, 0 skipped
check: 5 passed, 1 failed, 2 skipped
fuzz: 0 passed, 0 failed, 0 skipped
asan: 0 passed, 1 failed, 0 skipped
root: 7 passed, 0 failed, 0 skipped"
tail -n 6 out | head -n 5 | diff - logs/results >&3 || die "other results printed"
check_text logs/passed "build
fuzz
root"
[ -s logs/check.log ] && [ -s logs/root.log ] || die "a log is missing"

# ---- What a part leaves behind ----

sed '/^prepare$/d' "$top_srcdir/.ci/run" | awk -v id=$$ '
	/^# ---- What came of them/ {
		# A daemon in a session of its own, which has the output.
		print "part_left() { setsid sleep 777." id "1 & }"
		print "part_slow() { setsid sleep 777." id "2 & sleep 777." id "3; }"
	}
	{ print }' >copy/.ci/run
# no_sleep - of the parts above is left
no_sleep() {
	! pgrep -fx "sleep 777\.$$[123]" >&3
}
if unshare --user --map-root-user --pid --fork --mount-proc true 2>&3; then
	CI_LOGS=$PWD/logs timeout 60 bash copy/.ci/run left >out 2>&3
	[ "$(cat logs/passed)" = left ] || die "the part has not ended"
	no_sleep || die "a part leaves a daemon behind"

	# The whole run is over in the time, and counts what it has not run.
	sed -i 's/CI_MINUTES \* 60/CI_MINUTES * 3/' copy/.ci/run
	CI_MINUTES=1 CI_LOGS=$PWD/logs timeout 60 bash copy/.ci/run slow left >out 2>&3 &&
		die "no time is a success"
	[ "$(tail -n 1 out)" = "0 passed, 2 failed, 0 skipped" ] || die "totals"
	[ ! -s logs/passed ] || die "what was killed has passed"
	grep -q 'slow: the time is over' logs/slow.log || die "the log does not tell"
	no_sleep || die "the time is over, and programs go on"

	# Whoever ends the run ends its part.
	CI_LOGS=$PWD/logs bash copy/.ci/run slow >&3 2>&3 &
	run=$!
	wait_for 60 "the part has not begun" pgrep -fx "sleep 777\.${$}3" >&3
	kill -TERM $run
	wait_for 60 "the part goes on without its run" no_sleep
else
	skip_part "no namespaces"
fi

# ---- Downloads ----

mkdir -p clone/build clone/build-aarch64
printf 'static-bundle html:\n\tmkdir -p bundle html\n\techo x86 >bundle/a\n\techo x >html/index\n' \
	>clone/build/Makefile
printf 'static-bundle:\n\tmkdir -p bundle\n\techo arm >bundle/a\n' \
	>clone/build-aarch64/Makefile

# downloads STATUS "PASSED PART..." "DOWNLOAD..." - which are made
downloads() {
	local got

	printf '%s\n' $2 >logs/passed
	rm -rf artefacts
	CI_LOGS=$PWD/logs CI_CLONE=$PWD/clone \
		bash "$top_srcdir/.ci/downloads" "$PWD/artefacts" >&3 2>&1
	got=$?
	[ $got -eq "$1" ] || die "exit status $got with $2"
	[ "$(cd artefacts && echo *)" = "$3" ] ||
		die "not '$3' with $2: $(ls artefacts)"
}
all="bundle-aarch64 bundle-x86_64 html"
downloads 0 "build check packages aarch64" "$all"
[ "$(cat artefacts/*/a)" = "arm
x86" ] || die "one bundle for the other"
# Once more into the same folder: in place of the old ones.
CI_LOGS=$PWD/logs CI_CLONE=$PWD/clone \
	run_check bash "$top_srcdir/.ci/downloads" "$PWD/artefacts"
find artefacts -mindepth 2 -type d | grep . && die "one download in another"
downloads 0 "build check aarch64 fuzz" "bundle-aarch64 html"
downloads 0 "build packages aarch64" "bundle-aarch64 html"
downloads 0 "build check packages" "bundle-x86_64 html"
downloads 0 "check packages aarch64" "*"
rm logs/passed
run_mustfail 2 Usage bash "$top_srcdir/.ci/downloads"
# One that cannot be made is an error, and the others are made.
echo 'static-bundle: ; mkdir -p bundle && false' >clone/build-aarch64/Makefile
downloads 1 "build check packages aarch64" "bundle-x86_64 html"

# ---- The workflows ----

# The parts end before the runner ends their step and leaves their processes behind.
python3 - "$top_srcdir/.github/workflows/ci.yml" "$top_srcdir/.github/workflows/nightly.yml" \
	<<'END' || die "a workflow has other limits of time"
import re, sys
for name in sys.argv[1:]:
    text = open(name).read()
    job, *steps = [int(n) for n in re.findall(r"timeout-minutes: (\d+)", text)]
    minutes = int(re.search(r"CI_MINUTES: (\d+)", text).group(1))
    assert minutes < min([job] + steps[:1]) and sum(steps) < job, name
END

# Every step behind the parts runs whatever came of them.
for file in ci nightly; do
	awk '/- name: / { step = $0; parts = parts || after; after = /All parts/ }
		/- name: / && parts { n++ }
		parts && /if: always\(\)/ { always++ }
		END { exit !(n && n == always) }' \
		"$top_srcdir/.github/workflows/$file.yml" ||
		die "$file.yml: a step is left out after a failure"
done
