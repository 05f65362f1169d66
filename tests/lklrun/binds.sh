#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# binds.sh - folders of the host in an image: what may be written there, where a path
# ends, and what the image gets.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need busybox mke2fs e2fsck

make_applets
mkdir -p root/mnt/folder host/folder
echo host >host/file
ln -s /etc/image host/link
ln -s ../outside host/escape
echo outside >outside
echo image >root/etc/image
make_image ext4 image 32M -d root
cp image before

# The same at another path, and at its own: then the host makes most calls itself.
for path in /shared "$PWD/host"; do
	binds=(--bind-read-only "$PWD/host=$path")
	cat >job <<EOF
cd $path || exit
cat file link
cat escape 2>&1
ls | sort
for job in 'echo >new' 'echo >file' 'echo >>file' 'mkdir new' 'rm file' \
	'mv file new' 'ln file new' 'ln -s file new' 'chmod 600 file' 'touch file' \
	'truncate -s 0 file' 'rmdir folder' 'mkfifo new'; do
	(eval "\$job") >result 2>&1 && echo "allowed: \$job"
	(eval "\$job") 2>&1 | grep -q 'Read-only file system' ||
		echo "another error: \$job"
done
cat file
EOF
	sed -i 's/>result/>\/tmp\/result/' job
	cp before image
	run_check lklrun -i image "${binds[@]}" -- /bin/sh -c "$(cat job)" >out
	check_text out "$(printf '%s\n' host image \
		"cat: can't open 'escape': No such file or directory" \
		escape file folder link host)"
	[ "$(ls host | wc -l)" = 4 ] || die "it wrote to the host"
done

# With --bind it may, and the host has the files at once.
cp before image
run_check lklrun -i image --bind "$PWD/host=/shared" -- /bin/sh -c \
	'echo new >/shared/new && mv /shared/folder /shared/moved &&
	mv /shared/new /etc/moved && cd /shared/moved/../.. && pwd' >out
check_text out /
[ -d host/moved ] && [ ! -e host/new ] || die "other files on the host"
run_check e2fsck -fn image >&3
run_check lklfs cat image /etc/moved >moved
check_text moved new

# A mount point cannot be removed; one that is missing is made.
run_check lklrun -i image --bind "$PWD/host=/mnt/folder" -- /bin/sh -c \
	'rmdir /mnt/folder 2>&1; mv /mnt/folder /mnt/other 2>&1; ls /mnt/folder' >out
grep -c busy out | grep -qx 2 || die "$(cat out)"
grep -qx file out || die "$(cat out)"
run_check lklrun -i image --bind "$PWD/host/file=/new/place" -- \
	/bin/cat /new/place >out
check_text out host
lklrun -i image --at=/mnt --bind "$PWD/host=/elsewhere" -- /bin/true 2>stderr
[ $? = 125 ] || die "a bind outside of the image is no error"
grep -q '/elsewhere is not a place in the image, which is at /mnt: with' stderr || die "$(cat stderr)"
run_check e2fsck -fn image >&3
