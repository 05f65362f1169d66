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
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/image/session.h"

/* Many packets for one read(). */
#define INPUT_SIZE	(1u << 20)
/* Send what there is, so that the client has something to do. */
#define OUTPUT_SIZE	(512u << 10)

/* ---- Signals ---- */

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

#define N_SIGNALS (sizeof(signals) / sizeof(*signals))

static int event = -1;			/* readable after a signal */
static struct sigaction before[N_SIGNALS];

/* A signal may arrive between the question for it and poll(), or elsewhere. */
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

struct connection {
	struct server *server;
	int in, out;
	int (*interrupted)(void);
	uint8_t *input;			/* INPUT_SIZE bytes */
	size_t len;			/* bytes in @input */
};

static int check_kernel(struct lkl_error *err)
{
	if (session_panic())
		return error_set(err, -ENOTRECOVERABLE,
				 "the kernel panicked: %s", session_panic());
	return 0;
}

static int send_answers(struct connection *connection, struct lkl_error *err)
{
	struct buffer *out = &connection->server->out;
	size_t done = 0;
	ssize_t n;

	while (done < out->len) {
		n = write(connection->out, out->data + done, out->len - done);
		if (n < 0 && errno == EINTR && connection->interrupted())
			return -EINTR;
		if (n < 0 && errno == EAGAIN) {
			struct pollfd poll_out = {
				.fd = connection->out, .events = POLLOUT,
			};

			poll(&poll_out, 1, -1);
		} else if (n < 0 && errno != EINTR) {
			return error_set(err, -errno,
					 "cannot send an answer to the client: %s",
					 strerror(errno));
		}
		if (n > 0)
			done += (size_t)n;
	}
	out->len = 0;
	return 0;
}

/* Returns bytes, 0 at the end, or -errno. */
static ssize_t receive(struct connection *connection, struct lkl_error *err)
{
	struct pollfd fds[] = {
		{ .fd = connection->in, .events = POLLIN },
		{ .fd = event, .events = POLLIN },
	};
	ssize_t n;

	for (;;) {
		if (connection->interrupted())
			return -EINTR;
		if (poll(fds, 2, -1) < 0 || !fds[0].revents)
			continue;
		n = read(connection->in, connection->input + connection->len,
			 INPUT_SIZE - connection->len);
		if (n >= 0)
			return n;
		if (errno != EINTR && errno != EAGAIN)
			return error_set(err, -errno,
					 "cannot read from the client: %s",
					 strerror(errno));
	}
}

/* Answers the packets that are complete. */
static int answer_packets(struct connection *connection, struct lkl_error *err)
{
	struct packet rest = {
		.data = connection->input, .left = connection->len,
	};
	uint32_t len;
	int ret = 0;

	while (!ret && rest.left >= 4) {
		struct packet packet = rest;

		len = packet_u32(&packet);
		if (len > SFTP_PACKET_MAX || !len)
			return error_set(err, -EPROTO,
					 "the client sent no SFTP: a packet of %u bytes",
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
		if (!ret && connection->server->out.len >= OUTPUT_SIZE)
			ret = send_answers(connection, err);
	}
	memmove(connection->input, rest.data, rest.left);
	connection->len = rest.left;
	return ret;
}

static int serve_packets(struct connection *connection, struct lkl_error *err)
{
	ssize_t n;
	int ret;

	for (;;) {
		n = receive(connection, err);
		if (n < 0)
			return (int)n;
		if (!n && connection->len)
			return error_set(err, -EPROTO,
					 "the client ended in the middle of a packet");
		if (!n)
			return 0;
		connection->len += (size_t)n;
		ret = answer_packets(connection, err);
		/* Also what was answered before an error. */
		if (ret != -ENOMEM) {
			int sent = send_answers(connection, ret ? NULL : err);

			if (!ret)
				ret = sent;
		}
		if (ret < 0)
			return ret;
	}
}

int serve_client(struct server *server, int in, int out,
		 int (*interrupted)(void), struct lkl_error *err)
{
	cleanup_free uint8_t *input = malloc(INPUT_SIZE);
	struct connection connection = {
		.server = server, .in = in, .out = out,
		.interrupted = interrupted, .input = input,
	};
	int ret;

	if (!input)
		return error_no_memory(err);
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
