/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inotify-queue.h - events on their way to the program, through a pipe.
 */
#ifndef LKLRUN_INOTIFY_QUEUE_H
#define LKLRUN_INOTIFY_QUEUE_H

#include <stdbool.h>
#include <sys/inotify.h>

struct inotify_queue {
	int pipe;		/* the end for writing, owned; -1: none */
	/* Events that did not fit into the pipe. */
	struct queued_event *first, **last;
	unsigned int n;
};

/*
 * inotify_queue_open - make the pipe of a queue
 *
 * Returns the end for reading, which the calling function closes, or -errno.
 */
int inotify_queue_open(struct inotify_queue *queue);

/* inotify_queue_add - send an event behind those that wait; too many become one */
void inotify_queue_add(struct inotify_queue *queue,
		       const struct inotify_event *event);

/* inotify_queue_send - send the events that wait; false if some do not fit yet */
bool inotify_queue_send(struct inotify_queue *queue);

/* inotify_queue_is_closed - has the program closed its end? */
bool inotify_queue_is_closed(const struct inotify_queue *queue);

void inotify_queue_close(struct inotify_queue *queue);

#endif /* LKLRUN_INOTIFY_QUEUE_H */
