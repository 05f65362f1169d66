#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# hidden-attributes.sh - trusted attributes, which only root sees, reach images from
# wherever in a tree they are, and the guardian is not asked about each file.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need setfattr getfattr strace

long=$(printf 'n%.0s' {1..200})
for dir in tree/{1..40}/{a,b} tree/1/a/s{2..40} tree/all; do
	run_check mkdir -p $dir
	touch $dir/{1..10}
done
# Too many names for one answer.
for i in {1..40}; do
	echo $i >tree/all/$long-$i
	run_check setfattr -n trusted.test -v $i tree/all/$long-$i
done
ln -s 1 tree/all/link
mkfifo tree/all/fifo
deep=tree/1/a/s2$(printf "/d%.0s" {1..50})
run_check mkdir -p "$deep"
touch "$deep/file"
for f in tree/1/a/1 tree/40/b/10 tree/7/b tree/7/b/7 tree/1/a/s40/10 \
	tree/all/link tree/all/fifo "$deep/file" "$deep"; do
	run_check setfattr -h -n trusted.test -v "of $f" "$f"
done
setfattr -n user.test -v user tree/2/a/1 tree/7/b/7
find tree -depth -exec touch -h -d '2001-02-03 04:05:06' {} +

# What the image has comes out again.
cp_out() {
	rm -rf out
	mkdir out
	run_check cpfromfs -i "$1" "$2" out
	check_tree tree out/tree
}

make_image ext4 image 64M
run_check cptofs -i image tree /
cp_out image /tree
mkdir all
mv tree all
run_check tar2fs -q all by-tar2fs.ext4
mv all/tree .
cp_out by-tar2fs.ext4 /tree
# Links that are followed have the names of other files.
mkdir links
ln -s ../tree/1/a/1 links/file
ln -s ../tree/7/b links/directory
make_image ext4 image 64M
run_check cptofs -L -i image links /
rm -rf out && mkdir out
run_check cpfromfs -i image /links out
[ "$(getfattr --only-values -n trusted.test out/links/file)" = \
	"of tree/1/a/1" ] || die "of a file that a link leads to"
[ "$(getfattr --only-values -n trusted.test out/links/directory)" = \
	"of tree/7/b" ] || die "of a directory that a link leads to"
[ "$(getfattr --only-values -n trusted.test out/links/directory/7)" = \
	"of tree/7/b/7" ] || die "of a file in it"

# Another file system below it is looked at as well.
if mkdir tree/mount && mount -t tmpfs none tree/mount 2>&3; then
	mkdir tree/mount/below
	touch tree/mount/below/file
	setfattr -n trusted.test -v mounted tree/mount/below/file
	make_image ext4 image 64M
	run_check cptofs -i image tree /
	umount tree/mount
	rm -rf out && mkdir out
	run_check cpfromfs -i image /tree/mount out
	[ "$(getfattr --only-values -n trusted.test out/mount/below/file)" = \
		mounted ] || die "of a file in a mount"
else
	skip_part "no mounts: there is no file system below another"
fi
rmdir tree/mount

# One question for many directories.
rm -rf tree/all
strace -c -o counts true 2>/dev/null || { skip_part "strace is not allowed"; exit 0; }
files=$(find tree | wc -l)
make_image ext4 image 64M
run_check strace -f -c -e trace=sendmsg -o counts cptofs -i image tree /
questions=$(awk '$NF == "sendmsg" { print $4 }' counts)
[ "${questions:-0}" -gt 2 ] || die "no questions are counted: $(cat counts)"
[ "$questions" -lt $((files / 10)) ] ||
	die "$questions questions for $files files"
