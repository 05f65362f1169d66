// SPDX-License-Identifier: GPL-2.0-only
/*
 * key-process.c - runs lkl-luks-key.
 *
 * Nothing but descriptors goes from one process to the other: a passphrase in an
 * argument or in the environment could be seen by others.
 */
#define _GNU_SOURCE 1

#include "key-process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "key-wait.h"

static int set_failure(struct luks_result *result, int code, const char *what)
{
	result->ret = code;
	snprintf(result->text, sizeof(result->text), "%s: %s", what,
		 strerror(-code));
	return code;
}

/* Between fork() and execve(). */
static void run_program(const char *program, const char *sandbox,
			const char *kind, int header, int results,
			int passphrases)
{
	const char *const argv[] = { LUKS_KEY_PROGRAM, sandbox, kind, NULL };
	int fds[3] = { header, results, passphrases };
	int i;

	key_wait_reset();
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* Out of the way of the numbers that the program has for them. */
	for (i = 0; i < 3; i++)
		fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC,
			       LUKS_PASSPHRASE_FD + 1);
	if (dup2(fds[0], STDIN_FILENO) < 0 || dup2(fds[1], STDOUT_FILENO) < 0 ||
	    dup2(fds[2], LUKS_PASSPHRASE_FD) < 0)
		_exit(127);
	execv(program, (char *const *)argv);
	_exit(127);
}

static int write_all(int fd, const char *from, size_t len)
{
	ssize_t n;

	for (; len; from += n, len -= (size_t)n) {
		n = write(fd, from, len);
		if (n < 0)
			return -errno;
	}
	return 0;
}

static int read_all(int fd, void *buf, size_t len)
{
	char *to = buf;
	ssize_t n;
	int ret;

	for (; len; to += n, len -= (size_t)n) {
		ret = key_wait_readable(fd);
		if (ret < 0)
			return ret;
		n = read(fd, to, len);
		if (n < 0)
			return -errno;
		if (!n)
			return -EPIPE;
	}
	return 0;
}

/* It has ended without an answer. */
static int explain_end(int status, struct luks_result *result)
{
	result->ret = -EPIPE;
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU ||
				    WTERMSIG(status) == SIGKILL))
		snprintf(result->text, sizeof(result->text),
			 "to derive its key takes too long");
	else if (WIFSIGNALED(status))
		snprintf(result->text, sizeof(result->text),
			 "cannot derive its key: %s was ended by signal %d",
			 LUKS_KEY_PROGRAM, WTERMSIG(status));
	else
		snprintf(result->text, sizeof(result->text),
			 "cannot derive its key: %s failed with status %d",
			 LUKS_KEY_PROGRAM, WEXITSTATUS(status));
	return result->ret;
}

static int talk(pid_t pid, int to, int from, const char *passphrase,
		size_t len, struct luks_result *result)
{
	int ret, status;

	ret = write_all(to, passphrase, len);
	close(to);
	/* A program that fails early does not read it. */
	if (!ret || ret == -EPIPE)
		ret = read_all(from, result, sizeof(*result));
	close(from);
	if (ret == -EINTR)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	result->text[sizeof(result->text) - 1] = '\0';
	result->uuid[sizeof(result->uuid) - 1] = '\0';
	result->cipher[sizeof(result->cipher) - 1] = '\0';
	if (ret == -EINTR)
		return set_failure(result, ret, "not unlocked");
	if (ret < 0)
		return explain_end(status, result);
	if (result->ret > 0 || result->key_size > sizeof(result->key)) {
		result->key_size = 0;
		return set_failure(result, -EPROTO, "cannot derive its key");
	}
	return result->ret;
}

int key_process_run(const char *program, const char *sandbox,
		    const char *kind, int header,
		    const char *passphrase, size_t len,
		    struct luks_result *ret_result)
{
	int to[2], from[2], ret;
	pid_t pid;

	memset(ret_result, 0, sizeof(*ret_result));
	if (pipe2(to, O_CLOEXEC) < 0)
		return set_failure(ret_result, -errno, "cannot make a pipe");
	if (pipe2(from, O_CLOEXEC) < 0) {
		ret = -errno;
		close(to[0]);
		close(to[1]);
		return set_failure(ret_result, ret, "cannot make a pipe");
	}
	pid = fork();
	if (!pid)
		run_program(program, sandbox, kind, header, from[1], to[0]);
	ret = -errno;
	close(to[0]);
	close(from[1]);
	if (pid < 0) {
		close(to[1]);
		close(from[0]);
		return set_failure(ret_result, ret, "cannot start a process");
	}
	return talk(pid, to[1], from[0], passphrase, len, ret_result);
}
