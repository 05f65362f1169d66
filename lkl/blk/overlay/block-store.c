// SPDX-License-Identifier: GPL-2.0-only
/*
 * block-store.c - blocks that were written, by their place: a sparse file without a
 * name, as large as the disk, and a bit for each block of it.
 *
 * At first the file is in memory, which is all that the replay of a journal
 * needs.  What grows beyond that moves to a temporary file.  That one is made
 * at the start, when it still may be: tools lock themselves in later.  Where
 * there is no place for it, memory has to do, up to a limit.
 *
 * Holes are zeroes that are there: nothing is remembered of them but the bit.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "blk/error.h"
#include "block-store.h"

/* The least block, and the most memory for bits (address space, that is). */
#define BLOCK_MIN	4096u
#define BITS_MAX	(16ull << 30)
/* Kept in memory before a file is used, and without one. */
#define MEMORY_FEW	(16ull << 20)
#define MEMORY_MAX	(1ull << 30)

#define WORD_BITS	64u
#define COPY_SIZE	(1u << 20)
#define STORE_IOV_MAX	1024

struct store {
	uint64_t size;			/* of the file: whole blocks */
	unsigned int block;
	int fd;				/* where the blocks are */
	int disk;			/* where they go if many, or -1 */
	bool in_memory;
	/* What cannot be done with @fd without waiting. */
	bool no_nowait;
	uint64_t written;		/* bytes of blocks, zeroes not counted */
	bool empty;
	uint64_t *bits;			/* set once a block is there */
	size_t bits_size;		/* bytes, address space */
};

static int open_disk(uint64_t size)
{
	const char *const dirs[] = { getenv("TMPDIR"), "/var/tmp", "/tmp" };
	unsigned int i;
	int fd;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (!dirs[i] || !*dirs[i])
			continue;
		fd = open(dirs[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd < 0)
			continue;
		/* Not all file systems have files that large. */
		if (!ftruncate(fd, size))
			return fd;
		close(fd);
	}
	return -1;
}

void store_destroy(struct store *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->disk >= 0)
		close(s->disk);
	if (s->bits)
		munmap(s->bits, s->bits_size);
	free(s);
}

static int prepare(struct store *s, uint64_t size, struct lkl_error *err)
{
	void *bits;

	s->block = BLOCK_MIN;
	while (size / s->block / 8 >= BITS_MAX)
		s->block *= 2;
	s->size = (size + s->block - 1) / s->block * s->block;
	s->bits_size = s->size / s->block / 8 + sizeof(*s->bits);
	bits = mmap(NULL, s->bits_size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (bits == MAP_FAILED)
		return lkl_fail(err, -errno, "no memory to keep writes aside: %m");
	s->bits = bits;
	s->fd = memfd_create("overlay", MFD_CLOEXEC);
	if (s->fd < 0 || ftruncate(s->fd, s->size))
		return lkl_fail(err, -errno, "no memory to keep writes aside: %m");
	s->in_memory = true;
	s->disk = open_disk(s->size);
	return 0;
}

int store_create(uint64_t size, struct store **ret_store,
		 struct lkl_error *err)
{
	struct store *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return lkl_fail(err, -ENOMEM, "out of memory");
	s->fd = s->disk = -1;
	s->empty = true;
	ret = prepare(s, size, err);
	if (ret) {
		store_destroy(s);
		return ret;
	}
	*ret_store = s;
	return 0;
}

unsigned int store_block(const struct store *s)
{
	return s->block;
}

bool store_is_empty(const struct store *s)
{
	return __atomic_load_n(&s->empty, __ATOMIC_ACQUIRE);
}

static bool is_there(const struct store *s, uint64_t block)
{
	uint64_t word = __atomic_load_n(&s->bits[block / WORD_BITS],
					__ATOMIC_ACQUIRE);

	return word >> block % WORD_BITS & 1;
}

uint64_t store_run(const struct store *s, uint64_t offset, uint64_t len,
		   bool *ret_there)
{
	uint64_t block = offset / s->block, end = offset + len, at;
	bool there = is_there(s, block);

	do {
		at = ++block * s->block;
	} while (at < end && is_there(s, block) == there);
	*ret_there = there;
	return (at < end ? at : end) - offset;
}

/* Blocks of a range that are not there yet. */
static uint64_t count_missing(const struct store *s, uint64_t offset,
			      uint64_t len)
{
	uint64_t block = offset / s->block, n = 0;

	for (; block * s->block < offset + len; block++)
		n += !is_there(s, block);
	return n;
}

static void set_there(struct store *s, uint64_t offset, uint64_t len)
{
	uint64_t block = offset / s->block, end = offset + len;

	for (; block * s->block < end; block++)
		__atomic_fetch_or(&s->bits[block / WORD_BITS],
				  1ull << block % WORD_BITS, __ATOMIC_RELEASE);
	__atomic_store_n(&s->empty, false, __ATOMIC_RELEASE);
}

typedef ssize_t store_rw_fn(int fd, const struct iovec *iov, int n, off_t off);

static ssize_t read_now(int fd, const struct iovec *iov, int n, off_t off)
{
	return preadv2(fd, iov, n, off, RWF_NOWAIT);
}

static ssize_t write_now(int fd, const struct iovec *iov, int n, off_t off)
{
	return pwritev2(fd, iov, n, off, RWF_NOWAIT);
}

/* All of the buffers; a short transfer is gone on with. */
static int transfer(int fd, store_rw_fn *rw, const struct iovec *iov, int n,
		    uint64_t offset)
{
	struct iovec rest;
	size_t skip = 0;
	ssize_t r;

	for (;;) {
		while (n && skip >= iov->iov_len) {
			skip -= iov->iov_len;
			iov++;
			n--;
		}
		if (!n)
			return 0;
		rest.iov_base = (char *)iov->iov_base + skip;
		rest.iov_len = iov->iov_len - skip;
		if (skip)
			r = rw(fd, &rest, 1, offset);
		else
			r = rw(fd, iov, n < STORE_IOV_MAX ? n : STORE_IOV_MAX,
			       offset);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r ? -errno : -EIO;
		skip += r;
		offset += r;
	}
}

/* In memory nothing waits, but for what was swapped out. */
static int rw(struct store *s, store_rw_fn *waiting, store_rw_fn *now,
	      const struct iovec *iov, int n, uint64_t offset, bool nowait)
{
	int ret;

	if (!nowait || s->in_memory)
		return transfer(s->fd, waiting, iov, n, offset);
	if (__atomic_load_n(&s->no_nowait, __ATOMIC_RELAXED))
		return -EAGAIN;
	ret = transfer(s->fd, now, iov, n, offset);
	if (ret == -EOPNOTSUPP || ret == -EINVAL || ret == -ENOSYS) {
		__atomic_store_n(&s->no_nowait, true, __ATOMIC_RELAXED);
		ret = -EAGAIN;
	}
	return ret;
}

int store_read(struct store *s, const struct iovec *iov, int n,
	       uint64_t offset, bool nowait)
{
	return rw(s, preadv, read_now, iov, n, offset, nowait);
}

/* What is in memory, without its holes, goes to the file. */
static int move_to_disk(struct store *s)
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
			ret = transfer(s->fd, preadv, &iov, 1, at);
			if (!ret)
				ret = transfer(s->disk, pwritev, &iov, 1, at);
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

int store_write(struct store *s, const struct iovec *iov, int n,
		uint64_t offset, bool nowait)
{
	uint64_t len = 0, more;
	int i, ret;

	for (i = 0; i < n; i++)
		len += iov[i].iov_len;
	more = count_missing(s, offset, len) * s->block;
	if (s->in_memory && more) {
		if (s->disk >= 0 && s->written + more > MEMORY_FEW) {
			if (nowait)
				return -EAGAIN;
			ret = move_to_disk(s);
			if (ret)
				return ret;
		} else if (s->written + more > MEMORY_MAX) {
			return -ENOSPC;
		}
	}
	ret = rw(s, pwritev, write_now, iov, n, offset, nowait);
	if (ret)
		return ret;
	s->written += more;
	set_there(s, offset, len);
	return 0;
}

int store_zero(struct store *s, uint64_t offset, uint64_t len)
{
	int ret;

	do {
		ret = fallocate(s->fd, FALLOC_FL_PUNCH_HOLE |
				FALLOC_FL_KEEP_SIZE, offset, len) ? -errno : 0;
	} while (ret == -EINTR);
	if (ret)
		return ret == -ENOSYS ? -EOPNOTSUPP : ret;
	set_there(s, offset, len);
	return 0;
}
