#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# system.sh - --system finds the root of a system and mounts below it what its
# /etc/fstab says: partitions, subvolumes, by all their names.

. "$top_srcdir/tests/helpers/lib.sh"
. "$helpers/lib-system.sh"

need sfdisk mkfs.xfs mkfs.vfat mkfs.btrfs python3

# ---- A disk: ESP, root, /home, a btrfs of two subvolumes ----

make_root root "Test 1"
mkdir -p root/boot/efi root/srv/{www,mail,top} root/mnt/{x,no}
cat >root/etc/fstab <<-EOF
	# A comment, and an empty line

	UUID=$root_uuid	/	ext4	errors=remount-ro,data=journal	0	1
	LABEL=homes	/home	xfs	defaults,noatime,logdev=/dev/sda	0	2
	/dev/disk/by-uuid/ABCD-1234 /boot/efi vfat umask=0077,gid=users 0 1
	/dev/nvme0n1p4 /srv/./mail/ btrfs ro,subvol=mail,x-systemd.automount
	PARTLABEL="sub\040volumes" /srv/www btrfs subvol=/www,compress=zstd 0 0
	/swapfile none swap sw 0 0
	tmpfs /tmp tmpfs size=1G 0 0
	//server/share /mnt/x cifs _netdev 0 0
	server:/export /mnt/x nfs defaults 0 0
	/home /mnt/x none bind 0 0
	/dev/sr0 /mnt/x iso9660 noauto 0 0
	UUID=aaaaaaaa-1111-1111-1111-111111111111 /mnt/no ext4 nofail 0 0
EOF
mkdir -p home/alice www/html mail/alice EFI/BOOT
echo alice >home/alice/name
echo html >www/html/index
echo mail >mail/alice/1
echo efi >EFI/BOOT/BOOTX64.EFI
make_disk disk 1G <<-EOF
	size=64M, type=uefi, name=esp
	size=100M, type=linux, name=root
	size=320M, type=linux, name=home
	size=200M, type=linux, name="sub volumes"
EOF
make_image vfat p 64M -i ABCD1234
run_check cptofs -q -i p EFI /
put_partition disk 1 p
make_image ext4 p 100M -U $root_uuid -d root
put_partition disk 2 p
make_image xfs p 320M -L homes
run_check cptofs -i p home/alice /
put_partition disk 3 p
mkdir tree
cp -r www mail tree
tar -C tree -cf tree.tar www mail
run_check tar2fs --type=btrfs --size=200M --subvolume=www --subvolume=mail \
	tree.tar p
put_partition disk 4 p

# The tree as it has to be seen.
cp -a root want
cp -r home/alice want/home
cp -r www/html want/srv/www
cp -r mail/alice want/srv/mail
cp -r EFI want/boot/efi

# check_tree DIRECTORY - has the names and bytes of the directory "want"
check_tree() {
	rm -rf "$1/lost+found"
	diff -r --no-dereference want "$1" >&3 || die "$1 is another tree"
}

run_check fs2tar --system disk out.tar
grep -qF '/etc/fstab: line 5: left out gid=users: the kernel takes numbers only' \
	stderr || die "no warning of a group's name"
mkdir out
run_check tar -C out -xf out.tar
check_tree out
mkdir copied
run_check cpfromfs --system -q -i disk /. copied
check_tree copied

# The archive is the same each time, and the image is only read.
before=$(digest disk)
run_check fs2tar --system disk again.tar
check_same out.tar again.tar "another archive"
[ "$(digest disk)" = "$before" ] || die "the disk was changed"

# ---- What was left out, and why ----

run_check fs2tar -v --system disk - >again.tar
for line in 'system: 2, Test 1 is mounted as /' \
		'system: 3 is mounted on /home' \
		'system: 4 is mounted on /srv/mail' \
		'left out /swapfile: swap' \
		'left out /tmp: not on a disk' \
		'left out /mnt/x: on the network' \
		'left out /mnt/x: a bind mount' \
		'left out /mnt/x: noauto' \
		'left out /mnt/no: no volume is UUID=aaaaaaaa-'; do
	grep -qF "$line" stderr || die "does not say: $line"
done
check_same out.tar again.tar "another archive with -v"

# ---- lklfs ----

run_check lklfs cat --system disk /srv/www/html/index /home/alice/name >text
check_text text "html
alice"
run_check lklfs os --system disk >text
grep -q 'Test 1' text || die "another system: $(cat text)"
run_check lklfs df --json --system disk >text
python3 - <<-'EOF' || die "df: $(cat text)"
	import json
	mounts = {}
	for line in open("text"):
	    entry = json.loads(line)
	    mounts[entry["mount"]] = entry["type"]
	assert mounts == {"/": "ext4", "/home": "xfs", "/boot/efi": "vfat",
	                  "/srv/www": "btrfs", "/srv/mail": "btrfs"}, mounts
EOF
run_check lklfs df --system disk >text
grep -q ' /boot/efi$' text || die "df: $(cat text)"

# What is written reaches each file system; "ro" of fstab holds.
echo new >new
run_check lklfs write --system disk /home/alice/new <new
run_check lklfs write --system disk /boot/efi/new <new
run_check lklfs write --system disk /etc/new <new
run_mustfail 1 'Read-only file system' \
	lklfs write --system disk /srv/mail/new <new
run_check cpfromfs -i disk -P 3 /alice/new got
check_same new got "nothing was written to /home"
run_check cpfromfs -i disk -P 1 /new got
check_same new got "nothing was written to the ESP"
run_check lklfs rm --system disk /home/alice/new /boot/efi/new /etc/new

# All file systems are trimmed, each once: the bytes of deleted files become holes.
head -c 8M /dev/urandom >large
for name in /home/large /srv/large /srv/www/large; do
	run_check lklfs write --system disk $name <large
done
run_check lklfs rm --system disk /home/large /srv/large /srv/www/large
before=$(stat -c %b disk)
run_check lklfs trim --system disk >text
[ "$(sed 's/: .* bytes) trimmed$//' text | sort | tr '\n' ' ')" = \
	"/ /boot/efi /home /srv/www " ] || die "trim: $(cat text)"
freed=$((before - $(stat -c %b disk)))
[ $freed -gt $((22 << 11)) ] || die "trim: only $freed blocks less"
run_check lklfs trim --json --system disk >text
grep -qx '{"mount":"/home","trimmed":[0-9]*}' text || die "trim: $(cat text)"

# Between file systems nothing is linked.
run_mustfail 1 'link' lklfs ln --system disk /etc/motd /home/motd
run_mustfail 2 '--system is only for cpfromfs' cptofs --system -i disk new /
run_mustfail 1 'leave out --partition' fs2tar --system -P 2 disk out.tar
run_mustfail 1 'leave out --type' fs2tar --system -t ext4 disk out.tar

# ---- Inode numbers are unique within a file system only ----

make_root linked "Test 2"
mkdir linked/a
echo one >linked/a/1
ln linked/a/1 linked/a/2
echo 'LABEL=twin /srv ext4' >linked/etc/fstab
make_image ext4 one 30M -d linked
cp one two
run_check tune2fs -U random -L twin two
run_check lklfs rm two /etc/fstab /etc/os-release /usr/lib/os-release
rm -rf out
mkdir out
run_check fs2tar --system --disk=two one out.tar
run_check tar -C out -xf out.tar
for pair in '/a/1 /a/2' '/srv/a/1 /srv/a/2'; do
	set -- $pair
	[ "out$1" -ef "out$2" ] || die "$pair are not linked"
done
[ out/srv/a/1 -ef out/a/1 ] && die "files of two disks are linked"
[ "$(cat out/srv/a/2)" = one ] || die "another content in /srv/a"
exit 0
