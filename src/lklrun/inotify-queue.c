// SPDX-License-Identifier: GPL-2.0-only
/*
 * inotify-queue.c - events on their way to the program, through a pipe.
 *
 * Each event is a packet (O_DIRECT).  The kernel's own queue has room for more events
 * than a pipe, so the rest waits here.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "inotify-queue.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As /proc/sys/fs/inotify/max_queued_events is by default. */
#define EVENTS_MAX	16384u
#define PIPE_BYTES	(256 << 10)	/* 64 packets */

struct queued_event {
	struct queued_event *next;
	size_t len;
	char bytes[];
};

int inotify_queue_open(struct inotify_queue *queue)
{
	int ends[2];

	*queue = (struct inotify_queue){ .pipe = -1, .last = &queue->first };
	if (pipe2(ends, O_CLOEXEC | O_DIRECT | O_NONBLOCK))
		return -errno;
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	queue->pipe = ends[1];
	return ends[0];
}

static bool send_now(const struct inotify_queue *queue, const void *event,
		     size_t len)
{
	/* EPIPE: nobody reads it any more; inotify_queue_is_closed() sees it, too. */
	return write(queue->pipe, event, len) >= 0 || errno == EPIPE;
}

void inotify_queue_add(struct inotify_queue *queue,
		       const struct inotify_event *event)
{
	static const struct inotify_event overflow = {
		.wd = -1, .mask = IN_Q_OVERFLOW,
	};
	struct queued_event *queued;
	size_t len;

	if (queue->n > EVENTS_MAX)
		return;
	if (queue->n == EVENTS_MAX)
		event = &overflow;
	len = sizeof(*event) + event->len;
	if (!queue->first && send_now(queue, event, len))
		return;
	queued = malloc(sizeof(*queued) + len);
	if (!queued)
		return;
	queued->next = NULL;
	queued->len = len;
	memcpy(queued->bytes, event, len);
	*queue->last = queued;
	queue->last = &queued->next;
	queue->n++;
}

static void remove_first(struct inotify_queue *queue)
{
	struct queued_event *queued = queue->first;

	queue->first = queued->next;
	if (!queue->first)
		queue->last = &queue->first;
	queue->n--;
	free(queued);
}

bool inotify_queue_send(struct inotify_queue *queue)
{
	while (queue->first &&
	       send_now(queue, queue->first->bytes, queue->first->len))
		remove_first(queue);
	return !queue->first;
}

bool inotify_queue_is_closed(const struct inotify_queue *queue)
{
	struct pollfd end = { .fd = queue->pipe };

	return poll(&end, 1, 0) > 0 && end.revents & POLLERR;
}

void inotify_queue_close(struct inotify_queue *queue)
{
	while (queue->first)
		remove_first(queue);
	if (queue->pipe >= 0)
		close(queue->pipe);
	queue->pipe = -1;
}
