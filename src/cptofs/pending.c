// SPDX-License-Identifier: GPL-2.0-only
/*
 * pending.c - directories of an archive whose attributes are set at the end.
 *
 * There may be a million of them, so that of struct lkl_statx only what is set
 * is kept.
 */
#include "pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attributes.h"
#include "parents.h"

struct pending {
	struct pending *next;		/* the one before it */
	struct lkl_statx_timestamp atime, mtime;
	uint32_t uid, gid;
	uint16_t mode;
	bool existing;
	bool touched;			/* that is all: see attributes_touched() */
	char *xattrs;			/* records, as struct xattrs has them */
	size_t xattrs_len;
	char path[];
};

static struct pending *add(struct pending **pending, const char *path)
{
	size_t size = strlen(path) + 1;
	struct pending *new = calloc(1, sizeof(*new) + size);

	if (!new)
		return NULL;
	memcpy(new->path, path, size);
	new->next = *pending;
	*pending = new;
	return new;
}

int pending_add(struct pending **pending, struct job *job, const char *path,
		const struct lkl_statx *st, bool existing)
{
	struct pending *new = add(pending, path);

	if (!new)
		return -ENOMEM;
	new->atime = st->stx_atime;
	new->mtime = st->stx_mtime;
	new->uid = st->stx_uid;
	new->gid = st->stx_gid;
	new->mode = st->stx_mode;
	new->existing = existing;
	/* Handed over; the next member begins with none. */
	if (job->xattrs.len) {
		new->xattrs = job->xattrs.records;
		new->xattrs_len = job->xattrs.len;
		job->xattrs.records = NULL;
		job->xattrs.len = job->xattrs.size = 0;
	}
	return 0;
}

int pending_add_touched(struct pending **pending, const char *path)
{
	struct pending *new = add(pending, path);

	if (!new)
		return -ENOMEM;
	new->touched = true;
	return 0;
}

/* job->xattrs.records is lent to it. */
static int finish(const struct pending *pending, struct job *job)
{
	const struct lkl_statx st = {
		.stx_atime = pending->atime,
		.stx_mtime = pending->mtime,
		.stx_uid = pending->uid,
		.stx_gid = pending->gid,
		.stx_mode = pending->mode,
		.stx_nlink = 1,
	};
	const struct spot spot = { .name = pending->path };
	struct place place;
	int ret;

	path_cut(&job->target, job->base_len);
	ret = path_push(&job->target, pending->path);
	if (ret < 0)
		return ret;
	place = (struct place){ .fd = parents_open(job, pending->path) };
	if (place.fd < 0)
		return job_target_error(job, place.fd,
					"cannot open directory again");
	job->xattrs.records = pending->xattrs;
	job->xattrs.len = pending->xattrs_len;
	ret = pending->touched ? attributes_touched(job, &place) :
		attributes_apply(job, &place, &st, &spot, pending->existing);
	parents_close(job, place.fd);
	return ret;
}

/* Those that came last first, so that no change of one is seen in another. */
int pending_finish(struct pending **pending, struct job *job)
{
	struct xattrs own = job->xattrs;
	struct pending *last;
	int ret = 0;

	while ((last = *pending)) {
		*pending = last->next;
		if (!ret)
			ret = finish(last, job);
		free(last->xattrs);
		free(last);
	}
	/* Lists may have been allocated meanwhile. */
	own.list = job->xattrs.list;
	own.value = job->xattrs.value;
	job->xattrs = own;
	return ret;
}
