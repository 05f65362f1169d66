/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * archive.h - a tar archive as the source of a copy.
 *
 * archive-stream.c opens the archive, archive.c unpacks it, archive-member.c
 * understands its members, and archive-directories.c opens the directories
 * that they go into.
 */
#ifndef COPY_ARCHIVE_H
#define COPY_ARCHIVE_H

#include "archive-acl.h"
#include "archive-path.h"
#include "archive-stream.h"
#include "job.h"
#include "operands.h"

/*
 * archive_open - open the file of an archive, before the sandbox is entered
 * @path: "-" for standard input
 *
 * Returns a descriptor or -errno.
 */
int archive_open(const char *path, struct lkl_error *err);

/*
 * archive_copy - unpack an archive into the destination
 * @path: for messages
 * @fd: from archive_open(); stays the caller's
 *
 * Call archive_library_load() before.  An error in one member is reported,
 * and the others follow.
 */
int archive_copy(struct job *job, const char *path, int fd,
		 const struct operands *operands, struct lkl_error *err);

/* The same for a file that perhaps has a prefix; archive_file_free() is left. */
struct archive_file;
int archive_copy_file(struct job *job, const char *path,
		      struct archive_file *file,
		      const struct operands *operands, struct lkl_error *err);

/* The bytes of an archive. */
struct archive_source {
	const char *path;		/* for messages */
	/* A callback of libarchive's, on the thread that unpacks. */
	archive_read_callback *read;
	void *opaque;			/* for @read */
	bool decompresses;		/* what @read returns is decompressed */
};

/* Selects the members of an archive that are unpacked, and names them. */
struct member_selection {
	/*
	 * Asked once for each member, in order.  Returns the path to unpack it
	 * to, as member_path() makes paths, or NULL to leave the member out.
	 * The caller frees the path.  -errno ends the copy.
	 */
	int (*path)(void *opaque, char **ret_path);
	/* The same: further names of that member, then NULL. */
	int (*link)(void *opaque, char **ret_path);
	void *opaque;
};

/*
 * Several archives into one destination: archive_unpack_begin(),
 * archive_unpack() for each, archive_unpack_end().  Directories get their
 * attributes at the end.
 */
struct unpack;

/* Keeps the pointers.  NULL if memory is out. */
struct unpack *archive_unpack_begin(struct job *job,
				    const struct operands *operands);

/* @selection: NULL to unpack all members by their own names */
int archive_unpack(struct unpack *unpack, const struct archive_source *source,
		   const struct member_selection *selection,
		   struct lkl_error *err);

/*
 * Frees @unpack, which may be NULL.
 * @ret: the result so far; returned unless this is the first error
 */
int archive_unpack_end(struct unpack *unpack, int ret);

/* Members (archive-member.c). */

/* Type, permissions, owners, size, device and times. */
void member_stat(struct archive_entry *member, struct lkl_statx *ret_st);

/*
 * Reads extended attributes and ACLs into @xattrs.  -ENOMEM.
 *
 * @acls: gets the ACLs with names; NULL: such entries are left out, and @job may be
 *	  NULL, too
 */
int member_xattrs(struct job *job, struct named_acls *acls,
		  struct archive_entry *member, struct xattrs *xattrs);

/*
 * member_is_excluded - whether a pattern matches a path of member_path()
 *
 * A pattern that matches a directory excludes all that is in it.  @path is
 * changed and restored.
 */
bool member_is_excluded(const struct filter *filter, char *path);

/*
 * member_data - write the data of the current member to an open file
 * @st: the member's
 *
 * Returns DATA_COMPLETE, DATA_INCOMPLETE or -errno.
 */
int member_data(struct job *job, struct archive *archive, int to,
		const struct lkl_statx *st);

/*
 * Directories (archive-directories.c).  Paths are those of member_path().  A
 * symbolic link in a path, which may come from the archive itself, is followed
 * as if the destination were the root directory.
 */

/*
 * A list of directories whose attributes are set when nothing more is made in
 * them.  NULL is the empty list.
 */
struct deferred_directory;

/*
 * deferred_add - add a directory
 * @made: of the directory itself
 * @st: of the member; job->xattrs, its extended attributes, are taken
 * @existing: the directory was there before
 *
 * -ENOMEM.
 */
int deferred_add(struct deferred_directory **deferred, struct job *job,
		 const char *path, const struct lkl_statx *made,
		 const struct lkl_statx *st, bool existing);

/* Adds one for which only attributes_clamp_times() is needed. */
int deferred_add_clamp(struct deferred_directory **deferred, const char *path,
		       const struct lkl_statx *made);

/*
 * Sets all attributes and frees the list.  A directory that a later member has
 * replaced is left out.  An error ends the job.
 */
int deferred_finish(struct deferred_directory **deferred, struct job *job);

/* Caches the directory that the last member went into. */
struct parents {
	const struct job *job;
	struct deferred_directory **deferred;	/* not owned */
	struct visited clamped;		/* in @deferred for their times */
	char *path;			/* NULL if no directory is open */
	int fd;
};

void parents_free(struct parents *parents);

/*
 * parents_open_for_member - open the directory that @path is in
 * @ret_name: the last component of @path
 *
 * Makes the directory if the archive did not.  Returns a descriptor, which
 * stays the cache's own, or -errno.
 */
int parents_open_for_member(struct parents *parents, const char *path,
			    const char **ret_name);

/* Closes the directory: its path may lead to another one now. */
void parents_forget(struct parents *parents);

/* Opens an existing directory, or the one that @path is in; or -errno. */
int parents_open_directory(const struct job *job, const char *path);
int parents_open_parent(const struct job *job, const char *path,
			const char **ret_name);
/* For those two.  @fd may be an error. */
void parents_close(const struct job *job, int fd);

#endif /* COPY_ARCHIVE_H */
