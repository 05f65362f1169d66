#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# basics.sh - lklrun runs static and dynamic programs and scripts of an image, with
# its own exit status and signals; what they write is in the image.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs e2fsck debugfs busybox

make_system tree
mkdir -p tree/host tree/work
printf '#!/bin/busybox sh\necho "script $0 $@"\n' >tree/script
printf '#!/script first\n' >tree/nested
chmod 755 tree/script tree/nested
make_image ext4 image 64M -d tree -E root_owner=0:0

# runs STATUS COMMAND... - lklrun must end with this status
runs() {
	local want=$1 status

	shift
	echo "+ lklrun $*" >&3
	timeout 60 lklrun "$@" >out 2>err
	status=$?
	sed 's/^/  /' out err >&3
	[ $status -eq "$want" ] || die "exit status $status, not $want"
}

prints() {
	[ "$(cat out)" = "$1" ] || die "the output is not: $1"
}

says() {
	grep -qF -e "$1" err || die "the message is not: $1"
}

sh() {
	runs 0 -i image -- /bin/sh -c "$1"
}

# ---- Programs ----

runs 0 -i image -- /bin/busybox echo hello
prints hello
runs 0 -i image -- /bin/bash -c 'echo "dynamic $0"' zero
prints 'dynamic zero'
runs 0 -i image -- /script one two
prints 'script /script one two'
runs 0 -i image -- /nested one
prints 'script /script first /nested one'
runs 0 -i image -- busybox readlink /proc/self/exe
prints /bin/busybox
runs 0 -i image -C /work -- busybox pwd
prints /work
# With --at also one of the host, and one below the current one.
mkdir -p folder/below
for folder in folder "$PWD/folder" "/mnt/work/../..$PWD/folder"; do
	runs 0 -i image --at=/mnt -C "$folder" -- sh -c 'pwd -P; ls'
	prints "$PWD/folder"$'\n'below
done
echo text >folder/file
runs 0 -i image --at=/mnt -- sh -c "cat /mnt/work/../..$PWD/folder/file"
prints text
runs 0 -i image --at=/mnt -C /mnt/work -- sh -c 'pwd -P'
prints /mnt/work
for folder in /nosuch folder/nosuch /mnt/nosuch; do
	runs 125 -i image --at=/mnt -C "$folder" -- sh -c 'echo started'
	prints ''
	says "lklrun: cannot work in $folder: No such file or directory"
done
runs 125 -i image -C /nosuch -- busybox pwd
says 'lklrun: cannot work in /nosuch: No such file or directory'
PATH=/bin:/usr/bin:$(dirname "$(command -v lklrun)") \
	runs 0 -i image -- /bin/sh -c 'echo "$PATH"'
grep -q '^/bin:.*:/usr/local/sbin:/usr/sbin:/sbin$' out ||
	die "PATH lacks root's programs"
runs 7 -i image -- /bin/sh -c 'exit 7'
runs 143 -i image -- /bin/sh -c 'kill -TERM $$'
runs 127 -i image -- /bin/nothing
says 'No such file or directory'
runs 126 -i image -- /etc/motd
says 'Permission denied'

# ---- Processes, pipelines and identity ----

sh 'for i in 1 2 3; do (echo $i; /bin/busybox sleep 0.01) & done; wait; echo end'
[ "$(wc -l <out)" -eq 4 ] || die "children"
sh 'busybox seq 1000 | busybox grep 7 | busybox wc -l'
prints 271
runs 0 -i image -- /bin/bash -c 'cat <(echo substitution)'
prints substitution
sh 'busybox id -u; echo x >/work/owned; busybox chown 12:34 /work/owned
    busybox stat -c %u:%g:%a /work/owned'
prints "0
12:34:644"
run_check debugfs -R 'stat /work/owned' image >stat
grep -q 'User: *12 *Group: *34' stat || die "the owner is not in the image"

# ---- Files ----

sh 'cd /work; echo one >f; exec 5<>f; echo two >>f; busybox cat f; read x <&5
    echo "read $x"; echo three >&5; busybox cat f; busybox wc -c <f
    busybox mv f g; busybox ln g h; busybox ln -s g s; busybox cat s
    busybox stat -c %h g; busybox rm h; umask 077; echo >private
    busybox stat -c %a private'
prints 'one
two
read one
one
three
10
one
three
2
600'
# A file that is open and deleted, a hole, a truncation.
sh 'cd /work; exec 3>gone; echo text >&3; busybox rm gone; echo more >&3
    busybox dd if=/dev/zero of=sparse bs=1 count=1 seek=9999999 2>/dev/null
    busybox truncate -s 5000000 sparse; busybox stat -c %s sparse'
prints 5000000
run_check e2fsck -fn image >fsck
run_check debugfs -R 'cat /work/g' image >g
printf 'one\nthree\n' | cmp - g || die "the file in the image"
run_check debugfs -R 'stat /work/sparse' image >stat
grep -q 'Size: 5000000' stat && grep -q 'Blockcount: 0' stat ||
	die "the hole in the image"

# ---- Fifos, devices, a terminal's absence ----

sh 'cd /work; busybox mkfifo pipe; (echo through >pipe) & busybox cat pipe; wait'
prints through
sh 'echo gone >/dev/null; busybox head -c 5 /dev/zero | busybox wc -c'
prints 5

# ---- Places ----

echo outside >outside
runs 0 -i image --bind "$PWD/outside=/etc/motd" -- busybox cat /etc/motd
prints outside
runs 0 -i image --bind "$PWD=/host" -- /bin/sh -c 'echo changed >/host/outside'
[ "$(cat outside)" = changed ] || die "the folder of the host"
runs 0 -i image --at="$PWD" -- /bin/cat "$PWD/etc/motd"
prints 'of the image'
runs 0 -i image -r -- /bin/sh -c 'echo x >/work/new; busybox cat /etc/motd'
grep -q 'Read-only' err || die "a read-only image"
cp image before
runs 0 -i image --snapshot -- /bin/sh -c 'echo x >/work/new && cat /work/new'
cmp image before || die "--snapshot changed the image"

# ---- What goes wrong ----

runs 125 -- /bin/true
says 'no image given'
runs 125 -i nothing -- /bin/true
says 'nothing: cannot open'
runs 125 -i image
says 'no program given'
runs 125 -i image --root --at=/mnt -- /bin/true
says 'exclude each other'
runs 125 -i image --bind /nothing -- /bin/true
says '/nothing'
# A file that was removed gives back its room at once.
sh 'for i in 1 2 3; do
	busybox dd if=/dev/zero of=/work/large bs=1M count=30 conv=fsync 2>/dev/null || echo full
	busybox cat /work/large >/dev/null; busybox rm /work/large; done; echo done'
prints done
# There is no room: the program is told at fsync, lklrun says so in any case.
runs 125 -i image -- /bin/sh -c 'busybox dd if=/dev/zero of=/work/big bs=1M \
	count=80 conv=fsync; echo "dd $?"'
prints 'dd 1'
says 'No space left on device'
says 'cannot be written to the image'
run_check e2fsck -fn image >fsck
# Refused calls are named once.
runs 1 -v -i image -- busybox mount -t tmpfs none /work
says 'mount is not supported'
exit 0
