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
#include <stdlib.h>
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

/* Longest path that statmount() returns here. */
#define MOUNT_PATH_MAX 4096

union statmount_buffer {
	struct lkl_statmount info;
	char bytes[sizeof(struct lkl_statmount) + MOUNT_PATH_MAX + 1];
};

static int stat_mount(uint64_t id, uint64_t which,
		      union statmount_buffer *buffer)
{
	const struct lkl_mnt_id_req request = {
		.size = LKL_MNT_ID_REQ_SIZE_VER0, .mnt_id = id, .param = which,
	};
	long ret = lkl_sys_statmount(&request, &buffer->info, sizeof(*buffer),
				     0);

	if (!ret && (buffer->info.mask & which) != which)
		ret = -ENOENT;
	return (int)ret;
}

/* The path of a mount, as it is now. */
static int mount_point(uint64_t id, char ret_path[MOUNT_PATH_MAX])
{
	union statmount_buffer *buffer = malloc(sizeof(*buffer));
	int ret;

	if (!buffer)
		return -ENOMEM;
	ret = stat_mount(id, LKL_STATMOUNT_MNT_POINT, buffer);
	if (!ret && snprintf(ret_path, MOUNT_PATH_MAX, "%s",
			     buffer->info.str + buffer->info.mnt_point) >=
	    MOUNT_PATH_MAX)
		ret = -ENAMETOOLONG;
	free(buffer);
	return ret;
}

bool session_mount_has(const struct session_mount *mount, const char *word)
{
	union statmount_buffer *buffer = malloc(sizeof(*buffer));
	bool found;

	found = buffer &&
		!stat_mount(mount->id, LKL_STATMOUNT_MNT_OPTS, buffer) &&
		strstr(buffer->info.str + buffer->info.mnt_opts, word);
	free(buffer);
	return found;
}

static bool is_inside(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	return !strcmp(directory, "/") ||
		(!strncmp(path, directory, len) &&
		 (!path[len] || path[len] == '/'));
}

/* Do two mounts show the same files of one file system? */
static bool mounts_overlap(uint64_t a, uint64_t b)
{
	const uint64_t which = LKL_STATMOUNT_SB_BASIC | LKL_STATMOUNT_MNT_ROOT;
	union statmount_buffer *one = malloc(sizeof(*one));
	union statmount_buffer *two = malloc(sizeof(*two));
	const char *root_one, *root_two;
	bool overlap = true;

	if (one && two && !stat_mount(a, which, one) &&
	    !stat_mount(b, which, two)) {
		root_one = one->info.str + one->info.mnt_root;
		root_two = two->info.str + two->info.mnt_root;
		overlap = one->info.sb_dev_major == two->info.sb_dev_major &&
			one->info.sb_dev_minor == two->info.sb_dev_minor &&
			(is_inside(root_one, root_two) ||
			 is_inside(root_two, root_one));
	}
	free(one);
	free(two);
	return overlap;
}

static int mount_id(int fd, uint64_t *ret_id)
{
	struct lkl_statx st;
	int ret = (int)lkl_sys_statx(fd, "", LKL_AT_EMPTY_PATH,
				     LKL_STATX_MNT_ID_UNIQUE, &st);

	if (ret < 0)
		return ret;
	if (!(st.stx_mask & LKL_STATX_MNT_ID_UNIQUE))
		return -ENOSYS;
	*ret_id = st.stx_mnt_id;
	return 0;
}

static int open_directory(const char *path)
{
	return (int)lkl_sys_openat(LKL_AT_FDCWD, path, LKL_O_RDONLY |
				   LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
}

static void free_mount(struct session_mount *mount)
{
	free(mount->path);
	free(mount->options);
}

/* Remember what is mounted at @path of the kernel inside. */
static int add_mount(struct session *session, const struct volume *volume,
		     const char *where, const char *path, const char *options,
		     bool read_only, struct lkl_error *err)
{
	struct session_mount *larger, *mount;
	int fd, ret;

	larger = realloc(session->mounts,
			 (session->n_mounts + 1) * sizeof(*larger));
	if (!larger)
		return error_no_memory(err);
	session->mounts = larger;
	mount = &larger[session->n_mounts];
	*mount = (struct session_mount){
		.path = strdup(where), .options = strdup(options),
		.volume = volume, .read_only = read_only,
		.type = probe_kernel_type(volume->probe.type),
	};
	fd = open_directory(path);
	ret = fd < 0 ? fd : mount_id(fd, &mount->id);
	if (fd >= 0)
		lkl_sys_close((unsigned int)fd);
	if (!mount->path || !mount->options)
		ret = -ENOMEM;
	if (ret < 0) {
		free_mount(mount);
		return error_set(err, ret, "cannot look at the mount: %s",
				 lkl_strerror(ret));
	}
	session->n_mounts++;
	return 0;
}

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
		ret = add_mount(session, volume, "/", session->root,
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
		if (mounts_overlap(session->mounts[i].id,
				   session->mounts[last].id))
			return session->mounts[i].path;
	return NULL;
}

static void unmount_last(struct session *session, const char *path)
{
	session->n_mounts--;
	free_mount(&session->mounts[session->n_mounts]);
	lkl_umount(path, NULL);
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
	ret = add_mount(session, entry->volume, entry->target, path,
			entry->options, entry->read_only, err);
	if (ret < 0) {
		lkl_umount(path, NULL);
		return ret;
	}
	overlap = find_overlap(session);
	if (overlap) {
		report_warning("%s: left out, since it shows files of %s again; a read-only mount shows them",
			       quote_name(entry->target), quote_name(overlap));
		unmount_last(session, path);
		return 1;
	}
	ret = (int)lkl_sys_move_mount(LKL_AT_FDCWD, path, target_fd, "",
				      LKL_MOVE_MOUNT_T_EMPTY_PATH);
	if (ret < 0) {
		unmount_last(session, path);
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
	int fd = open_directory(session->root), ret;
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

/* From the last to the first, but for the root. */
int session_unmount_below(struct session *session, struct lkl_error *err)
{
	char path[MOUNT_PATH_MAX];
	struct session_mount *mount;
	int ret = 0, failed = 0;

	while (session->n_mounts) {
		mount = &session->mounts[--session->n_mounts];
		if (session->n_mounts) {
			ret = mount_point(mount->id, path);
			if (!ret)
				ret = (int)lkl_sys_umount(path,
						LKL_UMOUNT_NOFOLLOW);
			if (ret < 0 && !failed)
				failed = error_set(err, ret,
						   "cannot unmount %s: %s",
						   quote_name(mount->path),
						   lkl_strerror(ret));
		}
		free_mount(mount);
	}
	free(session->mounts);
	session->mounts = NULL;
	return failed;
}

unsigned int session_mount_count(const struct session *session)
{
	return session->n_mounts;
}

const struct session_mount *session_mount_at(const struct session *session,
					     unsigned int i)
{
	return &session->mounts[i];
}

int session_mount_open(const struct session_mount *mount)
{
	char path[MOUNT_PATH_MAX];
	uint64_t id;
	int fd, ret = mount_point(mount->id, path);

	if (ret < 0)
		return ret;
	fd = open_directory(path);
	if (fd < 0)
		return fd;
	ret = mount_id(fd, &id);
	if (!ret && id != mount->id)
		ret = -ESTALE;
	if (ret < 0)
		lkl_sys_close((unsigned int)fd);
	return ret < 0 ? ret : fd;
}

int session_sync_below(const struct session *session)
{
	unsigned int i;
	int fd, ret, failed = 0;

	for (i = 1; i < session->n_mounts; i++) {
		fd = session_mount_open(&session->mounts[i]);
		ret = fd < 0 ? fd : (int)lkl_sys_syncfs(fd);
		if (fd >= 0)
			lkl_sys_close((unsigned int)fd);
		if (ret < 0 && !failed)
			failed = ret;
	}
	return failed;
}

void session_add_space(const struct session *session, uint64_t *bytes,
		       uint64_t *used)
{
	struct lkl_statfs st;
	unsigned int i;
	int fd;

	for (i = 1; i < session->n_mounts; i++) {
		fd = session_mount_open(&session->mounts[i]);
		if (fd < 0)
			continue;
		if (!lkl_sys_fstatfs((unsigned int)fd, &st)) {
			*bytes += (uint64_t)st.f_blocks * (uint64_t)st.f_bsize;
			*used += (uint64_t)(st.f_blocks - st.f_bfree) *
				(uint64_t)st.f_bsize;
		}
		lkl_sys_close((unsigned int)fd);
	}
}
