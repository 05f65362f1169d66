/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * links.h - finds the first name of a file that has several hard links.
 */
#ifndef TOOLS_LINKS_H
#define TOOLS_LINKS_H

#include <stddef.h>
#include <stdint.h>

/* The name of a directory, shared by all files below it. */
struct dirname {
	struct dirname *parent;		/* NULL: this is the root, "." */
	unsigned int references;
	char name[];
};

/* Takes a reference to @parent for itself.  NULL if memory is out. */
struct dirname *dirname_new(struct dirname *parent, const char *name,
			    size_t len);
struct dirname *dirname_get(struct dirname *dirname);
void dirname_put(struct dirname *dirname);

struct links_entry;

struct links {
	struct links_entry **table;
	size_t size, n;			/* size is a power of two */
};

void links_free(struct links *links);

/*
 * links_find - the path that was added for a file
 * @ret_path: to be freed
 *
 * Returns 1 if there is one, 0 if there is none, -ENOMEM.  Counts the call:
 * once all names of the file were met, its entry is freed.
 */
int links_find(struct links *links, uint64_t device, uint64_t inode,
	       char **ret_path);

/*
 * links_add - @dirname/@name is the first name of a file that has @n_names
 *
 * Takes a reference to @dirname.  -ENOMEM.
 */
int links_add(struct links *links, uint64_t device, uint64_t inode,
	      uint32_t n_names, struct dirname *dirname, const char *name);

#endif /* TOOLS_LINKS_H */
