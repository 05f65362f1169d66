#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# qcow2-luks.sh - qcow2 images that QEMU has encrypted are read and written with a key
# from a file or a descriptor, which no process shows.

. "$top_srcdir/tests/helpers/lib.sh"
need qemu-nbd qemu-img e2fsck
fs2tar --version | grep -qF -e '+nbd' || skip "built without NBD"

secret=$(od -An -tx1 -N16 /dev/urandom | tr -d ' \n')
printf %s "$secret" >key
printf wrong >wrong
mkdir tree
seq 100000 >tree/numbers
make_image ext4 raw 32M -d tree
run_check fs2tar raw want.tar
run_check qemu-img convert --object secret,id=s,file=key -f raw -O qcow2 -o \
	encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10 \
	raw image.qcow2

run_check fs2tar --image-key-file=key image.qcow2 got.tar
check_same want.tar got.tar "a key from a file"
run_check fs2tar --format=qcow2 --image-key-fd=7 image.qcow2 got.tar 7<key
check_same want.tar got.tar "a key from a descriptor"
cat key | run_check fs2tar --image-key-fd=0 image.qcow2 got.tar
check_same want.tar got.tar "a key from a pipe"
cp image.qcow2 'with, comma'
run_check fs2tar --image-key-file=key 'with, comma' got.tar

# Written, and read by QEMU; --snapshot changes nothing.
before=$(digest image.qcow2)
run_check cptofs --snapshot --image-key-file=key -i image.qcow2 tree/numbers /copy
[ "$(digest image.qcow2)" = "$before" ] || die "--snapshot changed it"
run_check cptofs --image-key-file=key -i image.qcow2 tree/numbers /copy
run_check qemu-img convert --object secret,id=s,file=key -O raw --image-opts \
	driver=qcow2,encrypt.key-secret=s,file.filename=image.qcow2 back
run_check e2fsck -fn back >&3
run_check fs2tar back back.tar
tar -xOf back.tar ./copy | cmp - tree/numbers || die "another copy"

# No process shows the passphrase, and the tool has no descriptor of it.
mkfifo out
fs2tar --sandbox=none --image-key-fd=7 image.qcow2 - 7<key >out &
process=$!
exec 9<out
head -c 1000 <&9 >head
! readlink /proc/$process/fd/* | grep -E "$PWD/key|memfd:key" >&3 ||
	die "the tool has the descriptor of the key"
servers=$(pgrep -f "^qemu-nbd.*$PWD/image.qcow2")
[ -n "$servers" ] || die "no server"
for pid in $process $servers; do
	! grep -qaF "$secret" /proc/$pid/cmdline /proc/$pid/environ ||
		die "the passphrase can be seen"
done
exec 9<&-
wait $process

# ---- Mistakes ----

# check_refused TEXT OPTION... - one sentence, without a passphrase
check_refused() {
	local text=$1
	shift
	run_mustfail 1 "$text" fs2tar "$@" no.tar
	[ "$(grep -c '^fs2tar:' stderr)" -eq 1 ] || die "not one sentence"
	! grep -qF "$secret" stderr || die "shows the passphrase"
	[ ! -e no.tar ] || die "left an output behind"
}
check_refused 'image.qcow2: cannot open as qcow2-luks: ' \
	--image-key-file=wrong image.qcow2
check_refused 'cannot open the key missing: No such file' \
	--image-key-file=missing image.qcow2
: >empty
check_refused 'the key is empty' --image-key-file=empty image.qcow2
check_refused 'cannot open as qcow2-luks: ' --image-key-file=key raw
check_refused 'say --image-key-file=FILE' image.qcow2
check_refused 'say --image-key-file=FILE' --format=qcow2-luks image.qcow2
check_refused 'only qcow2 images have a key of their own' \
	--format=raw --image-key-file=key image.qcow2
run_mustfail 2 'descriptor 77 is not open' fs2tar --image-key-fd=77 image.qcow2 \
	no.tar
run_mustfail 2 '--image-key-file cannot be used with two images' \
	lklfs copy --image-key-file=key image.qcow2:/copy raw:/copy
