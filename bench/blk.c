// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk.c - measures the image layer alone, without a kernel.  It uses the layer
 * as the block device does: a request that need not wait is done at once;
 * otherwise io_uring does a read if it can, and a pool of threads does
 * everything else.
 *
 * Usage: blk read IMAGE FORMAT REQUEST-SIZE STEP COUNT DEPTH [CONTENT]
 *        blk write IMAGE FORMAT REQUEST-SIZE STEP COUNT DEPTH
 *
 * Each request begins STEP bytes after the one before, around the end of the
 * image, and DEPTH of them are under way, each with a buffer of its own: what
 * qemu-img bench does with -d DEPTH.  Writing ends with a flush.  It fails if it
 * reads anything else than the file CONTENT has.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blk/blk.h"
#include "blk/pool.h"
#include "blk/file/uring.h"

#define MAX_DEPTH	1024u
#define MAX_SIZE	(1u << 30)

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

struct request {
	struct pool_job job;
	struct uring_read read;
	struct iovec iov;
	uint64_t offset;
	struct request *next;		/* that is free, too */
};

static struct blk *blk;
static bool writes;
static struct pool *pool;
static struct uring *ring;		/* NULL: none */
static const char *content;		/* that is read, or NULL */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* protects: */
static pthread_cond_t completed = PTHREAD_COND_INITIALIZER;
static struct request *first_free;
static unsigned int in_flight;
static int failed;			/* the first error, or 0 */

static int fail(const char *what, int ret)
{
	fprintf(stderr, "blk: %s: %s\n", what, strerror(-ret));
	return 1;
}

static void complete(struct request *req, int err)
{
	if (!err && content && memcmp(req->iov.iov_base, content + req->offset,
				      req->iov.iov_len))
		err = -EBADMSG;
	pthread_mutex_lock(&lock);
	if (err && !failed)
		failed = err;
	req->next = first_free;
	first_free = req;
	in_flight--;
	pthread_cond_signal(&completed);
	pthread_mutex_unlock(&lock);
}

static void run(struct pool_job *job)
{
	struct request *req = container_of(job, struct request, job);

	complete(req, writes ? blk_pwritev(blk, &req->iov, 1, req->offset) :
			       blk_preadv(blk, &req->iov, 1, req->offset));
}

static void read_done(struct uring_read *read, ssize_t res)
{
	struct request *req = container_of(read, struct request, read);

	if (res >= 0 && (size_t)res == req->iov.iov_len)
		complete(req, 0);
	else
		pool_submit(pool, &req->job);
}

static bool by_ring(struct request *req)
{
	struct blk_extent extent;
	size_t len = req->iov.iov_len;

	return ring && !writes &&
	       !blk_map(blk, req->offset, len, &extent) && extent.len == len &&
	       uring_prepare(ring, &extent, &req->iov, 1, &req->read);
}

/*
 * A request that is not in flight.  What was prepared is submitted before
 * waiting for one, as the block device does at the end of a notification.
 */
static struct request *get_request(void)
{
	struct request *req;

	pthread_mutex_lock(&lock);
	if (!first_free && ring) {
		pthread_mutex_unlock(&lock);
		uring_submit(ring);
		pthread_mutex_lock(&lock);
	}
	while (!first_free)
		pthread_cond_wait(&completed, &lock);
	req = first_free;
	first_free = req->next;
	in_flight++;
	if (failed) {
		req->next = NULL;
		in_flight--;
		req = NULL;
	}
	pthread_mutex_unlock(&lock);
	return req;
}

static void start(struct request *req)
{
	int ret;

	ret = writes ?
		blk_pwritev_nowait(blk, &req->iov, 1, req->offset) :
		blk_preadv_nowait(blk, &req->iov, 1, req->offset);
	if (ret != -EAGAIN)
		complete(req, ret);
	else if (!by_ring(req))
		pool_submit(pool, &req->job);
}

static void wait_for_all(void)
{
	if (ring)
		uring_submit(ring);
	pthread_mutex_lock(&lock);
	while (in_flight)
		pthread_cond_wait(&completed, &lock);
	pthread_mutex_unlock(&lock);
}

static int make_requests(unsigned long depth, size_t size)
{
	size_t room = (size + 4095) / 4096 * 4096;
	struct request *req;
	char *buf;

	while (depth--) {
		req = calloc(1, sizeof(*req));
		buf = aligned_alloc(4096, room);
		if (!req || !buf)
			return -ENOMEM;
		memset(buf, 0x5a, room);
		req->iov.iov_base = buf;
		req->iov.iov_len = size;
		req->job.run = run;
		req->read.done = read_done;
		req->next = first_free;
		first_free = req;
	}
	return 0;
}

static void free_requests(void)
{
	struct request *req;

	while ((req = first_free)) {
		first_free = req->next;
		free(req->iov.iov_base);
		free(req);
	}
}

static int measure(unsigned long count, size_t size, uint64_t step)
{
	struct request *req;
	uint64_t offset = 0;
	unsigned long i;

	for (i = 0; i < count; i++) {
		/* As qemu-img does; aligned steps stay aligned. */
		if (offset > blk->size - size)
			offset %= blk->size;
		if (offset > blk->size - size)
			offset = 0;
		req = get_request();
		if (!req)
			break;
		req->offset = offset;
		start(req);
		offset += step;
	}
	wait_for_all();
	if (!failed && writes)
		failed = blk_flush(blk);
	return failed;
}

static int map_content(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if ((uint64_t)st.st_size != blk->size)
		return -EBADMSG;
	content = mmap(NULL, blk->size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	return content == MAP_FAILED ? -errno : 0;
}

int main(int argc, char **argv)
{
	struct blk_options options = { .flags = 0 };
	unsigned long count, depth, size;
	struct lkl_error err;
	uint64_t step;
	int ret;

	writes = argc > 1 && !strcmp(argv[1], "write");
	if (argc != 8 && (argc != 9 || writes))
		return 2;
	options.format = argv[3];
	if (!writes)
		options.flags = BLK_OPEN_READ_ONLY;
	size = strtoul(argv[4], NULL, 10);
	step = strtoull(argv[5], NULL, 10);
	count = strtoul(argv[6], NULL, 10);
	depth = strtoul(argv[7], NULL, 10);
	if (!size || size > MAX_SIZE || !depth || depth > MAX_DEPTH)
		return 2;
	ret = make_requests(depth, size);
	if (ret)
		return fail("buffers", ret);
	if (blk_open(argv[2], &options, &blk, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	if (size > blk->size)
		return fail("image too small", -EINVAL);
	ret = argc > 8 ? map_content(argv[8]) : 0;
	if (ret)
		return fail(argv[8], ret);
	pool = pool_create();
	if (!pool)
		return fail("pool", -ENOMEM);
	ring = uring_create();
	ret = measure(count, size, step);
	if (ret)
		return fail(argv[1], ret);
	pool_destroy(pool);
	uring_destroy(ring);
	blk_close(blk);
	free_requests();
	return 0;
}
