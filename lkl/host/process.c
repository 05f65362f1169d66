// SPDX-License-Identifier: GPL-2.0-only
/*
 * process.c - tells the process that started the kernel from its children.
 *
 * One flag is copied by fork(), and one is not: it is in a page that the host
 * gives to a child as zeroes (MADV_WIPEONFORK).  This works for children that
 * were made by clone() without the C library's knowledge, too.  A host that
 * cannot do it calls a handler of ours in fork().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

#include "blk/error.h"
#include "blk/lock.h"
#include "process.h"

struct process_page process_page __attribute__((aligned(4096)));

static bool prepared;		/* the page is emptied in a child */
static atomic_bool has_kernel;	/* this process, or a parent */

static void empty_page(void)
{
	atomic_store(&process_page.broken, false);
	atomic_store(&process_page.has_kernel, false);
}

int process_begin(void)
{
	int err = 0;

	if (!prepared &&
	    madvise(&process_page, sizeof(process_page), MADV_WIPEONFORK))
		err = pthread_atfork(NULL, NULL, empty_page);
	if (err)
		return -err;
	prepared = true;
	/* In this order, and process_end() in the other: see process_check(). */
	atomic_store(&process_page.has_kernel, true);
	atomic_store(&has_kernel, true);
	return 0;
}

void process_end(void)
{
	/* For good. */
	if (process_is_broken())
		return;
	atomic_store(&has_kernel, false);
	empty_page();
}

void process_break(void)
{
	atomic_store(&process_page.broken, true);
	atomic_store(&process_page.has_kernel, false);
	lock_break();
}

int process_check(void)
{
	if (!has_kernel || process_has_kernel())
		return 0;
	if (process_is_broken())
		return -ENOTRECOVERABLE;
	/* A kernel may have ended, or begun, between the two looks. */
	return has_kernel && !process_has_kernel() ? -ECHILD : 0;
}

int process_fail(struct lkl_error *err)
{
	int ret = process_check();

	if (!ret)
		return 0;
	if (ret == -ENOTRECOVERABLE)
		return lkl_fail(err, ret, "the library has failed in this process");
	return lkl_fail(err, -ECHILD, "the kernel belongs to a parent process");
}
