// SPDX-License-Identifier: GPL-2.0-only
/*
 * veracrypt.c - finds the key of a volume of VeraCrypt or TrueCrypt.
 *
 * Nothing in the header can be read without the passphrase, so the library tries
 * all functions that it has.  The sandbox has no ciphers of the host's kernel:
 * the library's own ones are AES and Camellia.
 */
#include "veracrypt.h"

#include <errno.h>
#include <libcryptsetup.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/storage/luks-protocol.h"
#include "common/storage/mapper-word.h"
#include "library-message.h"
#include "result.h"

/* In sectors of 512 bytes: two headers in front, copies of both at the end. */
#define HEADERS 256u

/* Bytes. */
#define PASSPHRASE_MAX 128u

bool veracrypt_parse(const char *argument, struct veracrypt_volume *ret_volume)
{
	static const char plain[] = LUKS_KEY_VERACRYPT;
	static const char hidden[] = LUKS_KEY_VERACRYPT_HIDDEN;
	size_t len = sizeof(plain) - 1;

	ret_volume->hidden = !strncmp(argument, hidden, sizeof(hidden) - 1);
	if (ret_volume->hidden)
		len = sizeof(hidden) - 1;
	else if (strncmp(argument, plain, len) != 0)
		return false;
	ret_volume->pim = (unsigned int)strtoul(argument + len, NULL, 10);
	return true;
}

/* @size: of the volume, sectors */
static int describe(struct crypt_device *device, uint64_t size,
		    struct luks_result *result)
{
	const char *cipher = crypt_get_cipher(device);
	const char *mode = crypt_get_cipher_mode(device);
	int key_size = crypt_get_volume_key_size(device), ret;

	if (!cipher || !mode || key_size <= 0)
		return result_fail(result, -EINVAL,
				   "its header names no cipher");
	if (strchr(cipher, '-') || key_size > LUKS_KEY_MAX)
		return result_fail(result, -ENOTSUP,
				   "it is encrypted with several ciphers, which is not supported");
	ret = snprintf(result->cipher, sizeof(result->cipher), "%s-%s", cipher,
		       mode);
	if (ret >= (int)sizeof(result->cipher) ||
	    !mapper_is_word(result->cipher))
		return result_fail(result, -EINVAL,
				   "its header has no usable name of a cipher");
	result->key_size = (uint32_t)key_size;
	result->sector_size = 512;
	result->offset = crypt_get_data_offset(device);
	result->iv_offset = crypt_get_iv_offset(device);
	/* The oldest format has one header, and no copies. */
	if (result->offset < HEADERS)
		return 0;
	if (size < 2 * HEADERS || result->offset >= size - HEADERS)
		return result_fail(result, -EINVAL,
				   "its data begin past the end of the device");
	result->length = size - HEADERS - result->offset;
	return 0;
}

static int get_key(struct crypt_device *device, struct luks_result *result)
{
	size_t size = result->key_size;
	int ret = crypt_volume_key_get(device, CRYPT_ANY_SLOT,
				       (char *)result->key, &size, NULL, 0);

	if (ret >= 0 && size == result->key_size)
		return 0;
	explicit_bzero(result->key, sizeof(result->key));
	return result_fail_by_library(result, ret < 0 ? ret : -EINVAL,
				      "cannot read its key",
				      "it is damaged");
}

int veracrypt_unlock(struct crypt_device *device,
		     const struct veracrypt_volume *volume, uint64_t size,
		     const char *passphrase, size_t len,
		     struct luks_result *result)
{
	struct crypt_params_tcrypt params = {
		.passphrase = passphrase, .passphrase_size = len,
		.flags = CRYPT_TCRYPT_VERA_MODES |
			(volume->hidden ? CRYPT_TCRYPT_HIDDEN_HEADER : 0),
		.veracrypt_pim = volume->pim,
	};
	int ret;

	if (len > PASSPHRASE_MAX)
		return result_fail(result, -EPERM,
				   "this passphrase is longer than one of VeraCrypt can be");
	library_message_forget();
	ret = crypt_load(device, CRYPT_TCRYPT, &params);
	if (ret == -EPERM)
		return result_fail(result, ret, volume->hidden ?
			"this passphrase opens no hidden volume in it" :
			"this passphrase opens no volume of VeraCrypt or TrueCrypt");
	if (ret < 0)
		return result_fail_by_library(result, ret,
					      "cannot read its header",
					      "it is damaged");
	ret = describe(device, size, result);
	return ret ? ret : get_key(device, result);
}
