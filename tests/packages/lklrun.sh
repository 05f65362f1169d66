#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lklrun.sh - in a Debian that is in an image, lklrun apt-get install does what it does
# in a chroot on a loop mount: the same files, owners, modes and contents, and a sound
# file system.  dpkg --verify finds nothing.
#
# timeout: 1200
# needs: root

. "$top_srcdir/tests/helpers/lib-root.sh"
need mmdebstrap e2fsck

mmdebstrap --quiet --variant=minbase --mode=root --include=ca-certificates \
	stable rootfs.tar http://deb.debian.org/debian 2>mmdebstrap.log || {
	tail -n 5 mmdebstrap.log >&3
	skip "mmdebstrap cannot make an archive here"
}
run_check tar2fs --type=ext4 --size=1200M rootfs.tar inside.ext4
cp --sparse=always inside.ext4 outside.ext4

# Users and groups are made, triggers run, and alternatives set.
cat >install <<'EOF'
set -e
export DEBIAN_FRONTEND=noninteractive
# No daemons: the chroot is unmounted afterwards.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
apt-get update -q
apt-get install -q -y --no-install-recommends cron sudo vim-tiny man-db openssh-client
dpkg --verify
rm -rf /var/lib/apt/lists/* /var/cache/apt/*
EOF
run_check cptofs -i inside.ext4 install /root/install
run_check cptofs -i outside.ext4 install /root/install
run_check lklrun -i inside.ext4 --bind /etc/resolv.conf -- \
	/bin/sh /root/install >inside.log

host_mount ext4 outside.ext4 mnt rw
for folder in proc dev; do
	run_check mount --bind /$folder mnt/$folder
	mounts=("$PWD/mnt/$folder" "${mounts[@]}")	# unmounted first
done
cp /etc/resolv.conf mnt/etc/resolv.conf
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
	chroot mnt /bin/sh /root/install >outside.log 2>&1 || {
	tail outside.log >&3
	die "apt-get in the chroot"
}
for folder in mnt/dev mnt/proc mnt; do
	host_umount $folder
done

run_check e2fsck -fn inside.ext4 >fsck
# Logs and caches have times and numbers of inodes in them.
list() {
	fs2tar --exclude ./lost+found --exclude ./var/log --exclude ./var/cache \
		--exclude ./etc/resolv.conf --exclude './var/backups' "$1" |
	python3 -c '
import sys, tarfile
for m in tarfile.open(fileobj=sys.stdin.buffer, mode="r|"):
    kind = "file" if m.isreg() or m.islnk() else m.type
    print(m.name, oct(m.mode), m.uid, m.gid, kind, m.linkname if m.issym() else "")
' | sort
}
list inside.ext4 >inside
list outside.ext4 >outside
[ "$(wc -l <inside)" -gt 5000 ] || die "not much of a system"
diff inside outside >&3 || die "other files, owners or modes"
# A random number, too.
run_check cpfromfs -i inside.ext4 / inside.d
run_check cpfromfs -i outside.ext4 / outside.d
diff -r --no-dereference -x log -x cache -x backups -x resolv.conf \
	-x random_seed -x machine-id inside.d outside.d >different 2>&1
grep -v '^File .* is a \|^Only in .*lost+found' different >&3 &&
	die "other contents"
exit 0
