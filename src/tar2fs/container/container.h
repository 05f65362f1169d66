/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * container.h - container images as inputs: OCI image layouts, as a folder or an
 * archive, and the archives of "docker save" and "podman save".
 *
 * An image is read twice.  container_measure() looks at all layers and decides
 * which members are left when all layers are applied; it writes a plan.
 * container_unpack(), perhaps in another process, unpacks these members only.
 * So the data of files that a later layer removes is never written, and the
 * size of the result is known before.
 */
#ifndef CONTAINER_CONTAINER_H
#define CONTAINER_CONTAINER_H

#include "image.h"
#include "merged-tree.h"

struct container_options {
	struct image_choice choice;
	uint64_t max_unpacked;		/* bytes of all layers; 0: the default.  A
					   plain archive has it, too */
};

struct container_input {
	const char *path;		/* for messages */
	int fd;				/* a folder or an archive */
	bool is_folder;
	bool seekable;			/* the archive can be read again */
	uint64_t start;			/* its offset, if it is seekable */
	int spool;			/* an empty temporary file */
	int plan;			/* another one */
};

/*
 * container_libraries_load - load what container images need
 *
 * Call it before the sandbox is entered.  Returns nothing: if a library is
 * missing, a container image is an error later.
 */
void container_libraries_load(void);

/*
 * container_options_init - set the choice by the options of the command line
 * @platform: NULL for the host's
 *
 * -EINVAL.
 */
int container_options_init(struct container_options *options, const char *tag,
			   const char *platform, struct lkl_error *err);

/* One name of the image. */
struct container_name {
	char *path;			/* may be changed, but not its length */
	enum member_type type;		/* a hard link: all but the first name */
	uint64_t size;			/* of the data; of a symbolic link's target */
	uint64_t xattrs;		/* bytes */
};

/* Returns 0 or -errno, which ends the measuring. */
typedef int container_visit(void *opaque, const struct container_name *name);

/* An archive that is none of a container image, after container_measure(). */
struct container_rest {
	/* It is in the spool from its start, and no longer compressed. */
	bool spooled;
	/* What was read of an archive that cannot be read again.  Owned. */
	char *prefix;
	size_t prefix_len;
};

/*
 * container_measure - look whether an input is a container image, and measure it
 * @visit: called for each name, but for the root directory
 * @ret_rest: set if the result is 0
 *
 * Checks all digests.  Returns 1 if it is an image, 0 if it is not, or -errno
 * with a sentence that names @input->path.  Needs libarchive.
 */
int container_measure(const struct container_input *input,
		      const struct container_options *options,
		      container_visit *visit, void *opaque,
		      struct container_rest *ret_rest, struct lkl_error *err);

struct unpack;

/*
 * container_unpack - unpack an image that container_measure() has found
 * @unpack: from archive_unpack_begin()
 */
int container_unpack(const struct container_input *input,
		     struct unpack *unpack, struct lkl_error *err);

#endif /* CONTAINER_CONTAINER_H */
