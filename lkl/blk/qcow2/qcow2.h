/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * qcow2.h - struct qcow2 and the functions that the files of the driver share.
 *
 * QEMU describes the format in docs/interop/qcow2.txt.  In short: the L1 table
 * lists L2 tables, which say where guest clusters are.  The refcount table
 * lists refcount blocks, which count the references to host clusters.
 *
 *	header.c	header, extensions, feature bits
 *	cache.c		cache for slices of L2 tables and refcount blocks
 *	l2.c		L1 and L2 tables: where guest clusters are
 *	refcount.c	refcounts, allocation, growth of the file
 *	free.c		clusters that are given up, and when they become free
 *	flush.c		the order in which metadata is written
 *	overlap.c	the clusters that guest data must never overwrite
 *	snapshot.c	the snapshot table
 *	compressed.c	compressed clusters
 *	repair.c	recounts the refcounts of a dirty image
 *	allocate.c	writes to clusters that have to be allocated or copied
 *	write.c		all other writes
 *	zero.c		zeroes and discards
 *	qcow2.c		opens, reads, closes
 *
 * Locks, in the order in which they are taken
 *
 *	flush_lock	held during a whole flush, so there is one at a time
 *	lock		guards all metadata in memory: L1 table, L2 slices,
 *			refcount table, refcount slices, and what else is below
 *			it in struct qcow2.  A thread holds it while it reads
 *			metadata from the file, but never while it reads or
 *			writes guest data or waits for a flush
 *	unpacked.lock	guards the decompressed clusters
 *
 * So qcow2.lock guards an L2 slice (struct qcow2_slice in the cache l2s), its
 * flags and its data.  A pointer to a slice is valid until the lock is released
 * or the next call of qcow2_cache_get().  The ..._nowait() functions only try
 * to take a lock.
 *
 * Order of writing
 *
 * Metadata in memory is newer than in the file.  An L2 entry changes in memory
 * after its data is written and its refcount changed in memory.  A flush then
 * brings to stable storage, one after the other:
 *
 *	1. data, refcount blocks, first contents of new L2 tables
 *	2. the refcount table, if it changed
 *	3. L2 tables and the L1 table
 *
 * A cluster that is given up keeps its refcount until the changed L2 table has
 * passed stage 3 and all requests that use the cluster are done (free.c).  So
 * if the process dies, some clusters may be counted without a reference, but a
 * referenced cluster never has too low a count.
 *
 * Ownership: a struct qcow2 owns all that it points to, except file while
 * opening: if qcow2_open() fails, its caller still owns that.
 */
#ifndef LKL_BLK_QCOW2_H
#define LKL_BLK_QCOW2_H

#include <endian.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "blk/blk.h"
#include "blk/error.h"
#include "blk/iov.h"
#include "blk/lock.h"

/* ---- Limits for values in the file ---- */

/* The format has no smaller clusters, and QEMU opens no larger ones. */
#define QCOW2_CLUSTER_BITS_MIN	9u
#define QCOW2_CLUSTER_BITS_MAX	21u
/* Bytes of an L1 table, which is kept in memory: QEMU's limit. */
#define QCOW2_L1_MAX		(32u << 20)
/* Bytes of the refcount table, which is kept in memory: QEMU's limit. */
#define QCOW2_REFTABLE_MAX	(8u << 20)
/* 64 bits, the widest that is defined. */
#define QCOW2_REFCOUNT_ORDER_MAX 6u
/* The longest name of a backing file in the specification. */
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

/* ---- Limits for memory ---- */

#define QCOW2_SLICE_MAX		4096u		/* bytes of a cached slice */
#define QCOW2_L2_CACHE		(4u << 20)
#define QCOW2_REFCOUNT_CACHE	(1u << 20)
#define QCOW2_UNPACKED_CACHE	(4u << 20)
/* With more runs of given up clusters a flush is due. */
#define QCOW2_FREES_MAX		16384u
/* The most metadata clusters that the limits above allow. */
#define QCOW2_METADATA_MAX	(8u << 20)

/* ---- On disk ---- */

#define QCOW2_MAGIC		0x514649fbu

#define QCOW2_V2_HEADER		72u
#define QCOW2_V3_HEADER		104u

/* Offsets of the header fields that this driver writes. */
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
/* The unit in which the L1 table is written. */
#define QCOW2_L1_PER_SECTOR	(512u / 8)
#define QCOW2_SUBCLUSTERS	32u
#define QCOW2_SUB_ALL		0x00000000ffffffffull
#define QCOW2_SUB_ZERO		0xffffffff00000000ull

/* ---- In memory ---- */

/* A cached slice of an L2 table or refcount block.  Guard: qcow2.lock. */
struct qcow2_slice {
	struct qcow2_slice *next;	/* in its hash bucket */
	uint64_t offset;		/* in the file */
	bool used;			/* since the clock hand passed */
	bool dirty;
	bool writing;			/* a flush is writing a copy */
	unsigned char data[];
};

/* A cache, which owns its slices.  Guard: qcow2.lock. */
struct qcow2_cache {
	unsigned int slice_size;
	unsigned int max;		/* slices; see cache.c for more */
	unsigned int n, room;
	unsigned int n_dirty;
	unsigned int hand;		/* clock hand, for eviction */
	struct qcow2_slice **all;
	struct qcow2_slice **buckets;	/* a power of two of them */
	unsigned int n_buckets;
	unsigned char *scratch;		/* buffer for a nowait read */
};

/* A run of clusters that are given up. */
struct qcow2_run {
	uint64_t first, n;		/* host clusters */
	bool punch;			/* tell the host that they are free */
};

/* Runs in the order in which they were given up.  Guard: qcow2.lock. */
struct qcow2_runs {
	struct qcow2_run *at;
	size_t n, room;
};

/* A set of host clusters; open addressing, an empty slot is ~0. */
struct qcow2_set {
	uint64_t *slots;
	size_t n, size;
};

/* Guest clusters that a thread is allocating.  On the stack of the thread. */
struct qcow2_guest_range {
	struct qcow2_guest_range *next;
	uint64_t first, n;
};

/* The last clusters that were decompressed. */
struct qcow2_unpacked {
	pthread_mutex_t lock;		/* guards all fields below */
	unsigned int n, hand;
	struct {
		uint64_t entry;		/* 0: none */
		unsigned char *data;
	} at[8];
};

struct qcow2 {
	struct blk blk;
	struct blk *file;		/* owned; metadata, usually data too */
	struct blk *data;		/* owned, unless it is file */
	struct blk *backing;		/* owned, may be NULL */

	/* Constant after opening, so they need no lock. */
	unsigned int version;
	unsigned int cluster_bits;
	uint64_t cluster_size;
	unsigned int sub_bits;		/* log2 of a subcluster, or cluster */
	bool ext_l2;
	bool data_raw;
	unsigned int compression;
	unsigned int entry_size;	/* bytes, of an L2 table */
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
	char bitmaps_warning[128];	/* blk.warning, if there is one */

	pthread_mutex_t flush_lock;	/* taken before lock */
	pthread_mutex_t lock;		/* guards the fields below */
	struct lock_event idle;		/* a range left busy */
	struct qcow2_guest_range *busy;	/* ranges being allocated */
	uint64_t incompatible, autoclear;
	bool autoclear_done;			/* autoclear bits are cleared */
	bool corrupt;
	struct lkl_error damage;	/* why corrupt, or why a read failed */

	uint64_t *l1;			/* in the host's byte order */
	unsigned char *l1_dirty;	/* one for each sector of l1 */
	unsigned int n_l1_dirty;
	struct qcow2_cache l2s;

	uint64_t reftable_offset;
	uint64_t *reftable;		/* in the host's byte order */
	unsigned int reftable_size;	/* entries */
	bool reftable_dirty;
	struct qcow2_cache refblocks;
	uint64_t free_hint;		/* no free cluster is before it */
	/* The file reads as zeroes from here on. */
	uint64_t zero_from;
	struct qcow2_set metadata;	/* clusters that hold metadata */

	/* The stages of clusters that are given up: see free.c. */
	struct qcow2_runs freed, freed_stored, freed_waiting;
	unsigned int data_epoch;	/* 0 or 1 */
	/* Requests that use data, by their epoch; atomic, needs no lock. */
	unsigned int data_users[2];

	struct qcow2_unpacked unpacked;	/* has its own lock */
};

enum qcow2_type {
	QCOW2_TYPE_HOLE,		/* as in the backing file */
	QCOW2_TYPE_ZERO,
	QCOW2_TYPE_DATA,
	QCOW2_TYPE_COMPRESSED,
};

/* Where a range of the guest's disk is. */
struct qcow2_extent {
	enum qcow2_type type;
	bool copied;			/* data: not shared, write in place */
	uint64_t host;			/* data: offset in the data file */
	uint64_t len;
	uint64_t entry;			/* compressed: the L2 entry */
};

/* An L2 entry; only extended entries have a bitmap. */
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
/* Check size, L1 offset and L1 size against each other and the limits. */
int qcow2_check_l1(struct qcow2 *q, struct lkl_error *err);
int qcow2_write_incompatible(struct qcow2 *q, uint64_t bits);
int qcow2_clear_autoclear(struct qcow2 *q);
/*
 * The metadata is damaged: note the reason, set the corrupt bit in the file, and
 * write nothing after that.  Returns -EIO.
 */
int qcow2_mark_corrupt(struct qcow2 *q, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* cache.c: with qcow2.lock held */
int qcow2_cache_init(struct qcow2_cache *c, unsigned int slice_size,
		     unsigned int bytes);
void qcow2_cache_free(struct qcow2_cache *c);
/*
 * The slice at @offset; the cache owns it, and it is valid until the next call.
 * Without @wait: -EAGAIN if reading it would wait.
 */
int qcow2_cache_get(struct qcow2 *q, struct qcow2_cache *c, uint64_t offset,
		    bool wait, struct qcow2_slice **ret_slice);
void qcow2_cache_dirty(struct qcow2_cache *c, struct qcow2_slice *slice);
int qcow2_cache_write(struct qcow2 *q, struct qcow2_cache *c);
/* Drop the slices of a cluster that gets other contents. */
void qcow2_cache_drop(struct qcow2_cache *c, uint64_t offset, uint64_t len);
/* Like blk_pread(), but reads zeroes past the end of the file. */
int qcow2_read_padded(struct blk *blk, void *buf, size_t len, uint64_t offset);

/* l2.c: with qcow2.lock held */
int qcow2_read_l1(struct qcow2 *q, struct lkl_error *err);
int qcow2_lookup(struct qcow2 *q, uint64_t offset, uint64_t len, bool wait,
		 struct qcow2_extent *ret_extent);
/*
 * The slice with the entry of guest @cluster, for writing.  Allocates the L2
 * table, or copies it if a snapshot shares it.
 */
int qcow2_l2_writable(struct qcow2 *q, uint64_t cluster,
		      struct qcow2_slice **ret_slice, unsigned int *ret_index);
/* The same for reading; *ret_slice is NULL if there is no table. */
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
/* Offset of the host cluster; 0: none, or the first one of a data file. */
static inline uint64_t qcow2_entry_host(const struct qcow2_entry *e)
{
	return e->desc & QCOW2_OFFSET_MASK;
}
/* Give up the clusters that an entry refers to, after it was replaced. */
int qcow2_entry_free(struct qcow2 *q, struct qcow2_entry old, bool punch);

/* refcount.c: with qcow2.lock held */
int qcow2_read_reftable(struct qcow2 *q, struct lkl_error *err);
/* Allocate 1 to @want clusters in a row; @ret_fresh: they read as zeroes. */
int qcow2_alloc_clusters(struct qcow2 *q, uint64_t want, uint64_t *ret_offset,
			 uint64_t *ret_n, bool *ret_fresh);
/* Allocate one cluster of zeroes for metadata. */
int qcow2_alloc_table(struct qcow2 *q, uint64_t *ret_offset);
/* Decrement counts at once.  @punch: discard what becomes free. */
int qcow2_refcount_drop(struct qcow2 *q, uint64_t first, uint64_t n,
			bool punch);
/* The slice with the count of a cluster, which has a refcount block. */
int qcow2_refcount_slice(struct qcow2 *q, uint64_t cluster,
			 struct qcow2_slice **ret_slice,
			 unsigned int *ret_index, unsigned int *ret_entries);
uint64_t qcow2_refcount_at(const struct qcow2 *q, const unsigned char *data,
			   unsigned int index);
void qcow2_refcount_put(const struct qcow2 *q, unsigned char *data,
			unsigned int index, uint64_t count);
/* A table in big endian, which the caller frees. */
void *qcow2_encode_table(const uint64_t *table, unsigned int entries);

/* free.c: with qcow2.lock held */
void qcow2_free_later(struct qcow2 *q, uint64_t first, uint64_t n, bool punch);
bool qcow2_frees_due(const struct qcow2 *q);
void qcow2_frees_stored(struct qcow2 *q, struct qcow2_runs *runs);
void qcow2_frees_apply(struct qcow2 *q);
void qcow2_runs_move(struct qcow2_runs *to, struct qcow2_runs *from);
/*
 * Each use of data that qcow2_lookup() found is between these two, so that its
 * clusters do not become free meanwhile.  The lock is held for the first one.
 */
static inline unsigned int qcow2_begin_data_use(struct qcow2 *q)
{
	__atomic_add_fetch(&q->data_users[q->data_epoch], 1, __ATOMIC_RELAXED);
	return q->data_epoch;
}

static inline void qcow2_end_data_use(struct qcow2 *q, unsigned int epoch)
{
	__atomic_sub_fetch(&q->data_users[epoch], 1, __ATOMIC_RELEASE);
}

/*
 * flush.c: without a lock held.  @sync_always: also flush data if no metadata
 * is dirty.
 */
int qcow2_flush_metadata(struct qcow2 *q, bool sync_always);
/* Flush if many slices are dirty or many clusters wait for it. */
int qcow2_flush_if_much_is_dirty(struct qcow2 *q);

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
/*
 * Show the disk of an internal snapshot, found by name or else by id.  Called
 * while opening for reading, before the L1 table is read.
 */
int qcow2_select_snapshot(struct qcow2 *q, const char *wanted,
			  struct lkl_error *err);

/* compressed.c: without a lock held */
int qcow2_compression_known(unsigned int type, struct lkl_error *err);
void qcow2_unpacked_init(struct qcow2 *q);
void qcow2_unpacked_free(struct qcow2 *q);
/* Where a compressed cluster is in the file. */
void qcow2_compressed_range(const struct qcow2 *q, uint64_t entry,
			    uint64_t *ret_offset, uint64_t *ret_len);
/* Read from @skip bytes on.  Without @wait: -EAGAIN if it would wait. */
int qcow2_read_compressed(struct qcow2 *q, uint64_t entry, uint64_t skip,
			  const struct iovec *iov, int n, bool wait);

/* repair.c: while opening, so no other thread uses the image */
int qcow2_rebuild_refcounts(struct qcow2 *q, struct lkl_error *err);

/* qcow2.c */
/* Pieces of buffers: an array of the caller, few, or many (owned). */
struct qcow2_pieces {
	const struct iovec *iov;
	int n;
	struct iovec few[16];
	struct iovec *many;
};

/*
 * Take the next @len bytes at @c and move the cursor.  @extra: leave that many
 * free pieces before and after them, in few or many.
 */
int qcow2_take_pieces(struct iov_cursor *c, uint64_t len, int extra,
		      struct qcow2_pieces *ret_pieces);
static inline void qcow2_put_pieces(struct qcow2_pieces *p)
{
	free(p->many);
}
int qcow2_read(struct qcow2 *q, const struct iovec *iov, int n,
	       uint64_t offset);
/* Whether a hole at @offset reads as zeroes. */
static inline bool qcow2_hole_is_zero(const struct qcow2 *q, uint64_t offset)
{
	return !q->backing || offset >= q->backing->size;
}

/* allocate.c */
/*
 * Write some of @len bytes at @offset.  Called with qcow2.lock held, releases it.
 * @ret_done: bytes written; 0: the table changed, so look it up again.
 */
int qcow2_write_allocating(struct qcow2 *q, struct iov_cursor *c,
			   uint64_t offset, uint64_t len, uint64_t *ret_done);
/* Wait until no thread allocates these clusters.  With qcow2.lock held. */
bool qcow2_wait_for_allocations(struct qcow2 *q, uint64_t first, uint64_t n);

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
