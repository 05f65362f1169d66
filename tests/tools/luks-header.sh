#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# luks-header.sh - volumes whose LUKS header is in a file: read and written, in a
# partition and in all of a disk; a header that does not fit is one sentence.

. "$top_srcdir/tests/helpers/lib.sh"
need cryptsetup sfdisk python3
need_luks_key

printf 'a secret' >key
printf 'another' >wrong
mkdir tree
echo hello >tree/file
seq 200000 >tree/numbers
make_image ext4 plain 12M -b 4096 -d tree
run_check fs2tar plain plain.tar
few="--pbkdf argon2id --pbkdf-memory 64 --pbkdf-parallel 1"

# encrypt NAME OPTION... - "NAME" and "NAME.header"
encrypt() {
	local name=$1
	shift
	rm -f "$name.header"
	"$images/luks-encrypt" key plain "$name" --header "$name.header" "$@" ||
		die "cannot encrypt"
}
encrypt one --type luks1
encrypt two --type luks2 $few --sector-size 4096
encrypt offset --type luks2 $few --offset 8192
[ "$(stat -c %s offset)" -gt "$(stat -c %s two)" ] || die "no offset"

for name in one two offset; do
	run_check fs2tar --key-file=key --luks-header=$name.header $name out.tar
	check_same plain.tar out.tar "$name: another archive"
done

# What is written is what others decrypt; the header stays as it is.
cp two.header before
run_check cptofs --key-file=key --luks-header=two.header -i two tree/file /new
"$images/luks-encrypt" --decrypt key two decrypted two.header ||
	die "cannot decrypt"
e2fsck -fn decrypted >&3 2>&1 || die "damaged"
debugfs -R 'dump /new got' decrypted 2>&3
check_text got hello
cmp two.header before || die "the header has changed"

# In a partition beside others.
truncate -s 40M disk
printf 'label: gpt\nsize=8M\nsize=14M\nsize=14M\n' | sfdisk -q disk
mke2fs -q -F -t ext4 -E offset=1048576 disk 8M 2>&3 || die "no file system"
dd if=one of=disk bs=1M seek=9 conv=notrunc status=none
run_mustfail 1 '--luks-header: several volumes may be the encrypted one' \
	lklfs cat --key-file=key --luks-header=one.header disk file
run_check lklfs cat --key-file=key --luks-header=one.header -P 2 disk file >got
check_text got hello
run_check lklfs list --json --key-file=key --luks-header=one.header -P 2 disk \
	>list
python3 - <<'EOF' || die "list: $(cat list)"
import json
volumes = [json.loads(line) for line in open("list")]
[one] = [v for v in volumes if v["kind"] == "decrypted"]
assert one["parents"] == ["2"] and one["content"] == "ext4", one
EOF
run_check lklfs cat --luks-header=one.header --key=2:file:key -P 2 disk file >got
check_text got hello

# ---- Mistakes ----

run_mustfail 1 'no key slot has this passphrase' \
	fs2tar --key-file=wrong --luks-header=one.header one no.tar
run_mustfail 1 'cannot read its LUKS header: it is damaged' \
	fs2tar --key-file=key --luks-header=plain.tar one no.tar
run_mustfail 1 'cannot open the LUKS header missing: No such file' \
	fs2tar --key-file=key --luks-header=missing one no.tar
run_mustfail 1 'too small for a LUKS header' \
	fs2tar --key-file=key --luks-header=key one no.tar
run_mustfail 1 'no volume can be the encrypted one' \
	fs2tar --key-file=key --luks-header=one.header plain no.tar
run_mustfail 1 'no volume is 7' \
	fs2tar --key-file=key --luks-header=one.header -P 7 disk no.tar
# The header of another volume: its key opens nothing that is known.
run_mustfail 1 'no file system found' \
	fs2tar --key-file=key --luks-header=two.header one no.tar
run_mustfail 2 'empty name of a file' lklfs list --luks-header= one
