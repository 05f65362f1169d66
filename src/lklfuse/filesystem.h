/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * filesystem.h - the mounted image and the settings that all requests share.
 *
 * The host checks permissions, not lklfuse.  It caches names and attributes
 * for ever, so most path walks cause no request.  It therefore mounts with
 * default_permissions and checks modes and ACLs itself, with the caller's real
 * groups, capabilities and namespaces.
 *
 * Inside, a request acts with the caller's uid and gid, and with the
 * capabilities that pass those checks again.  A second check would be wrong:
 * a request does not carry the caller's groups and capabilities.  Some rights
 * the host cannot check; the kernel inside checks those, see identity.h.
 *
 * The host also keeps locks (flock and POSIX), since nobody else uses the
 * image.
 */
#ifndef LKLFUSE_FILESYSTEM_H
#define LKLFUSE_FILESYSTEM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <lkl.h>

#include "inodes.h"
#include "owners.h"

/* Features that the host may use.  All but async_dio are on by default. */
struct caching {
	double entry_timeout;
	double attr_timeout;
	double negative_timeout;
	bool writeback;
	bool keep_data;		/* keep pages after the last close */
	bool directories;	/* cache listings of a read-only mount */
	bool symlinks;
	bool readdirplus;
	bool readdirplus_auto;
	bool parallel_dirops;
	bool atomic_o_trunc;
	bool async_dio;		/* see op_init() */
	bool async_read;
	bool acl;
	bool killpriv;
	bool export;
	unsigned int max_read;		/* bytes, 0: the host's default */
	unsigned int max_write;		/* bytes, 0: the most possible */
	unsigned int max_readahead;	/* bytes, 0: DEVICE_READAHEAD */
	unsigned int max_background;	/* requests, 0: the host's default */
	unsigned int congestion_threshold;
};

struct filesystem {
	char type[32];		/* the kernel's name of the type */
	int root_fd;		/* the root directory, owned */
	int *below;		/* the roots of what is mounted below, owned */
	unsigned int n_below;
	bool read_only;
	bool folds_case;	/* upper and lower case are one name */
	bool lists_xattrs;	/* listxattr() names all but trusted.* */
	atomic_bool no_direct;	/* it refuses O_DIRECT */
	bool privileged;	/* uid 0 in a request is the host's root */
	struct caching caching;
	struct owners owners;
	struct inode_table *inodes;
};

/* Where filesystem_open() mounts the /proc of the kernel inside. */
#define FILESYSTEM_PROC "/proc"

/*
 * filesystem_reopen - open what a descriptor inside refers to once more
 * @flags: LKL_O_...; works for descriptors of LKL_O_PATH, not for links
 */
int filesystem_reopen(int fd, int flags);

struct session;

/*
 * filesystem_open - prepare for requests on what a session has mounted
 *
 * The caller has filled in @fs->caching and @fs->owners.
 */
int filesystem_open(struct filesystem *fs, const struct session *session,
		    struct lkl_error *err);

/*
 * filesystem_default_owner - show all files as belonging to @uid and @gid
 *
 * This does nothing if the file system stores owners, or if @fs->owners says
 * how to show them.
 */
void filesystem_default_owner(struct filesystem *fs, uint32_t uid,
			      uint32_t gid);

/* filesystem_sync - syncfs() for all: 0 or the first -errno */
int filesystem_sync(const struct filesystem *fs);

/*
 * filesystem_check - write everything back and check that it worked
 *
 * To be called before filesystem_close().  It also fails if the kernel has
 * made the file system read-only because of an error.
 */
int filesystem_check(const struct filesystem *fs, struct lkl_error *err);

/* filesystem_close - close all files, which would keep it mounted */
void filesystem_close(struct filesystem *fs);

#endif /* LKLFUSE_FILESYSTEM_H */
