// SPDX-License-Identifier: GPL-2.0-only
/*
 * fstab-find.c - the volume that the first field of a line of /etc/fstab means.
 */
#include "fstab-source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct volume *find_on_disk(const struct storage *storage,
					 const struct fstab_source *source)
{
	enum volume_kind kind = source->partition ? VOLUME_PARTITION :
		VOLUME_DISK;
	const struct volume *volume;
	unsigned int i;

	for (i = 0; i < storage_count(storage); i++) {
		volume = storage_volume(storage, i);
		if (volume->kind == kind && volume->disk == source->disk &&
		    (kind == VOLUME_DISK ||
		     (volume->number == source->partition &&
		      volume->parents[0]->kind == VOLUME_DISK)))
			return volume;
	}
	return NULL;
}

/* The encrypted volume that /etc/crypttab, or its UUID, gives this name. */
static int find_decrypted(const struct storage *storage,
			  const struct fstab *crypttab, const char *name,
			  const struct volume **ret_volume)
{
	const char *device = NULL;
	char tag[FSTAB_SOURCE_MAX];
	struct fstab_source source;
	unsigned int i;

	for (i = 0; i < crypttab->n && !device; i++)
		if (!strcmp(crypttab->lines[i].source, name))
			device = crypttab->lines[i].target;
	if (!device && !strncmp(name, "luks-", 5)) {
		snprintf(tag, sizeof(tag), "UUID=%s", name + 5);
		device = tag;
	}
	if (!device)
		return -ENXIO;
	fstab_source_parse(device, &source);
	if (source.kind == FSTAB_UNKNOWN)
		return -EOPNOTSUPP;
	if (source.kind == FSTAB_NAME)
		return storage_search(storage, source.name, ret_volume);
	*ret_volume = find_on_disk(storage, &source);
	return *ret_volume ? 0 : -ENXIO;
}

int fstab_source_find(const struct storage *storage,
		      const struct fstab *crypttab, const char *text,
		      const struct volume **ret_volume)
{
	const struct volume *volume = NULL;
	struct fstab_source source;
	int ret;

	fstab_source_parse(text, &source);
	if (source.kind == FSTAB_UNKNOWN)
		return -EOPNOTSUPP;
	if (source.kind == FSTAB_DISK) {
		volume = find_on_disk(storage, &source);
		ret = volume ? 0 : -ENXIO;
	} else {
		ret = storage_search(storage, source.name, &volume);
		if (ret == -ENXIO && !strncmp(source.name, "/dev/mapper/", 12))
			ret = find_decrypted(storage, crypttab,
					     source.name + 12, &volume);
	}
	if (!ret)
		*ret_volume = storage_descend(volume);
	return ret;
}
