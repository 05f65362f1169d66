/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process.h - the state of the program's processes that the host does not know:
 * working directory, root, umask, identity.
 *
 * Threads share it.  A child gets a copy.
 */
#ifndef LKLRUN_PROCESS_H
#define LKLRUN_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "resolve.h"

struct exec;

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
	uint64_t effective, permitted, inheritable;	/* capabilities */
	bool keep_capabilities;		/* PR_SET_KEEPCAPS */
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
	bool dumpable;			/* as the program believes */
	char *executable;		/* path in the image, or NULL: the host's */
	struct exec *pending;		/* exec.h: until the loader asks for it */
};

/* A thread of the program. */
struct task {
	pid_t tid;
	struct process *process;	/* NULL: its parent's event is not here yet */
	bool stopped;			/* waits for that event */
	uint64_t request;		/* transport-ptrace.c: its call; 0: none */
	int continued;			/* the last call, if the host does it; or -1 */
	uint64_t args[6];		/* of that */
	struct task *next;		/* in its bucket */
};

/* task_find - NULL if there is none; task_any - any of them */
struct task *task_find(pid_t tid);
struct task *task_any(void);

/* task_new - NULL if there is no memory; @process may be NULL */
struct task *task_new(pid_t tid, struct process *process);

/* task_end - forget it, and its process if it was the last one */
void task_end(struct task *task);

/*
 * process_fork - the state of a new process; task_new() takes it
 * @share: CLONE_FS
 */
struct process *process_fork(struct process *parent, pid_t pid, bool share);

/*
 * process_start - the first process and its task, after resolve_init()
 * @root: --fake-root
 * @cwd: its working directory
 */
int process_start(pid_t pid, bool root, const char *cwd, uint32_t umask,
		  struct lkl_error *err);

/* process_has_fake_root - whether identity is ours, or the host's */
bool process_has_fake_root(void);

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
 * The kernel inside has a umask of 0: handlers that make files call this.  It ignores a
 * default ACL of the parent, which would replace the umask.
 */
static inline uint32_t process_create_mode(const struct process *process,
					   uint32_t mode)
{
	return mode & ~process->directories->umask;
}

#endif /* LKLRUN_PROCESS_H */
