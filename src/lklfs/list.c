// SPDX-License-Identifier: GPL-2.0-only
/*
 * list.c - lklfs list: shows the partitions of an image, and what is in them.
 *
 * It starts no kernel: libblkid reads the partition table and the superblocks.
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

static int print_partitions(struct run *run, struct lkl_error *err)
{
	struct partition *partitions;
	unsigned int i, n;
	int ret = session_list(run->session, &partitions, &n, err);

	if (ret < 0)
		return ret;
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
