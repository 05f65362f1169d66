/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * luks-protocol.h - input and output of the program lkl-luks-key.
 *
 * It finds the keys of volumes of LUKS, and of VeraCrypt and TrueCrypt.
 *
 * It is started with four descriptors:
 *
 *   0  a file in memory: the header of the volume, the rest of the volume is a
 *      hole
 *   1  a pipe to which it writes one struct luks_result
 *   2  standard error
 *   3  a pipe from which it reads the passphrase, up to its end
 *
 * Its first argument is "strict", "best" or "none", as --sandbox has them; the
 * second one is LUKS_KEY_LUKS, or one of LUKS_KEY_VERACRYPT... with the personal
 * iterations multiplier behind it.
 */
#ifndef STORAGE_LUKS_PROTOCOL_H
#define STORAGE_LUKS_PROTOCOL_H

#include <stdint.h>

#define LUKS_KEY_PROGRAM	"lkl-luks-key"
#define LUKS_PASSPHRASE_FD	3

#define LUKS_KEY_LUKS		"luks"
#define LUKS_KEY_VERACRYPT	"veracrypt:"
#define LUKS_KEY_VERACRYPT_HIDDEN "veracrypt-hidden:"

/* As cryptsetup has it for key files. */
#define LUKS_PASSPHRASE_MAX	(8u << 20)
/* A key of AES-256-XTS has 64 bytes; no cipher of the kernel has over 128. */
#define LUKS_KEY_MAX		128
#define LUKS_CIPHER_MAX		128
#define LUKS_UUID_MAX		40
#define LUKS_TEXT_MAX		256

/* Flags that the header keeps for each use of the volume. */
#define LUKS_ALLOW_DISCARDS	0x1u

struct luks_result {
	int32_t ret;			/* 0 or -errno; -EPERM: wrong key */
	char text[LUKS_TEXT_MAX];	/* the sentence, if ret is not 0 */
	uint32_t version;		/* of LUKS: 1 or 2; or 0 */
	uint32_t sector_size;		/* of the cipher, bytes */
	uint32_t flags;			/* LUKS_... */
	uint32_t key_size;		/* bytes */
	uint64_t offset;		/* of the data in the device, sectors */
	uint64_t length;		/* of the data, sectors; 0: to the end */
	uint64_t iv_offset;		/* sectors of 512 bytes */
	char uuid[LUKS_UUID_MAX];
	char cipher[LUKS_CIPHER_MAX];	/* as dm-crypt names it */
	unsigned char key[LUKS_KEY_MAX];
};

#endif /* STORAGE_LUKS_PROTOCOL_H */
