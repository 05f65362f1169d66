/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guardian.h - a process that stays outside of the sandbox and does the one
 * thing that cannot be done from within: give the output its name, unmount.
 *
 * It is forked before the sandbox is entered, with what it has to do fixed
 * by then; all that the sandboxed process can say later is "now" or "never
 * mind", and questions if the work has answers.  If that process ends without
 * a word, however it ends, the guardian clears up.
 */
#ifndef TOOLS_GUARDIAN_H
#define TOOLS_GUARDIAN_H

#include <stdint.h>

#include <lkl.h>

struct guardian;

/* Whoever asks may have been taken over: it is answered with care. */
struct guardian_question {
	uint64_t kind;		/* the rest is for the work to define */
	uint64_t a, b;
};

struct guardian_answer {
	uint64_t value;
	void *data;		/* whoever gets it frees it */
	uint64_t size;		/* of that, GUARDIAN_DATA_MAX at most */
};

#define GUARDIAN_DATA_MAX (1u << 20)

/*
 * All are called in the guardian; at most one of act() and clear(), at most
 * once.
 */
struct guardian_work {
	/* "Now": 0 or -errno and a sentence, which guardian_act() returns. */
	int (*act)(void *opaque, struct lkl_error *err);
	/* The process is gone or has given up.  May be NULL. */
	void (*clear)(void *opaque);
	/* Before that, as often as asked: 0 or -errno.  May be NULL. */
	int (*ask)(void *opaque, const struct guardian_question *question,
		   struct guardian_answer *ret_answer);
	void *opaque;
	/* Descriptors that it needs, ended by -1; NULL: none.  It has 2. */
	const int *keep;
};

/*
 * guardian_start - fork it
 * @work: copied, but for what it points to: that is the guardian's copy of
 *	  the memory as it is now
 *
 * To be called while there is one thread and before the kernel is started.
 * The guardian ignores the signals of a terminal: it ends by itself.
 */
int guardian_start(const struct guardian_work *work,
		   struct guardian **ret_guardian, struct lkl_error *err);

/* guardian_act - "now"; waits until it is done.  Frees @guardian. */
int guardian_act(struct guardian *guardian, struct lkl_error *err);

/* guardian_ask - one caller at a time; waits for the answer. */
int guardian_ask(struct guardian *guardian,
		 const struct guardian_question *question,
		 struct guardian_answer *ret_answer);

/* guardian_abandon - have it clear up, and wait until it has.  Frees. */
void guardian_abandon(struct guardian *guardian);

/* guardian_dismiss - there is nothing to do any more.  Frees. */
void guardian_dismiss(struct guardian *guardian);

/* guardian_abandon() for a signal handler: frees nothing. */
void guardian_abandon_by_signal(const struct guardian *guardian);

#endif /* TOOLS_GUARDIAN_H */
