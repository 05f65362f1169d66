// SPDX-License-Identifier: GPL-2.0-only
/*
 * rings-make.c - makes the rings before the sandbox, which forbids it, and
 * frees them.
 *
 * A ring can only submit the commands of its restrictions, on the two files
 * that are registered with it: the system-call filter does not see these
 * commands.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include "common/error.h"
#include "log.h"
#include "ring.h"

#define PARAMETER	"/sys/module/fuse/parameters/enable_uring"
#define POSSIBLE	"/sys/devices/system/cpu/possible"

/* A mebibyte of address space for each. */
#define QUEUES_MAX	256u
/*
 * The requests of a processor wait while its threads wait for the disk, so it has
 * as many as /dev/fuse has for all processors; but no more than this in all, or
 * writes spread over so much memory that they take a quarter more time.
 */
#define THREADS_GOAL	16u
#define THREADS_PER_CPU_MIN 2u

/* Newer than some <liburing/io_uring.h>, which is a copy of the host's. */
#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1u << 13)
#endif

/* The number of the host's queues; 0 if they are numbered with gaps. */
static unsigned int count_queues(void)
{
	unsigned int first, last = 0;
	char line[64] = "";
	FILE *file = fopen(POSSIBLE, "re");
	int fields = 0;

	if (!file)
		return 0;
	if (fgets(line, sizeof(line), file) && !strchr(line, ','))
		fields = sscanf(line, "%u-%u", &first, &last);
	fclose(file);
	return fields < 1 || first ? 0 : last + 1;
}

static bool host_enables_rings(void)
{
	FILE *file = fopen(PARAMETER, "re");
	bool on;

	if (!file)
		return false;
	on = fgetc(file) == 'Y';
	fclose(file);
	return on;
}

/* Allow one command on one file, and to be woken. */
static int restrict_ring(struct ring *ring, int fuse_fd)
{
	struct io_uring_restriction allowed[] = {
		{ .opcode = IORING_RESTRICTION_SQE_OP,
		  .sqe_op = IORING_OP_URING_CMD },
		{ .opcode = IORING_RESTRICTION_SQE_OP,
		  .sqe_op = IORING_OP_READ },
		{ .opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED,
		  .sqe_flags = IOSQE_FIXED_FILE },
		{ .opcode = IORING_RESTRICTION_REGISTER_OP,
		  .register_op = IORING_REGISTER_ENABLE_RINGS },
	};
	int files[FILES] = { [FILE_FUSE] = fuse_fd, [FILE_WAKE] = ring->wake };
	int fd = ring->io_uring.ring_fd;
	int ret;

	/* Some versions of liburing.so lack the functions for these. */
	ret = io_uring_register(fd, IORING_REGISTER_FILES, files, FILES);
	if (!ret)
		ret = io_uring_register(fd, IORING_REGISTER_RESTRICTIONS,
					allowed,
					sizeof(allowed) / sizeof(*allowed));
	return ret;
}

static int ring_make(struct ring *ring, int fuse_fd)
{
	/* Its thread enables it, and is the only one to use it from then on. */
	struct io_uring_params params = {
		.flags = IORING_SETUP_SQE128 | IORING_SETUP_R_DISABLED |
			 IORING_SETUP_SINGLE_ISSUER |
			 IORING_SETUP_DEFER_TASKRUN,
	};
	int ret;

	pthread_mutex_init(&ring->lock, NULL);
	ring->wake = eventfd(0, EFD_CLOEXEC);
	if (ring->wake < 0)
		return -errno;
	ret = io_uring_queue_init_params(RING_SUBMISSIONS,
					 &ring->io_uring, &params);
	if (ret)
		return ret;
	ring->made = true;
	return restrict_ring(ring, fuse_fd);
}

static int rings_make(struct rings *rings, const cpu_set_t *cpus,
		      unsigned int per_cpu)
{
	int fuse_fd = fuse_session_fd(rings->session);
	unsigned int i;
	int cpu, ret;

	for (i = 0; i < per_cpu; i++) {
		for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
			struct ring *ring = &rings->ring[rings->n];

			if (!CPU_ISSET(cpu, cpus))
				continue;
			rings->n++;
			ring->rings = rings;
			ring->cpu = cpu;
			ring->number = i;
			ret = ring_make(ring, fuse_fd);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

/* Members are aligned to lines of the cache, which calloc() does not. */
static struct rings *alloc_rings(size_t n)
{
	size_t size = sizeof(struct rings) + n * sizeof(struct ring);
	void *rings = NULL;

	if (posix_memalign(&rings, _Alignof(struct rings), size))
		return NULL;
	return memset(rings, 0, size);
}

static unsigned int threads_per_cpu(unsigned int threads, unsigned int n_cpus)
{
	unsigned int all = threads > THREADS_GOAL ? threads : THREADS_GOAL;
	unsigned int n = (all + n_cpus - 1) / n_cpus;

	if (n > threads)
		n = threads;
	return n < THREADS_PER_CPU_MIN ? THREADS_PER_CPU_MIN : n;
}

int rings_prepare(struct fuse_session *session, enum rings_mode mode,
		  unsigned int threads, struct rings **ret_rings,
		  struct lkl_error *err)
{
	unsigned int n_queues = count_queues(), n_cpus, per_cpu;
	struct rings *rings;
	cpu_set_t cpus;
	int ret;

	*ret_rings = NULL;
	if (mode == RINGS_NO || threads < 2) {
		error_set(err, 0, "%s", mode == RINGS_NO ?
			  "io_uring=no" : "there is only one thread");
		return 0;
	}
	ret = mode == RINGS_YES ? -EOPNOTSUPP : 0;
	if (!host_enables_rings())
		return error_set(err, ret,
				 "the host has FUSE over io_uring turned off, or does not know it (%s is not Y)",
				 PARAMETER);
	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return error_set(err, ret, "cannot list the processors: %s",
				 strerror(errno));
	n_cpus = (unsigned int)CPU_COUNT(&cpus);
	if (!n_queues || n_queues > QUEUES_MAX)
		return error_set(err, ret,
				 "io_uring is used with 1 to %u processors that are numbered without gaps",
				 QUEUES_MAX);
	per_cpu = threads_per_cpu(threads, n_cpus);
	rings = alloc_rings((size_t)n_cpus * per_cpu);
	if (!rings)
		return error_no_memory(err);
	rings->session = session;
	rings->n_queues = n_queues;
	rings->cpus = cpus;
	rings->may_stay = n_cpus > 1 && ring_placement_allow();
	if (!rings->may_stay)
		log_verbose("programs may be moved to other processors at each reply: RLIMIT_NICE is below 20, or there is one processor");
	pthread_mutex_init(&rings->lock, NULL);
	pthread_cond_init(&rings->changed, NULL);
	ret = rings_make(rings, &cpus, per_cpu);
	if (ret < 0) {
		rings_free(rings);
		return error_set(err, mode == RINGS_YES ? ret : 0,
				 "the host refuses an io_uring: %s",
				 strerror(-ret));
	}
	*ret_rings = rings;
	return 0;
}

void rings_free(struct rings *rings)
{
	unsigned int i;

	if (!rings)
		return;
	for (i = 0; i < rings->n; i++) {
		struct ring *ring = &rings->ring[i];

		if (ring->made)
			io_uring_queue_exit(&ring->io_uring);
		if (ring->wake >= 0)
			close(ring->wake);
		pthread_mutex_destroy(&ring->lock);
	}
	pthread_cond_destroy(&rings->changed);
	pthread_mutex_destroy(&rings->lock);
	free(rings);
}
