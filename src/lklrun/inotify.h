/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inotify.h - what programs that use inotify are told.
 */
#ifndef LKLRUN_INOTIFY_H
#define LKLRUN_INOTIFY_H

#include <stdint.h>
#include <sys/inotify.h>

/* inotify_fd - readable when a file of the host that is watched has changed */
int inotify_fd(void);

/*
 * inotify_tick - pass on what has happened; cheap enough to call after each event
 *
 * Returns the milliseconds after which to call it, or -1.
 */
int inotify_tick(void);

/*
 * inotify_hold, inotify_release - what happens inside between them is not the program's
 * work, and nobody is told
 */
void inotify_hold(void);
void inotify_release(void);

/*
 * inotify_used - the program has opened, written or closed a regular file
 * @inside: a descriptor of it
 * @events: IN_...; all but those of IN_USE are ignored
 *
 * The next call inside is made as root.
 */
#define IN_USE	(IN_MODIFY | IN_OPEN | IN_CLOSE)
void inotify_used(int inside, uint32_t events);

/* inotify_end - forget all; before the image is unmounted */
void inotify_end(void);

#endif /* LKLRUN_INOTIFY_H */
