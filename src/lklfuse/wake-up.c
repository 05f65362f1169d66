// SPDX-License-Identifier: GPL-2.0-only
/*
 * wake-up.c - how long the host takes to wake a thread.
 *
 * The caller and a second thread wake each other in turn.  While one of them runs, the
 * other sleeps.  The host chooses their processors, as it does for a program and the
 * thread that answers its requests.
 */
#include "wake-up.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/monotonic.h"
#include "common/quiet-thread.h"

#define ROUNDS		32
/* Fewer say nothing. */
#define ROUNDS_MIN	8
/* On a busy machine. */
#define LIMIT_NS	5000000

struct hand_over {
	int asked, answered;	/* eventfd */
	atomic_bool last;	/* to be read after "asked" */
};

static void *answer(void *arg)
{
	struct hand_over *h = arg;
	bool last = false;
	eventfd_t value;

	while (!last && !eventfd_read(h->asked, &value)) {
		/* Of this question, not of the next one. */
		last = atomic_load(&h->last);
		if (eventfd_write(h->answered, 1))
			break;
	}
	return NULL;
}

static bool ask(struct hand_over *h, bool last)
{
	eventfd_t value;

	atomic_store(&h->last, last);
	return !eventfd_write(h->asked, 1) && !eventfd_read(h->answered, &value);
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* A round is two wake-ups. */
static int64_t measure(struct hand_over *h)
{
	int64_t round[ROUNDS], began = monotonic_ns(), start, now = began;
	unsigned int n = 0;

	while (n < ROUNDS && now - began < LIMIT_NS) {
		start = now;
		if (!ask(h, false))
			return 0;
		now = monotonic_ns();
		round[n++] = now - start;
	}
	if (n < ROUNDS_MIN)
		return 0;
	qsort(round, n, sizeof(*round), compare);
	return round[n / 4] / 2;
}

int64_t wake_up_ns(void)
{
	struct hand_over h = {
		.asked = eventfd(0, EFD_CLOEXEC),
		.answered = eventfd(0, EFD_CLOEXEC),
	};
	pthread_t thread;
	int64_t ns = 0;

	if (h.asked >= 0 && h.answered >= 0 &&
	    !quiet_thread_create(&thread, answer, &h)) {
		ns = measure(&h);
		ask(&h, true);
		pthread_join(thread, NULL);
	}
	if (h.asked >= 0)
		close(h.asked);
	if (h.answered >= 0)
		close(h.answered);
	return ns;
}
