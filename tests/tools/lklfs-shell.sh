#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lklfs-shell.sh - lklfs shell runs commands on an image that stays open, completes
# paths, keeps a history, and writes everything before it ends.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs e2fsck python3

mkdir -p tree/etc 'tree/two words'
echo guest >tree/etc/hostname
echo text >'tree/two words/a file'
make_image ext4 image 64M -d tree
before=$(digest image)

# Reading: quotes, directories, statuses.
run_check lklfs shell image >got <<'END'
# a comment, and an empty line

pwd
cd etc
pwd
cat hostname /etc/hostname
cd "/two words"
cat 'a file' a\ file
ls
cd
stat -c %n etc
ls --json -d etc
END
sed -i 's/"path":"etc",.*/json/' got
check_text got "/
/etc
guest
guest
text
text
a file
etc
{json"
[ "$(digest image)" = "$before" ] || die "reading changed the image"
printf 'ls none\n' | run_mustfail 1 'none: cannot stat' lklfs shell image
printf 'ls none\nls\n' | run_check lklfs shell image >got
printf 'ls none\nexit 0\nls none\n' | run_check lklfs shell image >got
[ "$(grep -c none stderr)" = 1 ] || die "exit 0: $(cat stderr)"
printf 'exit 3 \n' | lklfs shell image 2>stderr
[ $? = 3 ] && [ ! -s stderr ] || die "exit 3: $(cat stderr)"
printf 'exit x\n' | run_mustfail 2 'exit: ' lklfs shell image
printf 'rm etc\n' | run_mustfail 2 'start the shell with --write' lklfs shell image
printf 'lss\n' | run_mustfail 2 'no such command: lss' lklfs shell image
printf 'write x\n' | run_mustfail 2 'write is not for the shell' lklfs shell image
printf 'ls "\n' | run_mustfail 2 'a quote is not closed' lklfs shell image
run_mustfail 1 'nothere' lklfs shell nothere </dev/null

# Writing.
run_check lklfs shell --write image <<'END'
mkdir -p new/below
cd new
mv /etc/hostname below
chmod 600 below/hostname
ln -s below/hostname link
exit
rm -r /new
END
run_check e2fsck -fn image >&3
run_check lklfs stat -c '%a %N' image new/below/hostname new/link >got
check_text got "600 new/below/hostname
777 new/link -> below/hostname"

# On a terminal, with libedit.
python3 -c 'import ctypes; ctypes.CDLL("libedit.so.2")' 2>/dev/null || {
	skip_part "libedit is not installed"
	exit 0
}
mkdir -p state
cat >terminal.py <<'END'
import os, pty, select, sys

def run(lines):
	pid, fd = pty.fork()
	if not pid:
		os.environ.update(XDG_STATE_HOME="state", TERM="vt100")
		os.execvp("lklfs", ["lklfs", "shell", "image"])
	seen = b""
	def wait(text):
		nonlocal seen
		while text not in seen:
			if not select.select([fd], [], [], 30)[0]:
				sys.exit("no %r in %r" % (text, seen))
			try:
				data = os.read(fd, 4096)
			except OSError:
				data = b""
			if not data:
				break
			seen += data
		at = seen.find(text)
		if at < 0:
			sys.exit("no %r in %r" % (text, seen))
		seen = seen[at + len(text):]
	for expected, typed in lines:
		wait(expected)
		os.write(fd, typed)
	while True:
		try:
			if not os.read(fd, 4096):
				break
		except OSError:
			break
	return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

# Words are completed: a command, a directory, a file.
status = run([(b"lklfs> ", b"has\tnew/be\tho\t\n"), (b"  new/below/hostname", b""),
	(b"lklfs> ", b"exit\n")])
assert status == 0, status
# The line before is in the history of the next shell.
status = run([(b"lklfs> ", b"\x1b[A\x1b[A\n"), (b"  new/below/hostname", b""),
	(b"lklfs> ", b"quit\n")])
assert status == 0, status
END
run_check python3 terminal.py
