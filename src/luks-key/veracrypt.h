/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * veracrypt.h - finds the key of a volume of VeraCrypt or TrueCrypt.
 */
#ifndef LUKS_KEY_VERACRYPT_H
#define LUKS_KEY_VERACRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crypt_device;
struct luks_result;

struct veracrypt_volume {
	bool hidden;			/* the hidden volume in it */
	unsigned int pim;		/* personal iterations multiplier, or 0 */
};

/*
 * veracrypt_parse - take the second argument of the program apart
 *
 * False: it is not one of LUKS_KEY_VERACRYPT...
 */
bool veracrypt_parse(const char *argument, struct veracrypt_volume *ret_volume);

/*
 * veracrypt_unlock - fill @result with the key and the place of the data
 * @device: the volume, of which only the headers are there
 * @size: of the volume, sectors of 512 bytes
 * @passphrase: not ended by a zero
 *
 * Returns 0 or -errno, as result->ret, with a sentence in result->text.
 */
int veracrypt_unlock(struct crypt_device *device,
		     const struct veracrypt_volume *volume, uint64_t size,
		     const char *passphrase, size_t len,
		     struct luks_result *result);

#endif /* LUKS_KEY_VERACRYPT_H */
