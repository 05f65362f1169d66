/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guardian.h - a process outside of the sandbox that does one fixed job for the
 * process inside: give the output its name, or unmount.
 *
 * The tool forks the guardian before it enters the sandbox.  The job is fixed
 * at that time.  Later the sandboxed process can only say "do it" or "forget
 * it", or ask a question that the job answers.  If the sandboxed process ends
 * in any other way, the guardian clears up.
 */
#ifndef TOOLS_GUARDIAN_H
#define TOOLS_GUARDIAN_H

#include <stdbool.h>
#include <stdint.h>

#include <lkl.h>

struct guardian;

/* An attacker may control the asking process: check every field. */
struct guardian_question {
	uint64_t kind;		/* the work defines all fields */
	uint64_t a, b;
	const void *data;	/* the asker's; the answerer may not keep it */
	uint64_t size;		/* bytes at data, at most GUARDIAN_DATA_MAX */
	bool has_fd;
	int fd;			/* the answerer gets a copy, closed after */
};

struct guardian_answer {
	uint64_t value;
	void *data;		/* the receiver frees it */
	uint64_t size;		/* bytes at data, at most GUARDIAN_DATA_MAX */
	bool has_fd;
	int fd;			/* the receiver closes it */
};

#define GUARDIAN_DATA_MAX (1u << 20)

/*
 * The guardian calls these functions.  It calls either act() or clear(), and
 * that one only once.
 */
struct guardian_work {
	/*
	 * Do the job.  guardian_act() returns this result and sentence.  NULL: the
	 * job consists of answers, and of clear().
	 */
	int (*act)(void *opaque, struct lkl_error *err);
	/* The sandboxed process has ended or given up.  May be NULL. */
	void (*clear)(void *opaque);
	/* Answer a question: 0 or -errno.  May be NULL. */
	int (*ask)(void *opaque, const struct guardian_question *question,
		   struct guardian_answer *ret_answer);
	void *opaque;
	/* Descriptors besides 2 that the job needs; -1 ends; NULL: none. */
	const int *keep;
};

/*
 * guardian_start - fork the guardian
 * @work: the guardian gets a copy of all memory as it is now, so later changes
 *	  to @work or to memory that it points to have no effect
 *
 * Call this while the process has one thread and before lkl_start().  The
 * guardian ignores SIGINT and other signals of a terminal.  When this returns, it
 * has closed all descriptors that it does not need.
 */
int guardian_start(const struct guardian_work *work,
		   struct guardian **ret_guardian, struct lkl_error *err);

/* guardian_act - have the job done and wait for it.  Frees @guardian. */
int guardian_act(struct guardian *guardian, struct lkl_error *err);

/* guardian_ask - ask and wait for the answer.  One caller at a time. */
int guardian_ask(struct guardian *guardian,
		 const struct guardian_question *question,
		 struct guardian_answer *ret_answer);

/* guardian_abandon - have it clear up and wait for it.  Frees @guardian. */
void guardian_abandon(struct guardian *guardian);

/* guardian_dismiss - end it without any work.  Frees @guardian. */
void guardian_dismiss(struct guardian *guardian);

/*
 * guardian_leave - forget a guardian of the process that forked this one
 *
 * The guardian goes on.  Frees @guardian.
 */
void guardian_leave(struct guardian *guardian);

/* guardian_abandon() for signal handlers.  Does not free @guardian. */
void guardian_abandon_by_signal(const struct guardian *guardian);

/*
 * guardian_close_all - for a child that the process forks
 *
 * A guardian cannot tell who speaks to it.  So a child that interprets input
 * closes the sockets of its parent's guardians.  It frees nothing, and uses
 * none of these guardians afterwards.
 */
void guardian_close_all(void);

#endif /* TOOLS_GUARDIAN_H */
