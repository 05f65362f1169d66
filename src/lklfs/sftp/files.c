// SPDX-License-Identifier: GPL-2.0-only
/*
 * files.c - answers requests about the data of files.
 */
#include <errno.h>

#include "attributes.h"
#include "common/tree/direct.h"
#include "common/tree/file-calls.h"
#include "read-ahead.h"
#include "server.h"

/* After so many reads, each of which begins at the end of the last, use a window. */
#define SEQUENTIAL_READS_MIN 3u
/* After so many bytes the kernel is told to write them to the disk. */
#define WRITE_EARLY (8u << 20)

static int open_flags(uint32_t wanted)
{
	/* LKL_O_NONBLOCK: opening a fifo must not wait. */
	int flags = LKL_O_CLOEXEC | LKL_O_NOCTTY | LKL_O_NONBLOCK;

	if ((wanted & SFTP_OPEN_READ) && (wanted & SFTP_OPEN_WRITE))
		flags |= LKL_O_RDWR;
	else if (wanted & SFTP_OPEN_WRITE)
		flags |= LKL_O_WRONLY;
	if (wanted & SFTP_OPEN_APPEND)
		flags |= LKL_O_APPEND;
	if (wanted & SFTP_OPEN_CREATE)
		flags |= LKL_O_CREAT;
	if (wanted & SFTP_OPEN_TRUNCATE)
		flags |= LKL_O_TRUNC;
	if (wanted & SFTP_OPEN_EXCLUSIVE)
		flags |= LKL_O_EXCL;
	return flags;
}

int answer_open(struct server *server, uint32_t id, struct packet *request)
{
	struct attributes attributes;
	char path[SFTP_PATH_MAX];
	struct handle *handle;
	uint32_t wanted;
	size_t start;
	int ret, fd;

	ret = request_path(request, path);
	if (ret)
		return ret;
	wanted = packet_u32(request);
	attributes_get(request, &attributes);
	if (request->bad)
		return REQUEST_MALFORMED;
	fd = (int)lkl_sys_openat(LKL_AT_FDCWD, path, open_flags(wanted),
				 attributes.flags & SFTP_ATTR_MODE ?
				 attributes.mode & 07777 : 0666);
	if (fd < 0)
		return fd;
	ret = handle_add(&server->handles, fd, false, &handle);
	if (ret < 0)
		return ret;
	handle->reads_only = !(wanted & SFTP_OPEN_WRITE);
	start = answer_begin(server, SFTP_HANDLE, id);
	handle_put(&server->handles, handle, &server->out);
	answer_end(server, start);
	return REQUEST_ANSWERED;
}

int answer_close(struct server *server, uint32_t id, struct packet *request)
{
	struct handle *handle = request_handle(server, request);

	(void)id;
	return handle ? handle_close(&server->handles, handle) : -EBADF;
}

static bool wants_window(const struct handle *handle)
{
	struct lkl_statx st;

	return handle->reads_only && !handle->directory &&
		handle->sequential == SEQUENTIAL_READS_MIN &&
		lkl_sys_statx(handle->fd, "", LKL_AT_EMPTY_PATH,
			      LKL_STATX_BASIC_STATS, &st) >= 0 &&
		(st.stx_mode & LKL_S_IFMT) == LKL_S_IFREG &&
		st.stx_size >= DIRECT_MIN;
}

static long read_file(struct server *server, struct handle *handle,
		      uint8_t *buf, size_t len, uint64_t offset)
{
	bool sequential = offset == handle->next;

	if (!sequential)
		handle->sequential = 0;
	else if (handle->sequential <= SEQUENTIAL_READS_MIN)
		handle->sequential++;
	if (!handle->ahead && wants_window(handle))
		handle->ahead = read_ahead_begin(handle->fd);
	if (!handle->ahead)
		return lkl_sys_pread64((unsigned int)handle->fd, (char *)buf,
				       len, (long)offset);
	return read_ahead_read(handle->ahead, buf, len, offset,
			       sequential ? READ_AHEAD_SIZE : len,
			       server->changes);
}

/* Whether data of @handle at @offset can be read or written. */
static int check_range(const struct packet *request,
		       const struct handle *handle, uint64_t offset)
{
	if (request->bad)
		return REQUEST_MALFORMED;
	if (!handle || handle->directory)
		return -EBADF;
	return offset > INT64_MAX ? -EINVAL : 0;
}

int answer_read(struct server *server, uint32_t id, struct packet *request)
{
	struct handle *handle = request_handle(server, request);
	uint64_t offset = packet_u64(request);
	size_t len = packet_u32(request);
	size_t start;
	uint8_t *buf;
	long n;
	int ret;

	ret = check_range(request, handle, offset);
	if (ret)
		return ret;
	if (len > SFTP_READ_MAX)
		len = SFTP_READ_MAX;
	start = answer_begin(server, SFTP_DATA, id);
	buffer_put_u32(&server->out, 0);
	buf = buffer_reserve(&server->out, len);
	if (!buf)
		return -ENOMEM;
	n = read_file(server, handle, buf, len, offset);
	if (n <= 0) {
		server->out.len = start;
		/* A read of no bytes gets the same answer as one at the end. */
		return n < 0 ? (int)n : REQUEST_AT_END;
	}
	handle->next = offset + (uint64_t)n;
	buffer_set_u32(&server->out, server->out.len - 4, (uint32_t)n);
	server->out.len += (size_t)n;
	answer_end(server, start);
	return REQUEST_ANSWERED;
}

/* The disk has something to do while the client sends the rest. */
static void write_early(struct handle *handle, size_t len)
{
	handle->written += len;
	if (handle->written < WRITE_EARLY)
		return;
	handle->written = 0;
	image_calls.write_soon(handle->fd);
}

int answer_write(struct server *server, uint32_t id, struct packet *request)
{
	struct handle *handle = request_handle(server, request);
	uint64_t offset = packet_u64(request);
	struct wire_string data = packet_string(request);
	size_t done = 0;
	long n;
	int ret;

	(void)id;
	ret = check_range(request, handle, offset);
	if (ret)
		return ret;
	while (done < data.len) {
		n = lkl_sys_pwrite64((unsigned int)handle->fd,
				     (const char *)data.data + done,
				     data.len - done, (long)(offset + done));
		if (n <= 0)
			return n ? (int)n : -EIO;
		done += (size_t)n;
	}
	write_early(handle, done);
	return 0;
}

int answer_fsync(struct server *server, uint32_t id, struct packet *request)
{
	struct handle *handle = request_handle(server, request);

	(void)id;
	return handle ? (int)lkl_sys_fsync((unsigned int)handle->fd) : -EBADF;
}
