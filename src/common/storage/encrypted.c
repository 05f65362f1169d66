// SPDX-License-Identifier: GPL-2.0-only
/*
 * encrypted.c - which encrypted volumes are opened.
 *
 * A volume that the user has named (--unlock=all names all) is opened as soon as it is
 * found.  If nothing else is left to find, and the file system that the user wants is
 * not there, the only closed volume is opened.  If several are closed, the user has to
 * choose.
 */
#include "encrypted.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cli/quote.h"
#include "common/error.h"

/* The name of a volume stands for the volume in it, too, if there is only one. */
static bool is_chosen(const struct storage *storage,
		      const struct volume *volume)
{
	const char *which = storage->options.which;

	while (which) {
		if (volume_matches(volume, which))
			return true;
		if (volume->n_parents != 1 ||
		    volume->parents[0]->n_children != 1)
			return false;
		volume = volume->parents[0];
	}
	return false;
}

static int open_inner(struct storage *storage, struct volume *inner,
		      struct lkl_error *err)
{
	struct lkl_error reason = { "no key is given" };
	char node[MAPPER_NODE_MAX] = "";
	int ret;

	inner->tried = true;
	ret = storage->options.unlock(storage->options.opaque,
				      inner->parents[0], node, &reason);
	if (ret == -ENOMEM)
		return error_no_memory(err);
	inner->unlock_error = ret;
	strcpy(inner->node, node);
	inner->problem[0] = '\0';
	if (!*node)
		snprintf(inner->problem, sizeof(inner->problem),
			 "encrypted: %.300s", reason.text);
	return 0;
}

int encrypted_add(struct storage *storage, struct volume *volume,
		  struct lkl_error *err)
{
	const struct storage_options *options = &storage->options;
	struct volume *inner;
	int ret = volume_add(storage, VOLUME_DECRYPTED, &volume, 1, &inner,
			     err);

	if (ret < 0)
		return ret;
	snprintf(inner->name, sizeof(inner->name), "%.250s:decrypted",
		 volume->name);
	strcpy(inner->uuid, volume->probe.uuid);
	strcpy(inner->problem, "encrypted: not opened");
	if (!options->unlock || !*volume->node) {
		inner->tried = true;
		return 0;
	}
	if (options->open_all || is_chosen(storage, inner) ||
	    (options->unlock_wanted &&
	     options->unlock_wanted(options->opaque, volume)))
		return open_inner(storage, inner, err);
	return 0;
}

static bool is_unknown(const struct volume *volume)
{
	return *volume->node && !volume->probe.type[0] && !volume->n_children;
}

static int find_unmarked(const struct storage *storage,
			 struct volume **ret_volume, struct lkl_error *err)
{
	struct volume *found = NULL;
	unsigned int i;

	if (storage->options.which)
		return storage_find(storage, storage->options.which, ret_volume,
				    err);
	for (i = 0; i < storage->n_volumes; i++) {
		if (!is_unknown(storage->volumes[i]))
			continue;
		if (found)
			return error_set(err, -ENOTUNIQ,
					 "%s: several volumes may be the encrypted one: choose one with --partition or --volume",
					 storage->options.unmarked);
		found = storage->volumes[i];
	}
	if (!found)
		return error_set(err, -ENXIO,
				 "%s: no volume can be the encrypted one: all hold something else",
				 storage->options.unmarked);
	*ret_volume = found;
	return 0;
}

int encrypted_add_unmarked(struct storage *storage, struct volume **ret_opened,
			   struct lkl_error *err)
{
	struct volume *volume = NULL;
	int ret = find_unmarked(storage, &volume, err);

	if (ret < 0)
		return ret;
	storage->has_unmarked = true;
	if (!strcmp(volume->probe.type, "crypto_LUKS"))
		return error_set(err, -EINVAL,
				 "%s: %s has a LUKS header of its own",
				 storage->options.unmarked,
				 quote_name(volume->name));
	volume->unmarked = true;
	/* Random bytes may look like something to the probe. */
	memset(&volume->probe, 0, sizeof(volume->probe));
	ret = encrypted_add(storage, volume, err);
	if (!ret)
		*ret_opened = volume->children[volume->n_children - 1];
	if (!ret && !(*ret_opened)->tried)
		ret = open_inner(storage, *ret_opened, err);
	return ret;
}

static bool is_closed(const struct volume *volume)
{
	return volume->kind == VOLUME_DECRYPTED && !volume->tried;
}

unsigned int encrypted_count_closed(const struct storage *storage)
{
	unsigned int i, n = 0;

	for (i = 0; i < storage->n_volumes; i++)
		n += is_closed(storage->volumes[i]);
	return n;
}

static bool is_wanted_found(const struct storage *storage)
{
	const char *which = storage->options.which;
	unsigned int i;

	for (i = 0; i < storage->n_volumes; i++)
		if (which ? volume_matches(storage->volumes[i], which) :
			    volume_is_candidate(storage->volumes[i]))
			return true;
	return false;
}

int encrypted_open_needed(struct storage *storage, struct volume **ret_opened,
			  struct lkl_error *err)
{
	unsigned int i;
	int ret;

	*ret_opened = NULL;
	if (storage->options.list_only ||
	    encrypted_count_closed(storage) != 1 || is_wanted_found(storage))
		return 0;
	for (i = 0; !is_closed(storage->volumes[i]); i++)
		;
	ret = open_inner(storage, storage->volumes[i], err);
	if (!ret)
		*ret_opened = storage->volumes[i];
	return ret;
}
