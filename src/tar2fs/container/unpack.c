// SPDX-License-Identifier: GPL-2.0-only
/*
 * unpack.c - unpacks the members of layers that a plan lists.
 *
 * The plan has them in the order of the layers and of their members, so one
 * entry is looked at after the other.
 */
#include "container.h"

#include <errno.h>
#include <stdlib.h>

#include "common/cli/quote.h"
#include "common/copy/archive.h"
#include "common/error.h"
#include "plan.h"

struct unpacking {
	struct plan plan;
	struct plan_entry next;
	uint32_t layer, ordinal;	/* of the next member */
};

/* The path of @ordinal, if the next entry of the plan is about it. */
static int take_path(struct unpacking *unpacking, uint32_t ordinal,
		     char **ret_path)
{
	struct plan_entry *next = &unpacking->next;

	*ret_path = NULL;
	if (!next->path || next->layer != unpacking->layer ||
	    next->ordinal != ordinal)
		return 0;
	*ret_path = next->path;
	next->path = NULL;
	return plan_read_entry(&unpacking->plan, next);
}

static int select_path(void *opaque, char **ret_path)
{
	struct unpacking *unpacking = opaque;

	return take_path(unpacking, unpacking->ordinal++, ret_path);
}

static int select_link(void *opaque, char **ret_path)
{
	struct unpacking *unpacking = opaque;

	return take_path(unpacking, unpacking->ordinal - 1, ret_path);
}

static int unpack_layer(struct unpacking *unpacking, const struct store *store,
			struct unpack *unpack, struct lkl_error *err)
{
	const struct layer *layer =
		&unpacking->plan.image.layers[unpacking->layer];
	const struct member_selection selection = {
		.path = select_path, .link = select_link, .opaque = unpacking,
	};
	struct archive_source source = {
		.path = layer->name, .read = layer_stream_read,
	};
	/* All digests are known, and were checked with a limit. */
	uint64_t budget = UINT64_MAX;
	struct layer_stream *stream;
	struct lkl_error stream_err;
	int ret, finished;

	ret = layer_stream_open(store, layer, &budget, false, &stream, err);
	if (ret < 0)
		return ret;
	source.opaque = stream;
	unpacking->ordinal = 0;
	ret = archive_unpack(unpack, &source, &selection, err);
	finished = ret == -EINTR || ret == -ENOSPC ? 0 :
		layer_stream_finish(stream, &stream_err);
	if (finished < 0) {
		*err = stream_err;
		ret = finished;
	}
	layer_stream_close(stream);
	if (!ret && unpacking->next.path &&
	    unpacking->next.layer == unpacking->layer)
		ret = error_set(err, -EIO, "%s: changed while it was read",
				quote_name(layer->name));
	return ret;
}

static int unpack_layers(struct unpacking *unpacking, const struct store *store,
			 struct unpack *unpack, struct lkl_error *err)
{
	int ret;

	ret = plan_read_entry(&unpacking->plan, &unpacking->next);
	if (ret < 0)
		return error_set(err, ret, "cannot read a temporary file again");
	/* Layers of which nothing is left are not read. */
	while (!ret && unpacking->next.path) {
		if (unpacking->next.layer >= unpacking->plan.image.n)
			return error_set(err, -EIO,
					 "cannot read a temporary file again");
		unpacking->layer = unpacking->next.layer;
		ret = unpack_layer(unpacking, store, unpack, err);
	}
	return ret;
}

static int open_store(const struct container_input *input,
		      enum plan_place place, struct store **ret_store,
		      struct lkl_error *err)
{
	switch (place) {
	case PLAN_FOLDER:
		return store_open_folder(input->fd, ret_store, err);
	case PLAN_ARCHIVE:
		return store_open_tar(input->fd, input->start, ret_store, err);
	case PLAN_SPOOL:
		break;
	}
	return store_open_tar(input->spool, 0, ret_store, err);
}

int container_unpack(const struct container_input *input,
		     struct unpack *unpack, struct lkl_error *err)
{
	struct unpacking unpacking = { 0 };
	struct store *store = NULL;
	int ret;

	ret = plan_read_begin(input->plan, &unpacking.plan, err);
	if (ret < 0)
		return ret;
	ret = open_store(input, unpacking.plan.place, &store, err);
	if (!ret)
		ret = unpack_layers(&unpacking, store, unpack, err);
	store_close(store);
	free(unpacking.next.path);
	plan_read_end(&unpacking.plan);
	return ret < 0 ? error_prefix(err, ret, "%s", quote_name(input->path)) :
		0;
}
