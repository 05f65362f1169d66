/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inotify-instance.h - what a descriptor of inotify_init() stands for.
 */
#ifndef LKLRUN_INOTIFY_INSTANCE_H
#define LKLRUN_INOTIFY_INSTANCE_H

#include <stdint.h>

#include "inotify-queue.h"

/* Watches of the host have numbers from here on: each kernel begins with 1. */
#define INOTIFY_HOST_WATCHES	0x40000000

struct inotify_instance {
	uint64_t key;		/* inode number of the pipe */
	int inside;		/* inotify of the kernel inside */
	int host;		/* of the host */
	struct inotify_watch *watches;	/* of files of the image */
	struct inotify_queue queue;
	struct inotify_instance *next;
};

/*
 * inotify_instance_new - make one
 * @ret_end: where the program reads its events; the calling function closes it
 *
 * Frees those that the program has closed.  NULL: there are too many.
 */
struct inotify_instance *inotify_instance_new(int *ret_end);

/* inotify_instance_free - before inotify_instance_add() */
void inotify_instance_free(struct inotify_instance *instance);

/*
 * inotify_instance_add - from now on, tell its watches
 * @key: the inode number of the pipe
 */
void inotify_instance_add(struct inotify_instance *instance, uint64_t key);

/* inotify_instance_find - by the inode number of its pipe, or NULL */
struct inotify_instance *inotify_instance_find(uint64_t key);

/* inotify_instance_take - take what both kernels have told */
void inotify_instance_take(struct inotify_instance *instance);

/*
 * inotify_instance_note_watch - the kernel inside watches a file
 * @number: of the watch, which may be there already
 * @fd: of the file, inside
 * @events: as the program asked for them
 *
 * Returns the number, or -errno: the watch is removed.
 */
long inotify_instance_note_watch(struct inotify_instance *instance, int number,
				 int fd, uint32_t events);

#endif /* LKLRUN_INOTIFY_INSTANCE_H */
