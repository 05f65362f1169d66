/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process.h - the state of each process of the program that the host does not
 * have: working directory, root, umask, identity.
 *
 * Threads share it.  A child gets a copy.
 */
#ifndef LKLRUN_PROCESS_H
#define LKLRUN_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "resolve.h"

/* Directories; shared by tasks that were made with CLONE_FS. */
struct directories {
	unsigned int users;
	struct place cwd;	/* with name "": the directory itself */
	struct place root;
	uint32_t umask;
};

#define PROCESS_GROUPS_MAX 64

struct identity {
	uint32_t uid[3], gid[3];	/* real, effective, saved */
	uint32_t fsuid, fsgid;
	unsigned int n_groups;
	uint32_t groups[PROCESS_GROUPS_MAX];
};

/* One for each process: its threads share it. */
struct process {
	unsigned int users;		/* tasks */
	pid_t pid;
	int pidfd;			/* -1: not yet; process_pidfd() */
	struct directories *directories;
	struct identity identity;	/* with --fake-root */
	char *executable;		/* path in the image, or NULL: the host's */
};

/* Its pidfd, opened when it is first needed; or -errno. */
int process_pidfd(struct process *process);

/*
 * process_act_as - do the next calls inside with this process's identity
 *
 * The loop calls it before each handler: permissions are checked, and new files
 * owned, as that identity has it.  process_act_as(NULL) is root.
 */
void process_act_as(const struct process *process);

/*
 * process_create_mode - the mode of a new file
 *
 * The kernel inside has a umask of 0: handlers that make files call this.  A
 * default ACL of the parent, which would replace the umask, is not looked at.
 */
static inline uint32_t process_create_mode(const struct process *process,
					   uint32_t mode)
{
	return mode & ~process->directories->umask;
}

#endif /* LKLRUN_PROCESS_H */
