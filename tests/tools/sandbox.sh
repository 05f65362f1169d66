#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sandbox.sh - fs2tar has no privileges and a system-call filter while it reads
# an image, and neither with --no-sandbox.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs mkfs.xfs
[ -z "$INSTRUMENT" ] || skip "instrumented programs run without a sandbox"
fs2tar --version >version
features=$(tail -n 1 version)

mkdir tree
head -c 3000000 /dev/urandom >tree/random
make_image ext4 image 64M -d tree

# status FIELD - of the fs2tar that is running
status() {
	awk -v field="$1:" '$1 == field { print $2 }' status
}

# is_asleep PID - its status is in the file "status"
is_asleep() {
	cat "/proc/$1/status" >status || die "no status"
	grep -q '^State:.*S' status
}

# look [OPTION...] - keep the status of an fs2tar in the middle of its work:
# its output is a pipe that nobody reads until then
look() {
	local pid

	mkfifo pipe
	fs2tar "$@" image >pipe &
	pid=$!
	exec 4<pipe
	# More than one block: the kernel runs, the image is mounted.
	head -c 1000000 <&4 >part
	wait_for 60 "fs2tar to wait" is_asleep $pid
	cat part - <&4 >"out.tar"
	exec 4<&-
	wait $pid || die "fs2tar failed"
	rm pipe
}

run_check fs2tar --no-sandbox image plain.tar
look
[ "$(status NoNewPrivs)" = 1 ] || die "may gain privileges"
for set in CapInh CapPrm CapEff CapAmb; do
	[ "$(status $set)" = 0000000000000000 ] ||
		die "has capabilities: $set is $(status $set)"
done
! is_root || [ "$(status CapBnd)" = 0000000000000000 ] ||
	die "bounding set is $(status CapBnd)"
if [[ $features == *+seccomp* ]]; then
	[ "$(status Seccomp)" = 2 ] || die "no filter: $(status Seccomp)"
else
	skip_part "built without libseccomp"
fi
check_same plain.tar out.tar "another archive in the sandbox"

outside=$(awk '$1 == "Seccomp:" { print $2 }' /proc/self/status)
look --no-sandbox
[ "$(status Seccomp)" = "$outside" ] || die "--no-sandbox: there is a filter"
if is_root; then
	[ "$(status CapEff)" != 0000000000000000 ] ||
		die "--no-sandbox: privileges are gone"
fi
check_same plain.tar out.tar "another archive without the sandbox"

# With all that compresses, threads included, and each way to name the output.
for suffix in '' .gz .bz2 .xz .zst .lz4; do
	if [ "$suffix" = .lz4 ] && [[ $features != *+lz4* ]]; then
		skip_part "built without lz4"
		continue
	fi
	run_check fs2tar --no-sandbox image a.tar$suffix
	run_check fs2tar image b.tar$suffix
	check_same a.tar$suffix b.tar$suffix "$suffix: another archive"
done
make_image xfs xfs.image 300M
run_check fs2tar --threads=4 --sync xfs.image xfs.tar.zst

# The copying tools open the files of the host that were named, and no others.
if command -v cptofs >/dev/null; then
	make_image ext4 copy 64M
	mkdir -p from/dir secret out
	echo text >from/dir/file
	ln from/dir/file from/link
	echo hidden >secret/file
	ln -s ../secret from/elsewhere
	run_check cptofs -i copy from /
	run_check cpfromfs -i copy /from out
	diff -r --no-dereference from out/from >&3 || die "cptofs and cpfromfs in the sandbox"
	[ "$(stat -c %h out/from/link)" = 2 ] || die "links are lost"
	run_check cptofs -L -i copy from /followed
	run_check cpfromfs -i copy /followed/elsewhere/file out/
	check_same secret/file out/file "links that are followed"
fi

# The image is read only in the sandbox: the tool says that it is in it, and then
# what is wrong with the image's own header.
if command -v qemu-img >/dev/null; then
	run_check qemu-img create -q -f qcow2 bad 4M
	printf '\377\377\377\377' | dd of=bad bs=1 seek=20 conv=notrunc status=none
	mkdir mnt
	tools=('fs2tar -v bad none.tar' 'fs2tar -v --format=qcow2 bad none.tar'
		'cptofs -v -i bad tree /' 'cpfromfs -v -i bad / none'
		'lklfs ls --verbose bad /' 'lklfs list --verbose bad'
		'lklfs write --verbose bad /file' 'lklfs copy --verbose image:/random bad:/'
		'lklfs shell --verbose bad' 'lklfs sftp --verbose bad')
	if [ -w /dev/fuse ] && command -v lklfuse >/dev/null; then
		tools+=('lklfuse --verbose bad mnt')
	else
		skip_part "no FUSE"
	fi
	check_order() {
		sed '/bad: /,$d' stderr | grep -q '^sandbox: ' ||
			die "$1: reads the image outside of the sandbox"
	}
	for tool in "${tools[@]}"; do
		run_mustfail 1 'bad: ' $tool </dev/null
		check_order "$tool"
	done
	lklrun --verbose -i bad -- true 2>stderr
	[ $? -eq 125 ] && grep -q 'bad: ' stderr || die "lklrun: $(cat stderr)"
	check_order lklrun
	[ ! -e none.tar ] || die "there is an archive"
else
	skip_part "no qemu-img"
fi

# A journal to be replayed, a partition to be found, a log to be shown.
make_image ext4 image 64M -b 4096
make_odd --dirty ext4 image
run_check fs2tar --kernel-log image dirty.tar
check_odd image dirty.tar
