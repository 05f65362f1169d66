#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# volumes-partitions.sh - partition tables on arrays, in volumes of LVM and in
# encrypted volumes with sectors of 4 KiB: their partitions are listed, read and
# written by name.

. "$top_srcdir/tests/helpers/lib.sh"
. "$helpers/lib-volumes.sh"
need sfdisk fdisk python3 mke2fs

mkdir tree
echo hello >tree/file
unpack_disks md
unpack_disks lvm

# make_table FILE BYTES SECTOR LABEL - a disk of a size with one partition, ext4
make_table() {
	local blocks

	rm -f "$1"
	truncate -s "$2" "$1"
	if [ "$3" = 512 ]; then
		printf 'label: gpt\nstart=1MiB, name=%s\n' "$4" | sfdisk -q "$1"
	else
		printf 'g\nn\n\n\n\nw\n' | fdisk -b "$3" "$1" >&3 2>&1
	fi || die "cannot make a partition table"
	blocks=$((($2 >> 10) - 2048))
	mke2fs -q -F -t ext4 -b $(($3 < 1024 ? 1024 : $3)) -L "$4" -d tree -E offset=1048576 "$1" \
		$((blocks / 4 * 4))k 2>&3 || die "cannot make a file system"
}

# check_partition WHICH LABEL OPTION... IMAGE - listed, read and written
check_partition() {
	local which=$1 label=$2
	shift 2
	run_check lklfs list --json "$@" >list
	python3 - "$which" "$label" <<-'EOF' || die "list: $(cat list)"
		import json, sys
		all = {v["volume"]: v for v in map(json.loads, open("list"))}
		one = all[sys.argv[1]]
		assert one["kind"] == "partition" and one["content"] == "ext4", one
		assert one["label"] == sys.argv[2] and not one.get("problem"), one
	EOF
	run_check lklfs cat -P "$which" "$@" file >got
	check_text got hello
	run_check lklfs cat -P LABEL="$label" "$@" file >got
	check_text got hello
	echo "new in $label" | run_check lklfs write -P "$which" "$@" new
	run_check lklfs cat -P "$which" "$@" new >got
	check_text got "new in $label"
}

# ---- On an array: of RAID1 with metadata 1.0, the data are at the start ----

disks=$(disk_options md[01])
run_check lklfs list --json $disks md0 >list
python3 - <<'EOF' >place || die "no array: $(cat list)"
import json
all = {v["volume"]: v for v in map(json.loads, open("list"))}
print(all["/dev/md/raid1-10"]["size"], all["3"]["start"] // 512)
EOF
read -r size start <place
make_table table "$size" 512 on-array
for disk in md0 md1; do
	dd if=table of=$disk bs=512 seek="$start" conv=notrunc status=none ||
		die "cannot write to $disk"
done
check_partition /dev/md/raid1-10:1 on-array $disks md0
for disk in md0 md1; do
	dd if=$disk of=$disk.half bs=512 skip="$start" count=$((size / 512)) \
		status=none
done
cmp md0.half md1.half || die "the halves of the mirror differ"
dd if=md0.half of=part bs=1M skip=1 status=none
e2fsck -fn part >&3 2>&1 || die "damaged"

# ---- In a volume of LVM ----

python3 - <<'EOF' >place || die "no volume found"
# The only file system with this label.
for n in range(6):
    data = open("lvm%d" % n, "rb").read()
    at = data.find(b"linear.b\0")
    if at > 0:
        assert data[at - 0x78 + 0x38:at - 0x78 + 0x3a] == b"\x53\xef"
        print("lvm%d" % n, at - 0x78 - 1024)
        break
EOF
read -r disk at <place
make_table table $((4 << 20)) 512 in-lvm
dd if=table of="$disk" bs=512 seek=$((at / 512)) conv=notrunc status=none ||
	die "cannot write to $disk"
check_partition vg/linear.b:1 in-lvm $(disk_options lvm[0-5]) lvm0

# ---- In encrypted volumes: sectors of the table as those of the cipher ----

need_luks_key
need cryptsetup
printf 'a secret' >key
for sector in 512 4096; do
	make_table table $((12 << 20)) $sector in-luks
	"$images/luks-encrypt" key table luks --type luks2 --pbkdf pbkdf2 \
		--sector-size $sector || die "cannot encrypt"
	check_partition 0:decrypted:1 in-luks --key-file=key luks
done
