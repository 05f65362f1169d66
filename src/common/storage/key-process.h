/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * key-process.h - runs lkl-luks-key.
 */
#ifndef STORAGE_KEY_PROCESS_H
#define STORAGE_KEY_PROCESS_H

#include <stddef.h>

#include "luks-protocol.h"

/*
 * key_process_run - derive the key of a volume
 * @program: path of lkl-luks-key
 * @sandbox: "strict", "best" or "none"
 * @header: a file with the header
 * @ret_result: the caller wipes it.  Its member ret is the same as what this
 *		function returns, and text is the sentence.
 *
 * Returns 0 or -errno; -EINTR if a signal came (key-wait.h).  The process has ended in
 * any case.
 */
int key_process_run(const char *program, const char *sandbox,
		    const char *kind, int header,
		    const char *passphrase, size_t len,
		    struct luks_result *ret_result);

#endif /* STORAGE_KEY_PROCESS_H */
