// SPDX-License-Identifier: GPL-2.0-only
/*
 * library-message.c - what libcryptsetup says about a failure, in our words.
 */
#include "library-message.h"

#include <errno.h>
#include <libcryptsetup.h>
#include <stddef.h>
#include <string.h>

/* A piece of its messages, and the reason that they give. */
static const struct {
	const char *piece, *reason;
} reasons[] = {
	{ "LUKS2 requirements", "it needs a feature that libcryptsetup lacks" },
	{ "Unsupported LUKS", "libcryptsetup does not know its version" },
	{ "is too small", "it is longer than the volume" },
	{ "ambiguous signatures", "it is damaged, and beside another signature" },
	{ "LUKS hash", "libcryptsetup does not know its hash" },
	{ "LUKS cipher mode", "its cipher is invalid" },
	{ "LUKS keyslot", "a key slot is invalid" },
	{ "material includes too few stripes", "a key slot is invalid" },
	{ "iteration value overflow", "a key slot is invalid" },
	{ "Invalid offset", "a key slot is invalid" },
	{ "Invalid keyslot size", "a key slot is invalid" },
	{ "Invalid stripes", "a key slot is invalid" },
	{ "using hash", "libcryptsetup does not know the hash of a key slot" },
	{ "Not enough available memory", "there is not enough memory" },
	{ "memory-hard access", "another process derives a key" },
	/* It tries the host's kernel for these, which the sandbox forbids. */
	{ "kernel crypto interface",
	  "libcryptsetup has no function for the cipher of a key slot" },
	{ "cipher for keyslot encryption",
	  "libcryptsetup has no function for the cipher of a key slot" },
	{ "Cipher specification",
	  "libcryptsetup does not know the cipher of a key slot" },
	{ "temporary keystore",
	  "libcryptsetup has no function for the cipher of a key slot" },
	{ "IO error while decrypting keyslot", "a key slot cannot be read" },
	{ "Volume key does not match",
	  "the key of a key slot is not that of the volume" },
};

/* Of the first message of a call that is in the list. */
static const char *known_reason;

void library_message_keep(int level, const char *message, void *opaque)
{
	size_t i;

	(void)opaque;
	if (level != CRYPT_LOG_ERROR)
		return;
	for (i = 0; i < sizeof(reasons) / sizeof(*reasons) && !known_reason; i++)
		if (strstr(message, reasons[i].piece))
			known_reason = reasons[i].reason;
}

void library_message_forget(void)
{
	known_reason = NULL;
}

const char *library_message_reason(int code, const char *invalid)
{
	if (known_reason)
		return known_reason;
	switch (-code) {
	case EINVAL:
		return invalid;
	case ENOTSUP:
	case ENOSYS:
		return "libcryptsetup does not support it";
	case ENOMEM:
		return "there is not enough memory";
	}
	return strerror(-code);
}
