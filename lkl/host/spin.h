/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spin.h - whether a thread spins before it sleeps, and for how long.
 *
 * A call takes some microseconds; to sleep and to be woken on an idle processor
 * takes longer.  So a thread whose call another one is performing spins first.
 * If that was in vain, because the call waits or the other thread lost its
 * processor, the next waits of the thread begin without: 8 of them, and twice as
 * many after each further time, up to 1024.
 */
#ifndef LKL_SPIN_H
#define LKL_SPIN_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define SPIN_NS		20000
#define SPIN_PAUSE_MIN	8
#define SPIN_PAUSE_MAX	1024

/* Of one thread; all zero to begin with. */
struct spin {
	unsigned int pause;		/* waits that do not spin */
	unsigned int next_pause;	/* after the next spin in vain */
	int64_t until;			/* in ns, of the current one */
};

static inline int64_t spin_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* spin_begin - whether to spin this time */
static inline bool spin_begin(struct spin *spin)
{
	if (spin->pause) {
		spin->pause--;
		return false;
	}
	spin->until = spin_now() + SPIN_NS;
	return true;
}

/* spin_goes_on - false if it was in vain; to be called every now and then */
static inline bool spin_goes_on(struct spin *spin)
{
	if (spin_now() < spin->until)
		return true;
	spin->pause = spin->next_pause ? spin->next_pause : SPIN_PAUSE_MIN;
	spin->next_pause = spin->pause < SPIN_PAUSE_MAX ? 2 * spin->pause
							: SPIN_PAUSE_MAX;
	return false;
}

/* spin_succeeded - what the thread waited for has come */
static inline void spin_succeeded(struct spin *spin)
{
	spin->next_pause = 0;
}

/* spin_relax - tell the processor that this is a loop that waits */
static inline void spin_relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

#endif
