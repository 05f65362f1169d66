/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * protocol-additions.h - what libfuse does not know of requests.
 */
#ifndef LKLFUSE_PROTOCOL_ADDITIONS_H
#define LKLFUSE_PROTOCOL_ADDITIONS_H

#include <stdbool.h>
#include <stddef.h>

struct device;
struct filesystem;

/*
 * request_take - deal with what libfuse does not know of the request
 * @len: of the request, which gets shorter if libfuse expects it so
 *
 * False: libfuse is to answer it.
 */
bool request_take(struct filesystem *fs, struct device *self,
		  bool long_setxattr, size_t *len);

/* request_reply - @error, positive, or 0 and @data */
void request_reply(struct device *self, int error, const void *data,
		   size_t size);

#endif /* LKLFUSE_PROTOCOL_ADDITIONS_H */
