/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * qcow2.h - what the parts of the qcow2 driver share.
 *
 * The format is described in docs/interop/qcow2.txt of QEMU.  In short: guest
 * clusters are found through an L1 table of L2 tables, host clusters are
 * counted in refcount blocks, which the refcount table lists.
 *
 *	header.c		header, extensions, feature bits
 *	cache.c		slices of L2 tables and refcount blocks in memory
 *	l2.c		L1 and L2 tables: where guest clusters lie
 *	refcount.c	refcounts, allocation, growing
 *	free.c		clusters that are given up, and when
 *	flush.c		the order in which metadata reaches the file
 *	overlap.c		what guest data must never overwrite
 *	snapshot.c	the snapshot table, as far as that is metadata
 *	compressed.c	compressed clusters
 *	repair.c		refcounts of a dirty image
 *	allocate.c	copying on writing
 *	write.c		writing
 *	zero.c		zeroes and discards
 *	qcow2.c			opening, reading, closing
 *
 * Order of writing.  Metadata in memory is newer than the file's.  An L2 entry
 * changes in memory after its data was written and its refcount changed in
 * memory.  A flush then brings to stable storage, one after the other:
 *
 *	1. data, refcount blocks, first contents of new L2 tables
 *	2. the refcount table, if it changed
 *	3. L2 tables and the L1 table
 *
 * Clusters that were given up keep their refcounts until the L2 tables that
 * referred to them have reached stage 3, and whoever was reading or writing
 * them meanwhile is done (free.c).  So whenever it ends, clusters may
 * be counted that nothing refers to, but never the other way round.
 *
 * Locks, in this order:
 *	flush_lock	held for a whole flush; one flush at a time
 *	lock		all metadata in memory.  Held while metadata is read,
 *			never while data is read or written, or a flush waits
 *	unpacked.lock	the last decompressed clusters
 * What must not wait only tries to take them.
 */
#ifndef LKL_BLK_QCOW2_H
#define LKL_BLK_QCOW2_H

#include <endian.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "blk/blk.h"
#include "blk/error.h"

/* ---- Limits of what is read from the file ---- */

/* Smaller clusters are not allowed, larger ones QEMU does not open. */
#define QCOW2_CLUSTER_BITS_MIN	9u
#define QCOW2_CLUSTER_BITS_MAX	21u
/* Bytes of an L1 table, which is kept in memory: QEMU's limit. */
#define QCOW2_L1_MAX		(32u << 20)
/* Bytes of the refcount table, which is kept in memory: QEMU's limit. */
#define QCOW2_REFTABLE_MAX	(8u << 20)
/* 64 bits wide: more is not defined. */
#define QCOW2_REFCOUNT_ORDER_MAX 6u
/* The longest name of a backing file, by the specification. */
#define QCOW2_NAME_MAX		1023u
/* Snapshots, and bytes of the table of them: QEMU's limits. */
#define QCOW2_SNAPSHOTS_MAX	65536u
#define QCOW2_SNAPSHOT_EXTRA_MAX 1024u
/* Bitmaps, and bytes of their directory: QEMU's limits. */
#define QCOW2_BITMAPS_MAX	65535u
#define QCOW2_BITMAP_DIR_MAX	(64u << 20)
/* Bits 9 to 55 of an entry hold an offset. */
#define QCOW2_OFFSET_MASK	0x00fffffffffffe00ull
#define QCOW2_OFFSET_MAX	(1ull << 56)

/* ---- Limits of what is kept in memory ---- */

#define QCOW2_SLICE_MAX		4096u		/* bytes read at once */
#define QCOW2_L2_CACHE		(4u << 20)
#define QCOW2_REFCOUNT_CACHE	(1u << 20)
#define QCOW2_UNPACKED_CACHE	(4u << 20)
/* Runs of clusters that wait for being freed: a flush is due. */
#define QCOW2_FREES_MAX		16384u
/* Clusters that hold metadata: what the limits above allow to be in tables. */
#define QCOW2_METADATA_MAX	(8u << 20)

/* ---- On disk ---- */

#define QCOW2_MAGIC		0x514649fbu

#define QCOW2_V2_HEADER		72u
#define QCOW2_V3_HEADER		104u

/* Offsets of header fields that are written. */
#define QCOW2_AT_REFTABLE	48u
#define QCOW2_AT_INCOMPATIBLE	72u
#define QCOW2_AT_AUTOCLEAR	88u

#define QCOW2_INCOMPAT_DIRTY	(1ull << 0)
#define QCOW2_INCOMPAT_CORRUPT	(1ull << 1)
#define QCOW2_INCOMPAT_DATA_FILE (1ull << 2)
#define QCOW2_INCOMPAT_COMPRESSION (1ull << 3)
#define QCOW2_INCOMPAT_EXT_L2	(1ull << 4)

#define QCOW2_AUTOCLEAR_BITMAPS	(1ull << 0)
#define QCOW2_AUTOCLEAR_DATA_RAW (1ull << 1)

#define QCOW2_COPIED		(1ull << 63)
#define QCOW2_COMPRESSED	(1ull << 62)
#define QCOW2_ZERO		(1ull << 0)
#define QCOW2_SUBCLUSTERS	32u
#define QCOW2_SUB_ALL		0x00000000ffffffffull
#define QCOW2_SUB_ZERO		0xffffffff00000000ull

/* ---- In memory ---- */

/* A piece of a table that is cached. */
struct qcow2_slice {
	struct qcow2_slice *next;	/* in its bucket */
	uint64_t offset;		/* in the file */
	bool used;			/* since the hand came by */
	bool dirty;
	bool writing;			/* by a flush: as good as dirty */
	unsigned char data[];
};

/* All of it is protected by qcow2.lock. */
struct qcow2_cache {
	unsigned int slice_size;
	unsigned int max;		/* slices, but see qcow2_cache_get() */
	unsigned int n, room;
	unsigned int n_dirty;
	unsigned int hand;		/* of the clock that evicts */
	struct qcow2_slice **all;
	struct qcow2_slice **buckets;	/* a power of two of them */
	unsigned int n_buckets;
	unsigned char *scratch;		/* a slice that may not come */
};

/* Runs of clusters, in the order in which they were given up. */
struct qcow2_run {
	uint64_t first, n;		/* host clusters */
	bool punch;			/* give them back to the host, too */
};

struct qcow2_runs {
	struct qcow2_run *at;
	size_t n, room;
};

/* A set of host clusters: open addressing, ~0 is empty. */
struct qcow2_set {
	uint64_t *slots;
	size_t n, size;
};

/* Guest clusters that are being allocated by somebody. */
struct qcow2_busy {
	struct qcow2_busy *next;
	uint64_t first, n;
};

struct qcow2_unpacked {
	pthread_mutex_t lock;		/* protects all that follows */
	unsigned int n, hand;
	struct {
		uint64_t entry;		/* 0: none */
		unsigned char *data;
	} at[8];
};

struct qcow2 {
	struct blk blk;
	struct blk *file;		/* owned: metadata, mostly data too */
	struct blk *data;		/* owned if it is not file */
	struct blk *backing;		/* owned, may be NULL */

	/* Constant once open. */
	unsigned int version;
	unsigned int cluster_bits;
	uint64_t cluster_size;
	unsigned int sub_bits;		/* of a subcluster, or of a cluster */
	bool ext_l2;
	bool data_raw;
	unsigned int compression;
	unsigned int entry_size;	/* of an L2 table */
	unsigned int l2_bits;		/* log2 of the entries of an L2 table */
	unsigned int refcount_order;
	unsigned int refblock_bits;	/* log2 of the entries of a block */
	uint64_t l1_offset;
	unsigned int l1_size;
	uint64_t snapshots_offset;
	unsigned int n_snapshots;
	uint64_t bitmap_dir_offset, bitmap_dir_size;
	unsigned int n_bitmaps;
	char *backing_name, *backing_format, *data_name;

	pthread_mutex_t flush_lock;
	pthread_mutex_t lock;		/* protects all that follows */
	pthread_cond_t idle;		/* busy became shorter */
	struct qcow2_busy *busy;
	uint64_t incompatible, autoclear;
	bool prepared;			/* the header is fit for writing */
	bool corrupt;
	struct lkl_error trouble;	/* why, or why reading failed */

	uint64_t *l1;			/* in the host's byte order */
	unsigned char *l1_dirty;	/* for each sector of it */
	unsigned int n_l1_dirty;
	struct qcow2_cache l2s;

	uint64_t reftable_offset;
	uint64_t *reftable;		/* in the host's byte order */
	unsigned int reftable_size;	/* entries */
	bool reftable_dirty;
	struct qcow2_cache refblocks;
	uint64_t free_hint;		/* no cluster before it is free */
	/* What is in the file from here on reads as zeroes. */
	uint64_t zero_from;
	struct qcow2_set metadata;

	/* Given up; their tables are stored; and all who knew them gone. */
	struct qcow2_runs freed, stored, waiting;
	unsigned int epoch;		/* 0 or 1 */
	/* Who uses data, by the epoch they came in; atomic, no lock. */
	unsigned int users[2];

	struct qcow2_unpacked unpacked;
};

enum qcow2_type {
	QCOW2_TYPE_HOLE,		/* what the backing file has */
	QCOW2_TYPE_ZERO,
	QCOW2_TYPE_DATA,
	QCOW2_TYPE_COMPRESSED,
};

/* Where a piece of the guest's disk lies. */
struct qcow2_extent {
	enum qcow2_type type;
	bool copied;			/* data: ours alone, write in place */
	uint64_t host;			/* data: offset in the data file */
	uint64_t len;
	uint64_t entry;			/* compressed: the L2 entry */
};

/* An L2 entry; bitmap is only used with extended ones. */
struct qcow2_entry {
	uint64_t desc;
	uint64_t bitmap;
};

static inline uint64_t qcow2_align_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) & ~(to - 1);
}

static inline uint64_t qcow2_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t qcow2_file_size(const struct blk *blk)
{
	return __atomic_load_n(&blk->size, __ATOMIC_RELAXED);
}

static inline bool qcow2_has_data_file(const struct qcow2 *q)
{
	return q->data != q->file;
}

/* header.c */
int qcow2_read_header(struct qcow2 *q, struct lkl_error *err);
int qcow2_write_incompatible(struct qcow2 *q, uint64_t bits);
int qcow2_prepare_header(struct qcow2 *q);
int qcow2_corrupted(struct qcow2 *q, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* cache.c: with qcow2.lock held */
int qcow2_cache_init(struct qcow2_cache *c, unsigned int slice_size,
		     unsigned int bytes);
void qcow2_cache_free(struct qcow2_cache *c);
/*
 * The slice at @offset, valid until the next call.  -EAGAIN if reading it
 * would wait, and not @wait.
 */
int qcow2_cache_get(struct qcow2 *q, struct qcow2_cache *c, uint64_t offset,
		    bool wait, struct qcow2_slice **ret_slice);
void qcow2_cache_dirty(struct qcow2_cache *c, struct qcow2_slice *slice);
int qcow2_cache_write(struct qcow2 *q, struct qcow2_cache *c);
/* Forget what is cached of a cluster that will hold something else. */
void qcow2_cache_drop(struct qcow2_cache *c, uint64_t offset, uint64_t len);
/* Like blk_pread(), but there are zeroes past the end of the file. */
int qcow2_read_padded(struct blk *blk, void *buf, size_t len, uint64_t offset);

/* l2.c: with qcow2.lock held */
int qcow2_read_l1(struct qcow2 *q, struct lkl_error *err);
int qcow2_lookup(struct qcow2 *q, uint64_t offset, uint64_t len, bool wait,
		 struct qcow2_extent *ret_extent);
/*
 * The slice with the entry of guest @cluster, whose table may be written to:
 * made or copied if need be.
 */
int qcow2_l2_writable(struct qcow2 *q, uint64_t cluster,
		      struct qcow2_slice **ret_slice, unsigned int *ret_index);
/* The same to look at; NULL: there is no table. */
int qcow2_l2_find(struct qcow2 *q, uint64_t cluster, bool wait,
		  struct qcow2_slice **ret_slice, unsigned int *ret_index);
void qcow2_l1_set(struct qcow2 *q, unsigned int index, uint64_t entry);
struct qcow2_entry qcow2_l2_entry(const struct qcow2 *q,
				  const struct qcow2_slice *slice,
				  unsigned int index);
void qcow2_l2_set(struct qcow2 *q, struct qcow2_slice *slice,
		  unsigned int index, struct qcow2_entry entry);
static inline unsigned int qcow2_slice_entries(const struct qcow2 *q)
{
	return q->l2s.slice_size / q->entry_size;
}
/* Offset of the host cluster of a standard entry; 0: none (or data file). */
static inline uint64_t qcow2_entry_host(const struct qcow2_entry *e)
{
	return e->desc & QCOW2_OFFSET_MASK;
}
/* Clusters that an entry refers to, for whoever replaces it. */
int qcow2_entry_free(struct qcow2 *q, struct qcow2_entry old, bool punch);

/* refcount.c: with qcow2.lock held */
int qcow2_read_reftable(struct qcow2 *q, struct lkl_error *err);
/* From 1 to @want clusters in a row; @ret_fresh: they read as zeroes. */
int qcow2_alloc(struct qcow2 *q, uint64_t want, uint64_t *ret_offset,
		uint64_t *ret_n, bool *ret_fresh);
/* One cluster for metadata, all zeroes. */
int qcow2_alloc_table(struct qcow2 *q, uint64_t *ret_offset);
/* Count one less, right now.  @punch: give the host what becomes free. */
int qcow2_refcount_drop(struct qcow2 *q, uint64_t first, uint64_t n,
			bool punch);
/* The slice with the count of a cluster that has a refcount block. */
int qcow2_refcount_slice(struct qcow2 *q, uint64_t cluster,
			 struct qcow2_slice **ret_slice,
			 unsigned int *ret_index, unsigned int *ret_entries);
uint64_t qcow2_refcount_at(const struct qcow2 *q, const unsigned char *data,
			   unsigned int index);
void qcow2_refcount_put(const struct qcow2 *q, unsigned char *data,
			unsigned int index, uint64_t count);
/* As it is on disk; to be freed. */
void *qcow2_encode_table(const uint64_t *table, unsigned int entries);

/* free.c: with qcow2.lock held */
void qcow2_free_later(struct qcow2 *q, uint64_t first, uint64_t n, bool punch);
bool qcow2_frees_due(const struct qcow2 *q);
void qcow2_frees_stored(struct qcow2 *q, struct qcow2_runs *runs);
void qcow2_frees_apply(struct qcow2 *q);
void qcow2_runs_move(struct qcow2_runs *to, struct qcow2_runs *from);
/* Around each use of data that qcow2_lookup() found: enter with the lock. */
static inline unsigned int qcow2_enter(struct qcow2 *q)
{
	__atomic_add_fetch(&q->users[q->epoch], 1, __ATOMIC_RELAXED);
	return q->epoch;
}

static inline void qcow2_leave(struct qcow2 *q, unsigned int epoch)
{
	__atomic_sub_fetch(&q->users[epoch], 1, __ATOMIC_RELEASE);
}

/* flush.c: without any lock */
int qcow2_store(struct qcow2 *q, bool sync_always);
/* Store what is dirty if it is much. */
int qcow2_balance(struct qcow2 *q);

/* overlap.c: with qcow2.lock held */
int qcow2_metadata_add(struct qcow2 *q, uint64_t offset, uint64_t len);
void qcow2_metadata_remove(struct qcow2 *q, uint64_t offset, uint64_t len);
bool qcow2_is_metadata(const struct qcow2 *q, uint64_t offset, uint64_t len);
int qcow2_find_metadata(struct qcow2 *q, struct lkl_error *err);

/* snapshot.c */
typedef int qcow2_snapshot_fn(struct qcow2 *q, uint64_t l1_offset,
			      unsigned int l1_size, void *arg,
			      struct lkl_error *err);
int qcow2_each_snapshot(struct qcow2 *q, qcow2_snapshot_fn *fn, void *arg,
			uint64_t *ret_table_size, struct lkl_error *err);

/* compressed.c: without any lock */
int qcow2_compression_known(unsigned int type, struct lkl_error *err);
void qcow2_unpacked_init(struct qcow2 *q);
void qcow2_unpacked_free(struct qcow2 *q);
/* Where a compressed cluster lies in the file. */
void qcow2_compressed_place(const struct qcow2 *q, uint64_t entry,
			    uint64_t *ret_offset, uint64_t *ret_len);
/* What follows @skip bytes of the cluster; -EAGAIN if it would wait. */
int qcow2_read_compressed(struct qcow2 *q, uint64_t entry, uint64_t skip,
			  const struct iovec *iov, int n, bool wait);

/* repair.c: before others know of it */
int qcow2_rebuild_refcounts(struct qcow2 *q, struct lkl_error *err);

/* qcow2.c */
/* A position in buffers that are not ours to change. */
struct qcow2_cursor {
	const struct iovec *iov;
	int n;
	size_t skip;
};

/* Pieces of buffers: those of the caller, a few, or allocated ones. */
struct qcow2_pieces {
	const struct iovec *iov;
	int n;
	struct iovec few[16];
	struct iovec *many;
};

/*
 * The next @len bytes at @c, which moves past them; with room for @extra more
 * pieces before and after them if that is not 0: few or many is used then.
 */
int qcow2_take(struct qcow2_cursor *c, uint64_t len, int extra,
	       struct qcow2_pieces *ret_pieces);
static inline void qcow2_put_pieces(struct qcow2_pieces *p)
{
	free(p->many);
}
int qcow2_read(struct qcow2 *q, const struct iovec *iov, int n,
	       uint64_t offset);
/* Whether a hole from @offset on reads as zeroes. */
static inline bool qcow2_hole_is_zero(const struct qcow2 *q, uint64_t offset)
{
	return !q->backing || offset >= q->backing->size;
}

/* allocate.c */
/*
 * Write some of @len bytes at @offset: with qcow2.lock held, which is free
 * afterwards.  @ret_done: how much; 0: things changed meanwhile, look again.
 */
int qcow2_write_allocating(struct qcow2 *q, struct qcow2_cursor *c,
			   uint64_t offset, uint64_t len, uint64_t *ret_done);
/* With qcow2.lock held; waits until nobody allocates any of them. */
bool qcow2_busy_wait(struct qcow2 *q, uint64_t first, uint64_t n);

/* write.c */
int qcow2_pwritev(struct blk *blk, const struct iovec *iov, int n,
		  uint64_t offset);
int qcow2_pwritev_nowait(struct blk *blk, const struct iovec *iov, int n,
			 uint64_t offset);
/* With qcow2.lock held: 0 if the image may be written to. */
int qcow2_may_write(struct qcow2 *q);

/* zero.c */
int qcow2_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
		       bool may_unmap);
int qcow2_discard(struct blk *blk, uint64_t offset, uint64_t len);

#endif /* LKL_BLK_QCOW2_H */
