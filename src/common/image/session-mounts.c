// SPDX-License-Identifier: GPL-2.0-only
/*
 * session-mounts.c - the mounts of a whole system: where they are now, and their end.
 *
 * A mount is known by the kernel's unique number, since users may rename the directories
 * above it.
 */
#include "session-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lkl/linux/mount.h>
#include <lkl/linux/stat.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "common/path-below.h"

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

bool session_mounts_overlap(uint64_t a, uint64_t b)
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
			(path_below(root_one, root_two) ||
			 path_below(root_two, root_one));
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

int session_add_mount(struct session *session, const struct volume *volume,
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

void session_unmount_last(struct session *session, const char *path)
{
	session->n_mounts--;
	free_mount(&session->mounts[session->n_mounts]);
	lkl_umount(path, NULL);
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
