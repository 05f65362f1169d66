// SPDX-License-Identifier: GPL-2.0-only
/*
 * session-find.c - which file system of the disks a session mounts.
 */
#include "session-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "gpt.h"
#include "partition.h"
#include "probe-copy.h"
#include "stack.h"

/* The likeliest reason is that the image has another format. */
static int error_no_filesystem(const struct session *session,
			       const char *where, struct lkl_error *err)
{
	const char *format = session->has_format ? NULL :
		probe_image_format(session->disk);
	const char *compression = probe_compression(session->disk);
	const char *named = !compression ? NULL :
		!strcmp(compression, "gzip") ? "gz" :
		!strcmp(compression, "xz") ? "xz" :
		!strcmp(compression, "zstd") ? "zst" : NULL;
	const struct probe_source source = probe_source_disk(session->disk);
	char problem[GPT_PROBLEM_MAX];

	/* None of these formats can be written to. */
	if (named && session->overlay)
		return error_set(err, -EINVAL,
				 "%sno file system found; it looks compressed with %s: decompress it first, or say --format=%s",
				 where, compression, named);
	if (compression)
		return error_set(err, -EINVAL,
				 "%sno file system found; it looks compressed with %s: decompress it first",
				 where, compression);
	if (!format && !*where && gpt_problem(&source, problem))
		return error_set(err, -EINVAL,
				 "no file system found: %s", problem);
	if (!format)
		return error_set(err, -EINVAL, "%sno file system found", where);
	if (session->has_read_format)
		return error_set(err, -EINVAL,
				 "%sno file system found; it looks like %s: say --format=%s to write to it; to read it, no format is needed",
				 where, format, format);
	return error_set(err, -EINVAL,
			 "%sno file system found; it looks like %s: say --format=%s if it is",
			 where, format, format);
}

/* @where: what holds it, with ": " behind it, or "" */
static int error_not_filesystem(const char *where, const char *type,
				struct lkl_error *err)
{
	if (!strcmp(type, "BitLocker"))
		return error_set(err, -ENOTSUP,
				 "%sis encrypted with BitLocker, which is not supported",
				 where);
	return error_set(err, -EINVAL, "%sholds %s, which is not a file system",
			 where, type);
}

/*
 * Find the partition to mount and the kernel's name for its file system.
 *
 * -EXDEV: it holds a part of a volume that lies on partitions.
 */
int session_find_partition(struct session *session,
			   const struct common_options *options,
			   struct lkl_error *err)
{
	const struct probe_source source = probe_source_disk(session->disk);
	cleanup_free struct partition *partition = NULL;
	char where[32] = "", problem[PARTITION_PROBLEM_MAX];
	int ret;

	partition = malloc(sizeof(*partition));
	if (!partition)
		return error_no_memory(err);
	ret = partition_choose(session->disk, options->partition,
			       !options->type, partition, err);
	if (ret < 0)
		return ret;

	session->partition = partition->number;
	session->start = partition->offset;
	if (options->type) {
		snprintf(session->type, sizeof(session->type), "%s",
			 probe_kernel_type(options->type));
		return 0;
	}

	if (partition->number) {
		snprintf(where, sizeof(where), "partition %u: ",
			 partition->number);
		/* Probe again for the error message: it lists all candidates. */
		ret = probe_range(&source, partition->offset,
				  partition->size, &partition->probe, err);
		if (ret < 0)
			return error_prefix(err, ret, "partition %u",
					    partition->number);
	}
	if (!partition->probe.type[0] && partition_problem(partition, problem))
		return error_set(err, -EINVAL, "%sno file system found: %s",
				 where, problem);
	if (!partition->probe.type[0])
		return error_no_filesystem(session, where, err);
	if (stack_is_member(session->disk, partition->offset,
			    &partition->probe))
		return -EXDEV;
	if (!partition->probe.is_filesystem)
		return error_not_filesystem(where, partition->probe.type, err);
	snprintf(session->type, sizeof(session->type), "%s",
		 probe_kernel_type(partition->probe.type));
	return 0;
}

int session_check_type(const char *type, struct lkl_error *err)
{
	const char *all = lkl_features(), *found;
	size_t len = strlen(type);

	for (found = all; (found = strstr(found, type)); found++)
		if (found > all && found[-1] == '+' &&
		    (found[len] == ' ' || !found[len]))
			return 0;
	return error_set(err, -ENODEV,
			 "cannot mount: file system type %s is not supported",
			 quote_name(type));
}

int session_choose_volume(struct session *session,
			  const struct volume **ret_volume,
			  struct lkl_error *err)
{
	const struct common_options *options = session->options;
	const struct volume *volume;
	int ret;

	ret = storage_choose(session->storage, options->volume ?
			     options->volume : options->partition, &volume,
			     err);
	if (ret < 0)
		return ret;
	if (options->type)
		snprintf(session->type, sizeof(session->type), "%s",
			 probe_kernel_type(options->type));
	else if (!volume->probe.type[0])
		return error_set(err, -EINVAL, "%s: %s",
				 quote_name(volume->name), volume->problem[0] ?
				 volume->problem : "no file system found");
	else if (!volume->probe.is_filesystem)
		return error_prefix(err, error_not_filesystem("",
						volume->probe.type, err),
				    "%s", quote_name(volume->name));
	else
		snprintf(session->type, sizeof(session->type), "%s",
			 probe_kernel_type(volume->probe.type));
	strcpy(session->node, volume->node);
	*ret_volume = volume;
	return session->overlay ? 0 : stack_check_writing(volume, err);
}
