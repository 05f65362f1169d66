/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * merged-tree.h - the files of an image when all its layers are applied.
 *
 * Only names are kept, with the member that each of them comes from.  So the
 * files that a later layer hides are never written.
 */
#ifndef CONTAINER_MERGED_TREE_H
#define CONTAINER_MERGED_TREE_H

#include <stdint.h>

#include <lkl.h>

/* Limits, since all of this is in memory. */
#define MERGED_NAMES_MAX	1000000u
#define MERGED_TEXT_MAX		(64u << 20)
#define MERGED_DEPTH_MAX	1024u
#define MERGED_LAYERS_MAX	1000u

enum member_type {
	MEMBER_DIRECTORY,
	MEMBER_FILE,		/* also a device, fifo or socket */
	MEMBER_SYMLINK,
	MEMBER_HARD_LINK,
};

/* One member of a layer. */
struct member {
	const char *path;	/* by member_path() */
	enum member_type type;
	const char *target;	/* of a symbolic link; of a hard link by member_path() */
	uint64_t size;		/* of its data, without holes */
	uint32_t xattrs;	/* bytes of its extended attributes */
};

struct merged_tree;

struct merged_tree *merged_tree_new(void);
void merged_tree_free(struct merged_tree *tree);

/*
 * merged_tree_add - apply the next member
 * @layer: counted from 0
 * @ordinal: of the member in its layer; both only grow
 *
 * Whiteouts remove names of lower layers.  -EINVAL if the member makes no sense,
 * -E2BIG if the tree grows above a limit; then @err says why, without a name.
 */
int merged_tree_add(struct merged_tree *tree, unsigned int layer,
		    uint32_t ordinal, const struct member *member,
		    struct lkl_error *err);

/* A name that is left. */
struct survivor {
	unsigned int layer;	/* where its data is */
	uint32_t ordinal;
	uint32_t node;		/* for the functions below */
};

/*
 * merged_tree_finish - list what is left, in the order of the members
 * @ret_survivors: belongs to the tree
 *
 * Names of one file follow each other.  Directories that no layer has a member
 * for come last, with the ordinal MERGED_IMPLICIT.  -ENOMEM.
 */
#define MERGED_IMPLICIT UINT32_MAX
int merged_tree_finish(struct merged_tree *tree,
		       const struct survivor **ret_survivors, size_t *ret_n);

/* To be freed; NULL if memory is out.  "." is the root directory. */
char *merged_tree_path(const struct merged_tree *tree, uint32_t node);

/* Those of struct member; the type is never MEMBER_HARD_LINK. */
enum member_type merged_tree_type(const struct merged_tree *tree, uint32_t node);
uint64_t merged_tree_size(const struct merged_tree *tree, uint32_t node);
uint32_t merged_tree_xattrs(const struct merged_tree *tree, uint32_t node);

#endif /* CONTAINER_MERGED_TREE_H */
