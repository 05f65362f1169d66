// SPDX-License-Identifier: GPL-2.0-only
/*
 * mount-plan.c - the file systems that a system mounts below its root.
 */
#include "mount-plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/error.h"
#include "common/tree/contents.h"
#include "discoverable.h"
#include "fstab.h"
#include "fstab-source.h"

/* No system has so many, and each takes memory of the kernel. */
#define ENTRIES_MAX 128u

#define FSTAB "/etc/fstab"

struct planner {
	const struct storage *storage;
	const struct mount_plan_options *options;
	struct mount_plan *plan;
	struct fstab fstab, crypttab;
};

void mount_plan_free(struct mount_plan *plan)
{
	while (plan->n) {
		plan->n--;
		free(plan->entries[plan->n].target);
		free(plan->entries[plan->n].options);
	}
	free(plan->entries);
	plan->entries = NULL;
}

void mount_plan_skip(const struct mount_plan_options *options,
		     const char *target, const char *why)
{
	if (options->verbose)
		report_line("system: left out %s: %s", quote_name(target), why);
}

int mount_plan_fail(const struct mount_plan_options *options,
		    const char *origin, const char *target, bool optional,
		    int code, struct lkl_error *err)
{
	struct lkl_error reason;

	if (code == -ENOMEM)
		return code;
	/* Such as a disk that is not always plugged in. */
	if (optional && code == -ENXIO) {
		mount_plan_skip(options, target, err->text);
		return 0;
	}
	error_prefix(err, code, "%s", quote_name(target));
	error_prefix(err, code, "%s", origin);
	if (optional || options->degraded) {
		report_warning("%s", err->text);
		return 0;
	}
	reason = *err;
	return error_set(err, code, "%s; --degraded goes on without it",
			 reason.text);
}

/* Takes the strings of @entry. */
static int add_entry(struct mount_plan *plan,
		     const struct mount_plan_entry *entry,
		     struct lkl_error *err)
{
	struct mount_plan_entry *larger = NULL;
	int ret = 0;

	if (plan->n == ENTRIES_MAX)
		ret = error_set(err, -E2BIG,
				"more than %u file systems below the root",
				ENTRIES_MAX);
	if (!ret)
		larger = realloc(plan->entries,
				 (plan->n + 1) * sizeof(*larger));
	if (!ret && !larger)
		ret = error_no_memory(err);
	if (ret < 0) {
		free(entry->target);
		free(entry->options);
		return ret;
	}
	plan->entries = larger;
	larger[plan->n++] = *entry;
	return 0;
}

/* ---- /etc/fstab ---- */

/* A file that is missing has no lines. */
static int read_table(int root, const char *path, unsigned int n_needed,
		      struct fstab *ret_table, struct lkl_error *err)
{
	cleanup_free char *text = NULL;
	size_t len;
	int ret = contents_read_below(root, path, FSTAB_SIZE_MAX, &text, &len,
				      err);

	if (ret == -ENOENT || ret == -ENOTDIR) {
		*ret_table = (struct fstab){ .n = 0 };
		return 0;
	}
	if (!ret)
		ret = fstab_parse(text, len, n_needed, ret_table, err);
	return ret < 0 ? error_prefix(err, ret, "/%s", path) : 0;
}

static int check_found(int code, const char *source,
		       const struct volume *volume, struct lkl_error *err)
{
	if (code == -ENOTUNIQ)
		return error_set(err, code, "more than one volume is %s",
				 quote_name(source));
	if (code == -EOPNOTSUPP)
		return error_set(err, code,
				 "the image does not tell which volume is %s",
				 quote_name(source));
	if (code < 0)
		return error_set(err, code, "no volume is %s",
				 quote_name(source));
	if (!*volume->node)
		return error_set(err, -ENODEV, "%s: %s",
				 quote_name(volume->name),
				 volume->problem[0] ? volume->problem :
				 "the kernel has no such device");
	if (!volume->probe.is_filesystem)
		return error_set(err, -EINVAL, "%s: no file system found",
				 quote_name(volume->name));
	return 0;
}

static void warn_of_owner(const struct fstab_line *line, const char *type)
{
	const char *owner = fstab_named_owner(line, type);
	char option[100];

	if (!owner)
		return;
	snprintf(option, sizeof(option), "%.*s", (int)strcspn(owner, ","),
		 owner);
	report_warning(FSTAB ": line %u: left out %s: the kernel takes numbers only",
		       line->number, quote_name(option));
}

static int fill_entry(const struct planner *planner,
		      const struct fstab_line *line,
		      struct mount_plan_entry *entry, struct lkl_error *err)
{
	int ret = fstab_source_find(planner->storage, &planner->crypttab,
				    line->source, &entry->volume);
	const char *type;

	ret = check_found(ret, line->source, entry->volume, err);
	if (ret < 0)
		return ret;
	type = probe_kernel_type(entry->volume->probe.type);
	warn_of_owner(line, type);
	return fstab_options(line, type, &entry->options, &entry->read_only,
			     err);
}

static int plan_line(struct planner *planner, const struct fstab_line *line,
		     struct lkl_error *err)
{
	struct mount_plan_entry entry = {
		.optional = fstab_has_option(line, "nofail"),
	};
	const char *reason = fstab_skip_reason(line);
	int ret;

	if (reason) {
		mount_plan_skip(planner->options, !strcmp(reason, "swap") ?
				line->source : line->target, reason);
		return 0;
	}
	snprintf(entry.origin, sizeof(entry.origin), FSTAB ": line %u",
		 line->number);
	entry.target = fstab_target(line, err);
	/* The line of the root: the root was found in another way. */
	if (entry.target && !strcmp(entry.target, "/")) {
		free(entry.target);
		return 0;
	}
	ret = entry.target ? fill_entry(planner, line, &entry, err) : -EINVAL;
	if (!ret)
		return add_entry(planner->plan, &entry, err);
	ret = mount_plan_fail(planner->options, entry.origin, line->target,
			      entry.optional, ret, err);
	free(entry.target);
	return ret;
}

static int plan_fstab(struct planner *planner, struct lkl_error *err)
{
	unsigned int i;
	int ret = 0;

	if (planner->fstab.bad)
		report_warning(FSTAB ": line %u has too few fields",
			       planner->fstab.bad);
	for (i = 0; i < planner->fstab.n && !ret; i++)
		ret = plan_line(planner, &planner->fstab.lines[i], err);
	return ret;
}

/* ---- Types of partitions ---- */

/* A line that is left out counts, too: "noauto" says what the user wants. */
static bool fstab_mentions(const struct planner *planner,
			   const struct discoverable *found)
{
	const struct fstab_line *line = planner->fstab.lines;
	const struct volume *volume;
	unsigned int i;

	for (i = 0; i < planner->fstab.n; i++, line++)
		if (!strcmp(line->target, found->target) ||
		    (!fstab_source_find(planner->storage, &planner->crypttab,
					line->source, &volume) &&
		     volume == found->volume))
			return true;
	return false;
}

static int plan_partition(struct planner *planner,
			  const struct discoverable *found,
			  struct lkl_error *err)
{
	struct mount_plan_entry entry = {
		.volume = found->volume, .target = strdup(found->target),
		.options = strdup(""), .read_only = found->read_only,
		.if_empty = true, .origin = "type of partition",
	};
	int ret;

	if (!entry.target || !entry.options) {
		free(entry.target);
		free(entry.options);
		return error_no_memory(err);
	}
	ret = check_found(0, "", found->volume, err);
	if (!ret)
		return add_entry(planner->plan, &entry, err);
	free(entry.target);
	free(entry.options);
	return mount_plan_fail(planner->options, entry.origin, found->target,
			       false, ret, err);
}

static int plan_partitions(struct planner *planner, const struct volume *root,
			   int root_fd, struct lkl_error *err)
{
	cleanup_free char *machine_id = NULL;
	struct discoverable found[DISCOVERABLE_MAX];
	struct lkl_error ignored;
	unsigned int i, n;
	size_t len;
	int ret = 0;

	if (contents_read_below(root_fd, "etc/machine-id", 4096, &machine_id,
				&len, &ignored) < 0)
		machine_id = NULL;
	n = discoverable_find(planner->storage, root, machine_id, found);
	for (i = 0; i < n && !ret; i++)
		if (found[i].volume != root &&
		    !fstab_mentions(planner, &found[i]))
			ret = plan_partition(planner, &found[i], err);
	return ret;
}

static unsigned int depth_of(const char *target)
{
	unsigned int n = 0;

	for (; *target; target++)
		n += *target == '/';
	return n;
}

/* Put directories before those below them; keep the order otherwise. */
static void sort_by_depth(struct mount_plan *plan)
{
	struct mount_plan_entry entry;
	unsigned int i, k;

	for (i = 1; i < plan->n; i++) {
		entry = plan->entries[i];
		for (k = i; k && depth_of(plan->entries[k - 1].target) >
		     depth_of(entry.target); k--)
			plan->entries[k] = plan->entries[k - 1];
		plan->entries[k] = entry;
	}
}

int mount_plan_make(const struct storage *storage, const struct volume *root,
		    int root_fd, const struct mount_plan_options *options,
		    struct mount_plan *plan, struct lkl_error *err)
{
	struct planner planner = {
		.storage = storage, .options = options, .plan = plan,
	};
	int ret = read_table(root_fd, "etc/crypttab", 2, &planner.crypttab,
			     err);

	if (!ret)
		ret = read_table(root_fd, "etc/fstab", 3, &planner.fstab, err);
	if (!ret)
		ret = plan_fstab(&planner, err);
	if (!ret)
		ret = plan_partitions(&planner, root, root_fd, err);
	if (!ret)
		sort_by_depth(plan);
	fstab_free(&planner.fstab);
	fstab_free(&planner.crypttab);
	return ret;
}
