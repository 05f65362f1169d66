// SPDX-License-Identifier: GPL-2.0-only
/*
 * copy-data.c - answers the request "copy-data": copies a range of bytes between two
 * open files of the image.
 */
#include <errno.h>

#include "server.h"

/* Of one call, so that a signal ends the request. */
#define COPY_MAX (16u << 20)

/* The rest of the copy. */
struct copy {
	int from, to;
	uint64_t from_offset, to_offset, len;
};

static bool ranges_overlap(uint64_t from, uint64_t to, uint64_t len)
{
	return from < to ? to - from < len : from - to < len;
}

static int stat_handle(const struct handle *handle, struct lkl_statx *ret_st)
{
	return (int)lkl_sys_statx(handle->fd, "", LKL_AT_EMPTY_PATH,
				  LKL_STATX_BASIC_STATS, ret_st);
}

/*
 * Check the ranges: a copy within one file, by the same or two handles, must not read
 * its own data.  Limits the length to the present end of the source, since a source that
 * grows has no end.  Returns REQUEST_AT_END if that is less than the client wants.
 */
static int check_copy(const struct handle *from, const struct handle *to,
		      struct copy *copy)
{
	struct lkl_statx source, target;
	bool all = !copy->len;
	uint64_t left = 0;
	int ret = stat_handle(from, &source);

	if (!ret)
		ret = stat_handle(to, &target);
	if (ret < 0)
		return ret;
	if (source.stx_ino == target.stx_ino &&
	    source.stx_dev_major == target.stx_dev_major &&
	    source.stx_dev_minor == target.stx_dev_minor &&
	    (all || ranges_overlap(copy->from_offset, copy->to_offset,
				   copy->len)))
		return -EINVAL;
	if (source.stx_size > copy->from_offset)
		left = source.stx_size - copy->from_offset;
	if (!all && copy->len <= left)
		return 0;
	copy->len = left;
	return all ? 0 : REQUEST_AT_END;
}

static void copy_advance(struct copy *copy, uint64_t len)
{
	copy->from_offset += len;
	copy->to_offset += len;
	copy->len -= len;
}

/* Makes a hole where the target has data now. */
static int copy_hole(struct copy *copy, uint64_t len)
{
	struct lkl_statx st;
	uint64_t inside = 0;
	int ret;

	ret = (int)lkl_sys_statx(copy->to, "", LKL_AT_EMPTY_PATH,
				 LKL_STATX_SIZE, &st);
	if (ret < 0)
		return ret;
	if (st.stx_size > copy->to_offset)
		inside = st.stx_size - copy->to_offset;
	if (inside > len)
		inside = len;
	if (inside)
		ret = (int)lkl_sys_fallocate(copy->to,
					     LKL_FALLOC_FL_PUNCH_HOLE |
					     LKL_FALLOC_FL_KEEP_SIZE,
					     (lkl_loff_t)copy->to_offset,
					     (lkl_loff_t)inside);
	if (ret >= 0 && st.stx_size < copy->to_offset + len)
		ret = (int)lkl_sys_ftruncate((unsigned int)copy->to,
					     (long)(copy->to_offset + len));
	if (ret >= 0)
		copy_advance(copy, len);
	return ret;
}

/* The kernel shares the blocks if the file system can.  Returns the bytes copied. */
static long copy_some(struct copy *copy, uint64_t len)
{
	lkl_loff_t from = (lkl_loff_t)copy->from_offset;
	lkl_loff_t to = (lkl_loff_t)copy->to_offset;
	long n = lkl_sys_copy_file_range(copy->from, &from, copy->to, &to,
					 len > COPY_MAX ? COPY_MAX :
					 (size_t)len, 0);

	if (n > 0)
		copy_advance(copy, (uint64_t)n);
	return n;
}

/* The next hole, or data up to one.  Returns 0 at the end of the file. */
static long copy_step(struct copy *copy)
{
	const unsigned int from = (unsigned int)copy->from;
	long at = (long)copy->from_offset, next;

	next = lkl_sys_lseek(from, at, LKL_SEEK_DATA);
	/* All the rest is a hole. */
	if (next == -ENXIO)
		next = at + (long)copy->len;
	if (next > at) {
		next -= at;
		next = (uint64_t)next > copy->len ? (long)copy->len : next;
		/* A file system without holes gets zeroes. */
		at = copy_hole(copy, (uint64_t)next);
		return !at ? next : at != -EOPNOTSUPP ? at :
			copy_some(copy, (uint64_t)next);
	}
	next = next < 0 ? next : lkl_sys_lseek(from, at, LKL_SEEK_HOLE);
	if (next < 0 || (uint64_t)(next - at) > copy->len)
		return copy_some(copy, copy->len);
	return copy_some(copy, (uint64_t)(next - at));
}

/* A length of 0 stands for all that is left. */
int answer_copy_data(struct server *server, uint32_t id, struct packet *request)
{
	struct handle *from = request_handle(server, request), *to;
	struct copy copy = { 0 };
	long n;
	int ret;

	(void)id;
	copy.from_offset = packet_u64(request);
	copy.len = packet_u64(request);
	to = request_handle(server, request);
	copy.to_offset = packet_u64(request);
	if (request->bad)
		return REQUEST_MALFORMED;
	if (!from || !to || from->directory || to->directory)
		return -EBADF;
	if (copy.from_offset > INT64_MAX || copy.to_offset > INT64_MAX)
		return -EINVAL;
	ret = check_copy(from, to, &copy);
	copy.from = from->fd;
	copy.to = to->fd;
	if (ret < 0)
		return ret;
	while (copy.len) {
		if (server->interrupted && server->interrupted())
			return -EINTR;
		n = copy_step(&copy);
		if (n < 0)
			return (int)n;
		/* The file has become shorter. */
		if (!n)
			return REQUEST_AT_END;
	}
	return ret;
}
