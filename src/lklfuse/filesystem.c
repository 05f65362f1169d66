// SPDX-License-Identifier: GPL-2.0-only
/*
 * filesystem.c - what all requests share.
 */
#include "filesystem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "common/error.h"

/* Descriptors for pinned nodes, and files that are open. */
#define MAX_FDS	(1u << 24)

/* Of all others, handles do not last.  Those with numbers are known well. */
static const struct {
	const char *type;
	enum nodes_kind kind;
} kinds[] = {
	{ "ext2", NODES_NUMBERS },
	{ "ext3", NODES_NUMBERS },
	{ "ext4", NODES_NUMBERS },
	{ "xfs", NODES_NUMBERS },
	{ "btrfs", NODES_NUMBERS },
	{ "f2fs", NODES_NUMBERS },
	{ "udf", NODES_HANDLES },
	{ "iso9660", NODES_HANDLES },
	{ "squashfs", NODES_HANDLES },
	{ "erofs", NODES_HANDLES },
	{ "ntfs3", NODES_HANDLES },
};

/* Names that differ in case only are one name, as far as is known. */
static const char *const folding_case[] = {
	"vfat", "msdos", "exfat", "ntfs3", "hfsplus", "iso9660",
};

#define N(array) (sizeof(array) / sizeof(*(array)))

static enum nodes_kind find_kind(const char *type)
{
	unsigned int i;

	for (i = 0; i < N(kinds); i++)
		if (!strcmp(type, kinds[i].type))
			return kinds[i].kind;
	return NODES_PINNED;
}

static bool always_folds(const char *type)
{
	unsigned int i;

	for (i = 0; i < N(folding_case); i++)
		if (!strcmp(type, folding_case[i]))
			return true;
	return false;
}

/*
 * What is mounted at @root, from a line "DEVICE ROOT TYPE OPTIONS": its type,
 * and whether it folds case by option (ext4 does in directories that say so,
 * xfs if it was made so; both tell).
 */
static int find_mount(const char *root, char *type, size_t size, bool *folds)
{
	char mounts[8192], where[80], *line, *end;
	size_t len;
	long fd, n;

	fd = lkl_sys_openat(LKL_AT_FDCWD, FILESYSTEM_PROC "/self/mounts",
			    LKL_O_RDONLY, 0);
	if (fd < 0)
		return (int)fd;
	n = lkl_sys_read((unsigned int)fd, mounts, sizeof(mounts) - 1);
	lkl_sys_close((unsigned int)fd);
	if (n < 0)
		return (int)n;
	mounts[n] = '\0';
	snprintf(where, sizeof(where), " %s ", root);
	line = strstr(mounts, where);
	if (!line)
		return -ENOENT;
	line += strlen(where);
	end = strchr(line, '\n');
	if (end)
		*end = '\0';
	len = strcspn(line, " ");
	if (len >= size)
		return -ENAMETOOLONG;
	memcpy(type, line, len);
	type[len] = '\0';
	*folds = strstr(line + len, "casefold") || strstr(line + len, "ciname");
	return 0;
}

static int mount_proc(struct lkl_error *err)
{
	long ret = lkl_sys_mkdirat(LKL_AT_FDCWD, FILESYSTEM_PROC, 0555);

	if (ret == 0 || ret == -EEXIST)
		ret = lkl_sys_mount((char *)"proc", (char *)FILESYSTEM_PROC,
				    (char *)"proc", 0, NULL);
	if (ret < 0 && ret != -EBUSY)
		return error_set(err, (int)ret,
				 "cannot mount the kernel's /proc: %s",
				 lkl_strerror((int)ret));
	return 0;
}

static void raise_limit(void)
{
	const struct lkl_rlimit64 limit = { MAX_FDS, MAX_FDS };
	char text[16];
	long fd;

	fd = lkl_sys_openat(LKL_AT_FDCWD, FILESYSTEM_PROC "/sys/fs/nr_open",
			    LKL_O_WRONLY, 0);
	if (fd >= 0) {
		snprintf(text, sizeof(text), "%u", MAX_FDS);
		lkl_sys_write((unsigned int)fd, text, strlen(text));
		lkl_sys_close((unsigned int)fd);
	}
	fd = lkl_sys_openat(LKL_AT_FDCWD, FILESYSTEM_PROC "/sys/fs/file-max",
			    LKL_O_WRONLY, 0);
	if (fd >= 0) {
		lkl_sys_write((unsigned int)fd, text, strlen(text));
		lkl_sys_close((unsigned int)fd);
	}
	/* If it is refused, the limit is what it was. */
	lkl_sys_prlimit64(0, LKL_RLIMIT_NOFILE, &limit, NULL);
}

static bool is_read_only(const struct filesystem *fs)
{
	struct lkl_statfs st;

	return !lkl_sys_fstatfs((unsigned int)fs->root_fd, &st) &&
		(st.f_flags & ST_RDONLY);
}

int filesystem_open(struct filesystem *fs, const char *root,
		    struct lkl_error *err)
{
	enum nodes_kind kind;
	bool folds;
	int ret;

	ret = mount_proc(err);
	if (ret < 0)
		return ret;
	ret = find_mount(root, fs->type, sizeof(fs->type), &folds);
	if (ret < 0)
		return error_set(err, ret, "cannot find out what is mounted: %s",
				 lkl_strerror(ret));
	raise_limit();
	fs->root_fd = (int)lkl_sys_openat(LKL_AT_FDCWD, root, LKL_O_RDONLY |
					  LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	if (fs->root_fd < 0)
		return error_set(err, fs->root_fd,
				 "cannot open the root directory: %s",
				 lkl_strerror(fs->root_fd));
	kind = find_kind(fs->type);
	fs->lists_attributes = kind == NODES_NUMBERS;
	ret = nodes_new(fs->root_fd, kind, &fs->nodes);
	if (ret < 0) {
		lkl_sys_close((unsigned int)fs->root_fd);
		return error_set(err, ret, "cannot look at the root directory: %s",
				 lkl_strerror(ret));
	}
	fs->read_only = fs->read_only || is_read_only(fs);
	fs->folds_case = folds || always_folds(fs->type);
	/* The host takes names with different letters for different files. */
	if (fs->folds_case) {
		fs->caching.entry_timeout = 0;
		fs->caching.negative_timeout = 0;
	}
	return 0;
}

int filesystem_check(const struct filesystem *fs, struct lkl_error *err)
{
	long ret = lkl_sys_syncfs(fs->root_fd);

	if (ret < 0)
		return error_set(err, (int)ret,
				 "not everything could be written: %s",
				 lkl_strerror((int)ret));
	if (!fs->read_only && is_read_only(fs))
		return error_set(err, -EROFS,
				 "the kernel made the file system read-only after an error");
	return 0;
}

void filesystem_close(struct filesystem *fs)
{
	nodes_free(fs->nodes);
	/* What the host has not closed itself, too: all files are its. */
	lkl_sys_close_range(0, UINT32_MAX, 0);
}
