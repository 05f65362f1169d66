// SPDX-License-Identifier: GPL-2.0-only
/*
 * links.c - finds the first name of a file that has several hard links.
 *
 * A hash table holds files with several names until all of these were seen.
 * Entries share the names of directories: each takes about 60 bytes and its
 * own name.
 */
#include "links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_FIRST 256

struct links_entry {
	struct links_entry *next;
	uint64_t device, inode;
	struct dirname *dirname;
	uint32_t left;			/* names that were not met yet */
	char name[];
};

struct dirname *dirname_new(struct dirname *parent, const char *name,
			    size_t len)
{
	struct dirname *dirname = malloc(sizeof(*dirname) + len + 1);

	if (!dirname)
		return NULL;
	dirname->parent = parent ? dirname_get(parent) : NULL;
	dirname->references = 1;
	memcpy(dirname->name, name, len);
	dirname->name[len] = '\0';
	return dirname;
}

struct dirname *dirname_get(struct dirname *dirname)
{
	dirname->references++;
	return dirname;
}

/* Not recursive: paths may be thousands of levels deep. */
void dirname_put(struct dirname *dirname)
{
	struct dirname *parent;

	while (dirname && --dirname->references == 0) {
		parent = dirname->parent;
		free(dirname);
		dirname = parent;
	}
}

static char *dirname_join(const struct dirname *dirname, const char *name)
{
	size_t len = strlen(name), n;
	const struct dirname *d;
	char *path;

	for (d = dirname; d; d = d->parent)
		len += strlen(d->name) + 1;
	path = malloc(len + 1);
	if (!path)
		return NULL;
	path[len] = '\0';
	n = strlen(name);
	len -= n;
	memcpy(path + len, name, n);
	for (d = dirname; d; d = d->parent) {
		path[--len] = '/';
		n = strlen(d->name);
		len -= n;
		memcpy(path + len, d->name, n);
	}
	return path;
}

static size_t links_hash(uint64_t device, uint64_t inode)
{
	uint64_t h = (inode ^ device << 40) * 0x9e3779b97f4a7c15ull;

	return (size_t)(h ^ h >> 32);
}

static struct links_entry **links_slot(const struct links *links, uint64_t device,
				       uint64_t inode)
{
	struct links_entry **at;

	at = &links->table[links_hash(device, inode) & (links->size - 1)];
	while (*at && ((*at)->inode != inode || (*at)->device != device))
		at = &(*at)->next;
	return at;
}

static int links_grow(struct links *links)
{
	size_t size = links->size ? 2 * links->size : SIZE_FIRST, i;
	struct links_entry **table = calloc(size, sizeof(*table));
	struct links_entry *entry, **at;

	if (!table)
		return -ENOMEM;
	for (i = 0; i < links->size; i++) {
		while ((entry = links->table[i])) {
			links->table[i] = entry->next;
			at = &table[links_hash(entry->device, entry->inode) &
				    (size - 1)];
			entry->next = *at;
			*at = entry;
		}
	}
	free(links->table);
	links->table = table;
	links->size = size;
	return 0;
}

int links_find(struct links *links, uint64_t device, uint64_t inode,
	       char **ret_path)
{
	struct links_entry **at, *entry;
	char *path;

	if (!links->n)
		return 0;
	at = links_slot(links, device, inode);
	entry = *at;
	if (!entry)
		return 0;
	path = dirname_join(entry->dirname, entry->name);
	if (!path)
		return -ENOMEM;
	*ret_path = path;

	if (--entry->left == 0) {
		*at = entry->next;
		dirname_put(entry->dirname);
		free(entry);
		links->n--;
	}
	return 1;
}

int links_add(struct links *links, uint64_t device, uint64_t inode,
	      uint32_t n_names, struct dirname *dirname, const char *name)
{
	struct links_entry *entry, **at;
	size_t len = strlen(name) + 1;

	if (links->n >= links->size && links_grow(links) < 0)
		return -ENOMEM;
	entry = malloc(sizeof(*entry) + len);
	if (!entry)
		return -ENOMEM;
	entry->device = device;
	entry->inode = inode;
	entry->left = n_names - 1;
	entry->dirname = dirname_get(dirname);
	memcpy(entry->name, name, len);
	at = links_slot(links, device, inode);
	entry->next = *at;
	*at = entry;
	links->n++;
	return 0;
}

void links_free(struct links *links)
{
	struct links_entry *entry;
	size_t i;

	for (i = 0; i < links->size; i++) {
		while ((entry = links->table[i])) {
			links->table[i] = entry->next;
			dirname_put(entry->dirname);
			free(entry);
		}
	}
	free(links->table);
	links->table = NULL;
	links->size = links->n = 0;
}
