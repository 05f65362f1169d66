// SPDX-License-Identifier: GPL-2.0-only
/*
 * fingerprint.c - keeps some data of an export and compares them later.
 */
#define _GNU_SOURCE 1

#include "config.h"
#ifdef HAVE_LIBNBD

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "blk/error.h"
#include "fingerprint.h"

#define COPIES	(FINGERPRINT_READS + FINGERPRINT_WRITES)

void nbd_fingerprint_init(struct nbd_fingerprint *f)
{
	pthread_mutex_init(&f->lock, NULL);
}

void nbd_fingerprint_destroy(struct nbd_fingerprint *f)
{
	unsigned int i;

	for (i = 0; i < COPIES; i++)
		free(f->copies[i].data);
	pthread_mutex_destroy(&f->lock);
}

static bool overlaps(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	return a < b + b_len && b < a + a_len;
}

static void forget_range(struct nbd_fingerprint *f, uint64_t offset,
			 uint64_t len)
{
	struct nbd_fingerprint_copy *copy;

	for (copy = f->copies; copy < f->copies + COPIES; copy++) {
		if (!copy->data ||
		    !overlaps(copy->offset, copy->len, offset, len))
			continue;
		free(copy->data);
		copy->data = NULL;
	}
}

void nbd_fingerprint_begin(struct nbd_fingerprint *f,
			   struct nbd_fingerprint_change *change,
			   enum nbd_command_type type, uint64_t offset,
			   uint64_t len)
{
	change->offset = offset;
	change->len = len;
	pthread_mutex_lock(&f->lock);
	change->next = f->changes;
	f->changes = change;
	f->begun_or_ended++;
	f->trimmed |= type == NBD_COMMAND_TRIM;
	forget_range(f, offset, len);
	pthread_mutex_unlock(&f->lock);
}

void nbd_fingerprint_end(struct nbd_fingerprint *f,
			 struct nbd_fingerprint_change *change,
			 struct nbd_unflushed *u, bool failed)
{
	struct nbd_fingerprint_change **at;

	pthread_mutex_lock(&f->lock);
	for (at = &f->changes; *at != change; at = &(*at)->next)
		;
	*at = change->next;
	f->begun_or_ended++;
	if (failed)
		f->failed = nbd_unflushed_mark(u);
	pthread_mutex_unlock(&f->lock);
}

uint64_t nbd_fingerprint_mark(struct nbd_fingerprint *f)
{
	uint64_t mark;

	pthread_mutex_lock(&f->lock);
	mark = f->begun_or_ended;
	pthread_mutex_unlock(&f->lock);
	return mark;
}

/* Whether a change of the range, other than @except, is not flushed.  Locked. */
static bool is_changing(const struct nbd_fingerprint *f,
			const struct nbd_unflushed *u,
			const struct nbd_unflushed_write *except,
			uint64_t offset, uint64_t len)
{
	const struct nbd_fingerprint_change *change;
	const struct nbd_unflushed_write *write;

	for (change = f->changes; change; change = change->next)
		if (overlaps(change->offset, change->len, offset, len))
			return true;
	for (write = u->first; write; write = write->next)
		if (write != except &&
		    overlaps(write->offset, write->len, offset, len))
			return true;
	return false;
}

/* A place for a read: a free one, unless the data are there already. */
static struct nbd_fingerprint_copy *place_for_read(struct nbd_fingerprint *f,
						   uint64_t offset, size_t len)
{
	struct nbd_fingerprint_copy *copy, *place = NULL;

	for (copy = f->copies; copy < f->copies + COPIES; copy++) {
		if (copy->data &&
		    overlaps(copy->offset, copy->len, offset, len))
			return NULL;
		if (!copy->data && copy < f->copies + FINGERPRINT_READS)
			place = copy;
	}
	return place;
}

/* Without memory the place stays free. */
static void keep(struct nbd_fingerprint_copy *place, struct iov_cursor data,
		 uint64_t offset, size_t len)
{
	free(place->data);
	place->data = malloc(len);
	if (!place->data)
		return;
	place->offset = offset;
	place->len = len;
	iov_copy(&data, place->data, len, true);
}

void nbd_fingerprint_add_read(struct nbd_fingerprint *f,
			      struct nbd_unflushed *u, uint64_t mark,
			      const struct iov_cursor *data, uint64_t offset,
			      size_t len, size_t max)
{
	struct nbd_fingerprint_copy *place;

	if (!len)
		return;
	if (len > max)
		len = max;
	pthread_mutex_lock(&f->lock);
	place = f->trimmed || f->begun_or_ended != mark ?
			NULL : place_for_read(f, offset, len);
	if (place) {
		pthread_mutex_lock(&u->lock);
		if (!is_changing(f, u, NULL, offset, len))
			keep(place, *data, offset, len);
		pthread_mutex_unlock(&u->lock);
	}
	pthread_mutex_unlock(&f->lock);
}

static void add_flushed_write(struct nbd_fingerprint *f,
			      const struct nbd_unflushed *u,
			      struct nbd_unflushed_write *write, size_t max)
{
	const size_t len = write->len < max ? write->len : max;
	const struct iovec iov = { .iov_base = write->data, .iov_len = len };
	struct nbd_fingerprint_copy *place;

	if (write->number <= f->failed ||
	    is_changing(f, u, write, write->offset, len))
		return;
	place = &f->copies[FINGERPRINT_READS +
			   f->next_write++ % FINGERPRINT_WRITES];
	keep(place, iov_begin(&iov, 1), write->offset, len);
}

void nbd_fingerprint_add_flushed(struct nbd_fingerprint *f,
				 struct nbd_unflushed *u, uint64_t mark,
				 size_t max)
{
	struct nbd_unflushed_write *last[FINGERPRINT_FLUSHED], *write;
	unsigned int n = 0, i;

	pthread_mutex_lock(&f->lock);
	pthread_mutex_lock(&u->lock);
	for (write = u->first; write && write->number <= mark;
	     write = write->next)
		if (write->type == NBD_COMMAND_WRITE && write->len)
			last[n++ % FINGERPRINT_FLUSHED] = write;
	for (i = 0; i < n && i < FINGERPRINT_FLUSHED; i++)
		add_flushed_write(f, u, last[i], max);
	pthread_mutex_unlock(&u->lock);
	pthread_mutex_unlock(&f->lock);
}

static int compare_copy(const struct nbd_fingerprint_copy *copy,
			struct nbd_connection *connection,
			struct lkl_error *err)
{
	struct nbd_command command = {
		.type = NBD_COMMAND_READ,
		.offset = copy->offset,
		.len = copy->len,
		.buf = malloc(copy->len),
	};
	int ret;

	if (!command.buf)
		return lkl_fail(err, -ESTALE, "there is no memory to compare its data");
	nbd_connection_submit(connection, &command);
	ret = nbd_connection_wait(&command);
	if (ret == -ECONNRESET || ret == -ETIMEDOUT)
		ret = lkl_fail(err, ret, "%s", strerror(-ret));
	else if (ret)
		ret = lkl_fail(err, -ESTALE,
			       "data at offset %" PRIu64
			       " cannot be read again: %s",
			       copy->offset, strerror(-ret));
	else if (memcmp(command.buf, copy->data, copy->len))
		ret = lkl_fail(err, -ESTALE,
			       "the server now has other data at offset %" PRIu64
			       ": it is another disk, or another program wrote to it",
			       copy->offset);
	free(command.buf);
	return ret;
}

int nbd_fingerprint_compare(struct nbd_fingerprint *f,
			    struct nbd_connection *connection,
			    struct lkl_error *err)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < COPIES && !ret; i++)
		if (f->copies[i].data)
			ret = compare_copy(&f->copies[i], connection, err);
	return ret;
}

#endif /* HAVE_LIBNBD */
