// SPDX-License-Identifier: GPL-2.0-only
/*
 * operations.c - the table of operations, and the reply to FUSE_INIT.
 *
 * These operations are left out on purpose: flush (write-back errors are
 * reported by fsync, as on other file systems), access (the host checks
 * permissions), locks (the host keeps them), bmap and poll.
 */
#include "operations.h"

#include <string.h>

const struct fuse_lowlevel_ops operations = {
	.init		= op_init,
	.lookup		= op_lookup,
	.forget		= op_forget,
	.forget_multi	= op_forget_multi,
	.getattr	= op_getattr,
	.setattr	= op_setattr,
	.statfs		= op_statfs,
	.readlink	= op_readlink,
	.mknod		= op_mknod,
	.mkdir		= op_mkdir,
	.symlink	= op_symlink,
	.link		= op_link,
	.unlink		= op_unlink,
	.rmdir		= op_rmdir,
	.rename		= op_rename,
	.create		= op_create,
	.open		= op_open,
	.release	= op_release,
	.read		= op_read,
	.write		= op_write,
	.fsync		= op_fsync,
	.fallocate	= op_fallocate,
	.lseek		= op_lseek,
	.copy_file_range = op_copy_file_range,
	.opendir	= op_opendir,
	.readdir	= op_readdir,
	.readdirplus	= op_readdirplus,
	.releasedir	= op_releasedir,
	.fsyncdir	= op_fsyncdir,
	.setxattr	= op_setxattr,
	.getxattr	= op_getxattr,
	.listxattr	= op_listxattr,
	.removexattr	= op_removexattr,
	.ioctl		= op_ioctl,
};

static void want_capability(struct fuse_conn_info *conn, bool on,
			    unsigned int flags)
{
	if (on)
		conn->want |= flags & conn->capable;
	else
		conn->want &= ~flags;
}

/*
 * The host sets the times of cached writes.  It must not use a finer unit than
 * the file system can store.
 */
static unsigned int time_granularity(const char *type)
{
	static const struct {
		const char *type;
		unsigned int ns;
	} coarse[] = {
		{ "vfat", 1000000000 },
		{ "msdos", 1000000000 },
		{ "hfsplus", 1000000000 },
		{ "exfat", 10000000 },
		{ "udf", 1000 },
		{ "ntfs3", 100 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(coarse) / sizeof(*coarse); i++)
		if (!strcmp(coarse[i].type, type))
			return coarse[i].ns;
	return 1;
}

void op_init(void *userdata, struct fuse_conn_info *conn)
{
	const struct filesystem *fs = userdata;
	const struct caching *caching = &fs->caching;

	want_capability(conn, caching->writeback, FUSE_CAP_WRITEBACK_CACHE);
	want_capability(conn, caching->readdirplus, FUSE_CAP_READDIRPLUS);
	want_capability(conn, caching->readdirplus && caching->readdirplus_auto,
			FUSE_CAP_READDIRPLUS_AUTO);
	want_capability(conn, caching->parallel_dirops,
			FUSE_CAP_PARALLEL_DIROPS);
	want_capability(conn, caching->atomic_o_trunc, FUSE_CAP_ATOMIC_O_TRUNC);
	want_capability(conn, caching->symlinks, FUSE_CAP_CACHE_SYMLINKS);
	want_capability(conn, caching->acl, FUSE_CAP_POSIX_ACL);
	/* A handle has to last as long as the file. */
	want_capability(conn, caching->export && inode_ids_last(fs->inodes),
			FUSE_CAP_EXPORT_SUPPORT);
	/*
	 * The host does not drop cached pages when an asynchronous direct write
	 * is complete: a page that was read during the write stays, with old
	 * data.  It must not be told of such pages before the reply to the
	 * write: that waits for reads, which may wait for the write.
	 */
	want_capability(conn, caching->async_dio || fs->read_only,
			FUSE_CAP_ASYNC_DIO);
	want_capability(conn, caching->async_read, FUSE_CAP_ASYNC_READ);
	want_capability(conn, true, FUSE_CAP_IOCTL_DIR | FUSE_CAP_DONT_MASK);
	/* Nobody else changes the image. */
	want_capability(conn, false, FUSE_CAP_AUTO_INVAL_DATA);
	/* device.c asks for the second version; the first is not exact. */
	want_capability(conn, false, FUSE_CAP_HANDLE_KILLPRIV);
	/* Data moves through memory, so there is nothing to splice. */
	want_capability(conn, false,
			FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
				FUSE_CAP_SPLICE_MOVE);
	/* The host keeps locks. */
	want_capability(conn, false,
			FUSE_CAP_POSIX_LOCKS | FUSE_CAP_FLOCK_LOCKS);

	if (caching->max_write && caching->max_write < conn->max_write)
		conn->max_write = caching->max_write;
	/* libfuse fails if this differs from the mount option. */
	if (caching->max_read)
		conn->max_read = caching->max_read;
	if (caching->max_readahead)
		conn->max_readahead = caching->max_readahead;
	if (caching->max_background)
		conn->max_background = caching->max_background;
	if (caching->congestion_threshold)
		conn->congestion_threshold = caching->congestion_threshold;
	conn->time_gran = time_granularity(fs->type);
}
