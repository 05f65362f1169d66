/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * library.h - libnbd, which is loaded before the first connection.
 */
#ifndef LKL_BLK_NBD_LIBRARY_H
#define LKL_BLK_NBD_LIBRARY_H

#include "lkl.h"

/*
 * nbd_library_load - load libnbd, once
 *
 * Returns -ENOTSUP if it is not installed or was not built in.  Call this before
 * entering a sandbox.
 */
int nbd_library_load(struct lkl_error *err);

#ifdef HAVE_LIBNBD

#include <libnbd.h>

/* The functions in use: call nbd_close() as libnbd.close(). */
#define LIBNBD_FUNCTIONS(F) \
	F(aio_connect_socket) \
	F(aio_connect_uri) \
	F(aio_disconnect) \
	F(aio_flush) \
	F(aio_get_direction) \
	F(aio_get_fd) \
	F(aio_is_closed) \
	F(aio_is_dead) \
	F(aio_is_ready) \
	F(aio_notify_read) \
	F(aio_notify_write) \
	F(aio_pread) \
	F(aio_pwrite) \
	F(aio_trim) \
	F(aio_zero) \
	F(can_flush) \
	F(can_multi_conn) \
	F(can_trim) \
	F(can_zero) \
	F(close) \
	F(create) \
	F(get_block_size) \
	F(get_errno) \
	F(get_error) \
	F(get_export_name) \
	F(get_size) \
	F(get_tls_negotiated) \
	F(is_read_only) \
	F(set_export_name) \
	F(set_uri_allow_local_file)

struct libnbd {
#define LIBNBD_MEMBER(name) __typeof__(nbd_##name) *name;
	LIBNBD_FUNCTIONS(LIBNBD_MEMBER)
#undef LIBNBD_MEMBER
};

extern struct libnbd libnbd;

#endif /* HAVE_LIBNBD */
#endif /* LKL_BLK_NBD_LIBRARY_H */
