// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe.c - which file system is in there, by libblkid.
 *
 * A probed type is used for the file system alone, never for the format of
 * the image: a guest that writes a qcow2 header into a raw disk must not
 * make us follow it.
 */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <blkid/blkid.h>

#include "error.h"

static void free_probe(blkid_probe *probe)
{
	if (*probe)
		blkid_free_probe(*probe);
}

#define cleanup_probe __attribute__((cleanup(free_probe)))

static blkid_probe new_probe(int fd, uint64_t offset, uint64_t size)
{
	blkid_probe probe = blkid_new_probe();

	if (!probe)
		return NULL;
	if (blkid_probe_set_device(probe, fd, (blkid_loff_t)offset,
				   (blkid_loff_t)size)) {
		blkid_free_probe(probe);
		return NULL;
	}
	blkid_probe_enable_partitions(probe, 0);
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE |
					  BLKID_SUBLKS_LABEL |
					  BLKID_SUBLKS_UUID |
					  BLKID_SUBLKS_USAGE);
	return probe;
}

static void copy_value(blkid_probe probe, const char *name, char *buf,
		       size_t size)
{
	const char *value;
	size_t len;

	buf[0] = '\0';
	if (blkid_probe_lookup_value(probe, name, &value, &len))
		return;
	/* @len counts the zero at the end where there is one. */
	snprintf(buf, size, "%.*s", (int)len, value);
}

/* Ask for each type alone; libblkid does not tell which ones collided. */
static void list_candidates(int fd, uint64_t offset, uint64_t size, char *buf,
			    size_t buf_size)
{
	const char *name;
	size_t i, len = 0;

	buf[0] = '\0';
	for (i = 0; !blkid_superblocks_get_name(i, &name, NULL); i++) {
		cleanup_probe blkid_probe probe = new_probe(fd, offset, size);
		char *names[] = { (char *)name, NULL };

		if (!probe)
			return;
		blkid_probe_filter_superblocks_type(probe, BLKID_FLTR_ONLYIN,
						    names);
		if (blkid_do_safeprobe(probe) || len >= buf_size)
			continue;
		len += (size_t)snprintf(buf + len, buf_size - len, "%s%s",
					len ? ", " : "", name);
	}
}

int probe_range(int fd, uint64_t offset, uint64_t size, struct probe *ret_probe,
		struct lkl_error *err)
{
	cleanup_probe blkid_probe probe = NULL;
	struct probe found = { 0 };
	char text[256];

	/* libblkid takes whole sectors only, and 0 for all that there is. */
	size -= size % PROBE_SECTOR;
	if (!size) {
		*ret_probe = found;
		return 0;
	}
	probe = new_probe(fd, offset, size);
	if (!probe)
		return error_set(err, -EIO, "cannot probe: %s",
				 strerror(errno));
	errno = 0;
	switch (blkid_do_safeprobe(probe)) {
	case 0:
		break;
	case 1:
		*ret_probe = found;
		return 0;
	case -2:
		list_candidates(fd, offset, size, text, sizeof(text));
		return error_set(err, -ENOTUNIQ,
				 "may be any of %s: choose with --type", text);
	default:
		return error_set(err, -EIO, "cannot probe: %s",
				 errno ? strerror(errno) : "read failed");
	}

	copy_value(probe, "TYPE", found.type, sizeof(found.type));
	copy_value(probe, "LABEL", found.label, sizeof(found.label));
	copy_value(probe, "UUID", found.uuid, sizeof(found.uuid));
	copy_value(probe, "USAGE", text, sizeof(text));
	found.is_filesystem = !strcmp(text, "filesystem");
	*ret_probe = found;
	return 0;
}

const char *probe_kernel_type(const char *type)
{
	/* Where the names differ, or one driver serves several. */
	static const struct {
		const char *name, *kernel;
	} names[] = {
		{ "ext2", "ext4" },
		{ "ext3", "ext4" },
		{ "fat", "vfat" },
		{ "hfs+", "hfsplus" },
		{ "iso", "iso9660" },
		{ "msdos", "vfat" },
		{ "ntfs", "ntfs3" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(type, names[i].name))
			return names[i].kernel;
	return type;
}
