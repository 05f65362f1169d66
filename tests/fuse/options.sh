#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# options.sh - mount options: features that are turned off change no result;
# partitions, types, locks, permissions, access times; options that mount(8)
# passes on; readiness is reported to systemd.
# timeout: 1200

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
need sfdisk python3

make_fuse_image ext4 image

# A wrong command line is exit status 2, whoever finds out.
run_mustfail 2 nosuch lklfuse -o nosuch image .
run_mustfail 2 nosuch lklfuse -o max_read=65536,nosuch=1 missing .
run_mustfail 2 'no-such' lklfuse --no-such image .
run_mustfail 1 missing lklfuse missing .

# Options for speed change no result.
for options in no_cache no_writeback_cache readdirplus=no,no_cache_readdir \
		no_parallel_dirops,async_dio,no_atomic_o_trunc \
		no_async_read,no_keep_cache,max_write=65536; do
	fuse_mount image mnt -o $options
	check_semantics names mnt
	check_semantics data mnt
	run_check "$fuse/exercise" mnt 1 $TEST_SEED >&3
	rm -rf mnt/file-*
	fuse_unmount image mnt
done
fuse_mount image mnt -s
check_semantics names mnt
check_semantics locks mnt
fuse_unmount image mnt
check_clean ext4 image

# A partition, by number and by name; as the older tool had it, too.
truncate -s 700M disk
printf 'label: gpt\nstart=1MiB, size=8MiB\nstart=16MiB, size=512MiB, name=data\n' |
	sfdisk -q disk || die sfdisk
echo in-the-partition >inside
fuse_mount image mnt
cp inside mnt/inside
fuse_unmount image mnt
dd if=image of=disk bs=1M seek=16 conv=notrunc,sparse status=none
for options in '-P 2' '-o part=2' '-o partition=2' '-P PARTLABEL=data' \
		'-o partition=PARTLABEL=data,type=ext4,mb=64' \
		'-o opts=noload\,errors=continue,ro,part=2'; do
	fuse_mount disk mnt $options
	cmp inside mnt/inside >&3 || die "$options: another partition"
	fuse_unmount disk mnt
done
run_mustfail 1 '' lklfuse -P 7 "$PWD/disk" "$PWD/mnt"
is_unmounted mnt || die "mounted a partition that is not there"

# Read-only is read-only, for everybody.
before=$(digest image)
fuse_mount image mnt -o ro
for command in 'touch mnt/x' 'rm mnt/inside' 'mkdir mnt/d' \
		'chmod 600 mnt/inside' 'ln mnt/inside mnt/other'; do
	$command 2>said && die "$command: on a read-only mount"
	grep -q 'Read-only' said || die "$command: $(cat said)"
done
fuse_unmount image mnt
[ "$(digest image)" = "$before" ] || die "read-only, but changed"
# Where the image cannot be written, too.
chmod 444 image
fuse_mount image mnt -o ro
cmp inside mnt/inside >&3 || die "cannot read"
fuse_unmount image mnt
chmod 644 image

# Under the name that mount(8) calls, with what it hands over.
ln -s "$(command -v lklfuse)" mount.fuse.lklfuse
fuse_mounts+=(image)
"$PWD/mount.fuse.lklfuse" "$PWD/image" "$PWD/mnt" \
	-o rw,noauto,user,nofail,x-systemd.automount,nosuid,nodev \
	-o nodiratime,diratime,norelatime,silent,loud,mand,nomand \
	-o iversion,noiversion,X-mount.mkdir ||
	die "mount.fuse.lklfuse"
is_mounted mnt || die "not mounted"
cmp inside mnt/inside >&3 || die "cannot read"
fuse_unmount image mnt

# The largest read has to be known to both sides.
fuse_mount image mnt -o max_read=65536
timeout 60 cat mnt/inside | cmp - inside >&3 || die "max_read: cannot read"
fuse_unmount image mnt

# An option that nobody knows is named as it was written.
mkdir -p mnt
run_any lklfuse -o no_such_option "$PWD/image" "$PWD/mnt" &&
	die "took an option that does not exist"
grep -qF "\`-o no_such_option'" stderr || die "does not name the option"
grep -q 'file system go into -o opts=' stderr ||
	die "does not say where options of the file system go"
is_unmounted mnt || die "mounted with an option that does not exist"

# Access times are those of mount(8).
touch -a -d 2001-01-01 old && touch -m -d 2002-02-02 old
atime_after() {
	fuse_mount image mnt -o "$1"
	rm -f mnt/old
	cp -p old mnt/old || die cp
	sync mnt/old
	fuse_unmount image mnt
	fuse_mount image mnt -o "$1"
	cat mnt/old >/dev/null
	stat -c %X mnt/old
	fuse_unmount image mnt
}
old=$(stat -c %X old)
[ "$(atime_after noatime)" -eq "$old" ] || die "noatime changes access times"
[ "$(atime_after relatime)" -gt "$old" ] || die "relatime does not"
[ "$(atime_after strictatime)" -gt "$old" ] || die "strictatime does not"
[ "$(atime_after lazytime)" -gt "$old" ] || die "lazytime does not"

# Names where numbers are.
fuse_mount image mnt -o "uid=$(id -un),gid=$(id -gn)"
[ "$(stat -c %U:%G mnt/inside)" = "$(id -un):$(id -gn)" ] || die "names"
fuse_unmount image mnt
run_mustfail 2 'no such user' lklfuse --uid=no-such-user "$PWD/image" "$PWD/mnt"

# -h and -V, as other daemons have them.
lklfuse -h >said && cmp said <(lklfuse --help) >&3 || die "-h"
lklfuse -V >said && cmp said <(lklfuse --version) >&3 || die "-V"

# Permissions on file systems that have none.
if command -v mkfs.vfat >/dev/null; then
	truncate -s 32M fat
	mkfs.vfat fat >/dev/null || die mkfs.vfat
	fuse_mount fat mnt -o umask=027
	: >mnt/file || die "a vfat image is not the user's"
	[ "$(stat -c %u:%g:%a mnt/file)" = "$(id -u):$(id -g):750" ] ||
		die "umask: $(stat -c %u:%g:%a mnt/file)"
	fuse_unmount fat mnt
	fuse_mount fat mnt -o fmask=077,dmask=022
	[ "$(stat -c %a mnt/file)" = 700 ] || die "fmask: $(stat -c %a mnt/file)"
	[ "$(stat -c %a mnt)" = 755 ] || die "dmask: $(stat -c %a mnt)"
	fuse_unmount fat mnt
fi

# A lock of the user's choice: POSIX locks see it.
cat >lock.py <<'END'
import fcntl, sys, time
f = open(sys.argv[1], "r+")
try:
    fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    sys.exit(1)
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
END
touch a-lock
fuse_mount image mnt -o lock="$PWD/a-lock"
python3 lock.py a-lock 0 && die "the lock is not held"
fuse_unmount image mnt
python3 lock.py a-lock 0 || die "the lock is still held"
python3 lock.py a-lock 600 >locked &
holder=$!
wait_for 120 "the lock" test -s locked
timeout 120 lklfuse -o lock="$PWD/a-lock" "$PWD/image" "$PWD/mnt" 2>said &&
	die "mounted though somebody has the lock"
grep -q 'lock' said || die "does not say why: $(cat said)"
is_unmounted mnt || die "mounted though somebody has the lock"
kill $holder

# systemd is told when it answers.
cat >listen.py <<'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
s.settimeout(120)
open("listening", "w").close()
while True:
    text = s.recv(1000).decode()
    print(text, flush=True)
    if "READY=1" in text:
        print("there" if os.path.exists(sys.argv[2]) else "missing")
        break
END
python3 listen.py "$PWD/notify" "$PWD/mnt/inside" >told &
listener=$!
wait_for 120 "the listener" test -e listening
NOTIFY_SOCKET=$PWD/notify lklfuse -f "$PWD/image" "$PWD/mnt" 2>err &
daemon=$!
wait $listener || die "systemd was not told"
[ "$(tail -n 1 told)" = there ] || die "told before it answers"
fuse_unmount image mnt
wait $daemon || die "exit status $? of -f"
