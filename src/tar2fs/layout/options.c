// SPDX-License-Identifier: GPL-2.0-only
/*
 * options.c - the options of tar2fs for whole disks and dm-verity.
 */
#include "options.h"

#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "common/image/partition-type.h"

enum {
	KEY_LAYOUT = OPTION_LONG_ONLY + 0x400,
	KEY_TABLE,
	KEY_SECTOR_SIZE,
	KEY_VERITY,
	KEY_VERITY_HASH,
};

static const struct option_entry layout_entries[] = {
	{ KEY_LAYOUT, "layout", "FILE",
	  "make a disk with the partitions that FILE, or FILE/*.conf,\n"
	  "defines in the syntax of repart.d; inputs fill the root" },
	{ KEY_TABLE, "table", "KIND",
	  "the partition table: gpt (default) or dos" },
	{ KEY_SECTOR_SIZE, "sector-size", "BYTES",
	  "sectors of the disk: 512 (default) or 4096" },
	{ KEY_VERITY, "verity", NULL,
	  "print the root hash of dm-verity; without --layout, put the\n"
	  "hashes behind the file system" },
	{ KEY_VERITY_HASH, "verity-hash", "FILE",
	  "put the hashes into FILE instead; implies --verity" },
	{ 0 }
};

static int handle_layout(int key, const char *argument, void *target,
			 struct lkl_error *err)
{
	struct arguments *arguments = target;
	struct layout_options *layout = &arguments->layout;

	switch (key) {
	case KEY_LAYOUT:
		layout->path = argument;
		return 0;
	case KEY_TABLE:
		layout->dos = !strcmp(argument, "dos");
		if (!layout->dos && strcmp(argument, "gpt"))
			return error_set(err, -EINVAL, "not gpt or dos: %s",
					 argument);
		arguments->table = argument;
		return 0;
	case KEY_SECTOR_SIZE:
		layout->sector_size = !strcmp(argument, "4096") ? 4096 : 512;
		if (layout->sector_size == 512 && strcmp(argument, "512"))
			return error_set(err, -EINVAL, "not 512 or 4096: %s",
					 argument);
		return 0;
	case KEY_VERITY_HASH:
		if (!*argument)
			return error_set(err, -EINVAL, "empty name");
		arguments->verity_hash = argument;
		/* fall through */
	case KEY_VERITY:
		arguments->verity = true;
		return 0;
	}
	return error_set(err, -EINVAL, "option without a meaning");
}

/* With --layout, refuse the options whose values come from the definitions. */
int layout_options_check(struct arguments *arguments, struct lkl_error *err)
{
	const struct file_system *file_system = &arguments->file_system;
	struct layout_options *layout = &arguments->layout;
	const char *option = NULL;
	char guid[GUID_TEXT_MAX];

	if (layout->path) {
		option = arguments->type ? "--type" :
			file_system->identity.label ? "--label" :
			file_system->free_bytes || file_system->free_percent ?
			"--free" :
			file_system->mkfs_options ? "--mkfs-options" :
			file_system->subvolumes.n ? "--subvolume" :
			file_system->subvolumes.n_snapshots ? "--snapshot" :
			file_system->compress ? "--compress" :
			arguments->verity_hash ? "--verity-hash" : NULL;
		if (option)
			return error_set(err, -EINVAL,
					 "--layout and %s exclude each other",
					 option);
		if (file_system->identity.uuid && (layout->dos ||
		    !guid_parse(file_system->identity.uuid, guid)))
			return error_set(err, -EINVAL,
					 "--uuid: not a UUID of a disk: %s",
					 file_system->identity.uuid);
		if (file_system->size % 4096)
			return error_set(err, -EINVAL,
					 "--size: a disk has a multiple of 4096 bytes");
		if (!layout->sector_size)
			layout->sector_size = 512;
		return 0;
	}
	if (arguments->table || layout->sector_size)
		return error_set(err, -EINVAL,
				 "--table and --sector-size are only for --layout");
	if (arguments->verity && strcmp(arguments->format, "raw"))
		return error_set(err, -EINVAL,
				 "--verity needs a raw image, or a layout");
	return 0;
}

struct option_group layout_options_group(struct arguments *arguments)
{
	return (struct option_group){
		.title = "Whole disks, and dm-verity",
		.entries = layout_entries,
		.handle = handle_layout,
		.target = arguments,
	};
}
