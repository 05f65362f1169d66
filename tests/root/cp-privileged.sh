#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-privileged.sh - root copies all that only root can have into an image and
# out of it, though the tools have neither CAP_SYS_ADMIN nor CAP_MKNOD.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need setfattr getfattr

mkdir -p tree/dir
echo text >tree/file
echo text >tree/dir/other
ln -s file tree/link
mknod tree/null c 1 3
mknod tree/block b 7 200
mknod tree/whiteout c 0 0
mkfifo tree/fifo
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("tree/socket")' ||
	die "cannot make a socket"
chmod 640 tree/null tree/fifo
chmod 4711 tree/file
for f in file link null block fifo socket dir; do
	chown -h 12:34 tree/$f
	run_check setfattr -h -n trusted.test -v "of $f" tree/$f
	run_check setfattr -h -n security.test -v "its $f" tree/$f
done
chmod 4711 tree/file
# In the past: what takes too long shows.
find tree -depth -exec touch -h -d '2001-02-03 04:05:06.789' {} +

make_image ext4 image 64M
run_check cptofs -i image tree /
run_check cpfromfs -i image /tree out
check_tree tree out
[ -z "$(find . -maxdepth 1 -name '.cpfromfs-*')" ] || die "left something"
# Single files by longer names.
for f in file link null fifo; do
	run_check cptofs -i image tree/$f /single-$f
	run_check cpfromfs -i image /single-$f single-$f
	[ "$(getfattr -h --only-values -n trusted.test single-$f)" = "of $f" ] ||
		die "trusted.test of $f"
done
mkdir into
run_check cpfromfs -i image /tree into
check_tree tree into/tree
# As they are in the image, by the host's own kernel.
if losetup -f >/dev/null 2>&1 && mkdir mnt &&
	mount -o loop,ro image mnt 2>&3; then
	tree_list tree | sort >want.tree
	tree_list mnt/tree | sort >got.tree
	umount mnt
	diff -u want.tree got.tree >&3 || die "the image is not the tree"
else
	skip_part "no loop device: the image is not compared"
fi

# An existing file loses the attributes that the source does not have.
setfattr -n trusted.old -v x out/file
run_check cpfromfs -i image -T /tree out
check_tree tree out

# Where there is no private mount, devices are errors, and only those.
"$top_builddir/tests/helpers/images/host-without" mounts \
	cpfromfs -i image /tree less 2>errors && die "devices without a mount"
[ "$(grep -c 'cannot create device: Operation not permitted' errors)" -eq 2 ] ||
	die "not two errors: $(cat errors)"
[ "$(wc -l <errors)" -eq 2 ] || die "other errors: $(cat errors)"
[ -c less/whiteout ] && [ -p less/fifo ] && [ -S less/socket ] ||
	die "not all of the rest"
