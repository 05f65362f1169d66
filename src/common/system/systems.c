// SPDX-License-Identifier: GPL-2.0-only
/*
 * systems.c - the operating systems on disks: find their root file systems.
 *
 * Each file system that can hold a root is mounted read-only for a moment.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "systems.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "common/image/stack.h"
#include "common/tree/contents.h"
#include "common/tree/directory.h"
#include "common/tree/file-calls.h"
#include "discoverable.h"
#include "os-release.h"

/* Subvolumes of a btrfs that are looked at, and systems. */
#define SUBVOLUMES_MAX	256u
#define SYSTEMS_MAX	1024u

/* The id of the subvolume that holds all others, and of its root directory. */
#define BTRFS_TOP		5u
#define BTRFS_ROOT_INODE	256u

#define RELEASE_MAX	(64u << 10)

struct finder {
	const struct storage *storage;
	struct systems *systems;
	bool scratch;
};

void systems_free(struct systems *systems)
{
	free(systems->at);
	systems->at = NULL;
	systems->n = 0;
}

const struct volume *system_partition(const struct volume *volume)
{
	while (volume->kind == VOLUME_DECRYPTED)
		volume = volume->parents[0];
	return volume->kind == VOLUME_PARTITION ? volume : NULL;
}

/*
 * Types that have what a root needs, and the option with which the kernel does not
 * write even to a file system that was in use.
 */
static const struct {
	const char *type, *no_replay;
} root_types[] = {
	{ "ext2", "noload" }, { "ext3", "noload" }, { "ext4", "noload" },
	{ "xfs", "norecovery" }, { "btrfs", "rescue=nologreplay" },
	{ "f2fs", "norecovery" }, { "squashfs", "" }, { "erofs", "" },
};

/* NULL: it cannot hold a root. */
static const char *no_replay_option(const struct volume *volume)
{
	size_t i;

	for (i = 0; i < sizeof(root_types) / sizeof(*root_types); i++)
		if (!strcmp(volume->probe.type, root_types[i].type))
			return root_types[i].no_replay;
	return NULL;
}

struct system *systems_add(struct systems *systems,
			   const struct volume *volume,
			   enum system_reason reason)
{
	struct system *larger, *system;

	if (systems->n == SYSTEMS_MAX)
		return NULL;
	larger = realloc(systems->at, (systems->n + 1) * sizeof(*larger));
	if (!larger)
		return NULL;
	systems->at = larger;
	system = &larger[systems->n++];
	*system = (struct system){
		.volume = volume, .reason = reason, .is_default = true,
	};
	snprintf(system->name, sizeof(system->name), "%s", volume->name);
	return system;
}

static bool is_regular(int root, const char *path)
{
	struct lkl_open_how how = {
		.flags = LKL_O_PATH | LKL_O_CLOEXEC,
		.resolve = LKL_RESOLVE_IN_ROOT,
	};
	int fd = (int)lkl_sys_openat2(root, path, &how, sizeof(how));
	struct lkl_statx st;
	bool found;

	if (fd < 0)
		return false;
	found = !lkl_sys_statx(fd, "", LKL_AT_EMPTY_PATH, LKL_STATX_TYPE,
			       &st) && S_ISREG(st.stx_mode);
	lkl_sys_close((unsigned int)fd);
	return found;
}

static char *read_release(int root)
{
	struct lkl_error ignored;
	char *text;
	size_t len;

	if (!contents_read_below(root, "etc/os-release", RELEASE_MAX, &text,
				 &len, &ignored) ||
	    !contents_read_below(root, "usr/lib/os-release", RELEASE_MAX, &text,
				 &len, &ignored))
		return text;
	return NULL;
}

/*
 * Does the directory look like the root of a system?  If so, a system is added.
 */
static struct system *look_at_root(struct finder *finder,
				   const struct volume *volume, int root,
				   bool is_typed)
{
	cleanup_free char *release = read_release(root), *title = NULL;
	enum system_reason reason;
	struct system *system;

	if (is_typed)
		reason = SYSTEM_BY_TYPE;
	else if (is_regular(root, "etc/fstab"))
		reason = SYSTEM_BY_FSTAB;
	else if (release)
		reason = SYSTEM_BY_RELEASE;
	else
		return NULL;
	system = systems_add(finder->systems, volume, reason);
	if (!system)
		return NULL;
	title = os_release_value(release, "PRETTY_NAME");
	snprintf(system->title, sizeof(system->title), "%s",
		 title ? title : "");
	return system;
}

/* The number of the subvolume whose root directory this is; 0: it is none. */
static uint64_t subvolume_of(int dir, const char *name)
{
	struct lkl_statx st;

	if (lkl_sys_statx(dir, name, LKL_AT_SYMLINK_NOFOLLOW |
			  LKL_AT_EMPTY_PATH,
			  LKL_STATX_BASIC_STATS | LKL_STATX_SUBVOL, &st) < 0 ||
	    !S_ISDIR(st.stx_mode) || st.stx_ino != BTRFS_ROOT_INODE ||
	    !(st.stx_mask & LKL_STATX_SUBVOL))
		return 0;
	return st.stx_subvol;
}

static void look_at_subvolume(struct finder *finder,
			      const struct volume *volume, int top,
			      const char *name, uint64_t number,
			      bool has_default)
{
	struct system *system;
	size_t len;
	int fd = (int)lkl_sys_openat(top, name, LKL_O_RDONLY |
				     LKL_O_DIRECTORY | LKL_O_NOFOLLOW |
				     LKL_O_CLOEXEC, 0);

	if (fd < 0)
		return;
	system = look_at_root(finder, volume, fd, false);
	lkl_sys_close((unsigned int)fd);
	if (!system)
		return;
	system->subvolume = number;
	system->is_default = !has_default;
	len = strlen(system->name);
	snprintf(system->name + len, sizeof(system->name) - len, "/%s", name);
}

/* The subvolumes next to each other that Debian, Fedora and others make. */
static void look_at_subvolumes(struct finder *finder,
			       const struct volume *volume, int top,
			       uint64_t current, bool has_default)
{
	struct directory directory;
	unsigned int n = 0;
	const char *name;
	uint64_t number;
	int fd = (int)lkl_sys_openat(top, ".", LKL_O_RDONLY | LKL_O_DIRECTORY |
				     LKL_O_CLOEXEC, 0);

	if (fd < 0)
		return;
	directory_init(&directory, &image_calls.directory, fd, SORT_NAME);
	while (n < SUBVOLUMES_MAX && directory_next(&directory, &name) > 0) {
		number = subvolume_of(fd, name);
		if (!number || number == current)
			continue;
		n++;
		look_at_subvolume(finder, volume, fd, name, number,
				  has_default);
	}
	directory_close(&directory);
}

/* Mount it for a moment: a descriptor of its root directory, or -errno. */
static int mount_to_look(const struct finder *finder,
			 const struct volume *volume, const char *subvolume,
			 char *ret_path, size_t size, struct lkl_error *err)
{
	const char *no_replay = finder->scratch ? "" : no_replay_option(volume);
	char *options;
	int ret;

	if (asprintf(&options, "%s%s%s", no_replay,
		     *no_replay && *subvolume ? "," : "", subvolume) < 0)
		return error_no_memory(err);
	options = stack_mount_options(finder->storage, volume, true, options);
	if (!options)
		return error_no_memory(err);
	ret = stack_mount(volume->node, probe_kernel_type(volume->probe.type),
			  LKL_MS_RDONLY | LKL_MS_NODEV | LKL_MS_NOSUID |
			  LKL_MS_NOEXEC | LKL_MS_NOATIME, options, ret_path,
			  size, err);
	free(options);
	if (ret < 0 && volume->problem[0])
		return error_set(err, ret, "cannot mount as %s: %s",
				 quote_name(volume->probe.type),
				 volume->problem);
	if (ret < 0)
		return ret;
	ret = (int)lkl_sys_openat(LKL_AT_FDCWD, ret_path, LKL_O_RDONLY |
				  LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	if (ret < 0) {
		lkl_umount(ret_path, NULL);
		error_set(err, ret, "cannot open the root directory: %s",
			  lkl_strerror(ret));
	}
	return ret;
}

static void note_failure(struct systems *systems, const struct volume *volume,
			 const struct lkl_error *reason)
{
	if (!systems->failure[0])
		snprintf(systems->failure, sizeof(systems->failure),
			 "%.100s: %.190s", quote_name(volume->name),
			 reason->text);
}

static int unmount_looked_at(const char *path, int fd, struct lkl_error *err)
{
	lkl_sys_close((unsigned int)fd);
	return lkl_umount(path, err);
}

/* A file system that cannot be mounted holds no system that could be used. */
static int look_at_volume(struct finder *finder, const struct volume *volume,
			  struct lkl_error *err)
{
	const struct volume *partition = system_partition(volume);
	bool is_typed = partition && discoverable_is_root(partition), found;
	bool is_btrfs = !strcmp(volume->probe.type, "btrfs");
	struct lkl_error reason;
	uint64_t current;
	char path[64];
	int fd, ret;

	fd = mount_to_look(finder, volume, "", path, sizeof(path), &reason);
	if (fd < 0) {
		note_failure(finder->systems, volume, &reason);
		return 0;
	}
	found = look_at_root(finder, volume, fd, is_typed);
	current = is_btrfs ? subvolume_of(fd, "") : 0;
	if (current == BTRFS_TOP)
		look_at_subvolumes(finder, volume, fd, current, found);
	ret = unmount_looked_at(path, fd, err);
	if (ret < 0 || !current || current == BTRFS_TOP)
		return ret;
	fd = mount_to_look(finder, volume, "subvolid=5", path, sizeof(path),
			   &reason);
	if (fd < 0) {
		note_failure(finder->systems, volume, &reason);
		return 0;
	}
	look_at_subvolumes(finder, volume, fd, current, found);
	return unmount_looked_at(path, fd, err);
}

/* Of a btrfs on several disks, only the first one counts. */
static bool was_seen(const struct storage *storage, unsigned int i)
{
	const struct volume *volume = storage_volume(storage, i), *other;

	while (i--) {
		other = storage_volume(storage, i);
		if (*other->node && probe_is_same_btrfs(&other->probe,
							&volume->probe))
			return true;
	}
	return false;
}

int systems_find(const struct storage *storage, bool scratch,
		 struct systems *systems, struct lkl_error *err)
{
	struct finder finder = {
		.storage = storage, .systems = systems, .scratch = scratch,
	};
	const struct volume *volume;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < storage_count(storage) && !ret; i++) {
		volume = storage_volume(storage, i);
		if (*volume->node && volume->probe.is_filesystem &&
		    !volume->n_children && no_replay_option(volume) &&
		    !was_seen(storage, i))
			ret = look_at_volume(&finder, volume, err);
	}
	return ret;
}
