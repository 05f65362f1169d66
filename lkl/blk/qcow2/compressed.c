// SPDX-License-Identifier: GPL-2.0-only
/*
 * compressed.c - reading compressed clusters.
 *
 * The last few ones that were read are kept, for whoever reads a file in
 * order reads each of them in pieces.  Clusters are never written compressed,
 * so that what was once found at a place stays what it decompresses to for as
 * long as an L2 entry has that place.
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
/* Without a header; decompression ends with the cluster, not the data. */
static int unpack_zlib(const unsigned char *from, size_t from_len,
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
#define unpack_zlib NULL
#endif

#ifdef HAVE_LIBZSTD
static int unpack_zstd(const unsigned char *from, size_t from_len,
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
		/* Cut short. */
		if (in.pos == in_before && out.pos == out_before)
			break;
	}
	ZSTD_freeDCtx(d);
	return out.pos == out.size ? 0 : -EIO;
}
#else
#define unpack_zstd NULL
#endif

/* By the compression type of the header. */
static const struct {
	const char *name;
	unpack_fn *unpack;
} compressions[] = {
	{ "zlib", unpack_zlib },
	{ "zstd", unpack_zstd },
};

#define COMPRESSIONS (sizeof(compressions) / sizeof(compressions[0]))

int qcow2_compression_known(unsigned int type, struct lkl_error *err)
{
	/* An image need not have compressed clusters: see unpack(). */
	if (type < COMPRESSIONS && (compressions[type].unpack || !type))
		return 0;
	if (type < COMPRESSIONS)
		return lkl_fail(err, -ENOTSUP,
				"compression with %s was not built in",
				compressions[type].name);
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

void qcow2_compressed_place(const struct qcow2 *q, uint64_t entry,
			    uint64_t *ret_offset, uint64_t *ret_len)
{
	unsigned int bits = 62 - (q->cluster_bits - 8);
	uint64_t offset = entry & ((1ull << bits) - 1);
	uint64_t sectors = (entry & (QCOW2_COMPRESSED - 1)) >> bits;

	offset &= QCOW2_OFFSET_MAX - 1;
	*ret_offset = offset;
	*ret_len = (sectors + 1) * 512 - (offset & 511);
}

static void copy_out(const unsigned char *from, const struct iovec *iov, int n)
{
	for (; n > 0; n--, iov++) {
		memcpy(iov->iov_base, from, iov->iov_len);
		from += iov->iov_len;
	}
}

static bool copy_cached(struct qcow2 *q, uint64_t entry, uint64_t skip,
			const struct iovec *iov, int n, bool wait)
{
	struct qcow2_unpacked *u = &q->unpacked;
	bool found = false;
	unsigned int i;

	if (wait)
		pthread_mutex_lock(&u->lock);
	else if (pthread_mutex_trylock(&u->lock))
		return false;
	for (i = 0; i < u->n && !found; i++) {
		if (u->at[i].entry == entry) {
			copy_out(u->at[i].data + skip, iov, n);
			found = true;
		}
	}
	pthread_mutex_unlock(&u->lock);
	return found;
}

static void keep(struct qcow2 *q, uint64_t entry, unsigned char *data)
{
	struct qcow2_unpacked *u = &q->unpacked;
	unsigned char *old;

	pthread_mutex_lock(&u->lock);
	u->hand = (u->hand + 1) % u->n;
	old = u->at[u->hand].data;
	u->at[u->hand].data = data;
	u->at[u->hand].entry = entry;
	pthread_mutex_unlock(&u->lock);
	free(old);
}

static int unpack(struct qcow2 *q, uint64_t entry, unsigned char *to)
{
	unpack_fn *fn = compressions[q->compression].unpack;
	uint64_t offset, len, size = qcow2_file_size(q->file);
	unsigned char *from;
	int ret;

	if (!fn)
		return -EOPNOTSUPP;
	qcow2_compressed_place(q, entry, &offset, &len);
	if (offset >= size)
		return -EIO;
	/* The last sector need not be there to its end. */
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

static void tell(struct qcow2 *q, uint64_t entry, int err)
{
	uint64_t offset, len;

	qcow2_compressed_place(q, entry, &offset, &len);
	pthread_mutex_lock(&q->lock);
	if (!q->trouble.text[0])
		lkl_fail(&q->trouble, err,
			 "compressed cluster at 0x%llx cannot be decompressed: %m",
			 (unsigned long long)offset);
	pthread_mutex_unlock(&q->lock);
}

int qcow2_read_compressed(struct qcow2 *q, uint64_t entry, uint64_t skip,
			  const struct iovec *iov, int n, bool wait)
{
	unsigned char *data;
	int ret;

	if (copy_cached(q, entry, skip, iov, n, wait))
		return 0;
	if (!wait)
		return -EAGAIN;
	data = malloc(q->cluster_size);
	if (!data)
		return -ENOMEM;
	ret = unpack(q, entry, data);
	if (ret) {
		free(data);
		tell(q, entry, ret);
		return ret;
	}
	copy_out(data + skip, iov, n);
	keep(q, entry, data);
	return 0;
}
