/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fstab.h - parse the text of /etc/fstab and /etc/crypttab.
 *
 * The text comes from an image and is hostile.  These functions know no kernel.
 */
#ifndef COMMON_SYSTEM_FSTAB_H
#define COMMON_SYSTEM_FSTAB_H

#include <stdbool.h>
#include <stddef.h>

#include <lkl.h>

/* Larger files and tables are refused. */
#define FSTAB_SIZE_MAX		(1u << 20)	/* bytes */
#define FSTAB_LINES_MAX		1000u

#define FSTAB_FIELDS		4

/* The fields point into fstab.text; one that is missing is "". */
struct fstab_line {
	union {
		struct {
			char *source, *target, *type, *options;
		};
		char *fields[FSTAB_FIELDS];
	};
	unsigned int number;		/* the first line of the file is 1 */
};

struct fstab {
	struct fstab_line *lines;
	unsigned int n;
	unsigned int bad;		/* number of a line with too few fields; 0: none */
	char *text;
};

/*
 * fstab_parse - parse lines of fields; "\040" in a field is a space
 * @n_needed: a line with fewer fields is left out
 *
 * -E2BIG, -EINVAL: there is a zero byte.  Call fstab_free() only after success.
 */
int fstab_parse(const char *text, size_t len, unsigned int n_needed,
		struct fstab *ret_fstab, struct lkl_error *err);
void fstab_free(struct fstab *fstab);

/* Does a line have this option, such as "nofail"? */
bool fstab_has_option(const struct fstab_line *line, const char *option);

/*
 * fstab_skip_reason - why a line names no file system of a disk; NULL: it does
 *
 * Swap, file systems in memory or on the network, bind mounts, noauto.
 */
const char *fstab_skip_reason(const struct fstab_line *line);

/*
 * fstab_target - the directory to mount on
 *
 * It has one slash in front of each component, and none at the end; the root is "/".
 * Returns NULL with a sentence if the field is no absolute path or has "..", or if there
 * is no memory.  The caller frees the result.
 */
char *fstab_target(const struct fstab_line *line, struct lkl_error *err);

/*
 * fstab_named_owner - the first option, such as "uid=me", that gives an owner's name
 * @type: the kernel's name of the file system
 *
 * The kernel takes numbers only, so fstab_options() leaves it out.  It ends at a
 * comma or the end of the line's options.  NULL: there is none.
 */
const char *fstab_named_owner(const struct fstab_line *line, const char *type);

/*
 * fstab_options - the options for the kernel's file system
 * @type: the kernel's name of the file system
 * @ret_read_only: the line says "ro"
 *
 * Leaves out names of owners, and options that are not in a list.  -EINVAL: the value of an
 * option has odd bytes, or is too long.  The caller frees *@ret_options.
 */
int fstab_options(const struct fstab_line *line, const char *type,
		  char **ret_options, bool *ret_read_only,
		  struct lkl_error *err);

#endif /* COMMON_SYSTEM_FSTAB_H */
