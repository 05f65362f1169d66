// SPDX-License-Identifier: GPL-2.0-only
/*
 * writeback.c - moves data between a file of the image and its file in memory.
 *
 * Nobody tells this process of a write.  So the file in memory gets a time of
 * modification that no clock shows, MARK_SECONDS; the next write replaces it.
 * Comparing with the image finds the bytes that changed.  Writes to mappings leave no
 * trace at all: mapped files are compared each time.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "file-memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lkl/linux/falloc.h>
#include <lkl/linux/fs.h>

#include "call.h"
#include "common/cleanup.h"
#include "common/whole.h"
#include "files.h"
#include "object.h"

#define MARK_SECONDS	1
#define CHUNK		(256u << 10)

/* One chunk of the file, in memory and in the image. */
static char memory_chunk[CHUNK], image_chunk[CHUNK];

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int write_host(int fd, const char *buf, size_t len, uint64_t offset)
{
	ssize_t n;

	while (len) {
		n = pwrite(fd, buf, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		buf += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

static int write_inside(int fd, const char *buf, size_t len, uint64_t offset)
{
	long n;

	while (len) {
		n = lkl_sys_pwrite64((unsigned int)fd, buf, len,
				     (lkl_loff_t)offset);
		if (n <= 0)
			return n ? (int)n : -EIO;
		buf += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* Read, with zeroes after the end of the file. */
static int read_inside(int fd, char *buf, size_t len, uint64_t offset)
{
	size_t done = 0;
	long n;

	while (done < len) {
		n = lkl_sys_pread64((unsigned int)fd, buf + done, len - done,
				    (lkl_loff_t)(offset + done));
		if (n < 0)
			return (int)n;
		if (!n)
			break;
		done += (size_t)n;
	}
	memset(buf + done, 0, len - done);
	return 0;
}

static int read_host(int fd, char *buf, size_t len, uint64_t offset)
{
	ssize_t done = pread_up_to(fd, buf, len, offset);

	if (done < 0)
		return (int)done;
	memset(buf + done, 0, len - (size_t)done);
	return 0;
}

int file_fill(int memory, int inside, const struct lkl_statx *st,
	      uint64_t largest)
{
	/* Asking for holes costs more than reading a few pages. */
	bool holes = st->stx_size > 65536 &&
		st->stx_blocks * 512 < st->stx_size;
	uint64_t offset = 0, end, size = st->stx_size, copied = 0;
	long data;
	int ret;

	if (!holes && size > largest)
		return -EFBIG;
	if (ftruncate(memory, (off_t)size))
		return -errno;
	while (offset < size) {
		end = size;
		if (holes) {
			data = lkl_sys_lseek((unsigned int)inside,
					     (lkl_off_t)offset, LKL_SEEK_DATA);
			if (data == -ENXIO)
				break;
			if (data >= 0) {
				offset = (uint64_t)data;
				data = lkl_sys_lseek((unsigned int)inside,
						     (lkl_off_t)offset,
						     LKL_SEEK_HOLE);
				if (data > 0)
					end = min_u64(size, (uint64_t)data);
			}
		}
		while (offset < end) {
			size_t len = (size_t)min_u64(end - offset, CHUNK);

			/* Compressed files have few blocks, too. */
			copied += len;
			if (copied > largest)
				return -EFBIG;
			ret = read_inside(inside, image_chunk, len, offset);
			if (!ret)
				ret = write_host(memory, image_chunk, len,
						 offset);
			if (ret < 0)
				return ret;
			offset += len;
		}
	}
	return 0;
}

int file_watch(struct file *file)
{
	/* Both times: a change of one of them looks like a write for inotify. */
	const struct timespec times[2] = {
		{ .tv_sec = MARK_SECONDS }, { .tv_sec = MARK_SECONDS },
	};

	return futimens(file->object->memory, times) ? -errno : 0;
}

bool file_is_dirty(const struct file *file, struct stat *ret_st)
{
	return !fstat(file->object->memory, ret_st) &&
		(file->failed || ret_st->st_mtim.tv_sec != MARK_SECONDS);
}

/* The offset of the next byte, from @offset on, that may not be a zero. */
static uint64_t skip_holes(const struct file *file, uint64_t offset, uint64_t end)
{
	off_t memory = lseek(file->object->memory, (off_t)offset, SEEK_DATA);
	long image;

	/* Also an error: then nothing is skipped. */
	if (memory < 0 && errno != ENXIO)
		return offset;
	image = lkl_sys_lseek((unsigned int)file->inside, (lkl_off_t)offset,
			      LKL_SEEK_DATA);
	if (image < 0 && image != -ENXIO)
		return offset;
	if (memory >= 0)
		end = min_u64(end, (uint64_t)memory);
	return image < 0 ? end : min_u64(end, (uint64_t)image);
}

/* The part that the image's file has already: write the differences. */
static int write_differences(struct file *file, uint64_t end)
{
	int memory = file->object->memory;
	uint64_t offset;
	size_t len;
	int ret;

	for (offset = 0; offset < end; offset += len) {
		/* Asking for holes costs more than reading a few pages. */
		if (end > CHUNK)
			offset = skip_holes(file, offset, end);
		len = (size_t)min_u64(end - offset, CHUNK);
		ret = read_host(memory, memory_chunk, len, offset);
		if (!ret)
			ret = read_inside(file->inside, image_chunk, len,
					  offset);
		if (!ret && memcmp(memory_chunk, image_chunk, len))
			ret = write_inside(file->inside, memory_chunk, len,
					   offset);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* The part after its end: write all but holes. */
static int write_new(struct file *file, uint64_t offset, uint64_t size)
{
	int memory = file->object->memory;
	uint64_t end;
	off_t found;
	size_t len;
	int ret;

	while (offset < size) {
		found = lseek(memory, (off_t)offset, SEEK_DATA);
		if (found < 0 && errno == ENXIO)
			break;
		if (found < 0)
			return -errno;
		offset = (uint64_t)found;
		found = lseek(memory, found, SEEK_HOLE);
		end = found < 0 ? size : min_u64(size, (uint64_t)found);
		for (; offset < end; offset += len) {
			len = (size_t)min_u64(end - offset, CHUNK);
			ret = read_host(memory, memory_chunk, len, offset);
			if (!ret)
				ret = write_inside(file->inside, memory_chunk,
						   len, offset);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

static int set_mtime(const struct file *file, const struct timespec *mtime)
{
	const struct lkl___kernel_timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT },
		{ .tv_sec = mtime->tv_sec, .tv_nsec = mtime->tv_nsec },
	};

	return (int)lkl_sys_utimensat(file->inside, NULL,
				      (void *)(uintptr_t)times, 0);
}

int file_write_back(struct file *file)
{
	struct lkl_statx inside;
	struct stat st, marked;
	uint64_t size;
	int ret;

	if (fstat(file->object->memory, &st))
		return -errno;
	if (!file->writable)
		return -EACCES;
	ret = (int)lkl_sys_statx(file->inside, "", LKL_AT_EMPTY_PATH,
				 LKL_STATX_SIZE, &inside);
	/* Set the mark first, so that the next look sees writes from now on. */
	if (!ret)
		ret = file_watch(file);
	/*
	 * Look at the size only now.  Setting the mark has waited for a write that was
	 * going on, and replaced its time: nothing else tells of its bytes.
	 */
	if (!ret && fstat(file->object->memory, &marked))
		ret = -errno;
	if (ret < 0)
		return ret;
	size = (uint64_t)marked.st_size;
	ret = write_differences(file, min_u64(inside.stx_size, size));
	if (!ret)
		ret = write_new(file, inside.stx_size, size);
	if (!ret && inside.stx_size != size)
		ret = (int)lkl_sys_ftruncate((unsigned int)file->inside,
					     (lkl_off_t)size);
	/* Also if the bytes are the same: a write changes the time. */
	if (!ret && st.st_mtim.tv_sec != MARK_SECONDS)
		ret = set_mtime(file, &st.st_mtim);
	return ret;
}

/* ---- fallocate() ---- */

#ifndef LKL_FALLOC_FL_WRITE_ZEROES
#define LKL_FALLOC_FL_WRITE_ZEROES 0x80	/* Linux 6.17 */
#endif

#define MODES_ZERO	(LKL_FALLOC_FL_PUNCH_HOLE | LKL_FALLOC_FL_ZERO_RANGE | \
			 LKL_FALLOC_FL_WRITE_ZEROES)
#define MODES_MOVE	(LKL_FALLOC_FL_COLLAPSE_RANGE | \
			 LKL_FALLOC_FL_INSERT_RANGE)

/* Copy the image's contents from @offset on into the file in memory. */
static int take_content(struct file *file, int memory, uint64_t offset)
{
	struct lkl_statx st;
	uint64_t size;
	size_t len;
	int ret = (int)lkl_sys_statx(file->inside, "", LKL_AT_EMPTY_PATH,
				     LKL_STATX_SIZE, &st);

	size = ret < 0 ? 0 : st.stx_size;
	for (; ret >= 0 && offset < size; offset += len) {
		len = (size_t)min_u64(size - offset, CHUNK);
		ret = read_inside(file->inside, image_chunk, len, offset);
		if (!ret)
			ret = read_host(memory, memory_chunk, len, offset);
		if (!ret && memcmp(memory_chunk, image_chunk, len))
			ret = write_host(memory, image_chunk, len, offset);
	}
	if (ret < 0)
		return ret;
	return ftruncate(memory, (off_t)size) ? -errno : 0;
}

/*
 * Do the same to the file in memory, which knows neither FALLOC_FL_ZERO_RANGE nor moves
 * (collapse and insert).  Other threads use the file: only a move may shrink it, or
 * change bytes outside of the range.
 */
static int allocate_memory(struct file *file, int mode, off_t offset, off_t len)
{
	cleanup_close int memory = object_reopen(file->object, O_RDWR);
	struct stat st;

	if (memory < 0)
		return memory;
	if (mode & MODES_MOVE)
		return take_content(file, memory, (uint64_t)offset);
	if (mode & MODES_ZERO &&
	    fallocate(memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
		      len))
		return -errno;
	if (mode & LKL_FALLOC_FL_KEEP_SIZE)
		return 0;
	/* Writing the last byte is enough: the image has allocated the room. */
	if (fstat(memory, &st) || (st.st_size < offset + len &&
				   fallocate(memory, 0, offset + len - 1, 1)))
		return -errno;
	return 0;
}

/* Inside first: the image may lack room, or not know the operation. */
long file_fallocate(struct file *file, int mode, off_t offset, off_t len)
{
	long ret;

	if (!file->writable)
		return -EBADF;
	ret = file_flush(file);
	if (ret >= 0)
		ret = lkl_sys_fallocate(file->inside, mode, offset, len);
	return ret < 0 ? ret : allocate_memory(file, mode, offset, len);
}

static bool is_earlier(const struct lkl_statx_timestamp *a,
		       const struct timespec *b)
{
	return a->tv_sec < b->tv_sec ||
		(a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

void file_complete(const struct file *file, struct lkl_statx *st)
{
	struct stat memory;

	if (!file_is_dirty(file, &memory))
		return;
	if (st->stx_size != (uint64_t)memory.st_size) {
		st->stx_size = (uint64_t)memory.st_size;
		st->stx_blocks = (uint64_t)memory.st_blocks;
	}
	if (memory.st_mtim.tv_sec == MARK_SECONDS)
		return;
	st->stx_mtime.tv_sec = memory.st_mtim.tv_sec;
	st->stx_mtime.tv_nsec = (uint32_t)memory.st_mtim.tv_nsec;
	if (is_earlier(&st->stx_ctime, &memory.st_mtim))
		st->stx_ctime = st->stx_mtime;
}
