// SPDX-License-Identifier: GPL-2.0-only
/*
 * header.c - the header, its extensions and the feature bits.
 *
 * Single fields are written in place, so extensions stay as they are.  Other
 * files read the tables that the header points to.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "qcow2.h"

/* QEMU reads it; see qemu-nbd.c. */
#define QCOW2_LUKS_MESSAGE \
	"encrypted with LUKS, which needs a key: say --image-key-file=FILE"

#define EXT_END			0x00000000u
#define EXT_BACKING_FORMAT	0xe2792acau
#define EXT_FEATURE_NAMES	0x6803f857u
#define EXT_BITMAPS		0x23852875u
#define EXT_ENCRYPTION		0x0537be77u
#define EXT_DATA_FILE		0x44415441u

#define FEATURE_NAME_ENTRY	48u
#define FEATURE_NAME_LEN	46u

static uint32_t qcow2_header_get32(const unsigned char *p)
{
	uint32_t n;

	memcpy(&n, p, sizeof(n));
	return be32toh(n);
}

static uint64_t qcow2_header_get64(const unsigned char *p)
{
	uint64_t n;

	memcpy(&n, p, sizeof(n));
	return be64toh(n);
}

bool qcow2_probe(const void *head, size_t len)
{
	const unsigned char *p = head;

	/* Version 1 is the older format qcow; it is refused later. */
	return len >= 8 && qcow2_header_get32(p) == QCOW2_MAGIC &&
	       qcow2_header_get32(p + 4) >= 1;
}

static int qcow2_header_copy_name(const unsigned char *from, size_t len,
				  const char *what, char **ret_name,
				  struct lkl_error *err)
{
	if (!len || len > QCOW2_NAME_MAX)
		return lkl_fail(err, -EINVAL, "header: impossible %s of %zu bytes", what,
				len);
	if (memchr(from, '\0', len))
		return lkl_fail(err, -EINVAL, "header: zero byte in %s", what);
	free(*ret_name);
	*ret_name = strndup((const char *)from, len);
	if (!*ret_name)
		return lkl_fail(err, -ENOMEM, "out of memory");
	return 0;
}

static int qcow2_header_read_bitmaps(struct qcow2 *q, const unsigned char *data,
				     size_t len, struct lkl_error *err)
{
	/* Without the bit the bitmaps are out of date and ignored. */
	if (!(q->autoclear & QCOW2_AUTOCLEAR_BITMAPS))
		return 0;
	if (len != 24)
		return lkl_fail(err, -EINVAL,
				"header: bitmaps extension has %zu bytes instead of 24",
				len);
	q->n_bitmaps = qcow2_header_get32(data);
	q->bitmap_dir_size = qcow2_header_get64(data + 8);
	q->bitmap_dir_offset = qcow2_header_get64(data + 16);
	if (!q->n_bitmaps || q->n_bitmaps > QCOW2_BITMAPS_MAX ||
	    !q->bitmap_dir_size || q->bitmap_dir_size > QCOW2_BITMAP_DIR_MAX ||
	    q->bitmap_dir_offset & (q->cluster_size - 1) ||
	    q->bitmap_dir_offset >= QCOW2_OFFSET_MAX)
		return lkl_fail(err, -EINVAL,
				"header: bitmaps extension: %u bitmaps, directory of %llu bytes at 0x%llx: not possible",
				q->n_bitmaps,
				(unsigned long long)q->bitmap_dir_size,
				(unsigned long long)q->bitmap_dir_offset);
	return 0;
}

struct feature_names {
	const unsigned char *at;
	size_t n;
};

static int qcow2_header_read_extension(struct qcow2 *q, uint32_t type,
				       const unsigned char *data, size_t len,
				       struct feature_names *names,
				       struct lkl_error *err)
{
	switch (type) {
	case EXT_BACKING_FORMAT:
		return qcow2_header_copy_name(data, len, "backing file format",
					      &q->backing_format, err);
	case EXT_DATA_FILE:
		return qcow2_header_copy_name(data, len, "data file name",
					      &q->data_name, err);
	case EXT_FEATURE_NAMES:
		names->at = data;
		names->n = len / FEATURE_NAME_ENTRY;
		return 0;
	case EXT_BITMAPS:
		return qcow2_header_read_bitmaps(q, data, len, err);
	case EXT_ENCRYPTION:
		return lkl_fail(err, -ENOKEY, QCOW2_LUKS_MESSAGE);
	default:
		return 0;
	}
}

/* The extensions are in the first cluster, before the backing file's name. */
static int qcow2_header_read_extensions(struct qcow2 *q,
					const unsigned char *head, size_t at,
					size_t end, struct feature_names *names,
					struct lkl_error *err)
{
	uint32_t type, len;
	int ret;

	while (end - at >= 8) {
		type = qcow2_header_get32(head + at);
		len = qcow2_header_get32(head + at + 4);
		at += 8;
		if (type == EXT_END)
			return 0;
		if (len > end - at)
			return lkl_fail(err, -EINVAL,
					"header: extension 0x%08x of %u bytes does not fit",
					type, len);
		ret = qcow2_header_read_extension(q, type, head + at, len,
						  names, err);
		if (ret)
			return ret;
		at += qcow2_min(qcow2_align_up(len, 8), end - at);
	}
	return 0;
}

/* The image's own name for a feature, safe to print. */
static void qcow2_header_feature_name(const struct feature_names *names,
				      unsigned int bit, char *ret_name)
{
	const unsigned char *p;
	size_t i, j;

	snprintf(ret_name, FEATURE_NAME_LEN + 1, "bit %u", bit);
	for (i = 0; i < names->n; i++) {
		p = names->at + i * FEATURE_NAME_ENTRY;
		if (p[0] || p[1] != bit || !p[2])
			continue;
		for (j = 0; j < FEATURE_NAME_LEN && p[2 + j]; j++)
			ret_name[j] = isascii(p[2 + j]) && isprint(p[2 + j]) ?
				      (char)p[2 + j] : '?';
		ret_name[j] = '\0';
		return;
	}
}

static int qcow2_header_check_features(struct qcow2 *q,
				       const struct feature_names *names,
				       struct lkl_error *err)
{
	const uint64_t known = QCOW2_INCOMPAT_DIRTY | QCOW2_INCOMPAT_CORRUPT |
			       QCOW2_INCOMPAT_DATA_FILE |
			       QCOW2_INCOMPAT_COMPRESSION |
			       QCOW2_INCOMPAT_EXT_L2;
	uint64_t unknown = q->incompatible & ~known;
	char name[FEATURE_NAME_LEN + 1];

	if (unknown) {
		qcow2_header_feature_name(names, __builtin_ctzll(unknown), name);
		return lkl_fail(err, -ENOTSUP,
				"incompatible feature is not supported: %s",
				name);
	}
	return 0;
}

static int qcow2_header_check_table(const struct qcow2 *q, const char *what,
				    uint64_t offset, uint64_t len, uint64_t max,
				    struct lkl_error *err)
{
	if (len > max)
		return lkl_fail(err, -EFBIG,
				"%s: %llu bytes, more than %llu", what,
				(unsigned long long)len,
				(unsigned long long)max);
	if (offset & (q->cluster_size - 1))
		return lkl_fail(err, -EINVAL, "%s: offset 0x%llx is unaligned",
				what, (unsigned long long)offset);
	if (!offset)
		return lkl_fail(err, -EINVAL, "%s: lies in the header", what);
	if (offset >= q->file->size || len > q->file->size - offset)
		return lkl_fail(err, -EINVAL,
				"%s: offset 0x%llx past end of file", what,
				(unsigned long long)offset);
	return 0;
}

int qcow2_check_l1(struct qcow2 *q, struct lkl_error *err)
{
	uint64_t clusters, need;

	if (!q->blk.size)
		return lkl_fail(err, -EINVAL, "is empty");
	if (q->blk.size > INT64_MAX - q->cluster_size)
		return lkl_fail(err, -EFBIG, "header: size %llu is too large",
				(unsigned long long)q->blk.size);
	clusters = (q->blk.size + q->cluster_size - 1) >> q->cluster_bits;
	need = (clusters + (1ull << q->l2_bits) - 1) >> q->l2_bits;
	if (need * 8 > QCOW2_L1_MAX)
		return lkl_fail(err, -EFBIG,
				"header: size %llu needs an L1 table of more than %u bytes",
				(unsigned long long)q->blk.size, QCOW2_L1_MAX);
	if (q->l1_size < need)
		return lkl_fail(err, -EINVAL,
				"L1 table: %u entries, too few for its size",
				q->l1_size);
	return qcow2_header_check_table(q, "L1 table", q->l1_offset,
					(uint64_t)q->l1_size * 8, QCOW2_L1_MAX,
					err);
}

static int qcow2_header_check_geometry(struct qcow2 *q,
				       uint64_t reftable_clusters,
				       struct lkl_error *err)
{
	int ret;

	ret = qcow2_check_l1(q, err);
	if (ret)
		return ret;
	ret = qcow2_header_check_table(q, "refcount table", q->reftable_offset,
				       reftable_clusters << q->cluster_bits,
				       QCOW2_REFTABLE_MAX, err);
	if (ret)
		return ret;
	if (!reftable_clusters)
		return lkl_fail(err, -EINVAL, "refcount table: is empty");
	if (q->n_snapshots > QCOW2_SNAPSHOTS_MAX)
		return lkl_fail(err, -EFBIG, "%u snapshots, more than %u",
				q->n_snapshots, QCOW2_SNAPSHOTS_MAX);
	if (q->n_snapshots)
		ret = qcow2_header_check_table(q, "snapshot table",
					       q->snapshots_offset, 0, 0, err);
	return ret;
}

static int qcow2_header_read_v3_fields(struct qcow2 *q,
				       const unsigned char *head,
				       size_t *ret_len, struct lkl_error *err)
{
	uint32_t len = qcow2_header_get32(head + 100);

	q->incompatible = qcow2_header_get64(head + 72);
	q->autoclear = qcow2_header_get64(head + 88);
	q->refcount_order = qcow2_header_get32(head + 96);
	if (q->refcount_order > QCOW2_REFCOUNT_ORDER_MAX)
		return lkl_fail(err, -EINVAL, "header: refcount order %u is not possible",
				q->refcount_order);
	if (len < QCOW2_V3_HEADER || len > q->cluster_size || len % 8)
		return lkl_fail(err, -EINVAL, "header: length %u is not possible", len);
	*ret_len = len;
	return 0;
}

static int qcow2_header_read_fields(struct qcow2 *q, const unsigned char *head,
				    struct lkl_error *err)
{
	uint64_t backing_offset = qcow2_header_get64(head + 8);
	uint32_t backing_size = qcow2_header_get32(head + 16);
	uint32_t crypt = qcow2_header_get32(head + 32);
	uint64_t reftable_clusters = qcow2_header_get32(head + 56);
	struct feature_names names = { NULL, 0 };
	size_t len = QCOW2_V2_HEADER, end = q->cluster_size;
	int ret;

	q->blk.size = qcow2_header_get64(head + 24);
	q->l1_size = qcow2_header_get32(head + 36);
	q->l1_offset = qcow2_header_get64(head + 40);
	q->reftable_offset = qcow2_header_get64(head + 48);
	q->n_snapshots = qcow2_header_get32(head + 60);
	q->snapshots_offset = qcow2_header_get64(head + 64);
	q->refcount_order = 4;
	if (q->version >= 3) {
		ret = qcow2_header_read_v3_fields(q, head, &len, err);
		if (ret)
			return ret;
	}
	if (crypt == 2)
		return lkl_fail(err, -ENOKEY, QCOW2_LUKS_MESSAGE);
	if (crypt)
		return lkl_fail(err, -ENOTSUP, "%s encryption is not supported",
				crypt == 1 ? "AES" : "unknown");
	if (backing_offset) {
		if (backing_offset < len || backing_offset >= q->cluster_size ||
		    backing_size > q->cluster_size - backing_offset)
			return lkl_fail(err, -EINVAL,
					"header: backing file name of %u bytes at 0x%llx does not fit",
					backing_size,
					(unsigned long long)backing_offset);
		ret = qcow2_header_copy_name(head + backing_offset,
					     backing_size, "backing file name",
					     &q->backing_name, err);
		if (ret)
			return ret;
		end = backing_offset;
	}
	ret = qcow2_header_read_extensions(q, head, len, end, &names, err);
	if (ret)
		return ret;
	ret = qcow2_header_check_features(q, &names, err);
	if (ret)
		return ret;
	if (q->version >= 3 && len > 104)
		q->compression = head[104];
	if (!!(q->incompatible & QCOW2_INCOMPAT_COMPRESSION) !=
	    !!q->compression)
		return lkl_fail(err, -EINVAL,
				"header: compression type %u does not fit its feature bit",
				q->compression);
	ret = qcow2_compression_known(q->compression, err);
	if (ret)
		return ret;

	q->ext_l2 = q->incompatible & QCOW2_INCOMPAT_EXT_L2;
	if (q->ext_l2 && q->cluster_bits < QCOW2_CLUSTER_BITS_MIN + 5)
		return lkl_fail(err, -EINVAL,
				"header: extended L2 entries need larger clusters than %llu bytes",
				(unsigned long long)q->cluster_size);
	q->data_raw = (q->incompatible & QCOW2_INCOMPAT_DATA_FILE) &&
		      (q->autoclear & QCOW2_AUTOCLEAR_DATA_RAW);
	q->entry_size = q->ext_l2 ? 16 : 8;
	q->l2_bits = q->cluster_bits - (q->ext_l2 ? 4 : 3);
	q->sub_bits = q->cluster_bits - (q->ext_l2 ? 5 : 0);
	q->refblock_bits = q->cluster_bits + 3 - q->refcount_order;
	return qcow2_header_check_geometry(q, reftable_clusters, err);
}

int qcow2_read_header(struct qcow2 *q, struct lkl_error *err)
{
	unsigned char *head, first[QCOW2_V3_HEADER];
	int ret;

	ret = qcow2_read_padded(q->file, first, sizeof(first), 0);
	if (ret)
		return lkl_fail(err, ret, "cannot read its header: %m");
	if (qcow2_header_get32(first) != QCOW2_MAGIC)
		return lkl_fail(err, -EINVAL, "is not a qcow2 image");
	q->version = qcow2_header_get32(first + 4);
	if (q->version != 2 && q->version != 3)
		return lkl_fail(err, -ENOTSUP,
				"qcow2 version %u is not supported",
				q->version);
	q->cluster_bits = qcow2_header_get32(first + 20);
	if (q->cluster_bits < QCOW2_CLUSTER_BITS_MIN ||
	    q->cluster_bits > QCOW2_CLUSTER_BITS_MAX)
		return lkl_fail(err, -ENOTSUP,
				"header: clusters of 2^%u bytes are not supported",
				q->cluster_bits);
	q->cluster_size = 1ull << q->cluster_bits;

	head = malloc(q->cluster_size);
	if (!head)
		return lkl_fail(err, -ENOMEM, "out of memory");
	ret = qcow2_read_padded(q->file, head, q->cluster_size, 0);
	if (ret)
		ret = lkl_fail(err, ret, "cannot read its header: %m");
	else
		ret = qcow2_header_read_fields(q, head, err);
	free(head);
	return ret;
}

int qcow2_write_incompatible(struct qcow2 *q, uint64_t bits)
{
	uint64_t field = htobe64(bits);
	int ret;

	if (q->version < 3)
		return 0;
	ret = blk_pwrite(q->file, &field, sizeof(field),
			 QCOW2_AT_INCOMPATIBLE);
	if (!ret)
		q->incompatible = bits;
	return ret;
}

/*
 * Clear the autoclear bits before the first write.  Bitmaps are not updated, and
 * the meaning of other bits is unknown.
 */
int qcow2_clear_autoclear(struct qcow2 *q)
{
	uint64_t keep = q->data_raw ? QCOW2_AUTOCLEAR_DATA_RAW : 0;
	uint64_t field;
	int ret;

	if (q->autoclear_done)
		return 0;
	if (q->version >= 3 && q->autoclear & ~keep) {
		field = htobe64(q->autoclear & keep);
		ret = blk_pwrite(q->file, &field, sizeof(field),
				 QCOW2_AT_AUTOCLEAR);
		if (!ret)
			ret = blk_flush(q->file);
		if (ret)
			return ret;
		q->autoclear &= keep;
	}
	__atomic_store_n(&q->autoclear_done, true, __ATOMIC_RELEASE);
	return 0;
}

/*
 * After this, only the corrupt bit is written, for other programs to see.  The
 * parts of the image that are not damaged can still be read.
 */
int qcow2_mark_corrupt(struct qcow2 *q, const char *fmt, ...)
{
	va_list ap;

	if (q->corrupt)
		return -EIO;
	q->corrupt = true;
	va_start(ap, fmt);
	vsnprintf(q->damage.text, sizeof(q->damage.text), fmt, ap);
	va_end(ap);
	if ((q->blk.caps & BLK_CAP_WRITE) && q->version >= 3 &&
	    !qcow2_write_incompatible(q, q->incompatible |
				      QCOW2_INCOMPAT_CORRUPT))
		blk_flush(q->file);
	return -EIO;
}
