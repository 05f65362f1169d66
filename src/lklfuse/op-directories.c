// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-directories.c - opening, reading and closing directories.
 *
 * The offsets are those of the kernel inside.  They stay valid while the
 * directory changes.
 */
#include "operations.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

#define ENTRIES_SIZE	32768

struct directory {
	int fd;
	uint64_t number_mask;	/* see inode_number_mask() */
	pthread_mutex_t lock;	/* protects the rest */
	off_t next;		/* the offset of the entry at entries[at] */
	size_t at, len;		/* the unread part of entries */
	char *entries;		/* the result of getdents64() */
};

static struct directory *op_directory(const struct fuse_file_info *fi)
{
	return (struct directory *)(uintptr_t)fi->fh;
}

int op_dir_fd(const struct fuse_file_info *fi)
{
	return op_directory(fi)->fd;
}

static void directory_free(struct directory *dir)
{
	lkl_sys_close((unsigned int)dir->fd);
	pthread_mutex_destroy(&dir->lock);
	free(dir->entries);
	free(dir);
}

void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct filesystem *fs = op_filesystem(req);
	struct directory *dir;
	struct inode *inode;
	uint64_t mask;
	int fd;

	inode = inode_get(fs->inodes, ino);
	if (!inode) {
		op_reply(req, -ESTALE);
		return;
	}
	fd = inode_open(fs->inodes, inode,
			LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_CLOEXEC);
	mask = inode_number_mask(fs->inodes, inode);
	inode_put(fs->inodes, inode);
	if (fd < 0) {
		op_reply(req, fd);
		return;
	}
	dir = calloc(1, sizeof(*dir));
	if (!dir) {
		lkl_sys_close((unsigned int)fd);
		op_reply(req, -ENOMEM);
		return;
	}
	dir->fd = fd;
	dir->number_mask = mask;
	pthread_mutex_init(&dir->lock, NULL);
	fi->fh = (uintptr_t)dir;
	/*
	 * If a directory changes, the host's cached listing misses names
	 * (seen with Linux 6.18).
	 */
	fi->cache_readdir = fs->caching.directories && fs->read_only;
	fi->keep_cache = fi->cache_readdir;
	if (fuse_reply_open(req, fi) == -ENOENT)
		directory_free(dir);
}

void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	directory_free(op_directory(fi));
	op_reply(req, 0);
}

void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync,
		 struct fuse_file_info *fi)
{
	unsigned int fd = (unsigned int)op_directory(fi)->fd;

	(void)ino;
	op_reply(req, datasync ? lkl_sys_fdatasync(fd) : lkl_sys_fsync(fd));
}

static int directory_seek(struct directory *dir, off_t off)
{
	long ret;

	if (!dir->entries) {
		dir->entries = malloc(ENTRIES_SIZE);
		if (!dir->entries)
			return -ENOMEM;
	}
	if (off == dir->next)
		return 0;
	ret = lkl_sys_lseek((unsigned int)dir->fd, off, LKL_SEEK_SET);
	if (ret < 0)
		return (int)ret;
	dir->next = off;
	dir->at = dir->len = 0;
	return 0;
}

/* The next entry, without consuming it.  NULL and 0 at the end. */
static int directory_peek(struct directory *dir,
			  struct lkl_linux_dirent64 **ret_entry)
{
	long n;

	*ret_entry = NULL;
	if (dir->at == dir->len) {
		n = lkl_sys_getdents64((unsigned int)dir->fd,
				       (void *)dir->entries, ENTRIES_SIZE);
		if (n <= 0)
			return (int)n;
		dir->at = 0;
		dir->len = (size_t)n;
	}
	*ret_entry = (void *)(dir->entries + dir->at);
	return 0;
}

static bool is_dot_or_dotdot(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/*
 * The number of an entry, the same that stat() shows.  The host finds the name
 * of a directory by it.  A listing shows a subvolume of btrfs with the number of
 * the subvolume, which looks like that of a directory, and a mount with that of the
 * directory below it.
 */
static uint64_t entry_number(struct filesystem *fs, const struct directory *dir,
			     const struct lkl_linux_dirent64 *d)
{
	struct lkl_statx st;

	if (d->d_type == LKL_DT_DIR && inodes_list_other_numbers(fs->inodes) &&
	    !is_dot_or_dotdot(d->d_name) &&
	    !lkl_sys_statx(dir->fd, d->d_name, LKL_AT_SYMLINK_NOFOLLOW,
			   LKL_STATX_INO | LKL_STATX_SUBVOL |
			   LKL_STATX_MNT_ID_UNIQUE, &st))
		return inode_user_number(fs->inodes, &st);
	return d->d_ino ^ dir->number_mask;
}

static size_t reply_add_name(fuse_req_t req, const struct directory *dir,
			     const struct lkl_linux_dirent64 *d, char *buf,
			     size_t size)
{
	const struct stat st = {
		.st_ino = entry_number(op_filesystem(req), dir, d),
		.st_mode = (mode_t)d->d_type << 12,
	};

	return fuse_add_direntry(req, buf, size, d->d_name, &st, d->d_off);
}

/* If the attributes cannot be had, add the name alone: the host asks later. */
static size_t reply_add_entry(fuse_req_t req, const struct directory *dir,
			      const struct lkl_linux_dirent64 *d, char *buf,
			      size_t size)
{
	struct filesystem *fs = op_filesystem(req);
	struct fuse_entry_param entry = { 0 };
	size_t len;

	/* Check the size first: op_entry() raises the lookup count. */
	len = fuse_add_direntry_plus(req, NULL, 0, d->d_name, &entry, 0);
	if (len > size)
		return len;
	if (is_dot_or_dotdot(d->d_name) ||
	    op_entry(fs, dir->fd, d->d_name, &entry) < 0) {
		entry = (struct fuse_entry_param){ 0 };
		entry.attr.st_ino = entry_number(fs, dir, d);
		entry.attr.st_mode = (mode_t)d->d_type << 12;
	}
	return fuse_add_direntry_plus(req, buf, size, d->d_name, &entry,
				      d->d_off);
}

static void reply_directory_entries(fuse_req_t req, size_t size, off_t off,
				    struct fuse_file_info *fi, bool plus)
{
	struct directory *dir = op_directory(fi);
	struct lkl_linux_dirent64 *d;
	char *buf = device_self->data;
	size_t used = 0, len;
	int ret;

	pthread_mutex_lock(&dir->lock);
	ret = directory_seek(dir, off);
	while (!ret) {
		ret = directory_peek(dir, &d);
		if (ret < 0 || !d)
			break;
		len = plus ? reply_add_entry(req, dir, d, buf + used,
					     size - used)
			   : reply_add_name(req, dir, d, buf + used,
					    size - used);
		if (len > size - used)
			break;
		used += len;
		dir->at += d->d_reclen;
		dir->next = d->d_off;
	}
	pthread_mutex_unlock(&dir->lock);
	/* Return the entries before the error; the next call reports it. */
	if (ret < 0 && !used)
		op_reply(req, ret);
	else
		fuse_reply_buf(req, buf, used);
}

void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi)
{
	(void)ino;
	reply_directory_entries(req, size, off, fi, false);
}

void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	(void)ino;
	reply_directory_entries(req, size, off, fi, true);
}
