// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-names.c - names of files: mkdir, mknod, unlink, rename, link, symlink.
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

#include "files.h"
#include "process.h"
#include "resolve.h"

/*
 * The place of a name that a call makes or removes.  0, then the calling
 * function makes the call and releases the place; else the result of the call.
 */
static long find_name(struct call *call, int dirfd, uint64_t path,
		      struct place *ret_place)
{
	long ret = resolve_argument(call, dirfd, path, PLACE_PARENT, ret_place);

	if (ret < 0)
		return ret;
	ret = place_check_change(ret_place);
	if (ret == 0 && ret_place->native)
		ret = CALL_CONTINUE;
	if (ret)
		place_release(ret_place);
	return ret;
}

/* ---- New files ---- */

/* mkdir() or mknod() at a place. */
static long make_at(struct call *call, int dirfd, uint64_t path, uint32_t mode,
		    uint64_t device, bool directory)
{
	struct place place;
	long ret = find_name(call, dirfd, path, &place);

	if (ret == 0) {
		const long args[6] = {
			place.fd, (long)place.name,
			place.host ? process_create_mode(call->process, mode) :
			mode, (long)device,
		};

		/* The kernel inside knows when an ACL replaces the umask. */
		if (!place.host)
			lkl_sys_umask((int)call->process->directories->umask);
		ret = directory ?
		      place_call(&place, LKL___NR_mkdirat, SYS_mkdirat, args) :
		      place_call(&place, LKL___NR_mknodat, SYS_mknodat, args);
		if (!place.host)
			lkl_sys_umask(0);
		place_release(&place);
	}
	return ret;
}

static long do_symlink(struct call *call, uint64_t target, int dirfd,
		       uint64_t path)
{
	char text[PATH_MAX];
	struct place place;
	long ret = call_read_path(call, target, text);

	if (ret < 0)
		return ret;
	ret = find_name(call, dirfd, path, &place);
	if (ret == 0) {
		const long args[6] = { (long)text, place.fd, (long)place.name };

		ret = place_call(&place, LKL___NR_symlinkat, SYS_symlinkat, args);
		place_release(&place);
	}
	return ret;
}

/* ---- Removal ---- */

static long do_unlink(struct call *call, int dirfd, uint64_t path, int flags)
{
	struct place place;
	long ret;

	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	ret = find_name(call, dirfd, path, &place);
	if (ret == 0) {
		const long args[6] = { place.fd, (long)place.name, flags };
		struct file *file = place.host ? NULL :
				    file_find_closed(place.fd, place.name);

		ret = place_call(&place, LKL___NR_unlinkat, SYS_unlinkat, args);
		file_forget_deleted(file);
		place_release(&place);
	}
	return ret;
}

/* ---- Two names ---- */

/* Make a call with two places, both inside or both on the host: -EXDEV otherwise. */
static long call_with_two(const struct place *from, const struct place *to,
			  int inside, int host, int flags)
{
	long args[6] = {
		from->fd, (long)from->name, to->fd, (long)to->name, flags,
	};
	struct file *replaced;
	long ret;

	if (from->host != to->host)
		return -EXDEV;
	ret = place_check_change(from);
	if (ret == 0)
		ret = place_check_change(to);
	if (ret < 0)
		return ret;
	if (from->native && to->native)
		return CALL_CONTINUE;
	/* resolve() has followed links; one that came afterwards leads anywhere. */
	if (from->pinned && from->bind)
		args[4] &= ~AT_SYMLINK_FOLLOW;
	replaced = to->host ? NULL : file_find_closed(to->fd, to->name);
	ret = place_call(from, inside, host, args);
	file_forget_deleted(replaced);
	return ret;
}

/* The two places of rename() and link(), and the call. */
static long do_two(struct call *call, int inside, int host, int from_fd,
		   uint64_t from_path, unsigned int from_how, int to_fd,
		   uint64_t to_path, int flags)
{
	struct place from, to;
	long ret = resolve_argument(call, from_fd, from_path, from_how, &from);

	if (ret < 0)
		return ret;
	ret = resolve_argument(call, to_fd, to_path, PLACE_PARENT, &to);
	if (ret == 0) {
		ret = call_with_two(&from, &to, inside, host,
				    from_how & PLACE_PARENT ? flags :
				    place_flags(&from, flags));
		place_release(&to);
	}
	place_release(&from);
	return ret;
}

static long do_rename(struct call *call, int from_fd, uint64_t from, int to_fd,
		      uint64_t to, int flags)
{
	return do_two(call, LKL___NR_renameat2, SYS_renameat2, from_fd, from,
		      PLACE_PARENT, to_fd, to, flags);
}

static long do_link(struct call *call, int from_fd, uint64_t from, int to_fd,
		    uint64_t to, int flags)
{
	unsigned int how = PLACE_NAME |
			   (flags & AT_SYMLINK_FOLLOW ? PLACE_FOLLOW : 0);

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		how |= PLACE_EMPTY | PLACE_CHANGE;
	return do_two(call, LKL___NR_linkat, SYS_linkat, from_fd, from, how,
		      to_fd, to, flags);
}

/* ---- The calls ---- */

#define ARG(n)	(call->args[n])
#define FD(n)	((int)call->args[n])
#define MODE(n)	((uint32_t)call->args[n])

#ifdef SYS_mkdir
static long call_mkdir(struct call *call)
{
	return make_at(call, AT_FDCWD, ARG(0), MODE(1), 0, true);
}

static long call_mknod(struct call *call)
{
	return make_at(call, AT_FDCWD, ARG(0), MODE(1), ARG(2), false);
}

static long call_rmdir(struct call *call)
{
	return do_unlink(call, AT_FDCWD, ARG(0), AT_REMOVEDIR);
}

static long call_unlink(struct call *call)
{
	return do_unlink(call, AT_FDCWD, ARG(0), 0);
}

static long call_rename(struct call *call)
{
	return do_rename(call, AT_FDCWD, ARG(0), AT_FDCWD, ARG(1), 0);
}

static long call_link(struct call *call)
{
	return do_link(call, AT_FDCWD, ARG(0), AT_FDCWD, ARG(1), 0);
}

static long call_symlink(struct call *call)
{
	return do_symlink(call, ARG(0), AT_FDCWD, ARG(1));
}
#endif

static long call_mkdirat(struct call *call)
{
	return make_at(call, FD(0), ARG(1), MODE(2), 0, true);
}

static long call_mknodat(struct call *call)
{
	return make_at(call, FD(0), ARG(1), MODE(2), ARG(3), false);
}

static long call_unlinkat(struct call *call)
{
	return do_unlink(call, FD(0), ARG(1), FD(2));
}

#ifdef SYS_renameat
static long call_renameat(struct call *call)
{
	return do_rename(call, FD(0), ARG(1), FD(2), ARG(3), 0);
}
#endif

static long call_renameat2(struct call *call)
{
	return do_rename(call, FD(0), ARG(1), FD(2), ARG(3), FD(4));
}

static long call_linkat(struct call *call)
{
	return do_link(call, FD(0), ARG(1), FD(2), ARG(3), FD(4));
}

static long call_symlinkat(struct call *call)
{
	return do_symlink(call, ARG(0), FD(1), ARG(2));
}

const struct call_entry calls_names[] = {
#ifdef SYS_mkdir
	CALL_NAMED(mkdir, call_mkdir),
	CALL_NAMED(mknod, call_mknod),
	CALL_NAMED(rmdir, call_rmdir),
	CALL_NAMED(unlink, call_unlink),
	CALL_NAMED(rename, call_rename),
	CALL_NAMED(link, call_link),
	CALL_NAMED(symlink, call_symlink),
#endif
	CALL_NAMED(mkdirat, call_mkdirat),
	CALL_NAMED(mknodat, call_mknodat),
	CALL_NAMED(unlinkat, call_unlinkat),
#ifdef SYS_renameat
	CALL_NAMED(renameat, call_renameat),
#endif
	CALL_NAMED(renameat2, call_renameat2),
	CALL_NAMED(linkat, call_linkat),
	CALL_NAMED(symlinkat, call_symlinkat),
	CALL_END
};
