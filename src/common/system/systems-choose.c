// SPDX-License-Identifier: GPL-2.0-only
/*
 * systems-choose.c - list the systems, and choose the one that the user wants.
 */
#include "systems.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/error.h"
#include "common/image/partition-type.h"
#include "fstab-source.h"

static void list_systems(const struct systems *systems)
{
	static const char *const reasons[] = {
		[SYSTEM_BY_TYPE] = "its partition's type",
		[SYSTEM_BY_FSTAB] = "/etc/fstab",
		[SYSTEM_BY_RELEASE] = "os-release",
		[SYSTEM_BY_USER] = "",
	};
	char name[sizeof(systems->at->name)];
	const struct system *system;
	unsigned int i;

	if (!systems->n)
		return;
	report_line("%-20s %-9s %-20s %-36s %s", "system", "type", "known by",
		    "uuid", "name");
	for (i = 0; i < systems->n; i++) {
		system = &systems->at[i];
		/* quote_name() has two buffers. */
		snprintf(name, sizeof(name), "%s", quote_name(system->name));
		report_line("%-20s %-9s %-20s %-36s %s", name,
			    system->volume->probe.type, reasons[system->reason],
			    quote_name(system->volume->probe.uuid),
			    system->title[0] ? quote_name(system->title) : "-");
	}
}

/* An encrypted volume that did not open. */
static bool is_locked(const struct volume *volume)
{
	return volume->kind == VOLUME_DECRYPTED && !*volume->node &&
		volume->unlock_error;
}

/* A key was wrong or could not be read, but the header is sound. */
static bool is_refused(const struct volume *volume)
{
	return is_locked(volume) && volume->unlock_error != -ENOKEY &&
		volume->unlock_error != -EINVAL &&
		volume->unlock_error != -ENOTSUP;
}

static const struct volume *find_locked(const struct storage *storage,
					bool (*is_it)(const struct volume *))
{
	unsigned int i;

	for (i = 0; i < storage_count(storage); i++)
		if (is_it(storage_volume(storage, i)))
			return storage_volume(storage, i);
	return NULL;
}

static bool has_opened(const struct storage *storage)
{
	const struct volume *volume;
	unsigned int i;

	for (i = 0; i < storage_count(storage); i++) {
		volume = storage_volume(storage, i);
		if (volume->kind == VOLUME_DECRYPTED && *volume->node)
			return true;
	}
	return false;
}

/* The system that the user wants may be in an encrypted volume. */
static void note_locked(struct systems *systems, const struct storage *storage)
{
	const struct volume *volume = find_locked(storage, is_refused);
	size_t len = strlen(systems->failure);

	if (!volume)
		volume = find_locked(storage, is_locked);
	if (volume)
		snprintf(systems->failure + len, sizeof(systems->failure) - len,
			 "%s%.100s: %.190s", len ? "; " : "",
			 quote_name(volume->parents[0]->name), volume->problem);
}

/* Although a system was found, the user may mean one in a closed volume. */
static int check_locked(const struct storage *storage, struct lkl_error *err)
{
	const struct volume *volume = find_locked(storage, is_refused);
	unsigned int i;

	if (volume && !has_opened(storage))
		return error_set(err, volume->unlock_error,
				 "%.100s: %.190s; --system=NAME chooses a system without it",
				 quote_name(volume->parents[0]->name),
				 volume->problem);
	for (i = 0; i < storage_count(storage); i++) {
		volume = storage_volume(storage, i);
		if (is_locked(volume))
			report_warning("%s: %s; it may hold another system",
				       quote_name(volume->parents[0]->name),
				       volume->problem);
	}
	return 0;
}

/* Choose the only system.  SYSTEM_BY_RELEASE counts only if there is no better one. */
static int choose_alone(const struct systems *systems,
			const struct storage *storage,
			const struct system **ret_system,
			struct lkl_error *err)
{
	const struct system *system, *found = NULL;
	bool several = false;
	unsigned int i;

	for (i = 0; i < systems->n; i++) {
		system = &systems->at[i];
		if (!system->is_default)
			continue;
		if (!found || (found->reason == SYSTEM_BY_RELEASE &&
			       system->reason != SYSTEM_BY_RELEASE)) {
			found = system;
			several = false;
		} else if (found->reason == SYSTEM_BY_RELEASE ||
			   system->reason != SYSTEM_BY_RELEASE) {
			several = true;
		}
	}
	if (!found && systems->failure[0])
		return error_set(err, -ENXIO, "no system found; not all file systems can be read: %s",
				 systems->failure);
	if (!found)
		return error_set(err, -ENXIO, "no system found: no partition has the type of a root, and no file system has /etc/fstab or /etc/os-release");
	if (several) {
		list_systems(systems);
		return error_set(err, -ENOTUNIQ,
				 "several systems: choose one with --system=NAME");
	}
	*ret_system = found;
	return check_locked(storage, err);
}

/* "UUID=" may be left out. */
static int find_named(const struct storage *storage, const char *which,
		      const struct volume **ret_volume)
{
	const struct fstab none = { .n = 0 };
	char tag[80], guid[GUID_TEXT_MAX];
	int ret;

	ret = storage_search(storage, which, ret_volume);
	if (ret == -ENXIO && !strncmp(which, "/dev/", 5))
		ret = fstab_source_find(storage, &none, which, ret_volume);
	if (ret == -ENXIO && guid_parse(which, guid)) {
		snprintf(tag, sizeof(tag), "UUID=%s", guid);
		ret = storage_search(storage, tag, ret_volume);
		if (ret == -ENXIO) {
			snprintf(tag, sizeof(tag), "PARTUUID=%s", guid);
			ret = storage_search(storage, tag, ret_volume);
		}
	}
	if (!ret)
		*ret_volume = storage_descend(*ret_volume);
	return ret;
}

/* The system on a volume that the user has named. */
static int choose_on_volume(struct systems *systems,
			    const struct volume *volume,
			    const struct system **ret_system,
			    struct lkl_error *err)
{
	const struct system *found = NULL;
	unsigned int i;

	for (i = 0; i < systems->n; i++) {
		if (systems->at[i].volume != volume ||
		    !systems->at[i].is_default)
			continue;
		if (found) {
			list_systems(systems);
			return error_set(err, -ENOTUNIQ,
					 "%s holds several systems: choose one with --system=NAME",
					 quote_name(volume->name));
		}
		found = &systems->at[i];
	}
	if (!found && !*volume->node)
		return error_set(err, -ENODEV, "%s: %s",
				 quote_name(volume->name),
				 volume->problem[0] ? volume->problem :
				 "the kernel has no such device");
	if (!found && !volume->probe.is_filesystem)
		return error_set(err, -EINVAL, "%s: no file system found",
				 quote_name(volume->name));
	if (!found)
		found = systems_add(systems, volume, SYSTEM_BY_USER);
	if (!found)
		return error_no_memory(err);
	*ret_system = found;
	return 0;
}

int systems_choose(struct systems *systems, const struct storage *storage,
		   const char *which, const struct system **ret_system,
		   struct lkl_error *err)
{
	const struct volume *volume = NULL;
	unsigned int i;
	int ret;

	note_locked(systems, storage);
	if (!*which)
		return choose_alone(systems, storage, ret_system, err);
	for (i = 0; i < systems->n; i++) {
		if (strcmp(systems->at[i].name, which) != 0)
			continue;
		*ret_system = &systems->at[i];
		return 0;
	}
	ret = find_named(storage, which, &volume);
	if (!ret)
		return choose_on_volume(systems, volume, ret_system, err);
	list_systems(systems);
	if (ret == -ENOTUNIQ)
		return error_set(err, ret, "more than one volume is %s",
				 quote_name(which));
	if (systems->failure[0])
		return error_set(err, ret,
				 "no system is %s; not all file systems can be read: %s",
				 quote_name(which), systems->failure);
	return error_set(err, ret, "no system is %s", quote_name(which));
}
