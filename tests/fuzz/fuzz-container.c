// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz-container.c - fuzzes container images in an archive.
 *
 * The input is the archive, compressed or not, but for its first byte:
 *
 *   1	replace each "sha256:HEX" that a blob is named by with the digest that
 *	the blob has, or else most inputs would end there
 *   2	read it as from a pipe
 *   4	ask for a tag, 8 for a platform
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/archive-library.h"
#include "tar2fs/container/container.h"
#include "tar2fs/container/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BLOCK 512u

static void check(bool cond)
{
	if (!cond)
		abort();
}

/* ---- Digests ---- */

static uint64_t octal(const uint8_t *p, size_t len)
{
	uint64_t value = 0;

	for (; len && *p >= '0' && *p <= '7'; p++, len--)
		value = value * 8 + *p - '0';
	return value;
}

/* Replaces text of the same length everywhere. */
static void replace(uint8_t *data, size_t size, const char *from, const char *to)
{
	size_t len = strlen(from);
	uint8_t *at = data;

	while ((at = memmem(at, (size_t)(data + size - at), from, len))) {
		memcpy(at, to, len);
		at += len;
	}
}

/*
 * Goes through the members "blobs/sha256/HEX", whose order has to be layers,
 * configuration, manifest: each is named by those after it.
 */
static void repair(uint8_t *data, size_t size)
{
	char from[65] = "", to[DIGEST_TEXT_MAX];
	struct hasher hasher;
	struct digest digest;
	size_t at = 0;
	uint64_t len;

	while (at + 2 * BLOCK <= size) {
		len = octal(data + at + 124, 11);
		if (len > size - at - BLOCK)
			return;
		if (!memcmp(data + at, "blobs/sha256/", 13) &&
		    strnlen((char *)data + at, 100) == 77) {
			memcpy(from, data + at + 13, 64);
			hasher_begin(&hasher, DIGEST_SHA256);
			hasher_update(&hasher, data + at + BLOCK, len);
			hasher_finish(&hasher, &digest);
			digest_format(&digest, to);
			if (strspn(from, "0123456789abcdef") == 64)
				replace(data, size, from, to + 7);
		}
		at += BLOCK + (len + BLOCK - 1) / BLOCK * BLOCK;
	}
}

/* ---- Files ---- */

static int file_of(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	check(!lseek(fd, 0, SEEK_SET));
	return fd;
}

static int count_name(void *opaque, const struct container_name *name)
{
	unsigned int *n = opaque;

	check(name->path[0] && name->path[0] != '/');
	check(strncmp(name->path, "../", 3) && !strstr(name->path, "/../"));
	check(!strstr(name->path, ".wh."));
	++*n;
	return 0;
}

static void check_plan(int fd)
{
	struct plan_entry entry = { 0 };
	uint32_t layer = 0, ordinal = 0;
	struct lkl_error err;
	struct plan plan;

	check(plan_exists(fd));
	check(!plan_read_begin(fd, &plan, &err));
	for (;;) {
		check(!plan_read_entry(&plan, &entry));
		if (!entry.path)
			break;
		check(entry.layer < plan.image.n && entry.layer >= layer);
		check(entry.layer > layer || entry.ordinal >= ordinal);
		layer = entry.layer;
		ordinal = entry.ordinal;
	}
	plan_read_end(&plan);
}

static void measure(uint8_t flags, const uint8_t *data, size_t size)
{
	struct container_input input = {
		.path = "input", .seekable = !(flags & 2),
	};
	struct container_rest rest = { 0 };
	struct container_options options;
	struct lkl_error err = { "" };
	unsigned int n = 0;
	int ret;

	input.fd = file_of(data, size);
	input.spool = file_of(data, 0);
	input.plan = file_of(data, 0);
	check(!container_options_init(&options, flags & 4 ? "v1" : NULL,
				      flags & 8 ? "linux/arm64" : "linux/amd64",
				      &err));
	options.max_unpacked = 16 << 20;
	ret = container_measure(&input, &options, count_name, &n, &rest, &err);
	check(ret <= 1 && (ret >= 0 || err.text[0]));
	if (ret > 0)
		check_plan(input.plan);
	free(rest.prefix);
	close(input.fd);
	close(input.spool);
	close(input.plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool loaded;
	struct lkl_error err;
	uint8_t *copy;

	if (!loaded) {
		check(!archive_library_load(&err));
		container_libraries_load();
		loaded = true;
	}
	if (size < 1)
		return 0;
	copy = malloc(size);
	check(copy);
	memcpy(copy, data + 1, size - 1);
	if (data[0] & 1)
		repair(copy, size - 1);
	measure(data[0], copy, size - 1);
	free(copy);
	return 0;
}

#include "replay.h"
