// SPDX-License-Identifier: GPL-2.0-only
/*
 * block-store.c - temporary storage for the blocks that were written: a sparse
 * file without a name, as large as the disk, and one bit for each block.
 *
 * At first the file is in memory, which is enough to replay a journal.  When it
 * grows, it moves to a temporary file on a disk.  That file is opened
 * before, because tools enter a sandbox.  If none can be made, the store
 * stays in memory and has a limit.
 *
 * A stored block of zeroes is a hole in the file and takes no space.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "blk/blk.h"
#include "blk/error.h"
#include "blk/iov.h"
#include "blk/memory-file.h"
#include "blk/preadv2.h"
#include "block-store.h"

/* The smallest block, and the most address space for bits. */
#define BLOCK_MIN	4096u
#define BITS_MAX	(16ull << 30)
/* The most memory for blocks: with a temporary file, and without one. */
#define MEMORY_FEW	(16ull << 20)
#define MEMORY_MAX	(1ull << 30)

#define WORD_BITS	64u
#define COPY_SIZE	(1u << 20)

struct block_store {
	uint64_t size;			/* of the file; whole blocks */
	unsigned int block;
	int fd;				/* the file that has the blocks */
	int disk;			/* the temporary file, not yet used; or -1 */
	bool in_memory;
	/* The host does not support RWF_NOWAIT for @fd; atomic. */
	bool no_nowait;
	uint64_t data_bytes;		/* of blocks that are not holes */
	bool empty;
	uint64_t *bits;			/* one for each stored block; atomic */
	uint64_t *data_bits;		/* the same for blocks that take space */
	size_t bits_size;		/* bytes of either, address space */
};

void overlay_files_open(struct overlay_files *files)
{
	const char *const dirs[] = { getenv("TMPDIR"), "/var/tmp", "/tmp" };
	unsigned int i;

	_Static_assert(sizeof(dirs) / sizeof(*dirs) ==
		       sizeof(files->fds) / sizeof(*files->fds),
		       "a file in each");
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		files->fds[i] = !dirs[i] || !*dirs[i] ? -1 :
			open(dirs[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

void overlay_files_close(struct overlay_files *files)
{
	unsigned int i;

	for (i = 0; i < sizeof(files->fds) / sizeof(*files->fds); i++) {
		if (files->fds[i] >= 0)
			close(files->fds[i]);
		files->fds[i] = -1;
	}
}

/* Takes the first file that can be so large. */
static int block_store_take_file(struct overlay_files *files, uint64_t size)
{
	unsigned int i;
	int fd;

	for (i = 0; i < sizeof(files->fds) / sizeof(*files->fds); i++) {
		fd = files->fds[i];
		if (fd < 0 || ftruncate(fd, size))
			continue;
		files->fds[i] = -1;
		return fd;
	}
	return -1;
}

void block_store_destroy(struct block_store *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->disk >= 0)
		close(s->disk);
	if (s->bits)
		munmap(s->bits, 2 * s->bits_size);
	free(s);
}

static int block_store_prepare(struct block_store *s, uint64_t size,
			       struct overlay_files *files,
			       struct lkl_error *err)
{
	void *bits;

	s->block = BLOCK_MIN;
	while (size / s->block / 8 >= BITS_MAX)
		s->block *= 2;
	s->size = (size + s->block - 1) / s->block * s->block;
	s->bits_size = (s->size / s->block / WORD_BITS + 1) * sizeof(*s->bits);
	bits = mmap(NULL, 2 * s->bits_size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (bits == MAP_FAILED)
		return lkl_fail(err, -errno, "no memory to keep writes aside: %m");
	s->bits = bits;
	s->data_bits = s->bits + s->bits_size / sizeof(*s->bits);
	s->fd = memory_file("overlay", 0);
	if (s->fd < 0 || ftruncate(s->fd, s->size))
		return lkl_fail(err, -errno, "no memory to keep writes aside: %m");
	s->in_memory = true;
	s->disk = block_store_take_file(files, s->size);
	return 0;
}

int block_store_create(uint64_t size, struct overlay_files *files,
		       struct block_store **ret_store, struct lkl_error *err)
{
	struct block_store *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return lkl_fail(err, -ENOMEM, "out of memory");
	s->fd = s->disk = -1;
	s->empty = true;
	ret = block_store_prepare(s, size, files, err);
	if (ret) {
		block_store_destroy(s);
		return ret;
	}
	*ret_store = s;
	return 0;
}

unsigned int block_store_block(const struct block_store *s)
{
	return s->block;
}

bool block_store_is_empty(const struct block_store *s)
{
	return __atomic_load_n(&s->empty, __ATOMIC_ACQUIRE);
}

static bool block_store_has_block(const struct block_store *s, uint64_t block)
{
	uint64_t word = __atomic_load_n(&s->bits[block / WORD_BITS],
					__ATOMIC_ACQUIRE);

	return word >> block % WORD_BITS & 1;
}

uint64_t block_store_run(const struct block_store *s, uint64_t offset,
			 uint64_t len, bool *ret_there)
{
	uint64_t block = offset / s->block, end = offset + len, at;
	bool there = block_store_has_block(s, block);

	do {
		at = ++block * s->block;
	} while (at < end && block_store_has_block(s, block) == there);
	*ret_there = there;
	return (at < end ? at : end) - offset;
}

/* Count the blocks of a range that take no space yet: holes or not stored. */
static uint64_t block_store_count_holes(const struct block_store *s,
					uint64_t offset, uint64_t len)
{
	uint64_t block = offset / s->block, n = 0;

	for (; block * s->block < offset + len; block++)
		n += !(s->data_bits[block / WORD_BITS] >> block % WORD_BITS & 1);
	return n;
}

/* Note that the blocks of a range take space, or that they are holes. */
static void block_store_set_data(struct block_store *s, uint64_t offset,
				 uint64_t len, bool data)
{
	uint64_t block = offset / s->block, bit, *word;

	for (; block * s->block < offset + len; block++) {
		word = &s->data_bits[block / WORD_BITS];
		bit = 1ull << block % WORD_BITS;
		if (!(*word & bit) == !data)
			continue;
		*word ^= bit;
		s->data_bytes += data ? s->block : -(uint64_t)s->block;
	}
}

static void block_store_mark_written(struct block_store *s, uint64_t offset,
				     uint64_t len)
{
	uint64_t block = offset / s->block, end = offset + len;

	for (; block * s->block < end; block++)
		__atomic_fetch_or(&s->bits[block / WORD_BITS],
				  1ull << block % WORD_BITS, __ATOMIC_RELEASE);
	__atomic_store_n(&s->empty, false, __ATOMIC_RELEASE);
}

static ssize_t block_store_preadv_cached(int fd, const struct iovec *iov, int n,
					 off_t off)
{
	return preadv2(fd, iov, n, off, RWF_NOWAIT);
}

static ssize_t block_store_pwritev_cached(int fd, const struct iovec *iov,
					  int n, off_t off)
{
	return pwritev2(fd, iov, n, off, RWF_NOWAIT);
}

/* A file in memory does not wait, unless pages were swapped out. */
static int block_store_rw(struct block_store *s, iov_call_fn *waiting,
			  iov_call_fn *now, const struct iovec *iov, int n,
			  uint64_t offset, bool nowait)
{
	int ret;

	if (!nowait || s->in_memory)
		return iov_call_all(s->fd, waiting, iov, n, offset);
	if (__atomic_load_n(&s->no_nowait, __ATOMIC_RELAXED))
		return -EAGAIN;
	ret = iov_call_all(s->fd, now, iov, n, offset);
	if (iov_is_nowait_unknown(ret)) {
		__atomic_store_n(&s->no_nowait, true, __ATOMIC_RELAXED);
		ret = -EAGAIN;
	}
	return ret;
}

int block_store_read(struct block_store *s, const struct iovec *iov, int n,
		     uint64_t offset, bool nowait)
{
	return block_store_rw(s, preadv, block_store_preadv_cached, iov, n,
			      offset, nowait);
}

/* Copy the data, but not the holes, from memory to the temporary file. */
static int block_store_move_to_disk(struct block_store *s)
{
	char *buf = malloc(COPY_SIZE);
	off_t at = 0, end;
	struct iovec iov;
	int ret = 0;

	if (!buf)
		return -ENOMEM;
	while (!ret && (at = lseek(s->fd, at, SEEK_DATA)) >= 0) {
		end = lseek(s->fd, at, SEEK_HOLE);
		if (end < 0)
			break;
		for (; at < end && !ret; at += iov.iov_len) {
			iov.iov_base = buf;
			iov.iov_len = end - at < COPY_SIZE ? end - at :
							     COPY_SIZE;
			ret = iov_call_all(s->fd, preadv, &iov, 1, at);
			if (!ret)
				ret = iov_call_all(s->disk, pwritev, &iov, 1,
						   at);
		}
	}
	if (!ret && errno != ENXIO)
		ret = -errno;
	free(buf);
	if (ret)
		return ret;
	close(s->fd);
	s->fd = s->disk;
	s->disk = -1;
	s->in_memory = false;
	return 0;
}

int block_store_write(struct block_store *s, const struct iovec *iov, int n,
		      uint64_t offset, bool nowait)
{
	uint64_t len = iov_bytes(iov, n), more;
	int ret;

	more = block_store_count_holes(s, offset, len) * s->block;
	if (s->in_memory && more) {
		if (s->disk >= 0 && s->data_bytes + more > MEMORY_FEW) {
			if (nowait)
				return -EAGAIN;
			ret = block_store_move_to_disk(s);
			if (ret)
				return ret;
		} else if (s->data_bytes + more > MEMORY_MAX) {
			return -ENOSPC;
		}
	}
	ret = block_store_rw(s, pwritev, block_store_pwritev_cached, iov, n,
			     offset, nowait);
	if (ret)
		return ret;
	block_store_set_data(s, offset, len, true);
	block_store_mark_written(s, offset, len);
	return 0;
}

int block_store_zero(struct block_store *s, uint64_t offset, uint64_t len)
{
	int ret;

	do {
		ret = fallocate(s->fd, FALLOC_FL_PUNCH_HOLE |
				FALLOC_FL_KEEP_SIZE, offset, len) ? -errno : 0;
	} while (ret == -EINTR);
	if (ret)
		return ret == -ENOSYS ? -EOPNOTSUPP : ret;
	block_store_set_data(s, offset, len, false);
	block_store_mark_written(s, offset, len);
	return 0;
}
