// SPDX-License-Identifier: GPL-2.0-only
/*
 * kind.c - the kinds of file systems that tar2fs makes.
 */
#include "kind.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cli/quote.h"
#include "common/error.h"

static unsigned int round_up(size_t bytes, unsigned int unit)
{
	return ((unsigned int)bytes + unit - 1) / unit * unit;
}

static unsigned int ext_entry(size_t len)
{
	return round_up(8 + len, 4);
}

/* The data entry, and 8 bytes in the index. */
static unsigned int xfs_entry(size_t len)
{
	return round_up(12 + len, 8) + 8;
}

/* Two items for the name and one for the way back; a leaf is not full. */
static unsigned int btrfs_entry(size_t len)
{
	return (unsigned int)(2 * (55 + len) + 35 + len) * 4 / 3;
}

/* One slot for the short name and one for each 13 letters of the long one. */
static unsigned int vfat_entry(size_t len)
{
	return 32 + 32 * (unsigned int)((len + 12) / 13);
}

static unsigned int exfat_entry(size_t len)
{
	return 64 + 32 * (unsigned int)((len + 14) / 15);
}

/* A slot of 11 bytes and 8 letters; 214 of them in a block of 4096 bytes. */
static unsigned int f2fs_entry(size_t len)
{
	return 20 * (unsigned int)((len + 7) / 8);
}

static unsigned int ntfs_entry(size_t len)
{
	return round_up(0x52 + 2 * len, 8) * 4 / 3;
}

#define KIB 1024u
#define MIB (1024u * KIB)

#define EXT(type, minimum, map, has_extents)				\
	{								\
		.name = type, .kernel = "ext4",				\
		.program = "mke2fs", .package = "e2fsprogs",		\
		/* Smaller blocks could not hold all attributes. */	\
		.arguments = { "-q", "-F", "-t", type, "-b4096",	\
			       "-Elazy_itable_init=0" },		\
		.label_option = "-L", .label_max = 16,			\
		.uuid_option = "-U", .inodes_option = "-N",		\
		.least = (minimum), .granule = 4 * KIB,			\
		.table_bytes = 256,					\
		.refuses_less = (minimum) > 256 * KIB,			\
		.inline_link = 60, .inline_xattrs = 90,			\
		.map_bytes = (map), .mapped_blocks = 12,		\
		.reserves = (has_extents),				\
		.entry_bytes = ext_entry,				\
	}

static const struct kind kinds[] = {
	EXT("ext4", 256 * KIB, 0, true),
	/* mke2fs makes a journal from 2048 blocks on; without, it is an ext2. */
	EXT("ext3", 2048 * 4 * KIB, 4, false),
	EXT("ext2", 256 * KIB, 4, false),
	{
		.name = "xfs", .kernel = "xfs",
		.program = "mkfs.xfs", .package = "xfsprogs",
		.arguments = { "-q", "-f" },
		.label_option = "-L", .label_max = 12,
		.uuid_option = "-m", .uuid_prefix = "uuid=",
		.least = 300 * MIB, .granule = 4 * KIB,
		/* As fast as with more, and the process stays below 256 MiB. */
		.memory = 208 * MIB,
		.inode_bytes = 520, .inline_link = 320,
		.inline_xattrs = 300, .inline_directory = 300,
		.entry_bytes = xfs_entry,
	}, {
		.name = "btrfs", .kernel = "btrfs",
		.program = "mkfs.btrfs", .package = "btrfs-progs",
		.arguments = { "-q", "-f" },
		.label_option = "-L", .label_max = 255,
		.uuid_option = "-U",
		.least = 114294784, .granule = 64 * KIB,
		.looks_at_mounts = true,
		.metadata_room = 32 * MIB,
		.inode_bytes = 500, .inline_data = 2048, .inline_link = 4000,
		.inline_xattrs = 100, .inline_directory = 1u << 31,
		.map_bytes = 4, .entry_bytes = btrfs_entry,
	}, {
		.name = "f2fs", .kernel = "f2fs",
		.program = "mkfs.f2fs", .package = "f2fs-tools",
		/* -q would hide errors, too. */
		.arguments = { "-f" },
		.label_option = "-l", .label_max = 512,
		.uuid_option = "-U",
		.least = 52 * MIB, .granule = 2 * MIB,
		.inode_bytes = 4 * KIB,
		.inline_data = 3488, .inline_link = 3488,
		.inline_xattrs = 180, .inline_directory = 3000,
		.map_bytes = 4, .mapped_blocks = 923,
		.entry_bytes = f2fs_entry,
	}, {
		.name = "vfat", .kernel = "vfat",
		.program = "mkfs.vfat", .package = "dosfstools",
		.arguments = { NULL },
		.label_option = "-n", .label_max = 11,
		.uuid_option = "-i",
		.root_option = "-r", .root_entry = 32, .root_default = 512,
		.root_max = 32000, .rootless = { "-F", "32" },
		.least = 64 * KIB, .granule = 32 * KIB,
		/* 2^32 sectors; of a larger image mkfs.vfat uses this much. */
		.most = 2ull << 40,
		.no_holes = true, .no_hard_links = true,
		.entry_bytes = vfat_entry,
	}, {
		.name = "exfat", .kernel = "exfat",
		.program = "mkfs.exfat", .package = "exfatprogs",
		.arguments = { NULL },
		.label_option = "-L", .label_max = 15,
		.least = 4 * MIB, .granule = 64 * KIB,
		.no_holes = true, .no_hard_links = true,
		.entry_bytes = exfat_entry,
	}, {
		.name = "ntfs", .kernel = "ntfs3",
		.program = "mkntfs", .package = "ntfs-3g",
		.arguments = { "-q", "-F", "-Q" },
		.label_option = "-L", .label_max = 128,
		.least = 2 * MIB, .granule = 64 * KIB,
		.inode_bytes = 1 * KIB,
		.inline_data = 600, .inline_link = 600,
		.inline_xattrs = 200, .inline_directory = 500,
		.no_holes = true, .entry_bytes = ntfs_entry,
	},
};

#define N_KINDS (sizeof(kinds) / sizeof(*kinds))

const struct kind *kind_find(const char *name)
{
	size_t i;

	for (i = 0; i < N_KINDS; i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

const char *type_suffix(const char *path, char buf[TYPE_SUFFIX_MAX])
{
	static const char *const formats[] = { ".img", ".raw", ".qcow2" };
	size_t len = strlen(path), end = len, i;
	const char *at;

	for (i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (len > strlen(formats[i]) &&
		    !strcmp(path + len - strlen(formats[i]), formats[i]))
			end = len - strlen(formats[i]);
	at = path + end;
	while (at > path && at[-1] != '.' && at[-1] != '/')
		at--;
	buf[0] = '\0';
	if (at > path && at[-1] == '.' &&
	    (size_t)(path + end - at) < TYPE_SUFFIX_MAX)
		snprintf(buf, TYPE_SUFFIX_MAX, "%.*s",
			 (int)(path + end - at), at);
	return buf;
}

const struct kind *kind_by_suffix(const char *path)
{
	char suffix[TYPE_SUFFIX_MAX];

	return kind_find(type_suffix(path, suffix));
}

const char *kind_names(char *buf, size_t size)
{
	size_t i, len = 0;

	buf[0] = '\0';
	for (i = 0; i < N_KINDS && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s",
					i ? ", " : "", kinds[i].name);
	return buf;
}

/* Whether @text is made of hexadecimal digits, and dashes where @form has. */
static bool has_form(const char *text, const char *form)
{
	for (; *text && *form; text++, form++)
		if (*form == '-' ? *text != '-' :
		    !isxdigit((unsigned char)*text))
			return false;
	return !*text && !*form;
}

static bool is_uuid(const struct kind *kind, const char *uuid)
{
	/* The volume id of FAT, as blkid prints it. */
	if (!strcmp(kind->name, "vfat"))
		return has_form(uuid, "xxxx-xxxx");
	return has_form(uuid, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
}

int kind_check_identity(const struct kind *kind,
			const struct identity *identity, struct lkl_error *err)
{
	if (identity->label && strlen(identity->label) > kind->label_max)
		return error_set(err, -EINVAL,
				 "--label: a label of %s has at most %u bytes: %s",
				 kind->name, kind->label_max,
				 quote_name(identity->label));
	if (!identity->uuid)
		return 0;
	if (!kind->uuid_option)
		return error_set(err, -EINVAL,
				 "--uuid: %s cannot choose the UUID of %s",
				 kind->program, kind->name);
	if (!is_uuid(kind, identity->uuid))
		return error_set(err, -EINVAL, "--uuid: not a UUID of %s: %s",
				 kind->name, quote_name(identity->uuid));
	return 0;
}
