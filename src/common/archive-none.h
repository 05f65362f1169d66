/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * archive-none.h - the types of libarchive's interface, for a build without it.
 *
 * They let the code that uses it compile.  archive_library_load() fails, so none of
 * these functions is ever called.
 */
#ifndef COMMON_ARCHIVE_NONE_H
#define COMMON_ARCHIVE_NONE_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

typedef int64_t la_int64_t;
typedef ssize_t la_ssize_t;
struct archive;
struct archive_entry;

enum {
	ARCHIVE_EOF = 1,
	ARCHIVE_OK = 0,
	ARCHIVE_RETRY = -10,
	ARCHIVE_WARN = -20,
	ARCHIVE_FATAL = -30,
};

#define AE_IFREG	0100000u

#define ARCHIVE_ENTRY_ACL_EXECUTE	0x1
#define ARCHIVE_ENTRY_ACL_WRITE		0x2
#define ARCHIVE_ENTRY_ACL_READ		0x4
#define ARCHIVE_ENTRY_ACL_TYPE_ACCESS	0x100
#define ARCHIVE_ENTRY_ACL_TYPE_DEFAULT	0x200
#define ARCHIVE_ENTRY_ACL_USER		10001
#define ARCHIVE_ENTRY_ACL_USER_OBJ	10002
#define ARCHIVE_ENTRY_ACL_GROUP		10003
#define ARCHIVE_ENTRY_ACL_GROUP_OBJ	10004
#define ARCHIVE_ENTRY_ACL_MASK		10005
#define ARCHIVE_ENTRY_ACL_OTHER		10006

typedef int archive_open_callback(struct archive *, void *opaque);
typedef la_ssize_t archive_read_callback(struct archive *, void *opaque,
					 const void **buffer);
typedef la_int64_t archive_skip_callback(struct archive *, void *opaque,
					 la_int64_t request);
typedef la_ssize_t archive_write_callback(struct archive *, void *opaque,
					  const void *buffer, size_t len);
typedef int archive_close_callback(struct archive *, void *opaque);

int archive_entry_acl_next(struct archive_entry *, int, int *, int *, int *,
	int *, const char **);
int archive_entry_acl_reset(struct archive_entry *, int);
time_t archive_entry_atime(struct archive_entry *);
int archive_entry_atime_is_set(struct archive_entry *);
long archive_entry_atime_nsec(struct archive_entry *);
void archive_entry_free(struct archive_entry *);
la_int64_t archive_entry_gid(struct archive_entry *);
const char *archive_entry_gname(struct archive_entry *);
const char *archive_entry_hardlink(struct archive_entry *);
mode_t archive_entry_mode(struct archive_entry *);
time_t archive_entry_mtime(struct archive_entry *);
long archive_entry_mtime_nsec(struct archive_entry *);
struct archive_entry *archive_entry_new(void);
const char *archive_entry_pathname(struct archive_entry *);
dev_t archive_entry_rdevmajor(struct archive_entry *);
dev_t archive_entry_rdevminor(struct archive_entry *);
void archive_entry_set_filetype(struct archive_entry *, unsigned int);
void archive_entry_set_hardlink(struct archive_entry *, const char *);
la_int64_t archive_entry_size(struct archive_entry *);
int archive_entry_size_is_set(struct archive_entry *);
int archive_entry_sparse_next(struct archive_entry *, la_int64_t *,
	la_int64_t *);
int archive_entry_sparse_reset(struct archive_entry *);
const char *archive_entry_symlink(struct archive_entry *);
la_int64_t archive_entry_uid(struct archive_entry *);
const char *archive_entry_uname(struct archive_entry *);
int archive_entry_xattr_next(struct archive_entry *, const char **,
	const void **, size_t *);
int archive_entry_xattr_reset(struct archive_entry *);
const char *archive_error_string(struct archive *);
int archive_file_count(struct archive *);
la_int64_t archive_filter_bytes(struct archive *, int);
int archive_filter_count(struct archive *);
int archive_read_data_block(struct archive *, const void **buff,
	size_t *size, la_int64_t *offset);
int archive_read_free(struct archive *);
la_int64_t archive_read_header_position(struct archive *);
struct archive *archive_read_new(void);
int archive_read_next_header(struct archive *, struct archive_entry **);
int archive_read_open(struct archive *, void *opaque,
	archive_open_callback *, archive_read_callback *,
	archive_close_callback *);
int archive_read_open2(struct archive *, void *opaque,
	archive_open_callback *, archive_read_callback *,
	archive_skip_callback *, archive_close_callback *);
int archive_read_open_memory(struct archive *, const void *buff, size_t size);
int archive_read_support_filter_bzip2(struct archive *);
int archive_read_support_filter_compress(struct archive *);
int archive_read_support_filter_gzip(struct archive *);
int archive_read_support_filter_lz4(struct archive *);
int archive_read_support_filter_lzip(struct archive *);
int archive_read_support_filter_lzma(struct archive *);
int archive_read_support_filter_xz(struct archive *);
int archive_read_support_filter_zstd(struct archive *);
int archive_read_support_format_raw(struct archive *);
int archive_read_support_format_tar(struct archive *);
void archive_set_error(struct archive *, int _err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int archive_write_add_filter_bzip2(struct archive *);
int archive_write_add_filter_gzip(struct archive *);
int archive_write_add_filter_lz4(struct archive *);
int archive_write_add_filter_xz(struct archive *);
int archive_write_add_filter_zstd(struct archive *);
int archive_write_close(struct archive *);
la_ssize_t archive_write_data(struct archive *, const void *, size_t);
int archive_write_fail(struct archive *);
int archive_write_free(struct archive *);
int archive_write_header(struct archive *, struct archive_entry *);
struct archive *archive_write_new(void);
int archive_write_open(struct archive *, void *, archive_open_callback *,
	archive_write_callback *, archive_close_callback *);
int archive_write_set_bytes_per_block(struct archive *, int bytes_per_block);
int archive_write_set_filter_option(struct archive *, const char *m,
	const char *o, const char *v);
int archive_write_set_format_raw(struct archive *);
int archive_errno(struct archive *);

#endif /* COMMON_ARCHIVE_NONE_H */
