#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# system-damaged.sh - a damaged disk with a system on it crashes nothing, and each
# failure is told.
#
# SYSTEM_DAMAGED is the number of disks.

. "$top_srcdir/tests/helpers/lib.sh"
. "$helpers/lib-system.sh"

need sfdisk mkfs.xfs mkfs.vfat

make_root root "Test 1"
cat >root/etc/fstab <<-EOF
	LABEL=ESP /boot vfat umask=0077
	LABEL=homes /home xfs defaults
	LABEL=b /srv btrfs subvol=data
EOF
mkdir -p tree/data/dir
seq 10000 | tee root/home/hidden >tree/data/dir/lines
tar -C tree -cf tree.tar .
make_disk good 900M <<-EOF
	size=40M, type=uefi
	size=40M, type=linux
	size=320M, type=linux
	size=200M, type=linux
EOF
make_image vfat p 40M -n ESP
put_partition good 1 p
make_image ext4 p 40M -d root
put_partition good 2 p
make_image xfs p 320M -L homes
put_partition good 3 p
run_check tar2fs --type=btrfs --size=200M --label=b --subvolume=data tree.tar p
put_partition good 4 p
run_check fs2tar --system good out.tar

failed=0
for seed in $(seq "${SYSTEM_DAMAGED:-12}"); do
	cp --sparse=always good disk
	# The tables and superblocks as well as the rest.
	"$images/damage" "$seed" disk >&3 || die "cannot damage"
	before=$(digest disk)
	for more in "" --degraded; do
		timeout -k 5 60 fs2tar --system $more disk out.tar 2>stderr
		status=$?
		head -n 3 stderr | cut -c 1-200 >&3
		check_no_crash $status "seed $seed"
		[ $status -le 1 ] || die "seed $seed: exit status $status"
		[ $status = 0 ] || [ -s stderr ] || die "seed $seed: fails silently"
		failed=$((failed + status))
	done
	[ "$(digest disk)" = "$before" ] || die "seed $seed: the disk was changed"
done
[ "$failed" -gt 0 ] || die "not much of a test"
exit 0
