#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# rings.sh - over io_uring, the other tests of mounts pass as well; a mount says
# where its requests come from; io_uring=yes fails where the host has no rings,
# and io_uring=auto, the default, does without.
#
# The host's administrator turns rings on: fuse.enable_uring=1.
# timeout: 1800

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
need taskset prlimit

parameter=/sys/module/fuse/parameters/enable_uring
make_fuse_image ext4 image

run_mustfail 2 'not one of auto, yes, no' \
	lklfuse -o io_uring=maybe "$PWD/image" "$PWD/mnt"

# says TEXT MODE - of io_uring=, when it mounts
says() {
	lklfuse -v -o "io_uring=$2" "$PWD/image" "$PWD/mnt" 2>said ||
		die "io_uring=$2: $(cat said)"
	grep -q "$1" said || die "io_uring=$2: $(cat said)"
	echo data >mnt/file || die "io_uring=$2: cannot write"
	[ "$(cat mnt/file)" = data ] || die "io_uring=$2: cannot read"
	fuse_unmount image mnt
}

mkdir mnt
fuse_mounts+=(image)
says 'from /dev/fuse: io_uring=no' no
if [ "$(cat $parameter 2>/dev/null)" != Y ]; then
	says 'from /dev/fuse: the host has FUSE over io_uring turned off' auto
	run_mustfail 1 'cannot use io_uring' \
		lklfuse -o io_uring=yes "$PWD/image" "$PWD/mnt"
	skip "the host's FUSE does not use io_uring: $parameter is not Y"
fi
says 'from io_uring' yes
says 'from io_uring' auto

# refused TEXT WHERE - a host that refuses rings there: /dev/fuse does instead
refused() {
	"$fuse/refuse-rings" "$2" lklfuse -v "$PWD/image" "$PWD/mnt" 2>said ||
		die "rings refused at $2: $(cat said)"
	grep -q "$1" said || die "rings refused at $2: $(cat said)"
	! grep -q 'from io_uring' said || die "$2: $(cat said)"
	echo more >mnt/file || die "rings refused at $2: cannot write"
	fuse_unmount image mnt
}
if is_real_root; then
	refused 'from /dev/fuse: the host refuses an io_uring' setup
	refused 'cannot start the threads of io_uring' enable
	# With yes, the user is told without -v.
	"$fuse/refuse-rings" enable lklfuse -o io_uring=yes "$PWD/image" \
		"$PWD/mnt" 2>said || die "rings refused: $(cat said)"
	check_text said 'lklfuse: warning: io_uring=yes: it cannot be started; going on over /dev/fuse'
	fuse_unmount image mnt
fi

# A host that takes the offer and then refuses the entries: the same.
if [ -z "$INSTRUMENT" ] && ! is_sanitized; then
	cat >queues.c <<-'END'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <stdio.h>
		#include <string.h>

		/* lklfuse offers entries for queues that the host does not have. */
		FILE *fopen(const char *path, const char *mode)
		{
			FILE *(*next)(const char *, const char *) =
				dlsym(RTLD_NEXT, "fopen");

			if (strcmp(path, "/sys/devices/system/cpu/possible"))
				return next(path, mode);
			return fmemopen("0-250\n", 6, "r");
		}
	END
	run_check ${CC:-cc} -shared -fPIC -o queues.so queues.c
	for i in 1 2 3 4 5; do
		LD_PRELOAD=$PWD/queues.so lklfuse -v -o io_uring=yes "$PWD/image" \
			"$PWD/mnt" 2>said || die "entries refused: $(cat said)"
		grep -q 'the host refuses a ring' said ||
			die "entries are not refused: $(cat said)"
		grep -q 'io_uring=yes: it cannot be started' said ||
			die "entries refused, no warning: $(cat said)"
		! grep -q 'come from io_uring' said || die "entries refused: $(cat said)"
		echo $i >mnt/file || die "entries refused: cannot write"
		fuse_unmount image mnt
	done
fi

# Nothing runs in an idle mount.
export FUSE_TESTS_IO_URING=yes
fuse_mount image mnt
pid=$(fuse_pids image)
ls -l mnt >/dev/null
switches() {
	cat /proc/$pid/task/*/status | awk '/ctxt_switches/ { n += $2 } END { print n }'
}
# The file system has some work in the seconds after a mount, such as the first
# commit of its journal.  Then two seconds pass in which next to nothing runs.
for ((i = 0; i < 10; i++)); do
	before=$(switches)
	sleep 2
	woke=$(($(switches) - before))
	[ $woke -gt 4 ] || break
done
[ $woke -le 4 ] || die "an idle mount woke up $woke times in 2 s"

# Threads that lost their processor, as if it had been offline, answer its
# requests and go back.
run_check taskset -acp 0 $pid >&3
for cpu in $(seq 0 $(($(nproc) - 1))); do
	run_check taskset -c $cpu ls -l mnt >/dev/null
	echo $cpu >mnt/on-$cpu || die "no answer on processor $cpu"
done
is_back() {
	cat /proc/$pid/task/*/status |
		grep -qx 'Cpus_allowed_list:[[:space:]]*[1-9][0-9]*'
}
[ "$(nproc)" -eq 1 ] || is_back || die "no thread went back"

# If the host moves a program between its requests, threads wait for the next one
# with SCHED_IDLE, so that the program stays.  They need RLIMIT_NICE for the way
# back, which root can usually give itself.
idle_threads() {
	awk '{ sub(/.*\) /, ""); n += $39 == 5 } END { print n + 0 }' \
		/proc/$pid/task/*/stat
}
# ask DIR CPU... - a new name on each of the processors in turn, by one process
ask() {
	python3 - "$@" <<-'EOF'
		import os, sys
		for cpu in sys.argv[2:]:
		    os.sched_setaffinity(0, {int(cpu)})
		    name = f"{sys.argv[1]}/no-{os.getpid()}-{cpu}"
		    assert not os.path.exists(name)
	EOF
}
# ask_often DIR - on two processors; sets took, in seconds
ask_often() {
	local begun=$SECONDS i

	for ((i = 0; i < 20; i++)); do
		run_check ask "$1" 0
		run_check ask "$1" 1
	done
	took=$((SECONDS - begun))
}
if [ "$(nproc)" -gt 1 ]; then
	run_check ask mnt 0 1 0 1
	n=$(idle_threads)
	if prlimit --nice=20:20 true; then
		[ $n -ge 1 ] || die "no thread has SCHED_IDLE"
	else
		[ $n -eq 0 ] || die "$n threads cannot leave SCHED_IDLE"
	fi
	# On busy processors, the threads notice that they got requests late.
	hogs=()
	for cpu in 0 1; do
		taskset -c $cpu sh -c 'while :; do :; done' &
		hogs+=($!)
	done
	ask_often .
	without=$took
	ask_often mnt
	kill "${hogs[@]}"
	wait "${hogs[@]}" 2>/dev/null
	[ $took -lt $((without + 60)) ] ||
		die "40 requests took $took s on busy processors, without them $without s"
	[ "$(idle_threads)" -eq 0 ] || die "threads kept SCHED_IDLE"
fi
fuse_unmount image mnt

# The same programs as over /dev/fuse.
for test in semantics-ext4 exercise kill unmount ioctls crowd few-threads waiting; do
	mkdir $test
	(cd $test && TEST_DIR=$PWD TMPDIR=$PWD \
		exec "$top_srcdir/tests/fuse/$test.sh") >$test.log 2>&1
	status=$?
	[ $status -eq 0 ] || {
		cat $test.log >&3
		die "$test over io_uring: exit status $status"
	}
	grep -q 'io_uring=yes' $test.log || die "$test did not use io_uring"
	rm -rf $test
done
