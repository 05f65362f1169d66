// SPDX-License-Identifier: GPL-2.0-only
/*
 * list.c - lklfs list: shows disks, partitions, arrays and volumes, and their contents.
 *
 * The kernel inside maps the volumes, but mounts nothing.
 */
#include "arguments.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "common/storage/unlock.h"
#include "common/storage/volume.h"
#include "run.h"

struct list {
	bool bytes;			/* first: arguments_set_flag() */
};

static const struct option_entry entries[] = {
	{ 'b', "bytes", NULL, "sizes in bytes" },
	{ 0 }
};

/* A volume that could not be opened has no size. */
static const char *format_bytes(const struct list *list, uint64_t bytes,
				char buf[32])
{
	if (!bytes)
		return "-";
	if (!list->bytes)
		return format_size(buf, bytes);
	snprintf(buf, 32, "%" PRIu64, bytes);
	return buf;
}

static const char *or_dash(const char *text)
{
	return *text ? quote_name(text) : "-";
}

#define NAME_COLUMN 22

static void print_volume(struct run *run, const struct volume *volume,
			 unsigned int depth)
{
	const char *name = quote_name(volume->name);
	int indent = (int)(2 * depth), width = NAME_COLUMN - indent;
	char size[32];

	printf("%*s%-*s %-9s %-10s", indent, "", width > 0 ? width : 0, name,
	       volume_kind_name(volume->kind),
	       format_bytes(run->options, volume->size, size));
	printf(" %-17s", or_dash(volume->probe.type));
	printf(" %-16s", or_dash(volume->probe.label));
	printf(" %-16s", or_dash(volume->label));
	printf(" %s", or_dash(volume->probe.uuid));
	if (volume->degraded)
		fputs(" (degraded)", stdout);
	if (volume->problem[0])
		printf(" (%s)", quote_name(volume->problem));
	putchar('\n');
}

/* A volume that lies on several stands below the first of them. */
static void print_tree(struct run *run, const struct volume *volume,
		       unsigned int depth)
{
	unsigned int i;

	print_volume(run, volume, depth);
	for (i = 0; i < volume->n_children; i++)
		if (volume->children[i]->parents[0] == volume)
			print_tree(run, volume->children[i], depth + 1);
}

static void json_member(struct json_writer *writer, const char *key,
			const char *value)
{
	if (*value)
		json_name(writer, key, value);
}

static void json_partition(struct json_writer *writer,
			   const struct volume *volume)
{
	json_unsigned(writer, "partition", volume->number);
	json_unsigned(writer, "start", volume->offset);
	json_member(writer, "partition_label", volume->label);
	json_member(writer, "partition_uuid", volume->uuid);
}

static void json_volume(struct run *run, const struct volume *volume)
{
	struct json_writer *writer = &run->writer;
	unsigned int i;

	json_line_begin(writer);
	json_string(writer, "kind", volume_kind_name(volume->kind));
	json_name(writer, "volume", volume->name);
	json_array_begin(writer, "parents");
	for (i = 0; i < volume->n_parents; i++)
		json_string(writer, NULL, volume->parents[i]->name);
	json_array_end(writer);
	if (volume->kind == VOLUME_PARTITION)
		json_partition(writer, volume);
	if (volume->size)
		json_unsigned(writer, "size", volume->size);
	json_member(writer, "content", volume->probe.type);
	if (volume->probe.type[0])
		json_bool(writer, "filesystem", volume->probe.is_filesystem);
	json_member(writer, "label", volume->probe.label);
	json_member(writer, "uuid", volume->probe.uuid);
	json_bool(writer, "degraded", volume->degraded);
	json_member(writer, "problem", volume->problem);
	json_line_end(writer);
}

static int print_volumes(struct run *run, struct lkl_error *err)
{
	const struct volume *volume;
	struct storage *storage;
	unsigned int i;
	int ret = session_discover(run->session, &storage, err);

	if (ret < 0)
		return ret;
	if (!run->json)
		printf("%-*s %-9s %-10s %-17s %-16s %-16s %s\n", NAME_COLUMN,
		       "-P", "kind", "size", "content", "label", "partition",
		       "uuid");
	for (i = 0; i < storage_count(storage); i++) {
		volume = storage_volume(storage, i);
		if (run->json)
			json_volume(run, volume);
		else if (!volume->n_parents)
			print_tree(run, volume, 0);
	}
	ret = unlocker_check_opened(&run->common.keys, storage, err);
	return ret < 0 ? error_prefix(err, ret, "%s", quote_name(run->image)) :
		0;
}

static int run_list(struct run *run, struct lkl_error *err)
{
	int ret = session_prepare(run->image, &run->common, SESSION_READ_ONLY,
				  &run->session, err);

	if (ret < 0)
		return ret;
	ret = session_confine(run->session, err);
	if (!ret)
		ret = print_volumes(run, err);
	/* Nothing was mounted, so nothing can be lost. */
	session_close(run->session, NULL);
	return ret;
}

const struct command list_command = {
	.name = "list",
	.operands = "IMAGE",
	.summary = "show partitions, volumes and file systems",
	.flags = COMMAND_ALONE,
	.entries = entries,
	.handle = arguments_set_flag,
	.options_size = sizeof(struct list),
	.run = run_list,
};
