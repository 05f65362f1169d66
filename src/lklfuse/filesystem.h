/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * filesystem.h - what all requests share: the mounted image and how it is
 * to be shown.
 *
 * Who checks permissions.  The host caches names and attributes for ever, so
 * most path walks never reach us; hence the host has to check permissions
 * (default_permissions, with ACLs), with the caller's real groups,
 * capabilities and namespaces, as it does for a file system of its own.
 * Inside, a request then acts with the caller's uid and gid, but with the
 * capabilities that such checks ask for: a second check with what is known
 * of the caller here could only be wrong.  What the host cannot know is
 * decided inside without these: see identity.h.
 *
 * Locks (flock and POSIX) are left to the host as well: nobody else uses the
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

/* What the host may do; all on by default. */
struct caching {
	double entry_timeout;
	double attr_timeout;
	double negative_timeout;
	bool writeback;
	bool keep_data;		/* pages outlive the last close */
	bool directories;	/* lists of names, if they do not change */
	bool symlinks;
	bool readdirplus;
	bool readdirplus_auto;
	bool parallel_dirops;
	bool atomic_o_trunc;
	bool async_dio;
	bool async_read;
	bool acl;
	bool killpriv;
	bool export;
	unsigned int max_write;		/* bytes, 0: as much as possible */
	unsigned int max_readahead;	/* bytes, 0: as much as possible */
	unsigned int max_background;	/* requests, 0: the default */
	unsigned int congestion_threshold;
};

struct filesystem {
	char type[32];		/* the kernel's name */
	int root_fd;		/* of the mounted root */
	bool read_only;		/* as it was mounted */
	bool folds_case;	/* one file answers to several names */
	bool lists_attributes;	/* whatever it has of the usual kinds */
	atomic_bool no_direct;	/* it opens no files for direct I/O */
	bool privileged;	/* root here is root of the host */
	struct caching caching;
	struct owners owners;
	struct nodes *nodes;
};

/* Where /proc of the kernel is; it is mounted by filesystem_open(). */
#define FILESYSTEM_PROC "/proc"

/*
 * filesystem_open - get ready to serve the tree at @root
 *
 * @fs->caching and @fs->owners are the caller's to fill.
 */
int filesystem_open(struct filesystem *fs, const char *root,
		    struct lkl_error *err);

/*
 * filesystem_check - before it is closed: whether all got into the image
 *
 * The kernel makes a file system read-only that it does not trust any more.
 */
int filesystem_check(const struct filesystem *fs, struct lkl_error *err);

/* filesystem_close - let go of all that would keep it mounted. */
void filesystem_close(struct filesystem *fs);

#endif /* LKLFUSE_FILESYSTEM_H */
