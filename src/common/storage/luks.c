// SPDX-License-Identifier: GPL-2.0-only
/*
 * luks.c - opens encrypted volumes, in the kernel inside.
 */
#define _GNU_SOURCE 1

#include "luks.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/secret-memory.h"
#include "luks-header.h"
#include "mapper-word.h"
#include "node.h"

/*
 * Keys go through memory that is locked and not dumped.  A page has the answer of
 * the guardian and the line for dm-crypt, in which the key has two digits a byte.
 */
struct secrets {
	struct luks_result result;
	char params[LUKS_CIPHER_MAX + 2 * LUKS_KEY_MAX + 256];
};

static int read_node(void *opaque, void *buf, size_t len, uint64_t offset)
{
	return node_read(*(const int *)opaque, buf, len, offset);
}

static int read_file(void *opaque, void *buf, size_t len, uint64_t offset)
{
	ssize_t n = pread(*(const int *)opaque, buf, len, (off_t)offset);

	return n < 0 ? -errno : n == (ssize_t)len ? 0 : -EIO;
}

static int copy_from_node(const char *node, uint64_t size, int to,
			  bool veracrypt, struct lkl_error *err)
{
	int fd = node_open(node, LKL_O_RDONLY, err), ret;
	const struct luks_reader reader = { read_node, &fd, size };

	if (fd < 0)
		return fd;
	ret = veracrypt ? veracrypt_header_copy(&reader, to, err) :
			  luks_header_copy(&reader, to, err);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

static int copy_from_file(int fd, int to, struct lkl_error *err)
{
	struct luks_reader reader = { read_file, &fd, 0 };
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set(err, -errno, "cannot read its header: %s",
				 strerror(errno));
	reader.size = (uint64_t)st.st_size;
	return luks_header_copy(&reader, to, err);
}

/*
 * Ctrl-C reaches the guardian, too.  This process waits until the guardian has restored
 * the terminal and answered.
 */
static int ask_guardian(const struct key_guardian *guardian,
			const struct key_request *request,
			struct luks_result *result, struct lkl_error *err)
{
	sigset_t signals, old;
	int ret;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGQUIT);
	pthread_sigmask(SIG_BLOCK, &signals, &old);
	ret = key_guardian_unlock(guardian, request, result, err);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return ret;
}

/* Check the numbers that the header gives. */
static int check_segment(const struct luks_result *result, uint64_t size,
			 uint64_t *ret_sectors, struct lkl_error *err)
{
	uint64_t device = size / MAPPER_SECTOR, unit, length;

	if (result->sector_size < 512 || result->sector_size > 4096 ||
	    result->sector_size & (result->sector_size - 1))
		return error_set(err, -EINVAL,
				 "its header has an impossible sector size");
	unit = result->sector_size / MAPPER_SECTOR;
	if (result->offset >= device)
		return error_set(err, -EINVAL,
				 "its data begin past the end of the device");
	length = device - result->offset;
	if (result->length > length)
		return error_set(err, -EINVAL,
				 "its data go past the end of the device");
	if (result->length)
		length = result->length;
	*ret_sectors = length / unit * unit;
	if (!*ret_sectors)
		return error_set(err, -EINVAL, "it has no room for data");
	return 0;
}

static int build_params(struct secrets *secrets, const char *number,
			const struct luks_options *options)
{
	const struct luks_result *result = &secrets->result;
	const size_t size = sizeof(secrets->params);
	char optional[96] = "no_read_workqueue no_write_workqueue";
	unsigned int n = 2, i;
	size_t len;

	if (!options->read_only && (options->allow_discards ||
				    result->flags & LUKS_ALLOW_DISCARDS)) {
		strcat(optional, " allow_discards");
		n++;
	}
	len = strlen(optional);
	if (result->sector_size != 512) {
		snprintf(optional + len, sizeof(optional) - len,
			 " sector_size:%u", result->sector_size);
		n++;
	}
	/* lkl-luks-key has this text from the header. */
	if (!mapper_is_word(result->cipher))
		return -EINVAL;
	len = (size_t)snprintf(secrets->params, size, "%s ", result->cipher);
	for (i = 0; i < result->key_size && len + 2 < size; i++, len += 2)
		snprintf(secrets->params + len, size - len, "%02x",
			 result->key[i]);
	len += (size_t)snprintf(secrets->params + len, size - len,
				" %" PRIu64 " %s %" PRIu64 " %u %s",
				result->iv_offset, number, result->offset, n,
				optional);
	return len < size ? 0 : -E2BIG;
}

/* The UUID is text from the header. */
static void make_name(const char *node, const struct luks_result *result,
		      char *name, size_t size)
{
	const char *slash = strrchr(node, '/');
	char *c;

	snprintf(name, size, "%s-%s-%.60s", result->version ? "luks" : "vera",
		 result->uuid, slash ? slash + 1 : node);
	for (c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-_.", *c))
			*c = '_';
}

static int map(struct secrets *secrets, const char *node, uint64_t size,
	       const struct luks_options *options,
	       char ret_node[MAPPER_NODE_MAX], struct lkl_error *err)
{
	const struct luks_result *result = &secrets->result;
	struct mapper_target target = {
		.type = "crypt", .params = secrets->params,
	};
	char number[NODE_NUMBER_MAX], name[128];
	int ret;

	ret = check_segment(result, size, &target.length, err);
	if (!ret)
		ret = node_number(node, number, err);
	if (!ret && build_params(secrets, number, options))
		ret = error_set(err, -EINVAL, "its header names no cipher");
	if (ret < 0)
		return ret;
	make_name(node, result, name, sizeof(name));
	ret = mapper_create(name, NULL, &target, 1, MAPPER_SECRET |
			    (options->read_only ? MAPPER_READ_ONLY : 0),
			    ret_node, err);
	if (ret == -ENOENT || ret == -EINVAL)
		return error_set(err, -ENOTSUP,
				 "the kernel cannot map it with the cipher %s",
				 result->cipher);
	return ret;
}

int luks_unlock(const struct key_guardian *guardian, const char *node,
		const struct key_request *request,
		const struct luks_options *options,
		char ret_node[MAPPER_NODE_MAX], struct lkl_error *err)
{
	struct secrets *secrets;
	uint64_t size;
	int ret;

	if (!guardian)
		return key_guardian_none(err);
	ret = node_size(node, &size, err);
	if (!ret)
		ret = options->header < 0 ?
			copy_from_node(node, size, key_guardian_header(guardian),
				       request->veracrypt, err) :
			copy_from_file(options->header,
				       key_guardian_header(guardian), err);
	if (ret < 0)
		return ret;
	secrets = secret_memory_alloc(sizeof(*secrets));
	if (!secrets)
		return error_no_memory(err);
	ret = ask_guardian(guardian, request, &secrets->result, err);
	if (!ret)
		ret = map(secrets, node, size, options, ret_node, err);
	secret_memory_free(secrets, sizeof(*secrets));
	return ret;
}
