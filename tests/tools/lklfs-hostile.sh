#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lklfs-hostile.sh - hostile and damaged images: no command leaves the image through
# a link, none crashes or hangs, and each says which file is wrong.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs debugfs

echo secret >outside
mkdir -p tree/dir tree/etc
here=$PWD
ln -s "$here/outside" tree/absolute
ln -s ../../../../../../../../../../../../../../../../../../../../../../../../$here/outside tree/up
ln -s loop tree/loop
ln -s "$here" tree/folder
ln -s /dev/null tree/etc/passwd
echo inside >tree/dir/file
make_image ext4 image 32M -d tree
# A directory that contains the root directory.

debugfs -w -R 'link <2> /dir/root' image >&3 2>&1
cp image good

run_mustfail 1 'absolute: cannot open' lklfs cat image absolute
run_mustfail 1 'up: cannot open' lklfs cat image up
run_mustfail 1 'folder/outside: cannot open' lklfs cat image folder/outside
run_mustfail 1 'loop: cannot open: Too many' lklfs cat image loop
run_mustfail 1 'dir/../../../../' lklfs cat image "dir/../../../../$here/outside"
run_mustfail 1 'absolute: cannot write: No such file' lklfs write image absolute </dev/null
run_mustfail 1 'cannot make directory' lklfs mkdir image folder/new
run_mustfail 1 'cannot touch' lklfs touch image up
[ "$(cat outside)" = secret ] || die "a file of the host was changed"
[ ! -e new ] || die "a directory of the host was made"
# A loop of directories ends, with an error.
cp good image
run_mustfail 1 'dir/root: cannot stat' lklfs find image
run_mustfail 1 'dir/root: cannot stat' lklfs ls -R image
run_mustfail 1 'dir/root: cannot stat' lklfs du image
run_mustfail 2 'dir/root: cannot stat' lklfs diff image image

# Damage: commands end, with 0 or with an error that names something.
mkdir -p many/{1..8}/{a..c}
for file in many/*/*; do
	seq 300 >$file/numbers
	ln -s numbers $file/link
done
make_image ext4 sound 16M -d many
for seed in {1..12}; do
	cp sound image
	"$images/damage" $seed image >&3 || die "cannot damage"
	before=$(digest image)
	for command in 'list' 'ls -lR' 'find / -size +1k' 'hash -r' 'mtree' 'os' \
		'diff sound' 'du -a' 'stat --json 1/a/link 2'; do
		set -- $command
		timeout -k 5 60 lklfs $1 image "${@:2}" >output 2>stderr </dev/null
		status=$?
		check_no_crash $status "seed $seed: $command"
		[ $status -eq 0 ] || [ $status -eq 1 ] || [ "$1" = diff ] ||
			die "seed $seed: exit status $status of $command"
		[ $status -eq 0 ] || [ -s stderr ] || [ "$1" = diff ] ||
			die "seed $seed: $command fails silently"
	done
	[ "$(digest image)" = "$before" ] || die "seed $seed: the image was changed"
	timeout -k 5 60 lklfs rm -r image 1 2 3 2>stderr
	check_no_crash $? "seed $seed: rm"
done
