// SPDX-License-Identifier: GPL-2.0-only
/*
 * serve.c - carries packets between a client's pipes and struct server.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* F_SETPIPE_SZ */
#endif
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/descriptor-path.h"
#include "common/error.h"
#include "common/image/session.h"

/* Many packets for one read(). */
#define INPUT_SIZE	(1u << 20)
/* After so many bytes of answers, send them, so that the client has something to do. */
#define OUTPUT_SIZE	(512u << 10)

/* ---- Signals ---- */

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

#define N_SIGNALS (sizeof(signals) / sizeof(*signals))

static int event = -1;			/* readable after a signal */
static struct sigaction before[N_SIGNALS];

/* A signal may arrive between the check for one and poll(): the event ends that poll(). */
static void wake_poll(int signal)
{
	const uint64_t one = 1;
	int saved = errno;
	unsigned int i;

	for (i = 0; i < N_SIGNALS; i++)
		if (signals[i] == signal)
			before[i].sa_handler(signal);
	if (write(event, &one, sizeof(one)) < 0)
		errno = saved;
	errno = saved;
}

/* Handlers that exist are called as well; ignored signals stay ignored. */
static int begin_signals(struct lkl_error *err)
{
	struct sigaction action = { .sa_handler = wake_poll };
	unsigned int i;

	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event < 0)
		return error_set(err, -errno, "cannot make an event: %s",
				 strerror(errno));
	for (i = 0; i < N_SIGNALS; i++)
		if (!sigaction(signals[i], NULL, &before[i]) &&
		    before[i].sa_handler != SIG_IGN &&
		    before[i].sa_handler != SIG_DFL)
			sigaction(signals[i], &action, NULL);
	return 0;
}

static void end_signals(void)
{
	unsigned int i;

	for (i = 0; i < N_SIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
	close(event);
	event = -1;
}

/* ---- Input and output ---- */

/*
 * The client may send any number of requests before it takes an answer.  If
 * both sides wrote and neither read, both would wait for ever: so a write()
 * must not block, and input is taken while output waits.
 */
struct connection {
	struct server *server;
	int in, out;
	bool is_socket;			/* @out */
	bool may_block;			/* write() to @out */
	bool ended;			/* nothing more is read */
	int (*interrupted)(void);
	uint8_t *input;			/* INPUT_SIZE bytes */
	size_t len;			/* bytes in @input */
	size_t sent;			/* bytes of server->out */
};

int serve_open_output(int out)
{
	char path[DESCRIPTOR_PATH_SIZE];
	struct stat st;

	if (fstat(out, &st) || !S_ISFIFO(st.st_mode))
		return -1;
	return open(descriptor_path(out, path),
		    O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static int check_kernel(struct lkl_error *err)
{
	if (session_panic())
		return error_set(err, -ENOTRECOVERABLE,
				 "the kernel panicked: %s", session_panic());
	return 0;
}

static int send_some(struct connection *connection, struct lkl_error *err)
{
	struct buffer *out = &connection->server->out;
	const uint8_t *data = out->data + connection->sent;
	size_t len = out->len - connection->sent;
	ssize_t n;

	/* Where poll() sees room, there is room for so much. */
	if (connection->may_block && len > PIPE_BUF)
		len = PIPE_BUF;
	n = connection->is_socket ?
		send(connection->out, data, len, MSG_DONTWAIT | MSG_NOSIGNAL) :
		write(connection->out, data, len);
	if (n < 0 && errno != EINTR && errno != EAGAIN)
		return error_set(err, -errno,
				 "cannot send an answer to the client: %s",
				 strerror(errno));
	if (n > 0)
		connection->sent += (size_t)n;
	if (connection->sent == out->len)
		connection->sent = out->len = 0;
	return 0;
}

static int receive_some(struct connection *connection, struct lkl_error *err)
{
	ssize_t n = read(connection->in, connection->input + connection->len,
			 INPUT_SIZE - connection->len);

	if (n < 0 && errno != EINTR && errno != EAGAIN)
		return error_set(err, -errno, "cannot read from the client: %s",
				 strerror(errno));
	if (n > 0)
		connection->len += (size_t)n;
	if (!n)
		connection->ended = true;
	return 0;
}

/* Waits until the client takes something or has sent something. */
static int exchange(struct connection *connection, struct lkl_error *err)
{
	const struct buffer *out = &connection->server->out;
	struct pollfd fds[] = {
		{ .fd = event, .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
		{ .fd = -1, .events = POLLOUT },
	};
	int ret = 0;

	if (connection->interrupted())
		return -EINTR;
	if (out->len && !connection->may_block) {
		ret = send_some(connection, err);
		if (ret < 0 || !out->len)
			return ret;
	}
	if (!connection->ended && connection->len < INPUT_SIZE)
		fds[1].fd = connection->in;
	if (out->len)
		fds[2].fd = connection->out;
	if (poll(fds, 3, -1) < 0)
		return 0;
	if (fds[2].revents)
		ret = send_some(connection, err);
	if (!ret && fds[1].revents)
		ret = receive_some(connection, err);
	return ret;
}

/* Answers the packets that are complete. */
static int answer_packets(struct connection *connection, struct lkl_error *err)
{
	struct packet rest = {
		.data = connection->input, .left = connection->len,
	};
	uint32_t len;
	int ret = 0;

	while (!ret && rest.left >= 4 &&
	       connection->server->out.len < OUTPUT_SIZE) {
		struct packet packet = rest;

		len = packet_u32(&packet);
		if (len > SFTP_PACKET_MAX || !len)
			return error_set(err, -EPROTO,
					 "the client speaks no SFTP: it has sent a packet of %u bytes",
					 len);
		if (len > packet.left)
			break;
		ret = server_packet(connection->server, packet.data, len, err);
		rest.data = packet.data + len;
		rest.left = packet.left - len;
		if (!ret)
			ret = check_kernel(err);
		if (!ret && connection->interrupted())
			ret = -EINTR;
	}
	memmove(connection->input, rest.data, rest.left);
	connection->len = rest.left;
	return ret;
}

static int serve_packets(struct connection *connection, struct lkl_error *err)
{
	const struct buffer *out = &connection->server->out;
	int ret;

	for (;;) {
		if (!out->len) {
			ret = answer_packets(connection, err);
			if (ret < 0)
				break;
			if (!out->len && connection->ended)
				return connection->len ?
					error_set(err, -EPROTO,
						  "the client ended in the middle of a packet") :
					0;
		}
		ret = exchange(connection, err);
		if (ret < 0)
			return ret;
	}
	/* Send the answers from before the error. */
	connection->ended = true;
	while (ret != -ENOMEM && out->len && !exchange(connection, NULL))
		;
	return ret;
}

int serve_client(struct server *server, int in, int out,
		 int (*interrupted)(void), struct lkl_error *err)
{
	cleanup_free uint8_t *input = malloc(INPUT_SIZE);
	struct connection connection = {
		.server = server, .in = in, .out = out,
		.interrupted = interrupted, .input = input,
	};
	struct stat st;
	int ret;

	if (!input)
		return error_no_memory(err);
	server->interrupted = interrupted;
	connection.is_socket = !fstat(out, &st) && S_ISSOCK(st.st_mode);
	connection.may_block = !connection.is_socket &&
		!(fcntl(out, F_GETFL) & O_NONBLOCK);
	ret = begin_signals(err);
	if (ret < 0)
		return ret;
	/* Fewer switches between the two processes.  Sockets have no such size. */
	fcntl(in, F_SETPIPE_SZ, INPUT_SIZE);
	fcntl(out, F_SETPIPE_SZ, INPUT_SIZE);
	ret = serve_packets(&connection, err);
	end_signals();
	return ret;
}
