// SPDX-License-Identifier: GPL-2.0-only
/*
 * table.c - writes a partition table with libfdisk, in a process of its own.
 */
#include "config.h"
#include "table.h"

#include <errno.h>

#include "common/error.h"

#ifdef HAVE_LIBFDISK

#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libfdisk/libfdisk.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "tar2fs/process.h"

/* Bytes of the entries of a GPT.  A copy of them and of the header ends the disk. */
#define GPT_ENTRIES_SIZE	(128u * 128u)

/* The flag of a GPT that stands for "active" in a DOS table. */
#define GPT_FLAG_LEGACY_BOOT	4u

DLOPEN_NOTE("layout", "partition tables of new disks", "recommended",
	    LIBFDISK_SONAME);

#define FUNCTIONS(DO)						\
	DO(new_context)						\
	DO(unref_context)					\
	DO(disable_dialogs)					\
	DO(save_user_sector_size)				\
	DO(save_user_grain)					\
	DO(assign_device_by_fd)					\
	DO(deassign_device)					\
	DO(create_disklabel)					\
	DO(set_disklabel_id_from_string)			\
	DO(get_label)						\
	DO(label_get_parttype_from_string)			\
	DO(label_get_parttype_from_code)			\
	DO(new_unknown_parttype)				\
	DO(unref_parttype)					\
	DO(new_partition)					\
	DO(unref_partition)					\
	DO(partition_set_partno)				\
	DO(partition_set_start)					\
	DO(partition_set_size)					\
	DO(partition_size_explicit)				\
	DO(partition_set_type)					\
	DO(partition_set_name)					\
	DO(partition_set_uuid)					\
	DO(add_partition)					\
	DO(gpt_set_partition_attrs)				\
	DO(toggle_partition_flag)				\
	DO(write_disklabel)

static struct {
#define DECLARE(name) __typeof__(fdisk_ ## name) *name;
	FUNCTIONS(DECLARE)
#undef DECLARE
} fdisk;

int table_library_load(struct lkl_error *err)
{
	static const char *const names[] = {
#define NAME(name) "fdisk_" #name,
		FUNCTIONS(NAME)
#undef NAME
	};
	void *library = dlopen(LIBFDISK_SONAME, RTLD_NOW | RTLD_LOCAL);
	void **to = (void **)&fdisk;
	size_t i;

	for (i = 0; library && i < sizeof(names) / sizeof(*names); i++) {
		to[i] = dlsym(library, names[i]);
		if (!to[i])
			library = NULL;
	}
	/* dlerror() names the file. */
	return library ? 0 : error_set(err, -ENOTSUP,
				       "cannot load libfdisk: %s", dlerror());
}

/* The type for libfdisk; one that it does not know is allowed, too. */
static struct fdisk_parttype *find_type(struct fdisk_context *context,
					const struct table *table,
					const struct partition_type *type)
{
	const struct fdisk_label *label = fdisk.get_label(context, NULL);
	unsigned int code = type_dos_code(type);
	struct fdisk_parttype *found;

	if (table->dos)
		found = fdisk.label_get_parttype_from_code(label, code);
	else
		found = fdisk.label_get_parttype_from_string(label, type->guid);
	return found ? found : fdisk.new_unknown_parttype(code, type->guid);
}

static int set_names(struct fdisk_partition *partition,
		     const struct table_entry *entry)
{
	int ret = fdisk.partition_set_uuid(partition, entry->uuid);

	return ret || !entry->label ? ret :
		fdisk.partition_set_name(partition, entry->label);
}

static int add_entry(struct fdisk_context *context, const struct table *table,
		     size_t index)
{
	const struct table_entry *entry = &table->entries[index];
	struct fdisk_partition *partition = fdisk.new_partition();
	struct fdisk_parttype *type = find_type(context, table, entry->type);
	int ret = partition && type ? 0 : -ENOMEM;

	if (!ret)
		ret = fdisk.partition_set_partno(partition, index);
	if (!ret)
		ret = fdisk.partition_set_start(partition, entry->start /
						table->sector_size);
	if (!ret)
		ret = fdisk.partition_set_size(partition, entry->size /
					       table->sector_size);
	if (!ret)
		ret = fdisk.partition_size_explicit(partition, 1);
	if (!ret)
		ret = fdisk.partition_set_type(partition, type);
	if (!ret && !table->dos)
		ret = set_names(partition, entry);
	if (!ret)
		ret = fdisk.add_partition(context, partition, NULL);
	if (!ret && !table->dos)
		ret = fdisk.gpt_set_partition_attrs(context, index,
						    entry->flags);
	if (!ret && table->dos && entry->flags & GPT_FLAG_LEGACY_BOOT)
		ret = fdisk.toggle_partition_flag(context, index,
						  DOS_FLAG_ACTIVE);
	fdisk.unref_parttype(type);
	fdisk.unref_partition(partition);
	return ret;
}

static int write_table(struct fdisk_context *context,
		       const struct table *table, int fd)
{
	size_t i;
	int ret;

	ret = fdisk.disable_dialogs(context, 1);
	if (!ret)
		ret = fdisk.save_user_sector_size(context, table->sector_size,
						  table->sector_size);
	/* All places were chosen already. */
	if (!ret)
		ret = fdisk.save_user_grain(context, table->sector_size);
	if (!ret)
		ret = fdisk.assign_device_by_fd(context, fd, "disk", 0);
	if (ret)
		return ret;
	ret = fdisk.create_disklabel(context, table->dos ? "dos" : "gpt");
	if (!ret)
		ret = fdisk.set_disklabel_id_from_string(context, table->id);
	for (i = 0; i < table->n && !ret; i++)
		ret = add_entry(context, table, i);
	if (!ret)
		ret = fdisk.write_disklabel(context);
	fdisk.deassign_device(context, 1);
	return ret;
}

struct job {
	const struct table *table;
	const char *path;
	enum sandbox_mode sandbox;
};

static int table_work(void *opaque, void *result, struct lkl_error *err)
{
	const struct job *job = opaque;
	cleanup_close int fd = open(job->path, O_RDWR | O_CLOEXEC);
	struct fdisk_context *context = fdisk.new_context();
	int ret = 0;

	if (!context)
		return error_no_memory(err);
	if (fd < 0)
		return error_set(err, -errno, "cannot open: %s",
				 strerror(errno));
	ret = process_confine(job->sandbox, err);
	if (ret < 0)
		return ret;
	ret = write_table(context, job->table, fd);
	fdisk.unref_context(context);
	/* Some functions of libfdisk return 1 for an error. */
	return ret ? error_set(err, ret < 0 ? ret : -EINVAL,
			       "cannot write the partition table: %s",
			       strerror(ret < 0 ? -ret : EINVAL)) : 0;
}

int table_write(const struct table *table, const char *path,
		enum sandbox_mode sandbox, struct lkl_error *err)
{
	struct job job = { .table = table, .path = path, .sandbox = sandbox };
	char result = 0;

	return process_ask(table_work, &job, &result, sizeof(result), err);
}

const char *table_features(void)
{
	return "+libfdisk";
}

uint64_t table_tail(const struct table *table)
{
	return table->dos ? 0 : GPT_ENTRIES_SIZE + table->sector_size;
}

#else

const char *table_features(void)
{
	return "";
}

int table_library_load(struct lkl_error *err)
{
	return error_set(err, -ENOTSUP,
			 "disks with partitions were not built in, for lack of libfdisk");
}

int table_write(const struct table *table, const char *path,
		enum sandbox_mode sandbox, struct lkl_error *err)
{
	return table_library_load(err);
}

uint64_t table_tail(const struct table *table)
{
	return 0;
}

#endif
