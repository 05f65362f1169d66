// SPDX-License-Identifier: GPL-2.0-only
/*
 * lvm-target.c - the target of the device mapper for a segment of a volume.
 *
 * A segment lies on physical volumes, or on other volumes of the group, which are
 * mapped first: the members of an array, a pool and its parts.
 */
#include "lvm-target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "mapper-word.h"

#define AREAS_MAX	256

/* The parameters of a target while they are written. */
struct params {
	char *text;
	size_t len, size;
	bool failed;			/* no memory */
};

static void __attribute__((format(printf, 2, 3)))
add(struct params *params, const char *format, ...)
{
	va_list args;
	char *larger;
	int n;

	if (params->size - params->len < 256) {
		larger = realloc(params->text, params->size + 1024);
		if (!larger) {
			params->failed = true;
			return;
		}
		params->text = larger;
		params->size += 1024;
	}
	va_start(args, format);
	n = vsnprintf(params->text + params->len, params->size - params->len,
		      format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= params->size - params->len)
		params->failed = true;
	else
		params->len += (size_t)n;
}

/* Names and values of the metadata become words. */
static bool is_word(const char *text)
{
	return mapper_is_word(text) && strlen(text) < 64;
}

static int error_missing(const struct lvm_physical *physical,
			 struct lkl_error *err)
{
	return error_set(err, -ENODEV,
			 "physical volume %s is missing (it was %.64s once)",
			 physical->id,
			 physical->device ? physical->device : "elsewhere");
}

/* "DEVICE SECTOR" of an extent of a physical volume, or of a volume. */
static int add_area(struct lvm_mapping *mapping, struct params *params,
		    const char *name, uint64_t extent, uint64_t extents,
		    struct lkl_error *err)
{
	const struct lvm_physical *physical =
		lvm_find_physical(mapping->group, name);
	struct lvm_logical *logical;
	int ret;

	if (physical && (extent > physical->extents ||
			 extents > physical->extents - extent))
		return error_set(err, -EINVAL,
				 "an extent past the end of physical volume %s",
				 physical->id);
	if (physical && !*physical->number)
		return error_missing(physical, err);
	if (physical) {
		add(params, " %s %" PRIu64, physical->number, physical->start +
		    extent * mapping->group->extent_size);
		return 0;
	}
	ret = lvm_map_part(mapping, name, name, &logical, err);
	if (ret < 0)
		return ret;
	if (extent > logical->extents || extents > logical->extents - extent)
		return error_set(err, -EINVAL,
				 "an extent past the end of volume %s", name);
	add(params, " %s %" PRIu64, logical->number,
	    extent * mapping->group->extent_size);
	return 0;
}

/* A list of pairs: a name and an extent. */
static int add_areas(struct lvm_mapping *mapping, struct params *params,
		     const struct lvm_segment *segment, const char *list,
		     uint64_t count, uint64_t extents, struct lkl_error *err)
{
	const struct lvm_value *area = lvm_find(segment->values, list, LVM_LIST);
	uint64_t n = 0;
	int ret;

	for (area = area ? area->first : NULL; area && area->next &&
	     n < count; area = area->next->next, n++) {
		if (area->type != LVM_STRING || area->next->type != LVM_NUMBER)
			break;
		ret = add_area(mapping, params, area->string,
			       area->next->number, extents, err);
		if (ret < 0)
			return ret;
	}
	return !area && n == count ? 0 :
		error_set(err, -EINVAL, "a damaged list of %s", list);
}

static int map_striped(struct lvm_mapping *mapping, struct params *params,
		       const struct lvm_segment *segment,
		       const char **ret_target, struct lkl_error *err)
{
	uint64_t n = lvm_number(segment->values, "stripe_count", 0);

	if (!n || n > AREAS_MAX || segment->extents % n)
		return error_set(err, -EINVAL, "%" PRIu64 " stripes", n);
	*ret_target = n > 1 ? "striped" : "linear";
	if (n > 1)
		add(params, "%" PRIu64 " %" PRIu64, n,
		    lvm_number(segment->values, "stripe_size", 0));
	return add_areas(mapping, params, segment, "stripes", n,
			 segment->extents / n, err);
}

/*
 * The kernel makes all copies equal to the first, unless it has a log or is told
 * that they are.  Copies of writes that are thrown away need not be equal.
 */
static int map_mirror(struct lvm_mapping *mapping, struct params *params,
		      const struct lvm_segment *segment,
		      const char **ret_target, struct lkl_error *err)
{
	uint64_t n = lvm_number(segment->values, "mirror_count", 0);
	uint64_t region = lvm_number(segment->values, "region_size", 1024);
	const char *log = lvm_string(segment->values, "mirror_log");
	struct lvm_logical *logical;
	int ret;

	if (n < 2 || n > AREAS_MAX)
		return error_set(err, -EINVAL, "%" PRIu64 " mirrors", n);
	*ret_target = "mirror";
	if (mapping->flags & LVM_MAP_SCRATCH) {
		add(params, "core 2 %" PRIu64 " nosync", region);
	} else if (log) {
		ret = lvm_map_part(mapping, log, "a log", &logical, err);
		if (ret < 0)
			return ret;
		add(params, "disk 2 %s %" PRIu64, logical->number, region);
	} else {
		add(params, "core 1 %" PRIu64, region);
	}
	add(params, " %" PRIu64, n);
	ret = add_areas(mapping, params, segment, "mirrors", n,
			segment->extents, err);
	add(params, " 1 handle_errors");
	return ret;
}

/* A member of an array, or its metadata; "-" if it is missing. */
static int add_member(struct lvm_mapping *mapping, struct params *params,
		      const char *name, bool *missing, struct lkl_error *err)
{
	struct lvm_logical *logical;
	int ret = lvm_map_part(mapping, name, "an array", &logical, err);

	if (ret == -ENODEV) {
		*missing = true;
		add(params, " -");
		return 0;
	}
	if (!ret)
		add(params, " %s", logical->number);
	return ret;
}

static int add_members(struct lvm_mapping *mapping, struct params *params,
		       const struct lvm_segment *segment, bool with_metadata,
		       uint64_t count, struct lkl_error *err)
{
	const struct lvm_value *member = lvm_find(segment->values,
			with_metadata ? "raids" : "raid0_lvs", LVM_LIST);
	bool missing = false;
	uint64_t n = 0;
	int ret = 0;

	member = member ? member->first : NULL;
	for (; member && n < count; member = member->next, n++) {
		if (!with_metadata) {
			add(params, " -");
		} else {
			ret = add_member(mapping, params, member->string,
					 &missing, err);
			member = member->next;
		}
		if (!ret && !member)
			break;
		if (!ret)
			ret = add_member(mapping, params, member->string,
					 &missing, err);
		if (ret < 0)
			return ret;
	}
	if (member || n != count)
		return error_set(err, -EINVAL, "a damaged list of members");
	mapping->degraded |= missing;
	if (missing && !(mapping->flags & (LVM_MAP_SCRATCH |
					   LVM_MAP_READ_ONLY |
					   LVM_MAP_DEGRADED)))
		return error_set(err, -EROFS,
				 "the array lacks a member: say --degraded to write to it");
	return 0;
}

static int map_raid(struct lvm_mapping *mapping, struct params *params,
		    const struct lvm_segment *segment, const char **ret_target,
		    struct lkl_error *err)
{
	const struct lvm_value *values = segment->values;
	uint64_t n = lvm_number(values, "device_count",
				lvm_number(values, "stripe_count", 0));
	uint64_t stripe = lvm_number(values, "stripe_size", 0);
	uint64_t region = lvm_number(values, "region_size", 0);
	uint64_t copies = lvm_number(values, "data_copies", 0);
	bool plain = !strncmp(segment->type, "raid0", 5);
	bool ten = !strncmp(segment->type, "raid10", 6);
	unsigned int words = 1;

	if (!is_word(segment->type))
		return error_set(err, -EINVAL, "a damaged type of an array");
	if (!n || n > AREAS_MAX)
		return error_set(err, -EINVAL, "%" PRIu64 " members", n);
	*ret_target = "raid";
	if (region && !plain)
		words += 2;
	if (copies && ten)
		words += 2;
	add(params, "%s %u %" PRIu64,
	    !strcmp(segment->type, "raid5") ? "raid5_ls" :
	    !strcmp(segment->type, "raid6") ? "raid6_zr" :
	    !strcmp(segment->type, "raid0_meta") ? "raid0" : segment->type,
	    words, stripe);
	if (region && !plain)
		add(params, " region_size %" PRIu64, region);
	if (copies && ten)
		add(params, " raid10_copies %" PRIu64, copies);
	add(params, " %" PRIu64, n);
	return add_members(mapping, params, segment,
			   strcmp(segment->type, "raid0") != 0, n, err);
}

static int map_thin_pool(struct lvm_mapping *mapping, struct params *params,
			 const struct lvm_segment *segment,
			 const char **ret_target, struct lkl_error *err)
{
	struct lvm_logical *metadata, *data;
	int ret;

	ret = lvm_map_part(mapping, lvm_string(segment->values, "metadata"),
		       "the metadata of a pool", &metadata, err);
	if (!ret)
		ret = lvm_map_part(mapping, lvm_string(segment->values, "pool"),
			       "the data of a pool", &data, err);
	if (ret < 0)
		return ret;
	*ret_target = "thin-pool";
	add(params, "%s %s %" PRIu64 " 0", metadata->number, data->number,
	    lvm_number(segment->values, "chunk_size", 0));
	return 0;
}

static int map_thin(struct lvm_mapping *mapping, struct params *params,
		    const struct lvm_segment *segment, const char **ret_target,
		    struct lkl_error *err)
{
	const char *external = lvm_string(segment->values, "external_origin");
	struct lvm_logical *pool, *origin;
	int ret;

	ret = lvm_map_part(mapping, lvm_string(segment->values, "thin_pool"),
		       "a pool", &pool, err);
	if (ret < 0)
		return ret;
	*ret_target = "thin";
	add(params, "%s %" PRIu64, pool->number,
	    lvm_number(segment->values, "device_id", 0));
	if (!external)
		return 0;
	ret = lvm_map_part(mapping, external, "an origin", &origin, err);
	if (!ret)
		add(params, " %s", origin->number);
	return ret;
}

static int map_cache(struct lvm_mapping *mapping, struct params *params,
		     const struct lvm_segment *segment, const char **ret_target,
		     struct lkl_error *err)
{
	const char *name = lvm_string(segment->values, "cache_pool");
	struct lvm_logical *pool = name ?
		lvm_find_logical(mapping->group, name) : NULL;
	const struct lvm_value *values;
	struct lvm_logical *metadata, *data, *origin;
	const char *mode, *policy;
	uint64_t format;
	int ret;

	if (!pool || strcmp(pool->segments[0].type, "cache-pool"))
		return error_set(err, -ENOTSUP,
				 "a cache without a pool is not supported");
	values = pool->segments[0].values;
	ret = lvm_map_part(mapping, lvm_string(values, "metadata"),
		       "the metadata of a cache", &metadata, err);
	if (!ret)
		ret = lvm_map_part(mapping, lvm_string(values, "data"),
			       "the data of a cache", &data, err);
	if (!ret)
		ret = lvm_map_part(mapping, lvm_string(segment->values, "origin"),
			       "a cache", &origin, err);
	if (ret < 0)
		return ret;
	mode = lvm_string(values, "cache_mode");
	if (!mode)
		mode = lvm_string(segment->values, "cache_mode");
	policy = lvm_string(values, "policy");
	if (!policy)
		policy = lvm_string(segment->values, "policy");
	format = lvm_number(values, "metadata_format",
			    lvm_number(segment->values, "metadata_format", 1));
	*ret_target = "cache";
	/* Only version 2 of a cache's metadata has a word among the features. */
	add(params, "%s %s %s %" PRIu64 " %s%s %s 0", metadata->number,
	    data->number, origin->number,
	    lvm_number(values, "chunk_size",
		       lvm_number(segment->values, "chunk_size", 0)),
	    format == 2 ? "2 metadata2 " : "1 ",
	    is_word(mode) ? mode : "writethrough",
	    is_word(policy) ? policy : "smq");
	return 0;
}

typedef int map_fn(struct lvm_mapping *mapping, struct params *params,
		   const struct lvm_segment *segment, const char **ret_target,
		   struct lkl_error *err);

static const struct {
	const char *type;		/* or its beginning, with a star */
	map_fn *map;
	bool whole;			/* a volume has one such segment */
	bool scratch;			/* only without writes to the image */
} kinds[] = {
	{ "striped", map_striped, false, false },
	{ "linear", map_striped, false, false },
	{ "mirror", map_mirror, false, false },
	{ "raid*", map_raid, true, false },
	{ "thin-pool", map_thin_pool, true, true },
	{ "thin", map_thin, true, true },
	{ "cache", map_cache, true, true },
};

static bool type_matches(const char *type, const char *pattern)
{
	size_t len = strlen(pattern) - 1;

	return pattern[len] == '*' ? !strncmp(type, pattern, len) :
		!strcmp(type, pattern);
}

int lvm_target(struct lvm_mapping *mapping, const struct lvm_logical *logical,
	       const struct lvm_segment *segment, struct mapper_target *target,
	       struct lkl_error *err)
{
	struct params params = { .text = NULL };
	unsigned int i;
	int ret;

	if (!strcmp(segment->type, "error") || !strcmp(segment->type, "zero")) {
		target->type = segment->type;
		target->params = strdup("");
		return target->params ? 0 : error_no_memory(err);
	}
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (type_matches(segment->type, kinds[i].type))
			break;
	if (i == sizeof(kinds) / sizeof(*kinds) ||
	    (kinds[i].whole && logical->n_segments > 1))
		return error_set(err, -ENOTSUP,
				 "volumes of the type %.32s are not supported",
				 segment->type);
	if (kinds[i].scratch && !(mapping->flags & (LVM_MAP_SCRATCH |
						    LVM_MAP_READ_ONLY)))
		return error_set(err, -EROFS,
				 "volumes of the type %.32s can only be read: say --snapshot",
				 segment->type);
	ret = kinds[i].map(mapping, &params, segment, &target->type, err);
	if (!ret && params.failed)
		ret = error_no_memory(err);
	if (ret < 0)
		free(params.text);
	else
		target->params = params.text;
	return ret;
}
