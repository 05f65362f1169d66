// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-messages.c - messages that have an address: sendto, sendmsg, sendmmsg.
 *
 * Only AF_UNIX sockets of datagrams heed an address with a path.  This process sends
 * for the caller then: with its own process id, but through the caller's socket.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "confined.h"
#include "unix-sockets.h"

#define PARTS_MAX	1024u		/* as the kernel has it: UIO_MAXIOV */
#define CONTROL_MAX	65536u		/* more than the kernel takes */
#define DESCRIPTORS_MAX	253u		/* in one message: SCM_MAX_FD */

/* A message that is sent. */
struct message {
	struct call call;
	int fd;				/* the caller's socket */
	int to;				/* of unix_find(), or -1 */
	int flags;
	uint64_t length_at;		/* for sendmmsg(): a uint32_t, or 0 */
	struct sockaddr_un address;
	struct iovec part;
	char *control;
	size_t control_length;
	int descriptors[DESCRIPTORS_MAX];
	unsigned int n_descriptors;
};

static void message_free(struct message *message)
{
	while (message->n_descriptors)
		close(message->descriptors[--message->n_descriptors]);
	if (message->fd >= 0)
		close(message->fd);
	if (message->to >= 0)
		close(message->to);
	free(message->part.iov_base);
	free(message->control);
	free(message);
}

/* ---- What the caller sends ---- */

static int get_option(int fd, int option)
{
	socklen_t len = sizeof(int);
	int value;

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) ? -errno : value;
}

/*
 * A copy of the caller's socket, -errno, or CALL_CONTINUE if it heeds no addresses
 * with paths.
 */
static long borrow_datagrams(const struct call *call)
{
	int fd = call_borrow(call, (int)call->args[0]);

	/* The host says so, too. */
	if (fd < 0)
		return CALL_CONTINUE;
	if (get_option(fd, SO_DOMAIN) == AF_UNIX &&
	    get_option(fd, SO_TYPE) == SOCK_DGRAM)
		return fd;
	close(fd);
	return CALL_CONTINUE;
}

/* The data of a message, whose parts this process has read. */
static int read_data(struct message *message, const struct msghdr *header)
{
	const struct iovec *parts = header->msg_iov;
	int limit = get_option(message->fd, SO_SNDBUF);
	size_t i, len = 0, done = 0;

	for (i = 0; i < header->msg_iovlen; i++) {
		/* The host refuses it as well. */
		if (limit < 0 || parts[i].iov_len > (size_t)limit - len)
			return -EMSGSIZE;
		len += parts[i].iov_len;
	}
	message->part.iov_base = malloc(len + 1);
	message->part.iov_len = len;
	if (!message->part.iov_base)
		return -ENOMEM;
	for (i = 0; i < header->msg_iovlen; i++) {
		if (call_read(&message->call, (uintptr_t)parts[i].iov_base,
			      (char *)message->part.iov_base + done,
			      parts[i].iov_len))
			return -EFAULT;
		done += parts[i].iov_len;
	}
	return 0;
}

/* Replace the caller's descriptors by copies. */
static int take_descriptors(struct message *message, struct cmsghdr *item)
{
	size_t n = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int), i;
	int *fds = (int *)(void *)CMSG_DATA(item);
	int fd;

	for (i = 0; i < n; i++) {
		if (message->n_descriptors == DESCRIPTORS_MAX)
			return -EINVAL;
		fd = call_borrow(&message->call, fds[i]);
		if (fd < 0)
			return fd;
		fds[i] = message->descriptors[message->n_descriptors++] = fd;
	}
	return 0;
}

/*
 * Descriptors, and who sends: the host lets nobody say another process id than its
 * own, and adds that of lklrun itself.
 */
static int read_control(struct message *message, const struct msghdr *header)
{
	const size_t len = header->msg_controllen;
	size_t at = 0, room;
	struct cmsghdr *item;
	int ret;

	if (!len || !header->msg_control)
		return 0;
	if (len > CONTROL_MAX)
		return -ENOBUFS;
	message->control = malloc(len);
	if (!message->control)
		return -ENOMEM;
	if (call_read(&message->call, (uintptr_t)header->msg_control,
		      message->control, len))
		return -EFAULT;
	message->control_length = len;
	while (message->control_length - at >= sizeof(*item)) {
		item = (struct cmsghdr *)(void *)(message->control + at);
		room = message->control_length - at;
		if (item->cmsg_len < sizeof(*item) || item->cmsg_len > room)
			return -EINVAL;
		if (CMSG_ALIGN(item->cmsg_len) < room)
			room = CMSG_ALIGN(item->cmsg_len);
		if (item->cmsg_level == SOL_SOCKET &&
		    item->cmsg_type == SCM_CREDENTIALS) {
			message->control_length -= room;
			memmove(item, (char *)item + room,
				message->control_length - at);
			continue;
		}
		if (item->cmsg_level == SOL_SOCKET &&
		    item->cmsg_type == SCM_RIGHTS) {
			ret = take_descriptors(message, item);
			if (ret < 0)
				return ret;
		}
		at += room;
	}
	return 0;
}

/* ---- Sending ---- */

static long message_send(struct message *message, int flags)
{
	struct msghdr header = {
		.msg_name = message->to >= 0 ? &message->address : NULL,
		.msg_namelen = message->to >= 0 ? sizeof(message->address) : 0,
		.msg_iov = &message->part,
		.msg_iovlen = 1,
		.msg_control = message->control,
		.msg_controllen = message->control_length,
	};
	uint32_t length;
	ssize_t ret;

	do
		ret = sendmsg(message->fd, &header, flags | MSG_NOSIGNAL);
	while (ret < 0 && errno == EINTR);
	if (ret < 0)
		return -errno;
	if (!message->length_at)
		return ret;
	length = (uint32_t)ret;
	return call_write(&message->call, message->length_at, &length,
			  sizeof(length)) ? -EFAULT : 1;
}

/* The receiver does not keep up: the caller waits, and nobody else. */
static void *send_thread(void *arg)
{
	struct message *message = arg;

	call_answer(&message->call, message_send(message, message->flags));
	message_free(message);
	return NULL;
}

static long message_wait(struct message *message)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, send_thread, message)) {
		message_free(message);
		return -EAGAIN;
	}
	pthread_detach(thread);
	return CALL_ANSWERED;
}

static bool may_wait(const struct message *message)
{
	return !(message->flags & MSG_DONTWAIT) &&
	       !(fcntl(message->fd, F_GETFL) & O_NONBLOCK);
}

/* Fill a message that may be sent: 0 or -errno. */
static int message_fill(struct message *message, const char *path,
			const struct msghdr *header)
{
	int ret;

	if (path) {
		ret = message->to = (int)unix_find(&message->call, path);
		if (ret < 0)
			return ret;
		unix_address(message->to, &message->address);
	}
	ret = read_data(message, header);
	return ret < 0 ? ret : read_control(message, header);
}

/* Send what the caller would send with its socket @fd, which the function takes. */
static long send_as_caller(const struct call *call, int fd, const char *path,
			   const struct msghdr *header, int flags,
			   uint64_t length_at)
{
	struct message *message = calloc(1, sizeof(*message));
	long ret;

	if (!message) {
		close(fd);
		return -ENOMEM;
	}
	message->call = *call;
	message->fd = fd;
	message->to = -1;
	message->flags = flags;
	message->length_at = length_at;
	ret = message_fill(message, path, header);
	if (ret == 0) {
		ret = message_send(message, flags | MSG_DONTWAIT);
		if (ret == -EAGAIN && may_wait(message))
			return message_wait(message);
	}
	message_free(message);
	return ret;
}

/*
 * Send one message.  @header is of this process, and so are its parts; the rest is in
 * the caller's memory.  @length_at: struct message; if it is not 0, 1 is success.
 */
static long send_one(const struct call *call, const struct msghdr *header,
		     int flags, uint64_t length_at)
{
	char path[sizeof(struct sockaddr_un)];
	uint64_t name = (uintptr_t)header->msg_name;
	bool has_name = name && header->msg_namelen;
	long found = has_name ? unix_read_path(call, name, header->msg_namelen,
					       path) : CALL_CONTINUE;
	long fd;

	if (found < 0 && !confined())
		return found;
	fd = borrow_datagrams(call);
	if (fd < 0)
		return fd;
	/*
	 * A confined program may have been given such a socket.  It does not send
	 * itself: its memory may change.  Abstract addresses are the host's.
	 */
	if (found < 0 && has_name) {
		close((int)fd);
		return -EACCES;
	}
	return send_as_caller(call, (int)fd, found < 0 ? NULL : path, header,
			      flags, length_at);
}

/* ---- The calls ---- */

/* The filter lets calls without an address pass. */
static long call_sendto(struct call *call)
{
	struct iovec part = {
		(void *)(uintptr_t)call->args[1], (size_t)call->args[2],
	};
	const struct msghdr header = {
		.msg_name = (void *)(uintptr_t)call->args[4],
		.msg_namelen = (socklen_t)call->args[5],
		.msg_iov = &part, .msg_iovlen = 1,
	};

	return send_one(call, &header, (int)call->args[3], 0);
}

static long send_header(const struct call *call, uint64_t at, int flags,
			uint64_t length_at)
{
	static struct iovec parts[PARTS_MAX];
	struct msghdr header;

	if (call_read(call, at, &header, sizeof(header)))
		return -EFAULT;
	if (!header.msg_name && !confined())
		return CALL_CONTINUE;
	if (header.msg_iovlen > PARTS_MAX)
		return -EMSGSIZE;
	if (call_read(call, (uintptr_t)header.msg_iov, parts,
		      header.msg_iovlen * sizeof(*parts)))
		return -EFAULT;
	header.msg_iov = parts;
	return send_one(call, &header, flags, length_at);
}

static long call_sendmsg(struct call *call)
{
	return send_header(call, call->args[1], (int)call->args[2], 0);
}

/*
 * All messages go the way of the first one: nobody mixes addresses that have a path in
 * the image with others.
 */
static long call_sendmmsg(struct call *call)
{
	unsigned int n = (unsigned int)call->args[2], i;
	uint64_t at = call->args[1];
	int flags = (int)call->args[3];
	long ret;

	for (i = 0; i < n && i < PARTS_MAX; i++) {
		/* The caller tries again with those that would wait. */
		ret = send_header(call, at, flags | (i ? MSG_DONTWAIT : 0),
				  at + offsetof(struct mmsghdr, msg_len));
		if (ret != 1)
			return i ? (long)i : ret;
		at += sizeof(struct mmsghdr);
	}
	return i;
}

const struct call_entry calls_messages[] = {
	{ SYS_sendto, "sendto", call_sendto, CALL_ADDRESS, 0, NULL },
	CALL_NAMED(sendmsg, call_sendmsg),
	CALL_NAMED(sendmmsg, call_sendmmsg),
	CALL_END
};
