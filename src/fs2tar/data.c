// SPDX-License-Identifier: GPL-2.0-only
/*
 * data.c - the contents of files.
 *
 * The kernel reads straight into the buffer that is written out: one copy,
 * from its page cache.  Where that could go as well, fill() is the place.
 */
#include "data.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <lkl.h>

#include "../progress.h"

#define READ_MAX	(256u << 10)
/* What is lost around a bad block, and after how many of these in a row no
 * more of the file is tried. */
#define PIECE		4096u
#define PIECES_MAX	64

/* What of a file could not be read. */
struct loss {
	uint64_t bytes;
	uint64_t first;		/* offset of the first byte */
	int code;		/* why, 0: the file ends early */
	unsigned int in_a_row;
	bool rest;		/* nothing more will be read */
};

static void lose(struct loss *loss, void *room, size_t len, uint64_t offset,
		 int code)
{
	memset(room, 0, len);
	if (!loss->bytes) {
		loss->first = offset;
		loss->code = code;
	}
	loss->bytes += len;
	if (++loss->in_a_row >= PIECES_MAX)
		loss->rest = true;
}

/* Returns how many bytes of @room are filled, 1 to @len, or -errno. */
static long fill(int fd, void *room, size_t len, uint64_t offset,
		 struct loss *loss)
{
	size_t piece = PIECE - offset % PIECE;
	long n;

	if (loss->rest) {
		lose(loss, room, len, offset, loss->code);
		return (long)len;
	}
	n = lkl_sys_pread64((unsigned int)fd, room, len, (long)offset);
	if (n < 0 && n != -ENOTRECOVERABLE && len > piece) {
		len = piece;
		n = lkl_sys_pread64((unsigned int)fd, room, len, (long)offset);
	}
	if (n > 0) {
		loss->in_a_row = 0;
		return n;
	}
	if (n == -ENOTRECOVERABLE)
		return n;
	if (n == 0)
		loss->rest = true;
	lose(loss, room, len, offset, (int)n);
	return (long)len;
}

static int copy_range(struct job *job, int fd, uint64_t offset, uint64_t len,
		      struct loss *loss)
{
	size_t room_size;
	void *room;
	long n;

	while (len) {
		room = stream_reserve(job->stream,
				      len < READ_MAX ? len : READ_MAX,
				      &room_size);
		if (!room)
			return -EIO;
		n = fill(fd, room, room_size, offset, loss);
		if (n < 0)
			return (int)n;
		stream_commit(job->stream, (size_t)n);
		offset += (uint64_t)n;
		len -= (uint64_t)n;
		job->bytes += (uint64_t)n;
		progress_update(job->bytes, job->files);
	}
	return 0;
}

static int report_loss(struct job *job, const struct loss *loss)
{
	char text[128];

	if (!loss->bytes)
		return 0;
	snprintf(text, sizeof(text),
		 "cannot read at byte %" PRIu64 ", %" PRIu64
		 " bytes replaced by zeroes", loss->first, loss->bytes);
	return job_file_error(job, loss->code ? loss->code : -ENODATA, text);
}

int data_copy(struct job *job, int fd, uint64_t size,
	      const struct sparse_map *map)
{
	struct loss loss = { 0 };
	uint64_t total = size;
	size_t i;
	int ret = 0;

	if (map) {
		total = map->data;
		for (i = 0; i < map->n && !ret; i++)
			ret = copy_range(job, fd, map->extents[i].offset,
					 map->extents[i].len, &loss);
	} else {
		ret = copy_range(job, fd, 0, size, &loss);
	}
	if (!ret)
		ret = stream_put_zeroes(job->stream, pax_padding(total));
	return ret ? ret : report_loss(job, &loss);
}
