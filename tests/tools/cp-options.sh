#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-options.sh - options of cptofs and cpfromfs: owners, times, patterns,
# holes, dry runs and others.

. "$top_srcdir/tests/helpers/lib-cp.sh"

mkdir -p tree/etc/conf.d tree/var/log tree/a/b
echo a >tree/etc/one.conf
echo b >tree/etc/two.conf
echo c >tree/etc/conf.d/three.conf
echo d >tree/var/log/x.log
echo e >'tree/etc/*.conf'
head -c 1M /dev/zero >tree/zeroes
touch -d '2030-01-01 UTC' tree/etc/one.conf
touch -d '1990-01-01 UTC' tree/etc/two.conf

# lists ARGUMENTS... - what fs2tar shows of the image's /tree, in "list"
lists() {
	run_check fs2tar -q "$@" image list.tar
	tar --numeric-owner --full-time --utc -tvf list.tar >list
	[ -s list ] || die "nothing is in the image"
}
me=$(id -u)/$(id -g)

make_image ext4 image 64M
run_check cptofs -i image tree /
lists
grep -q "$me .*one.conf" list || die "owners are not kept"
run_check cptofs -i image -o 0 -g 7 tree /
lists -C tree
grep -qv ' 0/7 ' list && die "-o and -g are not for all"
run_check cptofs -i image --chown-map "u:$(id -u):100000:10" \
	--chown-map "g:$(id -g):5" tree /
lists -C tree
grep -qv ' 100000/5 ' list && die "--chown-map is not for all"

run_check cptofs -i image --exclude 'conf.d' --exclude '*.log' -T tree /less
lists -C less
grep -qE 'conf.d|x.log' list && die "takes what is excluded"
grep -q 'one.conf' list || die "excludes too much"

tar -cf tree.tar tree
run_check cptofs -i image --exclude 'conf.d' --exclude '*.log' \
	--tar tree.tar --mkdir /less2
lists -C less2
grep -qE 'conf.d|x.log' list && die "unpacks what is excluded"
grep -q 'one.conf' list || die "excludes too much from an archive"

# Layers of containers say so what they remove: it is a name like others.
mkdir layer
touch layer/.wh.one.conf layer/.wh..wh..opq
tar -cf layer.tar -C layer .
run_check cptofs -i image --tar layer.tar /less2/tree/etc
lists -C less2/tree/etc
grep -q ' ./.wh.one.conf$' list && grep -q ' ./.wh..wh..opq$' list &&
	grep -q ' ./one.conf$' list || die "whiteouts are not names"

run_check cptofs -i image --mtime @1000000000 --clamp-mtime -T tree /clamp
lists -C clamp
grep -q '2001-09-09 01:46:40.* ./etc/one.conf' list || die "not clamped"
grep -q '1990-01-01 00:00:00.* ./etc/two.conf' list || die "not kept"
SOURCE_DATE_EPOCH=1000000000 run_check cptofs -i image -T tree /epoch
run_check fs2tar -q --sort=name -C clamp image clamp.tar
lists -C epoch
grep -q '2001-09-09 01:46:40.* ./$' list || die "SOURCE_DATE_EPOCH"
run_mustfail 2 'SOURCE_DATE_EPOCH' env SOURCE_DATE_EPOCH=x cptofs -i image \
	tree /

before=$(digest image)
run_check cptofs -i image --dry-run -v tree /new >out.list
grep -q 'tree/etc/one.conf -> /new/etc/one.conf' out.list || die "no list"
grep -q '6 files' stderr || die "no sum"
[ "$(digest image)" = "$before" ] || die "a dry run changed the image"
run_mustfail 1 'cannot overwrite directory with non-directory' \
	cptofs -i image --dry-run -T tree/zeroes /tree

run_mustfail 1 'cannot open directory' cptofs -i image tree /x/y/z
run_check cptofs -i image --mkdir tree/etc/one.conf /x/y/z
run_check cptofs -i image --mkdir tree/etc/one.conf /p/q/
run_check cpfromfs -i image /x/y/z /p/q/one.conf --target-directory . --mkdir
check_same z tree/etc/one.conf z
check_same one.conf tree/etc/one.conf one.conf

# Patterns are for the image, where no shell looks.
mkdir out
run_check cpfromfs -i image '/tree/etc/[ot]*.conf' out
[ "$(echo $(ls out))" = 'one.conf two.conf' ] || die "pattern: $(ls out)"
rm -rf out
mkdir out
run_check cpfromfs -i image 'tree/*/*/x.log' 'tree/etc/*.conf' out
[ "$(ls out | tr '\n' ' ')" = '*.conf x.log ' ] || die "a name is a pattern"
run_mustfail 1 'nothing matches' cpfromfs -i image '/tree/none*' '/tree/z*' out
[ -e out/zeroes ] || die "does not go on"

# Holes
run_check cptofs -i image --sparse=always tree/zeroes /sparse
run_check cptofs -i image --sparse=never tree/zeroes /full
debugfs -R 'stat /sparse' image 2>&1 | grep -q 'Blockcount: 0' ||
	die "--sparse=always"
debugfs -R 'stat /full' image 2>&1 | grep -q 'Blockcount: 2048' ||
	die "--sparse=never"
run_check cpfromfs -i image --sparse=always /full out
[ "$(stat -c %b out/full)" -le 8 ] || die "--sparse=always of cpfromfs"
check_same out/full tree/zeroes "holes changed a file"

# The modes that cp gives without keeping them.
umask 027
chmod 666 tree/zeroes
run_check cpfromfs -i image --no-preserve=mode /tree out
[ "$(stat -c %a out/tree)" = 750 ] || die "umask: $(stat -c %a out/tree)"

# Attributes to keep: -d and --preserve name them all, or add to -a.
ln -s zeroes tree/link
ln tree/zeroes tree/zeroes2
touch -d '1980-01-01 UTC' tree/zeroes
run_check cptofs -i image -L -d tree /links
run_check cptofs -i image -a -d tree /all
run_check cptofs -i image -a --preserve=links tree /all2
lists
grep -q ' ./links/link -> zeroes' list || die "-d follows links"
grep -q ' ./links/zeroes.* link to ./links/zeroes' list ||
	die "-d does not keep hard links"
grep -q '1980-01-01 .* ./links/' list && die "-d keeps times"
[ "$(grep -c '1980-01-01 .* ./all2*/' list)" -eq 4 ] ||
	die "-d or --preserve makes less of -a"

# An image is synced always.
run_mustfail 2 'no-sync' cptofs -i image --no-sync tree /
run_check cpfromfs -i image --no-sync /full out/full2
check_same out/full2 tree/zeroes "--no-sync"

run_mustfail 2 'no image given' cptofs tree /
run_mustfail 2 'no destination' cptofs -i image tree
run_mustfail 2 'not one of' cptofs -i image --preserve=nothing tree /
run_mustfail 1 'none.img' cptofs -i none.img tree /
check_clean ext4 image
