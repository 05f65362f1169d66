// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-flags.c - ioctl() for the flags of files, as chattr and lsattr use it.
 *
 * The filter stops no other ioctl() (flags_commands).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <linux/fs.h>
#include <sys/syscall.h>

#include "files.h"
#include "flags.h"
#include "resolve.h"

const uint32_t flags_commands[] = {
	(uint32_t)FS_IOC_GETFLAGS, (uint32_t)FS_IOC_SETFLAGS,
	(uint32_t)FS_IOC_FSGETXATTR, (uint32_t)FS_IOC_FSSETXATTR,
	(uint32_t)FS_IOC_GETVERSION,
};

const unsigned int n_flags_commands =
	sizeof(flags_commands) / sizeof(*flags_commands);

/*
 * The size of a command's argument, and whether the caller gives it (@ret_input).  Of
 * FS_IOC_GETFLAGS and FS_IOC_SETFLAGS it is an int, although their numbers say long.
 */
static size_t size_of(uint32_t command, bool *ret_input)
{
	*ret_input = command == (uint32_t)FS_IOC_SETFLAGS ||
		     command == (uint32_t)FS_IOC_FSSETXATTR;
	return command == (uint32_t)FS_IOC_FSGETXATTR ||
	       command == (uint32_t)FS_IOC_FSSETXATTR ?
	       sizeof(struct fsxattr) : sizeof(int);
}

static long call_ioctl(struct call *call)
{
	struct object *object = call_object(call, (int)call->args[0]);
	uint32_t command = (uint32_t)call->args[1];
	struct fsxattr buffer = { 0 };
	bool input;
	size_t size = size_of(command, &input);
	long fd, ret;

	if (!object)
		return input && place_check_descriptor(call,
						       (int)call->args[0]) < 0 ?
		       -EROFS : CALL_CONTINUE;
	if (!object->file && object->flags & LKL_O_PATH)
		return -EBADF;
	if (input && call_read(call, call->args[2], &buffer, size) < 0)
		return -EFAULT;
	/* Write the data first: an immutable file takes none. */
	if (input && object->file) {
		ret = file_flush(object->file);
		if (ret < 0)
			return ret;
	}
	fd = place_reopen(object_inside(object),
			  LKL_O_RDONLY | LKL_O_NONBLOCK | LKL_O_CLOEXEC);
	if (fd < 0)
		return fd;
	ret = lkl_sys_ioctl((unsigned int)fd, command, (unsigned long)&buffer);
	lkl_sys_close((unsigned int)fd);
	if (ret >= 0 && !input &&
	    call_write(call, call->args[2], &buffer, size) < 0)
		return -EFAULT;
	return ret;
}

const struct call_entry calls_flags[] = {
	{ SYS_ioctl, "ioctl", call_ioctl, CALL_FILE_FLAGS, 0, NULL },
	CALL_END
};
