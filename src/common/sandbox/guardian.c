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
#include <sys/wait.h>

#include "common/error.h"

struct guardian {
	pid_t pid;
	int fd;
};

enum { ACT = 'a', DISMISS = 'd', ASK = 'q' };

struct act_result {
	int ret;
	struct lkl_error err;
};

/* Reply to a question; @size bytes of data follow it on the socket. */
struct reply {
	int ret;
	uint64_t value, size;
};

/* False on an error or if the other side has closed the socket. */
static bool read_all(int fd, void *buf, size_t len)
{
	char *to = buf;
	ssize_t n;

	while (len) {
		n = read(fd, to, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to += n;
		len -= (size_t)n;
	}
	return true;
}

static bool write_all(int fd, const void *buf, size_t len)
{
	const char *from = buf;
	ssize_t n;

	while (len) {
		/* No SIGPIPE if the other side has closed the socket. */
		n = send(fd, from, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		from += n;
		len -= (size_t)n;
	}
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

static void answer_question(const struct guardian_work *work, int fd)
{
	struct guardian_answer answer = { 0 };
	struct guardian_question question;
	struct reply reply = { 0 };

	if (!read_all(fd, &question, sizeof(question)))
		return;
	reply.ret = work->ask(work->opaque, &question, &answer);
	if (!reply.ret) {
		reply.value = answer.value;
		reply.size = answer.size;
	}
	if (write_all(fd, &reply, sizeof(reply)))
		write_all(fd, answer.data, (size_t)reply.size);
	free(answer.data);
}

static int guardian_serve(const struct guardian_work *work, int fd)
{
	struct act_result result = { 0 };
	char command;

	for (;;) {
		if (!read_all(fd, &command, 1)) {
			if (work->clear)
				work->clear(work->opaque);
			return EXIT_SUCCESS;
		}
		if (command != ASK || !work->ask)
			break;
		answer_question(work, fd);
	}
	if (command != ACT)
		return EXIT_SUCCESS;
	result.ret = work->act(work->opaque, &result.err);
	write_all(fd, &result, sizeof(result));
	return EXIT_SUCCESS;
}

/* ---- In the process that is guarded ---- */

int guardian_start(const struct guardian_work *work,
		   struct guardian **ret_guardian, struct lkl_error *err)
{
	struct guardian *guardian = malloc(sizeof(*guardian));
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
		_exit(guardian_serve(work, fds[1]));
	}
	close(fds[1]);
	guardian->fd = fds[0];
	*ret_guardian = guardian;
	return 0;
}

static void guardian_reap(struct guardian *guardian)
{
	close(guardian->fd);
	while (waitpid(guardian->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(guardian);
}

int guardian_act(struct guardian *guardian, struct lkl_error *err)
{
	const char command = ACT;
	struct act_result result;

	if (!write_all(guardian->fd, &command, 1) ||
	    !read_all(guardian->fd, &result, sizeof(result))) {
		guardian_reap(guardian);
		return error_set(err, -EPIPE,
				 "the process that was to do it is gone");
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
		if (!read_all(fd, &byte, 1))
			return -EPIPE;
	return -ENOMEM;
}

int guardian_ask(struct guardian *guardian,
		 const struct guardian_question *question,
		 struct guardian_answer *ret_answer)
{
	const char command = ASK;
	struct reply reply;
	void *data = NULL;

	if (!write_all(guardian->fd, &command, 1) ||
	    !write_all(guardian->fd, question, sizeof(*question)) ||
	    !read_all(guardian->fd, &reply, sizeof(reply)))
		return -EPIPE;
	if (reply.ret)
		return reply.ret;
	if (reply.size > GUARDIAN_DATA_MAX)
		return -EPIPE;
	if (reply.size) {
		data = malloc((size_t)reply.size);
		if (!data)
			return discard_data(guardian->fd, reply.size);
		if (!read_all(guardian->fd, data, (size_t)reply.size)) {
			free(data);
			return -EPIPE;
		}
	}
	*ret_answer = (struct guardian_answer){
		.value = reply.value, .data = data, .size = reply.size,
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

	write_all(guardian->fd, &command, 1);
	guardian_reap(guardian);
}

void guardian_abandon_by_signal(const struct guardian *guardian)
{
	char byte;

	/* The guardian reads end of file; this reads its end in turn. */
	shutdown(guardian->fd, SHUT_WR);
	while (read(guardian->fd, &byte, 1) < 0 && errno == EINTR)
		;
}
