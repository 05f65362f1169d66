// SPDX-License-Identifier: GPL-2.0-only
/*
 * archive-acl.c - access control lists whose entries have names.
 */
#include "archive-acl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/quote.h"
#include "common/tree/accounts.h"
#include "common/tree/device.h"
#include "archive.h"
#include "attributes.h"

/* No archive of a system has as many; a hostile one must not take the memory. */
#define OWNERS_MAX	4096u
#define BYTES_MAX	(16u << 20)

struct owner_name {
	bool group;
	uint32_t id;
	char *name;
};

struct named_acl {
	struct named_acl *next;
	char *path;			/* NULL: not made yet */
	uint64_t device, inode;		/* a later member may replace it */
	uint64_t member;		/* its number */
	const char *attribute;		/* NULL: the member has no list */
	struct named_entry *entries;
	size_t n, bytes;
};

/* ---- Owners ---- */

static const struct owner_name *find_owner(const struct named_acls *acls,
					   bool group, const char *name)
{
	size_t i;

	/* Members that follow each other often have the same owner. */
	for (i = acls->n_owners; i; i--)
		if (acls->owners[i - 1].group == group &&
		    !strcmp(acls->owners[i - 1].name, name))
			return &acls->owners[i - 1];
	return NULL;
}

static int note_owner(struct named_acls *acls, bool group, const char *name,
		      la_int64_t id)
{
	struct owner_name *larger;
	size_t size;
	char *copy;

	if (!name || !*name || strlen(name) >= ACCOUNT_NAME_MAX || id < 0 ||
	    id >= UINT32_MAX || acls->n_owners == OWNERS_MAX ||
	    find_owner(acls, group, name))
		return 0;
	if (acls->n_owners == acls->owners_size) {
		size = 2 * acls->owners_size + 16;
		larger = realloc(acls->owners, size * sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		acls->owners = larger;
		acls->owners_size = size;
	}
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	acls->owners[acls->n_owners++] = (struct owner_name){
		.group = group, .id = (uint32_t)id, .name = copy,
	};
	return 0;
}

int named_acls_note_owners(struct named_acls *acls,
			   struct archive_entry *member)
{
	int ret = note_owner(acls, false, libarchive.entry_uname(member),
			     libarchive.entry_uid(member));

	return ret ? ret : note_owner(acls, true,
				      libarchive.entry_gname(member),
				      libarchive.entry_gid(member));
}

/* ---- Lists ---- */

static void acl_free(struct named_acls *acls, struct named_acl *acl)
{
	size_t i;

	for (i = 0; i < acl->n; i++)
		free(acl->entries[i].name);
	acls->bytes -= acl->bytes;
	free(acl->entries);
	free(acl->path);
	free(acl);
}

void named_acls_drop(struct named_acls *acls)
{
	struct named_acl *acl;

	while ((acl = acls->fresh)) {
		acls->fresh = acl->next;
		acl_free(acls, acl);
	}
}

void named_acls_free(struct named_acls *acls)
{
	struct named_acl *acl;

	named_acls_drop(acls);
	while ((acl = acls->list)) {
		acls->list = acl->next;
		acl_free(acls, acl);
	}
	while (acls->n_owners)
		free(acls->owners[--acls->n_owners].name);
	free(acls->owners);
	visited_free(&acls->files);
	*acls = (struct named_acls){ 0 };
}

static size_t bytes_of(const struct named_entry *entries, size_t n)
{
	size_t bytes = sizeof(struct named_acl) + n * sizeof(*entries), i;

	for (i = 0; i < n; i++)
		if (entries[i].name)
			bytes += strlen(entries[i].name) + 1;
	return bytes;
}

int named_acls_add(struct named_acls *acls, const char *attribute,
		   const struct named_entry *entries, size_t n)
{
	const size_t bytes = bytes_of(entries, n);
	struct named_acl *acl;

	if (bytes > BYTES_MAX - acls->bytes)
		return -E2BIG;
	acl = calloc(1, sizeof(*acl));
	if (!acl)
		return -ENOMEM;
	acl->attribute = attribute;
	acl->entries = calloc(n + !n, sizeof(*entries));
	acl->next = acls->fresh;
	acl->bytes = bytes;
	acls->fresh = acl;
	acls->bytes += bytes;
	if (!acl->entries)
		return -ENOMEM;
	for (; acl->n < n; acl->n++) {
		acl->entries[acl->n].entry = entries[acl->n].entry;
		if (!entries[acl->n].name)
			continue;
		acl->entries[acl->n].name = strdup(entries[acl->n].name);
		if (!acl->entries[acl->n].name)
			return -ENOMEM;
	}
	return 0;
}

int named_acls_report(struct job *job, const struct named_entry *entry)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "the archive has no number for the %s %s of its access control list, which gets no such entry",
		 entry->entry.tag == LKL_ACL_GROUP ? "group" : "user",
		 quote_name(entry->name));
	return job_target_error(job, 0, text);
}

/* There is no room to wait for the numbers of the member at hand. */
static int give_up(struct named_acls *acls, struct job *job)
{
	const struct named_acl *acl;
	size_t i;
	int ret = 0;

	for (acl = acls->fresh; acl; acl = acl->next)
		for (i = 0; i < acl->n && !ret; i++)
			if (acl->entries[i].name)
				ret = named_acls_report(job, &acl->entries[i]);
	named_acls_drop(acls);
	return ret;
}

int named_acls_made(struct named_acls *acls, struct job *job, int dir,
		    const char *name, const char *path)
{
	const size_t size = strlen(path) + 1;
	struct named_acl *acl;
	struct lkl_statx st;
	int ret;

	if (!acls->fresh && !acls->list)
		return 0;
	ret = job->to->statx(dir, name, LKL_AT_SYMLINK_NOFOLLOW, &st);
	/* The last member of a directory counts, also if it has no list. */
	if (ret >= 0 && !acls->fresh &&
	    visited_has(&acls->files, device_of(&st), st.stx_ino))
		ret = named_acls_add(acls, NULL, NULL, 0);
	if (ret == -ENOMEM)
		return ret;
	if (ret < 0 || size * 2 > BYTES_MAX - acls->bytes)
		return give_up(acls, job);
	if (acls->fresh) {
		acls->members++;
		visited_enter(&acls->files, device_of(&st), st.stx_ino, false);
	}
	while ((acl = acls->fresh)) {
		acl->path = strdup(path);
		if (!acl->path)
			return -ENOMEM;
		acl->bytes += size;
		acls->bytes += size;
		acl->member = acls->members;
		acl->device = device_of(&st);
		acl->inode = st.stx_ino;
		acls->fresh = acl->next;
		acl->next = acls->list;
		acls->list = acl;
	}
	return 0;
}

/* ---- The end ---- */

/* Whether @name has a number, by the archive, by the image, or as it always has. */
static bool find_number(const struct named_acls *acls,
			struct accounts *accounts, bool group,
			const char *name, uint32_t *ret_id)
{
	const struct owner_name *owner = find_owner(acls, group, name);

	if (owner) {
		*ret_id = owner->id;
		return true;
	}
	if (!(group ? accounts_parse_group(accounts, name, ret_id, NULL) :
	      accounts_parse_user(accounts, name, ret_id, NULL)))
		return true;
	*ret_id = 0;
	return !strcmp(name, "root");
}

/* Fills @entries with those that have a number; returns how many, or -errno. */
static long find_numbers(const struct named_acls *acls,
			 const struct named_acl *acl,
			 struct accounts *accounts, struct job *job,
			 struct acl_entry *entries)
{
	const struct named_entry *from;
	size_t i, n = 0;
	int ret;

	for (i = 0; i < acl->n; i++) {
		from = &acl->entries[i];
		entries[n] = from->entry;
		if (!from->name ||
		    find_number(acls, accounts,
				from->entry.tag == LKL_ACL_GROUP, from->name,
				&entries[n].id)) {
			n++;
			continue;
		}
		ret = named_acls_report(job, from);
		if (ret < 0)
			return ret;
	}
	return (long)n;
}

/* Returns 1 if the file is another one by now. */
static int find_file(const struct named_acl *acl, const struct job *job,
		     struct file_ref *ret_file)
{
	struct lkl_statx st;
	const char *name;
	int dir = parents_open_parent(job, acl->path, &name);

	if (dir < 0)
		return dir == -ENOMEM ? dir : 1;
	*ret_file = (struct file_ref){ .fd = -1, .dir = dir, .name = name };
	if (job->to->statx(dir, name, LKL_AT_SYMLINK_NOFOLLOW, &st) >= 0 &&
	    device_of(&st) == acl->device && st.stx_ino == acl->inode)
		return 0;
	parents_close(job, dir);
	return 1;
}

static int set_list(const struct named_acls *acls, const struct named_acl *acl,
		    struct accounts *accounts, struct job *job)
{
	struct acl_entry *entries;
	struct file_ref file;
	void *value = NULL;
	size_t len;
	long n;
	int ret;

	path_cut(&job->target, job->base_len);
	ret = path_push(&job->target, acl->path);
	if (!ret)
		ret = find_file(acl, job, &file);
	if (ret)
		return ret < 0 ? ret : 0;
	entries = calloc(acl->n, sizeof(*entries));
	n = entries ? find_numbers(acls, acl, accounts, job, entries) : -ENOMEM;
	ret = n < 0 ? (int)n :
		acl_to_attribute(entries, (size_t)n, &value, &len);
	if (!ret)
		ret = attributes_set_acl(job, &file, acl->attribute, value,
					 len);
	parents_close(job, file.dir);
	free(entries);
	free(value);
	return ret;
}

int named_acls_finish(struct named_acls *acls, struct job *job)
{
	struct accounts accounts = { 0 };
	struct visited done = { 0 };
	const struct named_acl *acl;
	uint64_t member = 0;
	int ret = 0;

	for (acl = acls->list; acl && !ret; acl = acl->next) {
		/* An earlier member of the same file. */
		if (acl->member != member &&
		    visited_has(&done, acl->device, acl->inode))
			continue;
		member = acl->member;
		visited_enter(&done, acl->device, acl->inode, false);
		if (acl->attribute)
			ret = set_list(acls, acl, &accounts, job);
	}
	visited_free(&done);
	accounts_free(&accounts);
	return ret;
}
