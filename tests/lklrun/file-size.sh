#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# file-size.sh - a limit on the size of files ends the program by a signal, unless the
# user ignores that signal: as without lklrun.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs

make_user_image image 16M
cat >job.sh <<'END'
grep SigIgn /proc/self/status
ulimit -f 4
dd if=/dev/zero of="$1" bs=64k count=1 status=none 2>/dev/null
echo $?
END
for setup in : "trap '' XFSZ"; do
	(eval "$setup"; exec sh job.sh file) >expected
	(eval "$setup"; exec lklrun -i image --at=/mnt -- sh job.sh file) >out
	check_text out "$(<expected)"
done
(exec sh job.sh file) >expected
grep -qx 153 expected || die "no signal here: $(<expected)"
