// SPDX-License-Identifier: GPL-2.0-only
/*
 * store.c - the files that a container image is made of.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* O_PATH */
#endif
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/copy/archive-path.h"
#include "common/error.h"
#include "tar-reader.h"

#define READ_SIZE	(256u << 10)

/* An image has two members for each layer, and a few more. */
#define MEMBERS_MAX	65536u
#define NAME_MAX_LEN	255u
#define LINKS_MAX	8

struct store_member {
	char *name;			/* by member_path() */
	char *target;			/* another member, or NULL */
	uint64_t header;		/* its offset */
	size_t order;			/* in the archive */
	bool is_regular;
};

struct store {
	int fd;				/* not owned */
	bool is_folder;
	struct store_member *members;	/* sorted by name; none twice */
	size_t n, size;
};

struct blob {
	uint64_t size, at;
	uint64_t stored;		/* bytes of the host's disk, at most */
	char *name;
	/* In a folder: */
	int fd;				/* or -1 */
	char *buffer;
	/* In an archive: */
	struct tar_reader reader;
};

/* ---- The members of an archive ---- */

/* Returns NULL if @path leads out of the archive, or memory is out. */
static char *join_link(const char *from, const char *path)
{
	const char *slash = strrchr(from, '/');
	size_t len = slash && path[0] != '/' ? (size_t)(slash - from) : 0, n;
	char *joined = malloc(strlen(from) + strlen(path) + 2);

	if (!joined)
		return NULL;
	memcpy(joined, from, len);
	for (;; path += n) {
		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (!n)
			break;
		if (n == 1 && path[0] == '.')
			continue;
		if (n == 2 && path[0] == '.' && path[1] == '.') {
			if (!len) {
				free(joined);
				return NULL;
			}
			while (len && joined[--len] != '/')
				;
			continue;
		}
		if (len)
			joined[len++] = '/';
		memcpy(joined + len, path, n);
		len += n;
	}
	joined[len] = '\0';
	return joined;
}

/* A link that leads nowhere has an empty target, which no member has. */
static char *member_target(struct archive_entry *entry, const char *name)
{
	const char *link = libarchive.entry_hardlink(entry);
	char *target;

	if (link && strlen(link) > NAME_MAX_LEN)
		return strdup("");
	if (link)
		return member_path(link, &target) < 0 ? strdup("") : target;
	link = libarchive.entry_symlink(entry);
	if (!link)
		return NULL;
	if (strlen(link) > NAME_MAX_LEN)
		return strdup("");
	target = join_link(name, link);
	return target ? target : strdup("");
}

static int store_add_member(struct store *store, struct archive_entry *entry,
			    uint64_t header, struct lkl_error *err)
{
	const char *name = libarchive.entry_pathname(entry);
	struct store_member *members, *member;

	/* One that is not named like that is none of an image. */
	if (!name || strlen(name) > NAME_MAX_LEN)
		return 0;
	if (store->n == MEMBERS_MAX)
		return error_set(err, -E2BIG, "more than %u members",
				 MEMBERS_MAX);
	if (store->n == store->size) {
		store->size = store->size ? 2 * store->size : 64;
		members = realloc(store->members,
				  store->size * sizeof(*members));
		if (!members)
			return error_no_memory(err);
		store->members = members;
	}
	member = &store->members[store->n];
	*member = (struct store_member){ .header = header, .order = store->n };
	if (member_path(name, &member->name) < 0)
		return 0;
	member->is_regular = S_ISREG(libarchive.entry_mode(entry)) &&
		!libarchive.entry_hardlink(entry);
	member->target = member_target(entry, member->name);
	store->n++;
	return 0;
}

static int compare_members(const void *a_, const void *b_)
{
	const struct store_member *a = a_, *b = b_;
	int order = strcmp(a->name, b->name);

	return order ? order : a->order < b->order ? 1 : -1;
}

static void member_free(struct store_member *member)
{
	free(member->name);
	free(member->target);
}

/* Of members of one name, the last one counts. */
static void store_sort(struct store *store)
{
	size_t n = 0, i;

	if (store->n)
		qsort(store->members, store->n, sizeof(*store->members),
		      compare_members);
	for (i = 0; i < store->n; i++) {
		if (n && !strcmp(store->members[n - 1].name,
				 store->members[i].name))
			member_free(&store->members[i]);
		else
			store->members[n++] = store->members[i];
	}
	store->n = n;
}

static const struct store_member *store_find(const struct store *store,
					     const char *name)
{
	size_t low = 0, high = store->n, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = strcmp(name, store->members[middle].name);
		if (!order)
			return &store->members[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* The same, and follows links. */
static const struct store_member *store_follow(const struct store *store,
					       const char *name)
{
	const struct store_member *member = store_find(store, name);
	int i;

	for (i = 0; i < LINKS_MAX && member && member->target; i++)
		member = store_find(store, member->target);
	return member;
}

static int store_index(struct store *store, uint64_t start,
		       struct lkl_error *err)
{
	struct archive_entry *entry;
	struct tar_reader reader;
	int ret;

	ret = tar_reader_open(&reader, store->fd, start, err);
	if (ret < 0)
		return ret;
	while ((ret = tar_reader_next(&reader, &entry, err)) > 0) {
		ret = store_add_member(store, entry, start + (uint64_t)
				libarchive.read_header_position(reader.archive),
				err);
		if (ret < 0)
			break;
	}
	tar_reader_close(&reader);
	store_sort(store);
	return ret;
}

/* ---- Files of a folder ---- */

/*
 * Opens a path without following any symbolic link: one could lead to a file
 * that the user did not mean to put into an image.
 */
static int open_in_folder(int folder, const char *name)
{
	cleanup_free char *copy = strdup(name);
	char *component = copy, *slash;
	int at = folder, fd, code;

	if (!copy)
		return -ENOMEM;
	for (;;) {
		slash = strchr(component, '/');
		if (slash)
			*slash = '\0';
		if (!*component || !strcmp(component, ".") ||
		    !strcmp(component, ".."))
			errno = EINVAL, fd = -1;
		else
			fd = openat(at, component, O_RDONLY | O_NOFOLLOW |
				    O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
				    (slash ? O_DIRECTORY : 0));
		code = errno;
		if (at != folder)
			close(at);
		if (fd < 0)
			return -code;
		if (!slash)
			return fd;
		at = fd;
		component = slash + 1;
	}
}

/* ---- Stores ---- */

static struct store *store_new(int fd, bool is_folder)
{
	struct store *store = calloc(1, sizeof(*store));

	if (store) {
		store->fd = fd;
		store->is_folder = is_folder;
	}
	return store;
}

int store_open_folder(int fd, struct store **ret_store, struct lkl_error *err)
{
	struct store *store = store_new(fd, true);

	if (!store)
		return error_no_memory(err);
	*ret_store = store;
	return 0;
}

int store_open_tar(int fd, uint64_t start, struct store **ret_store,
		   struct lkl_error *err)
{
	struct store *store = store_new(fd, false);
	int ret;

	if (!store)
		return error_no_memory(err);
	ret = store_index(store, start, err);
	if (ret < 0)
		store_close(store);
	else
		*ret_store = store;
	return ret;
}

void store_close(struct store *store)
{
	size_t i;

	if (!store)
		return;
	for (i = 0; i < store->n; i++)
		member_free(&store->members[i]);
	free(store->members);
	free(store);
}

bool store_has(const struct store *store, const char *name)
{
	int fd;

	if (!store->is_folder)
		return store_find(store, name) != NULL;
	fd = open_in_folder(store->fd, name);
	if (fd >= 0)
		close(fd);
	/* What exists and cannot be opened is reported later. */
	return fd != -ENOENT && fd != -ENOTDIR;
}

/* ---- Blobs ---- */

/* Bytes that a file takes on the disk: its size without its holes. */
static uint64_t stored_bytes(const struct stat *st)
{
	uint64_t size = (uint64_t)st->st_size;
	uint64_t blocks = (uint64_t)st->st_blocks;

	return blocks < size / 512 ? blocks * 512 : size;
}

static int blob_open_file(const struct store *store, struct blob *blob,
			  struct lkl_error *err)
{
	struct stat st;

	blob->fd = open_in_folder(store->fd, blob->name);
	if (blob->fd == -ENOENT)
		return error_set(err, -ENOENT, "is missing");
	if (blob->fd == -ELOOP)
		return error_set(err, -ELOOP, "is a symbolic link");
	if (blob->fd < 0)
		return error_set(err, blob->fd, "cannot open: %s",
				 strerror(-blob->fd));
	if (fstat(blob->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return error_set(err, -EINVAL, "is not a regular file");
	blob->size = (uint64_t)st.st_size;
	blob->stored = stored_bytes(&st);
	blob->buffer = malloc(READ_SIZE);
	return blob->buffer ? 0 : error_no_memory(err);
}

/* A small archive could have blobs of any size, which take years to read. */
#define SPARSE "is a sparse member, which a container archive may not have"

static int blob_open_member(const struct store *store, struct blob *blob,
			    struct lkl_error *err)
{
	const struct store_member *member = store_find(store, blob->name);
	struct archive_entry *entry;
	struct stat st;
	int ret;

	if (!member)
		return error_set(err, -ENOENT, "is missing");
	member = store_follow(store, blob->name);
	if (!member || !member->is_regular)
		return error_set(err, -EINVAL, "is not a regular file");
	ret = tar_reader_open(&blob->reader, store->fd, member->header, err);
	if (ret < 0)
		return ret;
	ret = tar_reader_next(&blob->reader, &entry, err);
	if (ret < 0)
		return ret;
	if (!ret || libarchive.entry_size(entry) < 0)
		return error_set(err, -EIO,
				 "cannot be read a second time; did the archive change?");
	if (libarchive.entry_sparse_reset(entry) > 0)
		return error_set(err, -EINVAL, SPARSE);
	if (fstat(store->fd, &st) < 0)
		return error_set(err, -errno, "%s", strerror(errno));
	blob->size = (uint64_t)libarchive.entry_size(entry);
	blob->stored = stored_bytes(&st);
	if (blob->stored > blob->size)
		blob->stored = blob->size;
	return 0;
}

int blob_open(const struct store *store, const char *name,
	      struct blob **ret_blob, struct lkl_error *err)
{
	struct blob *blob = calloc(1, sizeof(*blob));
	int ret;

	if (!blob)
		return error_no_memory(err);
	blob->fd = -1;
	blob->name = strdup(name);
	if (!blob->name)
		ret = error_no_memory(err);
	else if (store->is_folder)
		ret = blob_open_file(store, blob, err);
	else
		ret = blob_open_member(store, blob, err);
	if (ret < 0) {
		error_prefix(err, ret, "%s", quote_name(name));
		blob_close(blob);
		return ret;
	}
	*ret_blob = blob;
	return 0;
}

void blob_close(struct blob *blob)
{
	if (!blob)
		return;
	if (blob->fd >= 0)
		close(blob->fd);
	if (blob->reader.archive)
		tar_reader_close(&blob->reader);
	free(blob->buffer);
	free(blob->name);
	free(blob);
}

uint64_t blob_size(const struct blob *blob)
{
	return blob->size;
}

uint64_t blob_stored(const struct blob *blob)
{
	return blob->stored;
}

static int blob_read_file(struct blob *blob, const void **ret_data,
			  size_t *ret_len, struct lkl_error *err)
{
	ssize_t n;

	do {
		n = read(blob->fd, blob->buffer, READ_SIZE);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set(err, -errno, "%s: %s", quote_name(blob->name),
				 strerror(errno));
	*ret_data = blob->buffer;
	*ret_len = (size_t)n;
	return n > 0;
}

/* A header may promise more data than the member has: no hole is filled. */
static int blob_read_member(struct blob *blob, const void **ret_data,
			    size_t *ret_len, struct lkl_error *err)
{
	la_int64_t offset;
	const char *why;
	int status;

	do {
		*ret_len = 0;
		status = libarchive.read_data_block(blob->reader.archive,
						    ret_data, ret_len, &offset);
	} while (status == ARCHIVE_RETRY ||
		 (status >= ARCHIVE_WARN && status != ARCHIVE_EOF &&
		  !*ret_len));
	if (status == ARCHIVE_EOF && blob->at == blob->size)
		return 0;
	if (status == ARCHIVE_EOF ||
	    (status >= ARCHIVE_WARN && (uint64_t)offset > blob->at))
		return error_set(err, -EINVAL, "%s: " SPARSE,
				 quote_name(blob->name));
	if (status >= ARCHIVE_WARN && (uint64_t)offset == blob->at)
		return 1;
	why = libarchive.error_string(blob->reader.archive);
	return error_set(err, -EIO, "%s: damaged or cut off: %s",
			 quote_name(blob->name), why ? why : "no reason given");
}

int blob_read(struct blob *blob, const void **ret_data, size_t *ret_len,
	      struct lkl_error *err)
{
	int ret = blob->fd >= 0 ?
		blob_read_file(blob, ret_data, ret_len, err) :
		blob_read_member(blob, ret_data, ret_len, err);

	if (ret > 0)
		blob->at += *ret_len;
	return ret;
}

int store_read_all(const struct store *store, const char *name, size_t max,
		   char **ret_text, size_t *ret_len, struct lkl_error *err)
{
	struct blob *blob = NULL;
	const void *data;
	size_t len = 0, n;
	char *text = NULL;
	int ret;

	ret = blob_open(store, name, &blob, err);
	if (ret < 0)
		return ret;
	if (blob->size > max)
		ret = error_set(err, -EFBIG,
				"%s: larger than %zu MiB, which is the limit",
				quote_name(name), max >> 20);
	else if (!(text = malloc(blob->size + 1)))
		ret = error_no_memory(err);
	while (!ret) {
		ret = blob_read(blob, &data, &n, err);
		if (ret <= 0)
			break;
		ret = n > blob->size - len ? error_set(err, -EIO,
				"%s: changed while it was read",
				quote_name(name)) : 0;
		if (ret < 0)
			break;
		memcpy(text + len, data, n);
		len += n;
	}
	blob_close(blob);
	if (ret < 0) {
		free(text);
		return ret;
	}
	*ret_text = text;
	*ret_len = len;
	return 0;
}
