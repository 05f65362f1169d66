// SPDX-License-Identifier: GPL-2.0-only
/*
 * uring.c - reads from files with io_uring.
 *
 * Only reads: the host's kernel uses threads for buffered writes, and so does
 * pool.c.  The ring is restricted to reads when it is made, so that nothing
 * else gets past a process's system call filter.
 *
 * One thread per ring, started at the first read, waits for completions.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "blk/pool.h"
#include "config.h"
#include "uring.h"

#ifdef HAVE_LIBURING
#include <liburing.h>

/* As many requests as a virtio queue holds. */
#define URING_ENTRIES	256u

struct uring {
	struct io_uring ring;
	pthread_t thread;
	bool has_thread;
	/* The host refused a submission, as a new seccomp filter makes it. */
	bool broken;
	/* Reads that are not submitted yet. */
	unsigned int prepared;
	struct uring_read *reads[URING_ENTRIES];
};

/* A completion without a read ends the thread. */
static void *uring_run_completions(void *arg)
{
	struct uring *ring = arg;
	struct io_uring_cqe *cqe;
	struct uring_read *read;
	ssize_t res;
	int ret;

	for (;;) {
		ret = io_uring_wait_cqe(&ring->ring, &cqe);
		if (ret == -EINTR || ret == -EAGAIN)
			continue;
		/* The ring is broken, so nothing is in flight. */
		if (ret)
			return NULL;
		read = io_uring_cqe_get_data(cqe);
		res = cqe->res;
		io_uring_cqe_seen(&ring->ring, cqe);
		if (!read)
			return NULL;
		read->done(read, res);
	}
}

static bool uring_start_thread(struct uring *ring)
{
	if (!ring->has_thread)
		ring->has_thread = !pool_start_thread(&ring->thread,
						      uring_run_completions,
						      ring);
	return ring->has_thread;
}

bool uring_prepare(struct uring *ring, const struct blk_extent *from,
		   const struct iovec *iov, int n, struct uring_read *read)
{
	struct io_uring_sqe *sqe;

	if (ring->broken || ring->prepared == URING_ENTRIES ||
	    !uring_start_thread(ring))
		return false;
	sqe = io_uring_get_sqe(&ring->ring);
	if (!sqe)
		return false;
	io_uring_prep_readv(sqe, from->fd, iov, n, from->offset);
	io_uring_sqe_set_data(sqe, read);
	ring->reads[ring->prepared++] = read;
	return true;
}

void uring_submit(struct uring *ring)
{
	unsigned int done = 0;
	int ret;

	while (done < ring->prepared) {
		ret = io_uring_submit(&ring->ring);
		if (ret > 0) {
			done += ret;
		} else if (ret != -EINTR && ret != -EAGAIN && ret != -EBUSY) {
			ring->broken = true;
			break;
		}
	}
	for (; done < ring->prepared; done++)
		ring->reads[done]->done(ring->reads[done], -EAGAIN);
	ring->prepared = 0;
}

struct uring *uring_create(void)
{
	struct io_uring_restriction allowed[] = {
		{ .opcode = IORING_RESTRICTION_SQE_OP,
		  .sqe_op = IORING_OP_READV },
		{ .opcode = IORING_RESTRICTION_SQE_OP,
		  .sqe_op = IORING_OP_NOP },
		{ .opcode = IORING_RESTRICTION_REGISTER_OP,
		  .register_op = IORING_REGISTER_ENABLE_RINGS },
	};
	struct io_uring_params params = { .flags = IORING_SETUP_R_DISABLED };
	struct uring *ring = calloc(1, sizeof(*ring));
	int fd;

	if (!ring)
		return NULL;
	if (io_uring_queue_init_params(URING_ENTRIES, &ring->ring, &params))
		goto fail;
	/* Some versions of liburing.so lack the functions for these two. */
	fd = ring->ring.ring_fd;
	if (io_uring_register(fd, IORING_REGISTER_RESTRICTIONS, allowed,
			      sizeof(allowed) / sizeof(allowed[0])) ||
	    io_uring_register(fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0)) {
		io_uring_queue_exit(&ring->ring);
		goto fail;
	}
	return ring;

fail:
	free(ring);
	return NULL;
}

void uring_destroy(struct uring *ring)
{
	struct io_uring_sqe *sqe;

	if (!ring)
		return;
	if (ring->has_thread) {
		sqe = ring->broken ? NULL : io_uring_get_sqe(&ring->ring);
		if (sqe) {
			io_uring_prep_nop(sqe);
			io_uring_sqe_set_data(sqe, NULL);
			if (io_uring_submit(&ring->ring) < 1)
				ring->broken = true;
		}
		/* The thread may wait for ever and use the ring: leave both. */
		if (ring->broken) {
			pthread_detach(ring->thread);
			return;
		}
		pthread_join(ring->thread, NULL);
	}
	io_uring_queue_exit(&ring->ring);
	free(ring);
}

#else /* !HAVE_LIBURING */

struct uring *uring_create(void)
{
	return NULL;
}

void uring_destroy(struct uring *ring)
{
	(void)ring;
}

bool uring_prepare(struct uring *ring, const struct blk_extent *from,
		   const struct iovec *iov, int n, struct uring_read *read)
{
	(void)ring;
	(void)from;
	(void)iov;
	(void)n;
	(void)read;
	return false;
}

void uring_submit(struct uring *ring)
{
	(void)ring;
}

#endif
