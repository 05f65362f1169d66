#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# memfd-noexec.sh - a host that refuses files in memory that could be executed
# (vm.memfd_noexec=2), in a namespace of its own: images are read and written,
# with what is written kept aside, too.

. "$top_srcdir/tests/helpers/lib-root.sh"
need mke2fs unshare
[ -e /proc/sys/vm/memfd_noexec ] || skip "the host's kernel has no such setting"

mkdir tree
seq 1000 >tree/text
make_image ext4 image 16M -d tree

# strict COMMAND... - run it where the setting is 2; nothing else changes
strict() {
	unshare --pid --fork --mount-proc sh -c '
		echo 2 >/proc/sys/vm/memfd_noexec &&
		[ "$(cat /proc/sys/vm/memfd_noexec)" = 2 ] || exit 99
		exec "$@"' sh "$@"
}

strict true || skip "the setting cannot be changed here"
# It does refuse others: memfd_create() is what python gives as is.
if command -v python3 >/dev/null; then
	! strict python3 -c 'import os; os.memfd_create("x", 0x10)' 2>/dev/null ||
		die "the setting has no effect"
fi
run_check strict fs2tar image out.tar
run_check strict fs2tar --snapshot image out2.tar
cmp out.tar out2.tar || die "the archives differ"
run_check strict cptofs -i image tree/text /second
run_check strict cptofs --snapshot -i image tree/text /third
run_check strict cpfromfs -i image /second back
cmp tree/text back || die "read something else"
