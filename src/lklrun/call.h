/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * call.h - a system call of the program that this process answers.
 *
 * A seccomp filter stops the calls of the table (table.h) and sends them to this
 * process.  One thread runs the handlers and has all state, which needs no lock.  Other
 * threads only wait, and then answer one call (special.c, sync-later.c, ...).  A handler does
 * the call inside, on the image, or on the host, and returns the result.
 *
 * "Inside" means: of the kernel inside.  "Of the caller" means: of the thread of the
 * program that makes the call.  For C, it is "the calling function".
 */
#ifndef LKLRUN_CALL_H
#define LKLRUN_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <lkl.h>

struct process;
struct stat;

struct call {
	uint64_t id;		/* of the transport (transport.h) */
	pid_t tid;		/* the thread that makes the call */
	int nr;			/* the host's number: SYS_... */
	uint64_t args[6];
	struct process *process;
	const struct call_entry *entry;
};

/*
 * A handler returns the result of the call, -errno, or one of these.  They are
 * outside of the range of both.
 */
#define CALL_CONTINUE	(-0x10000l)	/* the host does the call itself */
#define CALL_ANSWERED	(-0x10001l)	/* by call_give(), or the caller is gone */

typedef long call_fn(struct call *call);

/* call_failed - is it -errno, and not a result or one of the above? */
static inline bool call_failed(long result)
{
	return result < 0 && result >= -4095;
}

/*
 * Memory of the caller.  0 or -errno: -EFAULT for a bad address.  call_read_path()
 * copies a zero-terminated path into @buf of PATH_MAX bytes: -ENAMETOOLONG.
 */
int call_read(const struct call *call, uint64_t address, void *buf, size_t len);
int call_write(const struct call *call, uint64_t address, const void *buf,
	       size_t len);
int call_read_path(const struct call *call, uint64_t address, char *buf);

/*
 * call_answer - answer a call with a handler's result, after CALL_ANSWERED
 *
 * Any thread may.  Nothing happens if the caller is gone.
 */
void call_answer(const struct call *call, long result);

/*
 * call_give - answer the call with a new descriptor of the caller's
 * @fd: of this process; the caller gets a copy and @fd stays open
 * @flags: O_CLOEXEC or 0
 *
 * Returns CALL_ANSWERED, or -errno (-EMFILE) if the call is not answered.  Any thread
 * may.
 */
long call_give(struct call *call, int fd, unsigned int flags);

/*
 * call_add - the same without an answer: returns the number of the descriptor,
 * or -errno
 */
long call_add(struct call *call, int fd, unsigned int flags);

/*
 * call_borrow - a copy of a descriptor of the caller's, which shares its offset
 *
 * The calling function closes it.  -EBADF if there is none; on a host
 * before Linux 6.9 also if a thread has descriptors that the first thread lacks.
 */
int call_borrow(const struct call *call, int fd);

/* call_stat_descriptor - fstat() on a descriptor of the caller's: 0 or -EBADF */
int call_stat_descriptor(const struct call *call, int fd, struct stat *ret_st);

/* ---- Descriptors of the caller that lead into the image ---- */

struct file;

/*
 * An object is the file in memory (memfd) behind the program's descriptors of one file
 * of the image.  For a regular file it has the contents (files.h).  For all else it is
 * a placeholder: an empty file that stands for an open file description inside.
 */
struct object {
	uint64_t key;		/* inode number of the file in memory */
	struct file *file;	/* regular file, or NULL: placeholder */
	/* Of placeholders: */
	int inside;		/* descriptor inside */
	int flags;		/* of open(), LKL_O_... */
	int memory;		/* its file in memory, for reading */
	int watch;		/* inotify's number */
	int64_t position;	/* offset after the last getdents */
	struct object *next;	/* in its bucket */
	struct object *next_watch;
};

/*
 * call_object - find what a descriptor of the caller's leads to
 *
 * NULL if it is a descriptor of the host (or none): the handler usually returns
 * CALL_CONTINUE then.  The object is valid until the handler returns.
 */
struct object *call_object(const struct call *call, int fd);

/*
 * object_inside - the descriptor inside of an object of either kind
 *
 * For metadata.  The contents of a regular file are in memory, see files.h.
 */
int object_inside(const struct object *object);

/*
 * placeholder_give - answer the call with a descriptor for one inside
 * @inside: owned by the placeholder from now on, also on failure
 * @flags: LKL_O_...; LKL_O_CLOEXEC counts
 */
long placeholder_give(struct call *call, int inside, int flags);

/* ---- Flags of open() ---- */

/* The host's O_... as LKL_O_...; they differ on aarch64. */
int open_flags_inside(int flags);

/* ---- What is not supported ---- */

/*
 * call_unsupported - say once for each call, with -v, that it is refused
 *
 * Returns @error, for "return call_unsupported(...)".
 */
long call_unsupported(const struct call *call, long error);

#endif /* LKLRUN_CALL_H */
