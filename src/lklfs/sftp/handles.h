/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * handles.h - the files and directories that the client has open.
 *
 * A handle on the wire is the number of a slot and the slot's generation, so
 * that one that was closed is not taken for its successor.
 */
#ifndef SFTP_HANDLES_H
#define SFTP_HANDLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

struct directory;
struct read_ahead;

struct handle {
	bool used;
	bool reads_only;		/* not open for writing */
	int fd;				/* owned, of the kernel inside */
	struct directory *directory;	/* owns @fd; NULL: it is a file */
	unsigned int dots;		/* of "." and "..", handed out */
	uint32_t generation;
	struct read_ahead *ahead;	/* owned; NULL: none */
	uint64_t next;			/* the end of the last read */
	unsigned int sequential;	/* reads since the last jump */
	size_t written;			/* since write_early() */
};

struct handle_table {
	struct handle *slots;		/* owned */
	uint32_t n;			/* slots that were ever used */
	uint32_t used;
};

/* handle_table_free - close all */
void handle_table_free(struct handle_table *table);

/*
 * handle_add - a handle for an open file or directory
 * @fd: taken, even by a failure
 *
 * -EMFILE if there are SFTP_HANDLES_MAX, -ENOMEM.
 */
int handle_add(struct handle_table *table, int fd, bool is_directory,
	       struct handle **ret_handle);

/* handle_find - the handle that the client names; NULL if there is none */
struct handle *handle_find(const struct handle_table *table,
			   const struct wire_string *name);

/* handle_close - the result of close() */
int handle_close(struct handle_table *table, struct handle *handle);

/* Adds the name of the handle to a reply. */
void handle_put(const struct handle_table *table, const struct handle *handle,
		struct buffer *out);

#endif /* SFTP_HANDLES_H */
