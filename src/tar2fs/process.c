// SPDX-License-Identifier: GPL-2.0-only
/*
 * process.c - runs a function in a process of its own.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* pipe2 */
#endif
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/whole.h"
#include "common/sandbox/guardian.h"
#include "common/sandbox/sandbox.h"

int process_start(int (*run)(void *opaque), void *opaque,
		  struct process *ret_process, struct lkl_error *err)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	pid_t parent = getpid();
	unsigned int i;

	fflush(stdout);
	ret_process->pid = fork();
	if (ret_process->pid < 0)
		return error_set(err, -errno, "cannot start a process: %s",
				 strerror(errno));
	if (ret_process->pid)
		return 0;
	/* Only the parent decides what becomes of the output. */
	guardian_close_all();
	/* What the parent does then is its own business. */
	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (signal(signals[i], SIG_DFL) == SIG_IGN)
			signal(signals[i], SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It may have died before that call. */
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	_exit(run(opaque));
}

int process_wait(const struct process *process, int *ret_status,
		 struct lkl_error *err)
{
	int status;

	while (waitpid(process->pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_set(err, -errno,
					 "cannot wait for a process: %s",
					 strerror(errno));
	if (WIFSIGNALED(status))
		return error_set(err, -ECHILD, "killed by signal %d (%s)",
				 WTERMSIG(status), strsignal(WTERMSIG(status)));
	*ret_status = WEXITSTATUS(status);
	return 0;
}

/* The child's answer is this, and then the structure. */
struct answer {
	int ret;
	struct lkl_error err;
};

struct question {
	int (*work)(void *opaque, void *result, struct lkl_error *err);
	void *opaque;
	void *result;
	size_t size;
	int fd;
};

static int answer_question(void *opaque)
{
	const struct question *question = opaque;
	struct answer answer = { .ret = 0 };

	answer.ret = question->work(question->opaque, question->result,
				    &answer.err);
	if (answer.ret >= 0 && error_flush(stdout, "the list of files",
					    &answer.err) < 0)
		answer.ret = -EIO;
	return write_whole(question->fd, &answer, sizeof(answer)) &&
		write_whole(question->fd, question->result, question->size) ?
		EXIT_SUCCESS : EXIT_FAILURE;
}

int process_ask(int (*work)(void *opaque, void *result, struct lkl_error *err),
		void *opaque, void *result, size_t size, struct lkl_error *err)
{
	struct question question = {
		.work = work, .opaque = opaque, .result = result, .size = size,
	};
	struct process process;
	struct answer answer;
	int fds[2], ret, status;
	bool complete;
	char *copy;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot make a pipe: %s",
				 strerror(errno));
	copy = malloc(size);
	if (!copy) {
		close(fds[0]);
		close(fds[1]);
		return error_no_memory(err);
	}
	question.fd = fds[1];
	ret = process_start(answer_question, &question, &process, err);
	close(fds[1]);
	complete = !ret &&
		read_whole(fds[0], &answer, sizeof(answer)) &&
		read_whole(fds[0], copy, size);
	close(fds[0]);
	if (!ret)
		ret = process_wait(&process, &status, err);
	if (!ret && (!complete || status))
		ret = error_set(err, -ECHILD, "a process ended without a result");
	if (!ret) {
		memcpy(result, copy, size);
		ret = answer.ret;
		answer.err.text[sizeof(answer.err.text) - 1] = '\0';
		if (ret < 0)
			*err = answer.err;
	}
	free(copy);
	return ret;
}

int process_confine(enum sandbox_mode mode, struct lkl_error *err)
{
	const struct sandbox_options options = { .best = mode == SANDBOX_BEST };
	int layers = mode == SANDBOX_NONE ? 0 : sandbox_enter(&options, err);

	return layers < 0 ? layers : 0;
}
