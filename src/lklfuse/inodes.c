// SPDX-License-Identifier: GPL-2.0-only
/*
 * inodes.c - lookup, lookup counts and pinning of inodes.
 *
 * inode_lookup() uses the same name twice: first for the attributes, then for
 * the handle.  The entry cannot change in between, because the host holds the
 * directory's lock during a lookup and during every request that changes the
 * directory.
 */
#include "inodes.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lkl/linux/btrfs_tree.h>
#include <lkl/linux/magic.h>

#include "filesystem.h"
#include "inode-table.h"


/*
 * Removes the inode if it has no references left.  Returns a descriptor that
 * the caller closes.
 */
static int inode_release_if_unused(struct inode_table *table,
				   struct inode *inode)
{
	int fd;

	if (inode->lookups || inode->users)
		return -1;
	fd = inode_take_fd(table, inode);
	inode_table_remove(table, inode);
	return fd;
}

struct inode *inode_get(struct inode_table *table, uint64_t id)
{
	struct inode *inode;

	pthread_mutex_lock(&table->lock);
	inode = inode_table_get(table, id);
	if (inode)
		inode->users++;
	pthread_mutex_unlock(&table->lock);
	return inode;
}

void inode_put(struct inode_table *table, struct inode *inode)
{
	int fd;

	pthread_mutex_lock(&table->lock);
	inode->users--;
	fd = inode_release_if_unused(table, inode);
	pthread_mutex_unlock(&table->lock);
	inode_close_fd(fd);
}

static void inode_get_name(const struct inode_table *table,
			   const struct inode *inode,
			   struct inode_name *ret_name)
{
	ret_name->id = inode->id;
	ret_name->generation = inode_key_generation(&inode->key);
	ret_name->is_uncached = inode_branch_of(table,
						&inode->key)->is_uncached;
	/* So that a handle of an earlier mount is stale. */
	if (inode->id & INODE_SLOT_ID)
		ret_name->generation = table->mount_number;
	/* The host expects this of the root. */
	if (inode->id == INODE_ROOT_ID)
		ret_name->generation = 0;
}

static bool inode_find_and_count_lookup(struct inode_table *table,
					const struct inode_key *key,
					bool by_number,
					struct inode_name *ret_name)
{
	struct inode *inode;

	pthread_mutex_lock(&table->lock);
	inode = by_number ? inode_table_find_number(table, key) :
		inode_table_find(table, key);
	if (inode) {
		inode->lookups++;
		inode_get_name(table, inode, ret_name);
	}
	pthread_mutex_unlock(&table->lock);
	return inode;
}

/*
 * A snapshot of a btrfs subvolume shows an empty directory in place of each
 * subvolume below it.  All these directories have the same inode number and
 * none has a handle.  So every lookup of one adds an inode, which is pinned.
 */
static bool is_subvolume_placeholder(const struct inode_table *table,
				     const struct inode_key *key)
{
	return inode_branch_of(table, key)->has_subvolumes &&
		key->ino == LKL_BTRFS_EMPTY_SUBVOL_DIR_OBJECTID;
}

/* Closes @fd or gives it to the inode; -1: none. */
static int inode_find_or_add(struct inode_table *table,
			     const struct inode_key *key, int fd,
			     struct inode_name *ret_name)
{
	struct inode *inode = NULL;

	pthread_mutex_lock(&table->lock);
	if (!is_subvolume_placeholder(table, key))
		inode = inode_table_find(table, key);
	if (!inode) {
		inode = inode_table_add(table, key, fd);
		if (inode)
			fd = -1;
	} else if (fd >= 0) {
		/* A file without a name that was found by its handle. */
		fd = inode_pin(table, inode, fd);
	}
	if (inode) {
		inode->lookups++;
		inode_get_name(table, inode, ret_name);
	}
	pthread_mutex_unlock(&table->lock);
	inode_close_fd(fd);
	return inode ? 0 : -ENOMEM;
}

static int open_path_fd(int dirfd, const char *name)
{
	if (*name)
		return (int)lkl_sys_openat(dirfd, name, LKL_O_PATH |
					   LKL_O_NOFOLLOW | LKL_O_CLOEXEC, 0);
	return filesystem_reopen(dirfd, LKL_O_PATH | LKL_O_CLOEXEC);
}

/* For a file without a handle.  Its number is unique while it is open. */
static int inode_lookup_pinned(struct inode_table *table, int dirfd,
			       const char *name, struct lkl_statx *st,
			       struct inode_key *key, struct inode_name *ret_name)
{
	int fd, ret;

	if (!is_subvolume_placeholder(table, key) &&
	    inode_find_and_count_lookup(table, key, false, ret_name))
		return 0;
	fd = open_path_fd(dirfd, name);
	if (fd < 0)
		return fd;
	ret = inode_key_statx(fd, "", st);
	if (ret < 0) {
		inode_close_fd(fd);
		return ret;
	}
	inode_key_set_number(table, key, st);
	return inode_find_or_add(table, key, fd, ret_name);
}

/* Only for a file with a name: without one, its handle may soon be useless. */
static bool inode_find_by_number(struct inode_table *table,
				 const struct inode_key *key,
				 const struct lkl_statx *st, struct inode_name *ret_name)
{
	return st->stx_nlink &&
		atomic_load(&inode_branch_of(table, key)->trusts_numbers) &&
		!is_subvolume_placeholder(table, key) &&
		inode_find_and_count_lookup(table, key, true, ret_name);
}

static int inode_look_up(struct inode_table *table, int dirfd,
			 const char *name, struct lkl_statx *ret_st,
			 struct inode_name *ret_name)
{
	struct inode_key key;
	bool always_pins;
	int ret, fd = -1;

	ret = inode_key_statx(dirfd, name, ret_st);
	if (ret < 0)
		return ret;
	inode_key_set_number(table, &key, ret_st);
	if (inode_find_by_number(table, &key, ret_st, ret_name))
		return 0;
	always_pins = inode_branch_of(table, &key)->always_pins;
	if (!always_pins && !is_subvolume_placeholder(table, &key)) {
		ret = inode_key_get_handle(dirfd, name, &key);
		if (ret < 0)
			return ret;
	}
	if (always_pins || key.handle_type < 0)
		return inode_lookup_pinned(table, dirfd, name, ret_st, &key,
					   ret_name);
	/* The file has no name: only a descriptor can lead back to it. */
	if (!ret_st->stx_nlink && !*name) {
		fd = open_path_fd(dirfd, name);
		if (fd < 0)
			return fd;
	}
	return inode_find_or_add(table, &key, fd, ret_name);
}

int inode_lookup(struct inode_table *table, int dirfd, const char *name,
		 struct lkl_statx *ret_st, struct inode_name *ret_name)
{
	int ret = inode_look_up(table, dirfd, name, ret_st, ret_name);

	/* Names in the directory that it is in may be uncached. */
	if (!ret && (ret_st->stx_attributes & LKL_STATX_ATTR_MOUNT_ROOT))
		ret_name->is_uncached = true;
	return ret;
}

bool inode_is_uncached(const struct inode_table *table,
		       const struct inode *inode)
{
	return inode_branch_of(table, &inode->key)->is_uncached;
}

void inode_forget(struct inode_table *table, uint64_t id, uint64_t n)
{
	struct inode *inode;
	int fd = -1;

	if (id == INODE_ROOT_ID)
		return;
	pthread_mutex_lock(&table->lock);
	inode = inode_table_get(table, id);
	if (inode) {
		inode->lookups -= n < inode->lookups ? n : inode->lookups;
		fd = inode_release_if_unused(table, inode);
	}
	pthread_mutex_unlock(&table->lock);
	inode_close_fd(fd);
}

static bool all_are_pinned(const struct inode_table *table)
{
	uint32_t i;

	for (i = 0; i < table->n_branches; i++)
		if (!table->branches[i].always_pins)
			return false;
	return true;
}

int inode_before_unlink(struct inode_table *table, int dirfd, const char *name)
{
	/* Then the inode has a descriptor already. */
	return all_are_pinned(table) ? INODE_NOT_HELD :
		open_path_fd(dirfd, name);
}

/* If so, sets the key by which the file's inode is found. */
static bool needs_pin_after_unlink(struct inode_table *table, int fd,
				   bool *ret_by_number,
				   struct inode_key *ret_key)
{
	struct lkl_statx st;
	int ret;

	ret = inode_key_statx(fd, "", &st);
	if (!ret && st.stx_nlink && (st.stx_mode & LKL_S_IFMT) != LKL_S_IFDIR)
		return false;
	if (!ret) {
		inode_key_set_number(table, ret_key, &st);
		*ret_by_number = atomic_load(
			&inode_branch_of(table, ret_key)->trusts_numbers);
		if (inode_branch_of(table, ret_key)->always_pins)
			return false;
	}
	if (!ret && !*ret_by_number)
		ret = inode_key_get_handle(fd, "", ret_key);
	if (ret < 0)
		inode_table_distrust_numbers(table);
	return !ret;
}

void inode_after_unlink(struct inode_table *table, int held, bool removed)
{
	struct inode *inode;
	struct inode_key key;
	bool by_number;

	if (held < 0) {
		/* The file could not be opened, so its inode is stale now. */
		if (removed && held != INODE_NOT_HELD)
			inode_table_distrust_numbers(table);
		return;
	}
	if (removed && needs_pin_after_unlink(table, held, &by_number, &key)) {
		pthread_mutex_lock(&table->lock);
		inode = by_number ? inode_table_find_number(table, &key) :
			inode_table_find(table, &key);
		if (inode)
			held = inode_pin(table, inode, held);
		pthread_mutex_unlock(&table->lock);
	}
	inode_close_fd(held);
}

void inode_table_distrust_numbers(struct inode_table *table)
{
	uint32_t i;

	for (i = 0; i < table->n_branches; i++)
		atomic_store(&table->branches[i].trusts_numbers, false);
}

bool inodes_list_other_numbers(const struct inode_table *table)
{
	return table->n_branches > 1 || table->branches[0].has_subvolumes;
}

bool inode_ids_last(const struct inode_table *table)
{
	return table->has_lasting_ids;
}

/* Whether a lasting id may be searched for. */
static bool inode_id_is_inside(const struct inode_table *table, uint64_t id)
{
	uint64_t subvolume, ino;

	if (!table->has_lasting_ids || (id & INODE_SLOT_ID))
		return false;
	inode_key_split_id(id, table->branches[0].has_subvolumes, &subvolume,
			   &ino);
	return subvolume == table->root.subvolume ||
		table->root.subvolume == LKL_BTRFS_FS_TREE_OBJECTID;
}

int inode_open_id(struct inode_table *table, uint64_t id)
{
	struct inode *inode = inode_get(table, id);
	int fd;

	if (inode) {
		fd = inode_open(table, inode, LKL_O_PATH | LKL_O_CLOEXEC);
		inode_put(table, inode);
		return fd;
	}
	if (!inode_id_is_inside(table, id))
		return -ESTALE;
	return inode_key_find(table->branches[0].root_fd, &table->root, id);
}

/*
 * The branch in high bits, of which the first branches need few; not in the sign of an
 * int64_t.
 */
static uint64_t branch_mask(uint32_t branch)
{
	uint64_t mask = 0;
	unsigned int i;

	for (i = 0; i < 32; i++)
		mask |= (uint64_t)(branch >> i & 1) << (62 - i);
	return mask;
}

/*
 * Subvolumes of btrfs share inode numbers, and so do branches: mix in the subvolume
 * and the branch.
 */
static uint64_t user_number(const struct inode_table *table,
			    const struct inode_key *key, uint64_t ino)
{
	if (key->branch)
		ino ^= branch_mask(key->branch) ^ key->subvolume << 40;
	else if (key->subvolume != table->root.subvolume)
		ino ^= key->subvolume << 40;
	return ino;
}

uint64_t inode_user_number(const struct inode_table *table,
			   const struct lkl_statx *st)
{
	struct inode_key key;

	inode_key_set_number(table, &key, st);
	return user_number(table, &key, key.ino);
}

uint64_t inode_number_mask(const struct inode_table *table,
			   const struct inode *inode)
{
	return user_number(table, &inode->key, 0);
}

uint64_t inode_find_by_user_number(struct inode_table *table, uint64_t inode)
{
	const struct inode_key *key;
	uint64_t id = 0;
	uint32_t i;

	pthread_mutex_lock(&table->lock);
	for (i = 1; i < table->n_used && !id; i++) {
		key = &inode_at(table, i)->key;
		if (inode_at(table, i)->used &&
		    user_number(table, key, key->ino) == inode)
			id = inode_at(table, i)->id;
	}
	pthread_mutex_unlock(&table->lock);
	return id;
}

/* Unlikely to be the same in two mounts. */
static uint32_t current_mount_number(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint32_t)now.tv_sec ^ (uint32_t)now.tv_nsec << 2;
}

int inode_table_add_branch(struct inode_table *table, int root_fd,
			   uint64_t mount, enum inode_trust trust,
			   bool is_uncached)
{
	struct inode_branch *larger, *branch;
	struct lkl_statfs fs = { 0 };
	long ret = lkl_sys_fstatfs((unsigned int)root_fd, &fs);

	if (ret < 0)
		return (int)ret;
	larger = realloc(table->branches,
			 (table->n_branches + 1) * sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	table->branches = larger;
	branch = &larger[table->n_branches++];
	memset(branch, 0, sizeof(*branch));
	branch->root_fd = root_fd;
	branch->mount = mount;
	branch->always_pins = trust == INODES_PINNED;
	branch->is_uncached = is_uncached;
	atomic_init(&branch->trusts_numbers, trust == INODES_BY_NUMBER);
	branch->has_subvolumes = fs.f_type == LKL_BTRFS_SUPER_MAGIC;
	return 0;
}

/* Add the root of the first branch. */
static int add_root(struct inode_table *table, enum inode_trust trust)
{
	int root_fd = table->branches[0].root_fd, ret;
	struct lkl_statx st;
	struct inode *root;

	ret = inode_key_statx(root_fd, "", &st);
	if (ret < 0)
		return ret;
	inode_key_set_number(table, &table->root, &st);
	if (trust != INODES_PINNED)
		ret = inode_key_get_handle(root_fd, "", &table->root);
	if (ret < 0)
		return ret;
	root = inode_table_add(table, &table->root, root_fd);
	root->id = INODE_ROOT_ID;
	root->lookups = 1;
	table->has_lasting_ids = trust == INODES_BY_NUMBER &&
				 inode_key_lasting_id(&table->root);
	return 0;
}

int inode_table_new(int root_fd, enum inode_trust kind,
		    struct inode_table **ret_table)
{
	struct inode_table *table = calloc(1, sizeof(*table));
	int ret;

	if (!table)
		return -ENOMEM;
	pthread_mutex_init(&table->lock, NULL);
	table->mount_number = current_mount_number();
	ret = inode_table_init(table);
	if (!ret)
		ret = inode_table_add_branch(table, root_fd, 0, kind, false);
	if (!ret)
		ret = add_root(table, kind);
	if (ret < 0)
		inode_table_free(table);
	else
		*ret_table = table;
	return ret;
}

void inode_table_free(struct inode_table *table)
{
	uint32_t i;

	for (i = 1; i < table->n_used; i++) {
		struct inode *inode = inode_at(table, i);

		if (inode->used && inode->id != INODE_ROOT_ID)
			inode_close_fd(inode->fd);
	}
	inode_table_release(table);
	pthread_mutex_destroy(&table->lock);
	free(table);
}

/* ---- The xattr absence cache, and writers ---- */

bool inode_lacks_xattr(struct inode_table *table, uint64_t id,
		       unsigned int xattrs)
{
	struct inode *inode;
	bool lacks;

	pthread_mutex_lock(&table->lock);
	inode = inode_table_get(table, id);
	lacks = inode && (inode->absent_xattrs & xattrs);
	pthread_mutex_unlock(&table->lock);
	return lacks;
}

uint32_t inode_xattr_epoch(struct inode_table *table)
{
	uint32_t epoch;

	pthread_mutex_lock(&table->lock);
	epoch = table->xattr_epoch;
	pthread_mutex_unlock(&table->lock);
	return epoch;
}

void inode_note_xattr_absent(struct inode_table *table, uint64_t id,
			     unsigned int xattrs, uint32_t epoch)
{
	struct inode *inode;

	pthread_mutex_lock(&table->lock);
	inode = inode_table_get(table, id);
	if (inode && table->xattr_epoch == epoch)
		inode->absent_xattrs |= (uint8_t)xattrs;
	pthread_mutex_unlock(&table->lock);
}

void inode_note_xattr_added(struct inode_table *table, uint64_t id,
			    unsigned int xattrs)
{
	struct inode *inode;

	pthread_mutex_lock(&table->lock);
	table->xattr_epoch++;
	inode = inode_table_get(table, id);
	if (inode)
		inode->absent_xattrs &= (uint8_t)~xattrs;
	pthread_mutex_unlock(&table->lock);
}

unsigned int inode_count_writers(struct inode_table *table, uint64_t id,
				 int change)
{
	struct inode *inode;
	unsigned int n = 0;

	pthread_mutex_lock(&table->lock);
	inode = inode_table_get(table, id);
	if (inode) {
		inode->writers += (uint32_t)change;
		n = inode->writers;
	}
	pthread_mutex_unlock(&table->lock);
	return n;
}

uint64_t inode_next_writer(struct inode_table *table, uint32_t *slot)
{
	struct inode *inode;
	uint64_t id = 0;

	pthread_mutex_lock(&table->lock);
	while (!id && ++*slot < table->n_used) {
		inode = inode_at(table, *slot);
		if (inode->used && inode->writers)
			id = inode->id;
	}
	pthread_mutex_unlock(&table->lock);
	return id;
}
