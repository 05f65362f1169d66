// SPDX-License-Identifier: GPL-2.0-only
/*
 * choose.c - lists the volumes, and finds the one that the user wants.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/error.h"
#include "common/image/partition.h"
#include "common/image/tag.h"
#include "encrypted.h"
#include "storage.h"

static void list_volume(const struct volume *volume)
{
	const char *label = volume->probe.label[0] ? volume->probe.label :
		volume->label;
	char size[FORMAT_SIZE_MAX], name[VOLUME_NAME_MAX];

	/* quote_name() has two buffers. */
	snprintf(name, sizeof(name), "%s", quote_name(volume->name));
	report_line("%-20s %-9s %-9s %-17s %s%s%s%s", name,
		    volume_kind_name(volume->kind),
		    volume->size ? format_size(size, volume->size) : "-",
		    volume->probe.type[0] ? volume->probe.type : "-",
		    quote_name(label), volume->degraded ? " degraded" : "",
		    volume->problem[0] && (label[0] || volume->degraded) ?
			    ": " : "",
		    volume->problem);
}

void storage_list(const struct storage *storage)
{
	unsigned int i;

	report_line("%-20s %-9s %-9s %-17s %s", "name", "kind", "size", "type",
		    "label");
	for (i = 0; i < storage_count(storage); i++)
		list_volume(storage_volume(storage, i));
}

/* /dev/mapper has "vg/lv" as "vg-lv", and doubles the dashes of both names. */
static bool mapper_name_matches(const char *name, const char *given)
{
	for (; *name && *given; name++, given++) {
		if (*name == '/' && given[0] == '-' && given[1] != '-')
			continue;
		if (*name != *given)
			return false;
		if (*name == '-' && *++given != '-')
			return false;
	}
	return !*name && !*given;
}

bool volume_is_named(const struct volume *volume, const char *which)
{
	if (!strcmp(volume->name, which))
		return true;
	if (volume->kind != VOLUME_LOGICAL)
		return false;
	if (!strncmp(which, "/dev/mapper/", 12))
		return mapper_name_matches(volume->name, which + 12);
	return !strncmp(which, "/dev/", 5) && !strcmp(volume->name, which + 5);
}

bool volume_matches(const struct volume *volume, const char *which)
{
	bool partition = volume->kind == VOLUME_PARTITION;
	const struct tag_values values = {
		.label = volume->probe.label, .uuid = volume->probe.uuid,
		.partlabel = partition ? volume->label : "",
		.partuuid = partition ? volume->uuid : "",
	};

	return strchr(which, '=') ? tag_matches(&values, which) :
		volume_is_named(volume, which);
}

bool volume_is_candidate(const struct volume *volume)
{
	return *volume->node && volume->probe.is_filesystem &&
		!volume->n_children;
}

static int check_chosen(const struct volume *volume, struct lkl_error *err)
{
	if (*volume->node)
		return 0;
	return error_set(err, -ENODEV, "%s: %s", quote_name(volume->name),
			 volume->problem[0] ? volume->problem :
			 "the kernel has no such device");
}

const struct volume *storage_descend(const struct volume *volume)
{
	while (!volume->probe.is_filesystem && volume->n_children == 1)
		volume = volume->children[0];
	return volume;
}

/* Volumes that are still encrypted; @ret_one is one of them. */
static unsigned int count_locked(const struct storage *storage,
				 const struct volume **ret_one)
{
	const struct volume *volume;
	unsigned int i, n = 0;

	for (i = 0; i < storage->n_volumes; i++) {
		volume = storage->volumes[i];
		if (volume->kind != VOLUME_DECRYPTED || *volume->node)
			continue;
		*ret_one = volume;
		n++;
	}
	return n;
}

/* The likeliest reason is that a volume is still encrypted. */
static int error_no_filesystem(const struct storage *storage,
			       struct lkl_error *err)
{
	const struct volume *locked, *below;
	unsigned int n = count_locked(storage, &locked);

	if (n != 1)
		storage_list(storage);
	if (!n)
		return error_set(err, -EINVAL, "no file system found");
	if (n > 1)
		return error_set(err, -ENOKEY,
				 "%u encrypted volumes: choose one with --partition or --volume, or say with --unlock which to open",
				 n);
	below = locked->parents[0];
	if (below->kind == VOLUME_DISK)
		return error_set(err, -ENOKEY, "%s", locked->problem);
	return error_set(err, -ENOKEY, "%s%s: %s",
			 below->kind == VOLUME_PARTITION ? "partition " : "",
			 quote_name(below->name), locked->problem);
}

static bool is_decrypted(const struct volume *volume)
{
	unsigned int i;

	if (volume->kind == VOLUME_DECRYPTED)
		return true;
	for (i = 0; i < volume->n_parents; i++)
		if (is_decrypted(volume->parents[i]))
			return true;
	return false;
}

/* Although there is only one file system, the user may mean an encrypted one. */
static int check_alone(const struct storage *storage,
		       const struct volume *volume, struct lkl_error *err)
{
	const struct volume *locked;

	if (is_decrypted(volume) || !count_locked(storage, &locked))
		return 0;
	storage_list(storage);
	return error_set(err, -ENOTUNIQ,
			 "there is a file system, and an encrypted volume that is not open: choose one with --partition or --volume");
}

static bool is_above(const struct volume *volume, const struct volume *below)
{
	unsigned int i;

	if (volume == below)
		return true;
	for (i = 0; i < volume->n_parents; i++)
		if (is_above(volume->parents[i], below))
			return true;
	return false;
}

/*
 * @below: search only this volume and those above it; NULL: all
 * @ret_volume: NULL if there is none
 *
 * Two devices of one btrfs count as one volume.
 */
static int search_volumes(const struct storage *storage, const char *which,
			  const struct volume *below, struct volume **ret_volume)
{
	struct volume *volume, *found = NULL;
	unsigned int i;

	for (i = 0; i < storage->n_volumes; i++) {
		volume = storage->volumes[i];
		if (below && !is_above(volume, below))
			continue;
		if (which ? !volume_matches(volume, which) : !volume_is_candidate(volume))
			continue;
		if (found && probe_is_same_btrfs(&found->probe, &volume->probe))
			continue;
		if (found)
			return -ENOTUNIQ;
		found = volume;
	}
	*ret_volume = found;
	return 0;
}

int storage_search(const struct storage *storage, const char *which,
		   const struct volume **ret_volume)
{
	struct volume *found = NULL;
	int ret = search_volumes(storage, which, NULL, &found);

	if (!ret && !found)
		ret = -ENXIO;
	if (!ret)
		*ret_volume = found;
	return ret;
}

/* As search_volumes(), with a message. */
static int find_volume(const struct storage *storage, const char *which,
		       const struct volume *below, struct volume **ret_volume,
		       struct lkl_error *err)
{
	int ret = search_volumes(storage, which, below, ret_volume);

	if (!ret)
		return 0;
	storage_list(storage);
	return which ? error_set(err, ret, "more than one volume is %s",
				 quote_name(which)) :
		error_set(err, ret,
			  "several file systems: choose one with --volume");
}

int storage_find(const struct storage *storage, const char *which,
		 struct volume **ret_volume, struct lkl_error *err)
{
	struct volume *found;
	int ret = find_volume(storage, which, NULL, &found, err);

	if (!ret && !found) {
		storage_list(storage);
		return encrypted_count_closed(storage) ?
			error_set(err, -ENXIO,
				  "no volume is %s, and encrypted volumes were not opened: say with --unlock which to open",
				  quote_name(which)) :
			error_set(err, -ENXIO, "no volume is %s",
				  quote_name(which));
	}
	if (!ret)
		*ret_volume = found;
	return ret;
}

/* The options name the verified volume; find the file system in it. */
static int find_verified(const struct storage *storage,
			 struct volume **ret_volume, struct lkl_error *err)
{
	struct volume *verified = storage->verified, *found = NULL;
	int ret = 0;

	if (!verified->probe.is_filesystem)
		ret = find_volume(storage, NULL, verified, &found, err);
	if (!ret)
		*ret_volume = found ? found : verified;
	return ret;
}

int storage_choose(const struct storage *storage, const char *which,
		   const struct volume **ret_volume, struct lkl_error *err)
{
	struct volume *volume;
	const struct volume *found;
	int ret;

	if (storage->verified)
		ret = find_verified(storage, &volume, err);
	else if (which)
		ret = storage_find(storage, which, &volume, err);
	else
		ret = find_volume(storage, NULL, NULL, &volume, err);
	if (!ret && !volume)
		ret = error_no_filesystem(storage, err);
	if (!ret && !which && !storage->verified)
		ret = check_alone(storage, volume, err);
	if (ret < 0)
		return ret;
	found = storage_descend(volume);
	ret = check_chosen(found, err);
	if (!ret)
		*ret_volume = found;
	return ret;
}
