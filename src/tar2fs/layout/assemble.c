// SPDX-License-Identifier: GPL-2.0-only
/*
 * assemble.c - puts the contents of partitions onto a disk.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* copy_file_range, SEEK_DATA */
#endif
#include "assemble.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/sandbox/sandbox.h"
#include "tar2fs/process.h"
#include "tar2fs/transfer.h"

#define BUFFER	(1u << 20)

/* Enough for a kernel that writes to a disk. */
#define KERNEL_MEMORY	(64ull << 20)

static int copy_by_hand(int from, off_t at, int to, off_t place, size_t len)
{
	cleanup_free char *buffer = malloc(BUFFER);
	ssize_t n, written, done;

	if (!buffer)
		return -ENOMEM;
	while (len) {
		n = pread(from, buffer, len < BUFFER ? len : BUFFER, at);
		if (n <= 0)
			return n < 0 ? -errno : 0;
		for (done = 0; done < n; done += written) {
			written = pwrite(to, buffer + done,
					 (size_t)(n - done), place + done);
			if (written < 0)
				return -errno;
		}
		at += n;
		place += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The host shares the blocks, if its file system can. */
static int copy_extent(int from, off_t at, int to, off_t place, off_t len)
{
	ssize_t n;

	while (len > 0) {
		n = copy_file_range(from, &at, to, &place, (size_t)len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EXDEV || errno == EOPNOTSUPP ||
			      errno == EINVAL || errno == ENOSYS))
			return copy_by_hand(from, at, to, place, (size_t)len);
		if (n < 0)
			return -errno;
		/* The file has become shorter. */
		if (!n)
			return 0;
		len -= n;
	}
	return 0;
}

static int copy_extents(int from, int to, off_t offset, off_t size)
{
	off_t at = 0, end;
	int ret = 0;

	while (!ret && (at = lseek(from, at, SEEK_DATA)) >= 0 && at < size) {
		end = lseek(from, at, SEEK_HOLE);
		if (end < 0)
			break;
		if (end > size)
			end = size;
		ret = copy_extent(from, at, to, offset + at, end - at);
		at = end;
	}
	return !ret && at < 0 && errno != ENXIO ? -errno : ret;
}

int assemble_part(const char *from, const char *to, uint64_t offset,
		  uint64_t size, struct lkl_error *err)
{
	cleanup_close int source = open(from, O_RDONLY | O_CLOEXEC);
	cleanup_close int target = open(to, O_WRONLY | O_CLOEXEC);
	int ret;

	ret = source < 0 || target < 0 ? -errno :
		copy_extents(source, target, (off_t)offset, (off_t)size);
	return ret < 0 ? error_set(err, ret,
				   "cannot copy a partition to its place: %s",
				   strerror(-ret)) : 0;
}

/* ---- qcow2 ---- */

struct conversion {
	const char *raw, *qcow2;
	const struct common_options *common;
};

static int transfer_in_kernel(struct lkl_disk *disk, int raw,
			      struct lkl_error *err)
{
	struct lkl_error reason;
	char node[64];
	int ret;

	ret = lkl_disk_parse(disk, err);
	if (!ret)
		ret = lkl_disk_add(disk, err);
	if (!ret)
		ret = lkl_disk_node(disk, 0, node, sizeof(node), err);
	if (!ret)
		ret = transfer_to_disk(&raw, node, err);
	if (lkl_disk_failure(disk, &reason) < 0 && ret < 0)
		error_set(err, ret, "%s", reason.text);
	return ret;
}

static int convert_work(void *opaque, void *result, struct lkl_error *err)
{
	const struct conversion *conversion = opaque;
	const struct lkl_disk_options options = {
		.size = sizeof(options), .format = "qcow2",
		.flags = LKL_DISK_PARSE_LATER | LKL_DISK_NO_FLUSH,
	};
	const struct common_options *common = conversion->common;
	struct lkl_options start = {
		.size = sizeof(start),
		.memory = common->memory ? common->memory : KERNEL_MEMORY,
	};
	const struct sandbox_options sandbox = {
		.best = common->sandbox == SANDBOX_BEST,
	};
	cleanup_close int raw = open(conversion->raw, O_RDONLY | O_CLOEXEC);
	struct lkl_disk *disk;
	int ret, closed;

	if (raw < 0)
		return error_set(err, -errno, "cannot open: %s",
				 strerror(errno));
	if (common->deterministic) {
		start.flags |= LKL_DETERMINISTIC;
		start.start_time = common->start_time;
	}
	ret = lkl_disk_open(conversion->qcow2, &options, &disk, err);
	if (ret < 0)
		return ret;
	if (common->sandbox != SANDBOX_NONE)
		ret = sandbox_enter(&sandbox, err);
	if (ret >= 0)
		ret = lkl_start(&start, err);
	if (!ret) {
		ret = transfer_in_kernel(disk, raw, err);
		lkl_halt();
	}
	closed = lkl_disk_close(disk);
	return !ret && closed < 0 ?
		error_set(err, closed, "cannot write the image: %s",
			  lkl_strerror(closed)) : ret;
}

int assemble_convert(const char *raw, const char *qcow2, uint64_t size,
		     const struct common_options *common,
		     struct lkl_error *err)
{
	struct conversion conversion = {
		.raw = raw, .qcow2 = qcow2, .common = common,
	};
	char result = 0;
	int ret = lkl_disk_create(qcow2, "qcow2", size, err);

	if (!ret)
		ret = process_ask(convert_work, &conversion, &result,
				  sizeof(result), err);
	return ret < 0 ? error_drop_prefix(err, ret, qcow2) : 0;
}
