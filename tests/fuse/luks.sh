#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# luks.sh - an encrypted image is mounted and written to; the memory of the
# daemon holds no passphrase, and no process of it shows one.

. "$top_srcdir/tests/helpers/lib-fuse.sh"

need cryptsetup python3
need_luks_key
fuse_begin
[ -z "$INSTRUMENT" ] || skip "the memory is that of the instrument"

secret=$(od -An -tx1 -N24 /dev/urandom | tr -d ' \n')
printf %s "$secret" >key
truncate -s 8M plain
mke2fs -q -t ext4 -b 4096 -E root_owner="$(id -u):$(id -g)" plain || die "cannot make a file system"
"$images/luks-encrypt" key plain image --type luks2 --pbkdf argon2id \
	--pbkdf-memory 64 --pbkdf-parallel 1 || die "cannot encrypt"
cryptsetup luksDump -q --dump-volume-key --volume-key-file volume-key \
	--key-file key image >/dev/null || die "no volume key"

mkdir mnt
# A sandbox would hide the memory from this test.
fuse_mount image mnt --sandbox=none --key-file=key --allow-discards
seq 100000 >mnt/numbers || die "cannot write"
sync mnt/numbers
pids=$(fuse_pids image)
[ -n "$pids" ] || die "no daemon"
cat >scan.py <<'EOF'
import re, sys

passphrase = open("key", "rb").read()
key = open("volume-key", "rb").read()
wanted = {"the passphrase": passphrase, "the key in digits": key.hex().encode(),
          "the key in use": key}
found = set()
for pid in sys.argv[1:]:
    memory = open("/proc/%s/mem" % pid, "rb", buffering=0)
    for line in open("/proc/%s/maps" % pid):
        start, end, mode = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
        if mode[0] != "r" or "[v" in line:
            continue
        at, end = int(start, 16), int(end, 16)
        while at < end:
            size = min(1 << 24, end - at)
            try:
                memory.seek(at)
                data = memory.read(size + 256)
            except (OSError, ValueError, OverflowError):
                data = b""
            found |= {what for what, text in wanted.items() if text in data}
            at += size
    args = open("/proc/%s/cmdline" % pid, "rb").read()
    environment = open("/proc/%s/environ" % pid, "rb").read()
    if passphrase in args or passphrase in environment:
        sys.exit("FAIL: the passphrase is an argument")
# dm-crypt has it: the scan can find what is there.
if "the key in use" not in found:
    sys.exit("FAIL: the memory was not read")
if found - {"the key in use"}:
    sys.exit("FAIL: in memory: %s" % ", ".join(sorted(found)))
EOF
run_check python3 scan.py $pids
# Whatever waits for keys is gone.
for pid in $pids $(pgrep -P "${pids//$'\n'/,}"); do
	! readlink "/proc/$pid/fd/"* | grep luks-header >&3 ||
		die "the guardian of keys is still there"
done
fuse_unmount image mnt

"$images/luks-encrypt" --decrypt key image decrypted || die "cannot decrypt"
e2fsck -fn decrypted >&3 2>&1 || die "damaged"
seq 100000 >numbers
debugfs -R 'dump /numbers got' decrypted 2>&3
check_same numbers got "other data"

# It asks on the terminal, and then leaves that.
run_any setsid -w "$helpers/at-terminal" "$secret" -- lklfuse "$PWD/image" "$PWD/mnt" >shown ||
	die "exit status $?: $(cat shown)"
grep -q 'Passphrase for .*/image: ' shown || die "does not ask: $(cat shown)"
grep -qx 'echo on' shown || die "the echo stays off"
check_same numbers mnt/numbers "asked on the terminal: other data"
for pid in $(fuse_pids image); do
	[ "$(ps -o tty= -p "$pid")" = "?" ] || die "is still at the terminal"
done
fuse_unmount image mnt
setsid -w "$helpers/at-terminal" '^C' -- lklfuse "$PWD/image" "$PWD/mnt" >shown
[ $? -eq 130 ] || die "does not end by Ctrl-C: $(cat shown)"
wait_for 10 "the end of all processes" has_ended image
! is_mounted mnt || die "mounted after Ctrl-C"
exec 7<key
run_check lklfuse --key-fd=7 "$PWD/image" "$PWD/mnt"
exec 7<&-
check_same numbers mnt/numbers "a key from a descriptor: other data"
fuse_unmount image mnt

# A wrong key: one sentence, and nothing is mounted.
printf wrong >key
run_mustfail 1 'no key slot has this passphrase' \
	lklfuse --key-file=key image mnt
! is_mounted mnt || die "mounted with a wrong key"
