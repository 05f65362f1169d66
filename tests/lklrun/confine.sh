#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# confine.sh - with --confine, a program reaches no files of the host but
# those that are bound; and never the memory or the descriptors of lklrun.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs busybox
lklrun --version | grep -q '+landlock' || skip "built without Landlock"

make_system tree
mkdir tree/host
make_image ext4 image 64M -d tree -E root_owner=0:0
mkdir bound
echo seen >bound/file
echo secret >secret

runs() {
	echo "+ lklrun $*" >&3
	timeout 60 lklrun -i image "$@" >out 2>err || true
	sed 's/^/  /' out err >&3
}

# The test's own teeth: with --bind it may be read.
leak="busybox cat /proc/$$/root$PWD/secret"
runs --bind "$PWD=/host" -- /bin/sh -c "busybox cat /host/secret"
grep -q secret out || die "the file cannot be read at all"
runs -- /bin/sh -c "$leak"
! grep -q secret out || die "the program has gone through another process"
runs --confine -- /bin/sh -c "$leak"
! grep -q secret out || die "the program has read a file of the host"
runs --confine --bind "$PWD/bound=/host" -- /bin/sh -c \
	'busybox cat /host/file; echo new >/host/new; echo x >/etc/new && echo image'
printf 'seen\nimage\n' | cmp - out || die "what the program may do"
[ "$(cat bound/new)" = new ] || die "the bound folder is not written"
runs --confine --bind-read-only "$PWD/bound=/host" -- /bin/sh -c 'echo bad >/host/bad'
[ ! -e bound/bad ] || die "--bind-read-only is written"

# It executes what is bound, also at its own path, and from there.
cp "$(type -P busybox)" bound/busybox
printf '#!%s/bound/busybox sh\necho script\n' "$PWD" >bound/script
chmod 755 bound/script
runs --confine --bind-read-only "$PWD/bound" -- "$PWD/bound/busybox" sh -c \
	"echo run; $PWD/bound/script; cd $PWD/bound; ./script; ./busybox pwd
	./busybox cat $PWD/secret"
printf '%s\n' run script script "$PWD/bound" | cmp - out || die "what is bound at its own path"

# /proc is for reading: as root the settings of the host could be written.
runs -- /bin/sh -c 'echo name >/proc/self/comm && echo written'
grep -q written out || die "nothing in /proc can be written"
runs --confine -- /bin/sh -c 'echo name >/proc/self/comm && echo written
	busybox wc -l </proc/sys/kernel/core_pattern'
[ "$(cat out)" = 1 ] || die "with --confine /proc is written, or not read"

# Its parent is lklrun.
for mode in --confine --verbose; do
	runs $mode -- /bin/sh -c 'busybox cat /proc/$PPID/maps
		busybox ls /proc/$PPID/fd; busybox dd if=/proc/$PPID/mem bs=1 count=1
		kill -0 $PPID && echo alive'
	[ "$(cat out)" = alive ] || die "the program looks into lklrun"
done

# Nor on ways that lklrun goes for the program: from a working directory, through a
# link of the image, below a folder of the host that is seen elsewhere.
look='busybox cat $p/maps; busybox head -c 9 $p/task/$PPID/maps; busybox ls $p/fd
	busybox ls -l $p/fd/0; for f in 3 4 5 6 7 8; do
		busybox dd if=$p/fd/$f bs=1 count=1; busybox dd of=$p/fd/$f count=0
	done; busybox readlink $p/exe'
for mode in --confine --verbose "--at=/mnt --fake-root"; do
	root=
	[ "${mode#--at}" = "$mode" ] || root=/mnt
	runs $mode -- $root/bin/busybox sh -c "busybox() { $root/bin/busybox \"\$@\"; }
		cd /proc && p=\$PPID && $look
		p=self && busybox cat \$p/maps | busybox grep -c stack"
	[ "$(cat out)" = 1 ] || die "$mode: from /proc: $(cat out)"
	runs $mode -- $root/bin/busybox sh -c "busybox() { $root/bin/busybox \"\$@\"; }
		busybox ln -s /proc $root/root/proc; p=$root/root/proc/\$PPID && $look"
	[ ! -s out ] || die "$mode: through a link: $(cat out)"
done
for mode in --verbose --confine; do
	runs $mode --bind /=/host -- /bin/sh -c "p=/host/proc/\$PPID && $look
		p=/host/proc/self && busybox cat \$p/comm
		ln -s /host/proc/\$PPID /tmp/x; p=/tmp/x && $look"
	[ "$(cat out)" = busybox ] || die "$mode: below a bind: $(cat out)"
done
exit 0
