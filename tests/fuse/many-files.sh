#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# many-files.sh - more files can be visited than the limit of descriptors, and
# each visit finds the right file.
#
# FUSE_FILES is the number of files; 500000 makes a long test.
# timeout: 1200

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin

count=${FUSE_FILES:-60000}
make_image ext4 image $((count / 100000 + 2))G -b 4096 -N $((count + 5000))
run_check "$programs/manyfiles" ext4 image $count
ulimit -Sn 1024
fuse_mount image mnt -o ro

find mnt/many -type f -printf '%f %s %i\n' >list || die "cannot walk"
[ "$(wc -l <list)" -eq "$count" ] || die "$(wc -l <list) files, not $count"
awk '{ n = substr($1, 6); if (length(n) != $2) print }' list >wrong
[ ! -s wrong ] || die "wrong sizes: $(head -n 3 wrong)"
[ "$(cut -d' ' -f3 list | sort -u | wc -l)" -eq "$count" ] ||
	die "inode numbers are not all different"
# Some of all of them, by their names.
for i in 1 2 $((count / 3)) $((count / 2)) $((count - 1)) $count; do
	[ "$(cat mnt/many/file-$i)" = $i ] || die "file-$i is another file"
done
(cd mnt/many && seq 1 97 "$count" | sed 's/^/file-/' | xargs cat) >content
(cd mnt/many && seq 1 97 "$count" | tr -d '\n') | cmp - content >&3 ||
	die "wrong content"
# Once more, with what the host still knows of them.
find mnt/many -type f -printf '%f %s %i\n' | cmp - list >&3 ||
	die "another list the second time"
fuse_unmount image mnt
