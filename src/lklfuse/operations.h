/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * operations.h - one function for each kind of request.
 *
 * A function replies before it returns, unless it hands the request to a
 * thread of its own (op_lseek(), subvolume_ioctl_start()).
 */
#ifndef LKLFUSE_OPERATIONS_H
#define LKLFUSE_OPERATIONS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>
#include <stdatomic.h>

#include <lkl.h>
#include <lkl/linux/fuse.h>

#include "filesystem.h"
#include "identity.h"

/* For fuse_session_new(); its userdata is the struct filesystem. */
extern const struct fuse_lowlevel_ops operations;

/* ---- Shared by the op-*.c files ---- */

/* A file that the host has open; see op-data.c for the two descriptors. */
struct open_file {
	int fd;
	bool direct;		/* fd has O_DIRECT */
	bool append;		/* fd has O_APPEND; the host does not cache it */
	atomic_int other_fd;	/* has it if fd has not, and vice versa; -1:
				 * not opened yet */
	atomic_bool not_direct;	/* the file system refused O_DIRECT */
	atomic_uint reads;	/* small reads so far, up to a limit */
	atomic_uint blocks_told;	/* see tell_blocks_changed() */
	uint32_t uid, gid;	/* of the process that opened it, in the image */
};

static inline struct filesystem *op_filesystem(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

static inline struct open_file *op_file(const struct fuse_file_info *fi)
{
	return (struct open_file *)(uintptr_t)fi->fh;
}

/* op_buffered_fd - a descriptor of the file without O_DIRECT, or -errno */
int op_buffered_fd(struct open_file *file);

/* op_reply - reply without data: -errno in @ret, or success */
void op_reply(fuse_req_t req, long ret);

/* op_errno - the positive error number for the host */
int op_errno(long ret);

/*
 * op_get_inode_fd - find an inode and its O_PATH descriptor
 *
 * The descriptor, valid until inode_put(); -ESTALE or another -errno.
 */
int op_get_inode_fd(struct filesystem *fs, fuse_ino_t ino,
		    struct inode **ret_inode);

/* op_caller - the caller's identity in the image */
struct identity op_caller(fuse_req_t req);
/* op_become_caller - act as the caller */
int op_become_caller(fuse_req_t req);
/* op_become_creator - act as the caller, with its umask, to make a file */
int op_become_creator(fuse_req_t req);

/*
 * op_caller_groups - the caller's supplementary groups in the image
 *
 * This asks the guardian.  The caller of this function frees them.
 */
int op_caller_groups(fuse_req_t req, uint32_t **ret_groups, size_t *ret_n);

void op_fill_attributes(const struct filesystem *fs,
			const struct lkl_statx *st, struct stat *ret_stat);
int op_attributes(int fd, struct lkl_statx *ret_st);
/* op_reply_attributes - reply with the result of op_attributes() */
void op_reply_attributes(fuse_req_t req, int fd);

/* op_entry - look a name up; on success its lookup count is one higher */
int op_entry(struct filesystem *fs, int dirfd, const char *name,
	     struct fuse_entry_param *ret_entry);
/* op_new_entry - the same for a file that was just made: it has no capabilities */
int op_new_entry(struct filesystem *fs, int fd,
		 struct fuse_entry_param *ret_entry);
/* op_reply_entry - reply with the result of op_entry() */
void op_reply_entry(fuse_req_t req, int dirfd, const char *name);


/* op_tmpfile - FUSE_TMPFILE, which libfuse does not know */
void op_tmpfile(struct filesystem *fs, const struct lkl_fuse_in_header *in,
		const struct lkl_fuse_create_in *request,
		struct lkl_fuse_entry_out *ret_entry,
		struct lkl_fuse_open_out *ret_open, int *ret_error);

void op_init(void *userdata, struct fuse_conn_info *conn);
void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup);
void op_forget_multi(fuse_req_t req, size_t count,
		     struct fuse_forget_data *forgets);
void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		struct fuse_file_info *fi);
void op_statfs(fuse_req_t req, fuse_ino_t ino);

void op_readlink(fuse_req_t req, fuse_ino_t ino);
void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name,
	      mode_t mode, dev_t rdev);
void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name,
	      mode_t mode);
void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
		const char *name);
void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
	     const char *newname);
void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
	       fuse_ino_t newparent, const char *newname, unsigned int flags);

void op_create(fuse_req_t req, fuse_ino_t parent, const char *name,
	       mode_t mode, struct fuse_file_info *fi);
void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
	     struct fuse_file_info *fi);
void op_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size,
	      off_t off, struct fuse_file_info *fi);
void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
	      struct fuse_file_info *fi);
void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset,
		  off_t length, struct fuse_file_info *fi);
void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
	      struct fuse_file_info *fi);
void op_copy_file_range(fuse_req_t req, fuse_ino_t ino_in, off_t off_in,
			struct fuse_file_info *fi_in, fuse_ino_t ino_out,
			off_t off_out, struct fuse_file_info *fi_out,
			size_t len, int flags);

void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi);
void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi);
void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync,
		 struct fuse_file_info *fi);
/* op_dir_fd - the descriptor of an open directory */
int op_dir_fd(const struct fuse_file_info *fi);

void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		 const char *value, size_t size, int flags);
void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		 size_t size);
void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size);
void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name);

void op_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd, void *arg,
	      struct fuse_file_info *fi, unsigned int flags,
	      const void *in_buf, size_t in_bufsz, size_t out_bufsz);

/*
 * op_become_unchecked - act as the caller of a request that the host has not
 * checked
 *
 * The caller's groups count, since a group may allow the request or forbid it.
 * So this fails if they cannot be found.  Those of root do not matter.  The
 * thread must not act for another caller later.
 */
int op_become_unchecked(fuse_req_t req, const struct identity *caller);

/* op_write_back_open_files - all data that the host has not written back */
void op_write_back_open_files(struct inode_table *table);

bool op_is_shutdown_ioctl(unsigned int cmd);
void op_shutdown_ioctl(fuse_req_t req, fuse_ino_t ino, int fd,
		       const struct identity *caller);

/*
 * op_encryption_ioctl - answer an ioctl of fscrypt
 * @argument: the data of the request, of @in bytes
 * @out: so many bytes go back
 *
 * Neither is more than the size in @cmd.
 */
bool op_is_encryption_ioctl(unsigned int cmd);
void op_encryption_ioctl(fuse_req_t req, unsigned int cmd, int fd,
			 const struct identity *caller, const void *argument,
			 size_t in, size_t out);

/* @argument: the data of the request, of @in bytes */
bool op_is_enable_verity_ioctl(unsigned int cmd);
void op_enable_verity_ioctl(fuse_req_t req, fuse_ino_t ino, int fd,
			    const struct identity *caller, const void *argument,
			    size_t in);

/* op_measure_verity_ioctl - @argument has room for @out bytes; 0 or -errno */
bool op_is_measure_verity_ioctl(unsigned int cmd);
long op_measure_verity_ioctl(int fd, void *argument, size_t in, size_t out);

#endif /* LKLFUSE_OPERATIONS_H */
