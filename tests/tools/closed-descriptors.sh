#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# closed-descriptors.sh - a caller that closed standard input, output or error
# never makes a tool write its messages into the image.

. "$top_srcdir/tests/helpers/lib.sh"
need mkfs.ext4 e2fsck

mkdir tree
seq 1000 >tree/file
make_image ext4 empty.img 16M
cp empty.img filled.img
run_check cptofs -q -i filled.img tree /

# status_closed HOW COMMAND... - run it with some descriptors closed; its exit
# status is in the file "status", its messages (if it has any) in "stderr"
status_closed() {
	local how=$1

	shift
	echo "+ $* $how" >&3
	: >stderr
	eval '"$@"' "$how"
	echo $? >status
	cat stderr >&3
}

for how in '<&-' '>&- 2>stderr' '2>&-' '<&- >&- 2>stderr' '>&- 2>&-' \
		'<&- 2>&-' '<&- >&- 2>&-'; do
	# A listing and messages for every descriptor.
	cp empty.img image
	status_closed "$how" cptofs -v -i image tree missing / >list
	[ "$(cat status)" -eq 1 ] || die "cptofs $how: $(cat status)"
	e2fsck -fn image >&3 2>&1 || die "cptofs $how: the image is damaged"
	# ext4 does not use the first KiB, so a message there is not damage.
	[ -z "$(head -c 1024 image | tr -d '\0')" ] ||
		die "cptofs $how: wrote into the image: $(head -c 1024 image)"
	run_check cpfromfs -q -i image /tree/file copy
	cmp copy tree/file || die "cptofs $how: not what was copied"

	cp filled.img image
	mkdir out
	status_closed "$how" cpfromfs -v -i image /tree /missing out >list
	[ "$(cat status)" -eq 1 ] || die "cpfromfs $how: $(cat status)"
	cmp image filled.img || die "cpfromfs $how: the image has changed"
	diff -r tree out/tree || die "cpfromfs $how: not what was in the image"
	rm -rf out copy

	# fs2tar lists names on standard output if the archive is elsewhere.
	status_closed "$how" fs2tar -v image out.tar >list
	case $how in
	*'>&- '*) want=1 ;;
	*) want=0 ;;
	esac
	[ "$(cat status)" -eq $want ] || die "fs2tar $how: $(cat status)"
	cmp image filled.img || die "fs2tar $how: the image has changed"
	[ $want -ne 0 ] || tar -tf out.tar >&3 || die "fs2tar $how: no archive"
	rm -f out.tar
done

# A list that nobody can read is an error, even if nothing else is.
run_mustfail 1 'cannot write the list of files to standard output: Bad file descriptor' \
	bash -c 'cptofs -v -i "$1" tree / >&-' - image

# An archive for a closed standard output.
status_closed '>&- 2>stderr' fs2tar image
[ "$(cat status)" -eq 1 ] || die "fs2tar: $(cat status)"
grep -q 'standard output: Bad file descriptor' stderr ||
	die "fs2tar: $(cat stderr)"
