/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unlock.h - opens the encrypted volumes of the storage stack, with the keys that
 * the user has given.
 */
#ifndef STORAGE_UNLOCK_H
#define STORAGE_UNLOCK_H

#include <lkl.h>

#include "key-options.h"
#include "mapper.h"

struct storage;
struct unlocker;
struct volume;

/*
 * unlocker_start - start the guardian of keys, before the sandbox
 * @image: names the disk in questions to the user
 * @options: stays valid until unlocker_end()
 * @sandbox: "strict", "best" or "none"
 */
int unlocker_start(const char *image, const struct key_options *options,
		   const char *sandbox, struct unlocker **ret_unlocker,
		   struct lkl_error *err);

/* unlocker_open - the function unlock() of struct storage_options */
int unlocker_open(void *unlocker, const struct volume *volume,
		  char ret_node[MAPPER_NODE_MAX], struct lkl_error *err);

/*
 * unlocker_wants - the function unlock_wanted() of struct storage_options
 *
 * Also true if there is no key for any volume: then the attempt fails with a message.
 */
bool unlocker_wants(void *unlocker, const struct volume *volume);

/*
 * unlocker_check_names - warn of names in --key and --unlock that no volume has
 *
 * Call it once all volumes are known.
 */
void unlocker_check_names(const struct unlocker *unlocker,
			  const struct storage *storage);

/*
 * unlocker_check_opened - are the volumes open that the options ask for?
 *
 * A volume that they name has to be open, and keys for any volume have to open one.
 * Otherwise fails with a sentence about the first that is closed.
 */
int unlocker_check_opened(const struct key_options *options,
			  const struct storage *storage, struct lkl_error *err);

/*
 * unlocker_end - forget all keys but those in use.  May be NULL.
 *
 * In a child of the process that has called unlocker_start(), this only closes the
 * connection to the guardian.
 */
void unlocker_end(struct unlocker *unlocker);

#endif /* STORAGE_UNLOCK_H */
