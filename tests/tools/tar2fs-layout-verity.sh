#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-layout-verity.sh - veritysetup accepts the hashes that tar2fs makes, with the
# root hash that it prints, behind a file system, in a file and on a disk; a bit that
# changes is found.  The UUIDs of the partitions come from the root hash.

. "$top_srcdir/tests/helpers/lib.sh"
tar2fs --version | grep -qF +libfdisk || skip "built without libfdisk"
need veritysetup sfdisk python3

mkdir tree
seq 300000 >tree/numbers
truncate -s 40M tree/hole
export SOURCE_DATE_EPOCH=1500000000

# Behind the file system.
run_check tar2fs --verity tree image.ext4 >printed
. ./printed
[ ${#roothash} = 64 ] || die "no root hash: $(cat printed)"
run_check veritysetup verify --hash-offset="$hashoffset" image.ext4 image.ext4 \
	"$roothash"
e2fsck -fn image.ext4 >&3 2>&1 || die "the file system is damaged"
first=$roothash

# In a file of its own; the hash is the same, and veritysetup's own is, too.
run_check tar2fs --verity-hash=image.hash tree plain.ext4 >printed
. ./printed
[ "$roothash" = "$first" ] || die "another root hash"
run_check veritysetup verify plain.ext4 image.hash "$roothash"
salt=$(veritysetup dump image.hash | sed -n 's/^Salt:[[:space:]]*//p')
uuid=$(veritysetup dump image.hash | sed -n 's/^UUID:[[:space:]]*//p')
run_check veritysetup format --salt="$salt" --uuid="$uuid" plain.ext4 \
	other.hash >&3
check_same image.hash other.hash "the hashes of veritysetup"
printf x | dd of=plain.ext4 bs=1 seek=1000000 conv=notrunc status=none
run_any veritysetup verify plain.ext4 image.hash "$roothash"
[ $? -ne 0 ] || die "a changed byte is not found"

# Other sizes of trees: one block, one level, levels that are just full.
for blocks in 1 2 128 129 16384 16385; do
	truncate -s $((blocks * 4096)) blocks
	printf x | dd of=blocks bs=1 seek=$((blocks * 4096 - 1)) conv=notrunc \
		status=none
	printf '[Partition]\nType=root\nCopyBlocks=blocks\nVerity=data\nVerityMatchKey=k\nMinimize=best\n[Partition]\nType=root-verity\nVerity=hash\nVerityMatchKey=k\n' \
		>blocks.conf
	run_check tar2fs --verity --layout=blocks.conf blocks.img >printed
	. ./printed
	sfdisk --json blocks.img >json
	python3 - "$roothash" <<-'EOF' || die "$blocks blocks: not as specified"
		import json, sys
		disk = open("blocks.img", "rb")
		parts = json.load(open("json"))["partitiontable"]["partitions"]
		for i, p in enumerate(parts):
		    disk.seek(p["start"] * 512)
		    open("part%d" % i, "wb").write(disk.read(p["size"] * 512))
		    assert "60" in p["attrs"]
		uuids = "".join(p["uuid"].replace("-", "").lower() for p in parts)
		assert uuids == sys.argv[1][:32] + sys.argv[1][32:], uuids
	EOF
	check_same blocks part0 "$blocks blocks: the data"
	run_check veritysetup verify part0 part1 "$roothash"
done

# A disk of another size, in qcow2, and /usr.
printf '[Partition]\nType=usr\nSource=tree\nVerity=data\nVerityMatchKey=k\n[Partition]\nType=usr-verity\nVerity=hash\nVerityMatchKey=k\n[Partition]\nType=var\nFormat=ext4\n' \
	>usr.conf
run_check tar2fs --verity --layout=usr.conf --size=200M usr.img >printed
grep -qE '^usrhash=[0-9a-f]{64}$' printed || die "no hash: $(cat printed)"

# A read-only file system, which has the size that it gets.
if command -v sqfstar >/dev/null && command -v unsquashfs >/dev/null; then
	rm tree/hole
	printf '[Partition]\nType=root\nFormat=squashfs\nSource=tree\nVerity=data\nVerityMatchKey=k\nMinimize=best\n[Partition]\nType=root-verity\nVerity=hash\nVerityMatchKey=k\n' \
		>squashfs.conf
	run_check tar2fs --verity --layout=squashfs.conf squashfs.img >printed
	. ./printed
	run_check tar2fs --layout=squashfs.conf again.img
	check_same squashfs.img again.img "two runs"
	start=$(sfdisk --json squashfs.img | sed -n 's/.*"start": \([0-9]*\).*/\1/p')
	size=$(sfdisk --json squashfs.img | sed -n 's/.*"size": \([0-9]*\).*/\1/p')
	set -- $start $size
	dd if=squashfs.img of=part0 bs=512 skip=$1 count=$3 status=none
	dd if=squashfs.img of=part1 bs=512 skip=$2 count=$4 status=none
	run_check veritysetup verify part0 part1 "$roothash"
	rm -rf unpacked
	run_check unsquashfs -q -n -d unpacked part0 >&3
	cmp tree/numbers unpacked/numbers || die "another file"
	sed -i 's/^Minimize=best/SizeMaxBytes=8K/' squashfs.conf
	run_mustfail 1 'squashfs.conf:1: SizeMaxBytes=: the content needs ' \
		tar2fs --layout=squashfs.conf small.img

	run_check tar2fs --verity --type=squashfs tree solo.img >printed
	. ./printed
	run_check veritysetup verify --hash-offset="$hashoffset" solo.img \
		solo.img "$roothash"
else
	skip_part "sqfstar is not installed"
fi

# The example of the manual page, as it is.
if command -v mkfs.vfat >/dev/null && command -v mkfs.btrfs >/dev/null; then
	mkdir example
	sed -n '/^\.SH EXAMPLE/,/^\.fi/p' "$top_srcdir/man/tar2fs-layout.5" |
		sed '/^\./d; s/\\-/-/g' >example/disk.conf
	echo efi >example/BOOTX64.EFI
	tar -C tree -cf example/rootfs.tar . || die tar
	command=$(sed -n 's/^\.B \(tar2fs .*disk.qcow2\)$/\1/p' \
		"$top_srcdir/man/tar2fs-layout.5" | sed 's/\\-/-/g')
	[ "$command" ] || die "the manual page has no command"
	cd example
	run_check eval "$command" >printed
	grep -qE '^roothash=[0-9a-f]{64}$' printed || die "no hash"
	run_check fs2tar -P 2 disk.qcow2 out.tar
	tar -xOf out.tar ./numbers | cmp - ../tree/numbers ||
		die "another file"
	cd ..
	rm -r example
else
	skip_part "mkfs.vfat or mkfs.btrfs is not installed"
fi

# Without the root hash, which nobody would know, there is no image.
for how in '>/dev/full' '>&-'; do
	eval 'run_any tar2fs --verity tree lost.ext4' "$how"
	[ $? -eq 1 ] || die "--verity $how: succeeds"
	grep -q 'lost.ext4: cannot write the root hash to standard output' \
		stderr || die "--verity $how: $(cat stderr)"
	eval 'run_any tar2fs --verity-hash=lost.hash tree lost.ext4' "$how"
	[ $? -eq 1 ] || die "--verity-hash $how: succeeds"
	eval 'run_any tar2fs --verity --layout=usr.conf lost.img' "$how"
	[ $? -eq 1 ] || die "--layout $how: succeeds"
	ls -A | grep lost && die "$how: made an image"
done

run_mustfail 2 'needs a raw image' tar2fs --verity tree image.qcow2
printf '[Partition]\nSource=tree\n' >plain.conf
run_mustfail 1 '--verity: no partition of plain.conf has Verity=' \
	tar2fs --verity --layout=plain.conf disk.img
run_mustfail 1 'no-such-folder/x: cannot create' \
	tar2fs --verity-hash=no-such-folder/x tree lost.ext4
[ ! -e lost.ext4 ] || die "an image without its hashes"
