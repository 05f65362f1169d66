/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store.h - the files that a container image is made of: a folder, or the
 * members of a tar archive, read where they are.
 *
 * Errors name the file.  A store and its blobs are used by one thread at a time,
 * except that each blob may have a thread of its own.
 */
#ifndef CONTAINER_STORE_H
#define CONTAINER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

struct store;
struct blob;

/* @fd, a directory, stays the caller's. */
int store_open_folder(int fd, struct store **ret_store, struct lkl_error *err);

/*
 * store_open_tar - for an uncompressed archive that can be read at any offset
 * @fd: stays the caller's; its position is not used
 * @start: offset of the archive
 *
 * Reads the headers of all members.
 */
int store_open_tar(int fd, uint64_t start, struct store **ret_store,
		   struct lkl_error *err);
void store_close(struct store *store);

/* Whether the file exists.  @name: with slashes, without dots. */
bool store_has(const struct store *store, const char *name);

/*
 * blob_open - open a regular file of the store
 *
 * No symbolic links are followed, except to other members of the archive.
 */
int blob_open(const struct store *store, const char *name,
	      struct blob **ret_blob, struct lkl_error *err);
void blob_close(struct blob *blob);

uint64_t blob_size(const struct blob *blob);

/*
 * blob_stored - bytes that the blob takes on the host's disk, at most
 *
 * blob_size() may be a mere claim: of a header, or of a file with holes.
 */
uint64_t blob_stored(const struct blob *blob);

/*
 * blob_read - the next bytes
 * @ret_data: valid until the next call
 *
 * Returns 1, 0 at the end, or -errno.
 */
int blob_read(struct blob *blob, const void **ret_data, size_t *ret_len,
	      struct lkl_error *err);

/* Reads a whole file.  -EFBIG if it has more than @max bytes. */
int store_read_all(const struct store *store, const char *name, size_t max,
		   char **ret_text, size_t *ret_len, struct lkl_error *err);

#endif /* CONTAINER_STORE_H */
