/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device.h - /dev/fuse: requests in, replies out.
 *
 * libfuse decodes requests and encodes replies.  Each worker reads from a
 * clone of the device of its own and answers through it.  What the host
 * knows and this libfuse does not (see protocol-additions.c) is dealt with before libfuse
 * sees it.
 */
#ifndef LKLFUSE_DEVICE_H
#define LKLFUSE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>
#include <lkl/linux/fuse.h>

#include "filesystem.h"

/* Bytes; as much as one request may ask for. */
#define DEVICE_READAHEAD (1u << 20)

struct fuse_session;

struct device {
	int fd;			/* a clone, owned */
	bool owned;
	char *map;		/* the buffer's memory */
	char *buf;		/* placed so that data to be written is aligned */
	size_t size;
	/* What the request says that libfuse does not pass on. */
	bool kill_suid;		/* setuid and setgid bits are to go */
	bool kill_acl_sgid;	/* ... the latter because of an ACL */
	bool writepage;		/* from the host's cache, of nobody */
	char *data;		/* of replies: max_write bytes, aligned */
	char *lent;		/* the kernel's memory for both, or NULL */
	struct lkl_fuse_in_header head;	/* of a request that was detached */
};

/* The calling worker's; NULL in other threads. */
extern __thread struct device *device_self;

/* What it has read. */
static inline const struct lkl_fuse_in_header *
device_request(const struct device *device)
{
	return device->buf ? (const void *)device->buf : &device->head;
}

/* Arguments of a request of @len bytes, or NULL if they are not all there. */
static inline void *device_arguments(struct device *device, size_t len,
				     size_t size)
{
	if (len < sizeof(struct lkl_fuse_in_header) + size)
		return NULL;
	return device->buf + sizeof(struct lkl_fuse_in_header);
}

/* Called once, when the host has got the answer to its first request. */
typedef void device_ready_fn(void *opaque);

/*
 * device_attach - make @session do its I/O through here
 *
 * After fuse_session_mount() and before the first device_open().
 */
int device_attach(struct fuse_session *session, struct filesystem *fs,
		  device_ready_fn *ready, void *opaque);

/* device_open - one more; the first one is the session's own descriptor. */
int device_open(struct fuse_session *session, struct device *device,
		bool clone, struct lkl_error *err);
void device_close(struct device *device);

/*
 * device_borrow, device_return - have buffers that direct I/O can use
 *
 * While the kernel runs; without if it has little memory.
 */
void device_borrow(struct device *device);
void device_return(struct device *device);

/* Whether @buf is in such a buffer. */
bool device_is_lent(const struct device *device, const char *buf);

/*
 * device_read - wait for a request
 *
 * Its length, 0 if it has been answered, -EINTR after a signal, -ENODEV if
 * the file system was unmounted, or another -errno.
 */
long device_read(struct device *device);

/* device_process - have what was read answered. */
void device_process(struct fuse_session *session, struct device *device,
		    size_t len);

/* From now on, programs get ENOTCONN; what the host has cached is taken. */
void device_begin_closing(void);

/* Have the host ask for a node's attributes again. */
void device_forget_attributes(uint64_t id);

/*
 * device_forget_entry - have the host look a name up again
 *
 * This waits for the directory's lock on the host, which others may hold
 * that wait for workers: not to be called by one.
 */
void device_forget_entry(uint64_t parent, const char *name);

/*
 * device_write_back - have the host write back what it has of a node's data
 *
 * This waits for the workers to do the writing: not to be called by one.
 */
void device_write_back(uint64_t id);

/*
 * device_detach_request - let another thread answer the current request
 * @ret_device: for that thread to make its device_self of, while it does
 */
void device_detach_request(struct device *ret_device);

#endif /* LKLFUSE_DEVICE_H */
