/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ustar.h - the header of a member of a tar archive, and what fits into it.
 */
#ifndef FS2TAR_USTAR_H
#define FS2TAR_USTAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream.h"

#define USTAR_BLOCK 512

struct ustar {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char linkname[100];
	char magic[6];
	char version[2];
	char uname[32];
	char gname[32];
	char devmajor[8];
	char devminor[8];
	char prefix[155];
	char pad[12];
};

_Static_assert(sizeof(struct ustar) == USTAR_BLOCK, "a header is one block");

void ustar_start(struct ustar *header, char type);

/* Write it.  -EIO if the output has failed. */
int ustar_finish(struct ustar *header, struct stream *stream);

/* Whether a field of that many bytes can hold @value. */
static inline bool ustar_fits(uint64_t value, size_t size)
{
	return value < 1ull << 3 * (size - 1);
}

/*
 * Octal digits and a zero byte.  What does not fit also has a record; the
 * field gets GNU's binary form, for readers that know that one only.
 */
#define USTAR_NUMBER(field, value) \
	ustar_number((field), sizeof(field), (value))
void ustar_number(char *field, size_t size, uint64_t value);

/* As much as fits: a field needs no zero byte if it is full. */
#define USTAR_STRING(field, text) \
	ustar_string((field), sizeof(field), (text))
void ustar_string(char *field, size_t size, const char *text);

/*
 * ustar_path - the member's name, as a whole or cut at a slash
 *
 * False if it does not fit; its beginning is there then.
 */
bool ustar_path(struct ustar *header, const char *path, size_t len);

#endif /* FS2TAR_USTAR_H */
