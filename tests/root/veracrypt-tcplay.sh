#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
#
# veracrypt-tcplay.sh - tcplay's volumes of TrueCrypt, with a hidden one, open with the
# place and size of data that tcplay tells; and tcplay knows the volumes of the tests.

. "$top_srcdir/tests/helpers/lib.sh"
need tcplay losetup python3
need_luks_key

cat >at-prompts.py <<'EOF'
"""at-prompts.py PROMPT=ANSWER... -- COMMAND...: on a terminal of its own"""
import os, pty, sys, termios, time

split = sys.argv.index("--")
answers = [a.rsplit("=", 1) for a in sys.argv[1:split]]
pid, fd = pty.fork()
if not pid:
    os.execvp(sys.argv[split + 1], sys.argv[split + 1:])
shown = b""


def wait_until_hidden():
    """tcplay drops what was typed before it turns the echo off."""
    for _ in range(1000):
        if not termios.tcgetattr(fd)[3] & termios.ECHO:
            return
        time.sleep(0.01)


while True:
    try:
        data = os.read(fd, 1000)
    except OSError:
        break
    shown += data
    if answers and shown.rstrip().endswith(answers[0][0].encode()):
        if b"assphrase" in shown.rsplit(b"\n", 1)[-1]:
            wait_until_hidden()
        os.write(fd, answers.pop(0)[1].encode() + b"\n")
        shown += b"<typed>\n"
sys.stdout.write(shown.decode(errors="replace"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
EOF

# tcplay_on IMAGE PROMPT=ANSWER... -- OPTION... - on a loop device
tcplay_on() {
	local image=$1 device answers=() status

	shift
	while [ "$1" != -- ]; do
		answers+=("$1")
		shift
	done
	device=$(losetup --show -f "$image") || skip "no loop device"
	timeout 240 python3 at-prompts.py "${answers[@]}" -- \
		tcplay "${@:2}" -d "$device"
	status=$?
	losetup -d "$device"
	return $status
}

# check_size IMAGE KEY OPTION SECTORS - of the decrypted volume
check_size() {
	run_check lklfs list --json --key-file="$2" "$3" "$1" >list
	python3 - "$4" <<'EOF' || die "$1: $(cat list)"
import json, sys
volumes = [json.loads(line) for line in open("list")]
[one] = [v for v in volumes if v["kind"] == "decrypted"]
assert one["size"] == 512 * int(sys.argv[1]), one
EOF
}

# sectors NAME - a number of "tcplay -i"
sectors() {
	sed -n "s/^$1:[[:space:]]*\([0-9]*\) sectors.*/\1/p" shown
}

printf outer >outer.key
printf hidden >hidden.key
truncate -s 12M volume
tcplay_on volume assphrase:=outer passphrase:=outer volume:=hidden \
	passphrase:=hidden '127M):=4M' '(y/n)=y' -- \
	-c -g -w -z -a SHA512 >shown || die "tcplay: $(cat shown)"
tcplay_on volume assphrase:=outer -- -i >shown || die "tcplay: $(cat shown)"
[ "$(sectors 'Block offset')" = 256 ] || die "another offset: $(cat shown)"
check_size volume outer.key --veracrypt "$(sectors 'Volume size')"
tcplay_on volume assphrase:=hidden -- -i >shown || die "tcplay: $(cat shown)"
[ "$(sectors 'Block offset')" -gt 10000 ] || die "not hidden: $(cat shown)"
check_size volume hidden.key --veracrypt=hidden "$(sectors 'Volume size')"

# What the other tests make.
make_image ext4 plain 2M -b 1024
run_check "$images/veracrypt-encrypt" --truecrypt outer.key plain made
tcplay_on made assphrase:=outer -- -i >shown || die "tcplay: $(cat shown)"
[ "$(sectors 'Block offset')" = 256 ] || die "another offset: $(cat shown)"
[ "$(sectors 'Volume size')" = 4096 ] || die "another size: $(cat shown)"
check_size made outer.key --veracrypt 4096
