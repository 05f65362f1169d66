// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-directories.c - reading directories.
 *
 * Offsets are the kernel's own: they stay valid while the directory changes.
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
	pthread_mutex_t lock;	/* protects the rest */
	off_t next;		/* the offset of what is next in entries */
	size_t at, len;		/* what is left there */
	char *entries;		/* as from getdents64() */
};

static struct directory *open_directory(const struct fuse_file_info *fi)
{
	return (struct directory *)(uintptr_t)fi->fh;
}

int op_dir_fd(const struct fuse_file_info *fi)
{
	return open_directory(fi)->fd;
}

static void free_directory(struct directory *dir)
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
	struct node *node;
	int fd;

	node = node_get(fs->nodes, ino);
	if (!node) {
		op_reply(req, -ESTALE);
		return;
	}
	fd = node_open(fs->nodes, node, LKL_O_RDONLY | LKL_O_DIRECTORY |
		       LKL_O_CLOEXEC);
	node_put(fs->nodes, node);
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
	pthread_mutex_init(&dir->lock, NULL);
	fi->fh = (uintptr_t)dir;
	/*
	 * While directories change, what hosts (6.18 is one) cache of them
	 * misses names.
	 */
	fi->cache_readdir = fs->caching.directories && fs->read_only;
	fi->keep_cache = fi->cache_readdir;
	if (fuse_reply_open(req, fi) == -ENOENT)
		free_directory(dir);
}

void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	free_directory(open_directory(fi));
	op_reply(req, 0);
}

void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync,
		 struct fuse_file_info *fi)
{
	unsigned int fd = (unsigned int)open_directory(fi)->fd;

	(void)ino;
	op_reply(req, datasync ? lkl_sys_fdatasync(fd) : lkl_sys_fsync(fd));
}

static int seek_to(struct directory *dir, off_t off)
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

/* The next entry, which is not taken yet; NULL with 0: the end. */
static int peek(struct directory *dir, struct lkl_linux_dirent64 **ret_entry)
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

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static size_t add_plain(fuse_req_t req, const struct lkl_linux_dirent64 *d,
			char *buf, size_t size)
{
	const struct stat st = {
		.st_ino = d->d_ino,
		.st_mode = (mode_t)d->d_type << 12,
	};

	return fuse_add_direntry(req, buf, size, d->d_name, &st, d->d_off);
}

/* With attributes; if that fails, without: who wants them will ask. */
static size_t add_plus(fuse_req_t req, int fd,
		       const struct lkl_linux_dirent64 *d, char *buf,
		       size_t size)
{
	struct filesystem *fs = op_filesystem(req);
	struct fuse_entry_param entry = { 0 };
	size_t len;

	/* Before it counts as looked up, it has to fit. */
	len = fuse_add_direntry_plus(req, NULL, 0, d->d_name, &entry, 0);
	if (len > size)
		return len;
	if (is_dots(d->d_name) || op_entry(fs, fd, d->d_name, &entry) < 0) {
		entry = (struct fuse_entry_param){ 0 };
		entry.attr.st_ino = d->d_ino;
		entry.attr.st_mode = (mode_t)d->d_type << 12;
	}
	return fuse_add_direntry_plus(req, buf, size, d->d_name, &entry,
				      d->d_off);
}

static void read_entries(fuse_req_t req, size_t size, off_t off,
			 struct fuse_file_info *fi, bool plus)
{
	struct directory *dir = open_directory(fi);
	struct lkl_linux_dirent64 *d;
	char *buf = device_self->data;
	size_t used = 0, len;
	int ret;

	pthread_mutex_lock(&dir->lock);
	ret = seek_to(dir, off);
	while (!ret) {
		ret = peek(dir, &d);
		if (ret < 0 || !d)
			break;
		len = plus ? add_plus(req, dir->fd, d, buf + used, size - used) :
			add_plain(req, d, buf + used, size - used);
		if (len > size - used)
			break;
		used += len;
		dir->at += d->d_reclen;
		dir->next = d->d_off;
	}
	pthread_mutex_unlock(&dir->lock);
	/* What came before an error is given first; it will come again. */
	if (ret < 0 && !used)
		op_reply(req, ret);
	else
		fuse_reply_buf(req, buf, used);
}

void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi)
{
	(void)ino;
	read_entries(req, size, off, fi, false);
}

void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	(void)ino;
	read_entries(req, size, off, fi, true);
}
