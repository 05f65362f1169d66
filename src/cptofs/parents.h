/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parents.h - the directories that members of an archive go into.
 *
 * Paths are below the destination, as member_path() makes them.  A symbolic
 * link on the way, which may come from the archive itself, leads to what is
 * below the destination as if that were the root directory.
 */
#ifndef CP_PARENTS_H
#define CP_PARENTS_H

#include "job.h"
#include "pending.h"

/* The last directory that something was put into; the next is often the same. */
struct parents {
	const struct job *job;
	struct pending **pending;	/* not owned: those touched come here */
	struct visited touched;		/* as far as there is need to know */
	char *path;			/* NULL: there was none */
	int fd;
};

void parents_free(struct parents *parents);

/*
 * parents_find - the directory of @path, and its last name
 *
 * Directories that the archive does not mention before what is in them are
 * made.  Returns a descriptor that remains the parents' own, or -errno.
 */
int parents_find(struct parents *parents, const char *path,
		 const char **ret_name);

/* Another way may lead to the same directory now. */
void parents_forget(struct parents *parents);

/* A directory that is there, for parents_close(); or -errno. */
int parents_open(const struct job *job, const char *path);
/* That of @path; nothing is made. */
int parents_open_parent(const struct job *job, const char *path,
			const char **ret_name);
void parents_close(const struct job *job, int fd);

#endif /* CP_PARENTS_H */
