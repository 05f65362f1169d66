#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# nbd.sh - images on NBD servers give the same files as the served file; copies
# reach the server; servers that fail are reported.

. "$top_srcdir/tests/helpers/lib.sh"
need nbdkit mke2fs e2fsck debugfs timeout
fs2tar --version | grep -qF -e '+nbd' || skip "built without NBD"

socket=$PWD/socket
uri="nbd+unix:///?socket=$socket"
server=
trap '[ -z "$server" ] || kill "$server"' EXIT

# listen ARGUMENT... - a server until the next one; false if it ends at once
listen() {
	local i

	stop TERM
	echo "+ nbdkit $*" >&3
	nbdkit -f -P "$PWD/pid" "$@" >&3 2>&1 &
	server=$!
	until [ -s pid ]; do
		kill -0 $server 2>/dev/null || return 1
		sleep 0.01
	done
}

serve() {
	listen -U "$socket" "$@" || die "nbdkit"
}

stop() {
	[ -n "$server" ] || return 0
	kill "-$1" "$server"
	wait "$server" 2>/dev/null
	server=
	rm -f pid "$socket"
}

mkdir tree
seq 100000 >tree/numbers
head -c 3000000 /dev/urandom >tree/random
make_image ext4 image 32M -d tree -b 1024
run_check fs2tar image want.tar

# gives OPTION... - the files of the image
gives() {
	rm -f got.tar
	run_check timeout 60 fs2tar "$@" got.tar
	check_same want.tar got.tar "$*"
}

serve -r file image
gives "$uri"
gives --format=raw --snapshot -t ext4 "$uri"
run_check fs2tar "$uri" - >got.tar
check_same want.tar got.tar "to standard output"
# Written to is only what is written aside.
run_check timeout 60 cptofs --snapshot -i "$uri" tree/numbers /copy
run_mustfail 1 'for reading only' cptofs -i "$uri" tree/numbers /copy
serve --filter=exportname file image exportname-strict=true exportname=disk
gives "nbd+unix:///disk?socket=$socket"
run_mustfail 1 "$uri: cannot connect: " fs2tar "$uri" none.tar
# Blocks that are larger than those of the file system.
serve --filter=blocksize-policy file image blocksize-minimum=4096 \
	blocksize-maximum=65536 blocksize-error-policy=error
gives "$uri"
(head -c 1M /dev/urandom && cat image) >mixed
serve file mixed
gives --offset=1M "$uri"

# The server has all data when the program has ended.
serve file image
run_check timeout 60 cptofs -i "$uri" tree/random /copy
stop KILL
run_check e2fsck -fn image >&3
debugfs -R 'dump /copy copy' image 2>/dev/null
check_same tree/random copy "what was copied"
serve --filter=blocksize-policy file image blocksize-minimum=4096 \
	blocksize-error-policy=error
run_check timeout 60 cptofs -i "$uri" tree/numbers /second
stop KILL
run_check e2fsck -fn image >&3
run_check fs2tar image want.tar

# With TLS, by a key that both know.
if ! nbdkit --dump-config | grep -qx 'tls=yes'; then
	skip_part "this nbdkit has no TLS"
else
	key=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
	echo "user:$key" >keys
	echo "user:${key//0/1}" >others
	chmod 600 keys others
	serve --tls=require --tls-psk=keys file image
	gives "nbds+unix://user@/?socket=$socket&tls-psk-file=keys"
	run_mustfail 1 'cannot connect' fs2tar \
		"nbds+unix://user@/?socket=$socket&tls-psk-file=others" none.tar
	run_mustfail 1 'cannot connect' fs2tar "$uri" none.tar
fi

# Over TCP.
for i in 1 2 3 4 5; do
	port=$((20000 + RANDOM % 20000))
	listen -i 127.0.0.1 -p $port file image && break
	[ $i -lt 5 ] || die "no port"
done
gives "nbd://127.0.0.1:$port/"
gives "nbd://localhost:$port"
stop TERM
run_mustfail 1 'Connection refused' fs2tar "nbd://127.0.0.1:$port/" none.tar

# Nothing there, or not a URI.
run_mustfail 1 "$uri: cannot connect: " fs2tar "$uri" none.tar
for bad in nbd+unix:/// 'nbd://' 'nbd://[1/' 'nbd+unix:///?sock=x' \
	'nbd://x y/' 'nbds://127.0.0.1:99999/'; do
	run_mustfail 1 'cannot connect' timeout 60 fs2tar "$bad" none.tar
done
: >"$socket"
run_mustfail 1 'cannot connect' fs2tar "$uri" none.tar
rm "$socket"

# A server that dies while it is used, or before anything is.
serve --filter=log --filter=delay file image rdelay=20ms \
	logfile="$PWD/requests"
timeout 60 fs2tar "$uri" none.tar 2>stderr &
client=$!
wait_for 60 "a few requests" eval '[ "$(grep -c Read requests)" -gt 8 ]'
stop KILL
# One with another disk takes its place.
serve memory 16M
wait $client
status=$?
cat stderr >&3
[ $status -eq 1 ] || die "status $status after the server was replaced"
grep -q 'the server now offers 16777216 bytes instead of' stderr ||
	die "does not say why"
# There may be an archive, of files that could not all be read.
rm -f none.tar

# used_while COMMAND... - runs it in the background until it used the server
used_while() {
	rm -f requests
	serve --filter=log --filter=delay file image rdelay=5ms wdelay=5ms \
		logfile="$PWD/requests"
	timeout 60 "$@" 2>stderr &
	client=$!
	wait_for 60 "a few requests" \
		eval '[ "$(grep -c -e Read -e Write requests)" -gt 40 ]'
	stop KILL
}

# A server that is killed and started again, in the sandbox.
used_while fs2tar "$uri" got.tar
serve file image
wait $client || die "fs2tar: $(cat stderr)"
check_same want.tar got.tar "after the server was started again"
cp image before
used_while cptofs -i "$uri" tree/random /third
serve file image
wait $client || die "cptofs: $(cat stderr)"
stop KILL
run_check e2fsck -fn image >&3
debugfs -R 'dump /third copy' image 2>/dev/null
check_same tree/random copy "what was copied to two servers"
mv before image

# While it waits for the server, a signal ends it.
used_while fs2tar "$uri" none.tar
kill -TERM $client
wait_for 10 "the end by SIGTERM" eval '! kill -0 $client 2>/dev/null'
wait $client
rm -f none.tar

# One without space, as that of a full disk.
truncate -s 64M large
mke2fs -q -F -t ext4 -d tree large || die mke2fs
rm -f full
serve --filter=error file large error-file="$PWD/full" error-rate=1 \
	error-pwrite=ENOSPC error-pread-rate=0 error-trim-rate=0
run_check timeout 60 cptofs -i "$uri" tree/numbers /copy
touch full
run_mustfail 1 'no space left on the host' \
	timeout 60 cptofs -i "$uri" tree/random /copy2
rm -f full
serve --filter=error file large error-file="$PWD/full" error-rate=1 \
	error-pread=EIO
touch full
run_mustfail 1 'cannot read' timeout 60 fs2tar "$uri" none.tar
rm -f full
[ ! -e none.tar ] || die "a failure left an archive"
