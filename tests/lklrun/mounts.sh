#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# mounts.sh - a system of several file systems: the program works in all of them,
# also beside files of the host.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
. "$helpers/lib-system.sh"
need sfdisk busybox mke2fs e2fsck mkfs.vfat nbdkit

make_root root "Test"
make_applets
mkdir -p root/boot/efi esp/EFI
ln -s /boot/efi/EFI root/home/link
echo shared >file
echo "efi text" >esp/EFI/text
cat >root/etc/fstab <<-EOF
	UUID=$root_uuid	/	ext4	defaults	0	1
	/dev/disk/by-uuid/ABCD-1234 /boot/efi vfat umask=0022 0 1
EOF
make_disk disk 100M <<-EOF
	size=34M, type=uefi, name=esp
	size=60M, type=linux, name=root
EOF
make_image vfat p 34M -i ABCD1234
run_check cptofs -q -i p esp/EFI /
put_partition disk 1 p
make_image ext4 p 60M -U $root_uuid -d root
put_partition disk 2 p

cat >job <<'EOF'
set -e
ls /boot /boot/efi
cat /boot/efi/EFI/text /home/link/text
cd /boot/efi/EFI
cat text ../../../etc/motd
cd ..
pwd
mkdir new
mv EFI/text new/moved
echo written >new/file
cd /home/link/../../..
pwd
cat /srv/host
ls /boot/efi/nothing 2>&1
EOF
status=0
lklrun --system -i disk --bind "$PWD/file=/srv/host" -- \
	/bin/sh -c "$(cat job)" >out 2>stderr || status=$?
[ $status = 1 ] || die "it ended with $status: $(cat stderr)"
check_text out "$(printf '%s\n' /boot: efi '' /boot/efi: EFI 'efi text' \
	'efi text' 'efi text' Test /boot/efi / shared \
	'ls: /boot/efi/nothing: No such file or directory')"
run_check lklfs cat --system disk /boot/efi/new/file >out
check_text out written
run_check lklfs cat --system disk /boot/efi/new/moved >out
check_text out 'efi text'

# Files of the host can be seen in the second file system, too.
run_check lklrun --system -i disk --bind "$PWD/file=/boot/efi/EFI/host" -- \
	/bin/sh -c 'cd /boot/efi && cat EFI/host EFI/../EFI/host' >out
check_text out $'shared\nshared'

# What is lost in the second file system is told at the end: the disk takes nothing any
# more when the file "broken" is there.
mkdir shared
nbdkit -f -U "$PWD/socket" -P "$PWD/pid" --filter=error file disk error-pwrite=EIO \
	error-pwrite-rate=100% "error-pwrite-file=$PWD/shared/broken" >&3 2>&1 &
server=$!
trap 'kill $server 2>/dev/null' EXIT
wait_for 60 nbdkit test -s pid
writes() {
	status=0
	lklrun --system -i "nbd+unix:///?socket=$PWD/socket" --bind "$PWD/shared=/srv" \
		-- /bin/sh -c "sync; echo lost >/boot/efi/EFI/lost; $1" \
		>out 2>stderr || status=$?
	cat stderr >&3
}
writes 'echo done'
[ $status = 0 ] || die "the disk cannot be written at all: $(cat stderr)"
writes 'touch /srv/broken; echo done'
[ $status = 125 ] || die "it ended with $status, and the file is lost"
grep -q 'cannot write everything to the image' stderr || die "$(cat stderr)"
check_text out 'done'
