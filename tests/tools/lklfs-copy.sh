#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lklfs-copy.sh - lklfs copy copies files and directories from image to image with all
# attributes, gives the copy its name only when it is complete, and leaves nothing
# behind.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs e2fsck sfdisk

mkdir -p tree/dir/sub tree/etc
seq 200000 >tree/dir/big
ln tree/dir/big tree/dir/sub/hard
truncate -s 3M tree/dir/sparse
ln -s ../big tree/dir/sub/link
mkfifo tree/dir/fifo
touch 'tree/dir/a[b]*c'
echo star >'tree/etc/x*y'
echo other >tree/etc/x1y
echo name >tree/etc/hostname
make_image ext4 first 64M
run_check cptofs -i first tree/. /
run_check lklfs chown first -R 12:34 dir/sub
make_image xfs second 400M
before=$(digest first)

run_check lklfs copy first:/dir second:/copy
run_check lklfs mtree first dir >want
run_check lklfs mtree second copy >got
check_same want got "the copy differs"
run_check lklfs mkdir second into
run_check lklfs copy first:/dir/ second:/into
run_check lklfs mtree second into/dir >got
check_same want got "the copy in a directory differs"
# One file, under a new name; a pattern is a name.
run_check lklfs copy first:/etc/hostname second:/renamed
run_check lklfs cat second renamed >got
check_text got name
run_check lklfs copy 'first:/etc/x*y' second:/into
run_check lklfs ls second into >got
check_text got "dir
x*y"
# A file is replaced, a directory is not.
run_check lklfs copy first:/etc/x1y second:/renamed
run_check lklfs cat second renamed >got
check_text got other
# The end of the process that writes is not told again by the one that reads.
run_mustfail 1 'into/dir: exists already' lklfs copy first:/dir second:/into
[ "$(wc -l <stderr)" -eq 1 ] || die "says more than why: $(cat stderr)"
run_mustfail 1 'nothere/dir: cannot write: No such file' \
	lklfs copy first:/dir second:/nothere/dir
[ "$(wc -l <stderr)" -eq 1 ] || die "says more than why: $(cat stderr)"

run_mustfail 1 'first: there is no /none' lklfs copy first:/none second:/none
run_mustfail 1 'nodir/x: cannot write: No such file' lklfs copy first:/dir second:/nodir/x
run_mustfail 1 'nothere' lklfs copy nothere:/x second:/x
[ "$(wc -l <stderr)" -eq 1 ] || die "says more than why"
run_mustfail 1 'nothere' lklfs copy first:/dir nothere:/x
run_mustfail 2 'not IMAGE:/PATH: first' lklfs copy first second:/x
run_mustfail 2 'name a file' lklfs copy first:/ second:/x
run_mustfail 2 'ends in . or ..' lklfs copy first:/dir/. second:/dot
run_mustfail 2 'ends in . or ..' lklfs copy first:/dir/sub/../ second:/dot
run_mustfail 2 'have to be different files' \
	lklfs copy -P 1 --dest-partition=2 ./first:/dir first:/dir
make_image ext4 small 1M
run_mustfail 1 '/dir: not everything was copied' lklfs copy first:/dir small:/dir
run_check lklfs ls -A small >got
check_text got lost+found
run_check lklfs find second >got
! grep lklfs-copy got >&3 || die "something is left"
run_check e2fsck -fn small >&3
[ "$(digest first)" = "$before" ] || die "the first image was changed"

# Within one image, and between two partitions of one.
run_check lklfs copy first:/dir first:/again
run_check lklfs mtree first again >got
check_same want got "the copy within an image differs"
truncate -s 140M disk
printf 'label: gpt\nstart=2048, size=131072\nstart=133120, size=131072\n' |
	sfdisk -q disk || die "sfdisk"
dd if=first of=disk bs=1M seek=1 conv=notrunc,sparse status=none
make_image ext4 empty 64M
dd if=empty of=disk bs=1M seek=65 conv=notrunc,sparse status=none
cp disk disk2
run_check lklfs copy -P 1 --dest-partition=2 disk2:/dir disk:/dir
run_check lklfs mtree -P 2 disk dir >got
check_same want got "the copy in a partition differs"

# Each image has options of its own.
{ head -c 1M /dev/zero && cat first; } >shifted
{ head -c 2M /dev/zero && cat empty; } >shifted2
run_check lklfs copy --offset=1M --type=ext4 --mount-options=noload \
	--dest-offset=2M --dest-size=64M --dest-mount-options=nodiscard \
	shifted:/dir shifted2:/dir
run_check lklfs mtree --offset=2M shifted2 dir >got
check_same want got "the copy at an offset differs"
run_mustfail 1 'no file system found' \
	lklfs copy --offset=1M shifted:/dir shifted2:/other
run_mustfail 1 'lklfs: shifted: no file system found' \
	lklfs copy --dest-offset=2M shifted:/dir shifted2:/other
run_mustfail 2 'not a size: x' \
	lklfs copy --dest-offset=x shifted:/dir shifted2:/other
run_mustfail 2 '--verity-root-hash cannot be used with two images' \
	lklfs copy --verity-root-hash="$(printf %064d 0)" first:/dir second:/other
if command -v mkfs.btrfs >&3; then
	truncate -s 128M disk-a disk-b disk-c disk-d
	run_check mkfs.btrfs -q -d single -m raid1 disk-a disk-b
	run_check mkfs.btrfs -q -d single -m raid1 disk-c disk-d
	run_check lklfs copy --dest-disk=disk-b first:/dir disk-a:/dir
	run_check lklfs copy --disk=disk-b --dest-disk=disk-d disk-a:/dir disk-c:/dir
	run_check lklfs find --disk=disk-d --json disk-c dir >got
	[ "$(grep -c '"path"' got)" = "$(find tree/dir | wc -l)" ] ||
		die "other files: $(cat got)"
else
	skip_part "no mkfs.btrfs"
fi
# An operating system: its fstab has two file systems.
mkdir -p root/etc root/data
printf 'LABEL=root / ext4 defaults 0 1\nLABEL=data /data ext4 defaults 0 2\n' \
	>root/etc/fstab
echo ID=test >root/etc/os-release
make_image ext4 part1 63M -L root -d root
make_image ext4 part2 63M -L data
truncate -s 140M system
printf 'label: gpt\nstart=2048, size=131072\nstart=133120, size=131072\n' |
	sfdisk -q system || die "sfdisk"
dd if=part1 of=system bs=1M seek=1 conv=notrunc,sparse status=none
dd if=part2 of=system bs=1M seek=65 conv=notrunc,sparse status=none
run_check lklfs copy --dest-system first:/dir system:/data
run_check lklfs mtree -P LABEL=data system dir >got
check_same want got "the copy in an operating system differs"
run_check lklfs copy --system system:/data/dir second:/from-system
run_check lklfs mtree second from-system >got
check_same want got "the copy from an operating system differs"
if command -v qemu-img >&3; then
	run_check qemu-img convert -O qcow2 first first.qcow2
	run_check qemu-img convert -O qcow2 empty empty.qcow2
	run_check lklfs copy --format=qcow2 --dest-format=qcow2 \
		first.qcow2:/dir empty.qcow2:/dir
	run_check lklfs mtree empty.qcow2 dir >got
	check_same want got "the copy in a qcow2 image differs"
else
	skip_part "no qemu-img"
fi
if command -v cryptsetup >&3 && [ -x "$top_builddir/lkl/lkl-luks-key" ]; then
	make_image ext4 large 32M -b 4096
	run_check cptofs -i large tree/. /
	run_check lklfs chown large -R 12:34 dir/sub
	for n in 1 2; do
		printf 'passphrase %s' $n >key$n
		"$top_srcdir/tests/helpers/images/luks-encrypt" key$n large luks$n \
			--type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 ||
			die "cannot encrypt"
	done
	run_check lklfs copy --key-file=key1 --dest-key-file=key2 luks1:/dir luks2:/b
	lklfs copy --key-fd=5 --dest-key-fd=6 luks1:/dir luks2:/c 5<key1 6<key2 ||
		die "keys from descriptors"
	for name in b c; do
		run_check lklfs mtree --key-file=key2 luks2 $name >got
		check_same want got "the copy in an encrypted image differs"
	done
	run_mustfail 1 'luks2: ' lklfs copy --key-file=key1 luks1:/dir luks2:/d
else
	skip_part "no cryptsetup, or a build without libcryptsetup"
fi
