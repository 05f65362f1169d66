// SPDX-License-Identifier: GPL-2.0-only
/*
 * options.c - the command line, from tables.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "error.h"
#include "sandbox.h"

enum {
	KEY_HELP = OPTION_LONG_ONLY + 0x1000,
	KEY_VERSION,
	KEY_LONG_OPTIONS,
};

/* What every tool has, the last group. */
static const struct option_entry general_entries[] = {
	{ KEY_HELP, "help", NULL, "show this help and exit" },
	{ KEY_VERSION, "version", NULL,
	  "show the version and what was built in, and exit" },
	{ KEY_LONG_OPTIONS, "long-options", NULL,
	  "list the long options, one on each line, and exit" },
	{ 0 }
};

static const struct option_group general_group = {
	.title = "General",
	.entries = general_entries,
};

static const struct option_group *group_at(const struct option_usage *usage,
					   unsigned int i)
{
	return i < usage->n_groups ? &usage->groups[i] : &general_group;
}

#define HELP_COLUMN 30

static void print_entry(const struct option_entry *entry)
{
	const char *line = entry->help, *end;
	char form[80];
	int n = 0;

	if (entry->key < OPTION_LONG_ONLY)
		n = snprintf(form, sizeof(form), "  -%c, ", entry->key);
	else
		n = snprintf(form, sizeof(form), "      ");
	n += snprintf(form + n, sizeof(form) - (size_t)n, "--%s%s%s",
		      entry->name, entry->argument ? "=" : "",
		      entry->argument ? entry->argument : "");
	if (n + 2 > HELP_COLUMN)
		printf("%s\n%*s", form, HELP_COLUMN, "");
	else
		printf("%-*s", HELP_COLUMN, form);

	for (;;) {
		end = strchr(line, '\n');
		if (!end)
			break;
		printf("%.*s\n%*s", (int)(end - line), line, HELP_COLUMN, "");
		line = end + 1;
	}
	printf("%s\n", line);
}

static void print_help(const struct option_usage *usage)
{
	const struct option_entry *entry;
	unsigned int i;

	printf("Usage: %s [OPTION]... %s\n%s\n", usage->program,
	       usage->operands, usage->summary);
	for (i = 0; i <= usage->n_groups; i++) {
		printf("\n%s:\n", group_at(usage, i)->title);
		for (entry = group_at(usage, i)->entries; entry->name; entry++)
			print_entry(entry);
	}
	if (usage->notes)
		printf("\n%s\n", usage->notes);
}

static void print_version(const struct option_usage *usage)
{
	printf("%s %s\n%s%s%s%s%s linux %s\n", usage->program, lkl_version(),
	       usage->features ? usage->features : "",
	       usage->features ? " " : "", sandbox_features(),
	       *sandbox_features() ? " " : "", lkl_features(),
	       lkl_kernel_version());
}

static void print_long_options(const struct option_usage *usage)
{
	const struct option_entry *entry;
	unsigned int i;

	for (i = 0; i <= usage->n_groups; i++)
		for (entry = group_at(usage, i)->entries; entry->name; entry++)
			printf("--%s\n", entry->name);
}

/* Answers given on standard output count only if they got there. */
static int finish_output(struct lkl_error *err)
{
	if (fflush(stdout) || ferror(stdout))
		return error_set(err, -EIO, "cannot write to standard output");
	return 0;
}

/* The tables in the form that getopt_long() wants; both are the caller's. */
static int make_tables(const struct option_usage *usage,
		       struct option **ret_long, char **ret_short)
{
	cleanup_free struct option *long_options = NULL;
	cleanup_free char *short_options = NULL;
	const struct option_entry *entry;
	size_t n = 0, at = 0;
	unsigned int i;
	char *s;

	for (i = 0; i <= usage->n_groups; i++)
		for (entry = group_at(usage, i)->entries; entry->name; entry++)
			n++;
	long_options = calloc(n + 1, sizeof(*long_options));
	short_options = malloc(2 * n + 1);
	if (!long_options || !short_options)
		return -ENOMEM;

	s = short_options;
	for (i = 0; i <= usage->n_groups; i++) {
		entry = group_at(usage, i)->entries;
		for (; entry->name; entry++) {
			long_options[at].name = entry->name;
			long_options[at].has_arg = entry->argument ?
				required_argument : no_argument;
			long_options[at].val = entry->key;
			at++;
			if (entry->key >= OPTION_LONG_ONLY)
				continue;
			*s++ = (char)entry->key;
			if (entry->argument)
				*s++ = ':';
		}
	}
	*s = '\0';
	*ret_long = steal_pointer(long_options);
	*ret_short = steal_pointer(short_options);
	return 0;
}

static int handle(const struct option_usage *usage, int key,
		  const char *argument, struct lkl_error *err)
{
	const struct option_entry *entry;
	unsigned int i;
	int ret;

	for (i = 0; i < usage->n_groups; i++) {
		entry = usage->groups[i].entries;
		for (; entry->name; entry++) {
			if (entry->key != key)
				continue;
			ret = usage->groups[i].handle(key, argument,
						      usage->groups[i].target,
						      err);
			if (ret < 0)
				return error_prefix(err, ret, "--%s",
						    entry->name);
			return 0;
		}
	}
	return -EINVAL;		/* getopt printed what is wrong */
}

int options_parse(const struct option_usage *usage, int argc, char **argv,
		  struct lkl_error *err)
{
	cleanup_free struct option *long_options = NULL;
	cleanup_free char *short_options = NULL;
	int key, ret;

	err->text[0] = '\0';
	if (make_tables(usage, &long_options, &short_options) < 0)
		return error_no_memory(err);

	for (;;) {
		key = getopt_long(argc, argv, short_options, long_options,
				  NULL);
		switch (key) {
		case -1:
			return optind;
		case KEY_HELP:
			print_help(usage);
			return finish_output(err);
		case KEY_VERSION:
			print_version(usage);
			return finish_output(err);
		case KEY_LONG_OPTIONS:
			print_long_options(usage);
			return finish_output(err);
		default:
			ret = handle(usage, key, optarg, err);
			if (ret < 0)
				return ret;
		}
	}
}
