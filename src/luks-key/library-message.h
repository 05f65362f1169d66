/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * library-message.h - what libcryptsetup says about a failure, in our words.
 *
 * Its own messages name /proc/self/fd/0, have several lines, and speak of the
 * host's kernel.  People get a reason from a list, which ends a sentence of ours.
 */
#ifndef LUKS_KEY_LIBRARY_MESSAGE_H
#define LUKS_KEY_LIBRARY_MESSAGE_H

/* library_message_keep - for crypt_set_log_callback() */
void library_message_keep(int level, const char *message, void *opaque);

/* library_message_forget - before a call that may fail */
void library_message_forget(void);

/*
 * library_message_reason - why the last call has failed
 * @code: what it returned, -errno
 * @invalid: the reason if all that is known is that something is not valid
 *
 * Returns text that is valid for ever, or until the next call.
 */
const char *library_message_reason(int code, const char *invalid);

#endif /* LUKS_KEY_LIBRARY_MESSAGE_H */
