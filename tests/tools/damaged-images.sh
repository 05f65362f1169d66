#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# damaged-images.sh - each tool reads and writes images of every type that are
# damaged at random: no crash, and each ends, by SIGTERM if the kernel loops.
#
# timeout: 100000
#
# DAMAGED_IMAGES=100 takes as many of each type; TEST_SEED=N repeats a run.
# DAMAGED_TYPES='f2fs xfs' takes some types.

. "$top_srcdir/tests/helpers/lib-fuse.sh"
count=${DAMAGED_IMAGES:-1}
writable='ext2 ext3 ext4 xfs btrfs f2fs vfat exfat ntfs udf'
types=${DAMAGED_TYPES:-$writable erofs squashfs iso9660}
can_mount=
command -v lklfuse >/dev/null && (: <>/dev/fuse) 2>/dev/null && mkdir probe &&
	"$fuse/can-mount" probe 2>/dev/null && can_mount=yes
rm -rf probe
[ "$can_mount" ] || skip_part "no FUSE: lklfuse is left out"
trap fuse_end EXIT
echo "seed $TEST_SEED" >&3

# check_has_files IMAGE - the copy into it has worked
check_has_files() {
	[ -e "$1" ] || return 1
	fs2tar "$1" - 2>/dev/null | tar -tf - 2>/dev/null | grep -q numbers
}

# make_good TYPE - the image "good", with the files of tree; 1: not here
make_good() {
	local size=64M

	case $1 in
	xfs) size=300M ;;
	btrfs) size=128M ;;
	esac
	rm -f good
	case $1 in
	erofs)
		mkfs.erofs -d0 good tree
		;;
	squashfs)
		mksquashfs tree good -quiet -no-progress
		;;
	iso9660)
		genisoimage -quiet -D -R -o good tree
		;;
	*)
		(make_image $1 good $size) || return 1
		# Not all types can store everything.
		cptofs -i good tree/. / 2>&1
		check_has_files good
		;;
	esac >make.log 2>&1
}

# ends SECONDS COMMAND... - it does not crash, and ends, if need be by SIGTERM
ends() {
	local limit=$1 status

	shift
	timeout -k 20 "$limit" "$@" >/dev/null 2>stderr
	status=$?
	if [ $status -eq 124 ]; then
		looped=$((looped + 1))
		echo "looped until SIGTERM: ${*:1:3}" >&3
		return
	fi
	[ $status -ne 137 ] || die "does not end: $what: $*"
	check_no_crash $status "$what: $*"
	[ $status -ne 1 ] || [ -s stderr ] || die "fails silently: $what: $*"
	[ $status -ne 2 ] || die "$(head -n 1 stderr): $*"
}

# A kernel that loops while it unmounts ends by a signal.
ends_by_itself() {
	local i

	for ((i = 0; i < 600; i++)); do
		! has_ended image || return 0
		sleep 0.1
	done
	return 1
}

read_and_write_mount() {
	local pid

	mkdir -p mnt
	fuse_mounts=(image)
	timeout -k 20 60 lklfuse "$@" "$PWD/image" "$PWD/mnt" 2>stderr || return
	(
		ls -lR mnt
		timeout 20 find mnt -type f -exec cat {} +
		timeout 20 cp -r new mnt/another
		timeout 20 rm -rf mnt/dir
		timeout 20 mv mnt/new mnt/newer
	) >/dev/null 2>&1 </dev/null
	if ! timeout 60 umount mnt 2>/dev/null &&
			! timeout 60 fusermount3 -u mnt 2>/dev/null; then
		pid=$(fuse_pids image)
		[ -z "$pid" ] || kill $pid
	fi
	if ! ends_by_itself; then
		looped=$((looped + 1))
		echo "looped until SIGTERM: the daemon" >&3
		kill $(fuse_pids image) 2>/dev/null
	fi
	wait_for 60 "the daemon to end ($what)" has_ended image
	wait_for 10 "the mount to go ($what)" is_unmounted mnt
}

# damaged TYPE SEED
damaged() {
	local before

	what="$1, seed $2"
	cp --sparse=always good image
	"$images/damage" --metadata "$2" image >damage.log || die "cannot damage"
	echo "$1: $(cat damage.log)" >&3
	before=$(digest image)
	ends 60 fs2tar --memory 64M image /dev/null
	rm -rf out
	mkdir out
	ends 60 cpfromfs --memory 64M -i image --no-sync \
		--no-preserve=mode / out
	[ "$(digest image)" = "$before" ] || die "$what: was changed by a reader"
	rm -rf out
	case " $writable " in
	*" $1 "*)
		ends 60 cptofs -i image new /
		[ -z "$can_mount" ] || read_and_write_mount
		;;
	*)
		[ -z "$can_mount" ] || read_and_write_mount -o ro
		;;
	esac
}

mkdir -p tree/dir/deeper new
for i in {1..150}; do
	echo "$i" >"tree/dir/a-name-that-is-long-enough-for-blocks-$i"
	echo "$i" >"new/$i"
done
seq 30000 >tree/numbers
cp tree/numbers new/
ln -s numbers tree/link
ln tree/numbers tree/dir/deeper/again
truncate -s 1M tree/hole
printf data >>tree/hole

looped=0 done=0
for type in $types; do
	if ! make_good $type; then
		skip_part "cannot make $type: $(tail -n 1 make.log)"
		continue
	fi
	for ((i = 0; i < count; i++)); do
		damaged $type $((TEST_SEED * 1000 + i * 7 + done))
	done
	done=$((done + 1))
done
[ $done -gt 0 ] || die "no type was tried"
echo "$done types, $count images each; $looped looped" >&3
