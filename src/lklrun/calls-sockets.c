// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-sockets.c - AF_UNIX sockets with a path in the image: bind, connect, names.
 *
 * The image gets a file of the type socket, and a nameless socket of the host serves
 * for it.  Sockets of other families, and abstract ones, are the host's.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/descriptor-path.h"
#include "confined.h"
#include "nameless.h"
#include "process.h"
#include "resolve.h"
#include "unix-sockets.h"

static int bind_to(int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	return bind(fd, (struct sockaddr *)&address, sizeof(address)) ? -errno :
	       0;
}

/* ---- bind() ---- */

static int make_socket(const char *path, void *opaque)
{
	return bind_to(*(int *)opaque, path);
}

static long bind_inside(struct call *call, const struct place *place,
			const char *name)
{
	struct lkl_statx st;
	int fd = call_borrow(call, (int)call->args[0]);
	long ret;

	if (fd < 0)
		return fd;
	lkl_sys_umask((int)call->process->directories->umask);
	ret = lkl_sys_mknodat(place->fd, place->name, LKL_S_IFSOCK | 0777, 0);
	lkl_sys_umask(0);
	if (ret == 0) {
		ret = lkl_sys_statx(place->fd, place->name,
				    LKL_AT_SYMLINK_NOFOLLOW,
				    LKL_STATX_BASIC_STATS | LKL_STATX_BTIME, &st);
		if (ret == 0)
			ret = nameless_make(&st, name, make_socket, &fd);
		if (ret < 0)
			lkl_sys_unlinkat(place->fd, place->name, 0);
	}
	close(fd);
	return ret == -EEXIST ? -EADDRINUSE : ret < 0 ? ret : 0;
}

static long bind_host(struct call *call, const struct place *place)
{
	int fd = call_borrow(call, (int)call->args[0]);
	char folder[DESCRIPTOR_PATH_SIZE], path[PATH_MAX + sizeof(folder)];
	long ret = fd < 0 ? fd : place_check_change(place);

	if (ret >= 0) {
		snprintf(path, sizeof(path), "%s/%s",
			 descriptor_path(place->fd, folder), place->name);
		umask(call->process->directories->umask);
		ret = bind_to(fd, path);
		umask(0);
	}
	if (fd >= 0)
		close(fd);
	return ret;
}

static long call_bind(struct call *call)
{
	char path[sizeof(struct sockaddr_un)];
	struct place place;
	long ret = unix_read_path(call, call->args[1], (size_t)call->args[2],
				  path);

	if (ret == 0)
		ret = resolve(call, AT_FDCWD, path, PLACE_PARENT, &place);
	if (ret)
		return ret;
	ret = place.native ? CALL_CONTINUE :
	      place.host ? bind_host(call, &place) :
	      bind_inside(call, &place, path);
	place_release(&place);
	return ret;
}

/* ---- connect() ---- */

/* A thread that connects, which may wait for the other side. */
struct connection {
	struct call call;
	int fd;
	int at;			/* what @address leads to, or -1 */
	struct sockaddr_storage address;
	socklen_t length;
};

static void connection_free(struct connection *connection)
{
	if (connection->fd >= 0)
		close(connection->fd);
	if (connection->at >= 0)
		close(connection->at);
	free(connection);
}

static void *connect_thread(void *arg)
{
	struct connection *connection = arg;

	call_answer(&connection->call,
		    connect(connection->fd,
			    (struct sockaddr *)&connection->address,
			    connection->length) ? -errno : 0);
	connection_free(connection);
	return NULL;
}

static struct connection *connection_new(const struct call *call)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (connection) {
		connection->call = *call;
		connection->fd = connection->at = -1;
	}
	return connection;
}

/* Takes @connection. */
static long connection_start(struct connection *connection)
{
	const struct call *call = &connection->call;
	pthread_t thread;
	int ret;

	ret = connection->fd = call_borrow(call, (int)call->args[0]);
	if (ret >= 0 &&
	    pthread_create(&thread, NULL, connect_thread, connection))
		ret = -EAGAIN;
	if (ret < 0) {
		connection_free(connection);
		return ret;
	}
	pthread_detach(thread);
	return CALL_ANSWERED;
}

/* Takes @fd, of unix_find(). */
static long start_connecting(struct call *call, int fd)
{
	struct connection *connection = connection_new(call);
	struct sockaddr_un address;

	if (!connection) {
		close(fd);
		return -ENOMEM;
	}
	connection->at = fd;
	unix_address(fd, &address);
	memcpy(&connection->address, &address, sizeof(address));
	connection->length = sizeof(address);
	return connection_start(connection);
}

/* A confined program, and an address that may have no path. */
static long connect_confined(struct call *call)
{
	struct connection *connection;
	size_t len = (size_t)call->args[2];
	long ret;

	if (len > sizeof(connection->address))
		return -EINVAL;
	connection = connection_new(call);
	if (!connection)
		return -ENOMEM;
	connection->length = (socklen_t)len;
	ret = call_read(call, call->args[1], &connection->address, len);
	/* Programs of the host may listen at an abstract address. */
	if (ret == 0 && len >= sizeof(sa_family_t) &&
	    connection->address.ss_family == AF_UNIX)
		ret = -EACCES;
	if (ret == 0)
		return connection_start(connection);
	connection_free(connection);
	return ret;
}

static long call_connect(struct call *call)
{
	char path[sizeof(struct sockaddr_un)];
	long ret = unix_read_path(call, call->args[1], (size_t)call->args[2],
				  path);

	if (ret == CALL_CONTINUE && confined())
		return connect_confined(call);
	if (ret == 0)
		ret = unix_find(call, path);
	return ret < 0 ? ret : start_connecting(call, (int)ret);
}

/* ---- Names ---- */

/* getsockname() or getpeername() of a socket whose path is in the image. */
static long give_name(struct call *call, int (*get)(int, struct sockaddr *,
						    socklen_t *))
{
	struct sockaddr_un address;
	socklen_t len = sizeof(address) - 1, room;
	int fd = call_borrow(call, (int)call->args[0]);
	const char *name = NULL;

	if (fd < 0)
		return CALL_CONTINUE;
	memset(&address, 0, sizeof(address));
	if (!get(fd, (struct sockaddr *)&address, &len) &&
	    address.sun_family == AF_UNIX && address.sun_path[0])
		name = nameless_name(address.sun_path);
	close(fd);
	if (!name)
		return CALL_CONTINUE;
	strcpy(address.sun_path, name);
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			  strlen(name) + 1);
	if (call_read(call, call->args[2], &room, sizeof(room)) < 0)
		return -EFAULT;
	if (room > len)
		room = len;
	if (call_write(call, call->args[1], &address, room) < 0 ||
	    call_write(call, call->args[2], &len, sizeof(len)) < 0)
		return -EFAULT;
	return 0;
}

static int get_own(int fd, struct sockaddr *address, socklen_t *len)
{
	return getsockname(fd, address, len);
}

static int get_peer(int fd, struct sockaddr *address, socklen_t *len)
{
	return getpeername(fd, address, len);
}

static long call_getsockname(struct call *call)
{
	return give_name(call, get_own);
}

static long call_getpeername(struct call *call)
{
	return give_name(call, get_peer);
}

const struct call_entry calls_sockets[] = {
	CALL_NAMED(bind, call_bind),
	CALL_NAMED(connect, call_connect),
	CALL_NAMED(getsockname, call_getsockname),
	CALL_NAMED(getpeername, call_getpeername),
	CALL_END
};
