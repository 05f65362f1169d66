// SPDX-License-Identifier: GPL-2.0-only
/*
 * shell-engine.c - lklfs shell: the confined process that runs the commands.
 */
#include "shell.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/copy/job.h"
#include "common/error.h"
#include "common/tree/directory.h"
#include "common/tree/file-calls.h"
#include "arguments.h"
#include "print.h"
#include "run.h"

#define WORDS_MAX 256

/*
 * Splits a line in place, as a shell does with quotes and backslashes; there are no
 * variables and no patterns.  Returns how many words, or -EINVAL.
 */
static int split_words(char *line, char *words[WORDS_MAX])
{
	char *out = line, quote = 0, c;
	bool in_word = false;
	int n = 0;

	for (;; line++) {
		/* The zero byte that ends a word may overwrite this byte. */
		c = *line;
		if (!c && quote)
			return -EINVAL;
		if (!c || (!quote && strchr(" \t\n", c))) {
			if (in_word)
				*out++ = '\0';
			in_word = false;
			if (!c)
				return n;
			continue;
		}
		if (!in_word && *line == '#')
			return n;
		if (!in_word) {
			if (n == WORDS_MAX - 1)
				return -EINVAL;
			words[n++] = out;
			in_word = true;
		}
		if (quote ? *line == quote : *line == '"' || *line == '\'')
			quote = quote ? 0 : *line;
		else if (*line == '\\' && quote != '\'' && line[1])
			*out++ = *++line;
		else
			*out++ = *line;
	}
}

static int change_directory(char **words, int n)
{
	const char *path = n > 1 ? words[1] : "/";
	int ret = (int)lkl_sys_chdir(path);

	if (ret < 0)
		report_error("%s: cannot change to it: %s", quote_operand(path),
			     lkl_strerror(ret));
	return ret < 0;
}

static int print_directory(struct run *run)
{
	static char path[4096];
	long ret = lkl_sys_getcwd(path, sizeof(path));

	if (ret < 0) {
		report_error("cannot find out the current directory: %s",
			     lkl_strerror(ret));
		return 1;
	}
	print_name(run, path);
	putchar('\n');
	return 0;
}

static int print_help(void)
{
	const struct command *command;
	unsigned int i;

	for (i = 0; (command = command_at(i)); i++)
		if (!(command->flags & (COMMAND_ALONE | COMMAND_READS_INPUT)))
			printf("  %-10s %s\n", command->name,
			       command->summary);
	puts("  cd         change the current directory\n"
	     "  pwd        print it\n"
	     "  exit       write everything to the image, and end\n"
	     "COMMAND --help describes a command.");
	return 0;
}

/* "exit 3": the front ends the shell, with this status. */
static int exit_status(char **words, int n)
{
	struct lkl_error err;
	uint64_t status;

	if (n > 2) {
		report_error("%s: more than one status", words[0]);
		return EXIT_USAGE;
	}
	if (parse_number(words[1], 255, &status, &err) < 0) {
		report_error("%s: %s", words[0], err.text);
		return EXIT_USAGE;
	}
	return (int)status;
}

static int run_line_command(struct run *run, int n, char **words)
{
	struct lkl_error err = { "" };
	struct run line = { 0 };
	int ret = arguments_parse_line(n, words, run, &line, &err);

	if (ret < 0)
		report_error("%s", err.text);
	if (ret <= 0)
		return ret == -ENOTSUP ? command_trouble(line.command) :
			ret < 0 ? EXIT_USAGE : EXIT_DONE;
	if (run->read_only && !line.read_only) {
		report_error("%s: the image is open for reading only; start the shell with --write",
			     words[0]);
		run_free(&line);
		return EXIT_USAGE;
	}
	ret = run_in_image(&line);
	run_free(&line);
	return ret;
}

static int run_line(struct run *run, char *text)
{
	char *words[WORDS_MAX], *name;
	int n = split_words(text, words), status;

	if (n < 0) {
		report_error("a quote is not closed, or there are too many words");
		return EXIT_USAGE;
	}
	if (!n)
		return EXIT_DONE;
	words[n] = NULL;
	name = words[0];
	if (!strcmp(name, "cd"))
		return change_directory(words, n);
	if ((!strcmp(name, "exit") || !strcmp(name, "quit")) && n > 1)
		return exit_status(words, n);
	if (!strcmp(name, "pwd"))
		status = print_directory(run);
	else if (!strcmp(name, "help"))
		status = print_help();
	else
		return run_line_command(run, n, words);
	fflush(stdout);
	return status;
}

/* ---- Completion ---- */

/* Only names that need no quotes, and that a terminal takes. */
static bool is_plain(const char *name)
{
	if (name[strcspn(name, " \t\n\"'\\#")])
		return false;
	return !strcmp(quote_name(name), name);
}

static bool is_directory(int dir, const char *name)
{
	struct lkl_statx st;

	return !stat_file(dir, name, true, &st) && S_ISDIR(st.stx_mode);
}

/* @begin is "DIRECTORY/PREFIX" or "PREFIX". */
static void write_completions(const char *begin, FILE *out)
{
	const char *slash = strrchr(begin, '/');
	int len = slash ? (int)(slash - begin) + 1 : 0;
	const char *prefix = begin + len, *name;
	struct directory directory;
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%.*s", len, begin);
	fd = (int)lkl_sys_openat(LKL_AT_FDCWD, len ? path : ".", LKL_O_RDONLY |
				 LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	if (fd < 0)
		return;
	directory_init(&directory, &image_calls.directory, fd, SORT_NAME);
	while (directory_next(&directory, &name) > 0 &&
	       ftell(out) < (long)SHELL_TEXT_MAX - 8192) {
		if (strncmp(name, prefix, strlen(prefix)) || !is_plain(name))
			continue;
		fprintf(out, "%.*s%s%s", len, begin, name,
			is_directory(fd, name) ? "/" : "");
		putc('\0', out);
	}
	directory_close(&directory);
}

static int complete(const struct shell_channel *channel, const char *begin)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int ret;

	if (!out)
		return shell_send(channel, SHELL_ANSWER, 0, "", 0);
	write_completions(begin, out);
	if (fclose(out))
		len = 0;
	ret = shell_send(channel, SHELL_ANSWER, 0, text, len);
	free(text);
	return ret;
}

int shell_engine(struct run *run, struct lkl_error *err)
{
	const struct shell_channel *channel = run->options;
	int ret, status = 0;
	enum shell_kind kind;
	size_t len;
	char *text;

	/* The image is mounted: the front may begin. */
	ret = shell_send(channel, SHELL_ANSWER, 0, "", 0);
	while (!ret) {
		ret = shell_receive(channel, &kind, &status, &text, &len);
		if (ret < 0)
			break;
		if (kind == SHELL_COMPLETE) {
			ret = complete(channel, text);
		} else {
			run->status = run_line(run, text);
			if (job_interrupted())
				ret = -EINTR;
			else
				ret = shell_send(channel, SHELL_ANSWER,
						 run->status, "", 0);
		}
		free(text);
	}
	/* The current directory would prevent unmounting. */
	lkl_sys_chdir("/");
	/* The front has ended. */
	if (ret == -EPIPE)
		return 0;
	return error_set(err, ret, "%s", ret == -EINTR ? "interrupted" :
			 lkl_strerror(ret));
}
