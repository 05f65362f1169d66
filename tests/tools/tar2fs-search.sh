#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-search.sh - while tar2fs searches a size, no file gets lost without a
# message, and the search ends for all inputs.

. "$top_srcdir/tests/helpers/lib-cp.sh"

# A member fails, and then the first size is too small: with clusters, small
# files need more room than tar2fs expects.
mkdir clusters
head -c 4M /dev/urandom >clusters/large
for n in {1..30}; do
	echo $n >clusters/$n
done
echo evil >evil
tar -cPf clusters.tar --transform='s,^evil$,../evil,' evil -C clusters .
run_any tar2fs --mkfs-options='-O bigalloc -C 32768' clusters.tar image.ext4 &&
	die "a member that leads out is no failure"
mkdir unpacked
run_check cpfromfs -q -i image.ext4 /. unpacked
rmdir unpacked/lost+found
diff -r clusters unpacked || die "files are lost"

# Members without their directories, as "tar -cf x.tar */f" makes them.
mkdir parents
for n in {1..600}; do
	mkdir -p parents/$((n % 20))/d$n/below
	echo $n >parents/$((n % 20))/d$n/below/f
done
(cd parents && tar -cf ../parents.tar */*/*/f)
for type in ext4 ext3 ext2 vfat; do
	run_check tar2fs -q parents.tar image.$type
	check_clean $type image.$type
	rm -rf unpacked
	mkdir unpacked
	run_check cpfromfs -q -i image.$type /. unpacked
	rm -rf unpacked/lost+found
	diff -r parents unpacked || die "$type: files are lost"
done

# These store the zeroes of a hole, or make room for them.
mkdir holes
truncate -s 40M holes/hole
echo data >holes/data
tar -C holes -c --sparse -f holes.tar . || die tar
for type in vfat exfat ntfs; do
	for input in holes holes.tar; do
		run_check tar2fs -q $input image.$type
		rm -rf unpacked
		mkdir unpacked
		run_check cpfromfs -q -i image.$type /. unpacked
		diff -r holes unpacked || die "$type: another content"
	done
done
