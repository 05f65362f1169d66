// SPDX-License-Identifier: GPL-2.0-only
/*
 * nbd.c - protocol: an export of an NBD server, through libnbd; open.c opens
 * it.
 *
 * Requests are cut into pieces, sent together and answered in any order, over
 * several connections if the server can have several.  Nothing is cached and
 * nothing tried again: with a lost connection the disk is gone, for there is
 * no telling which of the last writes were made.
 *
 * Servers may have a smallest block.  It says nothing about the disk, which has
 * sectors of 512 bytes as a file would: what is less than a block is read, and
 * written, as part of the blocks around it.
 */
#define _GNU_SOURCE 1

#include "config.h"
#ifdef HAVE_LIBNBD

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blk/iov.h"
#include "nbd.h"
#include "export.h"

/* Of a request, in flight at once. */
#define PIECES		8
/* The protocol's limit for what has no data is 32 bits. */
#define RANGE_MAX	(1ull << 30)
/* Buffers of at least this size are not worth gathering. */
#define GATHER_MAX	(128u << 10)

/* A part of a request: straight from or to the caller's buffer, or not. */
struct piece {
	struct command command;
	struct iov_cursor start;	/* where it belongs, if gathered */
	bool gathered;
};

static struct connection *choose(struct nbd *nbd)
{
	unsigned int i = __atomic_fetch_add(&nbd->next, 1, __ATOMIC_RELAXED);

	return nbd->connections[i % nbd->n];
}

/* Takes at most @left bytes at the cursor; in whole blocks if @left is. */
static int start_piece(struct nbd *nbd, struct piece *piece,
		       enum command_type type, struct iov_cursor *c, size_t left,
		       uint64_t offset)
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
		if (type == COMMAND_WRITE)
			iov_copy(&(struct iov_cursor){ c->iov, c->skip }, at,
				    len, true);
	}
	c->skip += len;
	piece->command.type = type;
	piece->command.buf = at;
	piece->command.len = len;
	piece->command.offset = offset;
	connection_submit(choose(nbd), &piece->command);
	return 0;
}

static int finish_piece(struct piece *piece)
{
	struct command *command = &piece->command;
	int ret = connection_wait(command);

	if (!piece->gathered)
		return ret;
	if (!ret && command->type == COMMAND_READ)
		iov_copy(&piece->start, command->buf, command->len, false);
	free(command->buf);
	return ret;
}

/* Whole blocks, or to the end of the export; moves the cursor. */
static int transfer(struct nbd *nbd, enum command_type type, struct iov_cursor *c,
		    size_t len, uint64_t offset)
{
	struct piece pieces[PIECES];
	int n, i, ret = 0, error;

	while (len && !ret) {
		for (n = 0; n < PIECES && len; n++) {
			ret = start_piece(nbd, &pieces[n], type, c, len,
					  offset);
			if (ret)
				break;
			offset += pieces[n].command.len;
			len -= pieces[n].command.len;
		}
		for (i = 0; i < n; i++) {
			error = finish_piece(&pieces[i]);
			ret = ret ? ret : error;
		}
	}
	return ret;
}

static int transfer_buffer(struct nbd *nbd, enum command_type type, void *buf,
			   size_t len, uint64_t offset)
{
	const struct iovec iov = { .iov_base = buf, .iov_len = len };

	return transfer(nbd, type, &(struct iov_cursor){ &iov, 0 }, len, offset);
}

/* Less than the block around @offset, from or to the cursor. */
static int part_of_block(struct nbd *nbd, enum command_type type,
			 struct iov_cursor *c, size_t len, uint64_t offset)
{
	uint64_t start = offset - offset % nbd->block;
	char *block = malloc(nbd->block);
	size_t size = nbd->block;
	int ret;

	if (!block)
		return -ENOMEM;
	if (size > nbd->end - start)
		size = nbd->end - start;
	ret = transfer_buffer(nbd, COMMAND_READ, block, size, start);
	if (!ret) {
		iov_copy(c, block + offset % nbd->block, len,
			    type == COMMAND_WRITE);
		if (type == COMMAND_WRITE)
			ret = transfer_buffer(nbd, type, block, size, start);
	}
	free(block);
	return ret;
}

static bool is_whole(const struct nbd *nbd, uint64_t offset, uint64_t len)
{
	return !(offset % nbd->block) &&
	       (!(len % nbd->block) || offset + len == nbd->end);
}

/* What begins or ends within a block. */
static int transfer_any(struct nbd *nbd, enum command_type type,
			struct iov_cursor *c, size_t len, uint64_t offset)
{
	size_t n;
	int ret = 0;

	for (; len && !ret; len -= n, offset += n) {
		n = nbd->block - offset % nbd->block;
		if (is_whole(nbd, offset, len)) {
			n = len;
			ret = transfer(nbd, type, c, n, offset);
		} else if (n == nbd->block && len > n) {
			n = len - len % n;
			ret = transfer(nbd, type, c, n, offset);
		} else {
			if (n > len)
				n = len;
			ret = part_of_block(nbd, type, c, n, offset);
		}
	}
	return ret;
}

static int remote_preadv(struct blk *blk, const struct iovec *iov, int n,
			 uint64_t offset)
{
	struct nbd *nbd = (struct nbd *)blk;
	struct iov_cursor c = { .iov = iov };
	size_t len = iov_bytes(iov, n), past = 0, span;
	char *at;
	int ret;

	/* The export may end within a sector, which is zeroes from there. */
	if (offset + len > nbd->end) {
		past = offset > nbd->end ? len : offset + len - nbd->end;
		len -= past;
	}
	ret = transfer_any(nbd, COMMAND_READ, &c, len, offset);
	for (; past && !ret; past -= span) {
		span = iov_span(&c, past, &at);
		memset(at, 0, span);
		c.skip += span;
	}
	return ret;
}

static int remote_pwritev(struct blk *blk, const struct iovec *iov, int n,
			  uint64_t offset)
{
	struct nbd *nbd = (struct nbd *)blk;
	struct iov_cursor c = { .iov = iov };
	size_t len = iov_bytes(iov, n);
	int ret;

	if (nbd->block == 1)
		return transfer(nbd, COMMAND_WRITE, &c, len, offset);
	if (is_whole(nbd, offset, len)) {
		pthread_rwlock_rdlock(&nbd->blocks);
		ret = transfer(nbd, COMMAND_WRITE, &c, len, offset);
	} else {
		pthread_rwlock_wrlock(&nbd->blocks);
		ret = transfer_any(nbd, COMMAND_WRITE, &c, len, offset);
	}
	pthread_rwlock_unlock(&nbd->blocks);
	return ret;
}

/*
 * On any connection, it is for what was answered on all: a server promises
 * that before it is given several.  One that knows no flush has no cache or
 * leaves no choice.
 */
static int remote_flush(struct blk *blk)
{
	struct nbd *nbd = (struct nbd *)blk;
	struct command command = { .type = COMMAND_FLUSH };

	if (!nbd->can_flush)
		return 0;
	connection_submit(choose(nbd), &command);
	return connection_wait(&command);
}

static int ranges(struct nbd *nbd, enum command_type type, uint32_t flags,
		  uint64_t offset, uint64_t len)
{
	struct command command = { .type = type, .flags = flags };
	int ret = 0;

	for (; len && !ret; len -= command.len, offset += command.len) {
		command.offset = offset;
		command.len = len < RANGE_MAX ? len : RANGE_MAX;
		connection_submit(choose(nbd), &command);
		ret = connection_wait(&command);
	}
	return ret;
}

static int remote_discard(struct blk *blk, uint64_t offset, uint64_t len)
{
	struct nbd *nbd = (struct nbd *)blk;
	uint64_t end = offset + len;
	int ret;

	/* A hint: half a block is none. */
	offset += -offset % nbd->block;
	end -= end % nbd->block;
	if (offset >= end)
		return 0;
	pthread_rwlock_rdlock(&nbd->blocks);
	ret = ranges(nbd, COMMAND_TRIM, 0, offset, end - offset);
	pthread_rwlock_unlock(&nbd->blocks);
	return ret == -EOPNOTSUPP ? 0 : ret;
}

static int remote_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
			       bool may_unmap)
{
	struct nbd *nbd = (struct nbd *)blk;
	int ret;

	if (!nbd->can_zero || !is_whole(nbd, offset, len))
		return -EOPNOTSUPP;
	pthread_rwlock_rdlock(&nbd->blocks);
	ret = ranges(nbd, COMMAND_ZERO, may_unmap ? 0 : LIBNBD_CMD_FLAG_NO_HOLE,
		     offset, len);
	pthread_rwlock_unlock(&nbd->blocks);
	return ret;
}

static void remote_close(struct blk *blk)
{
	struct nbd *nbd = (struct nbd *)blk;

	while (nbd->n)
		connection_close(nbd->connections[--nbd->n]);
	if (nbd->server)
		nbd->server->closed(nbd->server);
	pthread_rwlock_destroy(&nbd->blocks);
	free(nbd);
}

const struct blk_ops nbd_ops = {
	.name = "nbd",
	.preadv = remote_preadv,
	.pwritev = remote_pwritev,
	.flush = remote_flush,
	.discard = remote_discard,
	.write_zeroes = remote_write_zeroes,
	.close = remote_close,
};

#endif /* HAVE_LIBNBD */
