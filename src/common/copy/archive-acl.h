/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * archive-acl.h - access control lists whose entries have names instead of numbers,
 * as GNU tar writes them.
 *
 * The numbers come from the archive itself: members tell the name and the number of
 * their owners, and the image may have an /etc/passwd and an /etc/group.  All that is
 * known at the end, so these lists are set then.
 */
#ifndef COPY_ARCHIVE_ACL_H
#define COPY_ARCHIVE_ACL_H

#include "common/archive-library.h"
#include "common/attributes/acl.h"
#include "common/tree/visited.h"
#include "job.h"

/* An entry of a list. */
struct named_entry {
	struct acl_entry entry;
	char *name;			/* NULL: the entry has its number */
};

struct named_acl;
struct owner_name;

/* Begins as zeroes. */
struct named_acls {
	struct owner_name *owners;
	size_t n_owners, owners_size;
	struct named_acl *fresh;	/* of the member at hand */
	struct named_acl *list;		/* of files that were made, last first */
	struct visited files;		/* those in @list */
	uint64_t members;		/* in @list so far */
	size_t bytes;			/* of all lists */
};

/* Notes the names and numbers of a member's owners.  -ENOMEM. */
int named_acls_note_owners(struct named_acls *acls,
			   struct archive_entry *member);

/*
 * named_acls_add - keep a list of the member at hand
 * @attribute: XATTR_ACCESS or XATTR_DEFAULT
 * @entries: copied
 *
 * -ENOMEM.  -E2BIG if the archive has more of them than anybody needs.
 */
int named_acls_add(struct named_acls *acls, const char *attribute,
		   const struct named_entry *entries, size_t n);

/*
 * named_acls_made - the member at hand was made as @name in the directory @dir
 * @path: in the destination, by member_path()
 *
 * Call it for each member but hard links.  Without it, named_acls_drop() forgets the
 * lists of the member.
 */
int named_acls_made(struct named_acls *acls, struct job *job, int dir,
		    const char *name, const char *path);
void named_acls_drop(struct named_acls *acls);

/* Reports that an entry has no number: @entry->name is not NULL. */
int named_acls_report(struct job *job, const struct named_entry *entry);

/* Sets all lists, and reports entries without a number.  An error ends the job. */
int named_acls_finish(struct named_acls *acls, struct job *job);
void named_acls_free(struct named_acls *acls);

#endif /* COPY_ARCHIVE_ACL_H */
