#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# partitions.sh - fs2tar finds partitions by number, label and UUID; if there
# is a choice, it lists them.

. "$top_srcdir/tests/helpers/lib.sh"
need sfdisk mke2fs mkfs.vfat

mib=$((1024 * 1024))

# put IMAGE OFFSET-IN-MIB FILE
put() {
	dd if="$3" of="$1" bs=$mib seek="$2" conv=notrunc status=none ||
		die "cannot write to $1"
}

mkdir one two
echo one >one/in-one
echo two >two/in-two
make_image ext4 fs1 8M -d one -L first \
	-U 11111111-2222-3333-4444-555555555555
make_image ext4 fs2 16M -d two -L second
make_image vfat fs3 40M -n THIRD
run_check "$programs/copytree" --plain vfat fs3 two

truncate -s 80M gpt mbr single
sfdisk -q gpt <<-EOF || die "sfdisk"
	label: gpt
	start=1MiB, size=8MiB, name="part one", uuid=AAAAAAAA-0000-4000-8000-000000000001
	start=10MiB, size=16MiB, name="part two"
	start=30MiB, size=40MiB
	start=72MiB, size=1MiB
EOF
put gpt 1 fs1
put gpt 10 fs2
put gpt 30 fs3
sfdisk -q mbr <<-EOF || die "sfdisk"
	label: dos
	label-id: 0x12345678
	start=1MiB, size=8MiB, type=83
	start=9MiB, size=70MiB, type=extended
	start=10MiB, size=16MiB, type=83
	start=30MiB, size=40MiB, type=c
EOF
put mbr 1 fs1
put mbr 10 fs2
put mbr 30 fs3
sfdisk -q single <<-EOF || die "sfdisk"
	label: gpt
	start=5MiB, size=16MiB
EOF
put single 5 fs2
before=$(digest gpt)

# holds NAME IMAGE OPTION... - the archive has this file
holds() {
	local name=$1 image=$2

	shift 2
	rm -f archive.tar
	run_check fs2tar "$@" "$image" archive.tar
	names archive.tar | grep -qx "./$name" ||
		die "$name is not in the archive of $image $*"
}

# Without a choice to make.
holds in-two single
holds in-two single -P 1

# With one: the partitions are listed, nothing is written.
rm -f archive.tar
run_mustfail 1 '--partition' fs2tar gpt archive.tar
[ ! -e archive.tar ] || die "wrote an archive"
for word in ext4 vfat first second; do
	grep -q "$word" stderr || die "does not list $word"
done
[ "$(grep -cE '^ +[0-9]+ ' stderr)" -eq 4 ] || die "not four partitions"

holds in-one gpt --partition 1
holds in-two gpt --partition=2
holds in-two gpt -P3
holds in-one gpt -P LABEL=first
holds in-two gpt -P LABEL=THIRD
holds in-one gpt -P UUID=11111111-2222-3333-4444-555555555555
holds in-two gpt -P 'PARTLABEL=part two'
holds in-one gpt -P PARTUUID=AAAAAAAA-0000-4000-8000-000000000001
holds in-one gpt -P PARTUUID=aaaaaaaa-0000-4000-8000-000000000001
holds in-one gpt -P 1 -t ext4

run_mustfail 1 '--partition' fs2tar mbr archive2.tar
holds in-one mbr -P 1
holds in-two mbr -P 5
holds in-two mbr -P 6
holds in-one mbr -P PARTUUID=12345678-01

# Partitions that do not exist, or hold no file system.
run_mustfail 1 'partition 7' fs2tar -P 7 gpt archive2.tar
run_mustfail 1 'LABEL=none' fs2tar -P LABEL=none gpt archive2.tar
[ "$(grep -cE '^ +[0-9]+ ' stderr)" -eq 4 ] || die "does not list the partitions"
run_mustfail 1 'NONSENSE=1' fs2tar -P NONSENSE=1 gpt archive2.tar
run_mustfail 1 '' fs2tar -P x gpt archive2.tar
run_mustfail 1 'partition 4' fs2tar -P 4 gpt archive2.tar
run_mustfail 1 '' fs2tar -P 2 mbr archive2.tar
run_mustfail 1 'partition' fs2tar -P 1 fs1 archive2.tar
run_mustfail 1 '' fs2tar -P 0 gpt archive2.tar
holds in-one fs1 -P 0

# Two with the same label.
put gpt 10 fs1
run_mustfail 1 'has LABEL=first: choose one by its number' \
	fs2tar -P LABEL=first gpt archive2.tar
[ "$(grep -cE '^ +[12] .* first$' stderr)" -eq 2 ] || die "does not list the two"
put gpt 10 fs2

# A table that says more than there is.
cp --sparse=always mbr cut
truncate -s 28M cut
holds in-one cut -P 1
run_mustfail 1 '' fs2tar -P 6 cut archive2.tar
run_check lklfs list cut >list
grep -q '^0 .*(the extended partition 2 goes past the end of the disk, and partitions there are not listed)' \
	list || die "does not say what is missing: $(cat list)"
cp --sparse=always mbr cut
truncate -s 34M cut
run_check lklfs list -b cut >list
grep -qE "^  6 +partition $((4 * mib)) .*\(its last 36 MiB are past the end of the disk\)" \
	list || die "does not say what is missing: $(cat list)"
truncate -s 80M primary
sfdisk -q primary <<-EOF || die "sfdisk"
	label: dos
	start=1MiB, size=8MiB, type=83
	start=10MiB, size=16MiB, type=83
	start=30MiB, size=40MiB, type=83
EOF
put primary 1 fs1
put primary 10 fs2
truncate -s 20M primary
run_check lklfs list primary >list
grep -qE '^  1 [^(]*$' list || die "complains of a sound one: $(cat list)"
grep -q '^  2 .*(its last 6.0 MiB are past the end of the disk)' list ||
	die "does not say that 2 is cut off: $(cat list)"
grep -qE '^  3 +partition - .*\(it lies past the end of the disk\)' list ||
	die "does not list 3: $(cat list)"
run_mustfail 1 'partition 3: no file system found: it lies past the end of the disk' \
	fs2tar -P 3 primary archive2.tar
run_mustfail 1 'cannot mount as ext4' fs2tar -P 2 primary archive2.tar
run_mustfail 1 '3: it lies past the end of the disk' \
	fs2tar --volume=3 primary archive2.tar
cp --sparse=always gpt cut
truncate -s 40M cut
cut_off='the GPT is for a disk of 80 MiB, and only 40 MiB are here'
run_mustfail 1 "no file system found: $cut_off" fs2tar cut archive2.tar
run_mustfail 1 "no partition 1: $cut_off" fs2tar -P 1 cut archive2.tar
lklfs list cut >list || die "lklfs list"
grep -q "^0 .*($cut_off)" list || die "does not say why there are no partitions"
# Both headers damaged, and only one of them there.
cp --sparse=always gpt bad
printf x | dd of=bad bs=1 seek=$((512 + 60)) conv=notrunc status=none
holds in-one bad -P 1
printf x | dd of=bad bs=1 seek=$((80 * mib - 512 + 60)) conv=notrunc status=none
run_mustfail 1 'no file system found: the GPT is damaged' fs2tar bad archive2.tar
dd if=/dev/zero of=bad bs=512 seek=1 count=1 conv=notrunc status=none
run_mustfail 1 'the GPT is damaged, and so is its copy' fs2tar bad archive2.tar

# A sound GPT is not called damaged where its partitions do not count.
is_no_problem() {
	run_mustfail 1 'no file system found' "$@"
	! grep 'GPT' stderr >&3 || die "complains of a sound GPT"
}
cp --sparse=always gpt no-first
dd if=/dev/zero of=no-first bs=512 seek=1 count=1 conv=notrunc status=none
for disk in gpt no-first; do
	is_no_problem fs2tar -P 0 $disk archive2.tar
done
is_no_problem fs2tar --offset=2K gpt archive2.tar
truncate -s 20M no-partitions
echo 'label: gpt' | sfdisk -q no-partitions || die "sfdisk"
is_no_problem fs2tar no-partitions archive2.tar
lklfs list no-partitions >list || die "lklfs list"
! grep 'GPT' list >&3 || die "lists a sound GPT as damaged"
# Its entries are damaged, and so is the copy of them.
for at in 2 $((80 * 2048 - 33)); do
	printf x | dd of=no-first bs=1 seek=$((at * 512 + 70)) conv=notrunc status=none
done
run_mustfail 1 'no file system found: the GPT is damaged' fs2tar no-first archive2.tar

# A GPT without its protective MBR, and the one at the end of such a disk.
for sectors in 1 2; do
	cp --sparse=always gpt wiped
	dd if=/dev/zero of=wiped count=$sectors conv=notrunc status=none ||
		die "cannot write to wiped"
	holds in-one wiped -P 1
	holds in-two wiped -P LABEL=second
	holds in-two wiped -P 'PARTLABEL=part two'
	lklfs list wiped >list || die "lklfs list"
	grep -q 'part two' list || die "lists no partition without the MBR"
done
# A file system on such a disk is what counts.
truncate -s 16M table
sfdisk -q table <<-EOF || die "sfdisk"
	label: gpt
	start=1MiB, size=8MiB
EOF
make_image ext4 leftover 16M -d one
dd if=table of=leftover bs=512 skip=1 seek=1 count=1 conv=notrunc status=none ||
	die "cannot write to leftover"
holds in-one leftover

[ ! -e archive2.tar ] || die "a failure left an archive"
[ "$(digest gpt)" = "$before" ] || die "the image was changed"
