/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * copy.h - lklfs copy: which option is for which of the two images.
 *
 * An option is for the source's image; with "--dest-" in front of its name it is for the
 * target's.  Some hold for both: --partition, keys in files, and the options that say
 * how the program runs.
 */
#ifndef LKLFS_COPY_H
#define LKLFS_COPY_H

#include "commands.h"

/* Enough for all options, with those that can be repeated. */
#define COPY_WORDS_MAX 160u

/* Options of a program.  The words are owned. */
struct copy_words {
	char *at[COPY_WORDS_MAX + 1];	/* NULL ends them */
	unsigned int n;
};

extern const struct option_entry copy_entries[];

void copy_words_free(struct copy_words *words);

/* Adds a word; -E2BIG or -ENOMEM with a sentence. */
int copy_words_add(struct copy_words *words, struct lkl_error *err,
		   const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* copy_dest_add - keep one of copy_entries for copy_dest_options() */
int copy_dest_add(struct copy_words *words, int key, const char *argument,
		  struct lkl_error *err);

/*
 * copy_dest_options - the options of the target's image
 * @words: outlives the result, which points into it; may lose words
 * @common: those of the command line
 *
 * The caller frees ret_common->disks.
 */
int copy_dest_options(struct copy_words *words,
		      const struct common_options *common,
		      struct common_options *ret_common,
		      struct lkl_error *err);

/* copy_source_words - the source's options, for fs2tar */
int copy_source_words(const struct common_options *common,
		      struct copy_words *words, struct lkl_error *err);

#endif /* LKLFS_COPY_H */
