// SPDX-License-Identifier: GPL-2.0-only
/*
 * open.c - protocol nbd: connects to a server and checks the properties of its
 * export.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "blk/blk.h"
#include "config.h"
#include "blk/error.h"
#include "nbd.h"
#include "library.h"

unsigned int nbd_silence_seconds = 300;
unsigned int nbd_recovery_seconds = 60;

#ifdef HAVE_LIBNBD
#include "export.h"

/* The largest block that the protocol allows. */
#define BLOCK_MAX	65536u

static unsigned int nbd_clamp(uint64_t n, unsigned int min, unsigned int max)
{
	return n < min ? min : n > max ? max : n;
}

/* Check everything that the server says, though libnbd has checked it, too. */
static int nbd_measure_export(struct nbd *nbd, bool writable,
			      struct lkl_error *err)
{
	struct nbd_handle *h = nbd_connection_handle(nbd->connections[0]);
	int64_t size = libnbd.get_size(h);
	int64_t min = libnbd.get_block_size(h, LIBNBD_SIZE_MINIMUM);
	int64_t preferred = libnbd.get_block_size(h, LIBNBD_SIZE_PREFERRED);
	int64_t max = libnbd.get_block_size(h, LIBNBD_SIZE_MAXIMUM);
	const unsigned int sector = BLK_SECTOR_MIN;

	if (size < 0)
		return lkl_fail(err, -EIO, "the server gives no size");
	if (!size)
		return lkl_fail(err, -EINVAL, "is empty");
	if (size > (int64_t)(INT64_MAX - BLK_SECTOR_MAX))
		return lkl_fail(err, -EFBIG, "size %" PRId64 " is not supported",
				size);
	/* Without information: most servers take bytes, all take sectors. */
	if (min <= 0)
		min = size % BLK_SECTOR_MIN ? 1 : BLK_SECTOR_MIN;
	if (!blk_is_power_of_two(min) || min > BLOCK_MAX || size % min)
		return lkl_fail(err, -EINVAL,
				"smallest block %" PRId64 " for a size of %"
				PRId64 " is not supported", min, size);
	if (max > 0 && max < min)
		return lkl_fail(err, -EINVAL,
				"largest request %" PRId64 " is less than the smallest, %"
				PRId64, max, min);
	if (writable && size % sector)
		return lkl_fail(err, -EINVAL,
				"cannot open for writing: its size, %" PRId64
				", is not a multiple of %u", size, sector);
	nbd->end = size;
	nbd->block = min;
	nbd->piece = nbd_clamp(max > 0 ? max : NBD_PIECE_MAX, min,
			       NBD_PIECE_MAX);
	nbd->piece -= nbd->piece % nbd->block;
	nbd->blk.size = (nbd->end + sector - 1) / sector * sector;
	nbd->blk.sector_size = sector;
	nbd->blk.physical_size = blk_is_power_of_two(preferred) ?
					 nbd_clamp(preferred, sector,
						   BLK_SECTOR_MAX) :
					 sector;
	if (nbd->blk.physical_size < min)
		nbd->blk.physical_size = min;
	return 0;
}

static int nbd_set_caps(struct nbd *nbd, bool writable, struct lkl_error *err)
{
	struct nbd_handle *h = nbd_connection_handle(nbd->connections[0]);

	if (!writable)
		return 0;
	if (libnbd.is_read_only(h))
		return lkl_fail(err, -EROFS,
				"cannot open for writing: the server offers it for reading only");
	nbd->can_flush = libnbd.can_flush(h) > 0;
	nbd->can_trim = libnbd.can_trim(h) > 0;
	nbd->can_zero = libnbd.can_zero(h) > 0;
	if (!nbd->can_flush)
		nbd->blk.warning = "the server cannot flush: data that it has taken may be lost if it fails";
	nbd->blk.caps = BLK_CAP_WRITE;
	if (nbd->can_trim)
		nbd->blk.caps |= BLK_CAP_DISCARD;
	if (nbd->can_zero)
		nbd->blk.caps |= BLK_CAP_WRITE_ZEROES;
	return 0;
}

/* Connect again to the same export, unless it has another size now. */
static void nbd_add_connections(struct nbd *nbd, const char *uri)
{
	const struct nbd_endpoint endpoint = { .uri = uri, .socket = -1 };
	struct nbd_handle *h = nbd_connection_handle(nbd->connections[0]);
	struct nbd_connection *c;

	if (libnbd.can_multi_conn(h) <= 0)
		return;
	while (nbd->n < NBD_CONNECTIONS_MAX) {
		if (nbd_connection_open(&endpoint, &c, NULL))
			return;
		if (libnbd.get_size(nbd_connection_handle(c)) !=
		    (int64_t)nbd->end) {
			nbd_connection_close(c);
			return;
		}
		nbd->connections[nbd->n++] = c;
	}
}

static int nbd_open_export(const char *uri, int socket, unsigned int flags,
			   struct nbd **ret_nbd, struct lkl_error *err)
{
	const struct nbd_endpoint endpoint = {
		.uri = uri, .socket = socket, .patient = !uri,
	};
	bool writable = !(flags & BLK_OPEN_READ_ONLY);
	struct nbd_connection *c;
	struct nbd *nbd;
	int ret;

	ret = nbd_library_load(err);
	if (ret) {
		if (socket >= 0)
			close(socket);
		return ret;
	}
	ret = nbd_connection_open(&endpoint, &c, err);
	if (ret)
		return ret;
	nbd = calloc(1, sizeof(*nbd));
	if (!nbd) {
		nbd_connection_close(c);
		return lkl_fail(err, -ENOMEM, "out of memory");
	}
	nbd->blk.ops = &nbd_ops;
	pthread_rwlock_init(&nbd->blocks, NULL);
	nbd_recovery_init(&nbd->recovery);
	nbd_unflushed_init(&nbd->unflushed);
	nbd_fingerprint_init(&nbd->fingerprint);
	nbd->connections[nbd->n++] = c;
	ret = nbd_measure_export(nbd, writable, err);
	if (!ret)
		ret = nbd_set_caps(nbd, writable, err);
	if (ret) {
		nbd_ops.close(&nbd->blk);
		return ret;
	}
	if (uri) {
		nbd_add_connections(nbd, uri);
		nbd_prepare_recovery(nbd, uri);
	}
	*ret_nbd = nbd;
	return 0;
}

int nbd_open(const char *path, unsigned int flags, struct blk **ret_blk,
	     struct lkl_error *err)
{
	struct nbd *nbd;
	int ret;

	ret = nbd_open_export(path, -1, flags, &nbd, err);
	if (!ret)
		*ret_blk = &nbd->blk;
	return ret;
}

int nbd_open_server(struct nbd_server *server, int socket, unsigned int flags,
		    struct blk **ret_blk, struct lkl_error *err)
{
	struct nbd *nbd;
	int ret;

	ret = nbd_open_export(NULL, socket, flags, &nbd, err);
	if (ret)
		return ret;
	nbd->server = server;
	*ret_blk = &nbd->blk;
	return 0;
}

#else /* !HAVE_LIBNBD */

int nbd_open(const char *path, unsigned int flags, struct blk **ret_blk,
	     struct lkl_error *err)
{
	(void)path;
	(void)flags;
	(void)ret_blk;
	return nbd_library_load(err);
}

int nbd_open_server(struct nbd_server *server, int socket, unsigned int flags,
		    struct blk **ret_blk, struct lkl_error *err)
{
	(void)server;
	close(socket);
	return nbd_open(NULL, flags, ret_blk, err);
}

#endif
