#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# system-hostile.sh - what /etc/fstab of an image says cannot lead out of the image's
# root, and what is missing or wrong in it is one sentence.

. "$top_srcdir/tests/helpers/lib.sh"
. "$helpers/lib-system.sh"

make_root root "Test 1"
mkdir -p root/srv/{deep,other} data/marker
ln -s / root/mnt/root
ln -s ../../../../../../srv/deep root/mnt/up
ln -s /mnt/loop root/mnt/loop
ln -s /proc/self/fd root/mnt/fds
echo text >root/srv/file
make_image ext4 data.img 20M -L data -d data

# fstab LINE... - make the image "disk" with these lines
fstab() {
	printf '%s\n' "$@" >root/etc/fstab
	make_image ext4 disk 20M -d root
}

# check_mounted PATH LINE - the file system of data is seen there only
check_mounted() {
	fstab "$2"
	run_check fs2tar --system --disk=data.img disk out.tar
	tar -tf out.tar | grep marker >found
	check_text found "./$1/marker/"
}

# check_refused TEXT LINE... - one sentence; and --degraded goes on without it
check_refused() {
	local text=$1

	shift
	fstab "$@"
	run_mustfail 1 "$text" fs2tar --system --disk=data.img disk out.tar
	[ "$(wc -l <stderr)" = 1 ] || die "more than a sentence"
	grep -q '; --degraded goes on without it$' stderr ||
		die "does not say how to go on"
	run_check fs2tar --degraded --system --disk=data.img disk out.tar
	grep -qF "warning: " stderr || die "no warning"
	! tar -tf out.tar | grep marker >&3 || die "it was mounted"
}

# ---- Paths ----

check_mounted srv 'LABEL=data /srv ext4'
check_mounted srv/deep 'LABEL=data /mnt/root/mnt/root/srv/deep ext4'
check_mounted srv/deep 'LABEL=data /mnt/up ext4'
check_refused '/etc/fstab: line 1: /../srv: /../srv has ".."' \
	'LABEL=data /../srv ext4'
check_refused 'srv is not an absolute path' 'LABEL=data srv ext4'
check_refused 'cannot open the directory: Too many levels of symbolic links' \
	'LABEL=data /mnt/loop ext4'
check_refused 'cannot open the directory: No such file or directory' \
	'LABEL=data /mnt/fds/3 ext4'
check_refused 'cannot open the directory: Not a directory' \
	'LABEL=data /srv/file ext4'
check_refused 'cannot open the directory: File name too long' \
	"LABEL=data /$(printf 'x%.0s' {1..300}) ext4"

# ---- Sources ----

check_refused '/etc/fstab: line 2: /srv: no volume is UUID=0000-0000' \
	'# comment' 'UUID=0000-0000 /srv ext4'
check_refused 'the image does not tell which volume is /dev/disk/by-id/ata-x' \
	'/dev/disk/by-id/ata-x /srv ext4'
check_refused 'no volume is /dev/sdc1' '/dev/sdc1 /srv ext4'
check_refused 'no volume is /dev/vg/lv' '/dev/vg/lv /srv ext4'
check_refused 'no volume is /dev/mapper/a\nb;' '/dev/mapper/a\012b /srv ext4'

# ---- Options: those that are not in the list have no effect ----

check_mounted srv 'LABEL=data /srv ext4 journal_dev=5,sb=99,errors=panic,x=y'
fstab 'LABEL=data /srv ext4 user,noexec,ro'
run_mustfail 1 'Read-only file system' \
	lklfs mkdir --system --disk=data.img disk /srv/new
fstab 'LABEL=data /srv ext4 user,noexec'
run_check lklfs mkdir --system --disk=data.img disk /srv/new
run_check lklfs rm -r data.img /new

# With "nofail", a file system may be missing; one that is there and cannot be
# mounted is told.
fstab 'LABEL=data /srv/none ext4 nofail' 'LABEL=none /srv ext4 nofail'
run_check fs2tar --system --disk=data.img disk out.tar
grep -qF 'warning: /etc/fstab: line 1: /srv/none: cannot open' stderr ||
	die "no warning"
[ "$(wc -l <stderr)" = 1 ] || die "more than a warning"

# ---- The file itself ----

fstab 'LABEL=data'
run_check fs2tar --system --disk=data.img disk out.tar
grep -q '/etc/fstab: line 1 has too few fields' stderr || die "no warning"

for ((i = 0; i < 1001; i++)); do
	echo 'LABEL=data /srv ext4'
done >root/etc/fstab
make_image ext4 disk 20M -d root
run_mustfail 1 '/etc/fstab: more than 1000 lines' \
	fs2tar --system --disk=data.img disk out.tar
head -n 200 root/etc/fstab >short
cp short root/etc/fstab
make_image ext4 disk 20M -d root
run_mustfail 1 'more than 128 file systems below the root' \
	fs2tar --system --disk=data.img disk out.tar
head -c 2M /dev/zero | tr '\0' '\n' >root/etc/fstab
make_image ext4 disk 20M -d root
run_mustfail 1 '/etc/fstab: larger than 1048576 bytes' \
	fs2tar --system disk out.tar
printf 'LABEL=data /srv\0 ext4\n' >root/etc/fstab
make_image ext4 disk 20M -d root
run_mustfail 1 '/etc/fstab: has a zero byte' fs2tar --system disk out.tar

# No regular file, or a link to one that the root does not have.
rm root/etc/fstab
mkfifo root/etc/fstab
make_image ext4 disk 20M -d root
run_mustfail 1 '/etc/fstab: cannot open: Invalid argument' \
	timeout 20 fs2tar --system disk out.tar
rm root/etc/fstab
ln -s ../../../../../../etc/passwd root/etc/fstab
make_image ext4 disk 20M -d root
run_check fs2tar --system disk out.tar
exit 0
