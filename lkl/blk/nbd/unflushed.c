// SPDX-License-Identifier: GPL-2.0-only
/*
 * unflushed.c - copies of the writes that no flush covers yet.
 */
#define _GNU_SOURCE 1

#include "config.h"
#ifdef HAVE_LIBNBD

#include <errno.h>
#include <stdlib.h>

#include "unflushed.h"

void nbd_unflushed_init(struct nbd_unflushed *u)
{
	pthread_mutex_init(&u->lock, NULL);
	u->end = &u->first;
}

void nbd_unflushed_destroy(struct nbd_unflushed *u)
{
	nbd_unflushed_forget(u, UINT64_MAX);
	pthread_mutex_destroy(&u->lock);
}

static size_t bytes_of(const struct nbd_unflushed_write *write)
{
	return sizeof(*write) + (write->type == NBD_COMMAND_WRITE ? write->len : 0);
}

int nbd_unflushed_add(struct nbd_unflushed *u, enum nbd_command_type type,
		      uint32_t flags, const struct iov_cursor *data,
		      uint64_t offset, uint64_t len)
{
	struct nbd_unflushed_write *write;
	struct iov_cursor c;

	write = malloc(sizeof(*write) + (type == NBD_COMMAND_WRITE ? len : 0));
	if (!write)
		return -ENOMEM;
	write->next = NULL;
	write->offset = offset;
	write->len = len;
	write->type = type;
	write->flags = flags;
	if (type == NBD_COMMAND_WRITE) {
		c = *data;
		iov_copy(&c, write->data, len, true);
	}
	pthread_mutex_lock(&u->lock);
	write->number = ++u->last_number;
	*u->end = write;
	u->end = &write->next;
	u->bytes += bytes_of(write);
	pthread_mutex_unlock(&u->lock);
	return 0;
}

bool nbd_unflushed_is_full(struct nbd_unflushed *u)
{
	bool full;

	pthread_mutex_lock(&u->lock);
	full = u->bytes >= NBD_UNFLUSHED_MAX;
	pthread_mutex_unlock(&u->lock);
	return full;
}

uint64_t nbd_unflushed_mark(struct nbd_unflushed *u)
{
	uint64_t mark;

	pthread_mutex_lock(&u->lock);
	mark = u->last_number;
	pthread_mutex_unlock(&u->lock);
	return mark;
}

void nbd_unflushed_forget(struct nbd_unflushed *u, uint64_t mark)
{
	struct nbd_unflushed_write *write;

	pthread_mutex_lock(&u->lock);
	while ((write = u->first) && write->number <= mark) {
		u->first = write->next;
		u->bytes -= bytes_of(write);
		free(write);
	}
	if (!u->first)
		u->end = &u->first;
	pthread_mutex_unlock(&u->lock);
}

#endif /* HAVE_LIBNBD */
