// SPDX-License-Identifier: GPL-2.0-only
/*
 * seccomp.c - the seccomp layer: loads a filter of system calls.
 *
 * generate-seccomp.c has made the filters at build time; it has the lists of
 * calls and explains them.
 */
#include "config.h"
#include "layers.h"

#ifdef HAVE_SECCOMP

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "seccomp-filters.h"

struct filter {
	const struct sock_filter *insns;
	unsigned short n;
};

#include "seccomp-filters.inc"

#ifndef SECCOMP_FILTER_FLAG_SPEC_ALLOW
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW (1ul << 2)
#endif

/*
 * libc's fstat() calls newfstatat() with an empty path.  A filter cannot see
 * that the path is empty, so it refuses newfstatat() to tools without paths.
 * The functions below replace libc's, for the tool and its libraries, with the
 * call that takes only a descriptor.  On 64-bit hosts both use one structure.
 */
static int fstat_by_descriptor(int fd, struct stat *ret_st)
{
	return (int)syscall(SYS_fstat, fd, ret_st);
}

#define REPLACES_LIBC(symbol) __asm__(symbol) \
	__attribute__((alias("fstat_by_descriptor"), visibility("default")))

extern int replace_fstat(int fd, struct stat *ret_st) REPLACES_LIBC("fstat");
extern int replace_fstat64(int fd, struct stat *ret_st)
	REPLACES_LIBC("fstat64");

static enum seccomp_paths wanted_paths(const struct sandbox_options *options)
{
	enum seccomp_paths paths = SECCOMP_NO_PATHS;
	const struct sandbox_path *path;

	if (options->tracer)
		return SECCOMP_TRACER;
	for (path = options->paths; path && path->path; path++) {
		if (path->access & SANDBOX_EXECUTE)
			return SECCOMP_PROGRAMS;
		if (path->access & SANDBOX_WRITE)
			paths = SECCOMP_WRITE;
		else if (path->access & SANDBOX_READ &&
			 paths == SECCOMP_NO_PATHS)
			paths = SECCOMP_READ;
	}
	return paths;
}

static enum seccomp_network
wanted_network(const struct sandbox_options *options)
{
	if (options->connect)
		return SECCOMP_CONNECT;
	if (options->tls)
		return SECCOMP_TLS;
	return options->network ? SECCOMP_CONNECTED : SECCOMP_NO_NETWORK;
}

/* Load @program for all threads.  Returns 0 or -errno. */
static int load_filter(const struct sock_fprog *program)
{
	/*
	 * The process runs no code of others, so it needs no protection from
	 * speculation, which kernels from 4.17 to 5.15 enable with a filter
	 * unless told not to.  Older ones do not know the flag.
	 */
	unsigned long flags = SECCOMP_FILTER_FLAG_TSYNC |
			      SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	long ret;

	ret = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
	if (ret < 0 && errno == EINVAL)
		ret = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			      SECCOMP_FILTER_FLAG_TSYNC, program);
	if (ret < 0)
		return -errno;
	/* With TSYNC, a positive result is a thread that could not join. */
	return ret ? -EBUSY : 0;
}

/* A kernel that has filters answers EFAULT to a null pointer. */
bool sandbox_has_seccomp(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) < 0 &&
		errno == EFAULT;
}

int sandbox_seccomp(const struct sandbox_options *options,
		    struct lkl_error *err)
{
	const struct filter *filter =
		&filters[wanted_paths(options)][wanted_network(options)];
	cleanup_free struct sock_filter *insns = NULL;
	struct sock_fprog program = { .len = filter->n };
	unsigned int i;
	int ret;

	if (!sandbox_has_seccomp())
		return 0;
	insns = malloc(filter->n * sizeof(*insns));
	if (!insns)
		return error_no_memory(err);
	memcpy(insns, filter->insns, filter->n * sizeof(*insns));
	for (i = 0; i < filter->n; i++)
		if (insns[i].k == SECCOMP_PID_PLACEHOLDER)
			insns[i].k = (uint32_t)getpid();
	program.filter = insns;
	ret = load_filter(&program);
	if (ret < 0)
		return error_set(err, ret, "cannot load the seccomp filter: %s",
				 strerror(-ret));
	return 1;
}

#else /* HAVE_SECCOMP */

bool sandbox_has_seccomp(void)
{
	return false;
}

int sandbox_seccomp(const struct sandbox_options *options,
		    struct lkl_error *err)
{
	(void)options;
	(void)err;
	return 0;
}

#endif /* HAVE_SECCOMP */
