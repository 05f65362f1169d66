// SPDX-License-Identifier: GPL-2.0-only
/*
 * recover.c - connect again to a server that was lost.
 *
 * Before anything is written again, the new connections are compared with the
 * fingerprint of the disk (fingerprint.c).
 *
 * All connections are made again even if only one was lost: the server may have
 * been restarted, and then data that it had answered have to be written again
 * before any request sees it.
 */
#define _GNU_SOURCE 1

#include "config.h"
#ifdef HAVE_LIBNBD

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "blk/error.h"
#include "connector.h"
#include "export.h"
#include "nbd.h"

/* The pauses between attempts. */
#define PAUSE_FIRST_MS	100
#define PAUSE_MAX_MS	5000
/* Time to negotiate, if that is less than the time for all attempts. */
#define NEGOTIATE_SECONDS 15

void nbd_recovery_init(struct nbd_recovery *r)
{
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
}

void nbd_recovery_destroy(struct nbd_recovery *r)
{
	nbd_connector_end(r->connector);
	free(r->export_name);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
}

static struct nbd_properties get_properties(struct nbd_connection *c)
{
	struct nbd_handle *h = nbd_connection_handle(c);

	return (struct nbd_properties){
		.size = libnbd.get_size(h),
		.min_block = libnbd.get_block_size(h, LIBNBD_SIZE_MINIMUM),
		.max_block = libnbd.get_block_size(h, LIBNBD_SIZE_MAXIMUM),
		.read_only = libnbd.is_read_only(h) > 0,
		.can_flush = libnbd.can_flush(h) > 0,
		.can_trim = libnbd.can_trim(h) > 0,
		.can_zero = libnbd.can_zero(h) > 0,
		.can_multi_conn = libnbd.can_multi_conn(h) > 0,
	};
}

void nbd_prepare_recovery(struct nbd *nbd, const char *uri)
{
	struct nbd_recovery *r = &nbd->recovery;
	struct nbd_handle *h = nbd_connection_handle(nbd->connections[0]);

	/* The keys of TLS are in files, which a sandbox hides. */
	if (libnbd.get_tls_negotiated(h))
		return;
	r->export_name = libnbd.get_export_name(h);
	if (!r->export_name)
		return;
	r->properties = get_properties(nbd->connections[0]);
	if (nbd_connector_start(uri, libnbd.aio_get_fd(h), &r->connector))
		r->connector = NULL;
}

int nbd_enter(struct nbd *nbd, unsigned int *ret_generation)
{
	struct nbd_recovery *r = &nbd->recovery;
	int ret = 0;

	pthread_mutex_lock(&r->lock);
	while (r->running)
		pthread_cond_wait(&r->changed, &r->lock);
	*ret_generation = r->generation;
	if (r->lost)
		ret = -ECONNRESET;
	else
		r->users++;
	pthread_mutex_unlock(&r->lock);
	return ret;
}

void nbd_leave(struct nbd *nbd)
{
	struct nbd_recovery *r = &nbd->recovery;

	pthread_mutex_lock(&r->lock);
	if (!--r->users && r->running)
		pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

/* ---- Connecting ---- */

static int check_properties(const struct nbd_properties *was,
			    const struct nbd_properties *is,
			    struct lkl_error *err)
{
	if (is->size != was->size)
		return lkl_fail(err, -ESTALE,
				"the server now offers %" PRId64
				" bytes instead of %" PRId64, is->size,
				was->size);
	if (is->min_block != was->min_block ||
	    is->max_block != was->max_block ||
	    is->read_only != was->read_only ||
	    is->can_flush != was->can_flush ||
	    is->can_trim != was->can_trim || is->can_zero != was->can_zero ||
	    is->can_multi_conn != was->can_multi_conn)
		return lkl_fail(err, -ESTALE,
				"the server now offers other commands or block sizes");
	return 0;
}

/* Put a new connection in the place of a lost one. */
static int replace_connection(struct nbd *nbd, unsigned int i,
			      struct lkl_error *err)
{
	struct nbd_recovery *r = &nbd->recovery;
	struct nbd_endpoint endpoint = {
		.export_name = r->export_name,
		.seconds = nbd_recovery_seconds < NEGOTIATE_SECONDS ?
				   nbd_recovery_seconds : NEGOTIATE_SECONDS,
	};
	struct nbd_properties properties;
	struct nbd_connection *c;
	int ret;

	endpoint.socket = nbd_connector_connect(r->connector);
	if (endpoint.socket < 0)
		return lkl_fail(err, endpoint.socket, "cannot connect: %s",
				strerror(-endpoint.socket));
	ret = nbd_connection_open(&endpoint, &c, err);
	if (ret)
		return ret;
	properties = get_properties(c);
	ret = check_properties(&r->properties, &properties, err);
	if (ret) {
		nbd_connection_close(c);
		return ret;
	}
	nbd_connection_close(nbd->connections[i]);
	nbd->connections[i] = c;
	return 0;
}

static int write_one_again(struct nbd *nbd, struct nbd_unflushed_write *write)
{
	const bool has_data = write->type == NBD_COMMAND_WRITE;
	const uint64_t max = has_data ? nbd->piece : NBD_RANGE_MAX;
	struct nbd_command command = {
		.type = write->type,
		.flags = write->flags,
	};
	uint64_t done;
	int ret = 0;

	for (done = 0; done < write->len && !ret; done += command.len) {
		command.buf = has_data ? write->data + done : NULL;
		command.offset = write->offset + done;
		command.len = write->len - done;
		if (command.len > max)
			command.len = max;
		nbd_connection_submit(nbd->connections[0], &command);
		ret = nbd_connection_wait(&command);
	}
	return ret;
}

/* No request runs, so the list of writes stays as it is. */
static int write_again(struct nbd *nbd, struct lkl_error *err)
{
	struct nbd_unflushed_write *write;
	int ret;

	for (write = nbd->unflushed.first; write; write = write->next) {
		ret = write_one_again(nbd, write);
		if (ret == -ECONNRESET || ret == -ETIMEDOUT)
			return lkl_fail(err, ret, "%s", strerror(-ret));
		if (ret)
			return lkl_fail(err, -ESTALE,
					"data that were not flushed yet could not be written again: %s",
					strerror(-ret));
	}
	return 0;
}

static int connect_all(struct nbd *nbd, struct lkl_error *err)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < nbd->n && !ret; i++)
		ret = replace_connection(nbd, i, err);
	/* Each may lead to another server. */
	for (i = 0; i < nbd->n && !ret; i++)
		ret = nbd_fingerprint_compare(&nbd->fingerprint,
					      nbd->connections[i], err);
	return ret ? ret : write_again(nbd, err);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

static void pause_ms(int64_t ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* Try until it works, or the time is over, or the export is another one. */
static int connect_repeatedly(struct nbd *nbd, struct lkl_error *err)
{
	const int64_t end = now_ms() + 1000ll * nbd_recovery_seconds;
	int64_t pause = PAUSE_FIRST_MS;
	struct lkl_error reason = { "" };
	int ret;

	for (;; pause = pause < PAUSE_MAX_MS / 2 ? 2 * pause : PAUSE_MAX_MS) {
		ret = connect_all(nbd, &reason);
		if (!ret || ret == -ESTALE || now_ms() + pause > end)
			break;
		pause_ms(pause);
	}
	if (ret == -ESTALE)
		lkl_fail(err, ret, "the connection to the server was lost, and %.384s",
			 reason.text);
	else if (ret)
		lkl_fail(err, ret,
			 "the connection to the server is lost, and could not be made again for %u seconds: %.384s",
			 nbd_recovery_seconds, reason.text);
	return ret;
}

/* With r->lock held, which it releases meanwhile.  Nobody else is here. */
static void recover_locked(struct nbd *nbd, int error)
{
	struct nbd_recovery *r = &nbd->recovery;
	bool lost;
	unsigned int i;

	r->running = true;
	r->error = error;
	for (i = 0; i < nbd->n; i++)
		nbd_connection_shut_down(nbd->connections[i]);
	while (r->users)
		pthread_cond_wait(&r->changed, &r->lock);
	pthread_mutex_unlock(&r->lock);

	lost = connect_repeatedly(nbd, &r->reason) != 0;

	pthread_mutex_lock(&r->lock);
	r->lost = lost;
	r->generation++;
	r->running = false;
	pthread_cond_broadcast(&r->changed);
}

int nbd_recover(struct nbd *nbd, unsigned int generation, int error)
{
	struct nbd_recovery *r = &nbd->recovery;
	int ret;

	if (!r->connector || (error != -ECONNRESET && error != -ETIMEDOUT))
		return error;
	pthread_mutex_lock(&r->lock);
	while (r->running)
		pthread_cond_wait(&r->changed, &r->lock);
	if (!r->lost && r->generation == generation)
		recover_locked(nbd, error);
	ret = r->lost ? r->error : 0;
	pthread_mutex_unlock(&r->lock);
	return ret;
}

bool nbd_explain_loss(struct nbd *nbd, struct lkl_error *ret_reason)
{
	struct nbd_recovery *r = &nbd->recovery;
	bool lost;

	pthread_mutex_lock(&r->lock);
	lost = r->lost;
	if (lost)
		*ret_reason = r->reason;
	pthread_mutex_unlock(&r->lock);
	return lost;
}

#endif /* HAVE_LIBNBD */
