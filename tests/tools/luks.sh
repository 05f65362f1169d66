#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# luks.sh - encrypted images are read and written as plain ones are, and a key that
# is missing or wrong is one sentence.

. "$top_srcdir/tests/helpers/lib.sh"
. "$helpers/lib-volumes.sh"

need cryptsetup qemu-img python3 sfdisk
need_luks_key

printf 'a secret' >key
printf 'another' >wrong
mkdir tree
echo hello >tree/file
seq 200000 >tree/numbers
make_image ext4 plain 12M -b 4096 -d tree
run_check fs2tar plain plain.tar

# ---- Reading: what others encrypted ----

few="--pbkdf argon2id --pbkdf-memory 64 --pbkdf-parallel 2"
"$images/luks-encrypt" key plain two --type luks2 $few --sector-size 4096 ||
	die "cannot encrypt"
run_check qemu-img convert -O luks --object secret,id=s,file=key \
	-o key-secret=s,iter-time=10 plain one
"$images/luks-encrypt" key plain short --type luks2 --pbkdf pbkdf2 -s 256 ||
	die "cannot encrypt"
for image in one two short; do
	run_check fs2tar --key-file=key $image $image.tar
	check_same plain.tar $image.tar "$image: another archive"
done

# In a partition of a qcow2 image, beside a plain one.
truncate -s 100M disk
printf 'label: gpt\nsize=4M, name=boot\nname=secret\n' | sfdisk -q disk
start=$(sfdisk -d disk | sed -n 's/^disk2 : start= *\([0-9]*\),.*/\1/p')
dd if=two of=disk bs=512 seek="$start" conv=notrunc status=none
run_check qemu-img convert -O qcow2 disk disk.qcow2
for which in --key=2:file:key --key="$(cryptsetup luksUUID two):file:key" \
		--key="$(cryptsetup luksUUID two | tr a-f A-F):file:key" \
		--key=secret:file:key; do
	run_check fs2tar $which -P 2 disk.qcow2 disk.tar
	check_same plain.tar disk.tar "$which: another archive"
done
run_check fs2tar --key-fd=0 disk.qcow2 disk.tar <key
check_same plain.tar disk.tar "a key from standard input: another archive"
(cat key; echo) | run_check fs2tar --key-fd=0 one disk.tar
# A file that is a descriptor is one, and all its bytes count.
for which in --key-file=/dev/stdin --key-file=/dev/fd/0 \
		--key-file=/proc/self/fd/0 --key=2:file:/dev/stdin; do
	run_check fs2tar $which -P 2 disk.qcow2 disk.tar <key
	check_same plain.tar disk.tar "$which: another archive"
done
run_check fs2tar --key-file=<(cat key) one disk.tar
check_same plain.tar disk.tar "a key from a command: another archive"
(cat key; echo) >line
run_mustfail 1 'no key slot has this passphrase' \
	fs2tar --key-file=/dev/stdin one no.tar <line

# Whoever reads the image has the descriptor of the key no more.
mkfifo out
fs2tar --sandbox=none --key-fd=0 one - <key >out &
process=$!
exec 9<out
head -c 1000 <&9 >head
readlink /proc/$process/fd/0 >where
exec 9<&-
wait $process
check_text where /dev/null
mkfifo lines
lklfs shell --key-fd=7 one 7<key <lines >out &
process=$!
exec 8>lines 9<out
echo pwd >&8
read -r line <&9
[ "$line" = / ] || die "shell: $line"
[ -e /proc/$process/fd/0 ] || die "the process is gone"
[ ! -e /proc/$process/fd/7 ] || die "the shell has the key's descriptor"
exec 8>&- 9<&-
wait $process
run_check lklfs diff --key-fd=7 one plain.tar 7<key >diff.out

# edit opens an image twice, copy opens two.
cp one edited
VISUAL='sed -i s/hello/changed/' run_check \
	lklfs edit --key-fd=7 edited file 7<key
run_check lklfs cat --key-file=key edited file >got
check_text got changed
VISUAL=true run_check lklfs edit --key-file=key one file
cp plain target
run_check lklfs copy --key-file=key one:/file target:/copied
run_check lklfs cat target copied >got
check_text got hello
run_check lklfs copy --key-fd=7 one:/file target:/x 7<key
run_check lklfs cat target x >got
check_text got hello

# LVM in LUKS in qcow2.
unpack_disks lvm
"$images/luks-encrypt" key lvm0 encrypted --type luks2 --sector-size 512 \
	$few ||
	die "cannot encrypt"
run_check qemu-img convert -f raw -O qcow2 encrypted lvm.qcow2
check_volume linear.b linear.b --key-file=key --volume=vg/linear.b lvm.qcow2
check_volume linear linear --key-file=key --volume=LABEL=linear lvm.qcow2

# lklfs list shows what is inside, or why it cannot.
run_check lklfs list --json --key-file=key disk.qcow2 >got
run_check lklfs list --json disk.qcow2 >locked
run_mustfail 1 'disk.qcow2: 2: encrypted: no key slot has this passphrase' \
	lklfs list --json --key-file=wrong disk.qcow2 >wrongly
for key in missing tree; do
	run_mustfail 1 "disk.qcow2: 2: encrypted: cannot read the key file $key: " \
		lklfs list --key-file=$key disk.qcow2 >list
	grep -q boot list && grep -qF "(encrypted: cannot read the key file $key" list ||
		die "does not list the rest: $(cat list)"
done
run_mustfail 1 'disk.qcow2: 2: encrypted: no key was given for it' \
	setsid -w lklfs list --unlock=2 disk.qcow2
run_check lklfs list --json --key-file=key lvm.qcow2 >inside
python3 - "$(blkid -p -o value -s UUID plain)" <<'EOF' || die "list: $(cat got locked wrongly inside)"
import json, sys

def decrypted(name):
    return [o for o in map(json.loads, open(name)) if o["kind"] == "decrypted"]
[one] = decrypted("got")
assert one["parents"] == ["2"] and one["content"] == "ext4", one
assert one["size"] >= 12 << 20 and one["uuid"] == sys.argv[1], one
for name, why in ("locked", "no key was given"), ("wrongly", "passphrase"):
    [one] = decrypted(name)
    assert why in json.dumps(one) and "filesystem" not in one, one
assert any(json.loads(line)["volume"] == "vg/linear.b" for line in open("inside"))
EOF

# ---- Keys that are missing or wrong ----

# check_sentence TEXT - one line on standard error, apart from the list
check_sentence() {
	[ "$(grep -c '^fs2tar:' stderr)" -eq 1 ] || die "not one sentence"
	! grep -qE 'a secret|another' stderr || die "shows a passphrase"
}

run_mustfail 1 'one: encrypted: no key slot has this passphrase (key file wrong)' \
	fs2tar --key-file=wrong one no.tar
check_sentence
run_mustfail 1 'no key slot has this passphrase (key from descriptor 0)' \
	fs2tar --key-fd=0 one no.tar <wrong
check_sentence
run_mustfail 1 'no key slot has this passphrase (2 keys tried)' \
	fs2tar --key-file=wrong --key-file=tree/file one no.tar
check_sentence
run_mustfail 1 'say --key-file=FILE' setsid -w fs2tar one no.tar
check_sentence
run_mustfail 1 'no key was given' setsid -w fs2tar --key=x:file:key one no.tar
grep -qF 'warning: one: no encrypted volume is x (--key)' stderr ||
	die "no warning of a name that no volume has"
# As lklfs list names a partition of the second disk.
run_mustfail 1 'no key was given' setsid -w fs2tar --key=2:1:file:key one no.tar
grep -qF 'warning: one: no encrypted volume is 2:1 (--key)' stderr ||
	die "no warning of a name with a colon"
run_mustfail 1 'cannot read the key file missing: No such file' \
	fs2tar --key-file=missing one no.tar
check_sentence
run_mustfail 2 'not VOLUME:file:PATH or VOLUME:fd:N' \
	fs2tar --key='a secret' one no.tar
check_sentence
run_mustfail 2 'descriptor 77 is not open' fs2tar --key-fd=77 one no.tar
[ ! -e no.tar ] || die "left an output behind"
# A name that no encrypted volume has.
run_check lklfs list --unlock=NoWhere --key=99:file:key --key=1:file:key \
	--key=2:file:key disk.qcow2 >got
for text in 'NoWhere (--unlock)' '99 (--key)' '1 (--key)'; do
	grep -qF "disk.qcow2: no encrypted volume is $text" stderr ||
		die "no warning of $text"
done
! grep -qF 'is 2' stderr || die "a warning of a volume that is there"
run_check lklfs cat --unlock=nothere plain file >got
check_text got hello
grep -qF 'plain: no encrypted volume is nothere (--unlock)' stderr ||
	die "no warning for an image without encrypted volumes"
# The second key fits.
run_check fs2tar --key-file=wrong --key-file=key one again.tar
check_same plain.tar again.tar "two keys: another archive"

# ---- On a terminal ----

terminal=$helpers/at-terminal
run_any setsid -w "$terminal" 'not it' 'a secret' -- fs2tar one tty.tar \
	>shown || die "exit status $?"
cat shown >&3
grep -qF 'Passphrase for one: ' shown || die "does not ask"
grep -qF 'No key slot has this passphrase' shown || die "does not say why"
! grep -qF 'secret' shown || die "the passphrase is on the terminal"
grep -qx 'echo on' shown || die "the echo stays off"
check_same plain.tar tty.tar "asked on a terminal: another archive"
VISUAL='sed -i s/changed/again/' run_any setsid -w "$terminal" 'a secret' -- \
	lklfs edit edited file >shown || die "exit status $?: $(cat shown)"
[ "$(grep -c 'Passphrase for' shown)" -eq 1 ] || die "asks twice"
run_check lklfs cat --key-file=key edited file >got
check_text got again
run_any setsid -w "$terminal" a b c -- fs2tar one no.tar >shown
[ $? -eq 1 ] || die "no failure with three wrong passphrases"
grep -qF 'no key slot has this passphrase' shown || die "does not say why"
setsid -w "$terminal" '^C' -- fs2tar one no.tar >shown
status=$?
cat shown >&3
[ $status -eq 130 ] || die "exit status $status after Ctrl-C"
grep -qx 'echo on' shown || die "the echo stays off after Ctrl-C"
[ ! -e no.tar ] || die "left an output behind"

# ---- Writing: what others decrypt ----

seq 100000 200000 >more
for image in one two; do
	run_check cptofs --key-file=key -i $image more /
	if [ $image = one ]; then
		run_check qemu-img convert -O raw \
			--object secret,id=s,file=key --image-opts \
			driver=luks,file.filename=one,key-secret=s decrypted
	else
		"$images/luks-encrypt" --decrypt key $image decrypted ||
			die "cannot decrypt"
	fi
	e2fsck -fn decrypted >&3 2>&1 || die "$image: damaged"
	debugfs -R 'dump /more got' decrypted 2>&3
	check_same more got "$image: other data"
done
cp two before
run_check cptofs --snapshot --key-file=key -i two tree/file /again
cmp two before >&3 || die "--snapshot changes an encrypted image"
