/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * protocol-additions.h - parts of the FUSE protocol that libfuse 3.14 does not
 * know.
 */
#ifndef LKLFUSE_PROTOCOL_ADDITIONS_H
#define LKLFUSE_PROTOCOL_ADDITIONS_H

#include <stdbool.h>
#include <stddef.h>

struct device;
struct filesystem;

/*
 * protocol_handle_request - handle the request, or prepare it for libfuse
 * @len: the request's length, updated if its form is changed for libfuse
 *
 * True if it was answered.  False if libfuse has to process it.
 */
bool protocol_handle_request(struct filesystem *fs, struct device *self,
			     bool long_setxattr, size_t *len);

/* protocol_reply - reply with @error, positive, or with 0 and @data */
void protocol_reply(struct device *self, int error, const void *data,
		    size_t size);

#endif /* LKLFUSE_PROTOCOL_ADDITIONS_H */
