// SPDX-License-Identifier: GPL-2.0-only
/*
 * skeleton.c - an archive with the directories and symbolic links of a definition.
 *
 * So the code for archives copies them and estimates their room.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* memfd_create */
#endif
#include "skeleton.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"

#define RECORD	512u

/* As GNU tar has it.  Longer names are in a member of type 'L' or 'K' in front. */
struct header {
	char name[100];
	char mode[8], uid[8], gid[8];
	char size[12], mtime[12], checksum[8];
	char type;
	char link[100];
	char magic[8];
	char uname[32], gname[32];
	char major[8], minor[8];
	char prefix[155], rest[12];
};

_Static_assert(sizeof(struct header) == RECORD, "tar header");

struct skeleton {
	FILE *file;
	int64_t time;
	struct words made;		/* directories */
};

static void put_record(struct skeleton *skeleton, const void *data, size_t len)
{
	static const char zeroes[RECORD];

	/* The end checks ferror(). */
	fwrite(data, 1, len, skeleton->file);
	fwrite(zeroes, 1, (RECORD - len % RECORD) % RECORD, skeleton->file);
}

static void put_header(struct skeleton *skeleton, char type, const char *name,
		       const char *link, unsigned int size)
{
	unsigned int sum = 0;
	struct header header = { .type = type, .magic = "ustar  " };
	const unsigned char *at = (const unsigned char *)&header;
	/* Of 11 digits; later times do not matter here. */
	uint64_t time = skeleton->time < 0 ? 0 : (uint64_t)skeleton->time;
	size_t i;

	/* A name of 100 bytes has no zero behind it. */
	memcpy(header.name, name, strnlen(name, sizeof(header.name)));
	memcpy(header.link, link, strnlen(link, sizeof(header.link)));
	snprintf(header.mode, sizeof(header.mode), "%07o",
		 type == '2' ? 0777 : 0755);
	snprintf(header.uid, sizeof(header.uid), "%07o", 0);
	snprintf(header.gid, sizeof(header.gid), "%07o", 0);
	snprintf(header.size, sizeof(header.size), "%011o", size);
	snprintf(header.mtime, sizeof(header.mtime), "%011" PRIo64,
		 time & 077777777777u);
	memset(header.checksum, ' ', sizeof(header.checksum));
	for (i = 0; i < sizeof(header); i++)
		sum += at[i];
	snprintf(header.checksum, sizeof(header.checksum), "%06o", sum);
	put_record(skeleton, &header, sizeof(header));
}

static void put_long(struct skeleton *skeleton, char type, const char *name)
{
	if (strlen(name) < 100)
		return;
	put_header(skeleton, type, "././@LongLink", "",
		   (unsigned int)strlen(name) + 1);
	put_record(skeleton, name, strlen(name) + 1);
}

static void put_member(struct skeleton *skeleton, char type, const char *name,
		       const char *link)
{
	put_long(skeleton, 'K', link);
	put_long(skeleton, 'L', name);
	put_header(skeleton, type, name, link, 0);
}

static int put_directory(struct skeleton *skeleton, const char *path)
{
	char *copy;
	size_t i;

	for (i = 0; i < skeleton->made.n; i++)
		if (!strcmp(skeleton->made.at[i].text, path))
			return 0;
	copy = strdup(path);
	if (!copy || words_add(&skeleton->made, 0, copy, NULL) < 0) {
		free(copy);
		return -ENOMEM;
	}
	put_member(skeleton, '5', path, "");
	return 0;
}

/* All directories on the way to @path, which begins with a slash. */
static int put_parents(struct skeleton *skeleton, const char *path)
{
	cleanup_free char *copy = strdup(path + 1);
	char *slash = copy;
	int ret = copy ? 0 : -ENOMEM;

	while (!ret && (slash = strchr(slash, '/'))) {
		*slash = '\0';
		if (*copy && slash[-1])
			ret = put_directory(skeleton, copy);
		*slash++ = '/';
	}
	return ret;
}

static int put_all(struct skeleton *skeleton,
		   const struct definition *definition)
{
	const struct words *directories = &definition->directories;
	const struct words *symlinks = &definition->symlinks;
	size_t i;
	int ret = 0;

	for (i = 0; i < definition->copies.n && !ret; i++)
		ret = put_parents(skeleton, definition->copies.at[i].second);
	for (i = 0; i < directories->n && !ret; i++) {
		ret = put_parents(skeleton, directories->at[i].text);
		if (!ret && directories->at[i].text[1])
			ret = put_directory(skeleton,
					    directories->at[i].text + 1);
	}
	for (i = 0; i < symlinks->n && !ret; i++) {
		ret = put_parents(skeleton, symlinks->at[i].text);
		if (!ret)
			put_member(skeleton, '2', symlinks->at[i].text + 1,
				   symlinks->at[i].second);
	}
	return ret;
}

int skeleton_make(const struct definition *definition, int64_t time,
		  int *ret_fd, struct lkl_error *err)
{
	static const char end[2 * RECORD];
	struct skeleton skeleton = { .time = time };
	int fd, copy, ret;

	*ret_fd = -1;
	if (!definition->copies.n && !definition->directories.n &&
	    !definition->symlinks.n)
		return 0;
	fd = memfd_create("skeleton", MFD_CLOEXEC);
	copy = fd < 0 ? -1 : dup(fd);
	skeleton.file = copy < 0 ? NULL : fdopen(copy, "w");
	if (!skeleton.file) {
		ret = error_set(err, -errno, "cannot make a file in memory: %s",
				strerror(errno));
		if (copy >= 0)
			close(copy);
		if (fd >= 0)
			close(fd);
		return ret;
	}
	ret = put_all(&skeleton, definition);
	put_record(&skeleton, end, sizeof(end));
	words_free(&skeleton.made);
	if ((fflush(skeleton.file) || ferror(skeleton.file)) && !ret)
		ret = -ENOMEM;
	fclose(skeleton.file);
	if (!ret && lseek(fd, 0, SEEK_SET) < 0)
		ret = -errno;
	if (ret < 0) {
		close(fd);
		return error_no_memory(err);
	}
	*ret_fd = fd;
	return 0;
}

/* Make a directory, and those above it, unless they exist. */
static int make_directories(char *path)
{
	char *slash = path, end;
	long ret;

	for (;;) {
		slash += strspn(slash, "/");
		if (!*slash)
			return 0;
		slash += strcspn(slash, "/");
		end = *slash;
		*slash = '\0';
		ret = lkl_sys_mkdirat(LKL_AT_FDCWD, path, 0755);
		*slash = end;
		if (ret < 0 && ret != -LKL_EEXIST)
			return (int)ret;
	}
}

static int complete_directory(const char *path, size_t len)
{
	cleanup_free char *copy = strndup(path, len);

	return copy ? make_directories(copy) : -ENOMEM;
}

/* Make the link, unless a source has a file of that name. */
static int complete_symlink(const struct word *symlink)
{
	const char *name = strrchr(symlink->text, '/');
	int ret = complete_directory(symlink->text,
				     (size_t)(name - symlink->text));

	if (!ret)
		ret = (int)lkl_sys_symlinkat(symlink->second, LKL_AT_FDCWD,
					     symlink->text);
	return ret == -LKL_EEXIST ? 0 : ret;
}

int skeleton_complete(const void *opaque, struct lkl_error *err)
{
	const struct definition *definition = opaque;
	const struct word *word = NULL;
	size_t i;
	int ret = 0;

	for (i = 0; i < definition->directories.n && !ret; i++) {
		word = &definition->directories.at[i];
		ret = complete_directory(word->text, strlen(word->text));
	}
	for (i = 0; i < definition->symlinks.n && !ret; i++) {
		word = &definition->symlinks.at[i];
		ret = complete_symlink(word);
	}
	/* After -ENOSPC, the caller tries another size. */
	return ret < 0 ? error_set(err, ret, "line %u: cannot make %s: %s",
				   word->line, quote_name(word->text),
				   lkl_strerror(ret)) : 0;
}
