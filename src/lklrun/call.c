// SPDX-License-Identifier: GPL-2.0-only
/*
 * call.c - a call of the program: its memory, its descriptors, and the answer.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "call.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/same-file.h"
#include "process.h"
#include "transport.h"

#ifndef PIDFD_THREAD
#define PIDFD_THREAD ((unsigned int)O_EXCL)
#endif

#define PAGE 4096u

int call_read(const struct call *call, uint64_t address, void *buf, size_t len)
{
	struct iovec local = { buf, len };
	struct iovec remote = { (void *)(uintptr_t)address, len };

	if (!len)
		return 0;
	return process_vm_readv(call->tid, &local, 1, &remote, 1, 0) ==
		(ssize_t)len ? 0 : -EFAULT;
}

int call_write(const struct call *call, uint64_t address, const void *buf,
	       size_t len)
{
	struct iovec local = { (void *)(uintptr_t)buf, len };
	struct iovec remote = { (void *)(uintptr_t)address, len };

	if (!len)
		return 0;
	return process_vm_writev(call->tid, &local, 1, &remote, 1, 0) ==
		(ssize_t)len ? 0 : -EFAULT;
}

int call_read_path(const struct call *call, uint64_t address, char *buf)
{
	size_t done = 0, part;

	/* Read up to the end of a page: the next page may not be mapped. */
	while (done < PATH_MAX) {
		part = PAGE - (address + done) % PAGE;
		/* Most paths are short. */
		if (!done && part > 256)
			part = 256;
		if (part > PATH_MAX - done)
			part = PATH_MAX - done;
		if (call_read(call, address + done, buf + done, part))
			return -EFAULT;
		if (memchr(buf + done, '\0', part))
			return 0;
		done += part;
	}
	return -ENAMETOOLONG;
}

void call_answer(const struct call *call, long result)
{
	transport()->answer(call, result);
}

long call_give(struct call *call, int fd, unsigned int flags)
{
	int ret = transport()->give(call, fd, flags);

	return ret < 0 && ret != -ESRCH ? ret : CALL_ANSWERED;
}

long call_add(struct call *call, int fd, unsigned int flags)
{
	return transport()->add(call, fd, flags);
}

static int get_descriptor(int pidfd, int fd)
{
	long ret = syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	return ret < 0 ? -errno : (int)ret;
}

int call_stat_descriptor(const struct call *call, int fd, struct stat *ret_st)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)call->tid, fd);
	return fd < 0 || stat(path, ret_st) ? -EBADF : 0;
}

/*
 * Before Linux 6.9, pidfd_getfd() takes descriptors of the first thread only.  That
 * thread may have ended, or have other descriptors than the caller.
 */
static int borrow_from_first(const struct call *call, int fd)
{
	int pidfd = process_pidfd(call->process), copy;
	struct stat want, st;

	if (pidfd < 0)
		return pidfd;
	if (call_stat_descriptor(call, fd, &want))
		return -EBADF;
	copy = get_descriptor(pidfd, fd);
	if (copy == -ESRCH)		/* the first thread has ended */
		copy = -EBADF;
	if (copy >= 0 && (fstat(copy, &st) || !stat_is_same_file(&st, &want))) {
		close(copy);
		copy = -EBADF;
	}
	return copy;
}

int call_borrow(const struct call *call, int fd)
{
	int pidfd, ret;

	if (fd < 0)
		return -EBADF;
	if (call->tid == call->process->pid) {
		pidfd = process_pidfd(call->process);
		return pidfd < 0 ? pidfd : get_descriptor(pidfd, fd);
	}
	pidfd = (int)syscall(SYS_pidfd_open, call->tid, PIDFD_THREAD);
	if (pidfd < 0)
		return errno == EINVAL ? borrow_from_first(call, fd) : -errno;
	ret = get_descriptor(pidfd, fd);
	close(pidfd);
	return ret;
}

int open_flags_inside(int flags)
{
#ifdef __x86_64__
	return flags;
#else
	static const struct {
		int host, inside;
	} table[] = {
		{ O_DIRECTORY, LKL_O_DIRECTORY },
		{ O_NOFOLLOW, LKL_O_NOFOLLOW },
		{ O_DIRECT, LKL_O_DIRECT },
	};
	const int differ = O_DIRECTORY | O_NOFOLLOW | O_DIRECT | 0400000;
	int inside = flags & ~differ;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (flags & table[i].host)
			inside |= table[i].inside;
	return inside;
#endif
}
