#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mmdebstrap.sh - the archive that mmdebstrap writes, of a real Debian,
# becomes an ext4 with root's files, devices and set-id bits.
#
# timeout: 900

. "$top_srcdir/tests/helpers/lib-cp.sh"
need mmdebstrap

# Its other user must be able to enter the directory in which it works.
env TMPDIR=/tmp mmdebstrap --variant=essential --mode=auto stable - \
	http://deb.debian.org/debian >rootfs.tar 2>mmdebstrap.log || {
	tail -n 5 mmdebstrap.log >&3
	skip "mmdebstrap cannot make an archive here"
}
run_check tar2fs - root.ext4 <rootfs.tar
check_clean ext4 root.ext4
run_check fs2tar --exclude ./lost+found root.ext4 again.tar
# Without times of access, which only one of them has, and names of owners.
list() {
	tar --numeric-owner --full-time -tvf "$1" | sed 's, \./, ,; s,/$,,' |
		grep -v ' $' | sort
}
list rootfs.tar >want
list again.tar >got
[ "$(wc -l <want)" -gt 1000 ] || die "not much of a root file system"
grep -q '^-rws.* 0/0 .* usr/bin/passwd$\|^-rws.* 0/0 .* usr/bin/su$' got ||
	die "no set-id bits"
# Which name of a file is the link depends on the order.
diff <(grep -v '^h\|^-' want) <(grep -v '^h\|^-' got) >&3 ||
	die "other directories, links or devices"
[ "$(grep -c '^[h-]' want)" -eq "$(grep -c '^[h-]' got)" ] || die "other files"
