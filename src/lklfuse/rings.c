// SPDX-License-Identifier: GPL-2.0-only
/*
 * rings.c - requests and replies through io_uring instead of /dev/fuse: the
 * threads.
 *
 * The host has a queue for each processor, and puts a request into the queue of
 * the processor that asks.  Threads that are bound to that processor answer it:
 * no other processor has to be woken.  One system call hands over a reply and
 * gets the next request.
 *
 * A thread has an io_uring of its own.  An entry is the memory for one request
 * and its reply, registered with one queue.  The host fills the entry that
 * became free last.  So while requests come one at a time, the same thread
 * answers all of a processor; another one takes over while that waits for the
 * disk.  Queues of processors that are offline get an entry of some thread,
 * since the host uses no ring before each queue has one.
 *
 * FUSE_INIT, forgets and interrupts still come from /dev/fuse, see workers.c.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <string.h>
#include <time.h>

#include "common/error.h"
#include "identity.h"
#include "log.h"
#include "quiet-sync.h"
#include "ring.h"

static void report_failure(struct rings *rings, int error)
{
	if (!atomic_flag_test_and_set(&rings->failure_reported))
		rings->failed(error);
}

static int answer_request(struct ring_entry *entry)
{
	struct ring *ring = entry->ring;
	size_t len;
	int ret;

	atomic_store_explicit(&ring->busy, true, memory_order_release);
	entry->state = ENTRY_IN_PROCESS;
	entry->registered = true;
	entry->replied = false;
	len = ring_entry_assemble(entry);
	if (len) {
		ring_placement_note_request(ring, entry->device.head.pid);
		device_self = &entry->device;
		device_clear_flags(&entry->device);
		device_process(ring->rings->session, &entry->device, len);
		device_self = NULL;
		quiet_sync_note(entry->device.head.opcode);
	}
	if (entry->state == ENTRY_DETACHED) {
		ret = 0;
	} else {
		ring_placement_note_size(ring, entry->headers->info.payload_size
					 + len);
		ret = ring_entry_commit(entry);
	}
	log_kernel_errors();
	return ret;
}

/* The mount, or this process's use of it, is over. */
static bool is_disconnected(int error)
{
	return error == -ENOTCONN || error == -ECANCELED ||
		error == -ECONNABORTED || error == -ENODEV;
}

/* 0, or -errno if the thread has to end. */
static int handle_completion(struct ring *ring)
{
	struct ring_entry *entry;
	struct io_uring_cqe *cqe;
	int res, ret;

	if (io_uring_peek_cqe(&ring->io_uring, &cqe))
		return 0;
	entry = io_uring_cqe_get_data(cqe);
	res = cqe->res;
	io_uring_cqe_seen(&ring->io_uring, cqe);
	if (entry && res >= 0)
		return answer_request(entry);
	if (entry && (entry->registered || is_disconnected(res)))
		return res;
	if (entry) {
		/*
		 * The host goes on with /dev/fuse, or with the entries that it
		 * has.
		 */
		log_verbose("the host refuses a ring for FUSE: %s",
			    strerror(-res));
		ring_entry_free(entry);
		device_no_rings();
		return ring->entries ? 0 : -ENOTCONN;
	}
	ret = ring_commit_answered(ring);
	return ret ? ret : ring_wait_for_wake(ring);
}

static void answer_requests(struct ring *ring)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct rings *rings = ring->rings;
	int ret = 0;

	while (!ret && !atomic_load(&rings->stop)) {
		ring_placement_before_wait(ring);
		ret = io_uring_submit_and_wait(&ring->io_uring, 1);
		ring_placement_after_wait(ring);
		atomic_store_explicit(&ring->busy, false,
				      memory_order_release);
		if (ret == -EAGAIN || ret == -ENOMEM || ret == -EBUSY)
			nanosleep(&pause, NULL);
		else if (ret < 0 && ret != -EINTR)
			break;
		ret = handle_completion(ring);
	}
	if (ret < 0 && !is_disconnected(ret)) {
		report_failure(rings, ret);
		return;
	}
	/* The last replies; what these fetch is never looked at. */
	if (!ring_commit_answered(ring))
		io_uring_submit(&ring->io_uring);
}

static int ring_get_ready(struct ring *ring)
{
	int ret;

	ring_placement_start(ring);
	ret = identity_init();
	if (!ret)
		ret = ring_entries_make(ring);
	if (!ret)
		ret = io_uring_register(ring->io_uring.ring_fd,
					IORING_REGISTER_ENABLE_RINGS, NULL, 0);
	return ret;
}

/* Returns when the host has taken or refused the entries. */
static int offer_entries(struct ring *ring)
{
	struct io_uring_cqe *cqe;
	int ret = ring_entries_register(ring);

	if (ret < 0)
		return ret;
	/* Commands that it cannot submit now are for answer_requests(). */
	io_uring_submit(&ring->io_uring);
	/* A command that the host refuses completes at once. */
	while (!ret && !io_uring_peek_cqe(&ring->io_uring, &cqe) &&
	       io_uring_cqe_get_data(cqe) && cqe->res < 0)
		ret = handle_completion(ring);
	return ret;
}

static void *ring_thread(void *arg)
{
	struct ring *ring = arg;
	struct rings *rings = ring->rings;
	bool negotiated;
	int ret;

	ret = ring_get_ready(ring);
	pthread_mutex_lock(&rings->lock);
	rings->n_ready++;
	if (ret < 0)
		rings->error = ret;
	pthread_cond_broadcast(&rings->changed);
	while (!rings->connected && !atomic_load(&rings->stop))
		pthread_cond_wait(&rings->changed, &rings->lock);
	negotiated = rings->negotiated;
	pthread_mutex_unlock(&rings->lock);

	if (negotiated && !ret) {
		ret = offer_entries(ring);
		pthread_mutex_lock(&rings->lock);
		rings->n_offered++;
		pthread_cond_broadcast(&rings->changed);
		pthread_mutex_unlock(&rings->lock);
		if (!ret)
			answer_requests(ring);
		else if (!is_disconnected(ret))
			report_failure(rings, ret);
	}
	atomic_store(&ring->busy, false);
	/*
	 * The host writes to entries only when this thread enters the kernel for
	 * its ring.
	 */
	ring_entries_free(ring);
	return NULL;
}

int rings_start(struct rings *rings, void (*failed)(int error),
		struct lkl_error *err)
{
	unsigned int i;
	int ret = 0;

	rings->failed = failed;
	for (i = 0; i < rings->n && !ret; i++) {
		ret = -pthread_create(&rings->ring[i].thread, NULL,
				      ring_thread, &rings->ring[i]);
		rings->ring[i].started = !ret;
		rings->n_started += !ret;
	}
	pthread_mutex_lock(&rings->lock);
	while (rings->n_ready < rings->n_started)
		pthread_cond_wait(&rings->changed, &rings->lock);
	if (!ret)
		ret = rings->error;
	pthread_mutex_unlock(&rings->lock);
	if (ret < 0)
		error_set(err, ret, "cannot start the threads of io_uring: %s",
			  strerror(-ret));
	return ret;
}

void rings_connect(struct rings *rings, bool negotiated)
{
	pthread_mutex_lock(&rings->lock);
	rings->connected = true;
	rings->negotiated = negotiated;
	pthread_cond_broadcast(&rings->changed);
	while (negotiated && rings->n_offered < rings->n_started &&
	       !atomic_load(&rings->stop))
		pthread_cond_wait(&rings->changed, &rings->lock);
	pthread_mutex_unlock(&rings->lock);
}

bool rings_are_idle(struct rings *rings)
{
	unsigned int i;

	for (i = 0; i < rings->n; i++)
		if (atomic_load(&rings->ring[i].busy))
			return false;
	return true;
}

void rings_stop(struct rings *rings)
{
	unsigned int i;

	pthread_mutex_lock(&rings->lock);
	atomic_store(&rings->stop, true);
	pthread_cond_broadcast(&rings->changed);
	pthread_mutex_unlock(&rings->lock);
	for (i = 0; i < rings->n; i++) {
		if (!rings->ring[i].started)
			continue;
		ring_wake(&rings->ring[i]);
		pthread_join(rings->ring[i].thread, NULL);
		rings->ring[i].started = false;
	}
}
