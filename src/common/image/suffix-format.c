// SPDX-License-Identifier: GPL-2.0-only
/*
 * suffix-format.c - the format of an image that the user did not name, by the
 * suffix of its file name.
 *
 * The first bytes must agree.  They alone do not count, since a guest can write
 * them into its raw disk.  Two kinds of files have such a suffix and are raw
 * disks all the same: the extents of a vmdk image ("x-flat.vmdk"), and a vhd
 * image of fixed size.
 *
 * The user has not said that the image can be trusted, and QEMU opens every
 * file that a vmdk image names.  So this file accepts only a vmdk image that
 * holds all of its data itself.  vdi, vhdx and vhd images name no files that
 * QEMU would open.
 */
#define _GNU_SOURCE 1

#include "suffix-format.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/byte-order.h"
#include "common/cleanup.h"
#include "probe.h"

/* Where QEMU looks for the name of a parent, with room to spare. */
#define VMDK_HEAD	65536

#define VMDK_CAPACITY	12	/* little endian, 64 bits */

#define VHD_FOOTER	512	/* the last bytes of the file */
#define VHD_TYPE	60	/* big endian, 32 bits */
#define VHD_DYNAMIC	3

static bool ends_with(const char *path, size_t len, const char *end)
{
	size_t end_len = strlen(end);

	return len >= end_len &&
		!strncasecmp(path + len - end_len, end, end_len);
}

/* Whether a name is that of raw data: x-flat.vmdk, x-f001.vmdk. */
static bool is_vmdk_extent(const char *path)
{
	size_t len = strlen(path) - strlen(".vmdk"), digits = 0;

	while (digits < len && isdigit((unsigned char)path[len - digits - 1]))
		digits++;
	return ends_with(path, len, "-flat") ||
		(digits && ends_with(path, len - digits, "-f"));
}

/*
 * Without a capacity, QEMU takes the list of files from the image's
 * description.
 */
static bool vmdk_is_self_contained(int fd)
{
	static const char parent[] = "parentFileNameHint";
	cleanup_free char *head = malloc(VMDK_HEAD);
	ssize_t n;

	if (!head)
		return false;
	n = pread(fd, head, VMDK_HEAD, 0);
	if (n < 512 || memcmp(head, "KDMV", 4))
		return false;
	return get_le64(head + VMDK_CAPACITY) &&
		!memmem(head, (size_t)n, parent, strlen(parent));
}

/* A guest cannot write the footer of its disk, unlike the copy at the start. */
static bool vhd_is_dynamic(int fd, off_t size)
{
	char footer[VHD_FOOTER];

	if (size < VHD_FOOTER ||
	    pread(fd, footer, VHD_FOOTER, size - VHD_FOOTER) != VHD_FOOTER ||
	    memcmp(footer, "conectix", 8))
		return false;
	return get_be32(footer + VHD_TYPE) == VHD_DYNAMIC;
}

static bool contents_agree(const char *format, const char *path, int fd,
			   bool names_files)
{
	char head[PROBE_HEAD];
	const char *found;
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    pread(fd, head, sizeof(head), 0) != sizeof(head))
		return false;
	found = probe_image_header(head);
	if (!found || strcmp(found, format))
		return false;
	if (!strcmp(format, "vmdk"))
		return !is_vmdk_extent(path) &&
			(names_files || vmdk_is_self_contained(fd));
	if (!strcmp(format, "vpc"))
		return vhd_is_dynamic(fd, st.st_size);
	return true;
}

const char *suffix_format(const char *path, bool names_files)
{
	static const struct {
		const char *suffix, *format;
	} suffixes[] = {
		{ ".vmdk", "vmdk" }, { ".vdi", "vdi" }, { ".vhdx", "vhdx" },
		{ ".vhd", "vpc" },
	};
	cleanup_close int fd = -1;
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (ends_with(path, strlen(path), suffixes[i].suffix))
			break;
	/* To open a device or a pipe could have effects. */
	if (i == sizeof(suffixes) / sizeof(*suffixes) || stat(path, &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return NULL;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 ||
	    !contents_agree(suffixes[i].format, path, fd, names_files))
		return NULL;
	return suffixes[i].format;
}
