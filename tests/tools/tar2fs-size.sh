#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-size.sh - an image is at most 5 % larger than the smallest into which
# the same inputs go, and --free leaves the room that it says.

. "$top_srcdir/tests/helpers/lib-cp.sh"

# Many small files; few large ones; nothing; names and links; all of it.
mkdir -p small large empty names mixed
for d in {1..40}; do
	mkdir small/$d
	for f in {1..100}; do
		echo "$d $f" >small/$d/file-$f
	done
done
for n in 1 2 3; do
	head -c $((n * 30000000)) /dev/urandom >large/$n
done
for n in {1..600}; do
	ln -s "$(printf 'x%.0s' {1..150})" names/link-$n
	: >names/empty-$(printf 'y%.0s' {1..200})-$n
done
cp -r small large names mixed

# check_smallest TYPE TREE LEAST - the image cannot be 5 % smaller; LEAST is
# the smallest that mkfs makes
check_smallest() {
	local type=$1 tree=$2 least=$3 size less

	run_check tar2fs --type=$type $tree image
	check_clean $type image
	size=$(stat -c %s image)
	less=$((size * 95 / 100 / 4096 * 4096))
	echo "$type $tree: $size" >&3
	if [ $less -lt $least ]; then
		[ $size -le $((least + least / 20 + 65536)) ] ||
			die "$type, $tree: $size bytes, $least are possible"
		return
	fi
	run_any tar2fs --type=$type --size=$less $tree less &&
		die "$type, $tree: $size bytes, but $less are enough"
	[ -n "$(cat stderr)" ] || die "fails silently"
}

for tree in small large empty names mixed; do
	check_smallest ext4 $tree $((256 << 10))
	check_smallest ext2 $tree $((256 << 10))
	check_smallest xfs $tree $((300 << 20))
	check_smallest btrfs $tree 114294784
done
check_smallest vfat large $((64 << 10))

# free_of IMAGE - bytes that are free for users of the ext4 in it
free_of() {
	dumpe2fs -h "$1" 2>/dev/null | awk -F: '
		$1 == "Free blocks" { free = $2 }
		$1 == "Reserved block count" { reserved = $2 }
		$1 == "Block size" { size = $2 }
		END { printf "%d\n", (free - reserved) * size }'
}

run_check tar2fs --free=50M mixed image.ext4
got=$(free_of image.ext4)
echo "--free=50M: $got" >&3
# ext4 keeps 2 % of the image back, and 5 % is the accuracy.
size=$(stat -c %s image.ext4)
[ "$got" -ge $((50 << 20)) ] && [ "$got" -le $(((50 << 20) + size * 7 / 100)) ] ||
	die "--free=50M leaves $got"
run_check tar2fs --free=40% mixed image.ext4
got=$(free_of image.ext4)
size=$(stat -c %s image.ext4)
[ $((got * 100 / size)) -ge 38 ] && [ $((got * 100 / size)) -le 47 ] ||
	die "--free=40% leaves $got of $size"

# --dry-run finds the same size, and makes nothing.
run_check tar2fs mixed image.ext4
size=$(stat -c %s image.ext4)
rm -f image.ext4 image
run_check tar2fs --dry-run mixed image.ext4
[ ! -e image.ext4 ] || die "--dry-run makes an image"
said=$(sed -n 's/.*(\([0-9]*\) bytes)$/\1/p' stderr)
[ "$said" -ge $((size * 95 / 100)) ] && [ "$said" -le $((size * 105 / 100)) ] ||
	die "--dry-run says $said, not $size"
run_mustfail 1 'image.ext4: too small: the files need about' \
	tar2fs --dry-run --size=$((size / 2)) mixed image.ext4
for type in ext4 xfs btrfs; do
	run_check tar2fs --dry-run --type=$type --size=2G mixed image
	[ ! -e image ] || die "--dry-run makes an image"
done
