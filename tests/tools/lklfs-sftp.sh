#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lklfs-sftp.sh - lklfs sftp answers the commands of sftp(1) on an image as
# OpenSSH's sftp-server does on a folder, and leaves a sound image however the
# client ends.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs e2fsck sftp python3

oracle=
for oracle in /usr/lib/openssh/sftp-server /usr/libexec/openssh/sftp-server \
	/usr/lib/ssh/sftp-server; do
	[ ! -x "$oracle" ] || break
done
[ -x "$oracle" ] || skip "sftp-server is not installed"

umask 027
mkdir -p tree/etc tree/dir/deep local
printf 'root:x:0:0:root:/dir:/bin/sh\nuser:x:1000:50:::\n' >tree/etc/passwd
printf 'root:x:0:\nstaff:x:50:\n' >tree/etc/group
seq 100000 >tree/dir/numbers
echo text >tree/file
ln -s dir/numbers tree/link
ln -s nowhere tree/dangling
ln -s loop tree/loop
odd=$(printf 'caf\351')
echo odd >"tree/$odd"
find tree -exec touch -h -d '2020-02-02 02:02' {} +
make_image ext4 image 64M -d tree
cp -a tree folder
# mke2fs does not take over the mode of the top.
chmod 755 folder

head -c 3000000 /dev/urandom >local/random
touch -d '2019-01-01 10:00' local/random
chmod 640 local/random

# What is the file system's own business, and not the server's, is cut out: the
# size of a directory, its time, the owner of what was made.
cat >commands <<'END'
pwd
ls
ls -l
ls -la dir
ls -ln link
ls nowhere
cd dir
pwd
ls -l numbers
cd /nowhere
cd ../file
cd ..
get dir/numbers local/numbers
get -r dir local/dir-again
get dangling local/x
get loop local/x
get dir local/x
put local/random
put -p local/random dir/random
ls -l random dir/random
reput local/random dir/random
put -r local/dir-again copied
mkdir new
mkdir new
mkdir nowhere/new
chmod 711 new
chmod 1751 random
chmod 600 nowhere
ls -l random
rename random new/random
rename nowhere file
rename -l new/random dir/random
ls -l new
rename dir/random file
ls -l file
rename -l new/random random
ln random new/hard
ln -s ../file new/soft
ln -s x file
ls -l new
get new/soft local/soft
rm new
rmdir dir
rm nowhere
rmdir nowhere
rmdir file
copy random new/copied
get new/copied local/copied
ls -l new
rm new/*
rmdir new
ls -l new
END
run_sftp() {
	local name=$1

	shift
	rm -rf local/dir-again local/numbers local/soft local/copied
	sftp -D "$*" <commands >"$name.out" 2>"$name.err"
	cat "$name.err" >&3
	(cd local && ls -ln --time-style=+ && cat numbers soft copied |
		md5sum && ls -R dir-again) >"$name.local"
	# Paths of the folder begin at another root.  Between the two runs a minute
	# may end; and a file made at the end of a second may seem to be of the
	# future, so that its line has the year: both stand for now.
	sed -i -E -e "/^[-l]/s/ [A-Z][a-z]{2} +[0-9]+ +([0-9]{2}:[0-9]{2}|$(date +%Y)) / NOW /" \
		"$name.out"
	grep -q ' NOW ' "$name.out" || die "no time of now: $(cat "$name.out")"
	sed -i -e "s|$PWD/folder/|/|g; s|$PWD/folder|/|g" \
		-e 's|^\(d[rwxst-]*\).*[0-9:] \(.*\)$|\1 \2|' \
		-e 's|^\([-l][rwxstST-]*\)  *[0-9?]* [a-z0-9-]*  *[a-z0-9-]* |\1 |' \
		-e '/lost+found/d' -e 's/  */ /g; s/ $//' "$name.out" "$name.err"
	sed -i '/^Attached to /d; /^Connected to /d' "$name.err"
}
run_sftp want "$oracle -d $PWD/folder"
# The names in a line come in columns; lost+found changes their width.
printf '%s\n' 'rmdir lost+found' | run_check sftp -b - -D "lklfs sftp image"
run_sftp got "lklfs sftp image"
for part in out err local; do
	diff -u want.$part got.$part >&3 || die "other $part than sftp-server's"
done
[ "$(wc -l <want.err)" -gt 15 ] || die "few errors were compared"
run_check e2fsck -fn image

# The files are those of the folder, and new ones have the umask of the caller.
run_check cpfromfs -i image / out
(cd folder && find . -type f -exec md5sum {} + | sort -k 2) >want
(cd out && find . -type f -exec md5sum {} + | sort -k 2) | diff want - >&3 ||
	die "other files"
(cd folder && find . ! -type d -printf '%m %P %l\n' | sort) >want
(cd out && find . ! -type d -printf '%m %P %l\n' | sort) | diff want - >&3 ||
	die "other modes or links"

# Reading only.
before=$(digest image)
sftp -b - -D "lklfs sftp -R image" >got 2>&1 <<-'END'
	-put local/random refused
	-mkdir refused
	-rm file
	-chmod 600 file
	get file local/file
END
[ "$(grep -ci 'permission denied' got)" -ge 4 ] || die "not refused: $(cat got)"
check_same local/file folder/file "reading only"
[ "$(digest image)" = "$before" ] || die "the image was changed"

# A failed start is the tool's sentence.
run_mustfail 1 'nowhere: cannot open: No such file or directory' lklfs sftp nowhere </dev/null
run_mustfail 2 'no image given' lklfs sftp

# What is no SFTP, and a client that ends in the middle of a packet.
run_mustfail 1 'no SFTP' lklfs sftp image <<<'GET / HTTP/1.0'
printf '\0\0\0\5\1\0\0\0\3\0\0' >cut
run_mustfail 1 'in the middle of a packet' lklfs sftp image <cut
printf '\0\0\0\5\1\0\0\0\3' >greeting
run_check lklfs sftp image <greeting >answer
grep -qa statvfs@openssh.com answer || die "no extensions"

# copy-data: what two handles of one file copy would never end.
cat >copy.py <<-'END'
	import struct, subprocess

	def packet(kind, *parts):
	    body = bytes([kind]) + b"".join(parts)
	    return struct.pack(">I", len(body)) + body

	def string(data):
	    return struct.pack(">I", len(data)) + data

	def handle(number):
	    return string(struct.pack(">II", number, 1))

	def copy(start, length, to):
	    return packet(200, struct.pack(">I", 9), string(b"copy-data"),
	        handle(0), struct.pack(">QQ", start, length), handle(1),
	        struct.pack(">Q", to))

	opened = b"".join(
	    packet(3, struct.pack(">I", n), string(b"twice"),
	           struct.pack(">II", 0x1b, 0)) for n in range(2))
	requests = (packet(1, struct.pack(">I", 3)) + opened +
	    packet(6, struct.pack(">I", 8), handle(0), struct.pack(">Q", 0),
	           string(bytes(4096))) +
	    copy(0, 0, 4096) + copy(0, 4096, 1) + copy(0, 4096, 4096))
	out = subprocess.run(["lklfs", "sftp", "image"], input=requests,
	                     stdout=subprocess.PIPE, timeout=60).stdout
	answers = []
	while out:
	    size = struct.unpack(">I", out[:4])[0]
	    answers.append(struct.unpack(">BII", out[4:13]))
	    out = out[4 + size:]
	print(*[code for _, _, code in answers[-3:]])
END
python3 copy.py >got || die "copies one file into itself without end"
check_text got "5 5 0"
run_check lklfs cat image twice >got
[ "$(stat -c %s got)" -eq 8192 ] || die "another size after copy-data"

# Signals, and a client that goes away, with a file half written.
cat >client.py <<-'END'
	import signal, struct, subprocess, sys

	def packet(kind, *parts):
	    body = bytes([kind]) + b"".join(parts)
	    return struct.pack(">I", len(body)) + body

	def string(data):
	    return struct.pack(">I", len(data)) + data

	server = subprocess.Popen(["lklfs", "sftp", "image"],
	                          stdin=subprocess.PIPE, stdout=subprocess.PIPE)
	name = sys.argv[1].encode()
	server.stdin.write(packet(1, struct.pack(">I", 3)) +
	    packet(3, struct.pack(">I", 1), string(name),
	           struct.pack(">II", 0x1a, 0)) +
	    packet(6, struct.pack(">I", 2), string(struct.pack(">II", 0, 1)),
	           struct.pack(">Q", 0), string(b"half written")))
	server.stdin.flush()
	for _ in range(3):
	    size = struct.unpack(">I", server.stdout.read(4))[0]
	    server.stdout.read(size)
	if sys.argv[1] == "gone":
	    server.stdout.close()
	    server.stdin.write(packet(16, struct.pack(">I", 1), string(b".")))
	    server.stdin.flush()
	else:
	    server.send_signal(getattr(signal, sys.argv[1]))
	print(server.wait())
END
for how in SIGTERM SIGHUP gone; do
	python3 client.py $how >status 2>stderr
	cat stderr >&3
	case $how in
	SIGTERM) check_text status -15 ;;
	SIGHUP) check_text status -1 ;;
	gone)
		check_text status 1
		grep -q 'cannot send an answer' stderr || die "not said: $how"
		;;
	esac
	run_check e2fsck -fn image
	run_check lklfs cat image $how >got
	[ "$(cat got)" = 'half written' ] || die "lost: $how"
done

# A client that takes no answer before it has sent a megabyte, through a socket
# and through pipes.
cat >greedy.py <<-'END'
	import os, signal, socket, struct, subprocess, sys

	def packet(kind, *parts):
	    body = bytes([kind]) + b"".join(parts)
	    return struct.pack(">I", len(body)) + body

	if sys.argv[1] == "socket":
	    ours, theirs = socket.socketpair()
	    to, answers = ours.makefile("wb"), ours.makefile("rb")
	    server = subprocess.Popen(["lklfs", "sftp", "-R", "image"],
	                              stdin=theirs, stdout=theirs)
	    theirs.close()
	else:
	    server = subprocess.Popen(["lklfs", "sftp", "-R", "image"],
	                              stdin=subprocess.PIPE,
	                              stdout=subprocess.PIPE)
	    to, answers = server.stdin, server.stdout
	signal.alarm(60)
	path = b"/" + b"x" * 250
	to.write(packet(1, struct.pack(">I", 3)) +
	         b"".join(packet(16, struct.pack(">II", i, len(path)), path)
	                  for i in range(3600)))
	to.flush()
	for i in range(3601):
	    size = struct.unpack(">I", answers.read(4))[0]
	    answer = answers.read(size)
	    assert not i or (answer[0] == 104 and path in answer and
	                     struct.unpack_from(">I", answer, 1)[0] == i - 1), i
	if sys.argv[1] == "socket":
	    ours.shutdown(socket.SHUT_WR)
	else:
	    to.close()
	sys.exit(server.wait())
END
run_check python3 greedy.py socket
run_check python3 greedy.py pipes
