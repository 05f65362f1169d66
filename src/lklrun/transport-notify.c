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
#include <poll.h>
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

/* ---- Which processor a wake-up is for ---- */

/*
 * If one thread wakes another and then sleeps, both should use one processor: waking a
 * sleeping processor takes longer than most answers.  With
 * SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (since Linux 6.6) the host does so both ways: the
 * caller wakes this thread on its own processor, and the answer wakes the caller there.
 *
 * That is wrong for callers beside each other.  While this thread answers one of them on
 * that one's processor, another calls from elsewhere.  With the flag, the answer would
 * fetch the second caller here, where it competes with the first one, and its own
 * processor would be idle.  So in a crowd the answers are made without the flag.
 */
static struct {
	bool possible;		/* the host knows the flag */
	bool here;		/* it is set */
	bool received;		/* a call, since this thread waited last */
	bool beside;		/* the next call came while that one was answered */
	pid_t last;		/* the thread that made the last call */
	unsigned int in_turn;	/* its calls since another thread's, up to CALM */
	unsigned int crowd;	/* calls until there is no crowd any more */
} wake_up;

/* So many calls without one beside, or of one thread alone, are no crowd. */
#define CALM	64

static void wake_up_here(bool here)
{
	if (!wake_up.possible || here == wake_up.here)
		return;
	wake_up.here = here;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
	      here ? SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP : 0);
}

/* A call of @tid is here; its answer comes next. */
static void wake_up_prepare(pid_t tid)
{
	bool again = tid == wake_up.last;

	wake_up.received = true;
	wake_up.last = tid;
	if (!again)
		wake_up.in_turn = 0;
	else if (wake_up.in_turn < CALM)
		wake_up.in_turn++;
	if (!again && wake_up.beside)
		wake_up.crowd = CALM;
	else if (wake_up.crowd)
		wake_up.crowd--;
	wake_up_here(!wake_up.crowd);
}

static int notify_wait(struct pollfd *fds, unsigned int n, int timeout)
{
	bool received = wake_up.received;
	int ready = 0;

	wake_up.received = wake_up.beside = false;
	/* Only a look tells that a call was there already: it costs a little. */
	if (!timeout || wake_up.in_turn < CALM)
		ready = poll(fds, n, 0);
	if (ready || !timeout) {
		wake_up.beside = received;
		return ready;
	}
	wake_up_here(true);
	return poll(fds, n, timeout);
}

/* ---- Requests and answers ---- */

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
	wake_up.possible = wake_up.here =
		!ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
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
	wake_up_prepare((pid_t)request->pid);
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
	.wait = notify_wait,
	.receive = notify_receive,
	.answer = notify_answer,
	.give = notify_give,
	.add = notify_add,
};
