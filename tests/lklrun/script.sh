#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# script.sh - a static shell and a thousand file operations: the same on an image that
# is the root directory, on one that is a folder of the host, and on the host.

. "$top_srcdir/tests/helpers/lib.sh"
need busybox mke2fs e2fsck
. "$top_srcdir/tests/helpers/lib-run.sh"

cat >operations.sh <<'EOF'
umask 022
try() { "$@" 2>&1; echo "= $? $*"; }
n=0
while [ $n -lt 60 ]; do
	d=d$((n % 7)); f=f$((n % 11))
	try mkdir $d
	try mkdir -p $d/sub/deep$n
	echo "text $n" >$d/$f
	echo "more $n" >>$d/$f
	try cat $d/$f
	try ln $d/$f $d/hard$((n % 5))
	try ln -s ../$d/$f $d/soft$((n % 5))
	try cat $d/soft$((n % 5))
	try mv $d/$f $d/sub/$f
	try cp $d/sub/$f $d/copy$n
	try chmod $((6 + n % 2))4$((n % 8)) $d/copy$n
	try stat -c '%a %h %s %F' $d/copy$n $d/hard$((n % 5))
	try dd if=/dev/zero of=$d/hole bs=1 count=3 seek=$((n * 1000)) \
		conv=notrunc status=none
	try stat -c %s $d/hole
	try truncate -s $((n * 77)) $d/copy$n
	try touch -d '2001-02-03 04:05:06' $d/copy$n
	try stat -c %Y $d/copy$n
	try rm -f $d/hard$(((n + 1) % 5))
	try rmdir $d/sub
	try test -e $d/soft$((n % 5))
	try readlink $d/soft$((n % 5))
	try mkfifo $d/fifo
	[ $((n % 13)) -ne 12 ] || try rm -r $d
	n=$((n + 1))
done
cd d1/sub && pwd | sed 's,.*/d1,d1,'
cd ../..
mkfifo pipe; seq 100 >pipe & sort -n <pipe | tail -n 1; wait
for i in 1 2 3 4; do (echo $i >>together) & done; wait; sort -o together together
exec 5<>d1/held; rm d1/held; echo kept >&5; cat /proc/self/fd/5
find . | sort
find . -type f | sort | xargs md5sum
find . -type p | xargs rm	# diff cannot compare them
EOF

make_applets
busybox=$(command -v busybox)
mkdir host
(cd host && PATH=$PWD/../root/bin "$busybox" sh ../operations.sh) \
	>host.out 2>&1 </dev/null
[ "$(grep -c '^= 0' host.out)" -gt 900 ] || die "the script fails on the host"

# As the root directory, where the program is root.
cp operations.sh root
make_image ext4 root.img 64M -d root
run_check lklrun -i root.img -C /tmp -- /bin/sh /operations.sh \
	>root.out 2>&1 </dev/null
diff host.out root.out >&3 || die "another result than on the host"
run_check e2fsck -fn root.img >&3
check_tree root.img /tmp

# As a folder, where the program is its user.
make_user_image data.img 64M
run_check lklrun -i data.img --at=/mnt -- mkdir /mnt/work
run_check lklrun -i data.img --at=/mnt -C /mnt/work -- \
	env PATH="$PWD/root/bin" "$busybox" sh "$PWD/operations.sh" \
	>data.out 2>&1 </dev/null
diff host.out data.out >&3 || die "another result than on the host"
run_check e2fsck -fn data.img >&3
check_tree data.img /work

# In a folder of the host that the program sees.
mkdir shared
mkdir root/shared
make_image ext4 root.img 64M -d root
run_check lklrun -i root.img --bind "$PWD/shared=/shared" -C /shared -- \
	/bin/sh /operations.sh >shared.out 2>&1 </dev/null
diff host.out shared.out >&3 || die "another result than on the host"
diff -r --no-dereference host shared >&3 || die "other files than on the host"
