#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# snapshot.sh - with --snapshot cptofs works on images that it may not write
# to, and the image does not change.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs mkfs.xfs

mkdir tree
head -c 100M /dev/zero | tr '\0' x >tree/large
seq 1000 >tree/small

for type in ext4 xfs; do
	make_image $type image 400M
	chmod 444 image
	before=$(digest image)
	# More than is kept in memory.
	run_check cptofs --snapshot -i image tree/large tree/small /
	[ "$(digest image)" = "$before" ] || die "$type: it was changed"
	run_check fs2tar image out.tar
	! names out.tar | grep -q small || die "$type: it was copied"
	chmod 644 image
	run_check cptofs -i image tree/small /
	[ "$(digest image)" != "$before" ] || die "$type: nothing was written"
	# As if it had not happened.
	run_check cptofs --snapshot -i image tree/large /small
	run_check fs2tar image out.tar
	tar -xOf out.tar ./small | cmp - tree/small >&3 || die "$type: changed"
	rm image
done

# Nowhere to keep it but in memory.
make_image ext4 image 64M
TMPDIR=/no/such/directory run_check cptofs --snapshot -i image tree/small /

# An image that another program writes to is refused for reading, too, unless
# --no-lock is given.
hold_image image
run_mustfail 1 'in use' cptofs --snapshot -i image tree/small /
run_check cptofs --snapshot --no-lock -i image tree/small /
release_image
run_check cptofs --snapshot -i image tree/small /
