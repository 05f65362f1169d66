#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# killed-callers.sh - a program that waits for a server that does not answer dies
# of a signal; one that handles the signal waits on and gets its answer.  Programs
# that look up names in one directory do not wait for each other.
#
# timeout: 100

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
need nbdkit mke2fs python3
lklfuse --version | grep -qF -e '+nbd' || skip "built without NBD"
# The host sends interrupts for these requests only.
FUSE_TESTS_IO_URING=no

# Directories and files in blocks that nobody has read when the server stops.
mkdir -p tree
for i in {1..40}; do
	mkdir -p tree/d$i
	for j in {1..30}; do
		echo $i $j >tree/d$i/a-name-that-fills-a-block-soon-$j
	done
done
make_image ext4 image 64M -d tree -b 1024 \
	-E "root_owner=$(id -u):$(id -g)"
nbdkit -f -U "$PWD/socket" -P "$PWD/pid" file image >&3 2>&1 &
wait_for 60 "the server" test -s pid
server=$(cat pid)
end_server() {
	local status=$?

	kill -CONT "$server" 2>/dev/null
	kill "$server" 2>/dev/null
	(exit $status)
	fuse_end
}
trap end_server EXIT

mkdir mnt
fuse_mounts=(mnt)
# As for other images, but the name is none of a file.
run_check lklfuse -o io_uring=no "nbd+unix:///?socket=$PWD/socket" "$PWD/mnt"
is_mounted mnt || die "not mounted"

# waits PID - it sleeps in a request
waits() {
	grep -q fuse "/proc/$1/wchan" 2>/dev/null ||
		grep -q '^State:.*[SD] ' "/proc/$1/status" 2>/dev/null
}

# waits_and_dies SIGNAL COMMAND... - soon after it was sent
waits_and_dies() {
	local pid sent=$1 status start

	env --default-signal=TERM "${@:2}" >/dev/null 2>&1 &
	pid=$!
	sleep 0.5		# it must not end by itself either
	wait_for 60 "it to wait: ${*:2}" waits $pid
	start=$SECONDS
	kill -$sent $pid
	wait $pid
	status=$?
	[ $status -eq $((128 + $(kill -l $sent))) ] ||
		die "exit status $status after SIG$sent: ${*:2}"
	[ $((SECONDS - start)) -le 10 ] ||
		die "took $((SECONDS - start)) seconds: ${*:2}"
}

kill -STOP "$server"
waits_and_dies TERM stat mnt/d1/a-name-that-fills-a-block-soon-7
waits_and_dies KILL cat mnt/d2/a-name-that-fills-a-block-soon-8
waits_and_dies TERM python3 -c 'import os; os.getxattr("mnt/d3", "user.x")'

# The signals do nothing but call a function: the call must not fail.  Then one
# ends it: of that the host does not tell.
cat >handles.py <<'END'
import os, signal, sys

def handle(number, frame):
    pass

signal.signal(signal.SIGUSR1, handle)
# Python repeats calls that fail with EINTR; libc does not.
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print("ready", flush=True)
ret = libc.access(sys.argv[1].encode(), os.F_OK)
print("returned", ret, ctypes.get_errno(), flush=True)
END
python3 handles.py mnt/d4/a-name-that-fills-a-block-soon-9 >handled &
patient=$!
python3 handles.py mnt/d5/a-name-that-fills-a-block-soon-9 >ended &
impatient=$!
wait_for 60 "the programs" test -s handled -a -s ended
wait_for 60 "the first call" waits $patient
wait_for 60 "the second call" waits $impatient
for i in 1 2 3; do
	kill -USR1 $patient $impatient
	sleep 0.4	# more than one look at it
done
kill -KILL $impatient	# others wait behind those that are handled
wait $impatient
[ $? -eq 137 ] || die "a second signal does not end it"
! grep returned handled ended >&3 || die "a handled signal ends a call"

kill -CONT "$server"
wait $patient || die "failed"
grep -qx 'returned 0 0' handled || die "says $(cat handled)"
# What was cut off is there, and as it was.
diff -r -x lost+found tree mnt >&3 || die "not the same files"
echo new >mnt/d1/new && sync mnt/d1/new || die "cannot write"
run_check lklfuse --unmount mnt
kill "$server"
wait
check_clean ext4 image
