// SPDX-License-Identifier: GPL-2.0-only
/*
 * partition.c - read the partition table of an image and choose a partition.
 *
 * libblkid reads the table only to find the number of a partition.  The kernel
 * reads the table again when it gets the disk.
 */
#include "partition.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <blkid/blkid.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "gpt.h"
#include "probe-copy.h"
#include "tag.h"

/* More than any table that the kernel reads. */
#define PARTITIONS_MAX 256

/* libblkid counts in sectors of 512 bytes whatever the disk's are. */
#define BLKID_SECTOR 512

static void free_table(struct partition_table *table)
{
	free(table->at);
}

#define cleanup_table __attribute__((cleanup(free_table)))

static void free_probe(blkid_probe *probe)
{
	if (*probe)
		blkid_free_probe(*probe);
}

#define cleanup_probe __attribute__((cleanup(free_probe)))

static void copy_string(char *buf, size_t size, const char *value)
{
	snprintf(buf, size, "%s", value ? value : "");
}

/* Is there the header of a GPT, in the second sector of this size? */
static bool has_gpt(const struct probe_source *source, unsigned int sector_size)
{
	static const unsigned char magic[12] = "EFI PART\0\0\1";
	static const unsigned char second[8] = { 1 };
	unsigned char header[512];

	return source->size >= 2ull * sector_size &&
		!source->read(source->opaque, header, sizeof(header),
			      sector_size) &&
		!memcmp(header, magic, sizeof(magic)) &&
		!memcmp(header + 24, second, sizeof(second));
}

/*
 * An image may be of a disk with larger sectors: only a GPT tells.  Elsewhere, what
 * looks like one is data.
 */
static unsigned int table_sector_size(const struct probe_source *source)
{
	unsigned int size, found = 0;

	if (has_gpt(source, source->sector_size))
		return source->sector_size;
	for (size = 512; size <= 4096; size *= 2)
		if (has_gpt(source, size))
			found = found ? source->sector_size : size;
	return found ? found : source->sector_size;
}

static bool is_gpt(blkid_partition partition)
{
	blkid_parttable table = blkid_partition_get_table(partition);
	const char *type = table ? blkid_parttable_get_type(table) : NULL;

	return type && !strcmp(type, "gpt");
}

static void copy_partition(struct partition *to, blkid_partition from,
			   uint64_t image_size)
{
	memset(to, 0, sizeof(*to));
	to->number = (unsigned int)blkid_partition_get_partno(from);
	to->offset = (uint64_t)blkid_partition_get_start(from) * BLKID_SECTOR;
	to->size = (uint64_t)blkid_partition_get_size(from) * BLKID_SECTOR;
	/* A table may lie: cut partitions off at the end of the image. */
	if (to->offset > image_size)
		to->offset = image_size;
	if (to->size > image_size - to->offset) {
		to->missing = to->size - (image_size - to->offset);
		to->size = image_size - to->offset;
	}
	copy_string(to->uuid, sizeof(to->uuid),
		    blkid_partition_get_uuid(from));
	copy_string(to->name, sizeof(to->name),
		    blkid_partition_get_name(from));
	if (!is_gpt(from))
		return;
	copy_string(to->type, sizeof(to->type),
		    blkid_partition_get_type_string(from));
	to->flags = blkid_partition_get_flags(from);
}

bool partition_problem(const struct partition *partition,
		       char ret_problem[PARTITION_PROBLEM_MAX])
{
	char missing[FORMAT_SIZE_MAX];

	if (!partition->missing)
		return false;
	if (partition->size)
		snprintf(ret_problem, PARTITION_PROBLEM_MAX,
			 "its last %s are past the end of the disk",
			 format_size(missing, partition->missing));
	else
		snprintf(ret_problem, PARTITION_PROBLEM_MAX,
			 "it lies past the end of the disk");
	return true;
}

static void note_extended(struct partition_table *table, blkid_partition from,
			  uint64_t image_size)
{
	struct partition extended;

	copy_partition(&extended, from, image_size);
	if (extended.missing)
		table->cut_extended = extended.number;
}

/* Read all partitions except extended ones, which only contain others. */
static int read_table_as(const struct probe_source *source, int fd, int flags,
			 struct partition_table *ret_table,
			 struct lkl_error *err)
{
	uint64_t size = source->size;
	cleanup_probe blkid_probe probe = blkid_new_probe();
	cleanup_table struct partition_table table = {
		.sector_size = table_sector_size(source),
	};
	blkid_partition partition;
	blkid_partlist list;
	int i, n, ret;

	if (!probe ||
	    blkid_probe_set_device(probe, fd, 0, (blkid_loff_t)size) ||
	    blkid_probe_set_sectorsize(probe, table.sector_size))
		return error_set(err, -EIO, "cannot read the partition table");
	blkid_probe_enable_superblocks(probe, 0);
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_set_partitions_flags(probe, flags |
					 BLKID_PARTS_ENTRY_DETAILS);
	ret = blkid_do_fullprobe(probe);
	if (ret < 0)
		return error_set(err, -EIO, "cannot read the partition table");
	list = ret ? NULL : blkid_probe_get_partitions(probe);
	n = list ? blkid_partlist_numof_partitions(list) : 0;
	if (n > PARTITIONS_MAX)
		n = PARTITIONS_MAX;
	if (n > 0) {
		table.at = calloc((size_t)n, sizeof(*table.at));
		if (!table.at)
			return error_no_memory(err);
	}

	for (i = 0; i < n; i++) {
		partition = blkid_partlist_get_partition(list, i);
		if (!partition || blkid_partition_get_partno(partition) < 1)
			continue;
		if (blkid_partition_is_extended(partition)) {
			note_extended(&table, partition, size);
			continue;
		}
		copy_partition(&table.at[table.n++], partition, size);
	}
	*ret_table = table;
	table.at = NULL;
	return 0;
}

/*
 * Without a partition table the result is 0 and an empty list.
 *
 * The kernel reads a GPT also where the protective MBR in the first sector is
 * lost.  libblkid has to be told.  On a disk with other contents, such a GPT is a
 * leftover.
 */
static int read_table(const struct probe_source *source, int fd,
		      const struct probe *whole,
		      struct partition_table *ret_table, struct lkl_error *err)
{
	struct partition_table table = { 0 };
	int ret = read_table_as(source, fd, 0, &table, err);

	if (!ret && !table.n && !whole->type[0]) {
		free_table(&table);
		table.at = NULL;
		ret = read_table_as(source, fd, BLKID_PARTS_FORCE_GPT, &table,
				    err);
	}
	if (!ret)
		*ret_table = table;
	return ret;
}

/* A partition that cannot be probed counts as empty. */
static void probe_all(const struct probe_source *source,
		      struct partition_table *table)
{
	unsigned int i;

	for (i = 0; i < table->n; i++)
		probe_range(source, table->at[i].offset, table->at[i].size,
			    &table->at[i].probe, NULL);
}

static void list_partitions(const struct partition_table *table)
{
	char offset[FORMAT_SIZE_MAX], size[FORMAT_SIZE_MAX];
	const struct partition *p;
	unsigned int i;

	report_line("%4s  %-9s %-9s %-11s %s", "", "offset", "size", "type",
		    "label");
	for (i = 0; i < table->n; i++) {
		p = &table->at[i];
		report_line("%4u  %-9s %-9s %-11s %s", p->number,
			    format_size(offset, p->offset),
			    format_size(size, p->size),
			    p->probe.type[0] ? p->probe.type : "-",
			    quote_name(p->probe.label[0] ? p->probe.label :
				       p->name));
	}
}

static bool is_tagged(const struct partition *p, const char *which)
{
	const struct tag_values values = {
		.label = p->probe.label, .uuid = p->probe.uuid,
		.partlabel = p->name, .partuuid = p->uuid,
	};

	return tag_matches(&values, which);
}

bool probe_is_member(const struct probe *probe)
{
	static const char *const types[] = {
		"LVM2_member", "linux_raid_member", "crypto_LUKS",
	};
	unsigned int i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(probe->type, types[i]))
			return true;
	return false;
}

bool probe_is_same_btrfs(const struct probe *a, const struct probe *b)
{
	return !strcmp(a->type, "btrfs") && !strcmp(b->type, "btrfs") &&
		!strcmp(a->uuid, b->uuid) && strcmp(a->sub_uuid, b->sub_uuid);
}

static bool holds_members(const struct partition_table *table)
{
	unsigned int i;

	for (i = 0; i < table->n; i++)
		if (probe_is_member(&table->at[i].probe))
			return true;
	return false;
}

static int choose_by_tag(struct partition_table *table, const struct partition *whole,
			 const char *which, struct partition *ret_partition,
			 struct lkl_error *err)
{
	const struct partition *found = NULL;
	unsigned int i;

	if (!tag_is_known(which))
		return error_set(err, -EINVAL,
				 "unknown partition tag: %s", which);
	if (is_tagged(whole, which))
		found = whole;
	for (i = 0; i < table->n; i++) {
		if (!is_tagged(&table->at[i], which))
			continue;
		if (found && probe_is_same_btrfs(&found->probe,
						 &table->at[i].probe))
			continue;
		if (found) {
			list_partitions(table);
			return error_set(err, -ENOTUNIQ,
					 "more than one partition has %s: choose one by its number (0 is the whole image)",
					 which);
		}
		found = &table->at[i];
	}
	if (!found && (holds_members(table) || probe_is_member(&whole->probe)))
		return error_set(err, -EXDEV, "parts of volumes");
	if (!found && table->n)
		list_partitions(table);
	if (!found)
		return error_set(err, -ENXIO, "no partition has %s", which);
	*ret_partition = *found;
	return 0;
}

static int choose_by_number(const struct partition_table *table,
			    const struct partition *whole, const char *which,
			    const struct probe_source *source,
			    struct partition *ret_partition,
			    struct lkl_error *err)
{
	char problem[GPT_PROBLEM_MAX];
	uint64_t number;
	unsigned int i;
	int ret;

	ret = parse_number(which, UINT_MAX, &number, err);
	if (ret < 0)
		return error_set(err, ret,
				 "not a partition number or TAG=value: %s",
				 which);
	if (!number) {
		*ret_partition = *whole;
		return 0;
	}
	for (i = 0; i < table->n; i++) {
		if (table->at[i].number == number) {
			*ret_partition = table->at[i];
			return 0;
		}
	}
	if (!table->n)
		return error_set(err, -ENXIO, "no partition %s: %s", which,
				 gpt_problem(source, problem) ? problem :
				 "there is no partition table");
	list_partitions(table);
	return error_set(err, -ENXIO, "no partition %s", which);
}

/*
 * A hybrid image of an optical disk has a partition table too, so that it boots
 * from a USB stick.  On any other disk that has both a table and a file system,
 * one of the two is a leftover.
 */
static bool is_hybrid(const struct probe *probe)
{
	return !strcmp(probe->type, "iso9660") || !strcmp(probe->type, "udf");
}

static int choose_alone(const struct partition_table *table,
			const struct partition *whole,
			struct partition *ret_partition, struct lkl_error *err)
{
	bool filesystem = whole->probe.is_filesystem;

	if (!table->n || (filesystem && is_hybrid(&whole->probe))) {
		*ret_partition = *whole;
		return 0;
	}
	if (!filesystem && table->n == 1) {
		*ret_partition = table->at[0];
		return 0;
	}
	if (!filesystem && holds_members(table))
		return error_set(err, -EXDEV, "parts of volumes");
	list_partitions(table);
	if (filesystem)
		return error_set(err, -ENOTUNIQ,
				 "there are partitions, but also %s on the whole disk: choose with --partition (0 is the whole disk)",
				 whole->probe.type);
	return error_set(err, -ENOTUNIQ,
			 "%u partitions: choose one with --partition",
			 table->n);
}

int partition_read(const struct probe_source *source, struct probe *ret_whole,
		   struct partition_table *ret_table, struct lkl_error *err)
{
	cleanup_close int fd = probe_copy_disk(source, err);
	struct probe whole = { 0 };
	int ret;

	if (fd < 0)
		return fd;
	/* A content that cannot be probed counts as none. */
	probe_file(fd, source->size, &whole, NULL);
	ret = read_table(source, fd, &whole, ret_table, err);
	if (ret < 0)
		return ret;
	probe_all(source, ret_table);
	*ret_whole = whole;
	return 0;
}

int partition_choose(struct lkl_disk *disk, const char *which, bool need_probe,
		     struct partition *ret_partition, struct lkl_error *err)
{
	const struct probe_source source = probe_source_disk(disk);
	cleanup_table struct partition_table table = { 0 };
	struct partition whole = { .size = source.size };
	cleanup_close int fd = probe_copy_disk(&source, err);
	int ret;

	if (fd < 0)
		return fd;
	ret = probe_file(fd, whole.size, &whole.probe, err);
	/* An error does not matter if the user named a type or a partition. */
	if (ret < 0 && need_probe && (!which || !strcmp(which, "0")))
		return ret;
	ret = read_table(&source, fd, &whole.probe, &table, err);
	if (ret < 0)
		return ret;
	probe_all(&source, &table);

	if (table.n && table.sector_size != source.sector_size)
		return error_set(err, -EXDEV, "sectors of %u bytes",
				 table.sector_size);
	if (which && strchr(which, '='))
		return choose_by_tag(&table, &whole, which, ret_partition,
				     err);
	if (which)
		return choose_by_number(&table, &whole, which, &source,
					ret_partition, err);
	return choose_alone(&table, &whole, ret_partition, err);
}
