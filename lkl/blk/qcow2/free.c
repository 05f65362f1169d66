// SPDX-License-Identifier: GPL-2.0-only
/*
 * free.c - clusters that are given up, and when that happens.
 *
 * A cluster whose last user is gone from memory may still be referred to by
 * the L2 table in the file, and somebody who looked it up before may be about
 * to read it or write to it.  Its count goes down, and it can be used for
 * something else, only when both have come to their end:
 *
 *	freed	as of now;
 *	stored	the tables in the file do not have it any more;
 *	waiting	for those who came in the epoch when it was stored.
 *
 * Memory that is not there for this leaks the cluster in the file, which
 * qemu-img check finds and which harms nobody.
 */
#include <errno.h>
#include <stdlib.h>

#include "qcow2.h"

static struct qcow2_run *last_run(struct qcow2_runs *runs)
{
	return runs->n ? &runs->at[runs->n - 1] : NULL;
}

static bool add_run(struct qcow2_runs *runs, struct qcow2_run run)
{
	struct qcow2_run *last = last_run(runs), *at;
	size_t room;

	if (last && last->first + last->n == run.first &&
	    last->punch == run.punch) {
		last->n += run.n;
		return true;
	}
	if (runs->n == runs->room) {
		room = runs->room ? 2 * runs->room : 64;
		at = realloc(runs->at, room * sizeof(at[0]));
		if (!at)
			return false;
		runs->at = at;
		runs->room = room;
	}
	runs->at[runs->n++] = run;
	return true;
}

void qcow2_free_later(struct qcow2 *q, uint64_t first, uint64_t n, bool punch)
{
	add_run(&q->freed, (struct qcow2_run){ first, n, punch });
}

bool qcow2_frees_due(const struct qcow2 *q)
{
	return q->freed.n > QCOW2_FREES_MAX;
}

void qcow2_runs_move(struct qcow2_runs *to, struct qcow2_runs *from)
{
	size_t i;

	if (!to->n) {
		free(to->at);
		*to = *from;
	} else {
		for (i = 0; i < from->n; i++)
			add_run(to, from->at[i]);
		free(from->at);
	}
	*from = (struct qcow2_runs){ NULL, 0, 0 };
}

void qcow2_frees_stored(struct qcow2 *q, struct qcow2_runs *runs)
{
	qcow2_runs_move(&q->stored, runs);
	qcow2_frees_apply(q);
}

/* Those who came in the epoch before, who may know what waits, are gone. */
static bool others_gone(const struct qcow2 *q)
{
	return !__atomic_load_n(&q->users[!q->epoch], __ATOMIC_ACQUIRE);
}

static void drop_waiting(struct qcow2 *q)
{
	const struct qcow2_run *run;
	size_t i;

	for (i = 0; i < q->waiting.n && !q->corrupt; i++) {
		run = &q->waiting.at[i];
		qcow2_refcount_drop(q, run->first, run->n, run->punch);
	}
	q->waiting.n = 0;
}

void qcow2_frees_apply(struct qcow2 *q)
{
	if (q->waiting.n && others_gone(q))
		drop_waiting(q);
	if (q->stored.n && !q->waiting.n && others_gone(q)) {
		qcow2_runs_move(&q->waiting, &q->stored);
		q->epoch = !q->epoch;
		if (others_gone(q))
			drop_waiting(q);
	}
}
