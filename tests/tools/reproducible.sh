#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# reproducible.sh - cptofs --reproducible makes the same image of the same files,
# wherever they are, however they got there, and whatever else the host does.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need setfattr taskset qemu-img debugfs
epoch=1500000000

# grow DIRECTORY ORDER ATTRIBUTES HOLES - the same files, made in this order;
# HOLES are made, or written as zeroes
grow() {
	local n name conv=notrunc

	mkdir -p "$1/dir/sub" || exit 1
	for n in $2; do
		# The directory is ordered in another way, too.
		touch "$1/dir/sub/gone.$n" "$1/dir/gone.$n"
		seq -f "$n %.0f" 3000 >"$1/dir/sub/$n"
		for name in $3; do
			setfattr -n "user.$name" -v "$n" "$1/dir/sub/$n" ||
				skip "no extended attributes here"
		done
	done
	rm "$1"/dir/gone.* "$1"/dir/sub/gone.*
	ln "$1/dir/sub/c" "$1/dir/link"
	ln -s dir "$1/symlink"
	mkfifo "$1/fifo"
	[ "$4" = holes ] && conv=notrunc,sparse
	dd if=/dev/zero of="$1/sparse" bs=64k count=48 conv="$conv" status=none
	seq 20000 | dd of="$1/sparse" bs=4k seek=301 conv=notrunc iflag=fullblock status=none
	truncate -s 3000001 "$1/sparse"
	seq 1500000 >"$1/large"
	touch -d '2010-01-01 UTC' "$1/dir/sub/b"
}
grow one "$(seq -w 300) a b c d" 'k l m' holes
mkdir elsewhere
grow elsewhere/two "d c b a $(seq -w 300 | tac)" 'm k l' zeroes
touch -d '2020-01-01 UTC' one one/dir one/large
touch -d '2021-01-01 UTC' elsewhere/two/*
cp -a one three

# make_start TYPE - the image to begin with
make_start() {
	case $1 in
	xfs | f2fs) make_image "$1" start 320M ;;
	btrfs) make_image btrfs start 256M ;;
	*) make_image "$1" start 128M ;;
	esac
}

# fill STATUS IMAGE SOURCE [COMMAND...] - a copy of start, with these files in it
fill() {
	local status=$1 image=$2 tree=$3

	shift 3
	cp --sparse=always start "$image"
	SOURCE_DATE_EPOCH=$epoch run_any "$@" cptofs --reproducible -i "$image" \
		--owner=0 --group=0 -T "$tree" /tree
	[ $? -eq "$status" ] || die "not exit status $status"
}

load=
cleanup() {
	[ -z "$load" ] || kill $load
}
trap cleanup EXIT
busy() {
	while :; do :; done
}

check_type() {
	local type=$1 status=0 cpu

	echo "# $type" >&3
	# They have no links and fifos.
	[[ $type = *fat ]] && status=1
	make_start "$type"
	fill $status want one
	case $type in
	ext4 | xfs | btrfs | vfat) check_clean "$type" want ;;
	esac
	if [ "$type" = ext4 ]; then
		debugfs -R 'stat /tree/large' want 2>debugfs.log |
			grep -c 'time: 0x59682f00:00000000' >count
		[ "$(cat count)" -eq 4 ] || die "not all times are $epoch"
	fi
	fill $status got elsewhere/two
	check_same want got "$type: it depends on how the files were made"
	cpu=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
	busy & load=$!
	busy & load="$load $!"
	fill $status got three taskset -c "$cpu" nice env TZ=Asia/Tokyo \
		bash -c 'umask 77; "$@"' bash
	kill $load
	load=
	check_same want got "$type: it depends on load or processors"

	# Without the option, time and random numbers are the host's.
	cp --sparse=always start got
	SOURCE_DATE_EPOCH=$epoch run_any cptofs -i got --owner=0 --group=0 \
		-T one /tree
	! cmp -s want got || die "$type: the test sees nothing"
	# With another time, it is another image.
	cp --sparse=always start got
	SOURCE_DATE_EPOCH=1400000000 run_any cptofs --reproducible -i got \
		--owner=0 --group=0 -T one /tree
	! cmp -s want got || die "$type: the time does not matter"
}
for type in ext4 xfs btrfs vfat exfat f2fs ntfs; do
	check_type $type
done

# ---- An archive, in pieces of any size, and the bytes of a qcow2 image ----

make_start ext4
qemu-img convert -f raw -O qcow2 start start.qcow2 || die "qemu-img"
(cd one && find . | sort | tar -cf ../archive.tar --no-recursion -T -)

# unpack IMAGE COMMAND... - COMMAND writes the archive
unpack() {
	local image=$1

	shift
	cp start.qcow2 "$image"
	"$@" 2>dd.log | run_check cptofs --reproducible --mtime=@$epoch \
		-i "$image" --tar=- /
}
unpack want.qcow2 cat archive.tar
unpack got.qcow2 dd if=archive.tar bs=7777
check_same want.qcow2 got.qcow2 "it depends on the pieces of an archive"
qemu-img check want.qcow2 >&3 || die "qemu-img check"

# ---- Mistakes ----

run_mustfail 2 "--reproducible needs a time, from --mtime or SOURCE_DATE_EPOCH" \
	cptofs --reproducible -i start one /
run_mustfail 2 "--reproducible needs --sort=name" cptofs --reproducible \
	--mtime=@1 --sort=none -i start one /
run_mustfail 2 "--reproducible is only for cptofs" cpfromfs --reproducible \
	--mtime=@1 -i start / .
run_mustfail 1 "is later than" cptofs --reproducible --mtime=@8277292036 \
	-i start one /
