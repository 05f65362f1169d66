#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sandbox-modes.sh - a tool does not run on a host that lacks a part of the
# sandbox that it needs, unless it is told to; and it says which parts it has.

. "$top_srcdir/tests/helpers/lib.sh"
[ -z "$INSTRUMENT" ] || skip "instrumented programs run without a sandbox"
fs2tar --version >version
grep -qF -e +seccomp version && grep -qF -e +landlock version ||
	skip "built without a part of the sandbox"
all='no_new_privs, capabilities, landlock, seccomp'
grep -qx "sandbox on this host: $all" version ||
	skip "the host has only: $(sed -n 's/^sandbox.*: //p' version)"
without=$top_builddir/tests/helpers/images/host-without

mkdir -p tree/dir out
echo text >tree/dir/file
make_image ext4 image 64M -d tree

# Everything is there.
for mode in strict best; do
	run_check fs2tar -v --sandbox=$mode image tar >list
	grep -qx "sandbox: $all" stderr || die "$mode: $(cat stderr)"
done
run_check cpfromfs -v -i image --sandbox=strict /dir out >list
grep -q '^sandbox: .*landlock, seccomp' stderr || die "cpfromfs: $(cat stderr)"
for option in --no-sandbox --sandbox=none; do
	run_check fs2tar -v $option image tar >list
	grep -qx 'sandbox: none' stderr || die "$option: $(cat stderr)"
done
run_mustfail 2 'unknown sandbox mode' fs2tar --sandbox=some image tar

# The filter is missing: no tool runs.
for tool in 'fs2tar image new.tar' 'cptofs -i image tree /new' \
	'cpfromfs -i image /dir new'; do
	run_mustfail 1 'no seccomp filters: say --sandbox=best' \
		"$without" seccomp $tool
	[ ! -e new.tar ] && [ ! -e new ] || die "$tool: made its output"
done
run_check "$without" seccomp fs2tar -v --sandbox=best image tar >list
grep -qx 'sandbox: no_new_privs, capabilities, landlock' stderr ||
	die "best without a filter: $(cat stderr)"
run_check "$without" seccomp fs2tar --version >said
grep -qx 'sandbox on this host: no_new_privs, capabilities, landlock' said ||
	die "--version without a filter: $(cat said)"

# Landlock is missing: what opens files while it works does not run.
for tool in 'cptofs -i image tree /new' 'cpfromfs -i image /dir new'; do
	run_mustfail 1 'enable it (lsm=landlock,...), or say --sandbox=best' \
		"$without" landlock $tool
	[ ! -e new ] || die "$tool: made its output"
done
run_check "$without" landlock cptofs -v -i image --sandbox=best tree /new >list
grep -qx 'sandbox: no_new_privs, capabilities, seccomp' stderr ||
	die "best without Landlock: $(cat stderr)"
run_check "$without" landlock cpfromfs -i image --sandbox=best /new new
diff -r tree new >&3 || die "best without Landlock: another copy"
# What opens none has the filter.
run_check "$without" landlock fs2tar -v image tar >list
grep -qx 'sandbox: no_new_privs, capabilities, seccomp' stderr ||
	die "fs2tar without Landlock: $(cat stderr)"
