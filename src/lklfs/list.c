// SPDX-License-Identifier: GPL-2.0-only
/*
 * list.c - lklfs list: shows the partitions of an image, and what is in them.
 *
 * It starts no kernel for that: libblkid reads the partition table and the
 * superblocks.  If there are volumes, it maps and shows them, too.
 */
#include "commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/image/partition.h"
#include "common/image/watchdog.h"
#include "common/storage/volume.h"
#include "run.h"

struct list {
	bool bytes;
};

static const struct option_entry entries[] = {
	{ 'b', "bytes", NULL, "sizes in bytes" },
	{ 0 }
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	(void)key;
	(void)argument;
	(void)err;
	((struct list *)((struct run *)target)->options)->bytes = true;
	return 0;
}

static const char *format_bytes(const struct list *list, uint64_t bytes,
				char buf[32])
{
	if (!list->bytes)
		return format_size(buf, bytes);
	snprintf(buf, 32, "%" PRIu64, bytes);
	return buf;
}

static const char *or_dash(const char *text)
{
	return *text ? quote_name(text) : "-";
}

static void print_partition(struct run *run, const struct partition *p)
{
	char start[32], size[32];

	printf("%4u  %-10s %-10s %-12s", p->number,
	       format_bytes(run->options, p->offset, start),
	       format_bytes(run->options, p->size, size),
	       p->probe.type[0] ? p->probe.type : "-");
	printf(" %-16s", or_dash(p->probe.label));
	printf(" %-16s", or_dash(p->name));
	printf(" %s\n", or_dash(p->probe.uuid));
}

static void json_member(struct json_writer *writer, const char *key,
			const char *value)
{
	if (*value)
		json_name(writer, key, value);
}

static void json_partition(struct run *run, const struct partition *p)
{
	struct json_writer *writer = &run->writer;

	json_line_begin(writer);
	json_string(writer, "kind", p->number ? "partition" : "disk");
	json_unsigned(writer, "partition", p->number);
	json_unsigned(writer, "start", p->offset);
	json_unsigned(writer, "size", p->size);
	json_member(writer, "content", p->probe.type);
	if (p->probe.type[0])
		json_bool(writer, "filesystem", p->probe.is_filesystem);
	json_member(writer, "label", p->probe.label);
	json_member(writer, "uuid", p->probe.uuid);
	json_member(writer, "partition_label", p->name);
	json_member(writer, "partition_uuid", p->uuid);
	json_line_end(writer);
}

/* Volumes need a kernel that maps them. */
static bool holds_volumes(const struct run *run,
			  const struct partition *partitions, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (probe_is_member(&partitions[i].probe))
			return true;
	return run->common.n_disks || run->common.volume;
}

static void print_volume(struct run *run, const struct volume *v)
{
	char start[32] = "-", size[32];

	if (v->kind == VOLUME_PARTITION)
		format_bytes(run->options, v->offset, start);
	printf("%-20s", quote_name(v->name));
	printf(" %-9s %-10s", volume_kind_name(v->kind), v->kind ==
	       VOLUME_PARTITION ? start : "-");
	printf(" %-10s %-17s", format_bytes(run->options, v->size, size),
	       v->probe.type[0] ? v->probe.type : "-");
	printf(" %-16s", or_dash(v->probe.label));
	printf(" %s", or_dash(v->probe.uuid));
	if (v->degraded)
		printf(" degraded");
	if (v->problem[0])
		printf(" (%s)", quote_name(v->problem));
	printf("\n");
}

static void json_volume(struct run *run, const struct volume *v)
{
	struct json_writer *writer = &run->writer;
	unsigned int i;

	json_line_begin(writer);
	json_string(writer, "kind", volume_kind_name(v->kind));
	json_name(writer, "volume", v->name);
	if (v->kind == VOLUME_PARTITION) {
		json_unsigned(writer, "partition", v->number);
		json_unsigned(writer, "start", v->offset);
	}
	json_unsigned(writer, "size", v->size);
	json_member(writer, "content", v->probe.type);
	if (v->probe.type[0])
		json_bool(writer, "filesystem", v->probe.is_filesystem);
	json_member(writer, "label", v->probe.label);
	json_member(writer, "uuid", v->probe.uuid);
	json_member(writer, v->kind == VOLUME_PARTITION ? "partition_label" :
		    "volume_label", v->label);
	json_member(writer, v->kind == VOLUME_PARTITION ? "partition_uuid" :
		    "volume_uuid", v->uuid);
	json_bool(writer, "degraded", v->degraded);
	json_member(writer, "problem", v->problem);
	json_array_begin(writer, "parents");
	for (i = 0; i < v->n_parents; i++)
		json_string(writer, NULL, v->parents[i]->name);
	json_array_end(writer);
	json_line_end(writer);
}

static int print_volumes(struct run *run, struct lkl_error *err)
{
	struct storage *storage;
	unsigned int i;
	int ret = session_discover(run->session, &storage, err);

	if (ret < 0)
		return ret;
	if (!run->json)
		printf("%-20s %-9s %-10s %-10s %-17s %-16s %s\n", "--volume",
		       "kind", "start", "size", "content", "label", "uuid");
	for (i = 0; i < storage_count(storage); i++) {
		if (run->json)
			json_volume(run, storage_volume(storage, i));
		else
			print_volume(run, storage_volume(storage, i));
	}
	return 0;
}

static int print_partitions(struct run *run, struct lkl_error *err)
{
	struct partition *partitions;
	unsigned int i, n;
	int ret = session_list(run->session, &partitions, &n, err);

	if (ret < 0)
		return ret;
	if (holds_volumes(run, partitions, n)) {
		free(partitions);
		return print_volumes(run, err);
	}
	if (!run->json)
		printf("%4s  %-10s %-10s %-12s %-16s %-16s %s\n", "-P", "start",
		       "size", "content", "label", "partition", "uuid");
	for (i = 0; i < n; i++) {
		if (run->json)
			json_partition(run, &partitions[i]);
		else
			print_partition(run, &partitions[i]);
	}
	free(partitions);
	return 0;
}

static int run_list(struct run *run, struct lkl_error *err)
{
	int ret = session_prepare(run->image, &run->common, SESSION_READ_ONLY,
				  &run->session, err);

	if (ret < 0)
		return ret;
	ret = session_confine(run->session, err);
	if (!ret)
		ret = print_partitions(run, err);
	/* Nothing was mounted, so nothing can be lost. */
	session_close(run->session, NULL);
	return ret;
}

const struct command list_command = {
	.name = "list",
	.operands = "IMAGE",
	.summary = "show partitions and file systems",
	.flags = COMMAND_ALONE,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct list),
	.run = run_list,
};
