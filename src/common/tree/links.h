/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * links.h - which file was written under which name first.
 */
#ifndef TOOLS_LINKS_H
#define TOOLS_LINKS_H

#include <stddef.h>
#include <stdint.h>

/* A directory's name, shared by what lies below it; counted references. */
struct dirname {
	struct dirname *parent;		/* NULL: this is the root, "." */
	unsigned int references;
	char name[];
};

/* Takes a reference of @parent for itself; NULL without memory. */
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
 * links_find - the name under which a file is in the archive already
 * @ret_path: to be freed
 *
 * Returns 1 if it is, 0 if it is not, -ENOMEM.  When as many names as the
 * file has were asked for, it is forgotten.
 */
int links_find(struct links *links, uint64_t device, uint64_t inode,
	       char **ret_path);

/*
 * links_add - a file with @n_names names was written as @dirname/@name
 *
 * Takes a reference of @dirname.
 */
int links_add(struct links *links, uint64_t device, uint64_t inode,
	      uint32_t n_names, struct dirname *dirname, const char *name);

#endif /* TOOLS_LINKS_H */
