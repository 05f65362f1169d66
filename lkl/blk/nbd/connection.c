// SPDX-License-Identifier: GPL-2.0-only
/*
 * connection.c - a connection to an NBD server, used by several threads.
 *
 * Commands are sent as they come and answered in any order.  There is no
 * thread for that: of those that wait for an answer, one looks after the
 * socket for all (it drives), and when it has its own, the next one does.  So
 * a thread that is alone goes to the server and back without another.
 *
 * libnbd's own waiting functions are not used but for their parts: they hold
 * the handle's lock while they sleep.  A connection that is lost stays lost.
 */
#define _GNU_SOURCE 1

#include "config.h"
#ifdef HAVE_LIBNBD

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "blk/error.h"
#include "nbd.h"
#include "connection.h"

/* Until the server has to have answered all questions about the export. */
#define CONNECT_SECONDS	30
/* What a good-bye may take. */
#define CLOSE_SECONDS	10
/* A peer that is gone without a word is noticed within about a minute. */
#define KEEPALIVE_IDLE	30
#define KEEPALIVE_EACH	10
#define KEEPALIVE_TRIES	3

struct connection {
	struct nbd_handle *handle;	/* has a lock of its own */
	bool patient;			/* the server is ours */
	bool timed_out;			/* atomic; that is why it is lost */
	/* Tells the driver that there is more to look after. */
	int kick;
	/*
	 * Protects the following and the state of commands.  Taken within
	 * the handle's lock, when an answer comes in; so nothing of libnbd
	 * is called while it is held.
	 */
	pthread_mutex_t lock;
	bool driven;
	struct command *waiting;	/* those that do not drive */
};

/* libnbd's sentence without the name of its function. */
static int fail(struct lkl_error *err, int ret)
{
	const char *text = libnbd.get_error(), *colon;

	if (!text)
		return lkl_fail(err, ret, "cannot connect: %m");
	if (!strncmp(text, "nbd_", 4)) {
		colon = strstr(text, ": ");
		if (colon)
			text = colon + 2;
	}
	return lkl_fail(err, ret, "cannot connect: %.256s", text);
}

static int last_error(void)
{
	int error = libnbd.get_errno();

	return error > 0 ? -error : -EIO;
}

static bool is_over(struct connection *c)
{
	return libnbd.aio_is_dead(c->handle) || libnbd.aio_is_closed(c->handle);
}

/*
 * Wait for the socket and do what there is to do; -ETIME after @timeout ms.
 * 1: something moved, 0: nothing did.
 */
static int drive(struct connection *c, int timeout)
{
	unsigned int want = libnbd.aio_get_direction(c->handle);
	struct pollfd fds[2] = {
		{ .fd = libnbd.aio_get_fd(c->handle) },
		{ .fd = c->kick, .events = POLLIN },
	};
	uint64_t kicks;
	int n;

	/* Before there is a socket, or when there is none any more. */
	if (fds[0].fd < 0)
		return -ECONNRESET;
	if (want & LIBNBD_AIO_DIRECTION_READ)
		fds[0].events |= POLLIN;
	if (want & LIBNBD_AIO_DIRECTION_WRITE)
		fds[0].events |= POLLOUT;
	n = poll(fds, 2, timeout);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (!n)
		return -ETIME;
	if (fds[1].revents && read(c->kick, &kicks, sizeof(kicks)) < 0)
		return -errno;
	if (!fds[0].revents)
		return 0;

	/*
	 * Another thread may have sent something meanwhile, and so may have
	 * changed what libnbd wants.  What it does not want it refuses, and
	 * no harm is done.  An error of the socket it finds out by using it.
	 */
	want = libnbd.aio_get_direction(c->handle);
	if ((want & LIBNBD_AIO_DIRECTION_READ) && fds[0].revents != POLLOUT)
		n = libnbd.aio_notify_read(c->handle);
	else if (want & LIBNBD_AIO_DIRECTION_WRITE)
		n = libnbd.aio_notify_write(c->handle);
	return n < 0 && is_over(c) ? last_error() : 1;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

static void cleanup_connection(struct connection **c)
{
	if (!*c)
		return;
	libnbd.close((*c)->handle);
	if ((*c)->kick >= 0)
		close((*c)->kick);
	pthread_mutex_destroy(&(*c)->lock);
	free(*c);
}

static void set_keepalive(int fd)
{
	const int on = 1, idle = KEEPALIVE_IDLE, each = KEEPALIVE_EACH;
	const int tries = KEEPALIVE_TRIES;
	const int total = 1000 * (idle + each * tries);

	/* Other sockets than those of TCP do not need them. */
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &each, sizeof(each));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof(tries));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &total, sizeof(total));
}

static int negotiate(struct connection *c, struct lkl_error *err)
{
	const int64_t end = now_ms() + 1000 * CONNECT_SECONDS;
	int64_t left;
	int ret;

	while (!libnbd.aio_is_ready(c->handle)) {
		if (is_over(c))
			return fail(err, -ECONNRESET);
		left = end - now_ms();
		ret = left > 0 ? drive(c, (int)left) : -ETIME;
		if (ret == -ETIME)
			return lkl_fail(err, -ETIMEDOUT,
					"cannot connect: no answer for %d seconds",
					CONNECT_SECONDS);
		if (ret < 0)
			return fail(err, ret);
	}
	set_keepalive(libnbd.aio_get_fd(c->handle));
	return 0;
}

int connection_open(const char *uri, int socket,
		    struct connection **ret_connection, struct lkl_error *err)
{
	__attribute__((cleanup(cleanup_connection))) struct connection *c = NULL;
	int ret;

	c = calloc(1, sizeof(*c));
	if (!c) {
		if (socket >= 0)
			close(socket);
		return lkl_fail(err, -ENOMEM, "out of memory");
	}
	pthread_mutex_init(&c->lock, NULL);
	c->patient = !uri;
	c->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	c->handle = libnbd.create();
	if (!c->handle || c->kick < 0) {
		if (socket >= 0)
			close(socket);
		return lkl_fail(err, -ENOMEM, "out of memory");
	}
	/* The user names the files of keys in the URI. */
	libnbd.set_uri_allow_local_file(c->handle, true);
	if (uri)
		ret = libnbd.aio_connect_uri(c->handle, uri);
	else
		ret = libnbd.aio_connect_socket(c->handle, socket);
	if (ret < 0) {
		/* The socket is libnbd's from here on. */
		return fail(err, last_error());
	}
	ret = negotiate(c, err);
	if (ret)
		return ret;
	*ret_connection = c;
	c = NULL;
	return 0;
}

void connection_close(struct connection *c)
{
	const int64_t end = now_ms() + 1000 * CLOSE_SECONDS;
	int64_t left;

	if (!libnbd.aio_disconnect(c->handle, 0)) {
		while (!is_over(c)) {
			left = end - now_ms();
			if (left <= 0 || drive(c, (int)left) < 0)
				break;
		}
	}
	cleanup_connection(&c);
}

struct nbd_handle *connection_handle(struct connection *c)
{
	return c->handle;
}

/* libnbd's numbers for what the server said, and for no server. */
static int translate(int error)
{
	switch (error) {
	case 0:
		return 0;
	case EPERM:
		return -EROFS;
	case ENOTSUP:
		return -EOPNOTSUPP;
	case ENOTCONN:
	case ESHUTDOWN:
	case ECONNRESET:
	case EPIPE:
		return -ECONNRESET;
	case ENOMEM:
	case ENOSPC:
		return -error;
	default:
		return -EIO;
	}
}

static void finish(struct command *command, int error)
{
	struct connection *c = command->connection;

	pthread_mutex_lock(&c->lock);
	command->error = error;
	command->done = true;
	if (command->waiting)
		pthread_cond_signal(&command->wake);
	pthread_mutex_unlock(&c->lock);
}

/* Called by libnbd in whichever thread is in it, with the handle locked. */
static int completed(void *opaque, int *error)
{
	struct command *command = opaque;
	struct connection *c = command->connection;
	int ret = translate(*error);

	if (ret == -ECONNRESET &&
	    __atomic_load_n(&c->timed_out, __ATOMIC_RELAXED))
		ret = -ETIMEDOUT;
	finish(command, ret);
	return 1;
}

void connection_submit(struct connection *c, struct command *command)
{
	const nbd_completion_callback callback = {
		.callback = completed,
		.user_data = command,
	};
	struct nbd_handle *h = c->handle;
	const uint64_t one = 1;
	int64_t cookie = -1;
	bool driven;

	command->connection = c;
	command->waiting = false;
	command->done = false;
	switch (command->type) {
	case COMMAND_READ:
		cookie = libnbd.aio_pread(h, command->buf, command->len,
					  command->offset, callback, 0);
		break;
	case COMMAND_WRITE:
		cookie = libnbd.aio_pwrite(h, command->buf, command->len,
					   command->offset, callback, 0);
		break;
	case COMMAND_FLUSH:
		cookie = libnbd.aio_flush(h, callback, 0);
		break;
	case COMMAND_TRIM:
		cookie = libnbd.aio_trim(h, command->len, command->offset,
					 callback, 0);
		break;
	case COMMAND_ZERO:
		cookie = libnbd.aio_zero(h, command->len, command->offset,
					 callback, command->flags);
		break;
	}
	/* It was not even taken: the callback will not be called. */
	if (cookie < 0) {
		finish(command, is_over(c) ? -ECONNRESET : -EIO);
		return;
	}

	/* What could not be sent at once is left to the driver. */
	pthread_mutex_lock(&c->lock);
	driven = c->driven;
	pthread_mutex_unlock(&c->lock);
	if (driven &&
	    (libnbd.aio_get_direction(h) & LIBNBD_AIO_DIRECTION_WRITE) &&
	    write(c->kick, &one, sizeof(one)) < 0)
		return;		/* full, and so a kick already */
}

static bool is_done(struct command *command)
{
	struct connection *c = command->connection;
	bool done;

	pthread_mutex_lock(&c->lock);
	done = command->done;
	pthread_mutex_unlock(&c->lock);
	return done;
}

static void wait_for_driver(struct connection *c, struct command *command)
{
	struct command **link;

	pthread_cond_init(&command->wake, NULL);
	command->waiting = true;
	command->next_waiting = c->waiting;
	c->waiting = command;
	pthread_cond_wait(&command->wake, &c->lock);
	for (link = &c->waiting; *link != command;
	     link = &(*link)->next_waiting)
		;
	*link = command->next_waiting;
	command->waiting = false;
	pthread_cond_destroy(&command->wake);
}

/* The socket is not to be waited for any more: make libnbd see that and fail it all. */
static void give_up(struct connection *c)
{
	int fd = libnbd.aio_get_fd(c->handle);

	if (fd >= 0 && !is_over(c)) {
		shutdown(fd, SHUT_RDWR);
		libnbd.aio_notify_read(c->handle);
	}
	/* If it does not want to read, it will want to write soon. */
	usleep(1000);
}

/*
 * Until the command is done.  There are others whose answers come first, so it
 * is the silence of the server that is limited: it ends when anything moves.
 * A server of our own is as good or bad as the file it has.
 */
static void drive_until_done(struct connection *c, struct command *command)
{
	const int64_t silence = 1000ll * nbd_silence_seconds;
	int64_t end = now_ms() + silence, left;
	int ret;

	do {
		left = c->patient ? -1 : end - now_ms();
		ret = c->patient || left > 0 ? drive(c, (int)left) : -ETIME;
		if (ret == -ETIME)
			__atomic_store_n(&c->timed_out, true,
					 __ATOMIC_RELAXED);
		if (ret < 0)
			give_up(c);
		else if (ret)
			end = now_ms() + silence;
	} while (!is_done(command));
}

int connection_wait(struct command *command)
{
	struct connection *c = command->connection;

	pthread_mutex_lock(&c->lock);
	while (!command->done) {
		if (c->driven) {
			wait_for_driver(c, command);
			continue;
		}
		c->driven = true;
		pthread_mutex_unlock(&c->lock);
		drive_until_done(c, command);
		pthread_mutex_lock(&c->lock);
		c->driven = false;
	}
	if (!c->driven && c->waiting)
		pthread_cond_signal(&c->waiting->wake);
	pthread_mutex_unlock(&c->lock);
	return command->error;
}

#endif /* HAVE_LIBNBD */
