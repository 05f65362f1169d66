#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# waiting.sh - while programs wait for an image that does not answer, another one
# on the same processor gets what needs no image.
# timeout: 100

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
need nbdkit mke2fs taskset
lklfuse --version | grep -qF -e '+nbd' || skip "built without NBD"
# One less than the threads of io_uring for a processor, see rings-make.c.
files=(1 2 3)
[ "$(nproc)" -le 4 ] || files=(1)

mkdir tree
for i in "${files[@]}"; do
	head -c 100000 /dev/urandom >tree/$i
done
make_image ext4 image 64M -d tree -E "root_owner=$(id -u):$(id -g)"
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
run_check lklfuse -o "io_uring=${FUSE_TESTS_IO_URING:-auto}" \
	"nbd+unix:///?socket=$PWD/socket" "$PWD/mnt"
stat "${files[@]/#/mnt/}" >/dev/null || die "cannot look up the files"
cpu=$(taskset -cp $$ | sed 's/.*[ ,]\([0-9]*\)$/\1/; s/.*-//')

readers=()
kill -STOP "$server"
for i in "${files[@]}"; do
	taskset -c "$cpu" cat mnt/$i >copy$i &
	readers+=($!)
done
waits() {
	grep -q '^State:.*[SD] ' "/proc/$1/status" 2>/dev/null &&
		grep -qx cat "/proc/$1/comm" 2>/dev/null
}
for reader in "${readers[@]}"; do
	wait_for 60 "a reader to wait" waits $reader
done
sleep 0.5
timeout 20 taskset -c "$cpu" stat -f mnt >/dev/null ||
	die "stat -f did not answer beside ${#files[@]} readers"
for reader in "${readers[@]}"; do
	waits $reader || die "a reader did not wait"
done
kill -CONT "$server"
for i in "${files[@]}"; do
	wait "${readers[$((i - 1))]}" || die "cannot read $i"
	cmp tree/$i copy$i || die "$i: other content"
done
run_check lklfuse --unmount mnt
kill "$server"
wait
