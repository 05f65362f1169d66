#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# host-written.sh - fs2tar reads file systems that the host's kernel wrote,
# whether they were unmounted or not.

. "$top_srcdir/tests/helpers/lib-root.sh"
need setcap setfattr setfacl

# Files that only root can make.
fill() {
	"$images/plain-tree.sh" "$1/plain" || die "cannot make a tree"
	(
		cd "$1" || exit
		cp /bin/true program && setcap cap_net_raw+ep program &&
			setfattr -n trusted.test -v value program &&
			setfattr -n security.test -v value program &&
			mknod null c 1 3 && mknod disk b 259 70000 &&
			touch owned && chown 3000000000:2147483648 owned &&
			setfacl -m u:7:rx,g:4000000000:w owned &&
			head -c 30000000 /dev/urandom >large &&
			fallocate -p -o 5000000 -l 10000000 large &&
			mkdir many && cd many && seq 5000 | xargs touch
	) || die "cannot fill $1"
	sync -f "$1"
}

for pair in 'ext4 200M' 'xfs 320M' 'btrfs 300M'; do
	set -- $pair
	make_image $1 image $2
	host_mount $1 image mnt rw
	fill mnt
	# As after a crash: the journal is not empty.
	cp --sparse=always image dirty
	host_umount mnt
	host_mount $1 image mnt
	run_check fs2tar --sort=name image archive.tar
	check_as_host archive.tar mnt
	run_check tar --compare --numeric-owner -f archive.tar -C mnt
	before=$(digest dirty)
	run_check fs2tar --sort=name dirty archive.tar
	check_as_host archive.tar mnt
	run_check tar --compare --numeric-owner -f archive.tar -C mnt
	[ "$(digest dirty)" = "$before" ] || die "$1: the image was changed"
	host_umount mnt
done
