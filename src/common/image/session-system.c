// SPDX-License-Identifier: GPL-2.0-only
/*
 * session-system.c - mount a whole system: its root, and what it mounts below.
 *
 * Paths of the image are never given to the kernel inside as they are: a directory to
 * mount on is opened within the root, and the mount is moved there.
 */
#include "session-private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <lkl/linux/mount.h>
#include <lkl/linux/stat.h>

#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/error.h"
#include "common/system/mount-plan.h"
#include "common/system/systems.h"
#include "common/tree/directory.h"
#include "common/tree/file-calls.h"
#include "stack.h"

/* ---- The root ---- */

static int mount_root(struct session *session, const struct system *system,
		      struct lkl_error *err)
{
	const struct volume *volume = system->volume;
	int ret;

	snprintf(session->type, sizeof(session->type), "%s",
		 probe_kernel_type(volume->probe.type));
	strcpy(session->node, volume->node);
	if (system->subvolume)
		snprintf(session->root_options, sizeof(session->root_options),
			 "subvolid=%" PRIu64, system->subvolume);
	ret = session->overlay ? 0 : stack_check_writing(volume, err);
	if (!ret)
		ret = session_check_type(session->type, err);
	if (!ret)
		ret = session_mount_filesystem(session, volume, err);
	if (!ret)
		ret = session_add_mount(session, volume, "/", session->root,
				session->root_options, false, err);
	if (!ret && session->options->verbose)
		report_line("system: %s%s%s is mounted as /",
			    quote_name(system->name),
			    system->title[0] ? ", " : "",
			    system->title[0] ? quote_name(system->title) : "");
	return ret < 0 ? error_prefix(err, ret, "%s",
				      quote_name(volume->name)) : 0;
}

/* ---- Below the root ---- */

static int open_target(int root, const char *target)
{
	struct lkl_open_how how = {
		.flags = LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_CLOEXEC,
		.resolve = LKL_RESOLVE_IN_ROOT | LKL_RESOLVE_NO_MAGICLINKS,
	};

	return (int)lkl_sys_openat2(root, target, &how, sizeof(how));
}

static bool is_mounted(const struct session *session,
		       const struct mount_plan_entry *entry)
{
	unsigned int i;

	for (i = 0; i < session->n_mounts; i++)
		if (session->mounts[i].volume == entry->volume)
			return true;
	return false;
}

static bool is_mount_root(int fd)
{
	struct lkl_statx st;

	return !lkl_sys_statx(fd, "", LKL_AT_EMPTY_PATH, LKL_STATX_TYPE,
			      &st) &&
		(st.stx_attributes & LKL_STATX_ATTR_MOUNT_ROOT);
}

/* Takes the position of @fd, which is no other's. */
static bool is_empty(int fd)
{
	struct directory directory;
	const char *name;
	int copy = (int)lkl_sys_openat(fd, ".", LKL_O_RDONLY |
				       LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	int ret;

	if (copy < 0)
		return false;
	directory_init(&directory, &image_calls.directory, copy, SORT_NONE);
	do {
		ret = directory_next(&directory, &name);
	} while (ret > 0 && !strcmp(name, "lost+found"));
	directory_close(&directory);
	return !ret;
}

/* Why a partition is not mounted on its directory; NULL: it is. */
static const char *skip_reason(const struct session *session,
			       const struct mount_plan_entry *entry, int fd)
{
	if (!entry->if_empty)
		return NULL;
	if (is_mounted(session, entry))
		return "its partition is mounted elsewhere";
	if (fd == -ENOENT || fd == -ENOTDIR)
		return "there is no such directory";
	if (fd >= 0 && is_mount_root(fd))
		return "another file system is there";
	if (fd >= 0 && !is_empty(fd))
		return "the directory is not empty";
	return NULL;
}

/* Where the files of the last mount are seen, too; NULL: nowhere. */
static const char *find_overlap(const struct session *session)
{
	unsigned int last = session->n_mounts - 1, i;

	if (!(session->flags & SESSION_EACH_FILE_ONCE))
		return NULL;
	for (i = 0; i < last; i++)
		if (session_mounts_overlap(session->mounts[i].id,
				   session->mounts[last].id))
			return session->mounts[i].path;
	return NULL;
}

/*
 * Mount a file system in a directory of its own, and move the mount to @target_fd.
 * 1: it was left out.
 */
static int mount_and_move(struct session *session,
			  const struct mount_plan_entry *entry, int target_fd,
			  struct lkl_error *err)
{
	const char *overlap;
	char path[64];
	int ret = session_mount_below(session, entry->volume, entry->options,
				      entry->read_only, path, sizeof(path),
				      err);

	if (ret < 0)
		return ret;
	ret = session_add_mount(session, entry->volume, entry->target, path,
			entry->options, entry->read_only, err);
	if (ret < 0) {
		lkl_umount(path, NULL);
		return ret;
	}
	overlap = find_overlap(session);
	if (overlap) {
		report_warning("%s: left out, since it shows files of %s again; a read-only mount shows them",
			       quote_name(entry->target), quote_name(overlap));
		session_unmount_last(session, path);
		return 1;
	}
	ret = (int)lkl_sys_move_mount(LKL_AT_FDCWD, path, target_fd, "",
				      LKL_MOVE_MOUNT_T_EMPTY_PATH);
	if (ret < 0) {
		session_unmount_last(session, path);
		return error_set(err, ret, "cannot mount there: %s",
				 lkl_strerror(ret));
	}
	lkl_sys_unlinkat(LKL_AT_FDCWD, path, LKL_AT_REMOVEDIR);
	return 0;
}

static int mount_entry(struct session *session,
		       const struct mount_plan_options *options,
		       const struct mount_plan_entry *entry, int root,
		       struct lkl_error *err)
{
	int target = open_target(root, entry->target), ret = 0;
	const char *reason = skip_reason(session, entry, target);

	if (reason)
		mount_plan_skip(options, entry->target, reason);
	else if (target < 0)
		ret = error_set(err, target, "cannot open the directory: %s",
				lkl_strerror(target));
	else
		ret = mount_and_move(session, entry, target, err);
	if (target >= 0)
		lkl_sys_close((unsigned int)target);
	if (!ret && !reason && options->verbose)
		report_line("system: %s is mounted on %s",
			    quote_name(entry->volume->name),
			    quote_name(entry->target));
	return ret < 0 ? mount_plan_fail(options, entry->origin, entry->target,
					 entry->optional, ret, err) : 0;
}

static int mount_below_root(struct session *session, const struct volume *root,
			    struct lkl_error *err)
{
	const struct mount_plan_options options = {
		.verbose = session->options->verbose,
		.degraded = session->options->degraded,
	};
	struct mount_plan plan = { .n = 0 };
	int fd = session_mount_open(&session->mounts[0]), ret;
	unsigned int i;

	if (fd < 0)
		return error_set(err, fd, "cannot open the root directory: %s",
				 lkl_strerror(fd));
	ret = mount_plan_make(session->storage, root, fd, &options, &plan, err);
	for (i = 0; i < plan.n && !ret; i++)
		ret = mount_entry(session, &options, &plan.entries[i], fd, err);
	mount_plan_free(&plan);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

int session_mount_system(struct session *session, struct lkl_error *err)
{
	const struct system *system = NULL;
	struct systems systems = { .n = 0 };
	int ret = session_find_volumes(session, err);

	if (ret < 0)
		return ret;
	ret = systems_find(session->storage, session->overlay, &systems, err);
	if (!ret)
		ret = systems_choose(&systems, session->storage,
				     session->options->system, &system, err);
	if (!ret)
		ret = mount_root(session, system, err);
	if (!ret)
		ret = mount_below_root(session, system->volume, err);
	systems_free(&systems);
	return ret;
}
