// SPDX-License-Identifier: GPL-2.0-only
/*
 * transport-notify.c - calls get here by seccomp user notification: the caller waits
 * in the host's kernel, which puts descriptors into its table.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "transport.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/seccomp.h>

#include "common/error.h"
#include "serve.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1ul << 0)
#endif

#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1u << 1)
#endif

static int listener = -1;
/* The host's structures may be larger than those of our headers. */
static struct seccomp_notif *request;
static size_t request_size;

#define RESPONSE_MAX 256

static int notify_begin(int fd, struct lkl_error *err)
{
	struct seccomp_notif_sizes sizes;

	listener = fd;
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes))
		return error_set(err, -errno,
				 "lklrun needs seccomp user notification, which the host lacks: %s",
				 strerror(errno));
	request_size = sizes.seccomp_notif > sizeof(*request) ?
		sizes.seccomp_notif : sizeof(*request);
	request = calloc(1, request_size);
	if (!request)
		return error_no_memory(err);
	if (sizes.seccomp_notif_resp > RESPONSE_MAX)
		return error_set(err, -E2BIG,
				 "the host's seccomp user notification is newer than lklrun");
	/* Since Linux 6.6; without it answers only take longer. */
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
	      SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
	return 0;
}

static int notify_descriptor(void)
{
	return listener;
}

static void notify_receive(void)
{
	struct call call = { 0 };

	memset(request, 0, request_size);
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, request))
		return;
	call.id = request->id;
	call.tid = (pid_t)request->pid;
	call.nr = request->data.nr;
	memcpy(call.args, request->data.args, sizeof(call.args));
	serve_call(&call, request->data.arch);
}

static void notify_answer(const struct call *call, long result)
{
	union {
		struct seccomp_notif_resp response;
		char space[RESPONSE_MAX];
	} buf;

	memset(&buf, 0, sizeof(buf));
	buf.response.id = call->id;
	if (result == CALL_CONTINUE)
		buf.response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else if (call_failed(result))
		buf.response.error = (int)result;
	else
		buf.response.val = result;
	/* ENOENT: the caller is gone. */
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &buf);
}

static int add_descriptor(const struct call *call, int fd, unsigned int flags,
			  unsigned int how)
{
	struct seccomp_notif_addfd add = {
		.id = call->id,
		.flags = how,
		.srcfd = (uint32_t)fd,
		.newfd_flags = flags & O_CLOEXEC,
	};
	int ret = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);

	if (ret >= 0)
		return ret;
	return errno == ENOENT ? -ESRCH : -errno;
}

static int notify_give(const struct call *call, int fd, unsigned int flags)
{
	int ret = add_descriptor(call, fd, flags, SECCOMP_ADDFD_FLAG_SEND);

	return ret < 0 ? ret : 0;
}

static int notify_add(const struct call *call, int fd, unsigned int flags)
{
	return add_descriptor(call, fd, flags, 0);
}

const struct transport transport_notify = {
	.begin = notify_begin,
	.descriptor = notify_descriptor,
	.receive = notify_receive,
	.answer = notify_answer,
	.give = notify_give,
	.add = notify_add,
};
