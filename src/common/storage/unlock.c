// SPDX-License-Identifier: GPL-2.0-only
/*
 * unlock.c - opens the encrypted volumes of the storage stack, with the keys that
 * the user has given.
 */
#include "unlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/error.h"
#include "key-guardian.h"
#include "luks.h"
#include "volume.h"

struct unlocker {
	const char *image;
	const struct key_options *options;
	struct key_guardian *guardian;	/* NULL: there is no key */
	int header;			/* the file of --luks-header, or -1 */
};

static int open_header(struct unlocker *unlocker, struct lkl_error *err)
{
	const char *path = unlocker->options->luks_header;

	unlocker->header = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (path && unlocker->header < 0)
		return error_set(err, -errno,
				 "cannot open the LUKS header %s: %s",
				 quote_name(path), strerror(errno));
	return 0;
}

int unlocker_start(const char *image, const struct key_options *options,
		   const char *sandbox, struct unlocker **ret_unlocker,
		   struct lkl_error *err)
{
	struct unlocker *unlocker = calloc(1, sizeof(*unlocker));
	int ret;

	if (!unlocker)
		return error_no_memory(err);
	unlocker->image = image;
	unlocker->options = options;
	ret = key_guardian_start(options, sandbox, &unlocker->guardian, err);
	if (!ret)
		ret = open_header(unlocker, err);
	else
		unlocker->header = -1;
	if (ret < 0) {
		unlocker_end(unlocker);
		return ret;
	}
	*ret_unlocker = unlocker;
	return 0;
}

/* The names that an option may have for a volume. */
#define VOLUME_NAMES(volume) {						\
		(volume)->name, (volume)->probe.uuid,			\
		(volume)->probe.label, (volume)->label, NULL,		\
	}

static bool is_named(const struct key_options *options,
		     const struct volume *volume)
{
	const char *const names[] = VOLUME_NAMES(volume), *const *name;

	if (options->unlock_all)
		return true;
	for (name = names; *name; name++)
		if (**name && key_options_name(options, *name))
			return true;
	return false;
}

bool unlocker_wants(void *opaque, const struct volume *volume)
{
	const struct unlocker *unlocker = opaque;

	return !unlocker->guardian || is_named(unlocker->options, volume);
}

int unlocker_open(void *opaque, const struct volume *volume,
		  char ret_node[MAPPER_NODE_MAX], struct lkl_error *err)
{
	const struct unlocker *unlocker = opaque;
	const char *const names[] = VOLUME_NAMES(volume);
	const struct luks_options options = {
		.read_only = volume->read_only,
		.allow_discards = unlocker->options->allow_discards,
		.header = volume->unmarked ? unlocker->header : -1,
	};
	char description[512];
	struct key_request request = {
		.description = description, .names = names,
		.veracrypt = volume->unmarked && unlocker->options->veracrypt,
	};

	if (volume->kind == VOLUME_DISK)
		snprintf(description, sizeof(description), "%.250s",
			 quote_name(unlocker->image));
	else
		snprintf(description, sizeof(description), "%.250s: %s%.200s",
			 quote_name(unlocker->image),
			 volume->kind == VOLUME_PARTITION ? "partition " : "",
			 quote_name(volume->name));
	return luks_unlock(unlocker->guardian, volume->node, &request,
			   &options, ret_node, err);
}

/* It is encrypted, or cannot be read. */
static bool may_be_encrypted(const struct volume *volume)
{
	return volume->unmarked ||
		!strcmp(volume->probe.type, "crypto_LUKS") ||
		(!*volume->node && volume->kind != VOLUME_DECRYPTED);
}

/* Does @unlock of --unlock, or else @source of --key, name a volume? */
static bool is_known(const struct storage *storage, const char *unlock,
		     const struct key_source *source)
{
	unsigned int i;

	for (i = 0; i < storage_count(storage); i++) {
		const struct volume *volume = storage_volume(storage, i);
		const char *const names[] = VOLUME_NAMES(volume), *const *name;

		if (!may_be_encrypted(volume))
			continue;
		for (name = names; *name; name++)
			if (**name &&
			    (unlock ? key_unlock_is_for(unlock, *name) :
				      key_source_is_for(source, *name)))
				return true;
	}
	return false;
}

void unlocker_check_names(const struct unlocker *unlocker,
			  const struct storage *storage)
{
	const struct key_options *options = unlocker->options;
	const struct key_source *source;
	unsigned int i;

	for (i = 0; i < options->n_unlock; i++)
		if (!is_known(storage, options->unlock[i], NULL))
			report_warning("%s: no encrypted volume is %s (--unlock)",
				       quote_name(unlocker->image),
				       quote_name(options->unlock[i]));
	for (i = 0; i < options->n_sources; i++) {
		char name[100];

		source = &options->sources[i];
		if (!source->volume_len || is_known(storage, NULL, source))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)source->volume_len,
			 source->volume);
		report_warning("%s: no encrypted volume is %s (--key)",
			       quote_name(unlocker->image), quote_name(name));
	}
}

/* Is the volume closed, though its key was there? */
static bool has_failed(const struct key_options *options,
		       const struct volume *volume, bool one_is_open)
{
	if (*volume->node)
		return false;
	if (is_named(options, volume->parents[0]))
		return true;
	return options->n_sources && volume->unlock_error &&
		volume->unlock_error != -ENOKEY &&
		(volume->unlock_error != -EPERM || !one_is_open);
}

int unlocker_check_opened(const struct key_options *options,
			  const struct storage *storage, struct lkl_error *err)
{
	const struct volume *volume;
	bool one_is_open = false;
	unsigned int i;

	for (i = 0; i < storage_count(storage); i++) {
		volume = storage_volume(storage, i);
		one_is_open |= volume->kind == VOLUME_DECRYPTED &&
			*volume->node;
	}
	for (i = 0; i < storage_count(storage); i++) {
		volume = storage_volume(storage, i);
		if (volume->kind == VOLUME_DECRYPTED &&
		    has_failed(options, volume, one_is_open))
			return error_set(err, -EINVAL, "%s: %s",
					 quote_name(volume->parents[0]->name),
					 volume->problem);
	}
	return 0;
}

void unlocker_end(struct unlocker *unlocker)
{
	if (!unlocker)
		return;
	key_guardian_end(unlocker->guardian);
	if (unlocker->header >= 0)
		close(unlocker->header);
	free(unlocker);
}
