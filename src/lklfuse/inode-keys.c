// SPDX-License-Identifier: GPL-2.0-only
/*
 * inode-keys.c - what identifies an inode: its number, its file handle, and the
 * lasting id that is made of them.
 *
 * A lasting id is the inode number, with the subvolume in its upper bits if
 * there are any.  Together with the generation it holds what is in the handles
 * of the file systems below.  So a handle can be made of an id, but for the
 * generation: FUSE_LOOKUP of "." does not carry it.  The host compares it when
 * it has the reply.
 */
#include "inode-table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inodes.h"

union file_handle_buffer {
	struct lkl_file_handle h;
	unsigned char bytes[sizeof(struct lkl_file_handle) + LKL_MAX_HANDLE_SZ];
};

int inode_key_statx(int dirfd, const char *name, struct lkl_statx *ret_st)
{
	unsigned int flags = LKL_AT_SYMLINK_NOFOLLOW | LKL_AT_NO_AUTOMOUNT;

	if (!*name)
		flags |= LKL_AT_EMPTY_PATH;
	return (int)lkl_sys_statx(dirfd, name, flags,
				  INODE_STATX_MASK, ret_st);
}

static void inode_key_clear_handle(struct inode_key *key)
{
	key->handle_type = -1;
	key->handle_bytes = 0;
	memset(key->handle, 0, sizeof(key->handle));
}

/* The mounts of the kernel inside do not change: an unknown one is not to be. */
static uint32_t find_branch(const struct inode_table *table, uint64_t mount)
{
	uint32_t i;

	for (i = table->n_branches - 1; i; i--)
		if (table->branches[i].mount == mount)
			return i;
	return 0;
}

void inode_key_set_number(const struct inode_table *table,
			  struct inode_key *key, const struct lkl_statx *st)
{
	key->branch = find_branch(table, st->stx_mnt_id);
	key->subvolume = st->stx_mask & LKL_STATX_SUBVOL ? st->stx_subvol : 0;
	key->ino = st->stx_ino;
	inode_key_clear_handle(key);
}

int inode_key_get_handle(int dirfd, const char *name, struct inode_key *key)
{
	union file_handle_buffer handle = {
		.h.handle_bytes = LKL_MAX_HANDLE_SZ,
	};
	int mount;
	long ret;

	inode_key_clear_handle(key);
	ret = lkl_sys_name_to_handle_at(dirfd, name, &handle.h, &mount,
					*name ? 0 : LKL_AT_EMPTY_PATH);
	/* The file has no handle, or none that fits. */
	if (ret == -EOPNOTSUPP || ret == -EOVERFLOW)
		return 0;
	if (ret < 0)
		return (int)ret;
	if (handle.h.handle_bytes > HANDLE_MAX)
		return 0;
	key->handle_type = handle.h.handle_type;
	key->handle_bytes = handle.h.handle_bytes;
	memcpy(key->handle, handle.h.f_handle, handle.h.handle_bytes);
	return 0;
}

int inode_key_open(int root_fd, const struct inode_key *key, int flags)
{
	union file_handle_buffer handle = {
		.h.handle_bytes = key->handle_bytes,
		.h.handle_type = key->handle_type,
	};

	memcpy(handle.h.f_handle, key->handle, key->handle_bytes);
	return (int)lkl_sys_open_by_handle_at(root_fd, &handle.h, flags);
}

/* ---- Lasting ids ---- */

/* Bits of a lasting id if there are subvolumes.  The highest is never set. */
#define ID_INO_BITS		40
#define ID_SUBVOLUME_BITS	22

/* What the handles of a file system consist of; the number comes first. */
struct handle_form {
	int type;			/* FILEID_... of the kernel inside */
	uint32_t bytes;
	uint32_t ino_size;
	uint32_t subvolume_at;		/* of eight bytes; 0: none */
	uint32_t generation_at;		/* of four bytes */
	bool needs_generation;		/* 0 does not stand for any */
};

static const struct handle_form handle_forms[] = {
	{ 0x01, 8, 4, 0, 4, false },	/* ext4, f2fs */
	{ 0x81, 12, 8, 0, 8, true },	/* xfs */
	{ 0x4d, 20, 8, 8, 16, false },	/* btrfs */
};

/* The form of a handle that agrees with the key's number, or NULL. */
static const struct handle_form *inode_key_form(const struct inode_key *key)
{
	const struct handle_form *form;
	uint64_t ino, subvolume;
	unsigned int i;

	for (i = 0; i < sizeof(handle_forms) / sizeof(*handle_forms); i++) {
		form = &handle_forms[i];
		if (key->handle_type != form->type ||
		    key->handle_bytes != form->bytes)
			continue;
		ino = subvolume = 0;
		memcpy(&ino, key->handle, form->ino_size);
		if (form->subvolume_at)
			memcpy(&subvolume, key->handle + form->subvolume_at, 8);
		return ino == key->ino && subvolume == key->subvolume ? form :
									NULL;
	}
	return NULL;
}

uint64_t inode_key_lasting_id(const struct inode_key *key)
{
	if (!inode_key_form(key))
		return 0;
	if (!key->subvolume)
		return key->ino > INODE_ROOT_ID && !(key->ino & INODE_SLOT_ID) ?
			       key->ino : 0;
	if (key->ino >> ID_INO_BITS || key->subvolume >> ID_SUBVOLUME_BITS)
		return 0;
	return key->subvolume << ID_INO_BITS | key->ino;
}

uint32_t inode_key_generation(const struct inode_key *key)
{
	const struct handle_form *form = inode_key_form(key);
	uint32_t generation = 0;

	if (form)
		memcpy(&generation, key->handle + form->generation_at,
		       sizeof(generation));
	return generation;
}

void inode_key_split_id(uint64_t id, bool has_subvolumes,
			uint64_t *ret_subvolume, uint64_t *ret_ino)
{
	*ret_subvolume = has_subvolumes ? id >> ID_INO_BITS : 0;
	*ret_ino = has_subvolumes ? id & ((1ull << ID_INO_BITS) - 1) : id;
}

/* From the kernel's fs/xfs/libxfs/xfs_fs.h, which it does not install. */
struct xfs_bulkstat_one {
	uint64_t ino;			/* in: at least this inode */
	uint32_t flags, icount, ocount, agno;
	uint64_t reserved[5];
	struct {
		uint64_t ino;
		uint64_t unused[7];
		uint32_t generation;
		uint32_t unused2[31];
	} inode;
};

/* Its size does not count the array of inodes at the end. */
#define XFS_BULKSTAT	LKL__IOC(LKL__IOC_READ, 'X', 127, 64)

static int xfs_generation(int root_fd, uint64_t ino, uint32_t *ret_generation)
{
	struct xfs_bulkstat_one bulk = { .ino = ino, .icount = 1 };
	long ret = lkl_sys_ioctl((unsigned int)root_fd, XFS_BULKSTAT,
				 (unsigned long)&bulk);

	if (ret < 0 || bulk.ocount != 1 || bulk.inode.ino != ino)
		return -ESTALE;
	*ret_generation = bulk.inode.generation;
	return 0;
}

int inode_key_find(int root_fd, const struct inode_key *root, uint64_t id)
{
	const struct handle_form *form = inode_key_form(root);
	struct inode_key key = *root;
	uint32_t generation = 0;

	if (!form)
		return -ESTALE;
	inode_key_split_id(id, root->subvolume, &key.subvolume, &key.ino);
	if (form->ino_size < 8 && key.ino >> (8 * form->ino_size))
		return -ESTALE;
	if (form->needs_generation &&
	    xfs_generation(root_fd, key.ino, &generation) < 0)
		return -ESTALE;
	memcpy(key.handle, &key.ino, form->ino_size);
	if (form->subvolume_at)
		memcpy(key.handle + form->subvolume_at, &key.subvolume, 8);
	memcpy(key.handle + form->generation_at, &generation,
	       sizeof(generation));
	return inode_key_open(root_fd, &key, LKL_O_PATH | LKL_O_CLOEXEC);
}
