/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * encrypted.h - which encrypted volumes are opened.
 *
 * To open one takes a second, and gives the passphrase to the header of an image.
 * So only those are opened that the user needs.
 */
#ifndef STORAGE_ENCRYPTED_H
#define STORAGE_ENCRYPTED_H

#include "storage.h"

/*
 * encrypted_add - add the volume in an encrypted one
 *
 * Opens it if the user has named it.  Without a node it is still closed, and its
 * problem says why.
 */
int encrypted_add(struct storage *storage, struct volume *volume,
		  struct lkl_error *err);

/*
 * encrypted_add_apart - open the volume whose header is in a file
 * @ret_opened: the volume in it, which is to be expanded
 *
 * It is the one that the user has named, or the only one that holds nothing
 * known; else there is a sentence.
 */
int encrypted_add_apart(struct storage *storage, struct volume **ret_opened,
			struct lkl_error *err);

/*
 * encrypted_open_needed - open the only closed volume, if the user's is not found
 * @ret_opened: the volume in it, which is to be expanded; NULL: none was opened
 */
int encrypted_open_needed(struct storage *storage, struct volume **ret_opened,
			  struct lkl_error *err);

/* encrypted_count_closed - the encrypted volumes that nobody has tried to open */
unsigned int encrypted_count_closed(const struct storage *storage);

#endif /* STORAGE_ENCRYPTED_H */
