// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-open.c - opening files, mapping them shared, and bringing their data to the
 * image: open, mmap, fsync, sync, fallocate.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <lkl/linux/fs.h>

#include "common/cleanup.h"
#include "files.h"
#include "host-open.h"
#include "object.h"
#include "process.h"
#include "resolve.h"
#include "special.h"
#include "sync-later.h"
#include "table.h"

/* ---- Opening ---- */

/* Whether a call would write where the program may not: 0 or -EROFS. */
static long check_read_only(const struct place *place, int flags)
{
	struct stat st;

	if (place_check_change(place) == 0 || flags & O_PATH)
		return 0;
	if ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC ||
	    (flags & O_TMPFILE) == O_TMPFILE)
		return -EROFS;
	return flags & O_CREAT && fstatat(place->fd, place->name, &st,
					  AT_EMPTY_PATH) ? -EROFS : 0;
}

static long open_host(struct call *call, const struct place *place, int flags,
		      uint32_t mode)
{
	/* This thread must not wait; the flags are corrected afterwards. */
	int ours = flags | O_CLOEXEC | O_NOCTTY |
		(flags & O_PATH ? 0 : O_NONBLOCK);
	cleanup_close int fd = -1;
	struct stat st;
	long ret = check_read_only(place, flags);

	if (ret < 0)
		return ret;
	if (place->native)
		return CALL_CONTINUE;
	if (!(flags & (O_PATH | O_NONBLOCK)) &&
	    !fstatat(place->fd, place->name, &st, AT_EMPTY_PATH) &&
	    S_ISFIFO(st.st_mode)) {
		fd = host_open(place, O_PATH | O_CLOEXEC, 0);
		return fd < 0 ? fd : special_wait_fifo(call, fd, flags);
	}
	fd = host_open(place, ours, mode);
	if (fd < 0)
		return fd;
	if (!(flags & (O_PATH | O_NONBLOCK)))
		fcntl(fd, F_SETFL, flags & (O_APPEND | O_DIRECT | O_NOATIME));
	return call_give(call, fd, (unsigned int)flags & O_CLOEXEC);
}

/* Open inside, as the program's call does. */
static int open_inside(const struct place *place, int flags, uint32_t mode)
{
	if (place->name[0])
		return (int)lkl_sys_openat(place->fd, place->name, flags,
					   (lkl_umode_t)mode);
	if ((flags & (LKL_O_CREAT | LKL_O_EXCL)) == (LKL_O_CREAT | LKL_O_EXCL))
		return -EEXIST;
	return (int)place_reopen(place->fd, flags & ~(LKL_O_CREAT |
						  LKL_O_NOFOLLOW));
}

/*
 * As open_inside(), but never for writing only: the contents have to be read into
 * memory.  If the program may write but not read, root opens the file for reading.
 */
static int open_readable(struct call *call, const struct place *place,
			 int flags, uint32_t mode)
{
	int wide = (flags & ~LKL_O_ACCMODE) | LKL_O_RDWR;
	int fd, exact;

	if ((flags & LKL_O_ACCMODE) != LKL_O_WRONLY)
		return open_inside(place, flags, mode);
	fd = open_inside(place, wide, mode);
	if (fd != -EACCES)
		return fd;
	exact = open_inside(place, flags, mode);
	if (exact < 0)
		return exact;
	process_act_as(NULL);
	fd = (int)place_reopen(exact, LKL_O_RDWR | LKL_O_NONBLOCK);
	process_act_as(call->process);
	lkl_sys_close((unsigned int)exact);
	return fd;
}

static int type_of(int fd, const char *name, int flags,
		   struct lkl_statx *ret_st)
{
	return (int)lkl_sys_statx(fd, name, (unsigned int)flags |
				  LKL_AT_EMPTY_PATH, LKL_STATX_BASIC_STATS |
				  LKL_STATX_BTIME, ret_st);
}

static long open_image(struct call *call, const struct place *place, int flags,
		       uint32_t mode)
{
	int inside_flags = (open_flags_inside(flags) | LKL_O_CLOEXEC) &
		~(LKL_O_DIRECT | LKL_O_NOCTTY | LKL_FASYNC);
	struct lkl_statx st;
	int fd, ret;

	/* If the place has a name, the slash at its end means the same inside. */
	if (place->directory && !*place->name)
		inside_flags |= LKL_O_DIRECTORY;
	if (flags & O_PATH) {
		fd = open_inside(place, inside_flags, 0);
		return fd < 0 ? fd :
			placeholder_give(call, fd, inside_flags);
	}
	/* A fifo would wait for its other end. */
	inside_flags |= LKL_O_NONBLOCK;
	fd = open_readable(call, place, inside_flags, mode);
	if (fd == -EACCES || fd == -ENXIO || fd == -EPERM) {
		ret = type_of(place->fd, place->name, 0, &st);
		if (!ret && (S_ISCHR(st.stx_mode) || S_ISBLK(st.stx_mode)))
			return special_open_device(call, &st, flags);
	}
	if (fd < 0)
		return fd;
	ret = type_of(fd, "", 0, &st);
	if (ret < 0) {
		lkl_sys_close((unsigned int)fd);
		return ret;
	}
	if (S_ISDIR(st.stx_mode))
		return placeholder_give(call, fd, inside_flags &
					~LKL_O_NONBLOCK);
	if (S_ISREG(st.stx_mode))
		return file_open_give(call, fd, flags);
	lkl_sys_close((unsigned int)fd);
	if (S_ISFIFO(st.stx_mode))
		return special_open_fifo(call, &st, flags);
	return call_unsupported(call, -ENXIO);
}

static long open_at(struct call *call, int dirfd, uint64_t address, int flags,
		    uint32_t mode)
{
	unsigned int how = flags & O_CREAT ? PLACE_NAME : 0;
	struct place place;
	long ret;

	/* With O_CREAT and O_EXCL a link is a file that exists. */
	if (!(flags & O_NOFOLLOW) &&
	    (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL))
		how |= PLACE_FOLLOW;
	ret = resolve_argument(call, dirfd, address, how, &place);
	if (ret < 0)
		return ret;
	mode = process_create_mode(call->process, mode & 07777);
	if (!(flags & O_CREAT) && (flags & O_TMPFILE) != O_TMPFILE)
		mode = 0;
	ret = place.host ? open_host(call, &place, flags, mode) :
		open_image(call, &place, flags, mode);
	place_release(&place);
	return ret;
}

static long call_openat(struct call *call)
{
	return open_at(call, (int)call->args[0], call->args[1],
		       (int)call->args[2], (uint32_t)call->args[3]);
}

#ifdef SYS_open
static long call_open(struct call *call)
{
	return open_at(call, AT_FDCWD, call->args[0], (int)call->args[1],
		       (uint32_t)call->args[2]);
}

static long call_creat(struct call *call)
{
	return open_at(call, AT_FDCWD, call->args[0],
		       O_CREAT | O_WRONLY | O_TRUNC, (uint32_t)call->args[1]);
}
#endif

/* Programs that use it fall back to openat(). */
static long call_openat2(struct call *call)
{
	struct lkl_open_how how;

	if (call->args[3] < sizeof(how))
		return -EINVAL;
	if (call_read(call, call->args[2], &how, sizeof(how)))
		return -EFAULT;
	if (how.resolve)
		return call_unsupported(call, -ENOSYS);
	return open_at(call, (int)call->args[0], call->args[1],
		       (int)how.flags, (uint32_t)how.mode);
}

/* ---- Data ---- */

/* Writes to a shared mapping leave no trace: remember that there is one. */
static long call_mmap(struct call *call)
{
	struct object *object = call_object(call, (int)call->args[4]);

	if (object && object->file)
		file_mapped(object->file);
	return CALL_CONTINUE;
}

static long sync_object(struct call *call, enum sync_kind kind)
{
	struct object *object = call_object(call, (int)call->args[0]);

	if (!object)
		return CALL_CONTINUE;
	if (!object->file && object->flags & LKL_O_PATH)
		return -EBADF;
	return sync_later(call, kind, object_inside(object),
			  object->file ? file_flush(object->file) : 0);
}

static long call_fsync(struct call *call)
{
	return sync_object(call, SYNC_FILE);
}

static long call_fdatasync(struct call *call)
{
	return sync_object(call, SYNC_DATA);
}

/* Only write back: sync_file_range() promises less than fdatasync(). */
static long call_sync_file_range(struct call *call)
{
	struct object *object = call_object(call, (int)call->args[0]);

	if (!object)
		return CALL_CONTINUE;
	return object->file ? file_flush(object->file) : -ESPIPE;
}

/* The call does not name the file of the mapping: write all files. */
static long call_msync(struct call *call)
{
	int ret;

	if (!(call->args[2] & MS_SYNC))
		return CALL_CONTINUE;
	ret = file_flush_all();
	return sync_later(call, SYNC_ALL, -1, ret < 0 ? ret : CALL_CONTINUE);
}

static long call_sync(struct call *call)
{
	file_flush_all();
	return sync_later(call, SYNC_ALL, -1, 0);
}

static long call_syncfs(struct call *call)
{
	struct object *object = call_object(call, (int)call->args[0]);
	int ret;

	if (!object)
		return CALL_CONTINUE;
	ret = file_flush_all();
	return ret < 0 ? ret :
		sync_later(call, SYNC_FILE_SYSTEM, object_inside(object), 0);
}

/* Whether this descriptor of the caller's may write; others of the file do not count. */
static bool may_write(const struct call *call, int number)
{
	cleanup_close int fd = call_borrow(call, number);
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);

	return flags >= 0 && !(flags & O_PATH) &&
		(flags & O_ACCMODE) != O_RDONLY;
}

static long call_fallocate(struct call *call)
{
	struct object *object = call_object(call, (int)call->args[0]);

	if (!object)
		return CALL_CONTINUE;
	if (!object->file || !may_write(call, (int)call->args[0]))
		return -EBADF;
	return file_fallocate(object->file, (int)call->args[1],
			      (off_t)call->args[2], (off_t)call->args[3]);
}

const struct call_entry calls_open[] = {
#ifdef SYS_open
	CALL_NAMED(open, call_open),
	CALL_NAMED(creat, call_creat),
#endif
	CALL_NAMED(openat, call_openat),
	CALL_NAMED(openat2, call_openat2),
	{ SYS_mmap, "mmap", call_mmap, CALL_MAP_SHARED, 0, NULL },
	CALL_NAMED(fsync, call_fsync),
	CALL_NAMED(fdatasync, call_fdatasync),
	CALL_NAMED(sync_file_range, call_sync_file_range),
	CALL_NAMED(msync, call_msync),
	CALL_NAMED(sync, call_sync),
	CALL_NAMED(syncfs, call_syncfs),
	CALL_NAMED(fallocate, call_fallocate),
	CALL_END
};
