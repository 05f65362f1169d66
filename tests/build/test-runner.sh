#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# test-runner.sh - tests/run counts each result as what it is, and fails when it
# has to.

. "$top_srcdir/tests/helpers/lib.sh"

# make_test NAME TEXT - a script
make_test() {
	mkdir -p tests
	printf '#!/bin/bash\n%s\n' "$2" >tests/$1.sh
	chmod +x tests/$1.sh
}

# runs STATUS TOTALS [OPTION...] NAME... - run these; the output is in "out"
runs() {
	local status=$1 totals=$2 options=() got

	shift 2
	while [[ $1 == -* ]]; do
		options+=("$1" "$2")
		shift 2
	done
	"$top_srcdir/tests/run" -l logs "${options[@]}" \
		"${@/#/tests/}" >out 2>&1
	got=$?
	echo "+ $*: $(tail -n 1 out)" >&3
	[ "$(tail -n 1 out)" = "$totals" ] && [ $got -eq $status ] || {
		sed 's/^/  /' out >&3
		die "$*: not '$totals', or exit status $got, not $status"
	}
}

make_test pass 'exit 0'
make_test fail 'exit 3'
make_test skip 'echo "skip: no moon"; exit 77'
make_test silent 'exit 77'
make_test part 'echo "skip: no moon"; echo more; exit 0'
make_test part-fail 'echo "skip: no moon"; exit 1'
make_test subshell '. "$top_srcdir/tests/helpers/lib.sh"
	(die "in a subshell"); true | die "in a pipeline"; exit 0'
make_test late-skip 'echo "FAIL: first"; echo "skip: then"; exit 77'
make_test unit-check 'echo "FAIL file.c:7: x is 1, not 2"; exit 0'
make_test unit-line 'echo "not ok 3 - name"; exit 0'
make_test kernel 'echo "kernel <1> BUG: unable to handle"; exit 0'
make_test allowed '# allow-log: BUG: expected
	echo "BUG: expected"; exit 0'
make_test slow '# timeout: 1
	sleep 60'
make_test late '# timeout: 1
	sleep 2; timeout 1 sleep 2 || exit 1; timeout -k 5 0.1 sleep 2; [ $? = 124 ]'
make_test killed 'kill -KILL $$'
make_test both '# again: MOON=full
	[ "${MOON-new}" = new ]'
make_test private 'touch here; [ "$PWD" = "$TEST_DIR" ] && [ "$(ls)" = here ]'

runs 0 '1 passed, 0 failed, 0 skipped' pass.sh
runs 1 '0 passed, 1 failed, 0 skipped' fail.sh
runs 0 '1 passed, 0 failed, 1 skipped' pass.sh skip.sh
grep -q '^SKIP tests.skip: no moon$' out || die "does not give the reason"
runs 1 '0 passed, 0 failed, 1 skipped' skip.sh
grep -q 'nothing passed' out || die "does not say why a run fails"
for name in silent part-fail subshell late-skip unit-check unit-line kernel \
		slow late killed; do
	runs 1 '1 passed, 1 failed, 0 skipped' pass.sh $name.sh
	grep -q "^FAIL tests.$name " out || die "does not name $name"
done
runs 0 '1 passed, 0 failed, 1 skipped' pass.sh part.sh
runs 0 '2 passed, 0 failed, 0 skipped' allowed.sh private.sh
# All limits are longer, those of a test's own too.
runs 0 '1 passed, 0 failed, 0 skipped' -f 10 late.sh
runs 1 '2 passed, 1 failed, 1 skipped' -j 4 pass.sh private.sh fail.sh skip.sh
runs 1 '2 passed, 1 failed, 0 skipped' pass.sh both.sh
grep -q '^FAIL tests.both-full ' out || die "does not name the second run"
[ -e logs/tests.both.log ] && [ -e logs/tests.both-full.log ] || die "logs of both"
runs 2 "run: tests/none.sh: not an executable file" pass.sh none.sh

# Skips that are expected, and others.
printf '# comment\n\ntests.skip\tno (sun|moon)\n' >expected
runs 0 '1 passed, 0 failed, 1 skipped' -x expected pass.sh skip.sh
runs 1 '1 passed, 1 failed, 1 skipped' -x expected pass.sh skip.sh part.sh
grep -q 'FAIL tests.part .*nobody expects: no moon' out ||
	die "does not say which skip"
for line in 'tests.skip no' 'tests.skip moon' 'test.skip no moon' \
		'tests.skip'; do
	echo "$line" >expected
	runs 1 '1 passed, 1 failed, 0 skipped' -x expected pass.sh skip.sh
done
echo 'tests[.].* no .*' >expected
runs 0 '1 passed, 0 failed, 2 skipped' -x expected pass.sh skip.sh part.sh
runs 2 'run: cannot read nothing' -x nothing pass.sh

# Go on where earlier runs stopped: what failed, or did not run, runs.
runs 1 '2 passed, 1 failed, 1 skipped' pass.sh skip.sh private.sh fail.sh
cp out earlier
runs 1 '1 passed, 2 failed, 0 skipped' -c earlier pass.sh skip.sh fail.sh both.sh
cat out >>earlier
sed 's/^FAIL tests.both-full .*/FLAKY tests.both-full: for a reason/
	s/^FAIL tests.fail /PASS tests.fail /' out >>earlier
runs 0 '1 passed, 0 failed, 0 skipped' -c earlier pass.sh skip.sh fail.sh both.sh \
	allowed.sh
runs 0 '0 passed, 0 failed, 0 skipped' -c earlier pass.sh skip.sh fail.sh both.sh
grep -q 'run: earlier has a result of every test' out || die "does not say why"
# All of the rest may be skipped, if there was something before.
echo 'PASS tests.pass (1.0 s)' >earlier
runs 0 '0 passed, 0 failed, 1 skipped' -c earlier pass.sh skip.sh
! grep -q 'nothing passed' out || die "says that nothing passed"
runs 1 '0 passed, 1 failed, 1 skipped' -c earlier pass.sh skip.sh fail.sh
: >earlier
runs 1 '0 passed, 0 failed, 1 skipped' -c earlier skip.sh
runs 2 'run: cannot read nothing' -c nothing pass.sh

# Tests that fail beside others, and pass three times alone.
make_test flaky 'echo x >>"$top_builddir/runs"
	[ "$(wc -l <"$top_builddir/runs")" -gt 1 ]'
make_test twice 'echo x >>"$top_builddir/runs"
	case $(wc -l <"$top_builddir/runs") in 1|3) exit 1;; esac'
make_test warns 'echo x >>"$top_builddir/runs"
	[ "$(wc -l <"$top_builddir/runs")" -gt 1 ] || echo "WARNING: in the kernel"'
again() {
	rm -f build/runs
	runs "$@"
}
mkdir -p build/bin build/lkl/.libs
export top_builddir=$PWD/build
again 1 '1 passed, 1 failed, 0 skipped' pass.sh flaky.sh
again 0 '2 passed, 0 failed, 0 skipped' -a 1 pass.sh flaky.sh
grep -q '^FLAKY tests.flaky: ' out || die "does not name a flaky test"
[ "$(wc -l <build/runs)" -eq 4 ] || die "does not look three times more"
[ -e logs/tests.flaky.first.log ] ||
	die "the first log is gone"
again 1 '1 passed, 1 failed, 0 skipped' -a 1 pass.sh twice.sh
again 1 '1 passed, 1 failed, 0 skipped' -a 1 pass.sh warns.sh
again 1 '1 passed, 1 failed, 0 skipped' -a 1 pass.sh fail.sh
again 1 '1 passed, 2 failed, 0 skipped' -a 1 pass.sh fail.sh flaky.sh
runs 2 "run: -a takes a number, not 'x'" -a x pass.sh

# With a command that runs the tools, and on a host that lacks a part of the sandbox, the
# tools get an option; that of lklfs is one of its commands.
printf '#!/bin/sh\n[ "$*" = --version ] && echo "fs2tar 1 +seccomp +landlock " ||
	echo "$(basename "$0") $*"\n' | tee build/bin/lklfs >build/bin/fs2tar
chmod +x build/bin/*
make_test tools '[ "$(lklfs)" = "lklfs " ] || exit 2
	[ "$(lklfs --help)" = "lklfs --help" ] || exit 3
	[ "$(lklfs ls "a b" -l)" = "lklfs ls $OPTION a b -l" ] || exit 4
	[ "$(fs2tar image)" = "fs2tar $OPTION image" ] || exit 5'
OPTION=--sandbox=best runs 0 '1 passed, 0 failed, 0 skipped' tools.sh
OPTION=--no-sandbox INSTRUMENT=env runs 0 '1 passed, 0 failed, 0 skipped' tools.sh

# A compiler may have arguments.
make_test compiler '. "$top_srcdir/tests/helpers/lib.sh"; need "env -i" "$CC"'
CC='env gcc' runs 0 '1 passed, 0 failed, 0 skipped' compiler.sh
CC='no-such gcc' runs 1 '0 passed, 0 failed, 1 skipped' compiler.sh
grep -q ': no-such is not installed$' out || die "does not say what is missing"

# Programs of the host with a wrapper.  The preloaded library here is an empty file, of
# which the dynamic loader complains.
mkdir host
: >build/lkl/.libs/liblkl-mkfs.so
cat >host/mkfs.btrfs <<'EOT'
#!/bin/sh
echo "$# ${LKL_MKFS_NO_MOUNTS:-} ${LD_PRELOAD:-}"
EOT
ln -s mkfs.btrfs host/btrfs
cat >host/qemu-img <<'EOT'
#!/bin/sh
echo x >>tries
[ "$(wc -l <tries)" -ge "$FROM" ] && echo "made $2" && exit
echo "qemu-img: ${REASON:-Unable to get accurate CPU usage}" >&2
exit 1
EOT
chmod +x host/*
make_test mounts 'library=$top_builddir/lkl/.libs/liblkl-mkfs.so
	for program in mkfs.btrfs btrfs; do
		[ "$($program "a b")" = "1 1 $library" ] || exit 2
		[ "$(LD_PRELOAD=x $program a)" = "1 1 $library:x" ] || exit 3
		[ "$($program a /proc/self/fd/100)" = "2  " ] || exit 4
	done'
make_test tries '. "$top_srcdir/tests/helpers/lib.sh"
	[ "$(FROM=20 run_check qemu-img luks "a b" 3>&2)" = "made a b" ] || exit 2
	[ "$(wc -l <tries)" -eq 20 ] || exit 3
	: >tries
	FROM=21 run_mustfail 1 "accurate CPU usage" qemu-img luks a
	[ "$(wc -l <tries)" -eq 20 ] || exit 4
	: >tries
	FROM=2 REASON="no space" run_mustfail 1 "no space" qemu-img luks a
	FROM=3 run_mustfail 1 "accurate CPU usage" qemu-img plain a
	[ "$(wc -l <tries)" -eq 2 ] || exit 5'
PATH=$PWD/host:$PATH runs 0 '2 passed, 0 failed, 0 skipped' mounts.sh tries.sh
