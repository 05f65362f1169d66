// SPDX-License-Identifier: GPL-2.0-only
/*
 * connection.c - a connection to an NBD server that several threads share.
 *
 * Threads send commands at once, and the server answers in any order.  There is
 * no extra thread: one of the threads that wait for an answer polls the socket
 * for all (the driver).  When the driver has its own answer, the next waiter
 * becomes the driver.  A single thread needs no other thread to make progress.
 *
 * The functions of libnbd that wait are not used, as they hold the handle's
 * lock while they sleep.  A lost connection stays lost; recover.c makes a new one.
 */
#define _GNU_SOURCE 1

#include "config.h"
#ifdef HAVE_LIBNBD

#include <errno.h>
#include <fcntl.h>
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

/* Time for connecting and negotiating. */
#define CONNECT_SECONDS	30
/* Time for disconnecting. */
#define CLOSE_SECONDS	10
/* So a peer that disappears is noticed within about a minute. */
#define KEEPALIVE_IDLE	30
#define KEEPALIVE_EACH	10
#define KEEPALIVE_TRIES	3

struct nbd_connection {
	struct nbd_handle *handle;	/* owned; has a lock inside libnbd */
	bool patient;			/* our own server: no time limit */
	bool timed_out;			/* lost for silence; atomic */
	/* A copy of the handle's socket, which libnbd may close at any time. */
	int socket;
	/* An eventfd that wakes the driver to look at the socket again. */
	int kick;
	/*
	 * Guards the fields below and the state of commands.  Callbacks of
	 * libnbd take it inside of the handle's lock, so no function of libnbd
	 * may be called with this lock held.
	 */
	pthread_mutex_t lock;
	bool driven;			/* a thread is the driver */
	struct nbd_command *waiting; /* waiters without the driver */
};

/* The message of libnbd without the name of its function. */
static int nbd_connect_failed(struct lkl_error *err, int ret)
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

static int nbd_last_error(void)
{
	int error = libnbd.get_errno();

	return error > 0 ? -error : -EIO;
}

static bool nbd_is_disconnected(struct nbd_connection *c)
{
	return libnbd.aio_is_dead(c->handle) || libnbd.aio_is_closed(c->handle);
}

/*
 * Poll the socket and let libnbd read or write.  Returns 1 after progress, 0
 * without, -ETIME after @timeout ms.
 */
static int nbd_poll_socket(struct nbd_connection *c, int timeout)
{
	unsigned int want = libnbd.aio_get_direction(c->handle);
	struct pollfd fds[2] = {
		{ .fd = libnbd.aio_get_fd(c->handle) },
		{ .fd = c->kick, .events = POLLIN },
	};
	uint64_t kicks;
	int n;

	/* There is no socket before and after the connection. */
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
	 * Another thread may have sent a command meanwhile and so changed the
	 * direction.  A notification for the wrong direction fails harmlessly.
	 * libnbd notices an error of the socket when it uses it.
	 */
	want = libnbd.aio_get_direction(c->handle);
	if ((want & LIBNBD_AIO_DIRECTION_READ) && fds[0].revents != POLLOUT)
		n = libnbd.aio_notify_read(c->handle);
	else if (want & LIBNBD_AIO_DIRECTION_WRITE)
		n = libnbd.aio_notify_write(c->handle);
	return n < 0 && nbd_is_disconnected(c) ? nbd_last_error() : 1;
}

static int64_t nbd_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

static void nbd_free_connection(struct nbd_connection **c)
{
	if (!*c)
		return;
	libnbd.close((*c)->handle);
	if ((*c)->socket >= 0)
		close((*c)->socket);
	if ((*c)->kick >= 0)
		close((*c)->kick);
	pthread_mutex_destroy(&(*c)->lock);
	free(*c);
	*c = NULL;
}

static void nbd_set_keepalive(int fd)
{
	const int on = 1, idle = KEEPALIVE_IDLE, each = KEEPALIVE_EACH;
	const int tries = KEEPALIVE_TRIES;
	const int total = 1000 * (idle + each * tries);

	/* These fail on sockets other than TCP, which do not need them. */
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &each, sizeof(each));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof(tries));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &total, sizeof(total));
}

static int nbd_negotiate(struct nbd_connection *c, unsigned int seconds,
			 struct lkl_error *err)
{
	const int64_t end = nbd_now_ms() + 1000ll * seconds;
	int64_t left;
	int ret;

	while (!libnbd.aio_is_ready(c->handle)) {
		if (nbd_is_disconnected(c))
			return nbd_connect_failed(err, -ECONNRESET);
		left = end - nbd_now_ms();
		ret = left > 0 ? nbd_poll_socket(c, (int)left) : -ETIME;
		if (ret == -ETIME)
			return lkl_fail(err, -ETIMEDOUT,
					"cannot connect: no answer for %u seconds",
					seconds);
		if (ret < 0)
			return nbd_connect_failed(err, ret);
	}
	c->socket = fcntl(libnbd.aio_get_fd(c->handle), F_DUPFD_CLOEXEC, 0);
	if (c->socket < 0)
		return lkl_fail(err, -errno, "cannot connect: %m");
	nbd_set_keepalive(c->socket);
	return 0;
}

/* libnbd owns the endpoint's socket from the call on. */
static int nbd_start_connecting(struct nbd_connection *c,
				const struct nbd_endpoint *endpoint)
{
	/* The URI of the user may name files with keys. */
	libnbd.set_uri_allow_local_file(c->handle, true);
	if (endpoint->uri)
		return libnbd.aio_connect_uri(c->handle, endpoint->uri);
	if (endpoint->export_name &&
	    libnbd.set_export_name(c->handle, endpoint->export_name)) {
		close(endpoint->socket);
		return -1;
	}
	return libnbd.aio_connect_socket(c->handle, endpoint->socket);
}

static struct nbd_connection *nbd_new_connection(void)
{
	struct nbd_connection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	pthread_mutex_init(&c->lock, NULL);
	c->socket = -1;
	c->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	c->handle = libnbd.create();
	if (!c->handle || c->kick < 0)
		nbd_free_connection(&c);
	return c;
}

int nbd_connection_open(const struct nbd_endpoint *endpoint,
			struct nbd_connection **ret_connection,
			struct lkl_error *err)
{
	__attribute__((
		cleanup(nbd_free_connection))) struct nbd_connection *c =
		nbd_new_connection();
	int ret;

	if (!c) {
		if (!endpoint->uri)
			close(endpoint->socket);
		return lkl_fail(err, -ENOMEM, "out of memory");
	}
	c->patient = endpoint->patient;
	if (nbd_start_connecting(c, endpoint) < 0)
		return nbd_connect_failed(err, nbd_last_error());
	ret = nbd_negotiate(c, endpoint->seconds ? endpoint->seconds :
						   CONNECT_SECONDS, err);
	if (ret)
		return ret;
	*ret_connection = c;
	c = NULL;
	return 0;
}

void nbd_connection_close(struct nbd_connection *c)
{
	const int64_t end = nbd_now_ms() + 1000 * CLOSE_SECONDS;
	int64_t left;

	if (!libnbd.aio_disconnect(c->handle, 0)) {
		while (!nbd_is_disconnected(c)) {
			left = end - nbd_now_ms();
			if (left <= 0 || nbd_poll_socket(c, (int)left) < 0)
				break;
		}
	}
	nbd_free_connection(&c);
}

void nbd_connection_shut_down(struct nbd_connection *c)
{
	shutdown(c->socket, SHUT_RDWR);
}

struct nbd_handle *nbd_connection_handle(struct nbd_connection *c)
{
	return c->handle;
}

/* The error of a command: from the server, or from libnbd without one. */
static int nbd_translate_error(int error)
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

static void nbd_finish_command(struct nbd_command *command, int error)
{
	struct nbd_connection *c = command->connection;

	pthread_mutex_lock(&c->lock);
	command->error = error;
	command->done = true;
	if (command->waiting)
		pthread_cond_signal(&command->wake);
	pthread_mutex_unlock(&c->lock);
}

/* Called by libnbd in any thread, with the handle locked. */
static int nbd_command_completed(void *opaque, int *error)
{
	struct nbd_command *command = opaque;
	struct nbd_connection *c = command->connection;
	int ret = nbd_translate_error(*error);

	if (ret == -ECONNRESET &&
	    __atomic_load_n(&c->timed_out, __ATOMIC_RELAXED))
		ret = -ETIMEDOUT;
	nbd_finish_command(command, ret);
	return 1;
}

void nbd_connection_submit(struct nbd_connection *c, struct nbd_command *command)
{
	const nbd_completion_callback callback = {
		.callback = nbd_command_completed,
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
	case NBD_COMMAND_READ:
		cookie = libnbd.aio_pread(h, command->buf, command->len,
					  command->offset, callback, 0);
		break;
	case NBD_COMMAND_WRITE:
		cookie = libnbd.aio_pwrite(h, command->buf, command->len,
					   command->offset, callback, 0);
		break;
	case NBD_COMMAND_FLUSH:
		cookie = libnbd.aio_flush(h, callback, 0);
		break;
	case NBD_COMMAND_TRIM:
		cookie = libnbd.aio_trim(h, command->len, command->offset,
					 callback, 0);
		break;
	case NBD_COMMAND_ZERO:
		cookie = libnbd.aio_zero(h, command->len, command->offset,
					 callback, command->flags);
		break;
	}
	/* libnbd did not take the command and will not call back. */
	if (cookie < 0) {
		nbd_finish_command(command,
				   nbd_is_disconnected(c) ? -ECONNRESET : -EIO);
		return;
	}

	/* The driver sends what the socket did not take at once. */
	pthread_mutex_lock(&c->lock);
	driven = c->driven;
	pthread_mutex_unlock(&c->lock);
	if (driven &&
	    (libnbd.aio_get_direction(h) & LIBNBD_AIO_DIRECTION_WRITE) &&
	    write(c->kick, &one, sizeof(one)) < 0)
		return;		/* the counter is full: a kick is pending */
}

static bool nbd_command_is_done(struct nbd_command *command)
{
	struct nbd_connection *c = command->connection;
	bool done;

	pthread_mutex_lock(&c->lock);
	done = command->done;
	pthread_mutex_unlock(&c->lock);
	return done;
}

static void nbd_wait_for_driver(struct nbd_connection *c,
				struct nbd_command *command)
{
	struct nbd_command **link;

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

/* Shut the socket down, so that libnbd fails all commands. */
static void nbd_give_up_connection(struct nbd_connection *c)
{
	if (!nbd_is_disconnected(c)) {
		nbd_connection_shut_down(c);
		libnbd.aio_notify_read(c->handle);
	}
	/* libnbd may want to write next, and then notices. */
	usleep(1000);
}

/*
 * Poll the socket until the command is done.  Answers to other commands may
 * come first, so the time limit applies to the server's silence: any progress
 * starts it again.  A server of our own has no limit, like a local file.
 */
static void nbd_drive_until_done(struct nbd_connection *c,
				 struct nbd_command *command)
{
	const int64_t silence = 1000ll * nbd_silence_seconds;
	int64_t end = nbd_now_ms() + silence, left;
	int ret;

	do {
		left = c->patient ? -1 : end - nbd_now_ms();
		ret = c->patient || left > 0 ? nbd_poll_socket(c, (int)left) :
					       -ETIME;
		if (ret == -ETIME)
			__atomic_store_n(&c->timed_out, true,
					 __ATOMIC_RELAXED);
		if (ret < 0)
			nbd_give_up_connection(c);
		else if (ret)
			end = nbd_now_ms() + silence;
	} while (!nbd_command_is_done(command));
}

int nbd_connection_wait(struct nbd_command *command)
{
	struct nbd_connection *c = command->connection;

	pthread_mutex_lock(&c->lock);
	while (!command->done) {
		if (c->driven) {
			nbd_wait_for_driver(c, command);
			continue;
		}
		c->driven = true;
		pthread_mutex_unlock(&c->lock);
		nbd_drive_until_done(c, command);
		pthread_mutex_lock(&c->lock);
		c->driven = false;
	}
	if (!c->driven && c->waiting)
		pthread_cond_signal(&c->waiting->wake);
	pthread_mutex_unlock(&c->lock);
	return command->error;
}

#endif /* HAVE_LIBNBD */
