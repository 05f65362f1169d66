#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sectors-4096.sh - the partitions of an image of a disk with sectors of 4096 bytes are
# found, read and written to; so are volumes of LVM and an array on them.

. "$top_srcdir/tests/helpers/lib.sh"
. "$helpers/lib-volumes.sh"
need fdisk mke2fs e2fsck mkfs.vfat fsck.vfat mkfs.xfs xfs_repair sfdisk python3

mib=$((1024 * 1024))

# gpt DISK SIZE MIB:MIB... - partitions, each with its start and its size
gpt() {
	local disk=$1 part first n=0

	truncate -s "$2" "$disk"
	shift 2
	{
		echo g
		for part; do
			n=$((n + 1)) first=$((${part%:*} * mib / 4096))
			printf 'n\n%d\n%d\n%d\n' $n $first \
				$((first + ${part#*:} * mib / 4096 - 1))
		done
		echo w
	} | fdisk --sector-size 4096 "$disk" >&3 2>&1 || die "fdisk"
}

# put FILE DISK MIB, get FILE DISK MIB MIB - the bytes of a partition
put() {
	run_check dd if="$1" of="$2" bs=$mib seek="$3" conv=notrunc,sparse \
		status=none
}
get() {
	run_check dd if="$2" of="$1" bs=$mib skip="$3" count="$4" status=none
}

mkdir tree
echo hello >tree/hello
seq 100000 >tree/numbers
make_image ext4 first 24M -b 4096 -L first -d tree
truncate -s 280M second
run_check mkfs.vfat -S 4096 -n SECOND second
make_image xfs third 320M -s size=4096
run_check cptofs -i third tree/. /
gpt disk 700M 1:24 25:280 305:320
put first disk 1
put second disk 25
put third disk 305
head -c 1M disk >table

run_check lklfs list --json disk >list
python3 - <<'EOF' || die "list: $(cat list)"
import json
found = {}
for line in open("list"):
    v = json.loads(line)
    if v["kind"] == "partition":
        found[v["volume"]] = (v["start"] >> 20, v["size"] >> 20,
                              v.get("content"))
        if v["volume"] == "1":
            print(v["partition_uuid"], file=open("uuid", "w"))
assert found == {"1": (1, 24, "ext4"), "2": (25, 280, "vfat"),
                 "3": (305, 320, "xfs")}, found
EOF
run_check fs2tar first want.tar
for which in 1 LABEL=first "PARTUUID=$(cat uuid)"; do
	run_check fs2tar -P "$which" disk out.tar
	check_same want.tar out.tar "$which: another archive"
done
run_mustfail 1 'no volume is 4' fs2tar -P 4 disk no.tar
run_mustfail 1 'several file systems: choose one' fs2tar disk no.tar

seq 100000 300000 >more
for n in 1 2 3; do
	run_check cptofs -i disk -P $n more /
	run_check lklfs cat -P $n disk more >got
	check_same more got "partition $n: other data"
done
get first disk 1 24
get second disk 25 280
get third disk 305 320
run_check e2fsck -fn first >&3
run_check fsck.vfat -n second >&3
xfs_repair -n third >&3 2>&1 || die "xfs is damaged"
head -c 1M disk >now
check_same table now "the table has changed"

# The only partition needs no option; a table of sectors of 512 bytes comes first.
gpt single 40M 1:24
put first single 1
run_check lklfs cat single more >got
check_same more got "one partition: other data"
cp single both
dd if=single of=header bs=4096 skip=1 count=1 status=none
printf 'label: gpt\nstart=10MiB, size=24MiB\n' | sfdisk -q both || die "sfdisk"
put first both 10
dd if=header of=both bs=4096 seek=1 conv=notrunc status=none
run_check lklfs list --json both >list
grep -q '"start":10485760,' list || die "not the first table: $(cat list)"

# A header that names another sector is none.
cp single bad
printf '\2' | dd of=bad bs=1 seek=$((4096 + 24)) conv=notrunc status=none
run_check lklfs list --json bad >list
! grep -q '"content":"ext4"' list || die "a bad header: $(cat list)"

# What tar2fs makes.
if tar2fs --version | grep -qF +libfdisk; then
	printf '[Partition]\nType=root\nSource=tree\nFormat=ext4\n' >disk.conf
	run_check tar2fs --layout=disk.conf --sector-size=4096 --size=100M made
	run_check lklfs cat made numbers >got
	check_same tree/numbers got "a disk of tar2fs"
fi

# ---- Volumes of LVM, and an array, that were made on such disks ----

unpack_disks sectors
sha256sum big[01] >before
for name in linear striped raid1; do
	check_volume $name $name --disk=big1 --volume=big/$name big0
done
check_volume mirror mirror --disk=big1 --volume=/dev/md/mirror big0
sha256sum --check --quiet before || die "reading has changed a disk"
for name in big/linear big/striped big/raid1 /dev/md/mirror; do
	run_check cptofs -i big0 --disk=big1 --volume=$name more /
	run_check lklfs cat big0 --disk=big1 --volume=$name more >got
	check_same more got "$name: other data"
done
# Half of each mirror has it.
for half in big0 big1; do
	run_check lklfs cat $half --volume=/dev/md/mirror more >got
	check_same more got "$half: other data"
done
