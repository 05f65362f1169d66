/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * key-guardian.h - the process that has the passphrases of encrypted volumes.
 *
 * It reads them from files, descriptors or a terminal.  For each attempt it starts
 * lkl-luks-key, which gets the passphrase and the header of the volume, and derives the
 * key.  So a passphrase is never in the memory of the tool, which has only the keys of
 * the volumes that it uses.
 */
#ifndef STORAGE_KEY_GUARDIAN_H
#define STORAGE_KEY_GUARDIAN_H

#include <stdbool.h>
#include <stdint.h>

#include <lkl.h>

#include "key-options.h"
#include "luks-protocol.h"

struct key_guardian;

/* key_guardian_none - -ENOKEY, and why there is no guardian */
int key_guardian_none(struct lkl_error *err);

/*
 * key_guardian_start - start the process, before the sandbox
 * @sandbox: "strict", "best" or "none", for lkl-luks-key
 * @ret_guardian: NULL if the options name no key, and there is no terminal or no
 *		  lkl-luks-key
 *
 * Closes the descriptors that @options name: only the new process has them.
 */
int key_guardian_start(const struct key_options *options, const char *sandbox,
		       struct key_guardian **ret_guardian,
		       struct lkl_error *err);

/* The file for the header of the volume to unlock; the caller fills it. */
int key_guardian_header(const struct key_guardian *guardian);

/* A volume that needs a key. */
struct key_request {
	/* For people, as "disk.img: partition 2". */
	const char *description;
	/* Names that --key may have for it; NULL ends them. */
	const char *const *names;
	/* It is of VeraCrypt, as the options say; else of LUKS. */
	bool veracrypt;
};

/*
 * key_guardian_unlock - find the key of the volume whose header is in the file
 * @ret_result: the caller wipes it
 *
 * -EPERM: the passphrase is wrong; -ENOKEY: there is none for this volume.
 */
int key_guardian_unlock(const struct key_guardian *guardian,
			const struct key_request *request,
			struct luks_result *ret_result, struct lkl_error *err);

/*
 * key_guardian_end - end the process.  May be NULL.
 *
 * In a child of the process that has started it, this only closes the child's
 * descriptors.
 */
void key_guardian_end(struct key_guardian *guardian);

#endif /* STORAGE_KEY_GUARDIAN_H */
