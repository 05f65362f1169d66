/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ring.h - the structures of FUSE over io_uring, shared by the files that
 * implement rings.h.
 */
#ifndef LKLFUSE_RING_H
#define LKLFUSE_RING_H

#include <liburing.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "device.h"
#include "fuse-ring-protocol.h"
#include "rings.h"

/* In each ring; a thread submits them when there is no room for more. */
#define RING_SUBMISSIONS	16u

/* The files that are registered with a ring. */
enum { FILE_FUSE, FILE_WAKE, FILES };

enum entry_state {
	ENTRY_FREE,		/* the host may fill it */
	ENTRY_IN_PROCESS,	/* holds a request */
	ENTRY_DETACHED,		/* another thread is going to reply */
};

struct ring_entry {
	struct device device;
	struct ring *ring;
	unsigned int queue;
	enum entry_state state;	/* of the ring's thread */
	bool registered;	/* it has held a request */
	bool replied;		/* of the thread that replies */
	struct fuse_ring_headers *headers;
	uint64_t commit_id;
	struct iovec memory[2];	/* headers and payload, for the host */
	struct ring_entry *next;	/* of the same ring */
	struct ring_entry *next_answered;
};

/* A thread and its io_uring. */
struct ring {
	struct rings *rings;
	struct io_uring io_uring;
	bool made;		/* io_uring is */
	int wake;		/* an event, -1: none */
	uint64_t wake_count;	/* where it is read to */
	int cpu;		/* the thread belongs to it */
	/* Of ring-placement.c. */
	bool bound;		/* to cpu */
	unsigned int strays;	/* requests answered on another one */
	unsigned int small;	/* small requests since the last large one */
	unsigned int stay;	/* further replies that go out with SCHED_IDLE */
	bool idle_policy;	/* the thread has SCHED_IDLE */
	int64_t replied_at;	/* in ns; valid with idle_policy */
	unsigned int number;	/* among the threads of the processor */
	pthread_t thread;
	bool started;
	atomic_bool busy;	/* has a request, and has not replied yet */
	struct ring_entry *entries;
	pthread_mutex_t lock;	/* protects answered */
	struct ring_entry *answered;	/* detached entries with a reply */
};

/* A line of the cache for each, since all threads write them. */
#define RING_ASKERS	32
struct ring_asker {
	/* Process, and processor of its last request. */
	_Alignas(64) _Atomic uint64_t last;
};

struct rings {
	struct fuse_session *session;
	void (*failed)(int error);
	atomic_flag failure_reported;
	unsigned int n_queues;
	pthread_mutex_t lock;	/* protects the members up to the next comment */
	pthread_cond_t changed;
	unsigned int n_ready;	/* threads that can get requests */
	unsigned int n_offered;	/* threads that offered the host their entries */
	int error;		/* of a thread that cannot */
	bool connected;		/* rings_connect() was called */
	bool negotiated;
	/* Set once. */
	unsigned int n_started;	/* threads */
	atomic_bool stop;
	cpu_set_t cpus;		/* that the process may use */
	bool may_stay;		/* threads may change to SCHED_IDLE, and back */
	/* Of ring-placement.c. */
	struct ring_asker askers[RING_ASKERS];
	atomic_uint pause;	/* so many moved programs are not kept */
	atomic_uint next_pause;
	unsigned int n;
	struct ring ring[];
};

/* ring_wake - end the wait of the ring's thread; any thread may call it */
void ring_wake(struct ring *ring);

/*
 * The functions below are for the ring's own thread.  They return 0 or -errno,
 * and the commands go to the host with the next io_uring_submit().
 */

/*
 * ring_entries_make - make one entry for each queue that is this thread's
 *
 * ring_entries_free() frees them, also after a failure.
 */
int ring_entries_make(struct ring *ring);
void ring_entries_free(struct ring *ring);

/* ring_entry_free - for an entry that the host does not have */
void ring_entry_free(struct ring_entry *entry);

/* ring_entries_register - offer the entries to the host */
int ring_entries_register(struct ring *ring);

/* ring_wait_for_wake - have ring_wake() complete with an entry that is NULL */
int ring_wait_for_wake(struct ring *ring);

/*
 * ring_entry_assemble - put the parts of a request together, as read() from
 * /dev/fuse would give it
 *
 * Returns its length, or 0 if the host contradicts itself.
 */
size_t ring_entry_assemble(struct ring_entry *entry);

/*
 * ring_entry_commit - hand over the reply, and offer the entry again
 *
 * It replies with an error if nobody has replied, which would be a mistake.
 */
int ring_entry_commit(struct ring_entry *entry);

/* ring_commit_answered - commit detached requests that have a reply now */
int ring_commit_answered(struct ring *ring);

/* ---- ring-placement.c ---- */

/*
 * ring_placement_allow - raise the limit that changes of policy need
 *
 * To be called before the sandbox.  Whether threads may change their policy.
 */
bool ring_placement_allow(void);

/* For the ring's own thread: */

/* ring_placement_start - bind the thread to its processor */
void ring_placement_start(struct ring *ring);

/* ring_placement_before_wait - the next call sends replies and waits */
void ring_placement_before_wait(struct ring *ring);

/* ring_placement_after_wait - back to normal, at once after that call */
void ring_placement_after_wait(struct ring *ring);

/* ring_placement_note_request - a request of the process @pid came */
void ring_placement_note_request(struct ring *ring, uint32_t pid);

/* ring_placement_note_size - in bytes, of the request or of its reply */
void ring_placement_note_size(struct ring *ring, size_t size);

#endif /* LKLFUSE_RING_H */
