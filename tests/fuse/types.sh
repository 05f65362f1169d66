#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# types.sh - files of all sizes keep their data on every type of file system,
# with and without direct I/O, and on read-only types.

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
need python3

mkdir -p tree/dir mnt
for size in 0 1 511 512 4095 4096 4097 20000 131072 131073 3000000; do
	head -c $size /dev/urandom >tree/dir/random-$size
	yes 'all work and no play' | head -c $size >tree/text-$size
done

cat >scattered.py <<'END'
import os, random, sys

random.seed(1)
for name in os.listdir(sys.argv[1]):
    path = os.path.join(sys.argv[1], name)
    if not os.path.isfile(path):
        continue
    want = open(path, "rb").read()
    fd = os.open(os.path.join(sys.argv[2], name), os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
    for _ in range(50):
        at = random.randrange(len(want) + 5000)
        n = random.choice((1, 100, 4096, 10000))
        if os.pread(fd, n, at) != want[at:at + n]:
            sys.exit(f"{name}: other bytes at {at}")
    os.close(fd)
END

check_tree() {
	run_check python3 scattered.py tree/dir mnt/dir
	run_check python3 scattered.py tree mnt
	run_check diff -r -x lost+found tree mnt
}

# check_read_only TYPE - reads what a tool of its own has made
check_read_only() {
	fuse_mount image mnt -o ro
	check_tree
	fuse_unmount image mnt
	echo "ok $1" >&3
}

# check_type TYPE SIZE [MKFS-OPTION...], with mount options in $options
check_type() {
	local type=$1

	make_image "$1" image "${@:2}"
	case $type in
	vfat | exfat | ntfs)	# owners are who mounts them says
		options=uid=$(id -u)
		;;
	*)
		own_root "$type" image
		;;
	esac
	fuse_mount image mnt ${options:+-o opts="$options"}
	run_check cp -r tree/. mnt
	check_tree
	fuse_unmount image mnt
	check_read_only "$type"
}

check_type ext2 64M
owner=$(id -u):$(id -g)
check_type ext4 64M -O inline_data -I 256 -E root_owner=$owner
options=data=journal check_type ext4 64M -E root_owner=$owner
check_type xfs 320M
options=compress-force=zstd check_type btrfs 128M
options=nodatacow check_type btrfs 128M
check_type f2fs 128M
check_type udf 64M
check_type vfat 64M
check_type exfat 64M
check_type ntfs 64M
need mksquashfs mkfs.erofs genisoimage
run_check mksquashfs tree image -noappend -quiet -no-progress
check_read_only squashfs
rm image
run_check mkfs.erofs -zlz4hc image tree
check_read_only erofs
rm image
run_check genisoimage -quiet -R -o image tree
check_read_only iso9660
