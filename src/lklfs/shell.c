// SPDX-License-Identifier: GPL-2.0-only
/*
 * shell.c - lklfs shell: reads lines and has the engine run them.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* pipe2() */
#endif
#include "shell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arguments.h"
#include "common/cli/report.h"
#include "common/digest.h"
#include "common/error.h"
#include "line-editor.h"
#include "run.h"

struct shell {
	bool write;			/* first: arguments_set_flag() */
	struct shell_channel channel;
};

static const struct option_entry entries[] = {
	{ 'w', "write", NULL, "open the image for writing, too" },
	{ 0 }
};

static const struct command engine = {
	.name = "shell", .run = shell_engine,
};

/* For the completion, which gets no argument. */
static const struct shell_channel *front_channel;

/* Names of commands that begin with @word. */
static int complete_command(const char *word, char **ret_text, size_t *ret_len)
{
	static const char *const more[] = { "cd", "exit", "help", "pwd" };
	const struct command *command;
	FILE *out = open_memstream(ret_text, ret_len);
	size_t len = strlen(word);
	unsigned int i;

	if (!out)
		return -ENOMEM;
	for (i = 0; (command = command_at(i)); i++)
		if (!(command->flags & (COMMAND_ALONE | COMMAND_READS_INPUT)) &&
		    !strncmp(command->name, word, len))
			fprintf(out, "%s%c", command->name, 0);
	for (i = 0; i < sizeof(more) / sizeof(*more); i++)
		if (!strncmp(more[i], word, len))
			fprintf(out, "%s%c", more[i], 0);
	return fclose(out) ? -ENOMEM : 0;
}

static int complete(const char *word, bool first, char **ret_text,
		    size_t *ret_len)
{
	return first ? complete_command(word, ret_text, ret_len) :
		shell_complete(front_channel, word, ret_text, ret_len);
}

static bool is_end(const char *line)
{
	size_t len;

	line += strspn(line, " \t");
	len = strcspn(line, " \t");
	return len == 4 && (!strncmp(line, "exit", len) ||
			    !strncmp(line, "quit", len));
}

/* "exit" alone leaves the status as it is. */
static bool has_argument(const char *line)
{
	line += strspn(line, " \t");
	line += strcspn(line, " \t");
	return line[strspn(line, " \t")];
}

/* Returns the status of the last line; -EPIPE if the engine has ended. */
static int read_lines(const struct shell_channel *channel)
{
	int ret, status = 0;
	enum shell_kind kind;
	char *line, *text;
	bool end = false;
	size_t len;

	/* The engine answers when the image is mounted. */
	ret = shell_receive(channel, &kind, &status, &text, &len);
	while (!ret) {
		free(text);
		if (end)
			break;
		line = line_editor_read("lklfs> ");
		end = line && is_end(line);
		if (!line || (end && !has_argument(line))) {
			free(line);
			break;
		}
		ret = shell_send(channel, SHELL_RUN, 0, line, strlen(line));
		free(line);
		if (!ret)
			ret = shell_receive(channel, &kind, &status, &text,
					    &len);
	}
	return ret < 0 ? -EPIPE : status;
}

static pid_t engine_process;

/* The engine has a process group of its own: the terminal signals only this process. */
static void pass_signal(int signal)
{
	kill(engine_process, signal);
}

static void run_engine(const struct run *run, const struct shell *shell,
		       struct shell_channel *channel)
{
	struct lkl_error err;
	struct run child = *run;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setpgid(0, 0);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	/* If it is missing, the command hash says so. */
	digest_library_load(&err);
	child.command = &engine;
	child.options = channel;
	child.read_only = !shell->write;
	_exit(run_command(&child));
}

static int start_engine(const struct run *run, struct shell *shell,
			struct lkl_error *err)
{
	int to[2], from[2];
	struct shell_channel channel;

	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot make a pipe: %s",
				 strerror(errno));
	fflush(stdout);
	engine_process = fork();
	if (engine_process < 0)
		return error_set(err, -errno, "cannot start a process: %s",
				 strerror(errno));
	if (!engine_process) {
		close(to[1]);
		close(from[0]);
		channel = (struct shell_channel){ to[0], from[1] };
		run_engine(run, shell, &channel);
	}
	close(to[0]);
	close(from[1]);
	shell->channel = (struct shell_channel){ from[0], to[1] };
	return 0;
}

static int run_shell(struct run *run, struct lkl_error *err)
{
	struct shell *shell = run->options;
	struct sigaction action = { .sa_handler = pass_signal };
	int ret = start_engine(run, shell, err), status = 0;

	if (ret < 0)
		return ret;
	key_options_close(&run->common.keys, true);
	action.sa_flags = SA_RESTART;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	front_channel = &shell->channel;
	line_editor_open(complete);
	ret = read_lines(&shell->channel);
	line_editor_close();
	/* The engine unmounts when nobody can ask it any more. */
	close(shell->channel.out);
	while (waitpid(engine_process, &status, 0) < 0)
		if (errno != EINTR)
			return error_set(err, -errno, "cannot wait: %s",
					 strerror(errno));
	close(shell->channel.in);
	if (!WIFEXITED(status))
		run->failures++;
	else if (ret >= 0 || WEXITSTATUS(status))
		run->status = WEXITSTATUS(status) ? WEXITSTATUS(status) : ret;
	return 0;
}

const struct command shell_command = {
	.name = "shell",
	.operands = "IMAGE",
	.summary = "run several commands on an image that stays open",
	.flags = COMMAND_ALONE,
	.entries = entries,
	.handle = arguments_set_flag,
	.options_size = sizeof(struct shell),
	.run = run_shell,
};
