#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sandbox-lklfs.sh - each process of lklfs, and lklrun itself, is confined while an image
# is open.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs
[ -z "$INSTRUMENT" ] || skip "instrumented programs run without a sandbox"
fs2tar --version | tail -n 1 | grep -q '+seccomp' || skip "built without libseccomp"

mkdir tree
head -c 3000000 /dev/urandom >tree/random
seq -f 'tree/a-long-name-of-a-file-of-which-there-are-many-%.0f' 3000 | xargs touch
make_image ext4 one 64M -d tree
make_image ext4 other 16M

# processes PID - it and its descendants
processes() {
	local child

	echo "$1"
	for child in $(cat "/proc/$1"/task/*/children 2>/dev/null); do
		processes "$child"
	done
}

# check_confined PID N NAME - N processes, and each has a filter and no rights
check_confined() {
	local pid n=0

	for pid in $(processes "$1"); do
		n=$((n + 1))
		awk '/^Seccomp:/ { filter = $2 } /^NoNewPrivs:/ { none = $2 }
			/^Cap(Prm|Eff):/ { rights = rights $2 }
			END { exit filter != 2 || none != 1 || rights ~ /[^0]/ }' \
			"/proc/$pid/status" || die "$3: $(cat "/proc/$pid/status")"
	done
	[ $n -eq "$2" ] || die "$3: $n processes"
}

# while_writing N COMMAND... - nobody reads all of its output until it was looked at
while_writing() {
	local pid n=$1

	shift
	mkfifo pipe
	"$@" >pipe &
	pid=$!
	exec 4<pipe
	head -c 100 <&4 >part
	[ -s part ] || die "nothing of $*"
	check_confined $pid "$n" "$*"
	cat <&4 >rest
	exec 4<&-
	# lklfs diff tells of differences so.
	wait $pid || [ $? -eq 1 ] || die "$*"
	rm pipe
}

while_writing 1 lklfs cat one /random
while_writing 1 lklfs mtree one
while_writing 1 lklfs ls -l one /
# Two that read the images, and one that compares them.
while_writing 3 lklfs diff one other

mkfifo requests
lklfs sftp one <requests >replies &
pid=$!
exec 4>requests
printf '\0\0\0\5\1\0\0\0\3' >&4
is_answered() {
	[ -s replies ]
}
wait_for 20 "a reply of SFTP" is_answered
check_confined $pid 1 "lklfs sftp"
exec 4>&-
wait $pid || die "lklfs sftp"

# The program that lklrun runs has a filter, too, but it may have rights.
mkfifo go
lklrun -i one --at=/mnt -- sh -c 'echo begun >begun; read -r line <go' &
pid=$!
has_begun() {
	[ -s begun ]
}
wait_for 20 "the program to begin" has_begun
awk '/^Seccomp:/ { filter = $2 } /^NoNewPrivs:/ { none = $2 } /^Cap(Prm|Eff):/ { rights = rights $2 }
	END { exit filter != 2 || none != 1 || rights ~ /[^0]/ }' "/proc/$pid/status" ||
	die "lklrun: $(cat "/proc/$pid/status")"
echo >go
wait $pid || die "lklrun"
