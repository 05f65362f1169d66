// SPDX-License-Identifier: GPL-2.0-only
/* filesystem.c - the mounted image: its type, its root, its limits. */
#include "filesystem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include <lkl/linux/fscrypt.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "common/image/session.h"

/* Descriptors of pinned inodes and of open files. */
#define MAX_FDS	(1u << 24)

/* All other types are INODES_PINNED. */
static const struct {
	const char *type;
	enum inode_trust kind;
} inode_trusts[] = {
	{ "ext2", INODES_BY_NUMBER },
	{ "ext3", INODES_BY_NUMBER },
	{ "ext4", INODES_BY_NUMBER },
	{ "xfs", INODES_BY_NUMBER },
	{ "btrfs", INODES_BY_NUMBER },
	{ "f2fs", INODES_BY_NUMBER },
	{ "udf", INODES_BY_HANDLE },
	{ "iso9660", INODES_BY_HANDLE },
	{ "squashfs", INODES_BY_HANDLE },
	{ "erofs", INODES_BY_HANDLE },
	{ "ntfs3", INODES_BY_HANDLE },
};

/* Types whose names ignore case. */
static const char *const case_folding_types[] = {
	"vfat", "msdos", "exfat", "ntfs3", "hfsplus", "iso9660",
};

#define N(array) (sizeof(array) / sizeof(*(array)))

static enum inode_trust find_inode_trust(const char *type)
{
	unsigned int i;

	for (i = 0; i < N(inode_trusts); i++)
		if (!strcmp(type, inode_trusts[i].type))
			return inode_trusts[i].kind;
	return INODES_PINNED;
}

static bool always_folds_case(const char *type)
{
	unsigned int i;

	for (i = 0; i < N(case_folding_types); i++)
		if (!strcmp(type, case_folding_types[i]))
			return true;
	return false;
}

/*
 * Find the type of the file system at @root, and whether its options say that
 * it folds case.  ext4 can do that for some directories, xfs for all; both
 * show it among their options.
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

int filesystem_reopen(int fd, int flags)
{
	char path[sizeof(FILESYSTEM_PROC "/self/fd/-2147483648")];

	snprintf(path, sizeof(path), FILESYSTEM_PROC "/self/fd/%d", fd);
	return (int)lkl_sys_openat(LKL_AT_FDCWD, path, flags, 0);
}

static void raise_fd_limit(void)
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
	/* If this fails, the lower limit stays. */
	lkl_sys_prlimit64(0, LKL_RLIMIT_NOFILE, &limit, NULL);
}

static bool is_read_only(int root_fd)
{
	struct lkl_statfs st;

	return !lkl_sys_fstatfs((unsigned int)root_fd, &st) &&
		(st.f_flags & ST_RDONLY);
}

/* Whether it has fscrypt, in whatever directory. */
static bool has_encryption(int root_fd)
{
	struct lkl_fscrypt_policy_v1 policy;
	long ret = lkl_sys_ioctl((unsigned int)root_fd,
				 LKL_FS_IOC_GET_ENCRYPTION_POLICY,
				 (unsigned long)&policy);

	return ret != -EOPNOTSUPP && ret != -ENOTTY;
}

/* What is mounted below the root becomes a branch of the inode table. */
static int add_below(struct filesystem *fs, const struct session_mount *mount,
		     struct lkl_error *err)
{
	enum inode_trust kind = find_inode_trust(mount->type);
	int fd = session_mount_open(mount), ret = fd;
	bool is_uncached;

	if (fd >= 0) {
		is_uncached = always_folds_case(mount->type) ||
			session_mount_has(mount, "casefold") ||
			session_mount_has(mount, "ciname") ||
			has_encryption(fd);
		ret = inode_table_add_branch(fs->inodes, fd, mount->id, kind,
					     is_uncached);
	}
	if (ret < 0)
		return error_set(err, ret, "%s: cannot look at its root directory: %s",
				 quote_name(mount->path), lkl_strerror(ret));
	fs->lists_xattrs = fs->lists_xattrs && kind == INODES_BY_NUMBER;
	fs->below[fs->n_below++] = fd;
	return 0;
}

static int add_all_below(struct filesystem *fs, const struct session *session,
			 struct lkl_error *err)
{
	unsigned int n = session_mount_count(session), i;
	int ret = 0;

	if (n < 2)
		return 0;
	fs->below = calloc(n - 1, sizeof(*fs->below));
	if (!fs->below)
		return error_no_memory(err);
	for (i = 1; i < n && !ret; i++)
		ret = add_below(fs, session_mount_at(session, i), err);
	return ret;
}

int filesystem_open(struct filesystem *fs, const struct session *session,
		    struct lkl_error *err)
{
	const char *root = session_root(session);
	enum inode_trust kind;
	bool folds;
	int ret;

	ret = mount_proc(err);
	if (ret < 0)
		return ret;
	ret = find_mount(root, fs->type, sizeof(fs->type), &folds);
	if (ret < 0)
		return error_set(err, ret, "cannot find out what is mounted: %s",
				 lkl_strerror(ret));
	raise_fd_limit();
	fs->root_fd = (int)lkl_sys_openat(LKL_AT_FDCWD, root, LKL_O_RDONLY |
					  LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	if (fs->root_fd < 0)
		return error_set(err, fs->root_fd,
				 "cannot open the root directory: %s",
				 lkl_strerror(fs->root_fd));
	kind = find_inode_trust(fs->type);
	fs->lists_xattrs = kind == INODES_BY_NUMBER;
	ret = inode_table_new(fs->root_fd, kind, &fs->inodes);
	if (ret < 0) {
		lkl_sys_close((unsigned int)fs->root_fd);
		return error_set(err, ret, "cannot look at the root directory: %s",
				 lkl_strerror(ret));
	}
	fs->read_only = fs->read_only || is_read_only(fs->root_fd);
	fs->folds_case = folds || always_folds_case(fs->type);
	/*
	 * The host's cache of names does not fold case, and does not know that a
	 * key has come or gone, so it must not be used.
	 */
	if (fs->folds_case || has_encryption(fs->root_fd)) {
		fs->caching.entry_timeout = 0;
		fs->caching.negative_timeout = 0;
	}
	return add_all_below(fs, session, err);
}

void filesystem_default_owner(struct filesystem *fs, uint32_t uid,
			      uint32_t gid)
{
	static const char *const ownerless[] = {
		"vfat", "msdos", "exfat", "ntfs3",
	};
	unsigned int i;

	for (i = 0; i < N(ownerless) && strcmp(fs->type, ownerless[i]); i++)
		;
	if (i == N(ownerless))
		return;
	if (!fs->owners.users.n && !fs->owners.users.all) {
		fs->owners.users.all = true;
		fs->owners.users.host = uid;
	}
	if (!fs->owners.groups.n && !fs->owners.groups.all) {
		fs->owners.groups.all = true;
		fs->owners.groups.host = gid;
	}
}

int filesystem_sync(const struct filesystem *fs)
{
	long ret, failed = lkl_sys_syncfs(fs->root_fd);
	unsigned int i;

	for (i = 0; i < fs->n_below; i++) {
		ret = lkl_sys_syncfs(fs->below[i]);
		if (ret < 0 && !failed)
			failed = ret;
	}
	return (int)failed;
}

int filesystem_check(const struct filesystem *fs, struct lkl_error *err)
{
	int ret = filesystem_sync(fs);

	if (ret < 0)
		return error_set(err, ret,
				 "not everything could be written: %s",
				 lkl_strerror(ret));
	if (!fs->read_only && is_read_only(fs->root_fd))
		return error_set(err, -EROFS,
				 "the kernel made the file system read-only after an error");
	return 0;
}

void filesystem_close(struct filesystem *fs)
{
	inode_table_free(fs->inodes);
	free(fs->below);
	/* Close what the host has left open, too. */
	lkl_sys_close_range(0, UINT32_MAX, 0);
}
