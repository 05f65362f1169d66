// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-ioctl-special.c - ioctls that are more than a copy of their argument:
 * FS_IOC_SHUTDOWN and those of fs-verity.
 */
#include "operations.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lkl/linux/fsverity.h>

#include "device.h"

/* ---- FS_IOC_SHUTDOWN ---- */

/* The headers of this kernel name it for single file systems only. */
#define SHUTDOWN	LKL__IOR('X', 125, uint32_t)

struct shutdown_request {
	fuse_req_t req;
	int fd;			/* the host keeps it open until the reply */
	struct identity caller;
};

/*
 * The ioctl's number says that it writes its argument, but it reads it: the host
 * does not pass it.  So the flags are always those of 0: write everything to the
 * image first.
 */
static void shutdown_and_reply(void *arg)
{
	struct shutdown_request *request = arg;
	uint32_t flags = 0;
	long ret = identity_init();

	if (!ret)
		op_write_back_open_files(op_filesystem(request->req)->inodes);
	if (!ret)
		ret = identity_become(&request->caller);
	if (!ret)
		ret = lkl_sys_ioctl((unsigned int)request->fd, SHUTDOWN,
				    (unsigned long)&flags);
	if (ret < 0)
		op_reply(request->req, ret);
	else
		fuse_reply_ioctl(request->req, 0, NULL, 0);
	free(request);
}

bool op_is_shutdown_ioctl(unsigned int cmd)
{
	return cmd == SHUTDOWN;
}

void op_shutdown_ioctl(fuse_req_t req, fuse_ino_t ino, int fd,
		       const struct identity *caller)
{
	struct shutdown_request *request;
	int ret;

	/* Nobody shuts the image down by mistake through a file in it. */
	if (ino != FUSE_ROOT_ID) {
		op_reply(req, -ENOTTY);
		return;
	}
	request = malloc(sizeof(*request));
	if (!request) {
		op_reply(req, -ENOMEM);
		return;
	}
	*request = (struct shutdown_request){ .req = req, .fd = fd,
					      .caller = *caller };
	ret = device_detach_request(shutdown_and_reply, request);
	if (ret < 0) {
		free(request);
		op_reply(req, ret);
	}
}

/* ---- fs-verity ---- */

struct enable_request {
	fuse_req_t req;
	fuse_ino_t ino;
	int fd;			/* the host keeps it open until the reply */
	struct identity caller;
	size_t size;
	struct lkl_fsverity_enable_arg argument;
	char rest[];		/* salt and signature */
};

/*
 * Since 6.10 the host sends salt and signature behind the argument.  Older ones
 * send the argument alone.
 */
static int enable_argument(struct enable_request *request)
{
	struct lkl_fsverity_enable_arg *argument = &request->argument;
	size_t rest = request->size - sizeof(*argument);

	if (argument->salt_size > rest ||
	    argument->sig_size > rest - argument->salt_size)
		return -EOPNOTSUPP;
	argument->salt_ptr = (uintptr_t)request->rest;
	argument->sig_ptr = (uintptr_t)(request->rest + argument->salt_size);
	return 0;
}

/*
 * The host closes a file without waiting for us: who wrote the file just before
 * may not be gone yet.
 */
static long enable_verity(struct enable_request *request)
{
	struct inode_table *inodes = op_filesystem(request->req)->inodes;
	const struct timespec pause = { .tv_nsec = 1000000 };
	int tries;
	long ret;

	for (tries = 0; tries < 20; tries++) {
		ret = lkl_sys_ioctl((unsigned int)request->fd,
				    LKL_FS_IOC_ENABLE_VERITY,
				    (unsigned long)&request->argument);
		if (ret != -ETXTBSY ||
		    inode_count_writers(inodes, request->ino, 0))
			break;
		nanosleep(&pause, NULL);
	}
	return ret;
}

static void enable_verity_and_reply(void *arg)
{
	struct enable_request *request = arg;
	long ret = identity_init();

	if (!ret)
		ret = enable_argument(request);
	if (!ret)
		ret = op_become_unchecked(request->req, &request->caller);
	if (!ret)
		ret = enable_verity(request);
	if (ret < 0)
		op_reply(request->req, ret);
	else
		fuse_reply_ioctl(request->req, 0, NULL, 0);
	free(request);
}

bool op_is_enable_verity_ioctl(unsigned int cmd)
{
	return cmd == LKL_FS_IOC_ENABLE_VERITY;
}

void op_enable_verity_ioctl(fuse_req_t req, fuse_ino_t ino, int fd,
			    const struct identity *caller, const void *argument,
			    size_t in)
{
	struct enable_request *request = NULL;
	int ret = fd < 0 ? fd : 0;

	if (!ret && in < sizeof(request->argument))
		ret = -EINVAL;
	if (!ret) {
		request = malloc(sizeof(*request) + in);
		ret = request ? 0 : -ENOMEM;
	}
	if (!ret) {
		*request = (struct enable_request){ .req = req, .ino = ino,
						    .fd = fd, .caller = *caller,
						    .size = in };
		memcpy(&request->argument, argument, sizeof(request->argument));
		memcpy(request->rest,
		       (const char *)argument + sizeof(request->argument),
		       in - sizeof(request->argument));
		ret = device_detach_request(enable_verity_and_reply, request);
	}
	if (ret < 0) {
		free(request);
		op_reply(req, ret);
	}
}

bool op_is_measure_verity_ioctl(unsigned int cmd)
{
	return cmd == LKL_FS_IOC_MEASURE_VERITY;
}

/* The digest follows the argument; older hosts have no room for it. */
long op_measure_verity_ioctl(int fd, void *argument, size_t in, size_t out)
{
	struct lkl_fsverity_digest *digest = argument;

	if (in < sizeof(*digest) || out < sizeof(*digest))
		return -EINVAL;
	if (digest->digest_size > out - sizeof(*digest))
		digest->digest_size = (uint16_t)(out - sizeof(*digest));
	return lkl_sys_ioctl((unsigned int)fd, LKL_FS_IOC_MEASURE_VERITY,
			     (unsigned long)argument);
}
