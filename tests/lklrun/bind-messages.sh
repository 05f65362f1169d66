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
refused '--bind: / is the root directory, and not below it' --bind /
refused 'only one file or folder of the host can be shown at /media' \
	--bind host=/media --bind .=/media/
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

refused "the image holds no system: with --confine it has to be the program's root \
directory (--root)" -i plain --confine

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
refused '--at: / is the root directory, and not below it' --at /

# Without =PATH the place is the path as it was given, also that of a link.
ln -s host/file conf
ln -s host folder
run_check lklrun -i image --bind conf --bind ./folder/ -- /bin/sh -c \
	"cat $PWD/conf $PWD/folder/file && ls $PWD" >out
check_text out "$(printf '%s\n' host host conf folder)"
mkdir -p work
run_check lklrun -i image --bind ../"${PWD##*/}"/work/..//conf=/etc/given -- \
	/bin/cat /etc/given >out
check_text out host
run_check lklrun -i image --bind work/../conf -- /bin/cat "$PWD/host/file" >out
check_text out host

# A link of the image that leads to nowhere: what it names is made.
run_check lklrun -i image -- /bin/sh -c 'mkdir /run; cd /etc;
	ln -s ../run/sub//conf relative; ln -s /run/absolute/ absolute;
	ln -s relative twice; ln -s loop loop'
run_check lklrun -i image --bind conf=/etc/twice --bind host=/etc/absolute -- \
	/bin/cat /run/sub/conf /etc/relative /etc/absolute/file /run/absolute/file >out
check_text out "$(printf '%s\n' host host host host)"
run_check lklrun -i image --bind conf=/etc/absolute/below/file -- \
	/bin/cat /run/absolute/below/file >out
check_text out host
refused "cannot use /etc/loop in the image for files of the host: Too many levels of \
symbolic links" --bind conf=/etc/loop
run_check e2fsck -fn image >&3

# Two binds that links lead to one place, and one in place of the host's /dev.
run_check lklrun -i image --bind conf=/run/absolute/one \
	--bind host/file=/etc/absolute/one -- /bin/cat /run/absolute/one >out
check_text out host
run_check lklrun -i image --bind host=/dev -- /bin/cat /dev/file >out
check_text out host
run_check lklrun -i image --bind /dev -- /bin/sh -c 'echo x >/dev/null'
run_check e2fsck -fn image >&3
