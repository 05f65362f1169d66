// SPDX-License-Identifier: GPL-2.0-only
/*
 * session-mount.c - mount the file system that a session found.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
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
static char *build_mount_options(const char *type, unsigned int flags,
				 const char *systems, const char *users)
{
	const char *ours = "";
	char *all;

	if (!users)
		users = "";
	if ((flags & SESSION_READ_ONLY) && !strcmp(type, "ext4"))
		ours = "errors=continue,inode_readahead_blks=4";
	if (asprintf(&all, "%s%s%s%s%s", ours, *ours && *systems ? "," : "",
		     systems, (*ours || *systems) && *users ? "," : "",
		     users) < 0)
		return NULL;
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

/* Takes @all, which may be NULL. */
static int finish_mount_options(const struct session *session,
				const struct volume *volume, char *all,
				char **ret_all, struct lkl_error *err)
{
	if (all && volume)
		all = stack_mount_options(session->storage, volume,
					  session->options->degraded, all);
	if (!all)
		return error_no_memory(err);
	if (strlen(all) >= MOUNT_OPTIONS_MAX) {
		free(all);
		return error_set(err, -E2BIG, "mount options are too long");
	}
	*ret_all = all;
	return 0;
}

/* Device nodes in an image must not open the kernel's devices. */
static unsigned long mount_flags(const struct session *session, bool read_only)
{
	unsigned long flags = LKL_MS_NODEV | LKL_MS_NOSUID | LKL_MS_NOEXEC;

	flags |= session->options->atime_flags ?
		session->options->atime_flags : LKL_MS_NOATIME;
	if (read_only || (session->flags & SESSION_READ_ONLY))
		flags |= LKL_MS_RDONLY;
	return flags;
}

/* @volume: NULL if it is a partition. */
static int error_mount(const struct session *session, const char *type,
		       const struct volume *volume, int code, uint64_t mark,
		       struct lkl_error *err)
{
	if (volume && volume->problem[0])
		error_set(err, code, "cannot mount as %s: %s",
			  quote_name(type), volume->problem);
	if (code == -ENOMEM)
		error_set(err, code, "cannot mount as %s: %" PRIu64
			  " MiB of memory are not enough, give more with --memory",
			  quote_name(type), session->memory >> 20);
	/* From a kernel that has no code to write to this type. */
	if (code == -EACCES && !(session->flags & SESSION_READ_ONLY))
		error_set(err, code, "cannot mount as %s for writing: it can only be read",
			  quote_name(type));
	return session_append_reason(session, err, code, mark);
}

int session_mount_filesystem(struct session *session,
			     const struct volume *volume,
			     struct lkl_error *err)
{
	cleanup_free char *options = NULL;
	uint64_t mark = klog_mark();
	int ret;

	ret = finish_mount_options(session, volume,
				   build_mount_options(session->type,
						session->flags,
						session->root_options,
						session->options->mount_options),
				   &options, err);
	if (ret < 0)
		return ret;
	ret = call_before_mount(session, err);
	if (ret < 0)
		return session_append_reason(session, err, ret, mark);
	ret = mount_node(session, mount_flags(session, false), options, err);
	if (ret < 0 && ret != -ENOMEM && !session->is_stack &&
	    superblock_is_too_large(session->disk, session->start,
				    session->type))
		error_set(err, ret, "cannot mount as %s: at 16 TiB, it has more blocks than the kernel can count",
			  quote_name(session->type));
	if (ret < 0)
		return error_mount(session, session->type, volume, ret, mark,
				   err);
	session->mounted = true;
	return 0;
}

int session_mount_below(struct session *session, const struct volume *volume,
			const char *systems_options, bool read_only,
			char *ret_path, size_t size, struct lkl_error *err)
{
	const char *type = probe_kernel_type(volume->probe.type);
	cleanup_free char *options = NULL;
	uint64_t mark = klog_mark();
	int ret = session_check_type(type, err);

	if (!ret && !session->overlay && !read_only)
		ret = stack_check_writing(volume, err);
	if (!ret)
		ret = finish_mount_options(session, volume,
					   build_mount_options(type,
						session->flags,
						systems_options, ""),
					   &options, err);
	if (ret < 0)
		return ret;
	ret = stack_mount(volume->node, type, mount_flags(session, read_only),
			  options, ret_path, size, err);
	return ret < 0 ? error_mount(session, type, volume, ret, mark, err) : 0;
}

static int mount_partition(struct session *session, struct lkl_error *err)
{
	uint64_t mark;
	int ret = session_check_type(session->type, err);

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
		ret = session_mount_filesystem(session, NULL, err);
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
		ret = session_check_type(session->type, err);
	if (ret < 0)
		return ret;
	ret = session_mount_filesystem(session, volume, err);
	return ret < 0 ? error_prefix(err, ret, "%s", quote_name(volume->name)) :
		0;
}

int session_mount_found(struct session *session, struct lkl_error *err)
{
	struct lkl_error reason;
	int ret;

	if (session->options->system)
		return session_mount_system(session, err);
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
