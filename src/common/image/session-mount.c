// SPDX-License-Identifier: GPL-2.0-only
/*
 * session-mount.c - mount the file system that a session found.
 */
#include "session-private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "klog.h"
#include "stack.h"
#include "superblock.h"

/* mount() takes one page of options and cuts off the rest. */
#define MOUNT_OPTIONS_MAX 4096

/*
 * Two defaults for reading ext4; the user's options follow and override them.
 *
 * errors=continue: the superblock may ask for a panic at the first error, but a
 * reader reports the damaged file and goes on with the next.
 *
 * inode_readahead_blks=4: ext4 would read 32 inode table blocks for each one it
 * needs.  With our small memory it evicts most of them before it uses them, in
 * a directory of 100,000 files for example.
 */
static char *build_mount_options(const struct session *session,
				 const struct common_options *options,
			  unsigned int flags)
{
	const char *users = options->mount_options;
	const char *ours = "";
	size_t size;
	char *all;

	if (!users)
		users = "";
	if ((flags & SESSION_READ_ONLY) && !strcmp(session->type, "ext4"))
		ours = "errors=continue,inode_readahead_blks=4";
	size = strlen(ours) + strlen(users) + 2;
	all = malloc(size);
	if (all)
		snprintf(all, size, "%s%s%s", ours,
			 *ours && *users ? "," : "", users);
	return all;
}

void session_before_mount(struct session *session, session_disk_fn *function,
			  void *opaque)
{
	session->before_mount = function;
	session->before_mount_opaque = opaque;
}

static int call_before_mount(struct session *session, struct lkl_error *err)
{
	return session->before_mount ?
		session->before_mount(session->before_mount_opaque,
				      session->node, err) : 0;
}

static int mount_node(struct session *session, unsigned long flags,
		      const char *options, struct lkl_error *err)
{
	if (session->is_stack)
		return stack_mount(session->node, session->type, flags, options,
				   session->root, sizeof(session->root), err);
	return lkl_mount(session->disk, session->partition, session->type,
			 flags, options, session->root, sizeof(session->root),
			 err);
}

static int mount_filesystem(struct session *session,
			    const struct common_options *options,
			    unsigned int flags, const struct volume *volume,
			    struct lkl_error *err)
{
	/* Device nodes in an image must not open the kernel's devices. */
	unsigned long mount_flags = LKL_MS_NODEV | LKL_MS_NOSUID |
				    LKL_MS_NOEXEC;
	cleanup_free char *all_options =
		build_mount_options(session, options, flags);
	uint64_t mark = klog_mark();
	int ret;

	if (all_options && volume)
		all_options = stack_mount_options(session->storage, volume,
						  options->degraded,
						  all_options);
	if (!all_options)
		return error_no_memory(err);
	if (strlen(all_options) >= MOUNT_OPTIONS_MAX)
		return error_set(err, -E2BIG, "mount options are too long");
	mount_flags |= options->atime_flags ? options->atime_flags :
					      LKL_MS_NOATIME;
	if (flags & SESSION_READ_ONLY)
		mount_flags |= LKL_MS_RDONLY;
	ret = call_before_mount(session, err);
	if (ret < 0)
		return session_append_reason(session, err, ret, mark);
	ret = mount_node(session, mount_flags, all_options, err);
	if (ret == -ENOMEM)
		error_set(err, ret, "cannot mount as %s: %" PRIu64
			  " MiB of memory are not enough, give more with --memory",
			  quote_name(session->type), session->memory >> 20);
	else if (ret < 0 && !session->is_stack &&
		 superblock_is_too_large(session->disk, session->start,
					 session->type))
		error_set(err, ret, "cannot mount as %s: at 16 TiB, it has more blocks than the kernel can count",
			  quote_name(session->type));
	if (ret < 0)
		return session_append_reason(session, err, ret, mark);
	session->mounted = true;
	return 0;
}

static int mount_partition(struct session *session, struct lkl_error *err)
{
	uint64_t mark;
	int ret = session_check_type(session, err);

	if (!ret)
		ret = session_start_kernel(session, err);
	if (ret < 0)
		return ret;
	mark = klog_mark();
	ret = lkl_disk_add(session->disk, err);
	if (!ret)
		ret = lkl_disk_node(session->disk, session->partition,
				    session->node, sizeof(session->node), err);
	if (ret < 0)
		session_append_reason(session, err, ret, mark);
	else
		ret = mount_filesystem(session, session->options,
				       session->flags, NULL, err);
	if (ret < 0 && session->partition)
		return error_prefix(err, ret, "partition %u",
				    session->partition);
	return ret;
}

/* Start the kernel and find the volumes on the disks. */
int session_find_volumes(struct session *session, struct lkl_error *err)
{
	uint64_t mark;
	int ret;

	session->is_stack = true;
	ret = session_start_kernel(session, err);
	if (ret < 0)
		return ret;
	mark = klog_mark();
	ret = stack_open(session->disks, session->n_disks, session->options,
			 (session->overlay ? STACK_SCRATCH : 0) |
			 (session->lists ? STACK_LIST : 0), session->unlocker,
			 &session->storage, err);
	session_end_unlocker(session);
	return ret < 0 ? session_append_reason(session, err, ret, mark) : 0;
}

static int mount_volume(struct session *session, struct lkl_error *err)
{
	const struct volume *volume = NULL;
	int ret = session_find_volumes(session, err);

	if (!ret)
		ret = session_choose_volume(session, &volume, err);
	if (!ret)
		ret = session_check_type(session, err);
	if (ret < 0)
		return ret;
	ret = mount_filesystem(session, session->options, session->flags,
			       volume, err);
	return ret < 0 ? error_prefix(err, ret, "%s", quote_name(volume->name)) :
		0;
}

int session_mount_found(struct session *session, struct lkl_error *err)
{
	struct lkl_error reason;
	int ret;

	if (stack_is_wanted(session->options))
		return mount_volume(session, err);
	ret = session_find_partition(session, session->options, err);
	if (ret == -EXDEV)
		return mount_volume(session, err);
	if (ret < 0 && session_host_failure(session, &reason))
		return error_set(err, ret, "%s", reason.text);
	session_end_unlocker(session);
	return ret < 0 ? ret : mount_partition(session, err);
}
