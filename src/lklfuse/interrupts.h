/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * interrupts.h - programs that are killed while they wait for a request.
 *
 * The host sends FUSE_INTERRUPT when a program that waits for a request gets any
 * signal.  If the program handles the signal, a request must not fail: no file
 * system of a disk returns EINTR from stat().  If the signal ends the program,
 * the host waits for the reply all the same, and a request that waits for a dead
 * server has none.
 *
 * So a thread looks, by way of the guardian, whether the waiting thread is about
 * to die, and then replies EINTR in place of the worker.  It does so only for
 * requests that change nothing and use no open file.  The worker goes on; the host
 * refuses its reply, and it then takes back what the host does not know of.
 *
 * Requests from io_uring are not interrupted: their memory is the host's again
 * when they are answered, and the worker still uses it.
 */
#ifndef LKLFUSE_INTERRUPTS_H
#define LKLFUSE_INTERRUPTS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

struct device;

/* The request that a worker is answering.  Only the worker writes it. */
struct in_flight {
	int fd;			/* where the reply goes */
	atomic_ullong unique;	/* 0: none, or none that can be interrupted */
	atomic_int thread;	/* that waits for it */
};

/*
 * interrupts_start - start the thread
 *
 * Until interrupts_stop(), interrupts_watch() may add workers.
 */
int interrupts_start(struct lkl_error *err);
void interrupts_stop(void);

/* interrupts_watch - @in_flight is valid until interrupts_stop() */
void interrupts_watch(struct in_flight *in_flight);

/*
 * in_flight_begin, in_flight_end - the worker answers the request of @len bytes
 * that is in @device
 */
void in_flight_begin(struct in_flight *in_flight, struct device *device,
		     size_t len);
void in_flight_end(struct in_flight *in_flight);

/* interrupts_note - the host wants request @unique to be interrupted */
void interrupts_note(uint64_t unique);

#endif /* LKLFUSE_INTERRUPTS_H */
