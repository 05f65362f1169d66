// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-subvolumes.c - the ioctls that make and remove subvolumes of btrfs.
 *
 * They take more than the others: the host has to be told of names that come
 * and go without its doing, which a worker must not wait for; and a snapshot's
 * source is named by a descriptor of the caller's.  Which file that is knows
 * the guardian, if it may look at the caller.  Hence each has a thread of its
 * own for as long as it takes.  Which groups the caller is in it asks, too.
 *
 * Not here: inheriting quota groups (a pointer), and removing a subvolume by
 * its number (no name to tell the host of).
 */
#include "operations.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <lkl/linux/btrfs.h>

#include "common/cleanup.h"
#include "callers.h"
#include "device.h"

/* The request does not say what the caller's mask is. */
#define USUAL_UMASK 022

union argument {
	struct lkl_btrfs_ioctl_vol_args v1;
	struct lkl_btrfs_ioctl_vol_args_v2 v2;
};

struct change {
	fuse_req_t req;
	uint64_t parent;
	unsigned int cmd;
	int dirfd;		/* the host's: open until it is answered */
	struct identity caller;
	struct device device;
	union argument argument;
};

static const struct {
	unsigned int cmd;
	bool v2;
	bool has_source;
	bool removes;
} known[] = {
	{ LKL_BTRFS_IOC_SUBVOL_CREATE, false, false, false },
	{ LKL_BTRFS_IOC_SUBVOL_CREATE_V2, true, false, false },
	{ LKL_BTRFS_IOC_SNAP_CREATE, false, true, false },
	{ LKL_BTRFS_IOC_SNAP_CREATE_V2, true, true, false },
	{ LKL_BTRFS_IOC_SNAP_DESTROY, false, false, true },
	{ LKL_BTRFS_IOC_SNAP_DESTROY_V2, true, false, true },
};

#define N_KNOWN (sizeof(known) / sizeof(*known))

static unsigned int find(unsigned int cmd)
{
	unsigned int i;

	for (i = 0; i < N_KNOWN && known[i].cmd != cmd; i++)
		;
	return i;
}

bool op_is_subvolume_ioctl(unsigned int cmd)
{
	return find(cmd) < N_KNOWN;
}

/*
 * A snapshot has all that was written before.  What the host has not written
 * back belongs to files that are open: it writes the others' when they are
 * closed.
 */
static void write_back_all(struct nodes *nodes)
{
	uint64_t id = 0;

	while ((id = nodes_next_writer(nodes, id)))
		device_write_back(id);
}

/* The caller's descriptor, as one of ours; or -errno. */
static int open_source(const struct change *change, int64_t fd)
{
	struct filesystem *fs = op_filesystem(change->req);
	struct node *node;
	uint64_t inode, id;
	int ret;

	ret = callers_find_file(fuse_req_ctx(change->req)->pid, fd, &inode);
	if (ret < 0)
		return ret;
	id = nodes_find_inode(fs->nodes, inode);
	node = id ? node_get(fs->nodes, id) : NULL;
	if (!node)
		return -ESTALE;
	ret = node_open(fs->nodes, node, LKL_O_RDONLY | LKL_O_DIRECTORY |
			LKL_O_CLOEXEC);
	node_put(fs->nodes, node);
	return ret;
}

/*
 * Whose groups are not known may not do it: they may allow it, or be what
 * forbids it.  Root's do not matter.
 */
static int become(const struct change *change)
{
	cleanup_free uint32_t *groups = NULL;
	size_t n;
	int ret = 0;

	if (change->caller.uid)
		ret = op_caller_groups(change->req, &groups, &n);
	if (groups && !ret)
		ret = identity_set_groups(groups, n);
	return ret < 0 ? ret : identity_become(&change->caller);
}

static long perform(struct change *change)
{
	unsigned int which = find(change->cmd);
	union argument *argument = &change->argument;
	long ret, source = -1;

	if (known[which].v2 &&
	    (argument->v2.flags & ~(uint64_t)LKL_BTRFS_SUBVOL_RDONLY))
		return -EOPNOTSUPP;
	if (known[which].has_source) {
		write_back_all(op_filesystem(change->req)->nodes);
		source = open_source(change, known[which].v2 ?
				     argument->v2.fd : argument->v1.fd);
		if (source < 0)
			return source;
	}
	if (known[which].v2)
		argument->v2.fd = source;
	else
		argument->v1.fd = source;
	identity_umask(USUAL_UMASK);
	/* The files in it go without a word. */
	if (known[which].removes)
		nodes_reuse_numbers(op_filesystem(change->req)->nodes);
	ret = become(change);
	if (!ret)
		ret = lkl_sys_ioctl((unsigned int)change->dirfd, change->cmd,
				    (unsigned long)argument);
	if (source >= 0)
		lkl_sys_close((unsigned int)source);
	return ret;
}

static void *answer(void *opaque)
{
	struct change *change = opaque;
	long ret;

	device_self = &change->device;
	ret = identity_init();
	if (!ret)
		ret = perform(change);
	if (ret < 0) {
		op_reply(change->req, ret);
	} else {
		device_forget_entry(change->parent, known[find(change->cmd)].v2 ?
				    change->argument.v2.name :
				    change->argument.v1.name);
		device_forget_attributes(change->parent);
		fuse_reply_ioctl(change->req, (int)ret, NULL, 0);
	}
	device_self = NULL;
	free(change);
	return NULL;
}

void op_subvolume_ioctl(fuse_req_t req, fuse_ino_t parent, unsigned int cmd,
			int dirfd, const struct identity *caller,
			const void *argument)
{
	struct change *change = malloc(sizeof(*change));
	pthread_t thread;
	int ret;

	if (!change) {
		op_reply(req, -ENOMEM);
		return;
	}
	*change = (struct change){
		.req = req, .parent = parent, .cmd = cmd, .dirfd = dirfd,
		.caller = *caller,
	};
	memcpy(&change->argument, argument, LKL__IOC_SIZE(cmd));
	/* As the kernel does it: the rest of a name without an end is lost. */
	change->argument.v1.name[LKL_BTRFS_PATH_NAME_MAX] = '\0';
	change->argument.v2.name[LKL_BTRFS_SUBVOL_NAME_MAX] = '\0';
	device_detach_request(&change->device);
	ret = pthread_create(&thread, NULL, answer, change);
	if (ret) {
		free(change);
		op_reply(req, -ret);
		return;
	}
	pthread_detach(thread);
}
