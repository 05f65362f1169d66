#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# few-threads.sh - on a host that allows few threads, lklfuse either fails or has
# mounted when it returns; threads of io_uring are given up for those that are
# needed.
# timeout: 300

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
[ -z "$INSTRUMENT" ] || skip "what instruments programs starts threads itself"
! is_sanitized || skip "the sanitizer interposes calls itself"

# The thread FIRST_REFUSED and all later ones of a process are refused.
cat >few.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
		   void *(*start)(void *), void *arg)
{
	static atomic_int made;
	int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
		    void *) = dlsym(RTLD_NEXT, "pthread_create");
	int ret = made >= atoi(getenv("FIRST_REFUSED")) ? EAGAIN :
		next(thread, attr, start, arg);

	made += !ret;
	return ret;
}
END
run_check ${CC:-cc} -shared -fPIC -o few.so few.c

make_fuse_image ext4 image
mkdir mnt
fuse_mounts=(image)
mode=${FUSE_TESTS_IO_URING:-auto}
mounted=0 failed=0 over=
for ((n = 0; n < 60; n++)); do
	if FIRST_REFUSED=$n LD_PRELOAD=$PWD/few.so \
		lklfuse -v --threads=4 -o io_uring=$mode "$PWD/image" "$PWD/mnt" \
		2>said
	then
		is_mounted mnt || die "$n threads: not mounted, but status 0: $(cat said)"
		echo $n >mnt/file || die "$n threads: cannot write: $(cat said)"
		[ "$(cat mnt/file)" = $n ] || die "$n threads: cannot read"
		fuse_unmount image mnt
		mounted=$((mounted + 1))
		over+=$(grep -q 'requests come from io_uring' said && echo r || echo d)
	else
		! is_mounted mnt || die "$n threads: mounted, but it failed: $(cat said)"
		grep -q 'thread' said || die "$n threads: no word of that: $(cat said)"
		failed=$((failed + 1))
		# More threads never do harm.
		[ $mounted -eq 0 ] || die "$n threads: failed, but with fewer it mounted: $(cat said)"
	fi
done
echo "io_uring=$mode: failed with $failed, mounted with $mounted numbers of threads: $over" >&3
[ $failed -gt 0 ] || die "no number of threads was too small"
[ $mounted -gt 0 ] || die "no number of threads was enough"
[[ $over =~ ^d+r*$ ]] || die "the way of the requests: $over"
