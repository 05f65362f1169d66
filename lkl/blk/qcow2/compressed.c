// SPDX-License-Identifier: GPL-2.0-only
/*
 * compressed.c - reads compressed clusters.
 *
 * The last few decompressed clusters are kept, as a program that reads a file
 * in order reads each cluster in pieces.  This driver writes no compressed
 * clusters, so the data for an L2 entry never changes.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_LIBZSTD
#include <zstd.h>
#endif

#include "qcow2.h"

#define MAX_UNPACKED \
	(sizeof(((struct qcow2_unpacked *)0)->at) / \
	 sizeof(((struct qcow2_unpacked *)0)->at[0]))

typedef int unpack_fn(const unsigned char *from, size_t from_len,
		      unsigned char *to, size_t to_len);

#ifdef HAVE_ZLIB
/* Raw deflate; it ends with the cluster, maybe before the end of the data. */
static int qcow2_unpack_zlib(const unsigned char *from, size_t from_len,
			     unsigned char *to, size_t to_len)
{
	z_stream z = {
		.next_in = (unsigned char *)from,
		.avail_in = from_len,
		.next_out = to,
		.avail_out = to_len,
	};
	int ret = inflateInit2(&z, -MAX_WBITS);

	if (ret != Z_OK)
		return ret == Z_MEM_ERROR ? -ENOMEM : -EIO;
	ret = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (ret == Z_MEM_ERROR)
		return -ENOMEM;
	if ((ret == Z_STREAM_END || ret == Z_BUF_ERROR) && !z.avail_out)
		return 0;
	return -EIO;
}
#else
#define qcow2_unpack_zlib NULL
#endif

#ifdef HAVE_LIBZSTD
static int qcow2_unpack_zstd(const unsigned char *from, size_t from_len,
			     unsigned char *to, size_t to_len)
{
	ZSTD_inBuffer in = { from, from_len, 0 };
	ZSTD_outBuffer out = { to, to_len, 0 };
	ZSTD_DCtx *d = ZSTD_createDCtx();
	size_t in_before, out_before, ret;

	if (!d)
		return -ENOMEM;
	while (out.pos < out.size) {
		in_before = in.pos;
		out_before = out.pos;
		ret = ZSTD_decompressStream(d, &out, &in);
		if (ZSTD_isError(ret))
			break;
		/* The data is too short. */
		if (in.pos == in_before && out.pos == out_before)
			break;
	}
	ZSTD_freeDCtx(d);
	return out.pos == out.size ? 0 : -EIO;
}
#else
#define qcow2_unpack_zstd NULL
#endif

/* By the compression type of the header. */
static const struct {
	const char *name;
	unpack_fn *unpack;
} compressions[] = {
	{ "zlib", qcow2_unpack_zlib },
	{ "zstd", qcow2_unpack_zstd },
};

#define COMPRESSIONS (sizeof(compressions) / sizeof(compressions[0]))

static int qcow2_fail_compression(unsigned int type, struct lkl_error *err)
{
	return lkl_fail(err, -ENOTSUP, "compression with %s was not built in",
			compressions[type].name);
}

int qcow2_compression_known(unsigned int type, struct lkl_error *err)
{
	/* Without zlib, an image without compressed clusters is readable. */
	if (type < COMPRESSIONS && (compressions[type].unpack || !type))
		return 0;
	if (type < COMPRESSIONS)
		return qcow2_fail_compression(type, err);
	return lkl_fail(err, -ENOTSUP, "compression type %u is not supported",
			type);
}

void qcow2_unpacked_init(struct qcow2 *q)
{
	q->unpacked.n = qcow2_min(QCOW2_UNPACKED_CACHE / q->cluster_size,
				  MAX_UNPACKED);
}

void qcow2_unpacked_free(struct qcow2 *q)
{
	unsigned int i;

	for (i = 0; i < q->unpacked.n; i++)
		free(q->unpacked.at[i].data);
	pthread_mutex_destroy(&q->unpacked.lock);
}

void qcow2_compressed_range(const struct qcow2 *q, uint64_t entry,
			    uint64_t *ret_offset, uint64_t *ret_len)
{
	unsigned int bits = 62 - (q->cluster_bits - 8);
	uint64_t offset = entry & ((1ull << bits) - 1);
	uint64_t sectors = (entry & (QCOW2_COMPRESSED - 1)) >> bits;

	offset &= QCOW2_OFFSET_MAX - 1;
	*ret_offset = offset;
	*ret_len = (sectors + 1) * 512 - (offset & 511);
}

static void qcow2_copy_unpacked(const unsigned char *from,
				const struct iovec *iov, int n)
{
	for (; n > 0; n--, iov++) {
		memcpy(iov->iov_base, from, iov->iov_len);
		from += iov->iov_len;
	}
}

static bool qcow2_copy_cached_unpacked(struct qcow2 *q, uint64_t entry,
				       uint64_t skip, const struct iovec *iov,
				       int n, bool wait)
{
	struct qcow2_unpacked *u = &q->unpacked;
	bool found = false;
	unsigned int i;

	if (wait)
		lock_take(&u->lock);
	else if (pthread_mutex_trylock(&u->lock))
		return false;
	for (i = 0; i < u->n && !found; i++) {
		if (u->at[i].entry == entry) {
			qcow2_copy_unpacked(u->at[i].data + skip, iov, n);
			found = true;
		}
	}
	pthread_mutex_unlock(&u->lock);
	return found;
}

static void qcow2_keep_unpacked(struct qcow2 *q, uint64_t entry,
				unsigned char *data)
{
	struct qcow2_unpacked *u = &q->unpacked;
	unsigned char *old;

	lock_take(&u->lock);
	u->hand = (u->hand + 1) % u->n;
	old = u->at[u->hand].data;
	u->at[u->hand].data = data;
	u->at[u->hand].entry = entry;
	pthread_mutex_unlock(&u->lock);
	free(old);
}

static int qcow2_unpack_cluster(struct qcow2 *q, uint64_t entry,
				unsigned char *to)
{
	unpack_fn *fn = compressions[q->compression].unpack;
	uint64_t offset, len, size = qcow2_file_size(q->file);
	unsigned char *from;
	int ret;

	if (!fn)
		return -EIO;
	qcow2_compressed_range(q, entry, &offset, &len);
	if (offset >= size)
		return -EIO;
	/* The file may end within the last sector. */
	len = qcow2_min(len, size - offset);
	from = malloc(len);
	if (!from)
		return -ENOMEM;
	ret = blk_pread(q->file, from, len, offset);
	if (!ret)
		ret = fn(from, len, to, q->cluster_size);
	free(from);
	return ret;
}

static void qcow2_note_unpack_failure(struct qcow2 *q, uint64_t entry, int err)
{
	uint64_t offset, len;

	qcow2_compressed_range(q, entry, &offset, &len);
	lock_take(&q->lock);
	if (!q->damage.text[0] && !compressions[q->compression].unpack)
		qcow2_fail_compression(q->compression, &q->damage);
	else if (!q->damage.text[0])
		lkl_fail(&q->damage, err,
			 "compressed cluster at 0x%llx cannot be decompressed: %m",
			 (unsigned long long)offset);
	pthread_mutex_unlock(&q->lock);
}

int qcow2_read_compressed(struct qcow2 *q, uint64_t entry, uint64_t skip,
			  const struct iovec *iov, int n, bool wait)
{
	unsigned char *data;
	int ret;

	if (qcow2_copy_cached_unpacked(q, entry, skip, iov, n, wait))
		return 0;
	if (!wait)
		return -EAGAIN;
	data = malloc(q->cluster_size);
	if (!data)
		return -ENOMEM;
	ret = qcow2_unpack_cluster(q, entry, data);
	if (ret) {
		free(data);
		qcow2_note_unpack_failure(q, entry, ret);
		return ret;
	}
	qcow2_copy_unpacked(data + skip, iov, n);
	qcow2_keep_unpacked(q, entry, data);
	return 0;
}
