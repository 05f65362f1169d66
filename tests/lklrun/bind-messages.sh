#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# bind-messages.sh - where files of the host can be shown, and the messages for all
# other places.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need busybox mke2fs e2fsck

make_applets
mkdir root/media
echo image >root/etc/file
mkdir host
echo host >host/file
make_image ext4 image 32M -d root

# refused TEXT OPTION... - it fails with one line
refused() {
	local text=$1 status=0

	shift
	[ "$1" = -i ] || set -- -i image "$@"
	lklrun "$@" -- /bin/true 2>stderr || status=$?
	[ $status = 125 ] || die "$*: it ended with $status"
	head -n 1 stderr >line
	check_text line "lklrun: $text"
}

refused '--bind: /nosuch: No such file or directory' --bind /nosuch
refused '--bind-read-only: /nosuch: No such file or directory' \
	--bind-read-only /nosuch
refused '--bind: a/b is no absolute path without . and ..' --bind host=a/b
refused '--at: a/b is no absolute path without . and ..' --at a/b
refused '/media is a file on the host, but a folder in the image' \
	--bind host/file=/media
refused '/etc/file is a folder on the host, but a file in the image' \
	--bind host=/etc/file
refused "/b2 is not a place in the image, which is at /mnt: with --at, files of \
the host can only be shown below that" --at /mnt --bind host=/b2
refused "/mnt is the image's root directory: files of the host can only be \
shown below it" --at /mnt --bind host=/mnt
make_image ext4 plain 16M
refused "/mnt is the image's root directory: files of the host can only be \
shown below it (the image holds no system, so it is at /mnt: see --at)" \
	-i plain --bind host=/mnt

# A slash at the end of a folder's path is fine; a missing folder is made, and stays.
run_check lklrun -i image --bind host=/media// -- /bin/cat /media/file >out
check_text out host
lklrun -r -i image --bind host=/new/folder -- /bin/true 2>stderr &&
	die "a folder was made in an image that is only read"
grep -q '/new/folder in the image.*Read-only file system' stderr ||
	die "$(cat stderr)"
run_check lklrun -i image --bind host=/new/folder -- /bin/true
run_check lklfs ls image /new >out
check_text out folder
for at in /mnt/ /mnt//; do
	run_check lklrun -i image --at=$at -- /bin/cat /mnt/etc/file >out
	check_text out image
done
refused '--at: / is no absolute path without . and ..' --at /
