// SPDX-License-Identifier: GPL-2.0-only
/*
 * mapper.c - devices of the device mapper, in the kernel inside.
 *
 * The kernel's interface is a control device.  It takes requests that begin with
 * a struct dm_ioctl; the table of a device follows it in the same buffer.
 */
#define _GNU_SOURCE 1

#include "mapper.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lkl/linux/dm-ioctl.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "node.h"

#define CONTROL	"/dev/" LKL_DM_DIR "/" LKL_DM_CONTROL_NODE
/* A number that the kernel keeps for it: misc, minor 236. */
#define CONTROL_DEVICE	(10u << 8 | 236u)

/* More than a table that the kernel prints for one of ours. */
#define REPLY_SIZE	(64u << 10)

static int open_control(struct lkl_error *err)
{
	long fd = lkl_sys_openat(LKL_AT_FDCWD, CONTROL,
				 LKL_O_RDWR | LKL_O_CLOEXEC, 0);
	int ret;

	if (fd >= 0)
		return (int)fd;
	ret = node_make(CONTROL, LKL_S_IFCHR | 0600, CONTROL_DEVICE, err);
	return ret < 0 ? ret : node_open(CONTROL, LKL_O_RDWR, err);
}

/* Fill the fields that all requests have. */
static int request_init(struct lkl_dm_ioctl *request, size_t size,
			const char *name, struct lkl_error *err)
{
	memset(request, 0, sizeof(*request));
	request->version[0] = LKL_DM_VERSION_MAJOR;
	request->data_size = (uint32_t)size;
	request->data_start = sizeof(*request);
	if (!*name || strchr(name, '/') || strlen(name) >= LKL_DM_NAME_LEN)
		return error_set(err, -EINVAL, "not a name of a device: %s",
				 quote_name(name));
	strcpy(request->name, name);
	return 0;
}

static int request_send(unsigned int command, struct lkl_dm_ioctl *request,
			struct lkl_error *err)
{
	int fd = open_control(err);
	long ret;

	if (fd < 0)
		return fd;
	ret = lkl_sys_ioctl((unsigned int)fd, command, (unsigned long)request);
	lkl_sys_close((unsigned int)fd);
	return ret < 0 ? (int)ret : 0;
}

/* A request without data. */
static int request_simple(unsigned int command, const char *name,
			  const char *uuid, unsigned int flags,
			  struct lkl_dm_ioctl *ret_request,
			  struct lkl_error *err)
{
	struct lkl_dm_ioctl request;
	int ret = request_init(&request, sizeof(request), name, err);

	if (ret < 0)
		return ret;
	if (uuid && strlen(uuid) >= LKL_DM_UUID_LEN)
		return error_set(err, -EINVAL, "UUID is too long: %s", uuid);
	if (uuid)
		strcpy(request.uuid, uuid);
	request.flags = flags;
	ret = request_send(command, &request, err);
	if (ret < 0)
		return error_set(err, ret, "%s", lkl_strerror(ret));
	if (ret_request)
		*ret_request = request;
	return 0;
}

/* The place behind @len bytes where a target can begin. */
static size_t align_target(size_t len)
{
	return (len + 7) & ~(size_t)7;
}

static size_t target_size(const struct mapper_target *target)
{
	return align_target(sizeof(struct lkl_dm_target_spec) +
			    strlen(target->params) + 1);
}

static void put_target(char *to, const struct mapper_target *target)
{
	struct lkl_dm_target_spec spec = {
		.sector_start = target->start,
		.length = target->length,
		.next = (uint32_t)target_size(target),
	};

	snprintf(spec.target_type, sizeof(spec.target_type), "%s",
		 target->type);
	memcpy(to, &spec, sizeof(spec));
	strcpy(to + sizeof(spec), target->params);
}

static int load_table(const char *name, const struct mapper_target *targets,
		      unsigned int n_targets, unsigned int flags,
		      struct lkl_error *err)
{
	size_t size = sizeof(struct lkl_dm_ioctl), at;
	struct lkl_dm_ioctl *request;
	unsigned int i;
	int ret;

	for (i = 0; i < n_targets; i++) {
		if (strlen(targets[i].type) >= LKL_DM_MAX_TYPE_NAME)
			return error_set(err, -EINVAL, "no such target: %s",
					 targets[i].type);
		size += target_size(&targets[i]);
	}
	request = calloc(1, size);
	if (!request)
		return error_no_memory(err);
	ret = request_init(request, size, name, err);
	if (ret < 0)
		goto out;
	request->target_count = n_targets;
	if (flags & MAPPER_READ_ONLY)
		request->flags |= LKL_DM_READONLY_FLAG;
	if (flags & MAPPER_SECRET)
		request->flags |= LKL_DM_SECURE_DATA_FLAG;
	at = sizeof(*request);
	for (i = 0; i < n_targets; i++) {
		put_target((char *)request + at, &targets[i]);
		at += target_size(&targets[i]);
	}
	ret = request_send(LKL_DM_TABLE_LOAD, request, err);
	if (ret == -LKL_EINVAL)
		error_set(err, ret, "the kernel refuses the mapping");
	else if (ret < 0)
		error_set(err, ret, "%s", lkl_strerror(ret));
out:
	if (flags & MAPPER_SECRET)
		explicit_bzero(request, size);
	free(request);
	return ret;
}

static void node_path(const char *name, char path[MAPPER_NODE_MAX])
{
	snprintf(path, MAPPER_NODE_MAX, "/dev/" LKL_DM_DIR "/%s", name);
}

int mapper_create(const char *name, const char *uuid,
		  const struct mapper_target *targets, unsigned int n_targets,
		  unsigned int flags, char ret_node[MAPPER_NODE_MAX],
		  struct lkl_error *err)
{
	struct lkl_dm_ioctl device;
	char node[MAPPER_NODE_MAX];
	int ret;

	ret = request_simple(LKL_DM_DEV_CREATE, name, uuid, 0, NULL, err);
	if (ret < 0)
		return ret;
	ret = load_table(name, targets, n_targets, flags, err);
	/* Without DM_SUSPEND_FLAG, this request resumes the device. */
	if (!ret)
		ret = request_simple(LKL_DM_DEV_SUSPEND, name, NULL, 0,
				     &device, err);
	if (!ret) {
		node_path(name, node);
		ret = node_make(node, LKL_S_IFBLK | 0600,
				(unsigned int)device.dev, err);
	}
	if (ret < 0) {
		request_simple(LKL_DM_DEV_REMOVE, name, NULL, 0, NULL, NULL);
		return ret;
	}
	strcpy(ret_node, node);
	return 0;
}

int mapper_remove(const char *name, struct lkl_error *err)
{
	char node[MAPPER_NODE_MAX];
	int ret = request_simple(LKL_DM_DEV_REMOVE, name, NULL, 0, NULL, err);

	if (ret < 0)
		return ret;
	node_path(name, node);
	lkl_sys_unlinkat(LKL_AT_FDCWD, node, 0);
	return 0;
}

/* Print the targets of a reply, one to a line. */
static void print_status(const struct lkl_dm_ioctl *reply, char *buf,
			 size_t size)
{
	const char *base = (const char *)reply + reply->data_start;
	struct lkl_dm_target_spec spec;
	size_t len = 0, at = 0;
	uint32_t i;

	*buf = '\0';
	for (i = 0; i < reply->target_count && len < size; i++) {
		memcpy(&spec, base + at, sizeof(spec));
		len += (size_t)snprintf(buf + len, size - len, "%s %s\n",
					spec.target_type,
					base + at + sizeof(spec));
		at = spec.next;
	}
}

int mapper_status(const char *name, char *buf, size_t size,
		  struct lkl_error *err)
{
	struct lkl_dm_ioctl *request = calloc(1, REPLY_SIZE);
	int ret;

	if (!request)
		return error_no_memory(err);
	ret = request_init(request, REPLY_SIZE, name, err);
	if (!ret) {
		ret = request_send(LKL_DM_TABLE_STATUS, request, err);
		if (ret < 0)
			error_set(err, ret, "%s", lkl_strerror(ret));
	}
	if (!ret)
		print_status(request, buf, size);
	free(request);
	return ret;
}

int mapper_message(const char *name, uint64_t sector, const char *message,
		   struct lkl_error *err)
{
	size_t size = sizeof(struct lkl_dm_ioctl) +
		sizeof(struct lkl_dm_target_msg) + strlen(message) + 1;
	struct lkl_dm_ioctl *request = calloc(1, size);
	struct lkl_dm_target_msg head = { .sector = sector };
	int ret;

	if (!request)
		return error_no_memory(err);
	ret = request_init(request, size, name, err);
	if (!ret) {
		memcpy(request + 1, &head, sizeof(head));
		strcpy((char *)(request + 1) + sizeof(head), message);
		ret = request_send(LKL_DM_TARGET_MSG, request, err);
		if (ret < 0)
			error_set(err, ret, "%s", lkl_strerror(ret));
	}
	free(request);
	return ret;
}
