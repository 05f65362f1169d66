// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-stat.c - what files are: the stat family, access, statfs.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "files.h"
#include "host-open.h"
#include "process.h"
#include "resolve.h"

/* Both kernels have the same structure and the same bits in its masks. */
_Static_assert(sizeof(struct lkl_statx) == sizeof(struct statx), "statx");
_Static_assert(sizeof(struct lkl_statfs) == sizeof(struct statfs), "statfs");

/*
 * Disks of the kernel inside may have the same device numbers as disks of the host.  A
 * program that compares device and inode numbers would take a file of the image and one
 * of the host for the same.  So the program sees other numbers.
 */
#define DEVICE_MAJOR_INSIDE	0x800u

static long stat_place(const struct place *place, int flags, unsigned int mask,
		       struct lkl_statx *st)
{
	const long args[6] = {
		place->fd, (long)place->name, place_flags(place, flags),
		mask | STATX_INO | STATX_TYPE, (long)st,
	};
	long ret = place_call(place, LKL___NR_statx, SYS_statx, args);

	if (ret < 0 || place->host)
		return ret;
	if (S_ISREG(st->stx_mode))
		file_complete_stat(st);
	st->stx_dev_major += DEVICE_MAJOR_INSIDE;
	return 0;
}

/*
 * Fill @st for a call with a path: 0, CALL_CONTINUE or -errno.  @address is 0 or
 * leads to "" for the descriptor itself, if the flags allow it.
 */
static long stat_at(struct call *call, int dirfd, uint64_t address, int flags,
		    unsigned int mask, struct lkl_statx *st)
{
	unsigned int how = flags & AT_SYMLINK_NOFOLLOW ? 0 : PLACE_FOLLOW;
	char path[PATH_MAX];
	struct place place;
	long ret;

	path[0] = '\0';
	if (flags & AT_EMPTY_PATH)
		how |= PLACE_EMPTY;
	if (address || !(flags & AT_EMPTY_PATH)) {
		ret = call_read_path(call, address, path);
		if (ret < 0)
			return ret;
	}
	ret = resolve(call, dirfd, path, how, &place);
	if (ret < 0)
		return ret;
	ret = place.native ? CALL_CONTINUE : stat_place(&place, flags, mask, st);
	place_release(&place);
	return ret;
}

static int64_t nanoseconds(const struct lkl_statx_timestamp *time)
{
	return time->tv_nsec;
}

static long give_stat(struct call *call, const struct lkl_statx *st,
		      uint64_t address)
{
	struct stat out = {
		.st_dev = makedev(st->stx_dev_major, st->stx_dev_minor),
		.st_ino = st->stx_ino,
		.st_mode = st->stx_mode,
		.st_nlink = st->stx_nlink,
		.st_uid = st->stx_uid,
		.st_gid = st->stx_gid,
		.st_rdev = makedev(st->stx_rdev_major, st->stx_rdev_minor),
		.st_size = (off_t)st->stx_size,
		.st_blksize = (blksize_t)st->stx_blksize,
		.st_blocks = (blkcnt_t)st->stx_blocks,
		.st_atim = { st->stx_atime.tv_sec, nanoseconds(&st->stx_atime) },
		.st_mtim = { st->stx_mtime.tv_sec, nanoseconds(&st->stx_mtime) },
		.st_ctim = { st->stx_ctime.tv_sec, nanoseconds(&st->stx_ctime) },
	};

	return call_write(call, address, &out, sizeof(out));
}

static long do_stat(struct call *call, int dirfd, uint64_t path, uint64_t buf,
		    int flags)
{
	struct lkl_statx st;
	long ret;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT))
		return -EINVAL;
	ret = stat_at(call, dirfd, path, flags, STATX_BASIC_STATS, &st);
	return ret ? ret : give_stat(call, &st, buf);
}

#ifdef SYS_stat
static long call_stat(struct call *call)
{
	return do_stat(call, AT_FDCWD, call->args[0], call->args[1], 0);
}

static long call_lstat(struct call *call)
{
	return do_stat(call, AT_FDCWD, call->args[0], call->args[1],
		       AT_SYMLINK_NOFOLLOW);
}
#endif

static long call_fstat(struct call *call)
{
	return do_stat(call, (int)call->args[0], 0, call->args[1], AT_EMPTY_PATH);
}

static long call_newfstatat(struct call *call)
{
	return do_stat(call, (int)call->args[0], call->args[1], call->args[2],
		       (int)call->args[3]);
}

static long call_statx(struct call *call)
{
	int flags = (int)call->args[2];
	struct lkl_statx st;
	long ret;

	if (call->args[3] & STATX__RESERVED)
		return -EINVAL;
	/* The kernel inside judges the other flags. */
	memset(&st, 0, sizeof(st));
	ret = stat_at(call, (int)call->args[0], call->args[1], flags,
		      (unsigned int)call->args[3], &st);
	return ret ? ret : call_write(call, call->args[4], &st, sizeof(st));
}

/* ---- access() ---- */

/*
 * Calls inside are made with the effective ids (process_act_as()).  access() is
 * about the real ones.
 */
static long access_inside(struct call *call, const struct place *place, int mode,
			  int flags)
{
	struct process real = *call->process;
	long ret;

	if (!(flags & AT_EACCESS)) {
		real.identity.fsuid = real.identity.uid[0];
		real.identity.fsgid = real.identity.gid[0];
		process_act_as(&real);
	}
	ret = lkl_sys_faccessat2(place->fd, place->name, mode,
				 place_flags(place, flags | AT_EACCESS));
	if (!(flags & AT_EACCESS))
		process_act_as(call->process);
	return ret;
}

static long do_access(struct call *call, int dirfd, uint64_t path, int mode,
		      int flags)
{
	unsigned int how = flags & AT_SYMLINK_NOFOLLOW ? 0 : PLACE_FOLLOW;
	struct place place;
	long ret;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_EACCESS))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		how |= PLACE_EMPTY;
	ret = resolve_argument(call, dirfd, path, how, &place);
	if (ret < 0)
		return ret;
	if (mode & W_OK && place_check_change(&place) < 0) {
		ret = -EROFS;
	} else if (place.native) {
		ret = CALL_CONTINUE;
	} else if (!place.host) {
		ret = access_inside(call, &place, mode, flags);
	} else {
		ret = syscall(SYS_faccessat2, place.fd, place.name, mode,
			      place_flags(&place, flags)) ? -errno : 0;
	}
	place_release(&place);
	return ret;
}

#ifdef SYS_access
static long call_access(struct call *call)
{
	return do_access(call, AT_FDCWD, call->args[0], (int)call->args[1], 0);
}
#endif

static long call_faccessat(struct call *call)
{
	return do_access(call, (int)call->args[0], call->args[1],
			 (int)call->args[2], 0);
}

static long call_faccessat2(struct call *call)
{
	return do_access(call, (int)call->args[0], call->args[1],
			 (int)call->args[2], (int)call->args[3]);
}

/* ---- statfs() ---- */

static long call_statfs(struct call *call)
{
	struct lkl_statfs fs;
	struct place place;
	long ret = resolve_argument(call, AT_FDCWD, call->args[0],
				    PLACE_FOLLOW, &place), fd;

	if (ret < 0)
		return ret;
	if (place.native) {
		ret = CALL_CONTINUE;
	} else if (place.host) {
		fd = host_open(&place, O_PATH | O_CLOEXEC, 0);
		ret = fd < 0 ? fd :
		      fstatfs((int)fd, (struct statfs *)&fs) ? -errno : 0;
		if (fd >= 0)
			close((int)fd);
	} else {
		fd = place_open_path(&place, true);
		ret = fd < 0 ? fd : lkl_sys_fstatfs((unsigned int)fd, &fs);
		if (fd >= 0)
			lkl_sys_close((unsigned int)fd);
	}
	place_release(&place);
	return ret ? ret : call_write(call, call->args[1], &fs, sizeof(fs));
}

static long call_fstatfs(struct call *call)
{
	struct object *object = call_object(call, (int)call->args[0]);
	struct lkl_statfs fs;
	long ret;

	if (!object)
		return CALL_CONTINUE;
	ret = lkl_sys_fstatfs((unsigned int)object_inside(object), &fs);
	return ret ? ret : call_write(call, call->args[1], &fs, sizeof(fs));
}

const struct call_entry calls_stat[] = {
#ifdef SYS_stat
	CALL_NAMED(stat, call_stat),
	CALL_NAMED(lstat, call_lstat),
#endif
	CALL_NAMED(fstat, call_fstat),
	CALL_NAMED(newfstatat, call_newfstatat),
	CALL_NAMED(statx, call_statx),
#ifdef SYS_access
	CALL_NAMED(access, call_access),
#endif
	CALL_NAMED(faccessat, call_faccessat),
	CALL_NAMED(faccessat2, call_faccessat2),
	CALL_NAMED(statfs, call_statfs),
	CALL_NAMED(fstatfs, call_fstatfs),
	CALL_END
};
