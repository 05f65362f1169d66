#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lklfs-look.sh - lklfs ls and cat show files as ls and cat do, and names of odd
# bytes survive.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs python3

mkdir -p tree/etc tree/dir/deep tree/empty
echo guest >tree/etc/hostname
printf 'root:x:0:0::/:/bin/sh\nalice:x:1234:50::/:/bin/sh\nbad line\n:x:7:\n' >tree/etc/passwd
printf 'root:x:0:\nstaff:x:50:\n' >tree/etc/group
seq 200000 >tree/dir/numbers
touch tree/.hidden tree/dir/deep/file
ln -s etc/hostname tree/relative
ln -s /etc/hostname tree/absolute
ln -s /../../../../etc tree/outside
ln -s nowhere tree/broken
mkfifo tree/fifo
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("tree/socket")'
odd=$(printf 'caf\351')
evil=$(printf 'a\033[31m')
touch "tree/$odd" "tree/$evil"
make_image ext4 image 64M -d tree
before=$(digest image)

# ls: the same names as the host's.
run_check lklfs ls image >got
(cd tree && ls -1 && echo lost+found) | sort | diff got - >&3 || die "ls"
run_check lklfs ls -A image >got
(cd tree && ls -A1 && echo lost+found) | sort | diff got - >&3 || die "ls -A"
run_check lklfs ls -a image >got
(cd tree && ls -a1 && echo lost+found) | sort | diff got - >&3 || die "ls -a"
run_check lklfs ls -R image dir etc >got
(cd tree && ls -R dir etc) | diff got - >&3 || die "ls -R"
run_check lklfs ls -r image dir >got
check_text got "$(printf 'numbers\ndeep')"
run_check lklfs ls -S image etc >got
check_text got "$(cd tree && ls -S1 etc)"
run_check lklfs ls image relative absolute fifo >got
check_text got "$(printf 'absolute\nfifo\nrelative')"
for command in 'ls -d' find tree mtree du; do
	run_mustfail 1 "'': cannot stat: No such file" lklfs $command image '' >&3
done
run_check lklfs ls image outside >got
check_text got "$(printf 'group\nhostname\npasswd')"
run_check lklfs ls -d image dir outside >got
check_text got "$(printf 'dir\noutside')"
run_mustfail 1 'none: cannot stat: No such file' lklfs ls image none etc >got
grep -q hostname got || die "ls stops at the first error"

# ls -l: types, permissions, links; names of the image's own users.
run_check lklfs ls -l image >got
grep -q '^prw.* fifo$' got || die "no fifo"
grep -q '^lrwxrwxrwx .* broken -> nowhere$' got || die "no link"
grep -q '^total [0-9]*$' got || die "no total"
debugfs -w -R 'set_inode_field /dir/numbers uid 1234' image 2>/dev/null
debugfs -w -R 'set_inode_field /dir/numbers gid 50' image 2>/dev/null
before=$(digest image)
size=$(stat -c %s tree/dir/numbers)
when=$(date -r tree/dir/numbers '+%Y-%m-%d %H:%M')
run_check lklfs ls -l image dir/numbers >got
grep -qE "^-rw-.* 1 alice staff $size $when dir/numbers\$" got ||
	die "ls -l: $(cat got)"
run_check lklfs ls -n image dir/numbers >got
grep -q ' 1234 50 ' got || die "ls -n: $(cat got)"
run_check lklfs ls -lh image dir/numbers >got
grep -q ' 1\.3M ' got || die "ls -lh: $(cat got)"

# A terminal gets no control characters.
run_check script -qec 'lklfs ls image' /dev/null </dev/null >got
grep -qF 'a\033[31m' got && grep -qF 'caf\351' got || die "not escaped: $(cat -v got)"
! grep -q "$(printf '\033')" got || die "an escape sequence on the terminal"

# cat
run_check lklfs cat image dir/numbers | cmp - tree/dir/numbers >&3 || die "cat"
run_check lklfs cat image relative /absolute outside/hostname >got
check_text got "$(printf 'guest\nguest\nguest')"
run_check lklfs cat --range=1+2 image etc/hostname >got
[ "$(cat got)" = ue ] || die "cat --range=1+2"
run_check lklfs cat --range=-3 image etc/hostname >got
check_text got st
run_check lklfs cat --range=1M image dir/numbers |
	cmp - <(tail -c +1048577 tree/dir/numbers) >&3 || die "cat --range=1M"
run_check lklfs cat --range=1000000 image etc/hostname >got
[ ! -s got ] || die "cat beyond the end"
run_mustfail 1 'dir: cannot open: Is a directory' lklfs cat image dir
run_mustfail 1 'fifo: not a regular file' lklfs cat image fifo
run_mustfail 1 'socket: not a regular file' lklfs cat image socket etc/hostname >got
check_text got guest
run_mustfail 1 'socket: not a regular file' lklfs hash image socket etc/hostname >got
grep -q ' etc/hostname$' got || die "hash stops at a socket"
run_mustfail 1 'none: cannot open: No such file' lklfs cat image none etc/hostname >got
check_text got guest
run_mustfail 1 '' lklfs cat image dir/numbers >/dev/full
lklfs cat image dir/numbers 2>stderr | head -n 1 >got
[ ! -s stderr ] || die "complains of a reader that has seen enough"

# JSON
run_check lklfs ls --json -l image >got
run_check python3 - <<'END'
import base64, json, os
want = {os.fsencode("/" + n): os.lstat(os.path.join("tree", n))
	for n in os.listdir("tree") if not n.startswith(".")}
for line in open("got"):
	o = json.loads(line)
	path = o["path"].encode()
	if "path_base64" in o:
		assert "\ufffd" in o["path"]
		path = base64.b64decode(o["path_base64"])
	if path == b"/lost+found":
		continue
	st = want.pop(path)
	assert int(o["mode"], 8) == st.st_mode & 0o7777, o
	if o["type"] in ("file", "link"):
		assert o["size"] == st.st_size
	if o["type"] == "link":
		assert o["target"] == os.fsdecode(os.readlink(b"tree" + path))
	assert o["mtime"][:2] == "20" and o["mtime"].endswith("Z")
assert not want, want
END

# The command line
run_mustfail 2 'no such command: lss' lklfs lss image
run_mustfail 2 'no image given' lklfs ls
run_mustfail 2 'missing operand' lklfs cat image
run_mustfail 2 'no command given' lklfs
run_mustfail 2 'cannot write the commands to standard output: No space left on device' lklfs --commands >/dev/full
run_mustfail 2 '--json makes no sense' lklfs cat --json image x
run_mustfail 1 'nothere' lklfs ls nothere
[ "$(digest image)" = "$before" ] || die "the image was changed"
