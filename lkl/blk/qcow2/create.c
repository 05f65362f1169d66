// SPDX-License-Identifier: GPL-2.0-only
/*
 * create.c - makes an empty image: a header, and tables that say that nothing
 * is allocated.
 *
 * The clusters of the file are, in this order: the header, the refcount table,
 * the first refcount block, and the L1 table.  The image has version 3, clusters
 * of 64 KiB and refcounts of 16 bits, as qemu-img makes it.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qcow2.h"

#define CREATE_BITS		16u
#define CREATE_CLUSTER		(1ull << CREATE_BITS)
/* Bytes of the disk that one L2 table covers. */
#define CREATE_PER_L2		(CREATE_CLUSTER / 8 * CREATE_CLUSTER)
#define CREATE_REFCOUNT_ORDER	4u

#define CREATE_REFTABLE		(1 * CREATE_CLUSTER)
#define CREATE_REFBLOCK		(2 * CREATE_CLUSTER)
#define CREATE_L1		(3 * CREATE_CLUSTER)

/* The header of version 3, as it is in the file; all big endian. */
struct create_header {
	uint32_t magic, version;
	uint64_t backing_offset;
	uint32_t backing_len, cluster_bits;
	uint64_t size;
	uint32_t crypt_method, l1_size;
	uint64_t l1_offset, reftable_offset;
	uint32_t reftable_clusters, snapshots;
	uint64_t snapshots_offset;
	uint64_t incompatible, compatible, autoclear;
	uint32_t refcount_order, header_len;
};

_Static_assert(sizeof(struct create_header) == QCOW2_V3_HEADER,
	       "the header has no padding");

static int create_write(int fd, const void *data, size_t len, uint64_t offset)
{
	ssize_t n = pwrite(fd, data, len, (off_t)offset);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -ENOSPC;
}

int qcow2_create(int fd, uint64_t size, struct lkl_error *err)
{
	const uint64_t l1_size = (size + CREATE_PER_L2 - 1) / CREATE_PER_L2;
	const uint64_t l1_clusters = (l1_size * 8 + CREATE_CLUSTER - 1) /
				     CREATE_CLUSTER;
	const uint64_t used = CREATE_L1 / CREATE_CLUSTER + l1_clusters;
	const uint64_t refblock = htobe64(CREATE_REFBLOCK);
	const struct create_header header = {
		.magic = htobe32(QCOW2_MAGIC),
		.version = htobe32(3),
		.cluster_bits = htobe32(CREATE_BITS),
		.size = htobe64(size),
		.l1_size = htobe32((uint32_t)l1_size),
		.l1_offset = htobe64(CREATE_L1),
		.reftable_offset = htobe64(CREATE_REFTABLE),
		.reftable_clusters = htobe32(1),
		.refcount_order = htobe32(CREATE_REFCOUNT_ORDER),
		.header_len = htobe32(QCOW2_V3_HEADER),
	};
	uint16_t counts[CREATE_L1 / CREATE_CLUSTER +
			QCOW2_L1_MAX / CREATE_CLUSTER];
	uint64_t i;
	int ret;

	if (l1_size * 8 > QCOW2_L1_MAX)
		return lkl_fail(err, -EFBIG,
				"size %llu is not supported by qcow2",
				(unsigned long long)size);
	for (i = 0; i < used; i++)
		counts[i] = htobe16(1);
	/* All tables are holes, but for these. */
	ret = ftruncate(fd, 0) || ftruncate(fd, (off_t)(used * CREATE_CLUSTER)) ?
		-errno : 0;
	if (!ret)
		ret = create_write(fd, &refblock, sizeof(refblock),
				   CREATE_REFTABLE);
	if (!ret)
		ret = create_write(fd, counts, used * sizeof(*counts),
				   CREATE_REFBLOCK);
	if (!ret)
		ret = create_write(fd, &header, sizeof(header), 0);
	return ret ? lkl_fail(err, ret, "cannot write: %s", strerror(-ret)) : 0;
}
