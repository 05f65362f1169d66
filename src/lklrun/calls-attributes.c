// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-attributes.c - modes, owners, times, truncate.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

#include "common/descriptor-path.h"
#include "confined.h"
#include "files.h"
#include "host-open.h"
#include "process.h"
#include "resolve.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2	452
#endif

/* Change one attribute of the file at a place: 0 or -errno. */
typedef long change_fn(const struct place *place, int flags, const void *what);

/*
 * A confined program changes attributes of a file of the host.  Landlock does not see
 * that, so this process checks the file and changes it, by a descriptor.
 */
static long change_confined(struct call *call, int dirfd,
			    const struct place *place, int flags,
			    change_fn *change, const void *what)
{
	struct place pinned = { .host = true };
	long ret;

	if (place->native && place->fd == -1 && !*place->name) {
		/* The descriptor itself. */
		ret = pinned.fd = call_borrow(call, dirfd);
		if (ret >= 0)
			ret = confined_check(pinned.fd, true);
	} else {
		ret = pinned.fd = place_pin(place, !(flags & AT_SYMLINK_NOFOLLOW),
					    true);
	}
	if (ret >= 0)
		ret = change(&pinned, AT_EMPTY_PATH, what);
	if (pinned.fd >= 0)
		close(pinned.fd);
	return ret;
}

static long change_place(struct call *call, int dirfd, uint64_t address,
			 int flags, change_fn *change, const void *what)
{
	unsigned int how = flags & AT_SYMLINK_NOFOLLOW ? 0 : PLACE_FOLLOW;
	struct place place;
	long ret;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		how |= PLACE_EMPTY | PLACE_CHANGE;
	ret = resolve_argument(call, dirfd, address, how, &place);
	if (ret < 0)
		return ret;
	ret = place_check_change(&place);
	if (ret == 0 && place.host && confined())
		ret = change_confined(call, dirfd, &place, flags, change, what);
	else if (ret == 0)
		ret = place.native ? CALL_CONTINUE :
		      change(&place, place_flags(&place, flags), what);
	place_release(&place);
	return ret;
}

/* The same for an open file. */
static long change_descriptor(struct call *call, int fd, change_fn *change,
			      const void *what)
{
	struct object *object = call_object(call, fd);
	struct place place = { .host = false };

	if (!object)
		return place_check_descriptor(call, fd) < 0 ? -EROFS :
		       CALL_CONTINUE;
	place.fd = object_inside(object);
	return change(&place, AT_EMPTY_PATH, what);
}

/* ---- Modes ---- */

static long change_mode(const struct place *place, int flags, const void *what)
{
	const long args[6] = {
		place->fd, (long)place->name, *(const mode_t *)what, flags,
	};
	long ret = place_call(place, LKL___NR_fchmodat2, SYS_fchmodat2, args);
	char path[DESCRIPTOR_PATH_SIZE];

	/* A host before Linux 6.6. */
	if (ret == -ENOSYS && place->host && !flags)
		ret = fchmodat(place->fd, place->name, *(const mode_t *)what, 0) ?
		      -errno : 0;
	else if (ret == -ENOSYS && place->host && !*place->name)
		ret = fchmodat(AT_FDCWD, descriptor_path(place->fd, path),
			       *(const mode_t *)what, 0) ? -errno : 0;
	return ret;
}

static long do_chmod(struct call *call, int dirfd, uint64_t path, uint64_t mode,
		     int flags)
{
	const mode_t value = (mode_t)mode;

	return change_place(call, dirfd, path, flags, change_mode, &value);
}

#ifdef SYS_chmod
static long call_chmod(struct call *call)
{
	return do_chmod(call, AT_FDCWD, call->args[0], call->args[1], 0);
}
#endif

static long call_fchmod(struct call *call)
{
	const mode_t value = (mode_t)call->args[1];

	return change_descriptor(call, (int)call->args[0], change_mode, &value);
}

static long call_fchmodat(struct call *call)
{
	return do_chmod(call, (int)call->args[0], call->args[1], call->args[2],
			0);
}

static long call_fchmodat2(struct call *call)
{
	return do_chmod(call, (int)call->args[0], call->args[1], call->args[2],
			(int)call->args[3]);
}

/* ---- Owners ---- */

struct owner {
	uint32_t uid, gid;
};

static long change_owner(const struct place *place, int flags, const void *what)
{
	const struct owner *owner = what;
	const long args[6] = {
		place->fd, (long)place->name, owner->uid, owner->gid, flags,
	};

	return place_call(place, LKL___NR_fchownat, SYS_fchownat, args);
}

static long do_chown(struct call *call, int dirfd, uint64_t path, uint64_t uid,
		     uint64_t gid, int flags)
{
	const struct owner owner = { (uint32_t)uid, (uint32_t)gid };

	return change_place(call, dirfd, path, flags, change_owner, &owner);
}

#ifdef SYS_chown
static long call_chown(struct call *call)
{
	return do_chown(call, AT_FDCWD, call->args[0], call->args[1],
			call->args[2], 0);
}

static long call_lchown(struct call *call)
{
	return do_chown(call, AT_FDCWD, call->args[0], call->args[1],
			call->args[2], AT_SYMLINK_NOFOLLOW);
}
#endif

static long call_fchown(struct call *call)
{
	const struct owner owner = {
		(uint32_t)call->args[1], (uint32_t)call->args[2],
	};

	return change_descriptor(call, (int)call->args[0], change_owner, &owner);
}

static long call_fchownat(struct call *call)
{
	return do_chown(call, (int)call->args[0], call->args[1], call->args[2],
			call->args[3], (int)call->args[4]);
}

/* ---- Times ---- */

/* NULL is the present time. */
static long change_times(const struct place *place, int flags, const void *what)
{
	const long args[6] = {
		place->fd, (long)place->name, (long)what, flags,
	};
	long fd;

	/* Write the data now: writing them later would change the time again. */
	if (!place->host) {
		fd = place_open_path(place, !(flags & AT_SYMLINK_NOFOLLOW));
		if (fd >= 0) {
			files_flush_inside((int)fd);
			lkl_sys_close((unsigned int)fd);
		}
	}
	return place_call(place, LKL___NR_utimensat, SYS_utimensat, args);
}

/* @path may be NULL for the descriptor itself. */
static long do_utimes(struct call *call, int dirfd, uint64_t path,
		      const struct timespec *times, int flags)
{
	if (path || dirfd == AT_FDCWD)
		return change_place(call, dirfd, path, flags, change_times,
				    times);
	return flags ? -EINVAL :
	       change_descriptor(call, dirfd, change_times, times);
}

static long call_utimensat(struct call *call)
{
	struct timespec times[2];

	if (!call->args[2])
		return do_utimes(call, (int)call->args[0], call->args[1], NULL,
				 (int)call->args[3]);
	if (call_read(call, call->args[2], times, sizeof(times)) < 0)
		return -EFAULT;
	return do_utimes(call, (int)call->args[0], call->args[1], times,
			 (int)call->args[3]);
}

#ifdef SYS_utimes
static long do_timeval(struct call *call, int dirfd, uint64_t path,
		       uint64_t address)
{
	struct timeval in[2];
	struct timespec times[2];
	int i;

	if (!address)
		return do_utimes(call, dirfd, path, NULL, 0);
	if (call_read(call, address, in, sizeof(in)) < 0)
		return -EFAULT;
	for (i = 0; i < 2; i++) {
		if (in[i].tv_usec < 0 || in[i].tv_usec >= 1000000)
			return -EINVAL;
		times[i].tv_sec = in[i].tv_sec;
		times[i].tv_nsec = in[i].tv_usec * 1000;
	}
	return do_utimes(call, dirfd, path, times, 0);
}

static long call_utimes(struct call *call)
{
	return do_timeval(call, AT_FDCWD, call->args[0], call->args[1]);
}

static long call_futimesat(struct call *call)
{
	return do_timeval(call, (int)call->args[0], call->args[1],
			  call->args[2]);
}

static long call_utime(struct call *call)
{
	struct timespec times[2] = { { 0, 0 }, { 0, 0 } };
	struct utimbuf in;

	if (!call->args[1])
		return do_utimes(call, AT_FDCWD, call->args[0], NULL, 0);
	if (call_read(call, call->args[1], &in, sizeof(in)) < 0)
		return -EFAULT;
	times[0].tv_sec = in.actime;
	times[1].tv_sec = in.modtime;
	return do_utimes(call, AT_FDCWD, call->args[0], times, 0);
}
#endif

/* ---- Size ---- */

static long truncate_inside(const struct place *place, long length)
{
	long fd, ret;

	if (*place->name)
		/* Without a wait for a fifo. */
		fd = lkl_sys_openat(place->fd, place->name,
				    LKL_O_WRONLY | LKL_O_NONBLOCK |
				    LKL_O_CLOEXEC, 0);
	else
		fd = place_reopen(place->fd, LKL_O_WRONLY | LKL_O_NONBLOCK |
				  LKL_O_CLOEXEC);
	if (fd < 0)
		return fd == -ENXIO ? -EINVAL : fd;
	ret = files_flush_inside((int)fd);
	if (ret >= 0)
		ret = lkl_sys_ftruncate((unsigned int)fd, (unsigned long)length);
	if (ret >= 0)
		ret = files_resize_inside((int)fd);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

static long call_truncate(struct call *call)
{
	long length = (long)call->args[1], ret;
	struct place place;
	int fd;

	if (length < 0)
		return -EINVAL;
	ret = resolve_argument(call, AT_FDCWD, call->args[0], PLACE_FOLLOW,
			       &place);
	if (ret < 0)
		return ret;
	ret = place_check_change(&place);
	if (ret == 0 && place.native) {
		ret = CALL_CONTINUE;
	} else if (ret == 0 && place.host) {
		fd = host_open(&place, O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0);
		ret = fd < 0 ? fd : ftruncate(fd, length) ? -errno : 0;
		if (fd >= 0)
			close(fd);
	} else if (ret == 0) {
		ret = truncate_inside(&place, length);
	}
	place_release(&place);
	return ret;
}

const struct call_entry calls_attributes[] = {
#ifdef SYS_chmod
	CALL_NAMED(chmod, call_chmod),
	CALL_NAMED(chown, call_chown),
	CALL_NAMED(lchown, call_lchown),
	CALL_NAMED(utime, call_utime),
	CALL_NAMED(utimes, call_utimes),
	CALL_NAMED(futimesat, call_futimesat),
#endif
	CALL_NAMED(fchmod, call_fchmod),
	CALL_NAMED(fchmodat, call_fchmodat),
	CALL_NAMED(fchmodat2, call_fchmodat2),
	CALL_NAMED(fchown, call_fchown),
	CALL_NAMED(fchownat, call_fchownat),
	CALL_NAMED(utimensat, call_utimensat),
	CALL_NAMED(truncate, call_truncate),
	CALL_END
};
