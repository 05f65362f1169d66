#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-passes.sh - with a size, types that need no number of files read an archive
# once; the others read it twice, and have as many inodes as there are files.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need mke2fs mkfs.xfs mkfs.btrfs zstd strace
[ -z "$INSTRUMENT" ] || skip "instrumented programs are not traced"
strace -c -o calls true 2>/dev/null || skip "strace is not allowed"

mkdir -p tree/dir
head -c 20M /dev/urandom >tree/large
for i in {1..300}; do echo $i >tree/dir/$i; done
tar -C tree -cf in.tar .
zstd -q -1 in.tar -o in.tar.zst

# reads TYPE ARCHIVE [OPTION...] - of whole buffers of the archive, by all processes
reads() {
	run_check strace -f -s 0 -e trace=read -o calls \
		tar2fs --type=$1 "${@:3}" "$2" image
	grep -c '= 262144$' calls
}

for archive in in.tar in.tar.zst; do
	for type in xfs btrfs; do
		once=$(reads $type "$PWD/$archive" --size=320M)
		run_check fs2tar image out.tar
		rm -rf out && mkdir out && tar -C out -xf out.tar
		diff -r tree out >&3 || die "$type of $archive is not the tree"
		twice=$(reads $type "$PWD/$archive")
		[ "$once" -ge 60 ] || die "$once reads of $archive"
		# The first look at one that is not compressed skips the data.
		[ $archive = in.tar ] || [ $((once * 3)) -le $((twice * 2)) ] ||
			die "$type: $once reads of $archive, $twice to fit"
	done
done
run_check tar2fs --size=64M --mkfs-options='-I 256' "$PWD/in.tar.zst" many.ext4
inodes=$(dumpe2fs -h many.ext4 2>&3 | sed -n 's/^Inode count: *//p')
[ "$inodes" -gt 300 ] || die "$inodes inodes"
# A folder with a size, and a list of names: each name once.
run_check tar2fs -v --type=xfs --size=320M tree image >list
[ "$(grep -c '^dir/300$\|/dir/300$' list)" -eq 1 ] || die "names: $(head list)"
