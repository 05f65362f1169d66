// SPDX-License-Identifier: GPL-2.0-only
/*
 * landlock.c - the Landlock layer: no new files, TCP ports, abstract sockets,
 * or signals to other processes.
 *
 * Landlock tells paths apart, which the system-call filter cannot.  It also
 * sees requests that reach the host's kernel through io_uring.  Descriptors
 * that are already open keep their rights.
 */
#include "config.h"
#include "layers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"

#ifdef HAVE_LANDLOCK

#include <linux/landlock.h>

/*
 * struct landlock_ruleset_attr of the newest kernel; the installed header may
 * be older.  A kernel accepts members that it does not know if they are zero.
 */
struct ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;	/* since version 4 */
	uint64_t scoped;		/* since version 6 */
};

#define FS_REFER		(1ull << 13)	/* since version 2 */
#define FS_TRUNCATE		(1ull << 14)	/* since version 3 */
#define FS_IOCTL_DEV		(1ull << 15)	/* since version 5 */
#define NET_BIND_TCP		(1ull << 0)
#define NET_CONNECT_TCP		(1ull << 1)
#define SCOPE_ABSTRACT_UNIX	(1ull << 0)
#define SCOPE_SIGNAL		(1ull << 1)

/* All rights of version 1. */
#define FS_FIRST		((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

#define FS_READ			(LANDLOCK_ACCESS_FS_READ_FILE | \
				 LANDLOCK_ACCESS_FS_READ_DIR)
/* Without the rights to execute, to make devices, and to send them ioctls. */
#define FS_WRITE		((FS_FIRST & ~(FS_READ | \
					       LANDLOCK_ACCESS_FS_EXECUTE | \
					       LANDLOCK_ACCESS_FS_MAKE_CHAR | \
					       LANDLOCK_ACCESS_FS_MAKE_BLOCK)) | \
				 FS_REFER | FS_TRUNCATE)
/* Rights that the kernel accepts for a file that is not a directory. */
#define FS_OF_FILES		(LANDLOCK_ACCESS_FS_READ_FILE | \
				 LANDLOCK_ACCESS_FS_WRITE_FILE | \
				 LANDLOCK_ACCESS_FS_EXECUTE | FS_TRUNCATE)

static struct ruleset make_ruleset(const struct sandbox_options *options,
				   long version)
{
	struct ruleset ruleset = { .handled_access_fs = FS_FIRST };

	if (version >= 2)
		ruleset.handled_access_fs |= FS_REFER;
	if (version >= 3)
		ruleset.handled_access_fs |= FS_TRUNCATE;
	if (version >= 4 && !options->connect)
		ruleset.handled_access_net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (version >= 5)
		ruleset.handled_access_fs |= FS_IOCTL_DEV;
	if (version >= 6) {
		ruleset.scoped = SCOPE_SIGNAL;
		if (!options->connect)
			ruleset.scoped |= SCOPE_ABSTRACT_UNIX;
	}
	return ruleset;
}

static bool any_writable_path(const struct sandbox_options *options)
{
	const struct sandbox_path *path;

	for (path = options->paths; path && path->path; path++)
		if (path->access & SANDBOX_WRITE)
			return true;
	return false;
}

static int landlock_allow_path(int ruleset, const struct sandbox_path *path,
			       uint64_t handled, struct lkl_error *err)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = 0 };
	cleanup_close int fd = open(path->path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, -errno, "%s: cannot open: %s",
				 path->path, strerror(errno));
	if (path->access & SANDBOX_READ)
		rule.allowed_access |= FS_READ;
	if (path->access & SANDBOX_WRITE)
		rule.allowed_access |= FS_WRITE;
	if (path->access & SANDBOX_EXECUTE)
		rule.allowed_access |= LANDLOCK_ACCESS_FS_EXECUTE;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_OF_FILES;
	rule.allowed_access &= handled;
	rule.parent_fd = fd;
	if (!syscall(SYS_landlock_add_rule, ruleset,
		     LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		return 0;
	/* Landlock does not restrict pipes without a name. */
	if (errno != EBADFD)
		return error_set(err, -errno, "%s: landlock_add_rule: %s",
				 path->path, strerror(errno));
	return 0;
}

/* The version, 0 if the host does not have it, or -errno. */
static long landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);

	/* The host's kernel has no Landlock, or it is not enabled. */
	if (version < 0 && (errno == ENOSYS || errno == EOPNOTSUPP))
		return 0;
	/* The filter of a container may refuse the call. */
	if (version < 0 && errno == EPERM)
		return 0;
	return version < 0 ? -errno : version;
}

bool sandbox_has_landlock(void)
{
	return landlock_version() > 0;
}

int sandbox_landlock(const struct sandbox_options *options,
		     struct lkl_error *err)
{
	const struct sandbox_path *path;
	cleanup_close int fd = -1;
	struct ruleset ruleset;
	long version = landlock_version();
	int ret;

	if (!version)
		return 0;
	if (version < 0)
		return error_set(err, (int)version, "landlock version: %s",
				 strerror((int)-version));
	/* Version 1 forbids links and renames between directories. */
	if (version < 2 && any_writable_path(options))
		return 0;
	ruleset = make_ruleset(options, version);
	fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset,
			  sizeof(ruleset), 0);
	if (fd < 0)
		return error_set(err, -errno, "landlock_create_ruleset: %s",
				 strerror(errno));
	for (path = options->paths; path && path->path; path++) {
		ret = landlock_allow_path(fd, path, ruleset.handled_access_fs,
					  err);
		if (ret < 0)
			return ret;
	}
	if (syscall(SYS_landlock_restrict_self, fd, 0))
		return error_set(err, -errno, "landlock_restrict_self: %s",
				 strerror(errno));
	return 1;
}

#else /* HAVE_LANDLOCK */

bool sandbox_has_landlock(void)
{
	return false;
}

int sandbox_landlock(const struct sandbox_options *options,
		     struct lkl_error *err)
{
	(void)options;
	(void)err;
	return 0;
}

#endif /* HAVE_LANDLOCK */
