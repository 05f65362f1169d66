#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-ahead.sh - a thread has the host read files ahead of the copy: not too far,
# not what is excluded, and hardly any if all are in the host's cache.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need strace
[ -z "$INSTRUMENT" ] || skip "instrumented programs are not traced"
strace -c -o counts true 2>/dev/null || skip "strace is not allowed"

mkdir -p tree/{1..60}/sub
for i in {1..60}; do
	for j in {1..60}; do
		echo "$i $j" >"tree/$i/$j"
	done
	ln tree/$i/1 tree/$i/sub/link
done
deep=tree/deep
for i in {1..120}; do deep+=/d; done
run_check mkdir -p "$deep"
echo deep >"$deep/file"
mkfifo tree/fifo
head -c 9M /dev/urandom >tree/large
truncate -s 3G tree/sparse
cp -a tree want
mkdir tree/left-out
for i in {1..100}; do echo $i >tree/left-out/$i; done
touch -r want tree

# ahead_calls - of fadvise64(), in the thread and in the copy
ahead_calls() {
	awk '$NF == "fadvise64" { print $4 }' counts
}

# copy_and_count SORT [COMMAND...] - sets "calls"; the command runs just before
copy_and_count() {
	make_image ext4 image 64M
	"${@:2}"
	run_check strace -f -c -e trace=fadvise64 -o counts \
		cptofs -i image --sort="$1" --exclude=left-out tree /
	rm -rf out && mkdir out
	run_check cpfromfs -i image /tree out
	check_tree want out/tree
	calls=$(ahead_calls)
	: "${calls:=0}"
}

for sort in none name inode; do
	# Of 3,600 files.  More are read only from a disk.  On a busy machine the thread
	# may be late for most of them.
	for try in 1 2 3 4 5; do
		copy_and_count $sort
		[ "$calls" -lt 100 ] || break
	done
	[ "$calls" -ge 100 ] ||
		die "nothing is read ahead: $calls calls in try $try"
done
# What was just read is in the cache, though some hosts drop it after seconds: one file
# in 16 is opened.
read_all() {
	find tree -type f -size -100k -exec cat {} + >/dev/null
}
for try in {1..10}; do
	copy_and_count inode read_all
	[ "$calls" -ge 1500 ] || break
done
[ "$calls" -lt 1500 ] || die "$calls files are read ahead without need"

# A tree that changes behind the thread's back.
cp -a want changing
while :; do
	for i in {1..60}; do
		mv changing/$i changing/moved && mv changing/moved changing/$i
		rm -f changing/$i/7
		echo new >changing/$i/8
	done
done 2>&3 &
changer=$!
make_image ext4 image 64M
run_mayfail cptofs -i image changing /
kill $changer
wait $changer 2>&3
run_check e2fsck -fn image
