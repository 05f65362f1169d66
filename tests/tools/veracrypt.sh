#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# veracrypt.sh - volumes of VeraCrypt and TrueCrypt, and hidden ones, are read and
# written with --veracrypt; a key that does not fit is one sentence.

. "$top_srcdir/tests/helpers/lib.sh"
need cryptsetup python3 sfdisk qemu-img
need_luks_key

printf 'a secret' >key
printf 'another' >wrong
mkdir tree
echo hello >tree/file
seq 100000 >tree/numbers
make_image ext4 plain 6M -b 4096 -d tree
run_check fs2tar plain plain.tar
encrypt=$images/veracrypt-encrypt

# ---- Reading; cryptsetup knows the volumes, too ----

# A multiplier means fewer rounds, also of the functions that are tried in vain.
for options in "" "--pim=3 --hash=sha256" --pim=3 --truecrypt; do
	run_check "$encrypt" $options key plain volume
	pim=$([[ $options != --pim* ]] || echo --veracrypt-pim=3)
	# On some hosts it gives up at the first cipher that the kernel lacks.
	if run_any cryptsetup tcryptDump --veracrypt --key-file - $pim volume \
			<key >dump; then
		grep -qE 'Cipher chain:[[:space:]]*aes$' dump ||
			die "$options: $(cat dump)"
	else
		grep -q 'kernel crypto interface' stderr || die "tcryptDump"
	fi
	run_check fs2tar --key-file=key --veracrypt $pim volume out.tar
	check_same plain.tar out.tar "$options: another archive"
done
run_check "$encrypt" --truecrypt key plain outer

# In a partition of a qcow2 image, beside a plain one, and by a name.
truncate -s 40M disk
printf 'label: gpt\nsize=4M, name=boot\nname=secret\n' | sfdisk -q disk
start=$(sfdisk -d disk | sed -n 's/^disk2 : start= *\([0-9]*\),.*/\1/p')
size=$(sfdisk -d disk | sed -n 's/^disk2 : .*size= *\([0-9]*\),.*/\1/p')
make_image ext4 large $((size / 2 - 256))K -b 1024 -d tree
run_check "$encrypt" --truecrypt key large partition
make_image ext4 boot 4M
dd if=boot of=disk bs=1M seek=1 conv=notrunc status=none
dd if=partition of=disk bs=512 seek="$start" conv=notrunc status=none
run_check qemu-img convert -O qcow2 disk disk.qcow2
run_check lklfs cat --key-file=key --veracrypt -P 2 disk.qcow2 file >got
check_text got hello
run_check lklfs cat --key=secret:file:key --veracrypt -P PARTLABEL=secret \
	disk.qcow2 file >got
check_text got hello
run_check lklfs list --json --key-file=key --veracrypt disk.qcow2 >list
python3 - <<'EOF' || die "list: $(cat list)"
import json
volumes = [json.loads(line) for line in open("list")]
[one] = [v for v in volumes if v["kind"] == "decrypted"]
assert one["parents"] == ["2"] and one["content"] == "ext4", one
EOF

# ---- Writing, and the hidden volume ----

seq 50000 90000 >more
run_check cptofs --key-file=key --veracrypt -i outer more /
run_check "$encrypt" --decrypt --truecrypt key outer decrypted
run_check e2fsck -fn decrypted >&3
debugfs -R 'dump /more got' decrypted 2>&3
check_same more got "other data"
[ "$(stat -c %s decrypted)" -eq "$(stat -c %s plain)" ] || die "another size"

make_image ext4 inner 2M -b 1024
run_check "$encrypt" --hidden --truecrypt wrong inner outer
run_check cptofs --key-file=wrong --veracrypt=hidden -i outer tree/file /
run_check lklfs cat --key-file=wrong --veracrypt=hidden outer file >got
check_text got hello
run_check lklfs df --json --key-file=wrong --veracrypt=hidden outer >got
run_check "$encrypt" --decrypt --hidden --truecrypt wrong outer decrypted
run_check e2fsck -fn decrypted >&3
debugfs -R 'dump /file got' decrypted 2>&3
check_text got hello
# Options of each image of lklfs copy.
run_check lklfs copy --key-file=wrong --veracrypt=hidden outer:/file plain:/copied
run_check lklfs cat plain copied >got
check_text got hello

# ---- Mistakes ----

check_sentence() {
	[ "$(grep -c '^fs2tar:' stderr)" -eq 1 ] || die "not one sentence"
	! grep -qE 'a secret|another' stderr || die "shows a passphrase"
}
run_check "$encrypt" --pim=1 key plain volume
run_mustfail 1 'volume: encrypted: this passphrase opens no volume of VeraCrypt or TrueCrypt (key file wrong)' \
	fs2tar --key-file=wrong --veracrypt --veracrypt-pim=1 volume no.tar
check_sentence
run_mustfail 1 'this passphrase opens no hidden volume in it' \
	fs2tar --key-file=key --veracrypt=hidden --veracrypt-pim=1 volume no.tar
check_sentence
run_mustfail 1 'this passphrase opens no volume' \
	fs2tar --key-file=key --veracrypt --veracrypt-pim=2 volume no.tar
check_sentence
run_mustfail 1 'no file system found' fs2tar --key-file=key volume no.tar
head -c 200 /dev/zero | tr '\0' x >long
run_mustfail 1 'this passphrase is longer than one of VeraCrypt can be' \
	fs2tar --key-file=long --veracrypt volume no.tar
check_sentence
head -c 200K volume >short
run_mustfail 1 'too small for a volume of VeraCrypt' \
	fs2tar --key-file=key --veracrypt short no.tar
run_mustfail 1 '--veracrypt: no volume can be the encrypted one' \
	fs2tar --key-file=key --veracrypt plain no.tar
run_mustfail 2 'not "hidden": x' fs2tar --veracrypt=x volume no.tar
run_mustfail 2 'veracrypt-pim' fs2tar --veracrypt-pim=x --veracrypt volume no.tar
run_mustfail 1 '--veracrypt-pim needs --veracrypt' \
	fs2tar --veracrypt-pim=3 volume no.tar
run_mustfail 1 'say one of them' \
	fs2tar --veracrypt --luks-header=volume volume no.tar
[ ! -e no.tar ] || die "left an output behind"
