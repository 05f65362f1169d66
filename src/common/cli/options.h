/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.h - parse a command line from tables.
 *
 * A tool has one table.  It serves getopt_long(), --help and --long-options.
 * Shell completion and the test of the manual pages run --long-options.
 */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdbool.h>

#include <lkl.h>

/* Options without a short form have keys from here on. */
#define OPTION_LONG_ONLY 0x100

struct option_entry {
	int key;		/* the short option, or >= OPTION_LONG_ONLY */
	const char *name;	/* the long option; "": only a short option;
				   NULL ends a table */
	const char *argument;	/* its name in --help; NULL: no argument;
				   "[WORD]": an optional argument */
	const char *help;	/* lines separated by newlines */
};

struct option_group {
	const char *title;
	const struct option_entry *entries;
	/* Called for each option.  Returns 0 or -errno. */
	int (*handle)(int key, const char *argument, void *target,
		      struct lkl_error *err);
	void *target;
	bool hidden;		/* accepted, but not in --help */
};

/*
 * Gives an option another letter than its group does.  If several options claim
 * a letter, the last claim wins; claims in this table come after all groups.
 */
struct option_letter {
	char letter;		/* 0 ends a table */
	const char *name;	/* the long option */
};

struct option_usage {
	const char *program;
	const char *operands;	/* "IMAGE [TARFILE]" */
	bool is_command;	/* the operands are: no option of ours follows */
	const char *summary;	/* one line */
	const char *notes;	/* text after the options, or NULL */
	/* Features of the program, as "+gzip +xz"; NULL: none. */
	const char *(*features)(char *buf, size_t size);
	const struct option_letter *letters;	/* NULL: none */
	const struct option_group *groups;
	unsigned int n_groups;
};

/*
 * options_parse - handle all options and find the operands
 *
 * Moves the operands in @argv behind the options, unless they are a command, and
 * returns the index of the first operand.  Returns 0 after --help, --version and
 * --long-options: the program should exit successfully.  Otherwise returns -errno.
 */
int options_parse(const struct option_usage *usage, int argc, char **argv,
		  struct lkl_error *err);

#endif /* TOOLS_OPTIONS_H */
