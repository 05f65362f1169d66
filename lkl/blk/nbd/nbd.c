// SPDX-License-Identifier: GPL-2.0-only
/*
 * nbd.c - protocol nbd: requests to an export of an NBD server, with libnbd.
 * open.c opens the export.
 *
 * A request is cut into pieces.  They are sent together, over several
 * connections if the server allows that, and answered in any order.  Nothing is
 * cached here.  If the connection is lost, recover.c makes it again, and the
 * request is repeated.
 *
 * A server may have a smallest block.  The disk has sectors of 512 bytes all
 * the same: a request for a part of a block reads and writes the whole block.
 */
#define _GNU_SOURCE 1

#include "config.h"
#ifdef HAVE_LIBNBD

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blk/error.h"
#include "blk/iov.h"
#include "nbd.h"
#include "export.h"

/* Pieces of one request that are in flight at once. */
#define PIECES		8
/* A request whose connection is lost so often is perhaps the cause of that. */
#define REPEATS_MAX	10
/* Smaller buffers are gathered into one command; larger ones are not. */
#define GATHER_MAX	(128u << 10)

/* A part of a request, from or to the caller's buffer or a copy of several. */
struct nbd_piece {
	struct nbd_command command;
	struct iov_cursor start;	/* the caller's buffers, if gathered */
	bool gathered;
};

static struct nbd_connection *nbd_choose_connection(struct nbd *nbd)
{
	unsigned int i = __atomic_fetch_add(&nbd->next, 1, __ATOMIC_RELAXED);

	return nbd->connections[i % nbd->n];
}

/* Send up to @left bytes at the cursor: whole blocks if @left is. */
static int nbd_start_piece(struct nbd *nbd, struct nbd_piece *piece,
			   enum nbd_command_type type, struct iov_cursor *c,
			   size_t left, uint64_t offset)
{
	size_t max = left < nbd->piece ? left : nbd->piece, len;
	char *at;

	len = iov_span(c, max, &at);
	len -= len < left ? len % nbd->block : 0;
	piece->gathered = len < max && len < GATHER_MAX;
	piece->start = *c;
	if (piece->gathered) {
		len = max;
		at = malloc(len);
		if (!at)
			return -ENOMEM;
		if (type == NBD_COMMAND_WRITE)
			iov_copy(&(struct iov_cursor){ c->iov, c->n, c->skip },
				 at, len, true);
	}
	iov_advance(c, len);
	piece->command.type = type;
	piece->command.buf = at;
	piece->command.len = len;
	piece->command.offset = offset;
	nbd_connection_submit(nbd_choose_connection(nbd), &piece->command);
	return 0;
}

static int nbd_finish_piece(struct nbd_piece *piece)
{
	struct nbd_command *command = &piece->command;
	int ret = nbd_connection_wait(command);

	if (!piece->gathered)
		return ret;
	if (!ret && command->type == NBD_COMMAND_READ)
		iov_copy(&piece->start, command->buf, command->len, false);
	free(command->buf);
	return ret;
}

static int nbd_transfer_pieces(struct nbd *nbd, enum nbd_command_type type,
			       struct iov_cursor *c, size_t len,
			       uint64_t offset)
{
	struct nbd_piece pieces[PIECES];
	int n, i, ret = 0, error;

	while (len && !ret) {
		for (n = 0; n < PIECES && len; n++) {
			ret = nbd_start_piece(nbd, &pieces[n], type, c, len,
					      offset);
			if (ret)
				break;
			offset += pieces[n].command.len;
			len -= pieces[n].command.len;
		}
		for (i = 0; i < n; i++) {
			error = nbd_finish_piece(&pieces[i]);
			ret = ret ? ret : error;
		}
	}
	return ret;
}

/* Bytes that a copy for the fingerprint has at most: whole blocks. */
static size_t nbd_copy_size(const struct nbd *nbd)
{
	return nbd->block > FINGERPRINT_BYTES ? nbd->block : FINGERPRINT_BYTES;
}

/*
 * A flush on one connection covers the answered writes of all: a server must
 * promise that before it gets several connections.  A server without flush
 * either has no cache or leaves us no choice.
 */
static int nbd_try_flush(struct nbd *nbd)
{
	struct nbd_command command = { .type = NBD_COMMAND_FLUSH };
	uint64_t mark = nbd_unflushed_mark(&nbd->unflushed);
	int ret;

	if (!nbd->can_flush)
		return 0;
	nbd_connection_submit(nbd_choose_connection(nbd), &command);
	ret = nbd_connection_wait(&command);
	if (!ret) {
		nbd_fingerprint_add_flushed(&nbd->fingerprint, &nbd->unflushed,
					    mark, nbd_copy_size(nbd));
		nbd_unflushed_forget(&nbd->unflushed, mark);
	}
	return ret || !nbd->server ? ret : nbd->server->flushed(nbd->server);
}

/* Keep an answered command until it is flushed; @c has the data of a write. */
static int nbd_keep_until_flushed(struct nbd *nbd, enum nbd_command_type type,
				  uint32_t flags, const struct iov_cursor *c,
				  uint64_t offset, uint64_t len)
{
	if (!nbd->recovery.connector || !nbd->can_flush)
		return 0;
	if (nbd_unflushed_add(&nbd->unflushed, type, flags, c, offset, len) ||
	    nbd_unflushed_is_full(&nbd->unflushed))
		return nbd_try_flush(nbd);
	return 0;
}

static int nbd_read_blocks(struct nbd *nbd, struct iov_cursor *c, size_t len,
			   uint64_t offset)
{
	struct nbd_fingerprint *f = &nbd->fingerprint;
	const uint64_t mark = nbd_fingerprint_mark(f);
	const struct iov_cursor start = *c;
	int ret = nbd_transfer_pieces(nbd, NBD_COMMAND_READ, c, len, offset);

	if (!ret && nbd->recovery.connector)
		nbd_fingerprint_add_read(f, &nbd->unflushed, mark, &start,
					 offset, len, nbd_copy_size(nbd));
	return ret;
}

static int nbd_write_blocks(struct nbd *nbd, struct iov_cursor *c, size_t len,
			    uint64_t offset)
{
	const enum nbd_command_type type = NBD_COMMAND_WRITE;
	const struct iov_cursor start = *c;
	struct nbd_fingerprint_change change;
	int ret;

	nbd_fingerprint_begin(&nbd->fingerprint, &change, type, offset, len);
	ret = nbd_transfer_pieces(nbd, type, c, len, offset);
	if (!ret)
		ret = nbd_keep_until_flushed(nbd, type, 0, &start, offset, len);
	nbd_fingerprint_end(&nbd->fingerprint, &change, &nbd->unflushed, ret);
	return ret;
}

/* Transfer whole blocks, or blocks to the end of the export. */
static int nbd_transfer(struct nbd *nbd, enum nbd_command_type type,
			struct iov_cursor *c, size_t len, uint64_t offset)
{
	return type == NBD_COMMAND_WRITE ?
		       nbd_write_blocks(nbd, c, len, offset) :
		       nbd_read_blocks(nbd, c, len, offset);
}

static int nbd_transfer_buffer(struct nbd *nbd, enum nbd_command_type type,
			       void *buf, size_t len, uint64_t offset)
{
	const struct iovec iov = { .iov_base = buf, .iov_len = len };

	return nbd_transfer(nbd, type, &(struct iov_cursor){ &iov, 1, 0 }, len,
			    offset);
}

/* Transfer a part of the block around @offset. */
static int nbd_transfer_part_of_block(struct nbd *nbd,
				      enum nbd_command_type type,
				      struct iov_cursor *c, size_t len,
				      uint64_t offset)
{
	uint64_t start = offset - offset % nbd->block;
	char *block = malloc(nbd->block);
	size_t size = nbd->block;
	int ret;

	if (!block)
		return -ENOMEM;
	if (size > nbd->end - start)
		size = nbd->end - start;
	ret = nbd_transfer_buffer(nbd, NBD_COMMAND_READ, block, size, start);
	if (!ret) {
		iov_copy(c, block + offset % nbd->block, len,
			 type == NBD_COMMAND_WRITE);
		if (type == NBD_COMMAND_WRITE)
			ret = nbd_transfer_buffer(nbd, type, block, size, start);
	}
	free(block);
	return ret;
}

static bool nbd_is_whole_blocks(const struct nbd *nbd, uint64_t offset,
				uint64_t len)
{
	return !(offset % nbd->block) &&
	       (!(len % nbd->block) || offset + len == nbd->end);
}

/* Transfer a range that may begin or end within a block. */
static int nbd_transfer_any(struct nbd *nbd, enum nbd_command_type type,
			    struct iov_cursor *c, size_t len, uint64_t offset)
{
	size_t n;
	int ret = 0;

	for (; len && !ret; len -= n, offset += n) {
		n = nbd->block - offset % nbd->block;
		if (nbd_is_whole_blocks(nbd, offset, len)) {
			n = len;
			ret = nbd_transfer(nbd, type, c, n, offset);
		} else if (n == nbd->block && len > n) {
			n = len - len % n;
			ret = nbd_transfer(nbd, type, c, n, offset);
		} else {
			if (n > len)
				n = len;
			ret = nbd_transfer_part_of_block(nbd, type, c, n,
							 offset);
		}
	}
	return ret;
}

/* ---- Requests, each of them tried once ---- */

static int nbd_try_read(struct nbd *nbd, const struct iovec *iov, int n,
			uint64_t offset)
{
	struct iov_cursor c = iov_begin(iov, n);
	size_t len = iov_bytes(iov, n), past = 0;
	int ret;

	/* The export may end within a sector; the rest reads as zeroes. */
	if (offset + len > nbd->end) {
		past = offset > nbd->end ? len : offset + len - nbd->end;
		len -= past;
	}
	ret = nbd_transfer_any(nbd, NBD_COMMAND_READ, &c, len, offset);
	if (!ret)
		iov_zero(&c, past);
	return ret;
}

static int nbd_try_write(struct nbd *nbd, const struct iovec *iov, int n,
			 uint64_t offset)
{
	struct iov_cursor c = iov_begin(iov, n);
	size_t len = iov_bytes(iov, n);
	int ret;

	if (nbd->block == 1)
		return nbd_transfer(nbd, NBD_COMMAND_WRITE, &c, len, offset);
	if (nbd_is_whole_blocks(nbd, offset, len)) {
		pthread_rwlock_rdlock(&nbd->blocks);
		ret = nbd_transfer(nbd, NBD_COMMAND_WRITE, &c, len, offset);
	} else {
		pthread_rwlock_wrlock(&nbd->blocks);
		ret = nbd_transfer_any(nbd, NBD_COMMAND_WRITE, &c, len, offset);
	}
	pthread_rwlock_unlock(&nbd->blocks);
	return ret;
}

static int nbd_command_on_range(struct nbd *nbd, enum nbd_command_type type,
				uint32_t flags, uint64_t offset, uint64_t len)
{
	struct nbd_command command = { .type = type, .flags = flags };
	const uint64_t end = offset + len;
	struct nbd_fingerprint_change change;
	int ret = 0;

	nbd_fingerprint_begin(&nbd->fingerprint, &change, type, offset, len);
	for (command.offset = offset; command.offset < end && !ret;
	     command.offset += command.len) {
		command.len = end - command.offset;
		if (command.len > NBD_RANGE_MAX)
			command.len = NBD_RANGE_MAX;
		nbd_connection_submit(nbd_choose_connection(nbd), &command);
		ret = nbd_connection_wait(&command);
	}
	if (!ret)
		ret = nbd_keep_until_flushed(nbd, type, flags, NULL, offset,
					     len);
	nbd_fingerprint_end(&nbd->fingerprint, &change, &nbd->unflushed, ret);
	return ret;
}

static int nbd_try_discard(struct nbd *nbd, uint64_t offset, uint64_t len)
{
	uint64_t end = offset + len;
	int ret;

	/* A discard is a hint, so parts of blocks are left out. */
	offset += -offset % nbd->block;
	end -= end % nbd->block;
	if (offset >= end)
		return 0;
	pthread_rwlock_rdlock(&nbd->blocks);
	ret = nbd_command_on_range(nbd, NBD_COMMAND_TRIM, 0, offset,
				   end - offset);
	pthread_rwlock_unlock(&nbd->blocks);
	return ret == -EOPNOTSUPP ? 0 : ret;
}

static int nbd_try_zero(struct nbd *nbd, uint64_t offset, uint64_t len,
			bool may_unmap)
{
	const uint32_t flags = may_unmap ? 0 : LIBNBD_CMD_FLAG_NO_HOLE;
	int ret;

	if (!nbd->can_zero || !nbd_is_whole_blocks(nbd, offset, len))
		return -EOPNOTSUPP;
	pthread_rwlock_rdlock(&nbd->blocks);
	ret = nbd_command_on_range(nbd, NBD_COMMAND_ZERO, flags, offset,
				   len);
	pthread_rwlock_unlock(&nbd->blocks);
	return ret;
}

/* ---- Requests, which are repeated if the connection is lost ---- */

struct nbd_request {
	enum nbd_command_type type;
	const struct iovec *iov;
	int n;
	uint64_t offset, len;
	bool may_unmap;
};

static int nbd_perform_once(struct nbd *nbd, const struct nbd_request *r)
{
	switch (r->type) {
	case NBD_COMMAND_READ:
		return nbd_try_read(nbd, r->iov, r->n, r->offset);
	case NBD_COMMAND_WRITE:
		return nbd_try_write(nbd, r->iov, r->n, r->offset);
	case NBD_COMMAND_FLUSH:
		return nbd_try_flush(nbd);
	case NBD_COMMAND_TRIM:
		return nbd_try_discard(nbd, r->offset, r->len);
	case NBD_COMMAND_ZERO:
		return nbd_try_zero(nbd, r->offset, r->len, r->may_unmap);
	}
	return -EINVAL;
}

static int nbd_perform(struct blk *blk, const struct nbd_request *request)
{
	struct nbd *nbd = (struct nbd *)blk;
	unsigned int repeats, generation;
	int ret = 0, error;

	for (repeats = 0; repeats <= REPEATS_MAX; repeats++) {
		ret = nbd_enter(nbd, &generation);
		if (ret)
			break;
		ret = nbd_perform_once(nbd, request);
		nbd_leave(nbd);
		if (!ret)
			break;
		error = nbd_recover(nbd, generation, ret);
		if (error)
			return error;
	}
	return ret;
}

static int nbd_blk_preadv(struct blk *blk, const struct iovec *iov, int n,
			  uint64_t offset)
{
	return nbd_perform(blk, &(struct nbd_request){
		.type = NBD_COMMAND_READ, .iov = iov, .n = n, .offset = offset,
	});
}

static int nbd_blk_pwritev(struct blk *blk, const struct iovec *iov, int n,
			   uint64_t offset)
{
	return nbd_perform(blk, &(struct nbd_request){
		.type = NBD_COMMAND_WRITE, .iov = iov, .n = n, .offset = offset,
	});
}

static int nbd_blk_flush(struct blk *blk)
{
	return nbd_perform(blk, &(struct nbd_request){
		.type = NBD_COMMAND_FLUSH,
	});
}

static int nbd_blk_discard(struct blk *blk, uint64_t offset, uint64_t len)
{
	return nbd_perform(blk, &(struct nbd_request){
		.type = NBD_COMMAND_TRIM, .offset = offset, .len = len,
	});
}

static int nbd_blk_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
				bool may_unmap)
{
	return nbd_perform(blk, &(struct nbd_request){
		.type = NBD_COMMAND_ZERO, .offset = offset, .len = len,
		.may_unmap = may_unmap,
	});
}

static bool nbd_blk_explain(struct blk *blk, struct lkl_error *ret_reason)
{
	enum blk_operation operation;

	if (nbd_explain_loss((struct nbd *)blk, ret_reason))
		return true;
	switch (blk_failure(blk, &operation)) {
	case -ECONNRESET:
		lkl_fail(ret_reason, 0, "the connection to the server is lost");
		return true;
	case -ENOLCK:
		lkl_fail(ret_reason, 0,
			 "the server lost its lock on the image: another program may have changed it");
		return true;
	}
	return false;
}

static int nbd_blk_fetched(struct blk *blk, uint64_t *ret_bytes)
{
	struct nbd_server *server = ((struct nbd *)blk)->server;

	return server ? server->fetched(server, ret_bytes) : -ENODATA;
}

static int nbd_blk_close(struct blk *blk)
{
	struct nbd *nbd = (struct nbd *)blk;
	bool writable = blk->caps & BLK_CAP_WRITE;
	int ret = 0;

	while (nbd->n)
		nbd_connection_close(nbd->connections[--nbd->n]);
	if (nbd->server)
		ret = nbd->server->closed(nbd->server);
	nbd_recovery_destroy(&nbd->recovery);
	nbd_unflushed_destroy(&nbd->unflushed);
	nbd_fingerprint_destroy(&nbd->fingerprint);
	pthread_rwlock_destroy(&nbd->blocks);
	free(nbd);
	/* A server that was only read from has nothing to lose. */
	return writable ? ret : 0;
}

const struct blk_ops nbd_ops = {
	.name = "nbd",
	.preadv = nbd_blk_preadv,
	.pwritev = nbd_blk_pwritev,
	.flush = nbd_blk_flush,
	.discard = nbd_blk_discard,
	.write_zeroes = nbd_blk_write_zeroes,
	.explain = nbd_blk_explain,
	.fetched = nbd_blk_fetched,
	.close = nbd_blk_close,
};

#endif /* HAVE_LIBNBD */
