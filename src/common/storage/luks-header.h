/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * luks-header.h - copies the header of an encrypted volume into a file.
 */
#ifndef STORAGE_LUKS_HEADER_H
#define STORAGE_LUKS_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

/* Where the bytes of a volume come from: all of @len bytes, or -errno. */
struct luks_reader {
	int (*read)(void *opaque, void *buf, size_t len, uint64_t offset);
	void *opaque;
	uint64_t size;			/* bytes of the volume */
};

/*
 * luks_header_copy - make the file a copy of the volume up to its data
 * @fd: has the volume's size afterwards; its data are a hole
 *
 * -EINVAL, with a sentence, if there is no LUKS header.
 */
int luks_header_copy(const struct luks_reader *from, int fd,
		     struct lkl_error *err);

/*
 * veracrypt_header_copy - the same for a volume of VeraCrypt or TrueCrypt
 *
 * Its headers are encrypted, so they are not looked at.
 */
int veracrypt_header_copy(const struct luks_reader *from, int fd,
			  struct lkl_error *err);

#endif /* STORAGE_LUKS_HEADER_H */
