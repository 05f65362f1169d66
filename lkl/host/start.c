/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * start.c - boots the kernel, and halts it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "blk/error.h"
#include "clock.h"
#include "fault.h"
#include "log.h"
#include "memory.h"
#include "options.h"
#include "thread.h"
#include "vcpu.h"
#include "virtio.h"

#define PAGE_SIZE	4096u
/* Far above what a kernel with one vCPU can make use of. */
#define MEMORY_MAX	(64ull << 30)

static int fill_random(void *buf, unsigned long len)
{
	return getrandom(buf, len, 0) == (ssize_t)len ? 0 : -EIO;
}

static const struct lkl_host_ops host_ops = {
	.version		= LKL_HOST_OPS_VERSION,
	.log			= log_line,
	.panic			= vcpu_panic,
	.clock_monotonic	= clock_monotonic,
	.clock_realtime		= clock_realtime,
	.clock_realtime_coarse	= clock_realtime_coarse,
	.set_timer		= vcpu_set_timer,
	.random			= fill_random,
	.map			= memory_map,
	.unmap			= memory_unmap,
	.wake			= vcpu_wake,
	.released		= thread_released,
	.mmio_read		= vmmio_read,
	.mmio_write		= vmmio_write,
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool started;		/* protected by lock */

static int boot(uint64_t size, const struct lkl_options *options,
		struct lkl_error *err)
{
	struct lkl_vcpu *shared;
	struct host_thread *t;
	unsigned int version;
	long ret;

	log_init(options);
	fault_install(options->flags & LKL_CATCH_FAULTS);
	fault_thread_init();
	ret = memory_create(size, err);
	if (ret)
		return ret;
	t = thread_get();
	if (!t) {
		ret = lkl_fail(err, -ENOMEM, "out of memory");
		goto fail_memory;
	}
	t->k.busy = 1;
	version = lkl_kernel_prepare(&(struct lkl_boot) {
		.ops		= &host_ops,
		.memory		= lkl_memory.base,
		.memory_size	= lkl_memory.size,
		.vmalloc_start	= (unsigned long)lkl_memory.vmalloc,
		.vmalloc_size	= lkl_memory.vmalloc_size,
		.params		= options->params ? options->params : "",
		.thread		= &t->k,
	}, &shared);
	if (version) {
		ret = lkl_fail(err, -EPROTO,
			       "the kernel object wants version %u of the host interface, and the library has %u",
			       version, LKL_HOST_OPS_VERSION);
		goto fail_thread;
	}
	ret = vcpu_start(t->vcpu, shared);
	if (ret) {
		lkl_fail(err, ret, "cannot start a thread: %s",
			 strerror(-ret));
		goto fail_thread;
	}
	ret = vcpu_boot(t);
	thread_put(t);
	if (ret) {
		vcpu_stop(vcpu_choose());
		return lkl_fail(err, ret, "the kernel panicked while booting");
	}
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

int lkl_start(const struct lkl_options *options, struct lkl_error *err)
{
	struct lkl_options wanted = { 0 };
	uint64_t size;
	int ret;

	if (options) {
		ret = options_copy(&options_type, &wanted, options, err);
		if (ret)
			return ret;
	}
	ret = options_check_flags(&options_type, wanted.flags,
				  LKL_CATCH_FAULTS, err);
	if (ret)
		return ret;
	size = wanted.memory ? wanted.memory : LKL_MEMORY_DEFAULT;
	if (size < LKL_MEMORY_MIN || size > MEMORY_MAX)
		return lkl_fail(err, -EINVAL,
				"memory size %llu is not between %llu and %llu bytes",
				(unsigned long long)size, LKL_MEMORY_MIN,
				MEMORY_MAX);
	size &= ~(uint64_t)(PAGE_SIZE - 1);

	pthread_mutex_lock(&lock);
	if (started) {
		ret = lkl_fail(err, -EALREADY,
			       "a process can start the kernel only once");
	} else {
		ret = boot(size, &wanted, err);
		/* What ran once has left its traces in the kernel's data. */
		started = !ret || ret == -ENOTRECOVERABLE;
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

int lkl_halt(void)
{
	const long args[6] = { 0 };
	long ret;

	pthread_mutex_lock(&lock);
	if (vcpu_dead()) {
		ret = vcpu_dead();
	} else {
		/* It does not return: the kernel being gone is its success. */
		ret = lkl_syscall(LKL_CALL_HALT, args);
		if (ret == -ENXIO)
			ret = 0;
		vcpu_stop(vcpu_choose());
	}
	pthread_mutex_unlock(&lock);
	return ret;
}
