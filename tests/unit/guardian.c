// SPDX-License-Identifier: GPL-2.0-only
/*
 * guardian.c - tests of the guardian, the process that finishes the work of a
 * sandboxed one: it acts when it is told to, and cleans up however the other
 * ends.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sandbox/guardian.h"
#include "unit.h"

static void touch(const char *name)
{
	close(open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
}

static bool exists(const char *name)
{
	return !access(name, F_OK);
}

static int make_acted(void *opaque, struct lkl_error *err)
{
	(void)err;
	touch("acted");
	/* Descriptors that it was given before stay as they were. */
	return *(int *)opaque;
}

static int refuse(void *opaque, struct lkl_error *err)
{
	(void)opaque;
	snprintf(err->text, sizeof(err->text), "will not");
	return -EPERM;
}

static void make_cleared(void *opaque)
{
	(void)opaque;
	touch("cleared");
}

enum { ADD, FILL, ECHO };

/*
 * A sum; as many bytes as asked for, all the same; or data and descriptor of
 * the question, after a byte was written to the latter.
 */
static int reckon(void *opaque, const struct guardian_question *question,
		  struct guardian_answer *ret_answer)
{
	(void)opaque;
	if (!question->b)
		return -ENOENT;
	if (question->kind == ECHO) {
		if (!question->has_fd || write(question->fd, "g", 1) != 1)
			return -EBADF;
		ret_answer->data = malloc((size_t)question->size);
		memcpy(ret_answer->data, question->data,
		       (size_t)question->size);
		ret_answer->size = question->size;
		ret_answer->has_fd = true;
		ret_answer->fd = dup(question->fd);
		return 0;
	}
	if (question->kind == FILL) {
		ret_answer->data = malloc((size_t)question->a);
		ret_answer->size = question->a;
		memset(ret_answer->data, (int)question->b,
		       (size_t)question->a);
		return 0;
	}
	ret_answer->value = question->a + question->b;
	return 0;
}

static int number = 17;

static struct guardian_work work = {
	.act = make_acted,
	.clear = make_cleared,
	.ask = reckon,
	.opaque = &number,
};

static struct guardian *start(void)
{
	struct guardian *guardian = NULL;
	struct lkl_error err = { "" };

	unlink("acted");
	unlink("cleared");
	if (guardian_start(&work, &guardian, &err) < 0)
		printf("# %s\n", err.text);
	REQUIRE(guardian);
	return guardian;
}

static void acts_when_told(void)
{
	struct guardian *guardian;
	struct lkl_error err = { "" };

	number = 17;
	guardian = start();
	number = 18;
	CHECK_EQ(guardian_act(guardian, &err), 17);
	CHECK(exists("acted") && !exists("cleared"));
}

static void says_why_it_could_not(void)
{
	struct lkl_error err = { "" };

	work.act = refuse;
	CHECK_EQ(guardian_act(start(), &err), -EPERM);
	CHECK_STR(err.text, "will not");
	work.act = make_acted;
}

static void answers_questions_until_it_acts(void)
{
	struct guardian *guardian = start();
	const struct guardian_question none = { .a = 5 };
	struct guardian_answer answer = { .value = 1 };
	struct lkl_error err = { "" };
	uint64_t i;
	int failed = 0;

	for (i = 1; i < 100; i++) {
		const struct guardian_question question = {
			.kind = ADD, .a = i, .b = 1ull << 40,
		};

		failed |= guardian_ask(guardian, &question, &answer);
		CHECK_EQ(answer.value, i + (1ull << 40));
		CHECK(!answer.data && !answer.size);
	}
	CHECK_EQ(failed, 0);
	CHECK_EQ(guardian_ask(guardian, &none, &answer), -ENOENT);
	CHECK_EQ(answer.value, 99 + (1ull << 40));
	CHECK(!exists("acted") && !exists("cleared"));
	CHECK_EQ(guardian_act(guardian, &err), 17);
	CHECK(exists("acted") && !exists("cleared"));
}

static void answers_as_much_as_it_takes(void)
{
	static const size_t sizes[] = { 1, 4096, 70001, GUARDIAN_DATA_MAX };
	struct guardian *guardian = start();
	struct guardian_answer answer;
	struct lkl_error err = { "" };
	unsigned int i;
	size_t at;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		const struct guardian_question question = {
			.kind = FILL, .a = sizes[i], .b = 'a' + i,
		};
		const char *data;

		REQUIRE(!guardian_ask(guardian, &question, &answer));
		REQUIRE(answer.size == sizes[i]);
		data = answer.data;
		for (at = 0; at < sizes[i] && data[at] == (char)('a' + i); at++)
			;
		CHECK_EQ(at, sizes[i]);
		free(answer.data);
	}
	CHECK_EQ(guardian_act(guardian, &err), 17);
}

static void clears_when_abandoned(void)
{
	guardian_abandon(start());
	CHECK(!exists("acted") && exists("cleared"));
}

static void does_nothing_when_dismissed(void)
{
	guardian_dismiss(start());
	CHECK(!exists("acted") && !exists("cleared"));
}

static bool appears(const char *name)
{
	int i;

	for (i = 0; i < 1000 && !exists(name); i++)
		usleep(5000);
	return exists(name);
}

static void clears_after_a_kill(void)
{
	int status;
	pid_t pid;

	unlink("cleared");
	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		start();
		raise(SIGKILL);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(appears("cleared"));
	CHECK(!exists("acted"));
}

static struct guardian *abandoned;

static void on_signal(int signal)
{
	(void)signal;
	guardian_abandon_by_signal(abandoned);
	_exit(exists("cleared") ? 0 : 1);
}

static void is_done_when_the_handler_returns(void)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		abandoned = start();
		signal(SIGTERM, on_signal);
		raise(SIGTERM);
		_exit(2);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void ignores_a_terminals_signals(void)
{
	const struct guardian_question question = {
		.kind = ADD, .a = 1, .b = 2,
	};
	struct guardian_answer answer = { 0 };
	struct guardian *guardian;
	struct lkl_error err = { "" };

	/* To all of the group, as Ctrl-C does it. */
	signal(SIGINT, SIG_IGN);
	guardian = start();
	/* It answers, so it has begun. */
	CHECK_EQ(guardian_ask(guardian, &question, &answer), 0);
	CHECK_EQ(answer.value, 3);
	kill(0, SIGINT);
	CHECK_EQ(guardian_act(guardian, &err), 17);
	signal(SIGINT, SIG_DFL);
}

static void takes_and_gives_descriptors_and_data(void)
{
	static char data[70001];
	struct guardian *guardian = start();
	struct guardian_question question = {
		.kind = ECHO, .b = 1, .data = data, .size = sizeof(data),
	};
	struct guardian_answer answer = { 0 };
	char bytes[2];
	int fds[2];

	memset(data, 'd', sizeof(data));
	REQUIRE(!pipe(fds));
	CHECK_EQ(guardian_ask(guardian, &question, &answer), -EBADF);
	question.has_fd = true;
	question.fd = fds[1];
	REQUIRE(!guardian_ask(guardian, &question, &answer));
	CHECK_EQ(answer.size, sizeof(data));
	CHECK(!memcmp(answer.data, data, sizeof(data)));
	free(answer.data);
	REQUIRE(answer.has_fd && answer.fd != fds[1]);
	CHECK_EQ(write(answer.fd, "a", 1), 1);
	close(answer.fd);
	close(fds[1]);
	CHECK_EQ(read(fds[0], bytes, 2), 2);
	CHECK(!memcmp(bytes, "ga", 2));
	/* The guardian has closed its own. */
	CHECK_EQ(read(fds[0], bytes, 2), 0);
	close(fds[0]);
	question.has_fd = false;
	question.size = GUARDIAN_DATA_MAX + 1;
	CHECK_EQ(guardian_ask(guardian, &question, &answer), -E2BIG);
	guardian_dismiss(guardian);
}

/* A pipe ends when the process that writes to it does. */
static void holds_no_files_open(void)
{
	struct guardian *guardian;
	int fds[2];
	char byte;

	REQUIRE(!pipe(fds));
	guardian = start();
	close(fds[1]);
	CHECK_EQ(read(fds[0], &byte, 1), 0);
	close(fds[0]);
	guardian_dismiss(guardian);
}

/* What this process closes afterwards is closed: another one can lock it. */
static void has_closed_files_when_it_has_started(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct guardian *guardian;
	int i, first, second, failed = 0;

	touch("locked");
	for (i = 0; i < 200; i++) {
		first = open("locked", O_RDWR | O_CLOEXEC);
		REQUIRE(first >= 0 && !fcntl(first, F_OFD_SETLK, &lock));
		guardian = start();
		close(first);
		second = open("locked", O_RDWR | O_CLOEXEC);
		failed += fcntl(second, F_OFD_SETLK, &lock) < 0;
		close(second);
		guardian_dismiss(guardian);
	}
	CHECK_EQ(failed, 0);
}

static int write_to_kept(void *opaque, struct lkl_error *err)
{
	(void)err;
	return write(*(int *)opaque, "x", 1) == 1 ? 0 : -errno;
}

static void keeps_what_it_is_told_to(void)
{
	int fds[2], keep[2] = { -1, -1 };
	char byte = 0;

	REQUIRE(!pipe(fds));
	keep[0] = fds[1];
	work.act = write_to_kept;
	work.opaque = &fds[1];
	work.keep = keep;
	CHECK_EQ(guardian_act(start(), NULL), 0);
	CHECK_EQ(read(fds[0], &byte, 1), 1);
	CHECK_EQ(byte, 'x');
}

int main(void)
{
	/* A group of its own: one of the tests signals all of it. */
	setpgid(0, 0);
	RUN(acts_when_told);
	number = 17;
	RUN(says_why_it_could_not);
	RUN(answers_questions_until_it_acts);
	RUN(answers_as_much_as_it_takes);
	RUN(clears_when_abandoned);
	RUN(does_nothing_when_dismissed);
	RUN(clears_after_a_kill);
	RUN(is_done_when_the_handler_returns);
	RUN(takes_and_gives_descriptors_and_data);
	RUN(ignores_a_terminals_signals);
	RUN(holds_no_files_open);
	RUN(has_closed_files_when_it_has_started);
	RUN(keeps_what_it_is_told_to);
	return unit_exit();
}
