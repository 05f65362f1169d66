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
run_mustfail 1 'into/dir: exists already' lklfs copy first:/dir second:/into

run_mustfail 1 'first: there is no /none' lklfs copy first:/none second:/none
run_mustfail 1 'nodir/x: cannot write: No such file' lklfs copy first:/dir second:/nodir/x
run_mustfail 1 'nothere' lklfs copy nothere:/x second:/x
[ "$(wc -l <stderr)" -eq 1 ] || die "says more than why"
run_mustfail 1 'nothere' lklfs copy first:/dir nothere:/x
run_mustfail 2 'not IMAGE:/PATH: first' lklfs copy first second:/x
run_mustfail 2 'name a file' lklfs copy first:/ second:/x
make_image ext4 small 1M
run_mustfail 1 '/dir: not everything was copied' lklfs copy first:/dir small:/dir
run_check lklfs ls -A small >got
check_text got lost+found
run_check lklfs ls -A second >got
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
