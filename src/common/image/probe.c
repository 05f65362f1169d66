// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe.c - find out which file system a disk or a partition holds, with
 * libblkid.
 *
 * Probing decides the file system, never the format of the image: a guest that
 * writes a qcow2 header into its raw disk must not make a tool open that
 * header's backing file.
 */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <blkid/blkid.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "probe-copy.h"

static void free_probe(blkid_probe *probe)
{
	if (*probe)
		blkid_free_probe(*probe);
}

#define cleanup_probe __attribute__((cleanup(free_probe)))

static blkid_probe new_probe(int fd, uint64_t size)
{
	blkid_probe probe = blkid_new_probe();

	if (!probe)
		return NULL;
	if (blkid_probe_set_device(probe, fd, 0, (blkid_loff_t)size)) {
		blkid_free_probe(probe);
		return NULL;
	}
	blkid_probe_enable_partitions(probe, 0);
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE |
					  BLKID_SUBLKS_LABEL |
					  BLKID_SUBLKS_UUID |
					  BLKID_SUBLKS_VERSION |
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
	/* @len includes the terminating zero, if the value has one. */
	snprintf(buf, size, "%.*s", (int)len, value);
}

/* libblkid does not say which types collided: probe for each type alone. */
static void list_candidates(int fd, uint64_t size, char *buf, size_t buf_size)
{
	const char *name;
	size_t i, len = 0;

	buf[0] = '\0';
	for (i = 0; !blkid_superblocks_get_name(i, &name, NULL); i++) {
		cleanup_probe blkid_probe probe = new_probe(fd, size);
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

int probe_file(int fd, uint64_t size, struct probe *ret_probe,
	       struct lkl_error *err)
{
	cleanup_probe blkid_probe probe = NULL;
	struct probe found = { 0 };
	char text[256];

	/* libblkid takes whole sectors; for it, size 0 means the whole file. */
	size -= size % PROBE_SECTOR;
	if (!size) {
		*ret_probe = found;
		return 0;
	}
	probe = new_probe(fd, size);
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
		list_candidates(fd, size, text, sizeof(text));
		return error_set(err, -ENOTUNIQ,
				 "may be any of %s: choose with --type", text);
	default:
		return error_set(err, -EIO, "cannot probe: %s",
				 errno ? strerror(errno) : "read failed");
	}

	copy_value(probe, "TYPE", found.type, sizeof(found.type));
	copy_value(probe, "LABEL", found.label, sizeof(found.label));
	copy_value(probe, "UUID", found.uuid, sizeof(found.uuid));
	copy_value(probe, "UUID_SUB", found.sub_uuid, sizeof(found.sub_uuid));
	copy_value(probe, "VERSION", found.version, sizeof(found.version));
	copy_value(probe, "USAGE", text, sizeof(text));
	found.is_filesystem = !strcmp(text, "filesystem");
	*ret_probe = found;
	return 0;
}

int probe_range(const struct probe_source *source, uint64_t offset,
		uint64_t size, struct probe *ret_probe, struct lkl_error *err)
{
	cleanup_close int fd = probe_copy_filesystem(source, offset, size, err);

	return fd < 0 ? fd : probe_file(fd, size, ret_probe, err);
}

/* The first bytes of a file. */
struct magic {
	const char *name;
	unsigned int at;
	const char *bytes;
	size_t len;
};

static const char *find_magic(const struct magic *magics, size_t n,
			      const char head[PROBE_HEAD])
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!memcmp(head + magics[i].at, magics[i].bytes,
			    magics[i].len))
			return magics[i].name;
	return NULL;
}

const char *probe_image_header(const char head[PROBE_HEAD])
{
	static const struct magic formats[] = {
		{ "qcow2", 0, "QFI\xfb\0\0\0\2", 8 },
		{ "qcow2", 0, "QFI\xfb\0\0\0\3", 8 },
		{ "qcow", 0, "QFI\xfb\0\0\0\1", 8 },
		{ "vmdk", 0, "KDMV", 4 },
		{ "vmdk", 0, "COWD", 4 },
		{ "vmdk", 0, "# Disk DescriptorFile", 21 },
		{ "vdi", 64, "\x7f\x10\xda\xbe", 4 },
		{ "vpc", 0, "conectix", 8 },
		{ "vhdx", 0, "vhdxfile", 8 },
		{ "qed", 0, "QED", 4 },
		{ "parallels", 0, "WithoutFreeSpace", 16 },
		{ "parallels", 0, "WithouFreSpacExt", 16 },
		{ "bochs", 0, "Bochs Virtual HD Image", 22 },
		{ "cloop", 0, "#!/bin/sh\n#V2.0 Format\n", 23 },
	};

	return find_magic(formats, sizeof(formats) / sizeof(*formats), head);
}

static bool read_head(struct lkl_disk *disk, char head[PROBE_HEAD])
{
	return lkl_disk_size(disk) >= PROBE_HEAD &&
		lkl_disk_read(disk, head, PROBE_HEAD, 0) >= 0;
}

const char *probe_image_format(struct lkl_disk *disk)
{
	char head[PROBE_HEAD];

	return read_head(disk, head) ? probe_image_header(head) : NULL;
}

const char *probe_compression(struct lkl_disk *disk)
{
	static const struct magic methods[] = {
		{ "gzip", 0, "\x1f\x8b\x08", 3 },
		{ "bzip2", 0, "BZh", 3 },
		{ "xz", 0, "\xfd" "7zXZ\0", 6 },
		{ "zstd", 0, "\x28\xb5\x2f\xfd", 4 },
		{ "lz4", 0, "\x04\x22\x4d\x18", 4 },
	};
	char head[PROBE_HEAD];

	return read_head(disk, head) ?
		find_magic(methods, sizeof(methods) / sizeof(*methods), head) :
		NULL;
}

const char *probe_kernel_type(const char *type)
{
	/* Types that the kernel calls differently, or serves with one driver. */
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
