#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-compress.sh - files get compressed in the image if the file system is told
# so, large files too.

. "$top_srcdir/tests/helpers/lib-cp.sh"

# used IMAGE - bytes of it that btrfs uses
used() {
	btrfs check --readonly "$1" 2>&1 |
		sed -n 's/^found \([0-9]*\) bytes used.*/\1/p'
}

yes 'the same again and again' | head -c 16M >big
tar -cf big.tar big
for options in compress=zstd compress-force=lzo; do
	for source in big '--tar big.tar'; do
		make_image btrfs image 256M
		run_check cptofs --mount-options $options -i image $source /
		used=$(used image)
		[ "$used" -lt 4000000 ] ||
			die "$options: $used bytes for what compresses well"
		mkdir -p out
		run_check cpfromfs -i image /big out
		check_same big out/big "$options: not what was copied"
		rm -r out
	done
done
make_image btrfs image 256M
run_check cptofs -i image big /
[ "$(used image)" -gt 16000000 ] || die "compressed, and nobody asked for it"
