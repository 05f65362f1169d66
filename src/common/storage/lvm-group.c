// SPDX-License-Identifier: GPL-2.0-only
/*
 * lvm-group.c - a volume group of LVM, as its metadata describe it.
 */
#include "lvm-group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/quote.h"
#include "common/error.h"

/* Sectors: larger than any disk, and far from an overflow. */
#define SECTORS_MAX	(1ull << 55)
#define EXTENTS_MAX	(1ull << 32)
#define SEGMENTS_MAX	100000u
/* Metadata of the usual size have room for fewer; each is compared with all others. */
#define VOLUMES_MAX	4096u

/* Names are parts of paths that the user sees; they must not look like other paths. */
static bool is_name(const char *name)
{
	return *name && strlen(name) < LVM_NAME_MAX && strcmp(name, ".") &&
		strcmp(name, "..");
}

static unsigned int count_sections(const struct lvm_value *parent)
{
	const struct lvm_value *value;
	unsigned int n = 0;

	for (value = parent->first; value; value = value->next)
		n += value->type == LVM_SECTION;
	return n;
}

static int parse_physical(const struct lvm_value *values,
			  struct lvm_physical *physical, struct lkl_error *err)
{
	physical->name = values->name;
	physical->id = lvm_string(values, "id");
	physical->device = lvm_string(values, "device");
	physical->start = lvm_number(values, "pe_start", SECTORS_MAX);
	physical->extents = lvm_number(values, "pe_count", 0);
	if (!physical->id || strlen(physical->id) >= LVM_ID_MAX ||
	    physical->start >= SECTORS_MAX || physical->extents > EXTENTS_MAX)
		return error_set(err, -EINVAL,
				 "impossible values of the physical volume %s",
				 physical->name);
	return 0;
}

static int compare_segments(const void *a, const void *b)
{
	const struct lvm_segment *one = a, *other = b;

	return one->start < other->start ? -1 : one->start > other->start;
}

/* The type without the flag +METADATA_FORMAT, which the other values imply. */
static const char *segment_type(const struct lvm_value *values)
{
	const struct lvm_value *type = lvm_find(values, "type", LVM_STRING);
	char *flag = type ? strchr(type->string, '+') : NULL;

	if (flag && !strcmp(flag, "+METADATA_FORMAT"))
		*flag = '\0';
	return type ? type->string : NULL;
}

static int parse_segments(const struct lvm_value *values,
			  struct lvm_logical *logical, struct lkl_error *err)
{
	const struct lvm_value *value;
	unsigned int n = count_sections(values), i;
	struct lvm_segment *segment;

	if (!n || n > SEGMENTS_MAX)
		return error_set(err, -EINVAL, "%s has %u segments",
				 logical->name, n);
	logical->segments = calloc(n, sizeof(*logical->segments));
	if (!logical->segments)
		return error_no_memory(err);
	for (value = values->first; value; value = value->next) {
		if (value->type != LVM_SECTION)
			continue;
		segment = &logical->segments[logical->n_segments++];
		segment->values = value;
		segment->type = segment_type(value);
		segment->start = lvm_number(value, "start_extent",
					    EXTENTS_MAX);
		segment->extents = lvm_number(value, "extent_count", 0);
		if (!segment->type || !segment->extents ||
		    segment->extents > EXTENTS_MAX)
			return error_set(err, -EINVAL,
					 "impossible values of a segment of %s",
					 logical->name);
	}
	qsort(logical->segments, n, sizeof(*segment), compare_segments);
	for (i = 0; i < n; i++) {
		segment = &logical->segments[i];
		if (segment->start != logical->extents)
			return error_set(err, -EINVAL,
					 "the segments of %s do not follow each other",
					 logical->name);
		logical->extents += segment->extents;
	}
	return logical->extents > EXTENTS_MAX ?
		error_set(err, -EINVAL, "%s is too large", logical->name) : 0;
}

static int parse_logical(const struct lvm_value *values,
			 struct lvm_logical *logical, struct lkl_error *err)
{
	int ret;

	logical->name = values->name;
	logical->id = lvm_string(values, "id");
	logical->visible = lvm_list_has(values, "status", "VISIBLE");
	logical->writable = lvm_list_has(values, "status", "WRITE");
	if (!is_name(logical->name) || !logical->id ||
	    strlen(logical->id) >= LVM_ID_MAX)
		return error_set(err, -EINVAL,
				 "impossible values of the volume %s",
				 quote_name(logical->name));
	ret = parse_segments(values, logical, err);
	if (!ret && !strcmp(logical->segments[0].type, "snapshot")) {
		values = logical->segments[0].values;
		logical->snapshot_origin = lvm_string(values, "origin");
		logical->snapshot_store = lvm_string(values, "cow_store");
	}
	return ret;
}

static int parse_lists(struct lvm_group *group, const struct lvm_value *values,
		       struct lkl_error *err)
{
	const struct lvm_value *physicals, *logicals, *value;
	unsigned int n_physicals, n_logicals;
	int ret;

	physicals = lvm_find(values, "physical_volumes", LVM_SECTION);
	logicals = lvm_find(values, "logical_volumes", LVM_SECTION);
	if (!physicals)
		return error_set(err, -EINVAL, "no physical volumes");
	n_physicals = count_sections(physicals);
	n_logicals = logicals ? count_sections(logicals) : 0;
	if (n_physicals > VOLUMES_MAX || n_logicals > VOLUMES_MAX)
		return error_set(err, -EINVAL, "more than %u %s volumes",
				 VOLUMES_MAX, n_logicals > VOLUMES_MAX ?
				 "logical" : "physical");
	group->physicals = calloc(n_physicals + 1u, sizeof(*group->physicals));
	group->logicals = calloc(n_logicals + 1u, sizeof(*group->logicals));
	if (!group->physicals || !group->logicals)
		return error_no_memory(err);
	for (value = physicals->first; value; value = value->next) {
		if (value->type != LVM_SECTION)
			continue;
		ret = parse_physical(value,
				     &group->physicals[group->n_physicals++],
				     err);
		if (ret < 0)
			return ret;
	}
	value = logicals ? logicals->first : NULL;
	for (; value; value = value->next) {
		if (value->type != LVM_SECTION)
			continue;
		ret = parse_logical(value,
				    &group->logicals[group->n_logicals++],
				    err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int parse_group(struct lvm_group *group, struct lkl_error *err)
{
	const struct lvm_value *values = group->top->first;

	while (values && values->type != LVM_SECTION)
		values = values->next;
	if (!values)
		return error_set(err, -EINVAL, "no volume group");
	group->name = values->name;
	group->id = lvm_string(values, "id");
	group->sequence = lvm_number(values, "seqno", 0);
	group->extent_size = lvm_number(values, "extent_size", 0);
	if (!is_name(group->name) || !group->id ||
	    strlen(group->id) >= LVM_ID_MAX || !group->extent_size ||
	    group->extent_size > SECTORS_MAX / EXTENTS_MAX)
		return error_set(err, -EINVAL,
				 "impossible values of the volume group %s",
				 quote_name(group->name));
	return parse_lists(group, values, err);
}

int lvm_group_parse(const char *text, size_t len, struct lvm_group **ret_group,
		    struct lkl_error *err)
{
	struct lvm_group *group = calloc(1, sizeof(*group));
	int ret;

	if (!group)
		return error_no_memory(err);
	ret = lvm_text_parse(text, len, &group->top, err);
	if (!ret)
		ret = parse_group(group, err);
	if (ret < 0)
		lvm_group_free(group);
	else
		*ret_group = group;
	return ret;
}

void lvm_group_free(struct lvm_group *group)
{
	unsigned int i;

	if (!group)
		return;
	for (i = 0; i < group->n_logicals; i++)
		free(group->logicals[i].segments);
	free(group->logicals);
	free(group->physicals);
	lvm_text_free(group->top);
	free(group);
}

struct lvm_physical *lvm_find_physical(const struct lvm_group *group,
				       const char *name)
{
	unsigned int i;

	for (i = 0; i < group->n_physicals; i++)
		if (!strcmp(group->physicals[i].name, name))
			return &group->physicals[i];
	return NULL;
}

struct lvm_logical *lvm_find_logical(const struct lvm_group *group,
				     const char *name)
{
	unsigned int i;

	for (i = 0; i < group->n_logicals; i++)
		if (!strcmp(group->logicals[i].name, name))
			return &group->logicals[i];
	return NULL;
}

/*
 * The metadata have a hidden volume for each snapshot, "snapshot0".  It names the origin
 * and the store of the changed blocks.
 */
const struct lvm_segment *lvm_find_snapshot(const struct lvm_group *group,
					    const char *store)
{
	const struct lvm_logical *logical = group->logicals;
	unsigned int i;

	for (i = 0; i < group->n_logicals; i++, logical++)
		if (logical->snapshot_store &&
		    !strcmp(logical->snapshot_store, store))
			return logical->segments;
	return NULL;
}

bool lvm_has_snapshot(const struct lvm_group *group, const char *origin)
{
	const struct lvm_logical *logical = group->logicals;
	unsigned int i;

	for (i = 0; i < group->n_logicals; i++, logical++)
		if (logical->snapshot_origin &&
		    !strcmp(logical->snapshot_origin, origin))
			return true;
	return false;
}

bool lvm_is_volume(const struct lvm_group *group,
		   const struct lvm_logical *logical)
{
	const char *type = logical->segments[0].type;

	/* The store of a snapshot is hidden, but has the name of the snapshot. */
	if (lvm_find_snapshot(group, logical->name))
		return true;
	return logical->visible && strcmp(type, "thin-pool") &&
		strcmp(type, "cache-pool") && strcmp(type, "snapshot");
}
