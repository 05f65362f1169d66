#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-layout.sh - tar2fs --layout makes a disk whose partition table, file systems
# and files other programs find as the definitions say; with SOURCE_DATE_EPOCH two
# runs make the same bytes.

. "$top_srcdir/tests/helpers/lib.sh"
tar2fs --version | grep -qF +libfdisk || skip "built without libfdisk"
need sfdisk sgdisk blkid mdir mcopy e2fsck btrfs python3

mkdir -p esp/EFI/BOOT root/usr/bin root/etc home new
head -c 300000 /dev/urandom >esp/EFI/BOOT/BOOTX64.EFI
echo name >root/etc/hostname
echo secret >root/etc/secret
seq 50000 >root/usr/numbers
ln -s usr/bin root/bin
seq 1000 >one.txt
tar -C root -cf rootfs.tar . || die tar
cat >disk.conf <<-'EOF'
	[Partition]
	Type=esp
	Format=vfat
	CopyFiles=esp:/
	SizeMinBytes=40M
	UUID=11111111-2222-4333-8444-555555555555

	[Partition]
	Type=root
	Label=the root
	CopyFiles=one.txt:/deep/below/one.txt
	CopyFiles=one.txt:/deep/
	MakeDirectories=/srv /var/lib/machines
	MakeSymlinks=/etc/mtab:../proc/self/mounts

	[Partition]
	Type=home
	Format=btrfs
	Subvolumes=/alice /bob
	NoAuto=yes

	[Partition]
	Type=swap
	Format=swap
	SizeMinBytes=12M
	SizeMaxBytes=12M

	[Partition]
	Type=linux-generic
	Label=blocks
	CopyBlocks=one.blocks
EOF
head -c 12288 /dev/urandom >one.blocks
export SOURCE_DATE_EPOCH=1500000000
run_check tar2fs -q --layout=disk.conf --owner=0 --group=0 rootfs.tar disk.img
[ "$(ls -A | grep -c disk)" = 2 ] || die "left behind: $(ls -A)"

# The table.
run_check sfdisk -V disk.img >verified
grep -q '^No errors detected' verified || die "sfdisk finds errors"
run_check sgdisk -v disk.img >verified
grep -q '^No problems found' verified || die "sgdisk finds problems"
run_check sfdisk --json disk.img >disk.json
python3 - <<-'EOF' >table || die "no table"
	import json
	for p in json.load(open("disk.json"))["partitiontable"]["partitions"]:
	    print(p["start"] % 2048, p["type"].lower(), p["name"],
	          p.get("attrs", "-"), sep="|")
EOF
diff - table >&3 <<-EOF || die "another table"
	0|c12a7328-f81f-11d2-ba4b-00a0c93ec93b|esp|-
	0|$([ "$(uname -m)" = aarch64 ] &&
		echo b921b045-1df0-41c3-af44-4c6f280d3fae ||
		echo 4f68bce3-e8cd-4db1-96e7-fbcaf984b709)|the root|GUID:59
	0|933ac7e1-2eb4-4f13-b844-0e14e2aef915|home|GUID:59,63
	0|0657fd6d-a4ab-43c4-84e5-0933c84b4f4f|swap|-
	0|0fc63daf-8483-4772-8e79-3d69d8477de4|blocks|-
EOF
grep -q 11111111-2222-4333-8444-555555555555 disk.json || die "another UUID"

# The partitions.
python3 - <<-'EOF' || die "no partitions"
	import json
	disk = open("disk.img", "rb")
	for i, p in enumerate(json.load(open("disk.json"))["partitiontable"]["partitions"]):
	    disk.seek(p["start"] * 512)
	    open("part%d" % (i + 1), "wb").write(disk.read(p["size"] * 512))
EOF
[ "$(stat -c %s part1)" = $((40 << 20)) ] || die "another size"
run_check mcopy -i part1 ::/EFI/BOOT/BOOTX64.EFI new/
cmp esp/EFI/BOOT/BOOTX64.EFI new/BOOTX64.EFI || die "another file in the ESP"
[ "$(blkid -p -o value -s LABEL part1)" = ESP ] || die "no label of the ESP"
run_check e2fsck -fn part2 >&3
[ "$(blkid -p -o value -s LABEL part2)" = 'the root' ] || die "no label"
run_check btrfs check part3 >&3
[ "$(blkid -p -o value -s TYPE part4)" = swap ] || die "no swap"
cmp -n 12288 part5 one.blocks || die "other blocks"

run_check fs2tar --exclude ./lost+found -P 2 disk.img got.tar
tar --numeric-owner -tf got.tar | LC_ALL=C sort >got
LC_ALL=C sort >want <<-EOF
	./
	./bin
	./deep/
	./deep/below/
	./deep/below/one.txt
	./deep/one.txt
	./etc/
	./etc/hostname
	./etc/mtab
	./etc/secret
	./srv/
	./usr/
	./usr/bin/
	./usr/numbers
	./var/
	./var/lib/
	./var/lib/machines/
EOF
diff want got >&3 || die "other files"
tar -xOf got.tar ./deep/one.txt | cmp - one.txt || die "another file"
tar -tvf got.tar ./etc/mtab | grep -qF -- '-> ../proc/self/mounts' ||
	die "another link"
run_check fs2tar -P 3 disk.img - | tar -t | LC_ALL=C sort >got
printf '%s\n' ./ ./alice/ ./bob/ | diff - got >&3 || die "no subvolumes"

# The same bytes; a folder with a file for each partition; other sources.
run_check tar2fs -q --layout=disk.conf --owner=0 --group=0 rootfs.tar two.img
check_same disk.img two.img "two runs"
mkdir layout.d
echo 'not a definition' >layout.d/README
for n in 1 2; do
	printf '[Partition]\nType=%s\nFormat=ext4\nMinimize=best\nLabel=n%s\n' \
		home $n >layout.d/$n.conf
done
printf 'Source=../rootfs.tar\nCopyFiles=../root:/copy\nExcludeFiles=../root/etc/secret ../root/usr/\n' \
	>>layout.d/2.conf
run_check tar2fs -q --layout=layout.d folder.img
sfdisk --json folder.img | sed -n 's/.*"name": "\(n.\)".*/\1/p' >got
printf '%s\n' n1 n2 | diff - got >&3 || die "another order"
run_check fs2tar -P 2 folder.img - | tar -t >got
grep -qx ./etc/secret got || die "left out of the archive"
grep -qx ./copy/etc/hostname got || die "no copy"
! grep -E 'copy/etc/secret|copy/usr/.' got >&3 || die "not left out"
grep -qx ./copy/usr/ got || die "left out the directory itself"
for n in 1 2; do
	uuids+=" $(blkid -p -o value -s UUID -O $(($(sfdisk --json folder.img |
		sed -n 's/.*"start": \([0-9]*\).*/\1/p' | sed -n ${n}p) * 512)) \
		folder.img)"
done
[ "$(printf '%s\n' $uuids | sort -u | wc -l)" = 2 ] || die "UUIDs: $uuids"

# A target is behind a link of the archive; the archive comes through a pipe.
printf '[Partition]\nType=root\nCopyFiles=one.txt:/bin/new/below/one.txt\nMinimize=best\nUUID=null\nMakeDirectories=/bin/made\nMakeSymlinks=/bin/link:/x /etc/hostname:/y\n' \
	>link.conf
cat rootfs.tar | run_check tar2fs --layout=link.conf - link.img
run_check fs2tar -P 1 link.img - | tar -tv >got
grep -q 'bin -> usr/bin$' got || die "no link"
grep -qE '^drwxr-xr-x 0/0 .* ./usr/bin/new/below/$' got || die "other directories"
grep -q ' ./usr/bin/new/below/one.txt$' got || die "no file behind the link"
grep -qE '^drwxr-xr-x 0/0 .* ./usr/bin/made/$' got || die "no directory behind it"
grep -q ' ./usr/bin/link -> /x$' got || die "no link behind the link"
grep -qE '^-.* ./etc/hostname$' got || die "the file of a source is replaced"
sfdisk --json link.img | grep -q '"uuid": "00000000-0000-0000-0000-000000000000"' ||
	die "another UUID than null"

# The disk may be made in a folder that is copied.
mkdir self
echo text >self/file
printf '[Partition]\nType=root\nSource=self\n[Partition]\nType=home\nSource=self\n' \
	>self.conf
for again in '' 1; do
	run_check tar2fs --layout=self.conf self/disk.img
	run_check fs2tar --exclude ./lost+found -P 2 self/disk.img - |
		tar -t >got
	printf '%s\n' ./ ./file | diff - got >&3 || die "copied itself"
done

# systemd has the same names for the same types.
if command -v systemd-id128 >/dev/null; then
	tr '\n\t' '  ' <"$top_srcdir/src/common/image/partition-type.c" |
		grep -oE '"[a-z0-9-]+", +"[0-9a-f-]{36}"' | tr -d '",-' |
		tr -s ' ' | sort >types
	systemd-id128 show | awk '{ print $1, $2 }' | tr -d - | sort -u >known
	[ "$(wc -l <types)" -gt 120 ] || die "few types"
	comm -23 types known >unknown
	[ ! -s unknown ] || die "systemd has other types: $(cat unknown)"
fi

# systemd-repart reads the same file: its plan has the same partitions.
if command -v systemd-repart >/dev/null; then
	mkdir repart.d
	awk '/^\[/ { n++ } { print > "repart.d/" n ".conf" }' disk.conf
	sed -i '/^Copy\|^Format\|^Subvol\|^Make/d' repart.d/*.conf
	run_check systemd-repart --dry-run=yes --empty=create --size=2G \
		--definitions=repart.d --json=short "$PWD/repart.img" >repart.json
	python3 - <<-'EOF' || die "systemd-repart has other partitions"
		import json
		ours = json.load(open("disk.json"))["partitiontable"]["partitions"]
		theirs = json.load(open("repart.json"))
		assert [p["name"] for p in ours] == [p["label"] for p in theirs], theirs
	EOF
fi
