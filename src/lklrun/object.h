/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * object.h - the files in memory that are behind the program's descriptors.
 *
 * This process keeps one descriptor of each, for reading.  inotify tells when the program
 * has closed a descriptor.  If the host refuses a lease, the program has others.
 */
#ifndef LKLRUN_OBJECT_H
#define LKLRUN_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "call.h"

int objects_init(struct lkl_error *err);

/* objects_fd - readable when something was closed */
int objects_fd(void);

/*
 * objects_drain - handle the descriptors that were closed
 *
 * Drops placeholders, and calls file_closed() for files.
 */
void objects_drain(void);

/* objects_watch - from now on, pass these events to inotify_used(), too: IN_... */
void objects_watch(uint32_t events);

/*
 * object_memory - a descriptor for reading in place of one of memfd_create()
 *
 * Closes @memory: nobody is told of that yet.  -errno: it is closed, too.
 */
int object_memory(int memory);

/*
 * objects_end - the program has ended: drop all placeholders
 *
 * A descriptor that it was about to receive may still be on its way.
 */
void objects_end(void);

/*
 * object_new - take a new file in memory
 * @memory: of object_memory(); the object's, if it is made
 */
int object_new(int memory, struct object **ret_object);

/* object_drop - forget it; descriptors of the program stay open */
void object_drop(struct object *object);

/* object_reopen - a new description with O_... @flags of its own, or -errno */
int object_reopen(const struct object *object, int flags);

/* object_is_open - does the program have it open or mapped? */
bool object_is_open(const struct object *object);

/* object_has_writers - the same for writing; no descriptor of ours may write */
bool object_has_writers(const struct object *object);

#endif /* LKLRUN_OBJECT_H */
