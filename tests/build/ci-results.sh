#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ci-results.sh - a part of .ci/run that fails hides no results of others, and
# .ci/downloads makes each download if its own parts have passed.

. "$top_srcdir/tests/helpers/lib.sh"
[ -e "$top_srcdir/.ci/run" ] || skip "a tarball has no .ci"

# ---- Parts that pass, fail and count ----

# .ci/run itself, with other parts, and without packages and a user.
mkdir -p copy/.ci
sed '/^prepare$/d' "$top_srcdir/.ci/run" | awk '
	/^parts=/ {
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

# Every step behind the parts runs whatever came of them.
for file in ci nightly; do
	awk '/- name: / { step = $0; parts = parts || after; after = /All parts/ }
		/- name: / && parts { n++ }
		parts && /if: always\(\)/ { always++ }
		END { exit !(n && n == always) }' \
		"$top_srcdir/.github/workflows/$file.yml" ||
		die "$file.yml: a step is left out after a failure"
done
