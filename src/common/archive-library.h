/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * archive-library.h - loads libarchive, to compress or read archives.
 */
#ifndef TOOLS_ARCHIVE_LIBRARY_H
#define TOOLS_ARCHIVE_LIBRARY_H

#include "config.h"

#ifdef HAVE_LIBARCHIVE
#include <archive.h>
#include <archive_entry.h>
#else
#include "archive-none.h"
#endif

struct lkl_error;

/*
 * archive_library_load - load libarchive, if it is not loaded yet
 *
 * Call it before the sandbox and before there are other threads.  -ENOTSUP if
 * the library is missing or was not built in.
 */
int archive_library_load(struct lkl_error *err);

/* The functions in use: archive_read_new() is libarchive.read_new(). */
#define LIBARCHIVE_FUNCTIONS(F) \
	F(entry_acl_next) \
	F(entry_acl_reset) \
	F(entry_atime) \
	F(entry_atime_is_set) \
	F(entry_atime_nsec) \
	F(entry_free) \
	F(entry_gid) \
	F(entry_gname) \
	F(entry_hardlink) \
	F(entry_mode) \
	F(entry_mtime) \
	F(entry_mtime_nsec) \
	F(entry_new) \
	F(entry_pathname) \
	F(entry_rdevmajor) \
	F(entry_rdevminor) \
	F(entry_set_filetype) \
	F(entry_set_hardlink) \
	F(entry_size) \
	F(entry_size_is_set) \
	F(entry_sparse_next) \
	F(entry_sparse_reset) \
	F(entry_symlink) \
	F(entry_uid) \
	F(entry_uname) \
	F(entry_xattr_next) \
	F(entry_xattr_reset) \
	F(error_string) \
	F(file_count) \
	F(filter_bytes) \
	F(filter_count) \
	F(read_data_block) \
	F(read_free) \
	F(read_header_position) \
	F(read_new) \
	F(read_next_header) \
	F(read_open) \
	F(read_open2) \
	F(read_open_memory) \
	F(read_support_filter_bzip2) \
	F(read_support_filter_compress) \
	F(read_support_filter_gzip) \
	F(read_support_filter_lz4) \
	F(read_support_filter_lzip) \
	F(read_support_filter_lzma) \
	F(read_support_filter_xz) \
	F(read_support_filter_zstd) \
	F(read_support_format_raw) \
	F(read_support_format_tar) \
	F(set_error) \
	F(write_add_filter_bzip2) \
	F(write_add_filter_gzip) \
	F(write_add_filter_lz4) \
	F(write_add_filter_xz) \
	F(write_add_filter_zstd) \
	F(write_close) \
	F(write_data) \
	F(write_fail) \
	F(write_free) \
	F(write_header) \
	F(write_new) \
	F(write_open) \
	F(write_set_bytes_per_block) \
	F(write_set_filter_option) \
	F(write_set_format_raw)

struct libarchive {
#define LIBARCHIVE_MEMBER(name) __typeof__(archive_##name) *name;
	LIBARCHIVE_FUNCTIONS(LIBARCHIVE_MEMBER)
#undef LIBARCHIVE_MEMBER
	/* archive_errno(): "errno" is a macro. */
	__typeof__(archive_errno) *error_number;
};

extern struct libarchive libarchive;

#endif /* TOOLS_ARCHIVE_LIBRARY_H */
