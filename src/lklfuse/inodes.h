/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inodes.h - the inodes that the host knows.
 *
 * The host names an inode by its id.  On the file systems that people write to
 * (ext4, xfs, btrfs, f2fs), ids last: an id is the inode number, and its
 * generation is the file system's.  The host makes file handles of both, so
 * they lead to the file after the host has forgotten it, and in a later mount.
 * See inode_open_id().
 *
 * A mount may consist of several file systems, its branches.  Lasting ids are those of
 * the first one, which has the root.
 *
 * Elsewhere, an id holds the number of a slot in the inode table and the slot's
 * generation, so that an id whose inode was forgotten is stale: it never names
 * the slot's next inode.
 *
 * An inode keeps the file handle of its file, which uses no resources of the
 * kernel inside.  It has an O_PATH descriptor only while a request uses it, and
 * for some time after.  So only the host's memory limits their number.
 *
 * Some handles cannot be opened again: those of unlinked files, and all of a
 * file system without lasting handles (vfat).  Such an inode is pinned: it
 * keeps its descriptor until the host forgets it.
 *
 * A pinned inode also keeps its inode number from being reused.  Where a file
 * system can be trusted not to give one number to two files, an inode is
 * found by its number, which saves asking for the handle.
 *
 * Any thread may call these functions.
 */
#ifndef LKLFUSE_INODES_H
#define LKLFUSE_INODES_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include <lkl.h>

struct inode;
struct inode_table;

/* What statx() has to be asked for so that an inode can be told from others. */
#define INODE_STATX_MASK	(LKL_STATX_BASIC_STATS | LKL_STATX_BTIME | \
				 LKL_STATX_SUBVOL | LKL_STATX_MNT_ID_UNIQUE)

/* What FUSE calls node id and generation. */
struct inode_name {
	uint64_t id;
	uint64_t generation;
	bool is_uncached;	/* the host must not cache the name */
};

#define INODE_ROOT_ID 1

/* How a file system's inodes can be found again. */
enum inode_trust {
	INODES_PINNED,		/* not at all: handles do not last */
	INODES_BY_HANDLE,	/* by handle, as long as a file has a name */
	INODES_BY_NUMBER,	/* the same, and numbers are unique */
};

/*
 * inode_table_new - make a table that holds the root
 * @root_fd: borrowed for the lifetime of the table
 */
int inode_table_new(int root_fd, enum inode_trust trust,
		    struct inode_table **ret_table);
void inode_table_free(struct inode_table *table);

/*
 * inode_table_add_branch - add a file system that is mounted below the root
 * @mount: its STATX_MNT_ID_UNIQUE
 * @is_uncached: the host must not cache its names
 *
 * To be called before the first request.  0 or -errno.
 */
int inode_table_add_branch(struct inode_table *table, int root_fd,
			   uint64_t mount, enum inode_trust trust,
			   bool is_uncached);

/* inode_is_uncached - whether the host must not cache names in a directory */
bool inode_is_uncached(const struct inode_table *table,
		       const struct inode *inode);

/*
 * inode_get - find an inode by its id and take a reference
 *
 * NULL if the id is stale.  The caller releases it with inode_put().
 */
struct inode *inode_get(struct inode_table *table, uint64_t id);
void inode_put(struct inode_table *table, struct inode *inode);

/*
 * inode_get_fd - inode_get() and inode_fd() in one
 *
 * The descriptor, -ESTALE if the id is stale, or another -errno.
 */
int inode_get_fd(struct inode_table *table, uint64_t id,
		 struct inode **ret_inode);

/*
 * inode_fd - the O_PATH descriptor of an inode, or -errno
 *
 * The inode owns it.  It is valid until the caller's inode_put().
 */
int inode_fd(struct inode_table *table, struct inode *inode);

/*
 * inode_close_idle_fds - close what no request uses and can be opened again
 */
void inode_close_idle_fds(struct inode_table *table);

/* inode_is_pinned - whether it keeps its descriptor until it is forgotten */
bool inode_is_pinned(struct inode_table *table, const struct inode *inode);

/*
 * inode_open - open an inode's file with the given flags
 *
 * The caller owns the descriptor.
 */
int inode_open(struct inode_table *table, struct inode *inode, int flags);

/*
 * inode_lookup - find or add the inode of a directory entry
 * @dirfd, @name: as in fstatat(); an empty name is the descriptor's own file
 * @ret_st: its attributes
 * @ret_name: its id; its lookup count is one higher, see inode_forget()
 */
int inode_lookup(struct inode_table *table, int dirfd, const char *name,
		 struct lkl_statx *ret_st, struct inode_name *ret_name);

/*
 * inodes_list_other_numbers - whether a listing shows directories with other numbers
 * than stat()
 *
 * In a btrfs it does so for subvolumes, elsewhere for what is mounted.
 */
bool inodes_list_other_numbers(const struct inode_table *table);

/* inode_ids_last - whether most ids last */
bool inode_ids_last(const struct inode_table *table);

/*
 * inode_open_id - open a file by its id, even if the host has forgotten it
 *
 * An O_PATH descriptor that the caller owns, or -errno: -ESTALE if no file has
 * this id.  The file's generation may differ from the one that the host knew,
 * and the file need not have this id: the caller looks it up to know both.
 *
 * If the root is a subvolume of btrfs, files that the host has forgotten are
 * found in that subvolume only: the rest of the image is not part of the mount.
 */
int inode_open_id(struct inode_table *table, uint64_t id);

/* inode_forget - lower the lookup count by @n */
void inode_forget(struct inode_table *table, uint64_t id, uint64_t n);

/* For inode_after_unlink(): inode_before_unlink() was not called. */
#define INODE_NOT_HELD	(-ENOENT)

/*
 * inode_before_unlink - call this before an entry is removed or replaced
 *
 * The file may stay in use after it has lost its name.  This opens it while it
 * still has one.  Pass the result to inode_after_unlink().
 */
int inode_before_unlink(struct inode_table *table, int dirfd,
			const char *name);

/*
 * inode_after_unlink - pin the inode of a file that has lost its last name
 * @held: the result of inode_before_unlink(); closed or owned by the inode
 * @unlinked: whether the entry was removed
 */
void inode_after_unlink(struct inode_table *table, int held, bool unlinked);

/*
 * inode_table_distrust_numbers - stop finding inodes by their numbers
 *
 * To be called before files are removed without inode_before_unlink(): their
 * numbers may be reused while the host still knows their inodes.
 */
void inode_table_distrust_numbers(struct inode_table *table);

/*
 * The xattr absence cache: extended attributes that an inode is known not to
 * have.
 *
 * A lookup that runs beside a change must not store an old answer.  So read
 * inode_xattr_epoch() before the kernel is asked and pass it to
 * inode_note_xattr_absent(), which does nothing if any inode got an attribute
 * since.  Call inode_note_xattr_added() before the host gets the answer to a
 * request that adds one.
 */
enum {
	XATTR_CAPABILITY = 1,	/* security.capability */
	XATTR_ACCESS_ACL = 2,
	XATTR_DEFAULT_ACL = 4,
	XATTR_ANY_LISTED = 8,	/* all but trusted.* */
};

bool inode_lacks_xattr(struct inode_table *table, uint64_t id,
		       unsigned int xattrs);
uint32_t inode_xattr_epoch(struct inode_table *table);
void inode_note_xattr_absent(struct inode_table *table, uint64_t id,
			     unsigned int xattrs, uint32_t epoch);
void inode_note_xattr_added(struct inode_table *table, uint64_t id,
			    unsigned int xattrs);

/*
 * inode_count_writers - change the number of files open for writing
 * @change: 1, -1, or 0 to ask only
 *
 * Returns the new number.
 */
unsigned int inode_count_writers(struct inode_table *table, uint64_t id,
				 int change);

/*
 * inode_next_writer - iterate over the inodes that are open for writing
 * @slot: where the iteration is; 0 before the first call
 *
 * The id of the next one, 0 at the end.  Inodes may come and go between two
 * calls.
 */
uint64_t inode_next_writer(struct inode_table *table, uint32_t *slot);

/* inode_user_number - the inode number that users see, unique in the mount */
uint64_t inode_user_number(const struct inode_table *table,
			   const struct lkl_statx *st);

/*
 * inode_number_mask - the difference between the numbers that users see and
 * those of the inode's subvolume: one is the other XOR the mask
 */
uint64_t inode_number_mask(const struct inode_table *table,
			   const struct inode *inode);

/* inode_find_by_user_number - the id of the inode with that number, or 0 */
uint64_t inode_find_by_user_number(struct inode_table *table,
				   uint64_t number);

#endif /* LKLFUSE_INODES_H */
