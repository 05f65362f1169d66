// SPDX-License-Identifier: GPL-2.0-only
/*
 * guardian.c - a process outside of the sandbox that does one fixed job for the
 * process inside.
 */
#include "guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "common/error.h"
#include "common/whole.h"

struct guardian {
	pid_t pid;
	int fd;
	struct guardian *next;
};

/* All of this process, for guardian_close_all(). */
static struct guardian *guardians;

enum { ACT = 'a', DISMISS = 'd', ASK = 'q', READY = 'r' };

struct act_result {
	int ret;
	struct lkl_error err;
};

/* A question on the socket, in front of @size bytes of data. */
struct request {
	char command;			/* ASK; a descriptor comes with it */
	uint64_t kind, a, b, size;
};

/* Reply to a question; @size bytes of data follow it on the socket. */
struct reply {
	int ret;
	uint64_t value, size;
};

/*
 * Sends @len bytes, and with the first of them a descriptor; -1: none.  Without
 * one, it makes no call but send(), which is all that a sandbox may allow.
 */
static bool write_with_fd(int socket, const void *buf, size_t len, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)buf, .iov_len = len };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	ssize_t n;

	if (fd < 0)
		return send_whole(socket, buf, len);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	do {
		n = sendmsg(socket, &message, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n > 0 &&
		send_whole(socket, (const char *)buf + n, len - (size_t)n);
}

/* Reads the first byte of what write_with_fd() sent; *@ret_fd may be -1. */
static bool read_byte_with_fd(int socket, char *ret_byte, int *ret_fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = ret_byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control,
		/* Room for one: the kernel closes all others. */
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
	const struct cmsghdr *header;
	ssize_t n;

	*ret_fd = -1;
	do {
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_fd, CMSG_DATA(header), sizeof(*ret_fd));
	return true;
}

/* ---- In the guardian ---- */

static bool is_kept(int fd, int mine, const int *keep)
{
	for (; keep && *keep >= 0; keep++)
		if (*keep == fd)
			return true;
	return fd == STDERR_FILENO || fd == mine;
}

/* Close the descriptors from @first to @last. */
static void close_range_of(unsigned int first, unsigned int last)
{
	struct rlimit limit;

	if (first > last || !syscall(SYS_close_range, first, last, 0))
		return;
	/* Kernels before 5.9 do not know it. */
	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur > 1 << 20)
		limit.rlim_cur = 1 << 20;
	for (; first <= last && first < limit.rlim_cur; first++)
		close((int)first);
}

/*
 * Close all descriptors that the job does not need.  The image would stay
 * locked, a FUSE connection would stay alive, and a reader of standard output
 * would wait, as long as the guardian has them open.
 */
static void close_unneeded(int mine, const int *keep)
{
	int null, fd, last = mine;
	const int *k;

	for (k = keep; k && *k >= 0; k++)
		if (*k > last)
			last = *k;
	for (fd = 0; fd < last; fd++)
		if (!is_kept(fd, mine, keep))
			close(fd);
	close_range_of((unsigned int)(last > STDERR_FILENO ? last :
				      STDERR_FILENO) + 1, ~0u);
	/* A program that the job starts may expect these to be open. */
	for (fd = 0; fd < STDERR_FILENO; fd++) {
		if (is_kept(fd, mine, keep))
			continue;
		null = open("/dev/null", O_RDWR);
		if (null >= 0 && null != fd) {
			dup2(null, fd);
			close(null);
		}
	}
}

static void ignore_signals(void)
{
	static const int signals[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP, SIGTTOU,
	};
	unsigned int i;

	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], SIG_IGN);
	/* The job may start programs and wait for them. */
	signal(SIGCHLD, SIG_DFL);
}

/* @fd came with the command.  False if the other side does not follow. */
static bool answer_question(const struct guardian_work *work, int socket, int fd)
{
	struct guardian_answer answer = { 0 };
	struct guardian_question question;
	struct request request;
	struct reply reply = { 0 };
	void *data = NULL;
	bool ok;

	ok = read_whole(socket, (char *)&request + 1, sizeof(request) - 1) &&
		request.size <= GUARDIAN_DATA_MAX;
	if (ok && request.size) {
		data = malloc((size_t)request.size);
		ok = data && read_whole(socket, data, (size_t)request.size);
	}
	if (ok) {
		question = (struct guardian_question){
			.kind = request.kind, .a = request.a, .b = request.b,
			.data = data, .size = request.size,
			.has_fd = fd >= 0, .fd = fd,
		};
		reply.ret = work->ask(work->opaque, &question, &answer);
		if (!reply.ret) {
			reply.value = answer.value;
			reply.size = answer.size;
		}
		ok = write_with_fd(socket, &reply, sizeof(reply),
				   answer.has_fd ? answer.fd : -1) &&
			send_whole(socket, answer.data, (size_t)reply.size);
		if (answer.has_fd)
			close(answer.fd);
		free(answer.data);
	}
	free(data);
	return ok;
}

static int guardian_serve(const struct guardian_work *work, int socket)
{
	struct act_result result = { 0 };
	char command = 0;
	int fd = -1;

	for (;;) {
		if (!read_byte_with_fd(socket, &command, &fd) ||
		    (command == ASK && work->ask &&
		     !answer_question(work, socket, fd))) {
			if (work->clear)
				work->clear(work->opaque);
			return EXIT_SUCCESS;
		}
		if (fd >= 0)
			close(fd);
		if (command != ASK || !work->ask)
			break;
	}
	if (command != ACT || !work->act)
		return EXIT_SUCCESS;
	result.ret = work->act(work->opaque, &result.err);
	send_whole(socket, &result, sizeof(result));
	return EXIT_SUCCESS;
}

/* ---- In the process that is guarded ---- */

int guardian_start(const struct guardian_work *work,
		   struct guardian **ret_guardian, struct lkl_error *err)
{
	struct guardian *guardian = malloc(sizeof(*guardian));
	char ready = READY;
	int fds[2], ret;

	if (!guardian)
		return error_no_memory(err);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
		ret = -errno;
		free(guardian);
		return error_set(err, ret, "cannot make a socket: %s",
				 strerror(-ret));
	}
	guardian->pid = fork();
	if (guardian->pid < 0) {
		ret = -errno;
		close(fds[0]);
		close(fds[1]);
		free(guardian);
		return error_set(err, ret, "cannot start a process: %s",
				 strerror(-ret));
	}
	if (!guardian->pid) {
		prctl(PR_SET_NAME, "guardian", 0, 0, 0);
		ignore_signals();
		close_unneeded(fds[1], work->keep);
		/* _exit(): stdio buffers belong to the parent. */
		_exit(send_whole(fds[1], &ready, 1) ?
		      guardian_serve(work, fds[1]) : EXIT_FAILURE);
	}
	close(fds[1]);
	/* From then on, what this process closes is closed. */
	if (!read_whole(fds[0], &ready, 1)) {
		close(fds[0]);
		while (waitpid(guardian->pid, NULL, 0) < 0 && errno == EINTR)
			;
		free(guardian);
		return error_set(err, -EPIPE,
				 "a process that was just started is gone");
	}
	guardian->fd = fds[0];
	guardian->next = guardians;
	guardians = guardian;
	*ret_guardian = guardian;
	return 0;
}

void guardian_close_all(void)
{
	for (; guardians; guardians = guardians->next)
		close(guardians->fd);
}

/* Closes its socket, and takes it off the list. */
static void guardian_forget(struct guardian *guardian)
{
	struct guardian **at = &guardians;

	while (*at && *at != guardian)
		at = &(*at)->next;
	if (*at)
		*at = guardian->next;
	close(guardian->fd);
}

static void guardian_reap(struct guardian *guardian)
{
	guardian_forget(guardian);
	while (waitpid(guardian->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(guardian);
}

int guardian_act(struct guardian *guardian, struct lkl_error *err)
{
	const char command = ACT;
	struct act_result result;

	if (!send_whole(guardian->fd, &command, 1) ||
	    !read_whole(guardian->fd, &result, sizeof(result))) {
		guardian_reap(guardian);
		return error_set(err, -EPIPE,
				 "the guardian, the process that does it, has died");
	}
	guardian_reap(guardian);
	if (result.ret < 0 && err)
		*err = result.err;
	return result.ret;
}

/* Read and drop data that there is no memory for. */
static int discard_data(int fd, uint64_t size)
{
	char byte;

	while (size--)
		if (!read_whole(fd, &byte, 1))
			return -EPIPE;
	return -ENOMEM;
}

/* Receives what follows a reply. */
static int read_answer_data(int socket, uint64_t size, void **ret_data)
{
	void *data;

	*ret_data = NULL;
	if (size > GUARDIAN_DATA_MAX)
		return -EPIPE;
	if (!size)
		return 0;
	data = malloc((size_t)size);
	if (!data)
		return discard_data(socket, size);
	if (!read_whole(socket, data, (size_t)size)) {
		free(data);
		return -EPIPE;
	}
	*ret_data = data;
	return 0;
}

int guardian_ask(struct guardian *guardian,
		 const struct guardian_question *question,
		 struct guardian_answer *ret_answer)
{
	struct request request;
	struct reply reply;
	void *data = NULL;
	int fd, ret;

	if (question->size > GUARDIAN_DATA_MAX)
		return -E2BIG;
	/* Padding goes to the other process, too. */
	memset(&request, 0, sizeof(request));
	request.command = ASK;
	request.kind = question->kind;
	request.a = question->a;
	request.b = question->b;
	request.size = question->size;
	if (!write_with_fd(guardian->fd, &request, sizeof(request),
			   question->has_fd ? question->fd : -1) ||
	    !send_whole(guardian->fd, question->data, (size_t)request.size) ||
	    !read_byte_with_fd(guardian->fd, (char *)&reply, &fd))
		return -EPIPE;
	ret = read_whole(guardian->fd, (char *)&reply + 1, sizeof(reply) - 1) ?
		reply.ret : -EPIPE;
	if (!ret)
		ret = read_answer_data(guardian->fd, reply.size, &data);
	if (ret) {
		if (fd >= 0)
			close(fd);
		return ret;
	}
	*ret_answer = (struct guardian_answer){
		.value = reply.value, .data = data, .size = reply.size,
		.has_fd = fd >= 0, .fd = fd,
	};
	return 0;
}

void guardian_abandon(struct guardian *guardian)
{
	guardian_reap(guardian);
}

void guardian_dismiss(struct guardian *guardian)
{
	const char command = DISMISS;

	send_whole(guardian->fd, &command, 1);
	guardian_reap(guardian);
}

void guardian_leave(struct guardian *guardian)
{
	guardian_forget(guardian);
	free(guardian);
}

void guardian_abandon_by_signal(const struct guardian *guardian)
{
	char byte;

	/* The guardian reads end of file; this reads its end in turn. */
	shutdown(guardian->fd, SHUT_WR);
	while (read(guardian->fd, &byte, 1) < 0 && errno == EINTR)
		;
}
