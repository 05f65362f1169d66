// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring-entries.c - the memory for requests and replies that the host fills and
 * empties, and the commands that pass it to and fro.
 *
 * A detached request keeps its entry until another thread has replied.  The
 * host might need a further entry for that, so a detached entry is replaced by
 * a new one.  The reply goes to the entry's own thread (@answered, @wake):
 * the thread that submits a command is the one that gets the next request.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ring.h"

/*
 * So many rings have their entries in the memory of the kernel inside, if there
 * is room: it reads into them without a copy, but has 1 MiB less for each.  They
 * are the first ones of the processors.
 */
#define RINGS_IN_KERNEL	16

static struct ring_entry *entry_new(struct ring *ring, unsigned int queue)
{
	struct ring_entry *entry = calloc(1, sizeof(*entry));
	bool in_kernel = (int)queue == ring->cpu &&
			 ring - ring->rings->ring < RINGS_IN_KERNEL;
	char *memory;

	if (!entry)
		return NULL;
	memory = device_entry_init(&entry->device, entry, in_kernel);
	if (!memory) {
		free(entry);
		return NULL;
	}
	entry->ring = ring;
	entry->queue = queue;
	/* The page before the payload: headers, and a request in one piece. */
	entry->headers = (void *)memory;
	entry->memory[0] = (struct iovec){ entry->headers,
					   sizeof(*entry->headers) };
	entry->memory[1] = (struct iovec){ entry->device.data,
					   DEVICE_PAYLOAD };
	entry->next = ring->entries;
	ring->entries = entry;
	return entry;
}

void ring_entry_free(struct ring_entry *entry)
{
	struct ring_entry **link = &entry->ring->entries;

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	device_entry_free(&entry->device);
	free(entry);
}

void ring_entries_free(struct ring *ring)
{
	while (ring->entries)
		ring_entry_free(ring->entries);
}

static struct io_uring_sqe *get_submission(struct ring *ring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->io_uring);

	if (!sqe) {
		io_uring_submit(&ring->io_uring);
		sqe = io_uring_get_sqe(&ring->io_uring);
	}
	if (sqe)
		memset(sqe, 0, 2 * sizeof(*sqe));
	return sqe;
}

static int entry_submit(struct ring_entry *entry, uint32_t operation)
{
	struct fuse_ring_command command = {
		.commit_id = operation == FUSE_RING_COMMIT ? entry->commit_id
							   : 0,
		.queue = (uint16_t)entry->queue,
	};
	struct io_uring_sqe *sqe = get_submission(entry->ring);

	if (!sqe)
		return -EBUSY;
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->flags = IOSQE_FIXED_FILE;
	sqe->fd = FILE_FUSE;
	sqe->cmd_op = operation;
	if (operation == FUSE_RING_REGISTER) {
		sqe->addr = (uintptr_t)entry->memory;
		sqe->len = 2;
	}
	memcpy(sqe->cmd, &command, sizeof(command));
	io_uring_sqe_set_data(sqe, entry);
	entry->state = ENTRY_FREE;
	return 0;
}

void ring_wake(struct ring *ring)
{
	const uint64_t one = 1;

	/* It fails only if the thread has not read 2^64 - 2 of them yet. */
	if (write(ring->wake, &one, sizeof(one)) < 0)
		return;
}

/* The entry of a detached request has a reply now. */
static void hand_to_own_thread(struct ring_entry *entry)
{
	struct ring *ring = entry->ring;

	pthread_mutex_lock(&ring->lock);
	entry->next_answered = ring->answered;
	ring->answered = entry;
	pthread_mutex_unlock(&ring->lock);
	ring_wake(ring);
}

ssize_t rings_reply(struct ring_entry *entry, const struct iovec *iov,
		    int count)
{
	struct fuse_ring_headers *headers = entry->headers;
	char *payload = entry->device.data;
	size_t size = 0;
	int i;

	memcpy(headers->in_out, iov[0].iov_base,
	       sizeof(struct lkl_fuse_out_header));
	for (i = 1; i < count; i++) {
		if (iov[i].iov_len > DEVICE_PAYLOAD - size) {
			errno = EINVAL;
			return -1;
		}
		/* Data that was read into the payload is in place. */
		if (payload + size != iov[i].iov_base)
			memcpy(payload + size, iov[i].iov_base,
			       iov[i].iov_len);
		size += iov[i].iov_len;
	}
	headers->info.payload_size = (uint32_t)size;
	entry->replied = true;
	if (entry->state == ENTRY_DETACHED)
		hand_to_own_thread(entry);
	return (ssize_t)(iov[0].iov_len + size);
}

/* ---- Detached requests ---- */

static bool has_other_entry(const struct ring_entry *entry)
{
	const struct ring_entry *other;

	for (other = entry->ring->entries; other; other = other->next)
		if (other != entry && other->queue == entry->queue &&
		    other->state != ENTRY_DETACHED)
			return true;
	return false;
}

int rings_detach(struct ring_entry *entry)
{
	struct ring_entry *other;
	int ret;

	if (!has_other_entry(entry)) {
		other = entry_new(entry->ring, entry->queue);
		if (!other)
			return -ENOMEM;
		ret = entry_submit(other, FUSE_RING_REGISTER);
		if (ret < 0)
			return ret;
	}
	entry->state = ENTRY_DETACHED;
	return 0;
}

void rings_undo_detach(struct ring_entry *entry)
{
	entry->state = ENTRY_IN_PROCESS;
}

/* ---- Replies, and the next requests ---- */

/* Reply with an error if nobody has replied, which would be a mistake. */
int ring_entry_commit(struct ring_entry *entry)
{
	struct lkl_fuse_out_header header = {
		.len = sizeof(header),
		.error = -EIO,
		.unique = entry->device.head.unique,
	};
	struct iovec iov = { &header, sizeof(header) };

	if (!entry->replied)
		rings_reply(entry, &iov, 1);
	return entry_submit(entry, FUSE_RING_COMMIT);
}

int ring_commit_answered(struct ring *ring)
{
	struct ring_entry *entry, *next;
	int ret = 0;

	pthread_mutex_lock(&ring->lock);
	entry = ring->answered;
	ring->answered = NULL;
	pthread_mutex_unlock(&ring->lock);
	for (; entry && !ret; entry = next) {
		next = entry->next_answered;
		ret = ring_entry_commit(entry);
	}
	return ret;
}

int ring_wait_for_wake(struct ring *ring)
{
	struct io_uring_sqe *sqe = get_submission(ring);

	if (!sqe)
		return -EBUSY;
	io_uring_prep_read(sqe, FILE_WAKE, &ring->wake_count,
			   sizeof(ring->wake_count), 0);
	sqe->flags = IOSQE_FIXED_FILE;
	io_uring_sqe_set_data(sqe, NULL);
	return 0;
}

/*
 * Put the parts of the request together, as read() from /dev/fuse would give
 * it: the headers go right before the payload.  Returns its length, or 0 if the
 * host contradicts itself.
 */
size_t ring_entry_assemble(struct ring_entry *entry)
{
	const struct fuse_ring_headers *headers = entry->headers;
	struct lkl_fuse_in_header in;
	size_t payload = headers->info.payload_size, arguments;

	memcpy(&in, headers->in_out, sizeof(in));
	if (payload > DEVICE_PAYLOAD || in.len < sizeof(in) + payload ||
	    in.len - sizeof(in) - payload > sizeof(headers->arguments))
		return 0;
	arguments = in.len - sizeof(in) - payload;
	entry->commit_id = headers->info.commit_id;
	entry->device.head = in;
	entry->device.buf = entry->device.data - arguments - sizeof(in);
	memcpy(entry->device.buf, &in, sizeof(in));
	memcpy(entry->device.buf + sizeof(in), headers->arguments, arguments);
	return in.len;
}

/* ---- The entries of a thread ---- */

static bool is_served(const struct rings *rings, unsigned int queue)
{
	unsigned int i;

	for (i = 0; i < rings->n; i++)
		if (rings->ring[i].cpu == (int)queue)
			return true;
	return false;
}

int ring_entries_make(struct ring *ring)
{
	const struct rings *rings = ring->rings;
	unsigned int n = (unsigned int)(ring - rings->ring), queue;
	bool mine;

	for (queue = 0; queue < rings->n_queues; queue++) {
		/* Queues without threads go round, with two threads each. */
		mine = is_served(rings, queue) ? ring->cpu == (int)queue :
			n == queue % rings->n || n == (queue + 1) % rings->n;
		if (mine && !entry_new(ring, queue))
			return -ENOMEM;
	}
	return 0;
}

int ring_entries_register(struct ring *ring)
{
	struct ring_entry *entry;
	int ret = ring_wait_for_wake(ring);

	for (entry = ring->entries; entry && !ret; entry = entry->next)
		ret = entry_submit(entry, FUSE_RING_REGISTER);
	return ret;
}
