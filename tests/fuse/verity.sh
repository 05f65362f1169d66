#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# verity.sh - a mount that dm-verity verifies: programs get EIO for a block that has
# changed, and the daemon names it.

. "$top_srcdir/tests/helpers/lib-fuse.sh"
need veritysetup
fuse_begin

mkdir tree mnt
seq 700000 >tree/numbers
echo hello >tree/hello
make_image ext4 image 16M -b 4096 -d tree -E root_owner="$(id -u):$(id -g)"
veritysetup format image hashes >printed || die "cannot make a hash tree"
root=$(sed -n 's/^Root hash:[[:space:]]*//p' printed)
options="--verity-root-hash=$root --verity-hash-image=$PWD/hashes"

fuse_mount image mnt $options -o ro
check_same tree/numbers mnt/numbers "another file"
run_mustfail 1 'Read-only file system' touch mnt/new
fuse_unmount image mnt
run_mustfail 1 'can only be read (lklfuse: -o ro)' lklfuse $options image mnt

at=$(LC_ALL=C grep -abom1 '^400000' image | cut -d: -f1)
printf X | dd of=image bs=1 seek="$at" conv=notrunc status=none
lklfuse -f $options -o ro "$PWD/image" "$PWD/mnt" 2>messages &
process=$!
wait_for 10 "a mount" is_mounted mnt
check_text mnt/hello hello
run_mustfail 1 'Input/output error' cat mnt/numbers >got
fusermount3 -u mnt || umount mnt
wait $process
[ $? -eq 1 ] || die "exit status $?"
cat messages >&3
grep -qF "image: block $((at / 4096)) of the verified data" messages ||
	die "does not name the block: $(cat messages)"
grep -qF 'may be in the image' messages && die "speaks of writes: $(cat messages)"
:
