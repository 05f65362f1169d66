#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# system-volumes.sh - a system on volumes of LVM and on encrypted ones is found, and
# mounts others of these.

. "$top_srcdir/tests/helpers/lib.sh"
. "$helpers/lib-volumes.sh"
. "$helpers/lib-system.sh"

# ---- LVM ----

unpack_disks lvm
disks=$(disk_options lvm[0-5])
make_root root "Test 1"
mkdir root/srv/{one,two}
cat >root/etc/fstab <<-EOF
	/dev/mapper/vg-linear / ext4
	/dev/mapper/vg-striped /srv/one auto
	/dev/vg/mirror /srv/two auto
EOF
run_check cptofs -q -i lvm0 $disks --volume=vg/linear root/. /
run_check fs2tar -v --system lvm0 $disks - >out.tar
grep -qF 'vg/linear, Test 1 is mounted as /' stderr || die "another root"
mkdir out
run_check tar -C out -xf out.tar
[ "$(cat out/srv/one/name)" = "this is striped" ] || die "another /srv/one"
[ "$(cat out/srv/two/name)" = "this is mirror" ] || die "another /srv/two"
for which in vg/linear /dev/vg/linear /dev/mapper/vg-linear; do
	run_check lklfs cat --system=$which lvm0 $disks /etc/motd >motd
	check_text motd "Test 1"
done

# ---- LUKS: /home, by the name that /etc/crypttab gives it ----

need cryptsetup
need_luks_key
printf 'a secret' >key
mkdir home
echo me >home/name
make_image ext4 plain 12M -b 4096 -d home
"$images/luks-encrypt" key plain secret --type luks2 --pbkdf pbkdf2 ||
	die "cannot encrypt"
uuid=$(cryptsetup luksUUID secret) || die "no UUID"
for source in /dev/mapper/homes /dev/mapper/luks-$uuid; do
	echo "$source /home ext4" >root/etc/fstab
	echo "homes UUID=$uuid none luks" >root/etc/crypttab
	make_image ext4 disk 20M -d root
	run_check lklfs cat --key-file=key --system disk --disk=secret \
		/home/name >name
	check_text name me
done
run_mustfail 1 '/etc/fstab: line 1: /home: ' \
	fs2tar --system disk --disk=secret out.tar </dev/null
grep -q 'encrypted' stderr || die "does not say why"

# The root itself is encrypted, on a partition with the type of a root.
rm root/etc/fstab root/etc/crypttab
mkdir -p boot
echo boot >boot/vmlinuz
make_image ext4 plain 12M -b 4096 -d root
"$images/luks-encrypt" key plain p --type luks2 --pbkdf pbkdf2 ||
	die "cannot encrypt"
make_disk disk 100M <<-EOF
	size=40M, type=4f68bce3-e8cd-4db1-96e7-fbcaf984b709
	size=20M, type=bc13c2ff-59e6-4262-a352-b275fd6f7172
EOF
put_partition disk 1 p
make_image ext4 p 20M -d boot
put_partition disk 2 p
run_check lklfs cat --key-file=key --system disk /etc/motd /boot/vmlinuz >text
check_text text "Test 1
boot"

# ---- Encrypted volumes that do not open are told ----

printf 'another' >wrong
for options in "" "--key-file=wrong"; do
	reason='no key was given'
	[ -z "$options" ] || reason='no key slot has this passphrase'
	run_mustfail 1 "no system found; not all file systems can be read: 1: encrypted: $reason" \
		setsid -w fs2tar --system $options disk no.tar
	run_mustfail 1 "no system is 9; not all file systems can be read: 1: encrypted: $reason" \
		setsid -w fs2tar --system=9 $options disk no.tar
done

# With another system in plain sight, a wrong key is an error, a missing one a warning.
make_root plainly "Test 2"
echo "/dev/sda2 / ext4" >plainly/etc/fstab
make_image ext4 p 20M -d plainly
put_partition disk 2 p
run_mustfail 1 '1: encrypted: no key slot has this passphrase' \
	fs2tar --system --key-file=wrong disk no.tar
[ ! -e no.tar ] || die "an archive of another system"
run_check lklfs cat --key-file=wrong --system=2 disk /etc/motd >text
check_text text "Test 2"
run_check setsid -w lklfs cat --system disk /etc/motd >text
check_text text "Test 2"
grep -q 'warning: 1: encrypted: no key was given' stderr ||
	die "no warning of the volume that stays closed"
exit 0
