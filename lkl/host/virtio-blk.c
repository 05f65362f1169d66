// SPDX-License-Identifier: GPL-2.0-only
/*
 * virtio-blk.c - a virtio block device (virtio 1.2, section 5.2) on top of a
 * struct blk.
 *
 * The device has one queue.  It has no zones and no secure erase, and its size
 * does not change.  It never copies data: the struct blk reads and writes the
 * driver's buffers.
 *
 * The device has as many request objects as the queue has entries.  An object
 * belongs to a request until vblk_complete() answers it.  Objects are large, so
 * the one that was freed last is used first: objects that are never needed
 * never take memory.
 *
 * A request is served in one of four ways.  Requests overtake each other.
 *
 *   - The notification serves requests that need not wait: the host has the
 *     data in its cache (the ..._nowait() functions of struct blk).
 *   - The only request in flight is offered to the thread that waits for it
 *     (job.h).
 *   - A read that would wait goes to io_uring, if the host has it and if the
 *     image holds the bytes as they are.
 *   - A thread of a pool serves everything else.
 *
 * In order (struct virtio_host), the notification waits for each request before
 * it takes the next one, and a thread of the pool serves it if it has to wait:
 * the kernel's stack is too small for that.
 *
 * A flush does not wait for requests in flight.  It covers the requests that
 * were complete when the driver asked for it.
 */
#include <endian.h>
#include <errno.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_ring.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blk/blk.h"
#include "blk/lock.h"
#include "blk/pool.h"
#include "blk/file/uring.h"
#include "job.h"
#include "virtio.h"

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define VBLK_SECTOR		512u	/* the unit of all sector numbers */

/* The header and the status byte take a descriptor each. */
#define VBLK_SEG_MAX		(VIRTQ_NUM_MAX - 2)

/*
 * Limits of one discard or write-zeroes range, in sectors: 2 GiB, 128 MiB.
 * The latter may have to be written, which nothing may wait for too long.
 */
#define VBLK_DISCARD_MAX	(1u << 22)
#define VBLK_DISCARD_SEGS	64u
#define VBLK_ZEROES_MAX		(1u << 18)

struct vblk;

/* Requests of all devices that a thread or the host works on. */
static atomic_uint under_way;

unsigned int vblk_requests_under_way(void)
{
	return atomic_load(&under_way);
}

struct vblk_request {
	struct pool_job job;
	struct uring_read read;
	struct host_job offer;
	int result;			/* of the offered job */
	struct vblk *vblk;
	struct virtq_chain chain;
	uint32_t type;
	uint64_t sector;
	/* Data that the device reads and writes: parts of the chain. */
	struct iovec *out, *in;
	unsigned int nr_out, nr_in;
	uint64_t out_len, in_len;
	uint8_t *status;
};

struct vblk {
	struct virtio_dev dev;
	struct blk *blk;
	uint64_t sectors;
	struct virtio_blk_config config;
	char id[VIRTIO_BLK_ID_BYTES];
	struct pool *pool;
	struct uring *ring;		/* NULL: none; not owned */
	bool in_order;			/* see struct virtio_host */
	pthread_mutex_t lock;		/* protects the used ring, and: */
	pthread_cond_t idle;		/* all requests are free */
	/* Indices of the requests that are not in flight, a stack. */
	unsigned int nr_free;
	uint16_t free[VIRTQ_NUM_MAX];
	struct vblk_request requests[VIRTQ_NUM_MAX];
};

/* Copy the first @len bytes that the device reads, and step over them. */
static int vblk_copy_from_request(struct vblk_request *req, void *buf, size_t len)
{
	char *to = buf;
	size_t n;

	if (req->out_len < len)
		return -EINVAL;
	req->out_len -= len;
	while (len) {
		n = req->out->iov_len < len ? req->out->iov_len : len;
		memcpy(to, req->out->iov_base, n);
		to += n;
		len -= n;
		req->out->iov_base = (char *)req->out->iov_base + n;
		req->out->iov_len -= n;
		if (!req->out->iov_len) {
			req->out++;
			req->nr_out--;
		}
	}
	/* Keeps the compiler from reading it again where it is used. */
	__atomic_signal_fence(__ATOMIC_ACQ_REL);
	return 0;
}

/* Copy into the buffers that the device writes, which are long enough. */
static void vblk_copy_to_request(struct vblk_request *req, const char *buf,
				 size_t len)
{
	unsigned int i;
	size_t n;

	for (i = 0; len; i++) {
		n = req->in[i].iov_len < len ? req->in[i].iov_len : len;
		memcpy(req->in[i].iov_base, buf, n);
		buf += n;
		len -= n;
	}
}

static bool in_range(const struct vblk *vblk, uint64_t sector, uint64_t count)
{
	return count <= vblk->sectors && sector <= vblk->sectors - count;
}

static bool negotiated(const struct vblk *vblk, unsigned int feature)
{
	return vblk->dev.features & 1ull << feature;
}

static bool data_fits(const struct vblk *vblk, uint64_t sector, uint64_t len)
{
	return !(len % VBLK_SECTOR) &&
	       in_range(vblk, sector, len / VBLK_SECTOR);
}

/* Whether what is to be read or written is there; once, before it is begun. */
static int vblk_check(const struct vblk *vblk, const struct vblk_request *req)
{
	switch (req->type) {
	case VIRTIO_BLK_T_IN:
		return req->out_len ||
		       !data_fits(vblk, req->sector, req->in_len) ? -EINVAL : 0;
	case VIRTIO_BLK_T_OUT:
		return req->in_len ||
		       !data_fits(vblk, req->sector, req->out_len) ? -EINVAL : 0;
	default:
		return 0;
	}
}

static int vblk_read(struct vblk *vblk, struct vblk_request *req)
{
	return blk_preadv(vblk->blk, req->in, req->nr_in,
			  req->sector * VBLK_SECTOR);
}

static int vblk_flush(struct vblk *vblk, struct vblk_request *req)
{
	if (req->out_len || req->in_len)
		return -EINVAL;
	return blk_flush(vblk->blk);
}

/* A driver that does not know of flushes takes what is written as stable. */
static int vblk_write_through(struct vblk *vblk)
{
	if (negotiated(vblk, VIRTIO_BLK_F_FLUSH))
		return 0;
	return blk_flush(vblk->blk);
}

static int vblk_write(struct vblk *vblk, struct vblk_request *req)
{
	int ret;

	ret = blk_pwritev(vblk->blk, req->out, req->nr_out,
			  req->sector * VBLK_SECTOR);
	return ret ? ret : vblk_write_through(vblk);
}

static int vblk_range(struct vblk *vblk, bool zeroes, uint64_t sector,
		      uint32_t count, uint32_t flags)
{
	const uint32_t unmap = VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP;

	if (flags & (zeroes ? ~unmap : ~0u))
		return -EOPNOTSUPP;
	if (count > (zeroes ? VBLK_ZEROES_MAX : VBLK_DISCARD_MAX) ||
	    !in_range(vblk, sector, count))
		return -EINVAL;
	/* What a discarded range holds depends on the host otherwise. */
	if (zeroes || vblk->in_order)
		return blk_write_zeroes(vblk->blk, sector * VBLK_SECTOR,
					(uint64_t)count * VBLK_SECTOR,
					!zeroes || flags & unmap);
	return blk_discard(vblk->blk, sector * VBLK_SECTOR,
			   (uint64_t)count * VBLK_SECTOR);
}

static int vblk_ranges(struct vblk *vblk, struct vblk_request *req,
		       bool zeroes)
{
	struct virtio_blk_discard_write_zeroes range;
	unsigned int max = zeroes ? 1 : VBLK_DISCARD_SEGS;
	int ret;

	if (!negotiated(vblk, zeroes ? VIRTIO_BLK_F_WRITE_ZEROES :
				       VIRTIO_BLK_F_DISCARD))
		return -EOPNOTSUPP;
	if (req->in_len || req->out_len % sizeof(range) ||
	    req->out_len > max * sizeof(range))
		return -EINVAL;
	while (!vblk_copy_from_request(req, &range, sizeof(range))) {
		ret = vblk_range(vblk, zeroes, le64toh(range.sector),
				 le32toh(range.num_sectors),
				 le32toh(range.flags));
		if (ret)
			return ret;
	}
	return vblk_write_through(vblk);
}

static int vblk_get_id(struct vblk *vblk, struct vblk_request *req)
{
	if (req->out_len || req->in_len != sizeof(vblk->id))
		return -EINVAL;
	vblk_copy_to_request(req, vblk->id, sizeof(vblk->id));
	return 0;
}

/* Do all of it, and wait for what it takes: 0 or -errno. */
static int vblk_perform(struct vblk *vblk, struct vblk_request *req)
{
	switch (req->type) {
	case VIRTIO_BLK_T_IN:
		return vblk_read(vblk, req);
	case VIRTIO_BLK_T_OUT:
		return vblk_write(vblk, req);
	case VIRTIO_BLK_T_FLUSH:
		return vblk_flush(vblk, req);
	case VIRTIO_BLK_T_DISCARD:
		return vblk_ranges(vblk, req, false);
	case VIRTIO_BLK_T_WRITE_ZEROES:
		return vblk_ranges(vblk, req, true);
	case VIRTIO_BLK_T_GET_ID:
		return vblk_get_id(vblk, req);
	default:
		return -EOPNOTSUPP;
	}
}

/*
 * Do all of it if that is possible without waiting: 0 or -errno; -EAGAIN and
 * nothing has happened if it is not.
 */
static int vblk_perform_nowait(struct vblk *vblk, struct vblk_request *req)
{
	uint64_t offset = req->sector * VBLK_SECTOR;

	switch (req->type) {
	case VIRTIO_BLK_T_IN:
		return blk_preadv_nowait(vblk->blk, req->in, req->nr_in,
					 offset);
	case VIRTIO_BLK_T_OUT:
		if (!negotiated(vblk, VIRTIO_BLK_F_FLUSH))
			return -EAGAIN;
		return blk_pwritev_nowait(vblk->blk, req->out, req->nr_out,
					  offset);
	case VIRTIO_BLK_T_FLUSH:
	case VIRTIO_BLK_T_DISCARD:
	case VIRTIO_BLK_T_WRITE_ZEROES:
		return -EAGAIN;
	default:
		return vblk_perform(vblk, req);
	}
}

/* Give the request back to the driver: @err is 0 or -errno.  Locked. */
static void vblk_complete(struct vblk *vblk, struct vblk_request *req, int err)
{
	uint32_t written = 0;

	*req->status = !err ? VIRTIO_BLK_S_OK :
		       err == -EOPNOTSUPP ? VIRTIO_BLK_S_UNSUPP :
					    VIRTIO_BLK_S_IOERR;
	/* Counts from the start: of data that failed, none can be vouched for. */
	if (!err || !req->in_len)
		written = req->in_len + 1;
	virtq_push(&vblk->dev.vq, req->chain.head, written);
	vblk->free[vblk->nr_free++] = req - vblk->requests;
}

/* The same from another thread than the driver's, which wants to know. */
static void vblk_complete_later(struct vblk_request *req, int err)
{
	struct vblk *vblk = req->vblk;

	lock_take(&vblk->lock);
	vblk_complete(vblk, req, err);
	atomic_fetch_sub(&under_way, 1);
	virtio_signal(&vblk->dev);
	if (vblk->nr_free == VIRTQ_NUM_MAX)
		pthread_cond_broadcast(&vblk->idle);
	pthread_mutex_unlock(&vblk->lock);
}

static void vblk_run(struct pool_job *job)
{
	struct vblk_request *req = container_of(job, struct vblk_request, job);

	vblk_complete_later(req, vblk_perform(req->vblk, req));
}

static void vblk_read_done(struct uring_read *read, ssize_t res)
{
	struct vblk_request *req = container_of(read, struct vblk_request,
						read);

	/* Only an error of the storage is final. */
	if (res == -EIO) {
		blk_note_failure(req->vblk->blk, BLK_READ, res);
		vblk_complete_later(req, res);
	} else if (res >= 0 && (uint64_t)res == req->in_len) {
		vblk_complete_later(req, 0);
	} else {
		pool_submit(req->vblk->pool, &req->job);
	}
}

static bool vblk_read_by_ring(struct vblk *vblk, struct vblk_request *req)
{
	struct blk_extent extent;

	return vblk->ring && req->type == VIRTIO_BLK_T_IN &&
	       !blk_map(vblk->blk, req->sector * VBLK_SECTOR, req->in_len,
			&extent) &&
	       extent.len == req->in_len &&
	       uring_prepare(vblk->ring, &extent, req->in, req->nr_in,
			     &req->read);
}

/* -EPROTO: it is not even such a request that could be answered. */
static int vblk_parse(struct vblk_request *req)
{
	struct virtio_blk_outhdr header;
	struct iovec *last;

	req->out = req->chain.iov;
	req->nr_out = req->chain.nr_out;
	req->out_len = req->chain.out_len;
	req->in = req->chain.iov + req->chain.nr_out;
	req->nr_in = req->chain.nr_in;
	req->in_len = req->chain.in_len;
	if (!req->nr_in || vblk_copy_from_request(req, &header, sizeof(header)))
		return -EPROTO;
	/* The last byte is the status, however it is all split into buffers. */
	last = &req->in[req->nr_in - 1];
	last->iov_len--;
	req->in_len--;
	req->status = (uint8_t *)last->iov_base + last->iov_len;
	if (!last->iov_len)
		req->nr_in--;
	req->type = le32toh(header.type);
	req->sector = le64toh(header.sector);
	return 0;
}

/* ---- Requests that have to wait ---- */

static void vblk_hand_over(struct vblk_request *req)
{
	atomic_fetch_add(&under_way, 1);
	if (!vblk_read_by_ring(req->vblk, req))
		pool_submit(req->vblk->pool, &req->job);
}

static void vblk_perform_offered(struct host_job *job)
{
	struct vblk_request *req = container_of(job, struct vblk_request,
						offer);

	atomic_fetch_add(&under_way, 1);
	req->result = vblk_perform(req->vblk, req);
}

static void vblk_finish_offered(struct host_job *job)
{
	struct vblk_request *req = container_of(job, struct vblk_request,
						offer);

	vblk_complete_later(req, req->result);
}

static void vblk_pass_on(struct host_job *job)
{
	struct vblk_request *req = container_of(job, struct vblk_request,
						offer);

	vblk_hand_over(req);
	if (req->vblk->ring)
		uring_submit(req->vblk->ring);
}

/*
 * One that is not alone in flight need not be what its driver waits for.
 * Discarding and writing zeroes may take very long.
 */
static void vblk_offer_or_hand_over(struct vblk *vblk, struct vblk_request *req)
{
	const struct virtio_host *host = &vblk->dev.host;
	bool alone;

	req->offer = (struct host_job){ .perform = vblk_perform_offered,
					.finish = vblk_finish_offered,
					.pass_on = vblk_pass_on };
	lock_take(&vblk->lock);
	alone = vblk->nr_free == VIRTQ_NUM_MAX - 1;
	pthread_mutex_unlock(&vblk->lock);
	if (alone && host->offer && req->type <= VIRTIO_BLK_T_FLUSH &&
	    host->offer(&req->offer))
		return;
	if (host->recall)
		host->recall();
	vblk_hand_over(req);
}

/* ---- Notifications ---- */

/*
 * Take a request and start it: 1, 0 if there is none, -EPROTO.  One that has
 * to wait is left to the caller.
 */
static int vblk_start(struct vblk *vblk, struct vblk_request **ret_waits)
{
	struct vblk_request *req = NULL;
	int ret;

	*ret_waits = NULL;
	lock_take(&vblk->lock);
	if (vblk->nr_free)
		req = &vblk->requests[vblk->free[--vblk->nr_free]];
	pthread_mutex_unlock(&vblk->lock);
	/* All are in flight.  More than the queue holds, and some are twice. */
	if (!req)
		return virtq_empty(&vblk->dev.vq) ? 0 : -EPROTO;
	ret = virtq_pop(&vblk->dev.vq, &req->chain);
	if (ret == 1 && vblk_parse(req))
		ret = -EPROTO;
	if (ret != 1) {
		lock_take(&vblk->lock);
		vblk->free[vblk->nr_free++] = req - vblk->requests;
		pthread_mutex_unlock(&vblk->lock);
		return ret;
	}

	req->vblk = vblk;
	req->job.run = vblk_run;
	req->read.done = vblk_read_done;
	ret = vblk_check(vblk, req);
	if (!ret)
		ret = vblk_perform_nowait(vblk, req);
	if (ret != -EAGAIN) {
		lock_take(&vblk->lock);
		vblk_complete(vblk, req, ret);
		pthread_mutex_unlock(&vblk->lock);
	} else {
		*ret_waits = req;
	}
	return 1;
}

static void vblk_quiesce(struct virtio_dev *dev)
{
	struct vblk *vblk = (struct vblk *)dev;

	lock_take(&vblk->lock);
	while (vblk->nr_free < VIRTQ_NUM_MAX)
		pthread_cond_wait(&vblk->idle, &vblk->lock);
	pthread_mutex_unlock(&vblk->lock);
}

/* Serve what has to wait, alone. */
static void vblk_perform_in_order(struct vblk *vblk, struct vblk_request *req)
{
	atomic_fetch_add(&under_way, 1);
	pool_submit(vblk->pool, &req->job);
	vblk_quiesce(&vblk->dev);
}

static void vblk_notify(struct virtio_dev *dev)
{
	struct vblk *vblk = (struct vblk *)dev;
	struct vblk_request *waits, *last = NULL;
	int ret, state;

	/* If this thread were cancelled here, the kernel would stop. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	do {
		do {
			ret = vblk_start(vblk, &waits);
			if (waits && vblk->in_order) {
				vblk_perform_in_order(vblk, waits);
				continue;
			}
			if (waits && last)
				vblk_hand_over(last);
			if (waits)
				last = waits;
		} while (ret > 0);
	} while (!ret && virtq_rearm(&dev->vq));
	if (last)
		vblk_offer_or_hand_over(vblk, last);
	if (vblk->ring)
		uring_submit(vblk->ring);

	lock_take(&vblk->lock);
	virtio_signal(dev);
	pthread_mutex_unlock(&vblk->lock);
	pthread_setcancelstate(state, NULL);
	if (ret)
		virtio_broken(dev);
}

static void vblk_destroy(struct virtio_dev *dev)
{
	struct vblk *vblk = (struct vblk *)dev;

	pool_destroy(vblk->pool);
	pthread_cond_destroy(&vblk->idle);
	pthread_mutex_destroy(&vblk->lock);
	free(vblk);
}

static const struct virtio_ops vblk_ops = {
	.id = VIRTIO_ID_BLOCK,
	.notify = vblk_notify,
	.quiesce = vblk_quiesce,
	.destroy = vblk_destroy,
};

static void set_config(struct vblk *vblk)
{
	struct virtio_blk_config *c = &vblk->config;
	const struct blk *blk = vblk->blk;
	unsigned int physical = vblk->in_order ? BLK_SECTOR_MAX :
		blk->physical_size;
	unsigned int ratio = physical / blk->sector_size;

	c->capacity = htole64(vblk->sectors);
	c->seg_max = htole32(VBLK_SEG_MAX);
	c->blk_size = htole32(blk->sector_size);
	c->physical_block_exp = __builtin_ctz(ratio);
	c->min_io_size = htole16(ratio);
	if (!vblk->in_order)
		c->opt_io_size = htole32(blk->optimal_size / blk->sector_size);
	c->max_discard_sectors = htole32(VBLK_DISCARD_MAX);
	c->max_discard_seg = htole32(VBLK_DISCARD_SEGS);
	c->discard_sector_alignment = htole32(physical / VBLK_SECTOR);
	c->max_write_zeroes_sectors = htole32(VBLK_ZEROES_MAX);
	c->max_write_zeroes_seg = htole32(1);
	c->write_zeroes_may_unmap = 1;
}

static uint64_t offered_features(const struct blk *blk, bool in_order)
{
	uint64_t f = 1ull << VIRTIO_F_VERSION_1 |
		     1ull << VIRTIO_RING_F_INDIRECT_DESC |
		     1ull << VIRTIO_RING_F_EVENT_IDX |
		     1ull << VIRTIO_BLK_F_SEG_MAX |
		     1ull << VIRTIO_BLK_F_BLK_SIZE |
		     1ull << VIRTIO_BLK_F_TOPOLOGY |
		     1ull << VIRTIO_BLK_F_FLUSH;

	if (!(blk->caps & BLK_CAP_WRITE))
		return f | 1ull << VIRTIO_BLK_F_RO;
	if (in_order || blk->caps & BLK_CAP_DISCARD)
		f |= 1ull << VIRTIO_BLK_F_DISCARD;
	if (in_order || blk->caps & BLK_CAP_WRITE_ZEROES)
		f |= 1ull << VIRTIO_BLK_F_WRITE_ZEROES;
	return f;
}

struct virtio_dev *vblk_create(struct blk *blk, struct uring *ring,
			       unsigned int index, bool in_order)
{
	struct vblk *vblk = calloc(1, sizeof(*vblk));

	if (!vblk)
		return NULL;
	vblk->pool = pool_create();
	if (!vblk->pool) {
		free(vblk);
		return NULL;
	}
	vblk->ring = ring;
	pthread_mutex_init(&vblk->lock, NULL);
	pthread_cond_init(&vblk->idle, NULL);
	vblk->blk = blk;
	vblk->in_order = in_order;
	vblk->sectors = blk->size / VBLK_SECTOR;
	set_config(vblk);
	snprintf(vblk->id, sizeof(vblk->id), "lkl%u", index);
	/* The first one is on top, so that it is the one used at first. */
	while (vblk->nr_free < VIRTQ_NUM_MAX) {
		vblk->free[vblk->nr_free] = VIRTQ_NUM_MAX - 1 - vblk->nr_free;
		vblk->nr_free++;
	}
	vblk->dev.ops = &vblk_ops;
	vblk->dev.offered = offered_features(blk, in_order);
	vblk->dev.config = &vblk->config;
	vblk->dev.config_size = sizeof(vblk->config);
	return &vblk->dev;
}
