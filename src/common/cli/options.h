/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.h - one table per tool feeds getopt_long(), --help and
 * --long-options (which shell completion and the manual page's test ask).
 */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <lkl.h>

/* Keys of options without a short form begin here. */
#define OPTION_LONG_ONLY 0x100

struct option_entry {
	int key;		/* the short option, or >= OPTION_LONG_ONLY */
	const char *name;	/* the long option; "": has the short form
				   alone; NULL ends a table */
	const char *argument;	/* as --help shows it; NULL: takes none;
				   "[WORD]": may be left out */
	const char *help;	/* lines separated by newlines */
};

struct option_group {
	const char *title;
	const struct option_entry *entries;
	/* @argument is NULL if there is none; 0 or -errno. */
	int (*handle)(int key, const char *argument, void *target,
		      struct lkl_error *err);
	void *target;
};

/*
 * Another letter for an option than its group gave it, or one that it had
 * none.  A letter belongs to the one that takes it last: here, or in the last
 * group that names it.
 */
struct option_letter {
	char letter;		/* 0 ends a table */
	const char *name;	/* the long option */
};

struct option_usage {
	const char *program;
	const char *operands;	/* "IMAGE [TARFILE]" */
	const char *summary;	/* one line */
	const char *notes;	/* behind the options, or NULL */
	/* What the program itself has, as "+gzip +xz"; NULL: nothing. */
	const char *(*features)(char *buf, size_t size);
	const struct option_letter *letters;	/* NULL: none */
	const struct option_group *groups;
	unsigned int n_groups;
};

/*
 * options_parse - go through the arguments
 *
 * Returns the index of the first operand in @argv (operands are moved behind
 * the options), 0 if --help or the like was answered and the program should
 * end successfully, or -errno.  @err->text may be empty then: getopt has
 * said what was wrong.
 */
int options_parse(const struct option_usage *usage, int argc, char **argv,
		  struct lkl_error *err);

#endif /* TOOLS_OPTIONS_H */
