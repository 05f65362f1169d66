// SPDX-License-Identifier: GPL-2.0-only
/*
 * arguments.c - the command line of lklfs and of its commands.
 */
#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "run.h"

enum {
	/* The keys of the commands begin at OPTION_LONG_ONLY. */
	KEY_JSON = OPTION_LONG_ONLY + 0x700,
	KEY_COMMANDS,
};

static const struct option_entry output_entries[] = {
	{ KEY_JSON, "json", NULL,
	  "print a JSON object on each line (docs/lklfs-json.md)" },
	{ 0 }
};

static int handle_output(int key, const char *argument, void *target,
			 struct lkl_error *err)
{
	struct run *run = target;

	(void)key;
	(void)argument;
	(void)err;
	run->json = true;
	return 0;
}

static const struct option_entry list_entries[] = {
	{ KEY_COMMANDS, "commands", NULL,
	  "list the commands, one on each line, and exit" },
	{ 0 }
};

static int handle_list(int key, const char *argument, void *target,
		       struct lkl_error *err)
{
	const struct command *command;
	unsigned int i;

	(void)key;
	(void)argument;
	*(bool *)target = true;
	for (i = 0; (command = command_at(i)); i++)
		puts(command->name);
	return error_flush(stdout, "the commands", err);
}

/* The notes of "lklfs --help": all commands.  The caller frees them. */
static char *describe_commands(void)
{
	const struct command *command;
	char *text = NULL;
	unsigned int i;
	size_t size;
	FILE *out;

	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	fprintf(out, "Commands:\n");
	for (i = 0; (command = command_at(i)); i++)
		fprintf(out, "  %-10s %s\n", command->name, command->summary);
	fprintf(out, "\n'lklfs COMMAND --help' describes one of them.");
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* The command line does not begin with a command. */
static int parse_without_command(int argc, char **argv, struct lkl_error *err)
{
	cleanup_free char *commands = describe_commands();
	bool listed = false;
	const struct option_group groups[] = {
		{
			.title = "Commands",
			.entries = list_entries,
			.handle = handle_list,
			.target = &listed,
		},
	};
	const struct option_usage usage = {
		.program = "lklfs",
		.operands = "COMMAND [OPTION]... IMAGE [OPERAND]...",
		.summary = "Look at the files of a disk image and change them, without root and without\n"
			   "mounting it.",
		.notes = commands,
		.groups = groups,
		.n_groups = 1,
	};
	struct lkl_error reason;
	int ret;

	if (!commands)
		return error_no_memory(err);
	ret = options_parse(&usage, argc, argv, err);
	/* No mistake: the list of commands cannot be written. */
	if (ret < 0 && ret != -EINVAL)
		return ret;
	if (ret < 0) {
		reason = *err;
		return error_set(err, ret,
				 "%s; the options of a command go behind its name",
				 reason.text);
	}
	if (!ret || listed)
		return 0;
	return error_set(err, -EINVAL, "no command given");
}

int arguments_set_flag(int key, const char *argument, void *target,
		       struct lkl_error *err)
{
	const struct run *run = target;

	(void)key;
	(void)argument;
	(void)err;
	*(bool *)run->options = true;
	return 0;
}

static const struct option_entry no_entries[] = {
	{ 0 }
};

/* Options of @argv[0] and behind it; returns the index of the first operand. */
static int parse_options(struct run *run, int argc, char **argv,
			 struct lkl_error *err)
{
	const struct command *command = run->command;
	struct option_group groups[3] = {
		{
			.title = "Output",
			.entries = output_entries,
			.handle = handle_output,
			.target = run,
		}, {
			.title = "Command",
			.entries = command->entries ? command->entries :
				   no_entries,
			.handle = command->handle,
			.target = run,
		},
	};
	/* argv[0] outlives this function. */
	static char program[32];
	const struct option_usage usage = {
		.program = program,
		.operands = command->operands,
		.summary = command->summary,
		.notes = command->notes,
		.groups = groups,
		.n_groups = run->in_shell ? 2 : 3,
	};

	snprintf(program, sizeof(program), run->in_shell ? "%s" : "lklfs %s",
		 command->name);
	/* The letters of the command win over those of the image. */
	if (!run->in_shell) {
		groups[2] = groups[1];
		groups[1] = groups[0];
		groups[0] = common_options_group(&run->common);
	}
	if (command->translate)
		command->translate(argc, argv);
	argv[0] = program;
	/* glibc: begin anew, for a second line of the shell. */
	optind = 0;
	return options_parse(&usage, argc, argv, err);
}

static int check_operands(const struct run *run, struct lkl_error *err)
{
	const struct command *command = run->command;

	if (run->n_operands < command->min)
		return error_set(err, -EINVAL, "%s: missing operand, it takes %s",
				 command->name, command->operands);
	if (run->n_operands > command->max)
		return error_set(err, -EINVAL,
				 "%s: operand too many: %s", command->name,
				 quote_name(run->operands[command->max]));
	return 0;
}

/* Everything behind the name of the command. */
static int parse_command(struct run *run, int argc, char **argv,
			 struct lkl_error *err)
{
	const struct command *command = run->command;
	int ret;

	run->read_only = !(command->flags & COMMAND_WRITES);
	run->options = calloc(1, command->options_size + 1);
	if (!run->options)
		return error_no_memory(err);
	ret = parse_options(run, argc, argv, err);
	if (ret <= 0)
		return ret;
	argc -= ret;
	argv += ret;
	if (!run->in_shell) {
		if (!argc)
			return error_set(err, -EINVAL, "%s: no image given",
					 command->name);
		if (!*argv[0])
			return error_set(err, -EINVAL,
					 "%s: the name of the image is empty",
					 command->name);
		run->image = argv[0];
		argc--;
		argv++;
	}
	run->operands = argv;
	run->n_operands = (unsigned int)argc;
	ret = check_operands(run, err);
	if (!ret && command->prepare)
		ret = command->prepare(run, err);
	return ret < 0 ? ret : 1;
}

static int parse_found(struct run *run, int argc, char **argv,
		       struct run *ret_run, struct lkl_error *err)
{
	int ret = parse_command(run, argc, argv, err);

	if (ret > 0) {
		*ret_run = *run;
	} else {
		run_free(run);
		ret_run->command = run->command;
	}
	return ret;
}

int arguments_parse(int argc, char **argv, struct run *ret_run,
		    struct lkl_error *err)
{
	struct run run = { .common = COMMON_OPTIONS_DEFAULT };

	if (argc < 2 || argv[1][0] == '-')
		return parse_without_command(argc, argv, err);
	run.command = command_find(argv[1]);
	if (!run.command)
		return error_set(err, -EINVAL, "no such command: %s",
				 quote_name(argv[1]));
	return parse_found(&run, argc - 1, argv + 1, ret_run, err);
}

int arguments_parse_line(int argc, char **argv, const struct run *image_run,
			 struct run *ret_run, struct lkl_error *err)
{
	struct run run = {
		.common = image_run->common,
		.image = image_run->image,
		.session = image_run->session,
		.to_terminal = image_run->to_terminal,
		.json = image_run->json,
		.in_shell = true,
	};

	run.command = command_find(argv[0]);
	if (!run.command)
		return error_set(err, -EINVAL, "no such command: %s",
				 quote_name(argv[0]));
	if (run.command->flags & (COMMAND_ALONE | COMMAND_READS_INPUT))
		return error_set(err, -EINVAL, "%s is not for the shell",
				 run.command->name);
	return parse_found(&run, argc, argv, ret_run, err);
}
