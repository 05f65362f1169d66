#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# slow-disk.sh - reads of several programs reach a slow disk at the same time,
# although one worker answers nearly all requests while nothing waits.

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
need mke2fs python3
[ -z "$INSTRUMENT" ] || skip "what instruments programs interposes calls itself"
! is_sanitized || skip "the sanitizer interposes calls itself"

# Each read takes as long as a disk's; how many were at it, at most.
cat >slow.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int reading, most;

int io_uring_queue_init_params(unsigned n, void *ring, void *params)
{
	return -ENOSYS;
}

ssize_t preadv2(int fd, const struct iovec *iov, int n, off_t at, int flags)
{
	errno = EAGAIN;
	return -1;
}

ssize_t preadv(int fd, const struct iovec *iov, int n, off_t at)
{
	int now = ++reading, before = most;
	ssize_t ret;

	while (now > before &&
	       !atomic_compare_exchange_weak(&most, &before, now))
		;
	usleep(500);
	ret = syscall(SYS_preadv, fd, iov, (long)n, at, 0l);
	reading--;
	return ret;
}

__attribute__((destructor)) static void tell(void)
{
	FILE *file = fopen(getenv("SLOW_DISK_MOST"), "w");

	if (file && fprintf(file, "%d\n", most) > 0)
		fclose(file);
}
END
run_check ${CC:-cc} -shared -fPIC -o slow.so slow.c

cat >read.py <<'END'
import os, random, sys, threading

fd = os.open(sys.argv[1], os.O_RDONLY)
os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
want = open(sys.argv[2], "rb").read()
wrong = []

def read(seed):
    pages = list(range(len(want) // 4096))
    random.Random(seed).shuffle(pages)
    for page in pages[:300]:
        at = page * 4096
        if os.pread(fd, 4096, at) != want[at:at + 4096]:
            wrong.append(at)

threads = [threading.Thread(target=read, args=(i,))
           for i in range(int(sys.argv[3]))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit(bool(wrong))
END

mkdir tree mnt
head -c 64M /dev/urandom >tree/file
truncate -s 100M image
run_check mke2fs -q -t ext4 -d tree image

# most READERS - how many reads were at the disk at a time
most() {
	fuse_mounts+=(image)
	SLOW_DISK_MOST=$PWD/most LD_PRELOAD=$PWD/slow.so \
		run_check lklfuse --no-sandbox -o ro "$PWD/image" "$PWD/mnt"
	run_check python3 read.py mnt/file tree/file "$1"
	fuse_unmount image mnt
	wait_for 10 "the daemon's last words" test -s most
	cat most
	rm most
}

n=$(most 1) || exit 1
[ "$n" -le 2 ] || die "$n reads at a time for one reader"
n=$(most 6) || exit 1
[ "$n" -ge 4 ] || die "no more than $n reads at a time for six readers"
