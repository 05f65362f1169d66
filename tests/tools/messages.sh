#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# messages.sh - fs2tar prints names, progress, the kernel log and errors where
# --verbose, --quiet and the others say.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs script

mkdir tree
head -c 20000000 /dev/zero >tree/zeroes
echo text >tree/$'new\nline'
make_image ext4 image 64M -d tree

run_check fs2tar image out.tar >said
[ ! -s stderr ] && [ ! -s said ] || die "says something without need"
# Names are on standard output, or where the archive is not.
run_check fs2tar -v image out.tar >said
check_text <(sort said) "$(tar -tf out.tar | sort)"
grep -q '^sandbox: .' stderr || die "does not say how it is confined"
[ "$(wc -l <stderr)" -eq 1 ] || die "lists on standard error"
run_check fs2tar -v image - >out2.tar
check_same out.tar out2.tar "-v changes the archive"
grep -v '^sandbox: ' stderr >listed
check_same said listed "lists something else on standard error"

run_check fs2tar --kernel-log image out.tar
grep -q 'EXT4-fs.*mounted' stderr || die "no messages of the kernel"

run_check fs2tar --progress-fd 5 image out.tar 5>progress
tail -n 1 progress | grep -qx '100/100' || die "no 100/100 at the end"
! grep -vxE '[0-9]+/100' progress || die "not N/100"
sort -n -c -t / progress || die "progress goes back"
run_mustfail 1 'No space' fs2tar --progress-fd 5 image /dev/full 5>progress
! grep -q '100/100' progress || die "100/100 although it failed"
run_check fs2tar --progress-fd 5 image out.tar 5>/dev/full

# Nothing but a name on a terminal can move its cursor.
make_image ext4 odd 64M -b 4096
make_odd ext4 odd
run_check fs2tar -v odd out.tar >said
! grep -q "$(printf '\033')" said || die "lists control characters"
! grep -q "$(printf '\177')" said || die "lists control characters"

run_check fs2tar --help >said
grep -q '^Usage: fs2tar ' said || die "--help"
run_check fs2tar --version >said
grep -qE '^fs2tar [0-9]' said || die "--version"
for word in +gzip +xz +zstd +ext4 +xfs +btrfs "linux $LINUX_RELEASE"; do
	grep -qF -e "$word" said || die "--version lacks $word"
done
run_mustfail 2 'cannot write the text to standard output: No space left on device' \
	fs2tar --help >/dev/full
# Output that is cut off says where and why.
for command in 'fs2tar -v image out.tar' 'cptofs -v -i image tree /copy' \
		'tar2fs -v tree new.ext4'; do
	run_mustfail 1 'cannot write the list of files to standard output: No space left on device' \
		$command >/dev/full
done
