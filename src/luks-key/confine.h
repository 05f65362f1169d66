/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * confine.h - the sandbox of lkl-luks-key.
 */
#ifndef LUKS_KEY_CONFINE_H
#define LUKS_KEY_CONFINE_H

struct lkl_error;

/*
 * confine_key_program - enter the sandbox, before the header is read
 * @mode: "strict", "best" or "none"
 *
 * Files in memory that are open can still be opened again by their paths in
 * /proc/self/fd.  Returns 0, or -errno with a sentence.
 */
int confine_key_program(const char *mode, struct lkl_error *err);

#endif /* LUKS_KEY_CONFINE_H */
