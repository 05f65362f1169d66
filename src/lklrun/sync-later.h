/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sync-later.h - calls that wait for the disk, beside those of other processes.
 */
#ifndef LKLRUN_SYNC_LATER_H
#define LKLRUN_SYNC_LATER_H

#include "call.h"

enum sync_kind {
	SYNC_FILE,		/* fsync() */
	SYNC_DATA,		/* fdatasync() */
	SYNC_FILE_SYSTEM,	/* syncfs() */
	SYNC_ALL,		/* sync() */
};

/*
 * sync_later - sync in a thread, which answers the call
 * @inside: a descriptor inside, which the calling function keeps; -1 for SYNC_ALL
 * @result: of the call, if the sync succeeds
 *
 * What the program has written is flushed already.  Returns CALL_ANSWERED; or the
 * result, if there is no thread.
 */
long sync_later(const struct call *call, enum sync_kind kind, int inside,
		long result);

/* sync_later_end - wait until all are done; before the image is unmounted */
void sync_later_end(void);

#endif /* LKLRUN_SYNC_LATER_H */
