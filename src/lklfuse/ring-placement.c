// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring-placement.c - where the threads of rings run, and where the host lets
 * the programs run that they answer.
 *
 * Small requests: the thread is bound to the processor that asks.  The program
 * sleeps until the reply, so both take turns there.  But when the reply wakes
 * the program, the host sees that the processor is busy with the thread, and
 * may move the program to an idle one.  To wake that costs more than most
 * requests, and the next request is for another thread, with cold caches.  To
 * the host, a processor that runs nothing but SCHED_IDLE threads counts as
 * idle.  So the thread takes this policy from its reply until the next request,
 * if programs were moved: the woken program stays and runs at once.
 *
 * A SCHED_IDLE thread hardly runs while other programs use its processor.  So
 * it does all work under the normal policy, and keeps to that if the next
 * request came late: then the processor may be busy, or there is little to
 * gain.  On a busy machine nothing is moved, since no processor is idle.
 *
 * Going back to the normal policy needs RLIMIT_NICE.  Without it, the policy
 * does not change.
 *
 * Large requests: copying takes longer than waking a processor.  So the thread
 * may run anywhere, and copies while the program works on the previous data.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <sched.h>
#include <sys/resource.h>

#include "common/monotonic.h"
#include "ring.h"

/* After a program was moved, so many replies are sent under SCHED_IDLE. */
#define STAY_REPLIES	256
/*
 * A request that comes later than this ends that, and so many programs that are
 * moved later do not start it again; twice as many after each further time.
 */
#define LATE_NS		500000
#define LATE_PAUSE_MIN	64u
#define LATE_PAUSE_MAX	65536u

/* In bytes, of a request or a reply. */
#define LARGE		65536u
/* After so many small requests, a thread returns to its processor. */
#define SMALL_IN_A_ROW	8

/* The thread's processor was offline, and may be back. */
#define STRAYS		1024

/* The RLIMIT_NICE that allows a thread to have the nice value 0. */
#define NICE_0		20

bool ring_placement_allow(void)
{
	struct rlimit limit;
	int nice;

	if (sched_getscheduler(0) != SCHED_OTHER)
		return false;
	errno = 0;
	nice = getpriority(PRIO_PROCESS, 0);
	if (errno || getrlimit(RLIMIT_NICE, &limit) < 0)
		return false;
	if (limit.rlim_cur < NICE_0) {
		limit.rlim_cur = NICE_0;
		if (limit.rlim_max < NICE_0)
			limit.rlim_max = NICE_0;
		/* Root may raise the hard limit. */
		if (setrlimit(RLIMIT_NICE, &limit) < 0 &&
		    getrlimit(RLIMIT_NICE, &limit) < 0)
			return false;
	}
	return nice >= 0 && limit.rlim_cur >= NICE_0;
}

static void bind_thread(struct ring *ring)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(ring->cpu, &cpu);
	/* If the processor is gone, any other one will do. */
	sched_setaffinity(0, sizeof(cpu), &cpu);
	ring->bound = true;
}

void ring_placement_start(struct ring *ring)
{
	bind_thread(ring);
}

static void free_thread(struct ring *ring)
{
	sched_setaffinity(0, sizeof(ring->rings->cpus), &ring->rings->cpus);
	ring->bound = false;
	ring->stay = 0;
}

static bool set_policy(int policy)
{
	const struct sched_param param = { 0 };

	return !sched_setscheduler(0, policy, &param);
}

void ring_placement_before_wait(struct ring *ring)
{
	if (!ring->stay || !ring->bound)
		return;
	if (!--ring->stay)
		atomic_store_explicit(&ring->rings->next_pause, 0,
				      memory_order_relaxed);
	ring->replied_at = monotonic_ns();
	ring->idle_policy = set_policy(SCHED_IDLE);
}

/* Threads may disturb each other here: the numbers are rough. */
static void note_late_request(struct ring *ring)
{
	struct rings *rings = ring->rings;
	unsigned int pause = atomic_load_explicit(&rings->next_pause,
						  memory_order_relaxed);

	ring->stay = 0;
	if (pause < LATE_PAUSE_MIN)
		pause = LATE_PAUSE_MIN;
	atomic_store_explicit(&rings->pause, pause, memory_order_relaxed);
	if (pause < LATE_PAUSE_MAX)
		pause *= 2;
	atomic_store_explicit(&rings->next_pause, pause, memory_order_relaxed);
}

static void note_moved_program(struct ring *ring)
{
	struct rings *rings = ring->rings;
	unsigned int pause = atomic_load_explicit(&rings->pause,
						  memory_order_relaxed);

	if (pause)
		atomic_store_explicit(&rings->pause, pause - 1,
				      memory_order_relaxed);
	else
		ring->stay = STAY_REPLIES;
}

void ring_placement_after_wait(struct ring *ring)
{
	if (!ring->idle_policy)
		return;
	ring->idle_policy = false;
	set_policy(SCHED_OTHER);
	if (monotonic_ns() - ring->replied_at > LATE_NS)
		note_late_request(ring);
}

/* Whether the program's last request was answered on another processor. */
static bool was_moved(struct ring *ring, uint32_t pid)
{
	struct ring_asker *asker;
	uint64_t now = (uint64_t)pid << 32 | (uint32_t)ring->cpu, before;

	asker = &ring->rings->askers[pid % RING_ASKERS];
	before = atomic_load_explicit(&asker->last, memory_order_relaxed);
	if (before == now)
		return false;
	atomic_store_explicit(&asker->last, now, memory_order_relaxed);
	return before >> 32 == pid;
}

void ring_placement_note_request(struct ring *ring, uint32_t pid)
{
	if (ring->bound && sched_getcpu() != ring->cpu &&
	    !(ring->strays++ % STRAYS))
		bind_thread(ring);
	if (ring->rings->may_stay && was_moved(ring, pid))
		note_moved_program(ring);
}

void ring_placement_note_size(struct ring *ring, size_t size)
{
	if (size >= LARGE) {
		ring->small = 0;
		if (ring->bound)
			free_thread(ring);
	} else if (!ring->bound && ++ring->small >= SMALL_IN_A_ROW) {
		bind_thread(ring);
	}
}
