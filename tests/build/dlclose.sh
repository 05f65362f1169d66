#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# dlclose() does no harm: threads run in the library, and others call it when
# they end.  It stays where it is, and so does the kernel.

set -eu
lib=$top_builddir/lkl/.libs/liblkl.so
[ -e "$lib" ] || {
	echo "skip: built without a shared library"
	exit 77
}

cat >program.c <<'END'
#include <dlfcn.h>
#include <lkl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static __typeof__(lkl_start) *start;
static __typeof__(lkl_halt) *halt;
static __typeof__(lkl_syscall) *call;
static pthread_barrier_t called, closed;

static void *caller(void *arg)
{
	long args[6] = { 0 };

	*(long *)arg = call(LKL___NR_getpid, args);
	pthread_barrier_wait(&called);
	pthread_barrier_wait(&closed);
	/* The library learns of the end of this thread. */
	return NULL;
}

int main(int argc, char **argv)
{
	long args[6] = { 0 }, pid = 0;
	pthread_t thread;
	void *lib = dlopen(argv[argc - 1], RTLD_NOW);

	if (!lib) {
		puts(dlerror());
		return 1;
	}
	start = dlsym(lib, "lkl_start");
	halt = dlsym(lib, "lkl_halt");
	call = dlsym(lib, "lkl_syscall");
	if (!start || !halt || !call || start(NULL, NULL))
		return 2;
	pthread_barrier_init(&called, NULL, 2);
	pthread_barrier_init(&closed, NULL, 2);
	if (pthread_create(&thread, NULL, caller, &pid))
		return 3;
	pthread_barrier_wait(&called);
	dlclose(lib);
	pthread_barrier_wait(&closed);
	pthread_join(thread, NULL);
	/* The kernel's own thread lives on, too. */
	usleep(100000);
	if (pid != 1 || call(LKL___NR_getpid, args) != 1)
		return 4;
	if (dlopen(argv[argc - 1], RTLD_NOW) != lib || halt())
		return 5;
	return 0;
}
END
flags=$(sed -n 's/^SANITIZER_FLAGS = //p' "$top_builddir/Makefile")
${CC:-gcc} $flags -I"$top_srcdir/lkl/include" -I"$top_builddir/include" \
	-o program program.c -pthread -ldl
./program "$lib"
