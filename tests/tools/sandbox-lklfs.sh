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

# check_confined PID N NAME - N processes, and each is confined
check_confined() {
	local pid n=0

	for pid in $(processes "$1"); do
		n=$((n + 1))
		is_confined "$pid" || die "$3: $(cat "/proc/$pid/status")"
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
# The guardian that opened the backing file has ended.
if command -v qemu-img >/dev/null; then
	run_check qemu-img create -q -f qcow2 -b one -F raw overlay.qcow2
	while_writing 1 lklfs cat --allow-backing overlay.qcow2 /random
else
	skip_part "no qemu-img"
fi
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
is_confined $pid || die "lklrun: $(cat "/proc/$pid/status")"
echo >go
wait $pid || die "lklrun"

# The process that unpacks waits for an fs2tar that waits, too.
mkdir bin
cat >bin/fs2tar <<EOF
#!/bin/bash
read -r line <"$PWD/go"
exec "$(command -v fs2tar)" "\$@"
EOF
chmod +x bin/fs2tar
PATH=$PWD/bin:$PATH lklfs copy one:/random other:/ &
pid=$!
wait_for 20 "lklfs copy to be confined" is_confined $pid
echo >go
wait $pid || die "lklfs copy"
lklfs cat other /random | cmp - tree/random || die "another copy"
