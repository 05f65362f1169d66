/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rings.h - requests and replies through io_uring instead of /dev/fuse.
 *
 * The order of calls: rings_prepare() before the sandbox, rings_start() when
 * the kernel inside runs, rings_connect() once the host has got the reply to
 * FUSE_INIT, rings_stop(), rings_free().
 */
#ifndef LKLFUSE_RINGS_H
#define LKLFUSE_RINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include <lkl.h>

struct fuse_session;
struct ring_entry;
struct rings;

/* The option io_uring= */
enum rings_mode {
	RINGS_AUTO,	/* if the host has them */
	RINGS_YES,	/* fail otherwise */
	RINGS_NO,
};

/*
 * rings_prepare - make the rings, which the sandbox forbids
 * @threads: about as many requests may wait for the disk at a time
 * @ret_rings: NULL if the mount does without; @err says why
 *
 * 0, or -errno if @mode asks for rings and the host has none.
 */
int rings_prepare(struct fuse_session *session, enum rings_mode mode,
		  unsigned int threads, struct rings **ret_rings,
		  struct lkl_error *err);

/*
 * rings_start - start the threads
 * @failed: called once, in one of the threads, with the -errno of a ring that
 *	    broke after rings_connect()
 *
 * 0 if all are ready to get requests.  On failure, FUSE_INIT must not offer
 * rings to the host; rings_stop() is needed all the same.
 */
int rings_start(struct rings *rings, void (*failed)(int error),
		struct lkl_error *err);

/*
 * rings_connect - get requests, or end the threads if the host has no rings
 *
 * When it returns, device_has_rings() says whether the host took the rings.
 */
void rings_connect(struct rings *rings, bool negotiated);

/* rings_are_idle - no request is being answered at the moment */
bool rings_are_idle(struct rings *rings);

/* rings_stop - end the threads when they have answered what they got */
void rings_stop(struct rings *rings);

/* rings_free - @rings may be NULL */
void rings_free(struct rings *rings);

/* rings_reply - reply to the request of @entry: a struct fuse_out_header and
 * data.  The number of bytes, or -1 and errno. */
ssize_t rings_reply(struct ring_entry *entry, const struct iovec *iov,
		    int count);

/*
 * rings_detach - another thread is going to reply to the request
 *
 * To be called by the thread that processes it.  0 or -errno.
 */
int rings_detach(struct ring_entry *entry);

/* rings_undo_detach - that other thread could not be started */
void rings_undo_detach(struct ring_entry *entry);

#endif /* LKLFUSE_RINGS_H */
