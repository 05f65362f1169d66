// SPDX-License-Identifier: GPL-2.0-only
/*
 * options.c - parse a command line from tables.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "common/sandbox/sandbox.h"

enum {
	KEY_HELP = OPTION_LONG_ONLY + 0x1000,
	KEY_VERSION,
	KEY_LONG_OPTIONS,
};

/* The last group of every tool. */
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

/* One option of all groups. */
struct option_slot {
	const struct option_group *group;
	const struct option_entry *entry;
	char letter;			/* 0: none */
};

struct option_slots {
	struct option_slot *at;
	size_t n;
	short letters[128];		/* index into @at; -1: no option */
};

/* getopt_long() returns this plus the index of a long option. */
#define LONG_FIRST 0x10000

static size_t count_entries(const struct option_usage *usage)
{
	const struct option_entry *entry;
	unsigned int i;
	size_t n = 0;

	for (i = 0; i <= usage->n_groups; i++)
		for (entry = group_at(usage, i)->entries; entry->name; entry++)
			n++;
	return n;
}

/* The last claim of a letter wins. */
static void give_letter(struct option_slots *slots, char letter, size_t i)
{
	short *owner = &slots->letters[letter & 0x7f];

	if (*owner >= 0)
		slots->at[*owner].letter = 0;
	if (slots->at[i].letter)
		slots->letters[slots->at[i].letter & 0x7f] = -1;
	slots->at[i].letter = letter;
	*owner = (short)i;
}

static int make_slots(const struct option_usage *usage,
		      struct option_slots *slots)
{
	const struct option_letter *letter = usage->letters;
	const struct option_entry *entry;
	unsigned int i;
	size_t n;

	slots->at = calloc(count_entries(usage), sizeof(*slots->at));
	if (!slots->at)
		return -ENOMEM;
	memset(slots->letters, -1, sizeof(slots->letters));
	for (i = 0; i <= usage->n_groups; i++) {
		entry = group_at(usage, i)->entries;
		for (; entry->name; entry++) {
			slots->at[slots->n] = (struct option_slot){
				.group = group_at(usage, i), .entry = entry,
			};
			if (entry->key < OPTION_LONG_ONLY)
				give_letter(slots, (char)entry->key, slots->n);
			slots->n++;
		}
	}
	for (; letter && letter->letter; letter++)
		for (n = 0; n < slots->n; n++)
			if (!strcmp(slots->at[n].entry->name, letter->name))
				give_letter(slots, letter->letter, n);
	return 0;
}

#define HELP_COLUMN 30

/* Is the argument optional? */
static bool is_optional(const struct option_entry *entry)
{
	return entry->argument && entry->argument[0] == '[';
}

static void print_entry(const struct option_slot *slot)
{
	const struct option_entry *entry = slot->entry;
	const char *line = entry->help, *end;
	char form[80];
	int n = 0;

	if (!*entry->name)
		n = snprintf(form, sizeof(form), "  -%c", slot->letter);
	else if (slot->letter)
		n = snprintf(form, sizeof(form), "  -%c, --%s", slot->letter,
			     entry->name);
	else
		n = snprintf(form, sizeof(form), "      --%s", entry->name);
	if (is_optional(entry))
		n += snprintf(form + n, sizeof(form) - (size_t)n, "[=%s",
			      entry->argument + 1);
	else if (entry->argument)
		n += snprintf(form + n, sizeof(form) - (size_t)n, "%c%s",
			      *entry->name ? '=' : ' ', entry->argument);
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

static void print_help(const struct option_usage *usage,
		       const struct option_slots *slots)
{
	size_t i;

	printf("Usage: %s [OPTION]... %s\n%s\n", usage->program,
	       usage->operands, usage->summary);
	for (i = 0; i < slots->n; i++) {
		if (slots->at[i].group->hidden)
			continue;
		if (!i || slots->at[i].group != slots->at[i - 1].group)
			printf("\n%s:\n", slots->at[i].group->title);
		print_entry(&slots->at[i]);
	}
	if (usage->notes)
		printf("\n%s\n", usage->notes);
}

static void print_version(const struct option_usage *usage)
{
	char buf[128] = "", layers[SANDBOX_TEXT_MAX];
	const char *features = usage->features ?
		usage->features(buf, sizeof(buf)) : "";

	printf("%s %s\nsandbox on this host: %s\n%s%s%s%s%s linux %s\n",
	       usage->program, lkl_version(),
	       sandbox_describe(sandbox_available(), layers, sizeof(layers)),
	       features, *features ? " " : "", sandbox_features(),
	       *sandbox_features() ? " " : "", lkl_features(),
	       lkl_kernel_version());
}

static void print_long_options(const struct option_slots *slots)
{
	size_t i;

	for (i = 0; i < slots->n; i++)
		if (*slots->at[i].entry->name && !slots->at[i].group->hidden)
			printf("--%s\n", slots->at[i].entry->name);
}

/* Make the two tables for getopt_long().  The caller frees both. */
static int make_tables(const struct option_usage *usage,
		       const struct option_slots *slots,
		       struct option **ret_long, char **ret_short)
{
	cleanup_free struct option *long_options = NULL;
	cleanup_free char *short_options = NULL;
	const struct option_entry *entry;
	struct option *long_option;
	size_t i;
	char *s;

	long_options = calloc(slots->n + 1, sizeof(*long_options));
	short_options = malloc(3 * slots->n + 3);
	if (!long_options || !short_options)
		return -ENOMEM;

	long_option = long_options;
	s = short_options;
	/* As POSIX has it: getopt_long() stops at the first operand. */
	if (usage->is_command)
		*s++ = '+';
	/* So that a missing argument is told apart from an unknown option. */
	*s++ = ':';
	for (i = 0; i < slots->n; i++) {
		entry = slots->at[i].entry;
		if (*entry->name)
			*long_option++ = (struct option){
				.name = entry->name,
				.has_arg = is_optional(entry) ?
					optional_argument : entry->argument ?
					required_argument : no_argument,
				.val = LONG_FIRST + (int)i,
			};
		if (!slots->at[i].letter)
			continue;
		*s++ = slots->at[i].letter;
		/* Short options never have an optional argument. */
		if (entry->argument && !is_optional(entry))
			*s++ = ':';
	}
	*s = '\0';
	*ret_long = steal_pointer(long_options);
	*ret_short = steal_pointer(short_options);
	return 0;
}

/* The options that @word, which begins with "--", may be short for. */
static int refuse_long(const struct option_slots *slots, const char *word,
		       struct lkl_error *err)
{
	size_t len = strcspn(word, "="), used = 0, i;
	char names[256] = "";

	for (i = 0; len > 2 && i < slots->n && used < sizeof(names); i++)
		if (!slots->at[i].group->hidden &&
		    !strncmp(slots->at[i].entry->name, word + 2, len - 2))
			used += (size_t)snprintf(names + used,
						 sizeof(names) - used, " --%s",
						 slots->at[i].entry->name);
	if (*names)
		return error_set(err, -EINVAL,
				 "%.*s is not clear, it can be one of%s",
				 (int)len, word, names);
	return error_set(err, -EINVAL, "unknown option: %s", quote_name(word));
}

/*
 * The word in which getopt_long() found a letter: the one before optind, if that
 * letter was the last one in it.
 */
static const char *word_of_letter(char **argv, int letter)
{
	const char *word = argv[optind - 1];
	size_t len = strlen(word);

	return len > 1 && word[0] == '-' && word[len - 1] == letter ? word :
		argv[optind];
}

static int refuse_letter(char **argv, int letter, struct lkl_error *err)
{
	char option[3] = { '-', (char)letter };
	const char *word = word_of_letter(argv, letter);

	if (!word || strlen(word) <= 2)
		return error_set(err, -EINVAL, "unknown option: %s",
				 quote_name(option));
	return error_set(err, -EINVAL, "unknown option: %s, in %s",
			 quote_name(option), quote_name(word));
}

/* Say what getopt_long() has refused, in place of its own message. */
static int refuse_option(const struct option_slots *slots, int value,
			 char **argv, struct lkl_error *err)
{
	const struct option_slot *slot;
	char name[64];
	int option = optopt;

	if (!option)
		return refuse_long(slots, argv[optind - 1], err);
	if (option < LONG_FIRST && value != ':')
		return refuse_letter(argv, option, err);
	if (option < LONG_FIRST) {
		snprintf(name, sizeof(name), "-%c", option);
		slot = &slots->at[slots->letters[option & 0x7f]];
	} else {
		slot = &slots->at[option - LONG_FIRST];
		snprintf(name, sizeof(name), "--%s", slot->entry->name);
	}
	if (value == ':')
		return error_set(err, -EINVAL, "%s: missing argument: %s", name,
				 slot->entry->argument);
	return error_set(err, -EINVAL, "%s takes no argument: %s", name,
			 quote_name(argv[optind - 1]));
}

static int handle_option(const struct option_slots *slots, int value,
			 const char *argument, struct lkl_error *err)
{
	const struct option_slot *slot = &slots->at[value - LONG_FIRST];
	int ret;

	ret = slot->group->handle(slot->entry->key, argument,
				  slot->group->target, err);
	if (ret < 0 && !*slot->entry->name)
		return error_prefix(err, ret, "-%c", slot->letter);
	return ret < 0 ? error_prefix(err, ret, "--%s", slot->entry->name) : 0;
}

int options_parse(const struct option_usage *usage, int argc, char **argv,
		  struct lkl_error *err)
{
	struct option_slots slots = { 0 };
	cleanup_free struct option_slot *slots_owned = NULL;
	cleanup_free struct option *long_options = NULL;
	cleanup_free char *short_options = NULL;
	int value, key, ret;

	ret = make_slots(usage, &slots);
	slots_owned = slots.at;
	if (ret < 0 || make_tables(usage, &slots, &long_options, &short_options) < 0)
		return error_no_memory(err);

	opterr = 0;
	for (;;) {
		value = getopt_long(argc, argv, short_options, long_options,
				    NULL);
		if (value == -1)
			return optind;
		if (value == '?' || value == ':')
			return refuse_option(&slots, value, argv, err);
		if (value < LONG_FIRST)
			value = LONG_FIRST + slots.letters[value];
		key = slots.at[value - LONG_FIRST].entry->key;
		switch (key) {
		case KEY_HELP:
			print_help(usage, &slots);
			return error_flush(stdout, "the text", err);
		case KEY_VERSION:
			print_version(usage);
			return error_flush(stdout, "the text", err);
		case KEY_LONG_OPTIONS:
			print_long_options(&slots);
			return error_flush(stdout, "the text", err);
		default:
			ret = handle_option(&slots, value, optarg, err);
			if (ret < 0)
				return ret;
		}
	}
}
