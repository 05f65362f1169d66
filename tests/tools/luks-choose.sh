#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# luks-choose.sh - of several encrypted volumes, only those are opened that the user
# needs: nobody is asked for the others, and their headers get no passphrase.

. "$top_srcdir/tests/helpers/lib.sh"
need cryptsetup sfdisk python3
need_luks_key

printf 'a secret' >key
mkdir tree
few="--pbkdf argon2id --pbkdf-memory 64 --pbkdf-parallel 1"
for name in boot first second; do
	echo "this is $name" >tree/name
	make_image ext4 $name 8M -b 4096 -L $name -d tree
	[ $name = boot ] || "$images/luks-encrypt" key $name $name.luks \
		--type luks2 $few || die "cannot encrypt"
done

# make_disk NAME IMAGE... - a disk with these in its partitions
make_disk() {
	local disk=$1 image n=0
	shift
	truncate -s 100M "$disk"
	{ echo "label: gpt"
	  for image; do echo "size=28M"; done; } | sfdisk -q "$disk"
	for image; do
		n=$((n + 1))
		dd if="$image" of="$disk" bs=1M conv=notrunc status=none \
			seek=$((1 + 28 * (n - 1)))
	done
}
make_disk disk boot first.luks second.luks
make_disk two first.luks second.luks
make_disk one boot second.luks

# check_name WANT OPTION... IMAGE - the volume that is mounted
check_name() {
	local want=$1
	shift
	run_check lklfs cat "$@" name >got
	check_text got "this is $want"
}

# check_questions WANT ANSWER... -- COMMAND - the volumes that it asks for
check_questions() {
	local want=$1
	shift
	run_any setsid -w "$helpers/at-terminal" "$@" >shown
	status=$?
	cat shown >&3
	[ "$(grep -oE 'Passphrase for [^:]*: partition [0-9]' shown |
		grep -oE '[0-9]$' | tr '\n' ' ')" = "$want" ] ||
		die "asks for others than '$want': $(cat shown)"
}

# ---- Chosen by a name of the encrypted volume ----

check_name first --key-file=key -P 2 disk
check_name second --key-file=key -P UUID="$(cryptsetup luksUUID second.luks)" disk
check_name first --key-file=key --volume=2:decrypted disk
check_questions '3 ' 'a secret' -- lklfs cat -P 3 disk name
grep -qF 'this is second' shown || die "not opened"

# ---- A plain one: nobody is asked ----

check_name boot --key-file=missing -P 1 disk
check_questions '' -- lklfs cat -P 1 disk name
check_questions '' -- lklfs cat -P LABEL=boot disk name
grep -qF 'this is boot' shown || die "not read"
check_questions '' -- lklfs list disk
grep -qF 'not opened' shown || die "does not list them"
check_questions '3 ' 'a secret' -- lklfs list --unlock=3 disk
[ "$(grep -c 'not opened' shown)" -eq 1 ] || die "lists other volumes"

# ---- Chosen by what is inside ----

check_name second --key-file=key -P LABEL=second one
check_questions '2 ' 'a secret' -- lklfs cat -P LABEL=second one name
run_mustfail 1 'say with --unlock which to open' \
	lklfs cat --key-file=key -P LABEL=second disk name
check_questions '' -- lklfs cat -P LABEL=second disk name
check_name second --key-file=key --unlock=3 -P LABEL=second disk
check_name second --key=3:file:key -P LABEL=second disk
check_name second --key-file=key --unlock=all -P LABEL=second disk
check_questions '2 3 ' 'a secret' 'a secret' -- \
	lklfs cat --unlock=2 --unlock=3 -P LABEL=second disk name
grep -qF 'this is second' shown || die "not opened"

# ---- Nothing chosen ----

run_mustfail 1 'a file system, and an encrypted volume that is not open' \
	lklfs cat --key-file=key one name
grep -q ' encrypted: not opened$' stderr || die "does not say why: $(cat stderr)"
! grep ' : ' stderr >&3 || die "a colon without a label before it"
run_mustfail 1 '2 encrypted volumes: choose one' \
	lklfs cat --key-file=key two name
check_questions '' -- lklfs cat two name
check_name first --key-file=key --unlock=1 two

# All that have a key are listed.
# The size of a volume that is not open is not known.
run_check lklfs list disk >list
grep -qE ':decrypted +decrypted - ' list || die "lists a size: $(cat list)"
! grep -qF ' 0 B ' list || die "lists a size of 0: $(cat list)"
run_check lklfs list --json --key-file=key disk >list
python3 - <<'EOF' || die "list: $(cat list)"
import json
volumes = [json.loads(line) for line in open("list")]
inner = [v for v in volumes if v["kind"] == "decrypted"]
assert [v["label"] for v in inner] == ["first", "second"], inner
EOF
run_mustfail 2 'empty name' lklfs list --unlock= disk
# A key has to open a volume, and those that are named have to open.
printf 'another' >wrong
run_check lklfs list --key-file=wrong --key-file=key disk
run_check lklfs list --key=2:file:key disk
run_mustfail 1 'disk: 3: encrypted: no key slot has this passphrase' \
	lklfs list --key=2:file:key --key=3:file:wrong disk
run_mustfail 1 'disk: 2: encrypted: no key slot has this passphrase' \
	lklfs list --key-file=wrong disk
run_mustfail 1 'disk: 3: encrypted: cannot read the key file missing' \
	lklfs list --key=2:file:key --key=3:file:missing disk
