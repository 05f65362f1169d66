// SPDX-License-Identifier: GPL-2.0-only
/*
 * free.c - clusters that are given up, and when they become free.
 *
 * When the last L2 entry in memory drops a cluster, the L2 table in the file may
 * still refer to it, and a request that looked it up before may still read or
 * write it.  The cluster is given up, but its refcount goes down only when both
 * are over.  It passes three lists:
 *
 *	freed		no L2 table in memory refers to it
 *	freed_stored	no L2 table in the file refers to it
 *	freed_waiting	waits for requests that began in the old epoch
 *
 * If there is no memory for a list, the cluster is leaked in the file.  That is
 * harmless, and qemu-img check finds it.
 */
#include <errno.h>
#include <stdlib.h>

#include "qcow2.h"

static struct qcow2_run *qcow2_frees_last_run(struct qcow2_runs *runs)
{
	return runs->n ? &runs->at[runs->n - 1] : NULL;
}

static bool qcow2_frees_add_run(struct qcow2_runs *runs, struct qcow2_run run)
{
	struct qcow2_run *last = qcow2_frees_last_run(runs), *at;
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
	qcow2_frees_add_run(&q->freed, (struct qcow2_run){ first, n, punch });
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
			qcow2_frees_add_run(to, from->at[i]);
		free(from->at);
	}
	*from = (struct qcow2_runs){ NULL, 0, 0 };
}

void qcow2_frees_stored(struct qcow2 *q, struct qcow2_runs *runs)
{
	qcow2_runs_move(&q->freed_stored, runs);
	qcow2_frees_apply(q);
}

/* Whether all requests of the old epoch are done. */
static bool qcow2_frees_users_gone(const struct qcow2 *q)
{
	return !__atomic_load_n(&q->data_users[!q->data_epoch],
				__ATOMIC_ACQUIRE);
}

static void qcow2_frees_drop_waiting(struct qcow2 *q)
{
	const struct qcow2_run *run;
	size_t i;

	for (i = 0; i < q->freed_waiting.n && !q->corrupt; i++) {
		run = &q->freed_waiting.at[i];
		qcow2_refcount_drop(q, run->first, run->n, run->punch);
	}
	q->freed_waiting.n = 0;
}

void qcow2_frees_apply(struct qcow2 *q)
{
	if (q->freed_waiting.n && qcow2_frees_users_gone(q))
		qcow2_frees_drop_waiting(q);
	if (q->freed_stored.n && !q->freed_waiting.n &&
	    qcow2_frees_users_gone(q)) {
		qcow2_runs_move(&q->freed_waiting, &q->freed_stored);
		q->data_epoch = !q->data_epoch;
		if (qcow2_frees_users_gone(q))
			qcow2_frees_drop_waiting(q);
	}
}
