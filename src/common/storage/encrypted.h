/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * encrypted.h - which encrypted volumes are opened.
 *
 * Opening one takes a second, and tries the passphrase on a header that the author of
 * the image has made.  So the tools open only the volumes that the user needs.
 */
#ifndef STORAGE_ENCRYPTED_H
#define STORAGE_ENCRYPTED_H

#include "storage.h"

/*
 * encrypted_add - add the volume that an encrypted one hides
 *
 * Opens it if the user has named it.  Otherwise the new volume has no node, and its
 * problem says why.
 */
int encrypted_add(struct storage *storage, struct volume *volume,
		  struct lkl_error *err);

/*
 * encrypted_add_unmarked - open the volume that only an option says is encrypted
 * @ret_opened: the volume that it hides, which the caller expands
 *
 * Opens the volume that the user has named, or the only one whose content is unknown.
 * If there is no such volume, -errno with a sentence.
 */
int encrypted_add_unmarked(struct storage *storage, struct volume **ret_opened,
			   struct lkl_error *err);

/*
 * encrypted_open_needed - open the only closed volume, if the user's is not found
 * @ret_opened: the volume that it hides, which the caller expands; NULL: none was opened
 */
int encrypted_open_needed(struct storage *storage, struct volume **ret_opened,
			  struct lkl_error *err);

/* encrypted_count_closed - the encrypted volumes that nobody has tried to open */
unsigned int encrypted_count_closed(const struct storage *storage);

#endif /* STORAGE_ENCRYPTED_H */
