// SPDX-License-Identifier: GPL-2.0-only
/*
 * unix-sockets.c - which socket of the host an AF_UNIX address with a path is: it may
 * be of the image, and then has no name on the host.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "unix-sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "common/descriptor-path.h"
#include "confined.h"
#include "host-open.h"
#include "nameless.h"
#include "resolve.h"

long unix_read_path(const struct call *call, uint64_t from, size_t len,
		    char *path)
{
	const size_t start = offsetof(struct sockaddr_un, sun_path);
	struct sockaddr_un address = { .sun_family = AF_UNSPEC };

	if (len <= start || len > sizeof(address) ||
	    call_read(call, from, &address, len) < 0 ||
	    address.sun_family != AF_UNIX || !address.sun_path[0])
		return CALL_CONTINUE;
	len -= start;
	memcpy(path, address.sun_path, len);
	path[len] = '\0';
	return 0;
}

static int copy_descriptor(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 ? -errno : copy;
}

static long find_inside(const struct place *place)
{
	struct lkl_statx st;
	int fd = -ENOENT;
	long ret = lkl_sys_statx(place->fd, place->name, place_flags(place, 0),
				 LKL_STATX_BASIC_STATS | LKL_STATX_BTIME, &st);

	if (ret == 0)
		ret = lkl_sys_faccessat2(place->fd, place->name, W_OK,
					 place_flags(place, AT_EACCESS));
	if (ret < 0)
		return ret;
	if (S_ISSOCK(st.stx_mode))
		fd = nameless_find(&st);
	return fd < 0 ? -ECONNREFUSED : copy_descriptor(fd);
}

long unix_find(struct call *call, const char *path)
{
	int sender = nameless_at(path);
	struct place place;
	long ret;

	if (sender >= 0)
		return copy_descriptor(sender);
	ret = resolve(call, AT_FDCWD, path, PLACE_FOLLOW, &place);
	if (ret < 0)
		return ret;
	/* Landlock sees no path, and the program's memory may change. */
	if (place.host && confined())
		ret = place_pin(&place, true, false);
	else if (place.native)
		ret = CALL_CONTINUE;
	else if (place.host)
		ret = host_open(&place, O_PATH | O_CLOEXEC, 0);
	else
		ret = find_inside(&place);
	place_release(&place);
	return ret;
}

void unix_address(int fd, struct sockaddr_un *ret_address)
{
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	descriptor_path(fd, ret_address->sun_path);
}
