// SPDX-License-Identifier: GPL-2.0-only
/*
 * data.c - the contents of files.
 *
 * The kernel reads straight into the buffer that is written out, large files
 * past its page cache.
 */
#include "data.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <lkl.h>

#include "common/tree/direct.h"
#include "common/cli/progress.h"

#define READ_MAX	(256u << 10)
/* What is lost around a bad block, and after how many of these in a row no
 * more of the file is tried. */
#define PIECE		4096u
#define PIECES_MAX	64

/* A file that is read, and what of it could not be. */
struct source {
	int fd;
	uint64_t bytes;
	uint64_t first;		/* offset of the first byte */
	int code;		/* why, 0: the file ends early */
	unsigned int in_a_row;
	bool rest;		/* nothing more will be read */
};

static void lose(struct source *source, void *room, size_t len, uint64_t offset,
		 int code)
{
	memset(room, 0, len);
	if (!source->bytes) {
		source->first = offset;
		source->code = code;
	}
	source->bytes += len;
	if (++source->in_a_row >= PIECES_MAX)
		source->rest = true;
}

/* Returns how many bytes of @room are filled, 1 to @len, or -errno. */
static long fill(struct source *source, void *room, size_t len,
		 uint64_t offset)
{
	size_t piece = PIECE - offset % PIECE;
	long n;

	if (source->rest) {
		lose(source, room, len, offset, source->code);
		return (long)len;
	}
	n = direct_read(source->fd, room, len, offset);
	if (n < 0 && n != -ENOTRECOVERABLE && len > piece) {
		len = piece;
		n = direct_read(source->fd, room, len, offset);
	}
	if (n > 0) {
		source->in_a_row = 0;
		return n;
	}
	if (n == -ENOTRECOVERABLE)
		return n;
	if (n == 0)
		source->rest = true;
	lose(source, room, len, offset, (int)n);
	return (long)len;
}

static int copy_range(struct job *job, struct source *source, uint64_t offset,
		      uint64_t len)
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
		n = fill(source, room, room_size, offset);
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

static int report_loss(struct job *job, const struct source *source)
{
	char text[128];

	if (!source->bytes)
		return 0;
	snprintf(text, sizeof(text),
		 "cannot read at byte %" PRIu64 ", %" PRIu64
		 " bytes replaced by zeroes", source->first, source->bytes);
	return job_file_error(job, source->code ? source->code : -ENODATA, text);
}

int data_copy(struct job *job, int fd, uint64_t size,
	      const struct sparse_map *map)
{
	struct source source = { .fd = fd };
	uint64_t total = size;
	size_t i;
	int ret = 0;

	if (size >= DIRECT_MIN && stream_align(job->stream))
		direct_begin(fd);
	if (map) {
		total = map->data;
		for (i = 0; i < map->n && !ret; i++)
			ret = copy_range(job, &source, map->extents[i].offset,
					 map->extents[i].len);
	} else {
		ret = copy_range(job, &source, 0, size);
	}
	if (!ret)
		ret = stream_put_zeroes(job->stream, pax_padding(total));
	return ret ? ret : report_loss(job, &source);
}
