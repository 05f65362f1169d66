/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * thread.c - system calls, and the structure of each thread that makes them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fault.h"
#include "lkl.h"
#include "process.h"
#include "thread.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* protects: */
static struct host_thread *unused;
/* None ever leaves this list, so reading it takes no lock. */
static _Atomic(struct host_thread *) all;

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int key_error;

/* Initial-exec: an access is not a function call. */
static __thread struct host_thread *self
	__attribute__((tls_model("initial-exec")));
__thread bool thread_in_call;

void thread_set_tid(struct host_thread *t)
{
	atomic_store(&t->tid, (int)syscall(SYS_gettid));
}

struct host_thread *thread_get(void)
{
	struct host_thread *t;

	pthread_mutex_lock(&lock);
	t = unused;
	if (t) {
		unused = t->free_next;
		t->k = (struct lkl_thread) { 0 };
		t->idle_waits = 0;
	} else {
		t = aligned_alloc(64, (sizeof(*t) + 63) & ~(size_t)63);
		if (t) {
			*t = (struct host_thread) { .all_next = all };
			atomic_store(&all, t);
		}
	}
	pthread_mutex_unlock(&lock);
	if (t) {
		t->vcpu = vcpu_choose();
		thread_set_tid(t);
	}
	return t;
}

void thread_put(struct host_thread *t)
{
	pthread_mutex_lock(&lock);
	t->k.exiting = 0;
	t->free_next = unused;
	unused = t;
	pthread_mutex_unlock(&lock);
}

void thread_for_each(void (*fn)(struct host_thread *t))
{
	struct host_thread *t;

	for (t = atomic_load(&all); t; t = t->all_next)
		fn(t);
}

void thread_reclaim(void)
{
	struct host_thread *t;

	pthread_mutex_lock(&lock);
	for (t = atomic_load(&all); t; t = t->all_next) {
		if (!t->k.exiting)
			continue;
		t->k.exiting = 0;
		t->free_next = unused;
		unused = t;
	}
	pthread_mutex_unlock(&lock);
}

void thread_released(struct lkl_thread *thread)
{
	struct host_thread *t = (struct host_thread *)thread;

	/*
	 * The kernel took @t from the queue of posts, to which its thread had
	 * added it.  A thread sanitizer, which does not see the kernel, sees
	 * that here.
	 */
	(void)__atomic_load_n(&vcpu_shared(t->vcpu)->posted, __ATOMIC_ACQUIRE);
	thread_put((struct host_thread *)thread);
}

/* The key's value in a thread that is prepared, but has made no call. */
static char no_calls;

/* The thread ends.  Its task ends, too, but later. */
static void thread_exit(void *arg)
{
	bool in_call = thread_in_call;
	struct host_thread *t = arg;

	/* A signal handler that makes a call would wait for a lock of ours. */
	thread_in_call = true;
	atomic_signal_fence(memory_order_seq_cst);
	self = NULL;
	fault_thread_exit();
	/* A child leaves the structure alone: another thread may hold the lock. */
	if (arg != &no_calls && !process_check() && !vcpu_end_task(t))
		thread_put(t);
	atomic_signal_fence(memory_order_seq_cst);
	thread_in_call = in_call;
}

static void make_key(void)
{
	key_error = pthread_key_create(&key, thread_exit);
}

/* Prepare the thread for faults until it ends. */
static int thread_prepare_with(const void *value)
{
	int err;

	pthread_once(&key_once, make_key);
	err = key_error ? key_error : pthread_setspecific(key, value);
	if (!err)
		fault_thread_init();
	return -err;
}

int thread_prepare(void)
{
	return thread_prepare_with(self ? (void *)self : &no_calls);
}

static struct host_thread *thread_attach(void)
{
	struct host_thread *t = thread_get();

	if (!t)
		return NULL;
	if (thread_prepare_with(t)) {
		thread_put(t);
		return NULL;
	}
	self = t;
	return t;
}

long thread_call(long nr, const long args[6])
{
	struct host_thread *t = self;
	long ret;

	if (__builtin_expect(!process_has_kernel(), 0)) {
		ret = process_check();
		return ret ? ret : -ENXIO;
	}
	ret = vcpu_dead();
	if (__builtin_expect(ret, 0))
		return ret;
	if (!thread_enter())
		return -EDEADLK;
	if (__builtin_expect(!t, 0)) {
		t = thread_attach();
		if (!t) {
			thread_leave();
			return -ENOMEM;
		}
	}
	t->k.nr = nr;
	t->k.args = args;
	/* If @args is bad, fault here and not in the kernel. */
	(void)*(const volatile long *)&args[0];
	(void)*(const volatile long *)&args[5];
	__atomic_store_n(&t->k.busy, 1, __ATOMIC_RELEASE);
	ret = vcpu_call(t);
	thread_leave();
	return ret;
}

long lkl_syscall(long no, const long args[6])
{
	/* The numbers of the library's own calls are no system calls. */
	return thread_call(no < LKL_CALL_BASE ? no : -1, args);
}

unsigned int lkl_waits(void)
{
	return self ? self->idle_waits : 0;
}
