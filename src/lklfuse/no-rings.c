// SPDX-License-Identifier: GPL-2.0-only
/*
 * no-rings.c - rings.h in a build without liburing: all requests come from
 * /dev/fuse.
 */
#include "rings.h"

#include <errno.h>

#include "common/error.h"

int rings_prepare(struct fuse_session *session, enum rings_mode mode,
		  unsigned int threads, struct rings **ret_rings,
		  struct lkl_error *err)
{
	(void)session;
	(void)threads;
	*ret_rings = NULL;
	return error_set(err, mode == RINGS_YES ? -EOPNOTSUPP : 0,
			 "lklfuse was built without io_uring");
}

/* rings_prepare() makes no rings. */

int rings_start(struct rings *rings, void (*failed)(int error),
		struct lkl_error *err)
{
	(void)rings;
	(void)failed;
	return error_set(err, -EOPNOTSUPP, "there is no io_uring");
}

void rings_connect(struct rings *rings, bool negotiated)
{
	(void)rings;
	(void)negotiated;
}

bool rings_are_idle(struct rings *rings)
{
	(void)rings;
	return true;
}

void rings_stop(struct rings *rings)
{
	(void)rings;
}

void rings_free(struct rings *rings)
{
	(void)rings;
}

ssize_t rings_reply(struct ring_entry *entry, const struct iovec *iov,
		    int count)
{
	(void)entry;
	(void)iov;
	(void)count;
	errno = EOPNOTSUPP;
	return -1;
}

int rings_detach(struct ring_entry *entry)
{
	(void)entry;
	return -EOPNOTSUPP;
}

void rings_undo_detach(struct ring_entry *entry)
{
	(void)entry;
}
