/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * start.c - boots the kernel, halts it, and clears up behind it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "arch/include/asm/params.h"
#include "blk/error.h"
#include "clock.h"
#include "deterministic.h"
#include "disk.h"
#include "fault.h"
#include "kernel-data.h"
#include "log.h"
#include "memory.h"
#include "options.h"
#include "process.h"
#include "thread.h"
#include "vcpu.h"
#include "virtio.h"

#define PAGE_SIZE	4096u
/* Far above what a kernel with one vCPU can make use of. */
#define MEMORY_MAX	(64ull << 30)

/* The operations that take locks, or may reach a cancellation point. */

static int fill_random(void *buf, unsigned long len)
{
	int ret;

	fault_host_begin();
	ret = getrandom(buf, len, 0) == (ssize_t)len ? 0 : -EIO;
	fault_host_end();
	return ret;
}

static void write_log(int level, const char *line, unsigned long len)
{
	fault_host_begin();
	log_line(level, line, len);
	fault_host_end();
}

static void report_panic(const char *message)
{
	fault_host_begin();
	vcpu_panic(message);
	fault_host_end();
}

static void write_register(unsigned int disk, unsigned int offset,
			   unsigned int size, unsigned int value)
{
	fault_host_begin();
	vmmio_write(disk, offset, size, value);
	fault_host_end();
}

static void release_thread(struct lkl_thread *thread)
{
	fault_host_begin();
	thread_released(thread);
	fault_host_end();
}

static const struct lkl_host_ops host_ops = {
	.version		= LKL_HOST_OPS_VERSION,
	.log			= write_log,
	.panic			= report_panic,
	.clock_monotonic	= clock_monotonic,
	.clock_realtime		= clock_realtime,
	.clock_realtime_coarse	= clock_realtime_coarse,
	.set_timer		= vcpu_set_timer,
	.random			= fill_random,
	.map			= memory_map,
	.unmap			= memory_unmap,
	.wake			= vcpu_wake,
	.released		= release_thread,
	.mmio_read		= vmmio_read,
	.mmio_write		= write_register,
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* protects: */
static struct lkl_host_ops kernel_ops;	/* those of the kernel that runs */
/*
 * Boots, and halts: a halt needs no memory that may be lacking then.  NULL: no
 * kernel is running.
 */
static struct host_thread *main_thread;

/* No thread runs kernel code any more, or none ever did. */
static void clear_up(struct host_thread *t)
{
	disk_remove_all();
	thread_reclaim();
	thread_put(t);
	memory_destroy();
	kernel_data_drop();
}

static int kernel_prepare(struct host_thread *t,
			  const struct lkl_options *options,
			  struct lkl_vcpu **ret_shared, struct lkl_error *err)
{
	unsigned int version;

	kernel_ops = host_ops;
	if (deterministic_is_on())
		deterministic_replace_ops(&kernel_ops);
	version = lkl_kernel_prepare(&(struct lkl_boot) {
		.ops		= &kernel_ops,
		.memory		= lkl_memory.base,
		.memory_size	= lkl_memory.size,
		.vmalloc_start	= (unsigned long)lkl_memory.vmalloc,
		.vmalloc_size	= lkl_memory.vmalloc_size,
		.params		= options->params ? options->params : "",
		.thread		= &t->k,
	}, ret_shared);
	if (!version)
		return 0;
	return lkl_fail(err, -EPROTO,
			"the kernel object wants version %u of the host interface, and the library has %u",
			version, LKL_HOST_OPS_VERSION);
}

static int kernel_boot(uint64_t size, const struct lkl_options *options,
		       struct lkl_error *err)
{
	struct lkl_vcpu *shared;
	struct host_thread *t;
	long ret;

	log_init(options);
	ret = deterministic_start(options, err);
	if (ret)
		return ret;
	ret = fault_install(options->flags & LKL_CATCH_FAULTS, err);
	if (ret)
		return ret;
	ret = thread_prepare();
	if (ret)
		return lkl_fail(err, ret, "cannot prepare the thread: %s",
				strerror((int)-ret));
	ret = memory_create(size, deterministic_is_on(), err);
	if (ret)
		return ret;
	ret = kernel_data_prepare(err);
	if (ret)
		goto fail_memory;
	t = thread_get();
	if (!t) {
		ret = lkl_fail(err, -ENOMEM, "out of memory");
		goto fail_memory;
	}
	t->k.busy = 1;
	ret = kernel_prepare(t, options, &shared, err);
	if (ret)
		goto fail_thread;
	ret = vcpu_start(t->vcpu, shared, deterministic_is_on());
	if (ret) {
		lkl_fail(err, ret, "cannot start a thread: %s (ulimit -u?)",
			 strerror(-ret));
		clear_up(t);
		return ret;
	}
	ret = vcpu_boot(t);
	if (process_is_broken())
		return process_fail(err);
	if (ret) {
		vcpu_stop(t->vcpu);
		clear_up(t);
		return lkl_fail(err, ret, "the kernel panicked while booting");
	}
	main_thread = t;
	return 0;

fail_thread:
	thread_put(t);
fail_memory:
	memory_destroy();
	return ret;
}

static const struct options_type options_type = {
	.name = "struct lkl_options",
	.size = sizeof(struct lkl_options),
	.first_size = 56,
};

static int kernel_start(uint64_t size, const struct lkl_options *options,
			struct lkl_error *err)
{
	int ret;

	if (main_thread)
		return lkl_fail(err, -EALREADY,
				"a kernel was started, and not halted");
	ret = process_begin();
	if (ret)
		return lkl_fail(err, ret, "%s", strerror(-ret));
	ret = kernel_boot(size, options, err);
	if (ret)
		process_end();
	return ret;
}

int lkl_start(const struct lkl_options *options, struct lkl_error *err)
{
	struct lkl_options wanted = { 0 };
	uint64_t size;
	int ret, state;

	if (options) {
		ret = options_copy(&options_type, &wanted, options, err);
		if (ret)
			return ret;
	}
	ret = options_check_flags(&options_type, wanted.flags,
				  LKL_CATCH_FAULTS | LKL_DETERMINISTIC |
				  LKL_FIXED_FILE_TIMES, err);
	if (ret)
		return ret;
	size = wanted.memory ? wanted.memory : LKL_MEMORY_DEFAULT;
	if (size < LKL_MEMORY_MIN || size > MEMORY_MAX)
		return lkl_fail(err, -EINVAL,
				"memory size %llu is not between %llu and %llu bytes",
				(unsigned long long)size, LKL_MEMORY_MIN,
				MEMORY_MAX);
	size &= ~(uint64_t)(PAGE_SIZE - 1);
	if (wanted.params && strlen(wanted.params) > LKL_PARAMS_MAX)
		return lkl_fail(err, -E2BIG,
				"%zu bytes of kernel parameters are more than %d",
				strlen(wanted.params), LKL_PARAMS_MAX);

	ret = process_fail(err);
	if (ret)
		return ret;
	if (!thread_enter())
		return lkl_fail(err, -EDEADLK, "this thread is in a call");
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_mutex_lock(&lock);
	ret = kernel_start(size, &wanted, err);
	pthread_mutex_unlock(&lock);
	pthread_setcancelstate(state, NULL);
	thread_leave();
	return ret;
}

/* Returns why the kernel was dead before, or 0. */
static long kernel_halt(struct host_thread *t)
{
	const long args[6] = { 0 };
	long ret = vcpu_dead();

	if (!ret) {
		thread_set_tid(t);
		t->k.nr = LKL_CALL_HALT;
		t->k.args = args;
		__atomic_store_n(&t->k.busy, 1, __ATOMIC_RELEASE);
		/* It does not return: the kernel being gone is its success. */
		ret = vcpu_call(t);
		if (ret == -ENXIO)
			ret = 0;
	}
	/* Nothing can be cleared up: another thread may hold the locks. */
	if (process_is_broken())
		return -ENOTRECOVERABLE;
	vcpu_stop(t->vcpu);
	clear_up(t);
	return ret;
}

int lkl_halt(void)
{
	long ret = process_check();
	int state;

	if (ret)
		return (int)ret;
	if (!thread_enter())
		return -EDEADLK;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_mutex_lock(&lock);
	ret = -ENXIO;
	if (main_thread) {
		/* If it fails, the halt may still succeed. */
		thread_prepare();
		ret = kernel_halt(main_thread);
		main_thread = NULL;
		process_end();
	}
	pthread_mutex_unlock(&lock);
	pthread_setcancelstate(state, NULL);
	thread_leave();
	return (int)ret;
}
