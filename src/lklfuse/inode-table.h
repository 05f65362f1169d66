/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inode-table.h - the inode table: one entry for each inode that the host
 * knows, found by id or by key.
 *
 * For inodes.c and inode-fds.c only.  Everything else uses inodes.h.  The
 * caller of a function of this header holds inode_table.lock, except for
 * inode_key_...(), which touch no table.
 */
#ifndef LKLFUSE_INODE_TABLE_H
#define LKLFUSE_INODE_TABLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <lkl.h>

struct inode_table;

/* ---- Keys ---- */

/*
 * The largest file handle that is kept.  The handles of all file systems with
 * lasting handles fit.  An inode with a larger one is pinned instead.
 */
#define HANDLE_MAX	24

/*
 * The identity of an inode: its branch, its subvolume, its number and its file
 * handle.  Only btrfs has subvolumes.  It never uses the number of a removed one
 * again.
 */
struct inode_key {
	uint32_t branch;		/* index of a struct inode_branch */
	uint64_t subvolume;		/* 0: none */
	uint64_t ino;
	int handle_type;		/* -1: no handle */
	uint32_t handle_bytes;
	unsigned char handle[HANDLE_MAX];
};

/*
 * @dirfd and @name mean what they mean to fstatat(); an empty name is the file
 * of the descriptor itself.
 */

/* inode_key_statx - the attributes that users see; 0 or -errno */
int inode_key_statx(int dirfd, const char *name, struct lkl_statx *ret_st);

/*
 * inode_key_set_number - set branch, subvolume and number, and no handle
 * @st: with STATX_MNT_ID_UNIQUE, if the table has several branches
 */
void inode_key_set_number(const struct inode_table *table,
			  struct inode_key *key, const struct lkl_statx *st);

/*
 * inode_key_get_handle - set the handle
 *
 * 0 or -errno.  A file without a usable handle gets type -1, and that is
 * success.
 */
int inode_key_get_handle(int dirfd, const char *name, struct inode_key *key);

/* inode_key_open - open a file by its handle: a descriptor or -errno */
int inode_key_open(int root_fd, const struct inode_key *key, int flags);

/*
 * Lasting ids.  The host makes file handles of ids and generations, so an id
 * that is made of subvolume and number leads to the inode even after the host
 * has forgotten it, and in a later mount.
 */

/* Set in an id that is a slot and its generation, and lasts no longer. */
#define INODE_SLOT_ID	(1ull << 63)

/* inode_key_lasting_id - 0 if the key has none */
uint64_t inode_key_lasting_id(const struct inode_key *key);

/* inode_key_generation - the generation in the handle, 0 if it is not known */
uint32_t inode_key_generation(const struct inode_key *key);

/* inode_key_split_id - the subvolume and the number of a lasting id */
void inode_key_split_id(uint64_t id, bool has_subvolumes,
			uint64_t *ret_subvolume, uint64_t *ret_ino);

/*
 * inode_key_find - open the file that now has this lasting id
 * @root: the key of the root
 *
 * An O_PATH descriptor; -ESTALE if there is no such file.  The caller checks
 * that the file has this id.
 */
int inode_key_find(int root_fd, const struct inode_key *root, uint64_t id);

/* ---- The table ---- */

#define CHUNK_SHIFT	10
#define CHUNK_SIZE	(1u << CHUNK_SHIFT)

struct inode {
	struct inode_key key;
	uint64_t id;
	uint64_t lookups;	/* lookup count: the host's references */
	uint32_t index;		/* of its slot */
	uint32_t generation;	/* of its slot: how often it was reused */
	uint32_t users;		/* inode_get() without inode_put() */
	uint32_t writers;	/* open files that can write to it */
	uint32_t hash;
	uint32_t hash_next;	/* in use: hash chain; free: next free slot */
	uint32_t lru_next, lru_prev;	/* valid if fd >= 0 and not pinned */
	int fd;			/* O_PATH descriptor, -1: none */
	uint8_t absent_xattrs;	/* XATTR_...: known to be absent */
	bool pinned;		/* keeps its descriptor until it is forgotten */
	bool used;		/* false: a free slot */
};

/*
 * One of the file systems of the mount.  The first is that of the root, and often the
 * only one.  A file is seen in one branch only, or nothing is written.
 */
struct inode_branch {
	int root_fd;		/* its root directory; borrowed */
	uint64_t mount;		/* STATX_MNT_ID_UNIQUE; 0: of the only branch */
	bool always_pins;	/* INODES_PINNED */
	bool is_uncached;	/* the host must not cache its names */
	atomic_bool trusts_numbers;	/* no two inodes share a number */
	bool has_subvolumes;	/* it is a btrfs */
};

struct inode_table {
	struct inode_branch *branches;	/* does not change while requests run */
	uint32_t n_branches;
	bool has_lasting_ids;	/* those of the first branch do */
	uint32_t mount_number;	/* the generation of slot ids */
	struct inode_key root;
	pthread_mutex_t lock;	/* protects all below, and the inodes; no other
				 * lock is taken while it is held */
	struct inode **chunks;	/* of CHUNK_SIZE slots each */
	uint32_t n_chunks;
	uint32_t n_used;	/* slots that were ever used */
	uint32_t n_hashed;
	uint32_t free_slot;	/* list of free slots, 0: none */
	uint32_t *buckets;	/* hash table of slot numbers, 0: empty */
	uint32_t n_buckets;	/* a power of two */
	/*
	 * The descriptors of unpinned inodes form a circular list, most
	 * recently used first.  Slot 0 is its head and holds no inode.
	 */
	uint32_t n_cached;	/* length of that list */
	uint32_t xattr_epoch;	/* how often any inode got an xattr */
};

static inline struct inode_branch *
inode_branch_of(const struct inode_table *table, const struct inode_key *key)
{
	return &table->branches[key->branch];
}

static inline struct inode *inode_at(struct inode_table *table,
				     uint32_t index)
{
	return &table->chunks[index >> CHUNK_SHIFT][index & (CHUNK_SIZE - 1)];
}

/*
 * inode_table_init - make it empty: 0 or -ENOMEM
 *
 * The caller calls inode_table_release() in either case.
 */
int inode_table_init(struct inode_table *table);
void inode_table_release(struct inode_table *table);

/* inode_table_find - the inode with this number and this handle, or NULL */
struct inode *inode_table_find(struct inode_table *table,
			       const struct inode_key *key);

/* inode_table_find_number - an inode with this number and any handle, or NULL */
struct inode *inode_table_find_number(struct inode_table *table,
				      const struct inode_key *key);

/* inode_table_get - the inode with this id; NULL if the id is stale */
struct inode *inode_table_get(struct inode_table *table, uint64_t id);

/*
 * inode_table_add - add an inode without references, and give it an id
 * @fd: the inode owns it from now on and is pinned; -1: none
 *
 * NULL if there is no memory.
 */
struct inode *inode_table_add(struct inode_table *table,
			      const struct inode_key *key, int fd);

/* inode_table_remove - free the slot; the inode's id is stale from now on */
void inode_table_remove(struct inode_table *table, struct inode *inode);

/* ---- Descriptors: inode-fds.c ---- */

/*
 * The caller closes a descriptor that one of these returns, with
 * inode_close_fd(), after it has released the table's lock.
 */

/* inode_close_fd - close a descriptor; a negative one is ignored */
void inode_close_fd(int fd);

/* inode_take_fd - take the inode's descriptor away: returns it, or -1 */
int inode_take_fd(struct inode_table *table, struct inode *inode);

/*
 * inode_pin - have the inode keep its descriptor until it is forgotten
 * @fd: the descriptor to keep if the inode has none
 *
 * Returns @fd if it was not needed, otherwise -1.  The inode must have a
 * descriptor, or @fd must be one.
 */
int inode_pin(struct inode_table *table, struct inode *inode, int fd);

#endif /* LKLFUSE_INODE_TABLE_H */
