// SPDX-License-Identifier: GPL-2.0-only
/*
 * merged-tree.c - the files of an image when all its layers are applied.
 *
 * The rules are those of the OCI image specification, "Image Layer Filesystem
 * Changeset":
 *
 * - A member replaces what has its name, except that a directory only changes
 *   the attributes of a directory.
 * - ".wh.NAME" removes NAME, and ".wh..wh..opq" all entries of its directory, as
 *   far as they come from lower layers.  The order of members within a layer
 *   does not matter for that, so each node knows the layer that made it.
 *
 * Symbolic links in the path of a member are followed as if the image's root
 * directory were that of the system.
 *
 * A removed node stays in the hash table, to be used again, but leaves the list
 * of its parent.  So each removal of a node is paid for by a member that made
 * it, and a hostile image cannot make this slow.
 */
#include "merged-tree.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/error.h"

#define WHITEOUT	".wh."
#define WHITEOUT_LEN	4
#define OPAQUE		".wh..wh..opq"
#define SYMLINKS_MAX	40		/* in one path, as in Linux */

#define ROOT		0u
#define NO_NODE		UINT32_MAX
#define NO_LAYER	UINT16_MAX

enum node_type {
	NODE_REMOVED,
	NODE_DIRECTORY,
	NODE_FILE,
	NODE_SYMLINK,
};

struct node {
	uint32_t parent;
	uint32_t hash_next;
	uint32_t first_child, next_sibling;
	uint32_t text;			/* name; a symbolic link's target follows */
	uint32_t ordinal;		/* of the member with its data */
	uint64_t size;
	uint32_t xattrs;
	uint16_t data_layer;		/* of that member */
	uint16_t layer;			/* that made it, or changed it last */
	uint16_t cleared;		/* the last layer that cleared it */
	uint16_t depth;
	uint8_t type;			/* enum node_type */
	bool listed;			/* in the list of its parent */
};

struct merged_tree {
	struct node *nodes;
	size_t n, size;
	uint32_t *table;		/* first nodes of the hash chains */
	size_t table_size;		/* a power of two */
	uint64_t seed;
	char *text;
	size_t text_len, text_size;
	struct survivor *survivors;
};

/* ---- Nodes ---- */

static const char *node_name(const struct merged_tree *tree,
			     const struct node *node)
{
	return tree->text + node->text;
}

static const char *node_target(const struct merged_tree *tree,
			       const struct node *node)
{
	const char *name = node_name(tree, node);

	return name + strlen(name) + 1;
}

/* The seed keeps an image from choosing names that collide. */
static uint64_t hash_name(const struct merged_tree *tree, uint32_t parent,
			  const char *name, size_t len)
{
	uint64_t hash = tree->seed ^ (parent * 0x9e3779b97f4a7c15ull);
	size_t i;

	for (i = 0; i < len; i++) {
		hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3ull;
		hash ^= hash >> 29 ^ tree->seed >> (i & 31);
	}
	return hash ^ hash >> 32;
}

static int text_add(struct merged_tree *tree, const char *name, size_t len,
		    const char *target, uint32_t *ret_text,
		    struct lkl_error *err)
{
	size_t target_size = target ? strlen(target) + 1 : 0;
	size_t need = len + 1 + target_size, size;
	char *text;

	if (need > MERGED_TEXT_MAX - tree->text_len)
		return error_set(err, -E2BIG,
				 "the names of the image need more than %u MiB",
				 MERGED_TEXT_MAX >> 20);
	if (tree->text_len + need > tree->text_size) {
		size = tree->text_size ? tree->text_size : 4096;
		while (size < tree->text_len + need)
			size *= 2;
		text = realloc(tree->text, size);
		if (!text)
			return error_no_memory(err);
		tree->text = text;
		tree->text_size = size;
	}
	*ret_text = (uint32_t)tree->text_len;
	memcpy(tree->text + tree->text_len, name, len);
	tree->text[tree->text_len + len] = '\0';
	if (target)
		memcpy(tree->text + tree->text_len + len + 1, target,
		       target_size);
	tree->text_len += need;
	return 0;
}

static int table_grow(struct merged_tree *tree)
{
	size_t size = tree->table_size ? 2 * tree->table_size : 1024, at;
	uint32_t *table = malloc(size * sizeof(*table));
	const char *name;
	uint32_t i;

	if (!table)
		return -ENOMEM;
	for (at = 0; at < size; at++)
		table[at] = NO_NODE;
	for (i = 0; i < tree->n; i++) {
		struct node *node = &tree->nodes[i];

		name = node_name(tree, node);
		at = hash_name(tree, node->parent, name, strlen(name)) &
			(size - 1);
		node->hash_next = table[at];
		table[at] = i;
	}
	free(tree->table);
	tree->table = table;
	tree->table_size = size;
	return 0;
}

/* Also finds a removed node. */
static uint32_t node_find(const struct merged_tree *tree, uint32_t parent,
			  const char *name, size_t len)
{
	uint64_t hash = hash_name(tree, parent, name, len);
	uint32_t i = tree->table[hash & (tree->table_size - 1)];
	const char *other;

	for (; i != NO_NODE; i = tree->nodes[i].hash_next) {
		if (tree->nodes[i].parent != parent)
			continue;
		other = node_name(tree, &tree->nodes[i]);
		if (!strncmp(other, name, len) && !other[len])
			return i;
	}
	return NO_NODE;
}

static uint32_t node_find_existing(const struct merged_tree *tree,
				   uint32_t parent, const char *name, size_t len)
{
	uint32_t i = node_find(tree, parent, name, len);

	return i != NO_NODE && tree->nodes[i].type == NODE_REMOVED ?
		NO_NODE : i;
}

/* Adds a node, still removed. */
static int node_new(struct merged_tree *tree, uint32_t parent, const char *name,
		    size_t len, uint32_t *ret_node, struct lkl_error *err)
{
	struct node *nodes, *node;
	size_t size, at;
	int ret;

	if (tree->n == MERGED_NAMES_MAX)
		return error_set(err, -E2BIG,
				 "the image has more than %u names",
				 MERGED_NAMES_MAX);
	if (tree->n == tree->size) {
		size = tree->size ? tree->size + tree->size / 2 : 1024;
		nodes = realloc(tree->nodes, size * sizeof(*nodes));
		if (!nodes)
			return error_no_memory(err);
		tree->nodes = nodes;
		tree->size = size;
	}
	if (tree->n >= tree->table_size && table_grow(tree) < 0)
		return error_no_memory(err);
	node = &tree->nodes[tree->n];
	*node = (struct node){
		.parent = parent,
		.first_child = NO_NODE,
		.next_sibling = NO_NODE,
		.cleared = NO_LAYER,
		.type = NODE_REMOVED,
	};
	if (tree->n) {
		node->depth = (uint16_t)(tree->nodes[parent].depth + 1);
		if (node->depth > MERGED_DEPTH_MAX)
			return error_set(err, -E2BIG,
					 "more than %u directories deep",
					 MERGED_DEPTH_MAX);
	}
	ret = text_add(tree, name, len, NULL, &node->text, err);
	if (ret < 0)
		return ret;
	at = hash_name(tree, parent, name, len) & (tree->table_size - 1);
	node->hash_next = tree->table[at];
	tree->table[at] = (uint32_t)tree->n;
	*ret_node = (uint32_t)tree->n++;
	return 0;
}

/* Puts a node that is no longer removed into the list of its parent. */
static void node_list(struct merged_tree *tree, uint32_t i)
{
	struct node *node = &tree->nodes[i];
	struct node *parent = &tree->nodes[node->parent];

	if (node->listed || i == ROOT)
		return;
	node->next_sibling = parent->first_child;
	parent->first_child = i;
	node->listed = true;
}

/* A directory without a member. */
static void node_become_implicit(struct merged_tree *tree, uint32_t i,
				 unsigned int layer)
{
	struct node *node = &tree->nodes[i];

	node->type = NODE_DIRECTORY;
	node->layer = node->data_layer = (uint16_t)layer;
	node->ordinal = MERGED_IMPLICIT;
	node->size = 0;
	node->xattrs = 0;
	node_list(tree, i);
}

/*
 * Removes what is below a directory and older than @layer.  Directories that
 * have something newer in them stay.  Calls itself, MERGED_DEPTH_MAX deep.
 */
static void node_clear(struct merged_tree *tree, uint32_t i, unsigned int layer)
{
	uint32_t child = tree->nodes[i].first_child, next, kept = NO_NODE;
	struct node *node;

	for (; child != NO_NODE; child = next) {
		node = &tree->nodes[child];
		next = node->next_sibling;
		if (node->type == NODE_DIRECTORY)
			node_clear(tree, child, layer);
		if (node->layer < layer) {
			if (node->first_child != NO_NODE)
				node_become_implicit(tree, child, layer);
			else
				node->type = NODE_REMOVED;
		}
		node->listed = node->type != NODE_REMOVED;
		if (node->listed) {
			node->next_sibling = kept;
			kept = child;
		}
	}
	tree->nodes[i].first_child = kept;
}

/* The same for a whiteout: nothing older comes in the same layer. */
static void node_clear_lower(struct merged_tree *tree, uint32_t i,
			     unsigned int layer)
{
	if (tree->nodes[i].cleared == layer)
		return;
	node_clear(tree, i, layer);
	tree->nodes[i].cleared = (uint16_t)layer;
}

/* ---- Paths ---- */

struct walk {
	unsigned int layer;
	bool make;			/* make directories that are missing */
	unsigned int symlinks;		/* followed so far */
};

static int walk_path(struct merged_tree *tree, struct walk *walk, uint32_t at,
		     const char *path, size_t len, uint32_t *ret_node,
		     struct lkl_error *err);

static int walk_symlink(struct merged_tree *tree, struct walk *walk,
			uint32_t parent, uint32_t link, uint32_t *ret_node,
			struct lkl_error *err)
{
	const char *target = node_target(tree, &tree->nodes[link]);
	/* The text may move when a directory is made. */
	char *copy;
	int ret;

	if (++walk->symlinks > SYMLINKS_MAX)
		return error_set(err, -EINVAL,
				 "too many symbolic links in its path");
	copy = strdup(target);
	if (!copy)
		return error_no_memory(err);
	ret = walk_path(tree, walk, *copy == '/' ? ROOT : parent, copy,
			strlen(copy), ret_node, err);
	free(copy);
	return ret;
}

/* One step into a directory.  *@ret_node: NO_NODE if it does not exist. */
static int walk_step(struct merged_tree *tree, struct walk *walk, uint32_t at,
		     const char *name, size_t len, uint32_t *ret_node,
		     struct lkl_error *err)
{
	uint32_t i = node_find(tree, at, name, len);
	int ret;

	if (i == NO_NODE || tree->nodes[i].type == NODE_REMOVED) {
		*ret_node = NO_NODE;
		if (!walk->make)
			return 0;
		if (len >= WHITEOUT_LEN &&
		    !memcmp(name, WHITEOUT, WHITEOUT_LEN))
			return error_set(err, -EINVAL,
				"is in a directory whose name begins with \"" WHITEOUT "\"");
		if (i == NO_NODE) {
			ret = node_new(tree, at, name, len, &i, err);
			if (ret < 0)
				return ret;
		}
		node_become_implicit(tree, i, walk->layer);
	} else if (tree->nodes[i].type == NODE_SYMLINK) {
		return walk_symlink(tree, walk, at, i, ret_node, err);
	} else if (tree->nodes[i].type != NODE_DIRECTORY) {
		if (walk->make)
			return error_set(err, -EINVAL,
				"a directory in its path is a file");
		i = NO_NODE;
	}
	*ret_node = i;
	return 0;
}

/* The directory that @path, of @len bytes, leads to from @at. */
static int walk_path(struct merged_tree *tree, struct walk *walk, uint32_t at,
		     const char *path, size_t len, uint32_t *ret_node,
		     struct lkl_error *err)
{
	const char *end = path + len, *slash;
	size_t n;
	int ret;

	for (; path < end && at != NO_NODE; path += n + 1) {
		slash = memchr(path, '/', (size_t)(end - path));
		n = (size_t)((slash ? slash : end) - path);
		if (!n || (n == 1 && path[0] == '.'))
			continue;
		if (n == 2 && path[0] == '.' && path[1] == '.') {
			at = tree->nodes[at].parent;
			continue;
		}
		ret = walk_step(tree, walk, at, path, n, &at, err);
		if (ret < 0)
			return ret;
	}
	*ret_node = at;
	return 0;
}

/* The directory of a member, and the member's name in it. */
static int walk_to_parent(struct merged_tree *tree, unsigned int layer,
			  bool make, const char *path, uint32_t *ret_parent,
			  const char **ret_name, struct lkl_error *err)
{
	struct walk walk = { .layer = layer, .make = make };
	const char *slash = strrchr(path, '/');

	*ret_name = slash ? slash + 1 : path;
	return walk_path(tree, &walk, ROOT, path,
			 slash ? (size_t)(slash - path) : 0, ret_parent, err);
}

/* ---- Members ---- */

static int add_whiteout(struct merged_tree *tree, unsigned int layer,
			uint32_t parent, const char *name,
			const struct member *member, struct lkl_error *err)
{
	const char *hidden = name + WHITEOUT_LEN;
	struct node *node;
	uint32_t i;

	if (member->type == MEMBER_DIRECTORY)
		return error_set(err, -EINVAL,
			"a directory's name must not begin with \"" WHITEOUT "\"");
	if (!*hidden || !strcmp(hidden, ".") || !strcmp(hidden, ".."))
		return error_set(err, -EINVAL,
				 "a whiteout of \"%s\" is not possible", hidden);
	if (parent == NO_NODE)
		return 0;
	if (!strcmp(name, OPAQUE)) {
		node_clear_lower(tree, parent, layer);
		return 0;
	}
	i = node_find_existing(tree, parent, hidden, strlen(hidden));
	if (i == NO_NODE)
		return 0;
	node_clear_lower(tree, i, layer);
	node = &tree->nodes[i];
	if (node->layer == layer)
		return 0;
	if (node->first_child != NO_NODE)
		node_become_implicit(tree, i, layer);
	else
		node->type = NODE_REMOVED;
	return 0;
}

/* The name of the root directory cannot be looked up like others. */
static int node_for_member(struct merged_tree *tree, uint32_t parent,
			   const char *name, uint32_t *ret_node,
			   struct lkl_error *err)
{
	size_t len = strlen(name);

	if (!strcmp(name, ".")) {
		*ret_node = ROOT;
		return 0;
	}
	*ret_node = node_find(tree, parent, name, len);
	return *ret_node != NO_NODE ? 0 :
		node_new(tree, parent, name, len, ret_node, err);
}

/* Whatever it was: nothing may be left below it. */
static void node_replace(struct merged_tree *tree, uint32_t i)
{
	if (tree->nodes[i].type == NODE_DIRECTORY)
		node_clear(tree, i, NO_LAYER);
	tree->nodes[i].cleared = NO_LAYER;
}

static int set_symlink(struct merged_tree *tree, uint32_t i, const char *target,
		       struct lkl_error *err)
{
	const char *name = node_name(tree, &tree->nodes[i]);
	char *copy = strdup(name), *target_copy = strdup(target);
	uint32_t text;
	int ret;

	ret = copy && target_copy ?
		text_add(tree, copy, strlen(copy), target_copy, &text, err) :
		error_no_memory(err);
	if (!ret)
		tree->nodes[i].text = text;
	free(copy);
	free(target_copy);
	return ret;
}

/* Whether node @i is in the directory @ancestor, at any depth. */
static bool is_below(const struct merged_tree *tree, uint32_t i,
		     uint32_t ancestor)
{
	while (i != ROOT && i != ancestor)
		i = tree->nodes[i].parent;
	return i == ancestor;
}

static int add_hard_link(struct merged_tree *tree, unsigned int layer,
			 const struct member *member, uint32_t i,
			 struct lkl_error *err)
{
	const struct node *from;
	uint32_t parent, target;
	struct node *node;
	const char *name;
	int ret;

	ret = walk_to_parent(tree, layer, false, member->target, &parent, &name,
			     err);
	if (ret < 0)
		return ret;
	target = parent == NO_NODE ? NO_NODE :
		node_find_existing(tree, parent, name, strlen(name));
	if (target == NO_NODE)
		return error_set(err, -EINVAL,
				 "a hard link to a file that does not exist");
	if (tree->nodes[target].type == NODE_DIRECTORY)
		return error_set(err, -EINVAL, "a hard link to a directory");
	if (target == i)
		return 0;
	/* Replacing the directory would remove the file first. */
	if (is_below(tree, target, i))
		return error_set(err, -EINVAL,
				 "a hard link that replaces a directory of its own target");
	node_replace(tree, i);
	if (tree->nodes[target].type == NODE_SYMLINK) {
		ret = set_symlink(tree, i,
				  node_target(tree, &tree->nodes[target]), err);
		if (ret < 0)
			return ret;
	}
	from = &tree->nodes[target];
	node = &tree->nodes[i];
	node->type = from->type;
	node->data_layer = from->data_layer;
	node->ordinal = from->ordinal;
	node->size = from->size;
	node->xattrs = from->xattrs;
	node->layer = (uint16_t)layer;
	node_list(tree, i);
	return 0;
}

static int add_file(struct merged_tree *tree, unsigned int layer,
		    uint32_t ordinal, const struct member *member, uint32_t i,
		    struct lkl_error *err)
{
	struct node *node;
	int ret;

	if (i == ROOT && member->type != MEMBER_DIRECTORY)
		return error_set(err, -EINVAL,
				 "the root directory is not a directory");
	if (member->type != MEMBER_DIRECTORY ||
	    tree->nodes[i].type != NODE_DIRECTORY)
		node_replace(tree, i);
	if (member->type == MEMBER_SYMLINK) {
		ret = set_symlink(tree, i, member->target, err);
		if (ret < 0)
			return ret;
	}
	node = &tree->nodes[i];
	node->type = member->type == MEMBER_DIRECTORY ? NODE_DIRECTORY :
		member->type == MEMBER_SYMLINK ? NODE_SYMLINK : NODE_FILE;
	node->layer = node->data_layer = (uint16_t)layer;
	node->ordinal = ordinal;
	node->size = member->size;
	node->xattrs = member->xattrs;
	node_list(tree, i);
	return 0;
}

int merged_tree_add(struct merged_tree *tree, unsigned int layer,
		    uint32_t ordinal, const struct member *member,
		    struct lkl_error *err)
{
	const char *slash = strrchr(member->path, '/');
	const char *name = slash ? slash + 1 : member->path;
	bool whiteout = !strncmp(name, WHITEOUT, WHITEOUT_LEN);
	uint32_t parent, i;
	int ret;

	/* A whiteout makes no directories. */
	ret = walk_to_parent(tree, layer, !whiteout, member->path, &parent,
			     &name, err);
	if (ret < 0)
		return ret;
	if (whiteout)
		return add_whiteout(tree, layer, parent, name, member, err);
	ret = node_for_member(tree, parent, name, &i, err);
	if (ret < 0)
		return ret;
	if (member->type == MEMBER_HARD_LINK)
		return i == ROOT ? error_set(err, -EINVAL,
				"the root directory is not a directory") :
			add_hard_link(tree, layer, member, i, err);
	return add_file(tree, layer, ordinal, member, i, err);
}

/* ---- The result ---- */

struct merged_tree *merged_tree_new(void)
{
	struct merged_tree *tree = calloc(1, sizeof(*tree));
	struct lkl_error err;
	uint32_t root;

	if (!tree)
		return NULL;
	if (getrandom(&tree->seed, sizeof(tree->seed), 0) < 0)
		tree->seed = (uintptr_t)tree;
	if (node_new(tree, ROOT, "", 0, &root, &err) < 0) {
		merged_tree_free(tree);
		return NULL;
	}
	node_become_implicit(tree, root, 0);
	return tree;
}

void merged_tree_free(struct merged_tree *tree)
{
	if (!tree)
		return;
	free(tree->nodes);
	free(tree->table);
	free(tree->text);
	free(tree->survivors);
	free(tree);
}

static int compare_survivors(const void *a_, const void *b_)
{
	const struct survivor *a = a_, *b = b_;

	if (a->layer != b->layer)
		return a->layer < b->layer ? -1 : 1;
	if (a->ordinal != b->ordinal)
		return a->ordinal < b->ordinal ? -1 : 1;
	/* The name that came first. */
	return a->node < b->node ? -1 : a->node > b->node;
}

int merged_tree_finish(struct merged_tree *tree,
		       const struct survivor **ret_survivors, size_t *ret_n)
{
	const struct node *node;
	size_t n = 0;
	uint32_t i;

	tree->survivors = malloc(tree->n * sizeof(*tree->survivors));
	if (!tree->survivors)
		return -ENOMEM;
	for (i = 0; i < tree->n; i++) {
		node = &tree->nodes[i];
		if (node->type == NODE_REMOVED)
			continue;
		tree->survivors[n++] = (struct survivor){
			.layer = node->ordinal == MERGED_IMPLICIT ? NO_LAYER :
				node->data_layer,
			.ordinal = node->ordinal,
			.node = i,
		};
	}
	qsort(tree->survivors, n, sizeof(*tree->survivors), compare_survivors);
	*ret_survivors = tree->survivors;
	*ret_n = n;
	return 0;
}

char *merged_tree_path(const struct merged_tree *tree, uint32_t i)
{
	size_t len = 0, n;
	uint32_t at;
	char *path;

	if (i == ROOT)
		return strdup(".");
	for (at = i; at != ROOT; at = tree->nodes[at].parent)
		len += strlen(node_name(tree, &tree->nodes[at])) + 1;
	path = malloc(len);
	if (!path)
		return NULL;
	path[--len] = '\0';
	for (at = i; at != ROOT; at = tree->nodes[at].parent) {
		n = strlen(node_name(tree, &tree->nodes[at]));
		len -= n;
		memcpy(path + len, node_name(tree, &tree->nodes[at]), n);
		if (len)
			path[--len] = '/';
	}
	return path;
}

enum member_type merged_tree_type(const struct merged_tree *tree, uint32_t node)
{
	switch (tree->nodes[node].type) {
	case NODE_DIRECTORY:
		return MEMBER_DIRECTORY;
	case NODE_SYMLINK:
		return MEMBER_SYMLINK;
	}
	return MEMBER_FILE;
}

uint64_t merged_tree_size(const struct merged_tree *tree, uint32_t node)
{
	return tree->nodes[node].size;
}

uint32_t merged_tree_xattrs(const struct merged_tree *tree, uint32_t node)
{
	return tree->nodes[node].xattrs;
}
