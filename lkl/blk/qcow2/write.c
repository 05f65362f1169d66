// SPDX-License-Identifier: GPL-2.0-only
/*
 * write.c - writes guest data.
 *
 * A cluster that is not shared is overwritten without the lock.  allocate.c writes
 * all others.
 */
#include <errno.h>
#include <stdlib.h>

#include "qcow2.h"

/*
 * The longest part of a write that is looked up and allocated at once, unless a
 * cluster is larger.
 */
#define WRITE_STEP	(1u << 20)

int qcow2_may_write(struct qcow2 *q)
{
	return q->corrupt ? -EIO : qcow2_clear_autoclear(q);
}

/*
 * Why the host clusters of an extent must not be written to; NULL: they may.
 * Clusters past the end of the file read as zeroes, but a write there would
 * make the file as long as the image says.  With the lock held.
 */
static const char *qcow2_bad_for_writing(const struct qcow2 *q,
					 const struct qcow2_extent *ext)
{
	if (qcow2_has_data_file(q))
		return NULL;
	if (ext->host + ext->len >
	    qcow2_align_up(qcow2_file_size(q->file), q->cluster_size))
		return "past end of file";
	return qcow2_is_metadata(q, ext->host, ext->len) ? "metadata" : NULL;
}

static int qcow2_write_in_place(struct qcow2 *q, struct iov_cursor *c,
				const struct qcow2_extent *ext, bool wait)
{
	struct qcow2_pieces p;
	int ret = 0;

	if (ext->host + ext->len > qcow2_file_size(q->data))
		ret = wait ? blk_grow(q->data, ext->host + ext->len) : -EAGAIN;
	if (!ret)
		ret = qcow2_take_pieces(c, ext->len, 0, &p);
	if (ret)
		return ret;
	ret = wait ? blk_pwritev(q->data, p.iov, p.n, ext->host) :
		     blk_pwritev_nowait(q->data, p.iov, p.n, ext->host);
	qcow2_put_pieces(&p);
	return ret;
}

static int qcow2_write_some(struct qcow2 *q, struct iov_cursor *c,
			    uint64_t offset, uint64_t len, uint64_t *ret_done)
{
	struct qcow2_extent ext;
	unsigned int epoch;
	const char *bad;
	int ret;

	ret = qcow2_flush_if_much_is_dirty(q);
	if (ret)
		return ret;
	if (len > WRITE_STEP && len > q->cluster_size)
		len = q->cluster_size > WRITE_STEP ? q->cluster_size :
		      WRITE_STEP;
	lock_take(&q->lock);
	ret = qcow2_may_write(q);
	if (!ret)
		ret = qcow2_lookup(q, offset, len, true, &ext);
	if (!ret && ext.type == QCOW2_TYPE_DATA && ext.copied) {
		bad = qcow2_bad_for_writing(q, &ext);
		if (bad) {
			ret = qcow2_mark_corrupt(q,
						 "L2 table: guest offset 0x%llx: cluster at 0x%llx is %s",
						 (unsigned long long)offset,
						 (unsigned long long)ext.host,
						 bad);
		} else {
			epoch = qcow2_begin_data_use(q);
			pthread_mutex_unlock(&q->lock);
			ret = qcow2_write_in_place(q, c, &ext, true);
			qcow2_end_data_use(q, epoch);
			*ret_done = ext.len;
			return ret;
		}
	}
	if (!ret)
		return qcow2_write_allocating(q, c, offset, len, ret_done);
	pthread_mutex_unlock(&q->lock);
	return ret;
}

int qcow2_pwritev(struct blk *blk, const struct iovec *iov, int n,
		  uint64_t offset)
{
	struct qcow2 *q = (struct qcow2 *)blk;
	struct iov_cursor c = iov_begin(iov, n);
	uint64_t len = iov_bytes(iov, n), done = 0;
	int ret;

	while (len) {
		ret = qcow2_write_some(q, &c, offset, len, &done);
		if (ret)
			return ret;
		offset += done;
		len -= done;
	}
	return 0;
}

int qcow2_pwritev_nowait(struct blk *blk, const struct iovec *iov, int n,
			 uint64_t offset)
{
	struct qcow2 *q = (struct qcow2 *)blk;
	struct iov_cursor c = iov_begin(iov, n);
	uint64_t len = iov_bytes(iov, n);
	struct qcow2_extent ext;
	unsigned int epoch;
	int ret;

	while (len) {
		if (pthread_mutex_trylock(&q->lock))
			return -EAGAIN;
		ret = q->autoclear_done && !q->corrupt ?
			      qcow2_lookup(q, offset, len, false, &ext) :
			      -EAGAIN;
		if (!ret && (ext.type != QCOW2_TYPE_DATA || !ext.copied ||
			     qcow2_bad_for_writing(q, &ext)))
			ret = -EAGAIN;
		epoch = qcow2_begin_data_use(q);
		pthread_mutex_unlock(&q->lock);
		if (!ret)
			ret = qcow2_write_in_place(q, &c, &ext, false);
		qcow2_end_data_use(q, epoch);
		if (ret)
			return ret;
		offset += ext.len;
		len -= ext.len;
	}
	return 0;
}
