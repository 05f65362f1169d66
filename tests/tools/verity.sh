#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# verity.sh - images with hash trees of tar2fs and of veritysetup are verified with
# their root hash; with another one nothing is read, and a block that has changed is
# named.

. "$top_srcdir/tests/helpers/lib.sh"
need veritysetup python3 sfdisk qemu-img

mkdir tree
seq 700000 >tree/numbers
echo hello >tree/hello
make_image ext4 plain 16M -b 4096 -d tree
run_check fs2tar plain plain.tar

# check_tar OPTION... IMAGE - the archive is that of the plain image
check_tar() {
	run_check fs2tar "$@" out.tar
	check_same plain.tar out.tar "$*: another archive"
}

# format_hashes OPTION... - the hash tree of "plain" in "hashes"; sets $root
format_hashes() {
	rm -f hashes
	veritysetup format "$@" plain hashes >printed ||
		die "cannot make a hash tree: $*"
	root=$(sed -n 's/^Root hash:[[:space:]]*//p' printed)
}

# ---- The hash tree in an image of its own ----

for options in "" "--hash=sha512 --salt=-" "--hash=sha1 --format=0" \
		"--data-block-size=1024 --hash-block-size=512"; do
	format_hashes $options
	check_tar --verity-root-hash="$root" --verity-hash-image=hashes plain
done
format_hashes
check_tar --verity-root-hash="${root^^}" --verity-hash-image=hashes plain
run_check qemu-img convert -O qcow2 plain plain.qcow2
check_tar --verity-root-hash="$root" --verity-hash-image=hashes plain.qcow2
run_check lklfs list --json --verity-root-hash="$root" \
	--verity-hash-image=hashes plain >list
python3 - <<'EOF' || die "list: $(cat list)"
import json
volumes = [json.loads(line) for line in open("list")]
[one] = [v for v in volumes if v["kind"] == "verified"]
assert one["parents"] == ["0", "2:0"] and one["content"] == "ext4", one
EOF

# ---- Behind the data ----

cp plain behind
veritysetup format --hash-offset=$((20 << 20)) --data-blocks=4096 behind behind >printed ||
	die "cannot make a hash tree behind the data"
root_behind=$(sed -n 's/^Root hash:[[:space:]]*//p' printed)
check_tar --verity-root-hash="$root_behind" --verity-hash-offset=20M behind
if tar2fs --version | grep -qF +libfdisk; then
	run_check tar2fs --verity tree made >printed
	. ./printed
	run_check lklfs cat --verity-root-hash="$roothash" \
		--verity-hash-offset="$hashoffset" made numbers >got
	check_same tree/numbers got "an image of tar2fs"

	# A pair of partitions that the root hash names, beside others.
	printf '[Partition]\nType=root\nSource=tree\nFormat=ext4\nVerity=data\nVerityMatchKey=k\n[Partition]\nType=root-verity\nVerity=hash\nVerityMatchKey=k\n[Partition]\nType=var\nFormat=ext4\n' \
		>disk.conf
	run_check tar2fs --verity --layout=disk.conf --size=200M disk >printed
	. ./printed
	run_check lklfs cat --verity-root-hash="$roothash" disk numbers >got
	check_same tree/numbers got "partitions that the root hash names"
	run_check lklfs cat --verity-root-hash="$roothash" -P 1 \
		--verity-hash-device=2 disk numbers >got
	check_same tree/numbers got "partitions that options name"
	# The third partition is not what the root hash is for.
	run_mustfail 1 'partition 3: block 0 of the verified data, at byte 0, does not match' \
		lklfs ls --verity-root-hash="$roothash" -P 3 disk
fi

# ---- What does not match ----

hashes="--verity-hash-image=hashes"
wrong=${root%?}$([ "${root: -1}" = 0 ] && echo 1 || echo 0)
run_mustfail 1 'plain: the root hash does not match its hash tree' \
	fs2tar --verity-root-hash="$wrong" $hashes plain no.tar
[ "$(grep -c '^fs2tar:' stderr)" -eq 1 ] || die "not one sentence"
[ ! -e no.tar ] || die "left an output behind"

# A byte of a file: the file cannot be read, and the block is named.  What is in
# the cache of the host is not read again.
at=$(LC_ALL=C grep -abom1 '^400000' plain | cut -d: -f1)
block=$((at / 4096))
cp plain bad
printf X | dd of=bad bs=1 seek="$at" conv=notrunc status=none
run_any lklfs cat --verity-root-hash="$root" $hashes bad hello numbers >got
[ $? -eq 1 ] || die "a changed byte is not found"
grep -qF "bad: block $block of the verified data, at byte $((block * 4096)), does not match" \
	stderr || die "does not name the block $block: $(cat stderr)"
grep -q 'numbers.*rror' stderr || die "does not name the file: $(cat stderr)"
head -n 1 got >first
check_text first hello
run_any fs2tar --verity-root-hash="$root" $hashes bad no.tar
[ $? -eq 1 ] || die "fs2tar: a changed byte is not found"
grep -qF "block $block of the verified data" stderr || die "no block named"
run_check lklfs cat --verity-root-hash="$root" $hashes bad hello >got
check_text got hello

# A byte of the hash tree.
cp hashes bad.hashes
printf X | dd of=bad.hashes bs=1 seek=$((2 * 4096 + 100)) conv=notrunc \
	status=none
run_any fs2tar --verity-root-hash="$root" --verity-hash-image=bad.hashes plain \
	no.tar
[ $? -eq 1 ] || die "a changed hash is not found"
grep -qF 'of the hash tree does not match the root hash' stderr ||
	die "does not name the hash: $(cat stderr)"

# ---- Damaged superblocks: one sentence each ----

# damage OFFSET BYTES WANT - with these bytes in the superblock
damage() {
	cp hashes bad.hashes
	printf "$2" | dd of=bad.hashes bs=1 seek="$1" conv=notrunc status=none
	run_mustfail 1 "$3" fs2tar --verity-root-hash="$root" \
		--verity-hash-image=bad.hashes plain no.tar
	[ "$(grep -c '^fs2tar:' stderr)" -eq 1 ] || die "not one sentence"
}
damage 0 x 'no superblock of dm-verity there'
damage 8 '\2' 'version 2 and hash type 1, which are not supported'
damage 12 '\3' 'version 1 and hash type 3, which are not supported'
damage 32 'md5\0' 'its hash is md5, which is not supported'
damage 32 'sha256 1 restart_on_corruption' 'its hash is sha256 1 restart_on_corruption, which'
damage 32 'sha1\0\0' 'the root hash has 32 bytes, but sha1 makes 20'
damage 64 '\0\0\1' 'block size of 65536 bytes'
damage 68 '\0\0\0' 'block size of 0 bytes'
damage 72 '\0\0' '0 blocks of data'
damage 72 '\377\377\377\377\377\377\377\377' 'blocks of data, which is impossible'
damage 72 '\1\20' 'the hash tree is for 16781312 bytes, more than the volume has'
damage 80 '\377\377' 'salt of 65535 bytes, more than 256'
head -c 4096 hashes >bad.hashes
run_mustfail 1 'cannot map it with dm-verity' fs2tar --verity-root-hash="$root" \
	--verity-hash-image=bad.hashes plain no.tar

# ---- Mistakes ----

cp plain before
run_mustfail 2 'not a hash in hexadecimal digits' \
	fs2tar --verity-root-hash=xyz plain no.tar
for hash in ab "${root}0" "$root$root$root"; do
	run_mustfail 2 "128 (sha512) digits, not ${#hash}: $hash" \
		fs2tar --verity-root-hash="$hash" plain no.tar
done
run_mustfail 1 'need --verity-root-hash' fs2tar $hashes plain no.tar
run_mustfail 1 'no hash tree found: say --verity-hash-offset' \
	fs2tar --verity-root-hash="$root" plain no.tar
run_mustfail 1 'no superblock of dm-verity there' \
	fs2tar --verity-root-hash="$root" --verity-hash-offset=1M plain no.tar
run_mustfail 1 'its end is before a superblock at byte' \
	fs2tar --verity-root-hash="$root" --verity-hash-offset=1G plain no.tar
run_mustfail 1 'can only be read' \
	cptofs --verity-root-hash="$root" $hashes -i plain tree/hello /new
cmp plain before || die "the image has changed"
