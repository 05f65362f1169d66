/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device.h - /dev/fuse: reading requests and writing replies.
 *
 * Each worker has a clone of the device.  It reads requests from it and
 * replies to it.  libfuse decodes the requests and encodes the replies.  The
 * parts of the protocol that this libfuse does not know are handled before
 * libfuse sees a request, see protocol-additions.c.
 */
#ifndef LKLFUSE_DEVICE_H
#define LKLFUSE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>
#include <lkl/linux/fuse.h>

#include "filesystem.h"

/* In bytes: the most that one request can ask for. */
#define DEVICE_READAHEAD (1u << 20)

struct fuse_session;

struct device {
	int fd;			/* the session's, or a clone */
	bool owned;		/* it is a clone, and closed with this */
	char *map;		/* own memory for both buffers */
	char *buf;		/* request; the data of a FUSE_WRITE in it is
				 * aligned */
	size_t size;		/* of buf */
	/* Flags of the request that libfuse does not pass on. */
	bool kill_suid;		/* clear the setuid and setgid bits */
	bool kill_acl_sgid;	/* clear the setgid bit because of an ACL */
	bool writepage;		/* write-back of the host's page cache */
	char *data;		/* reply data: max_write bytes, aligned */
	char *kernel_buffers;	/* the kernel's memory, in use instead of map;
				 * NULL: none */
	struct lkl_fuse_in_header head;	/* of a detached request */
};

/* The calling worker's device; NULL in other threads. */
extern __thread struct device *device_self;

/* device_request - the header of the current request */
static inline const struct lkl_fuse_in_header *
device_request(const struct device *device)
{
	return device->buf ? (const void *)device->buf : &device->head;
}

/*
 * device_arguments - the arguments of a request of @len bytes
 *
 * NULL if the request holds fewer than @size bytes of them.
 */
static inline void *device_arguments(struct device *device, size_t len,
				     size_t size)
{
	if (len < sizeof(struct lkl_fuse_in_header) + size)
		return NULL;
	return device->buf + sizeof(struct lkl_fuse_in_header);
}

/*
 * Called once, after the host has got the reply to FUSE_INIT.  @error is that
 * of the reply, 0 or positive.
 */
typedef void device_ready_fn(int error, void *opaque);

/*
 * device_attach - make @session do its I/O through this module
 *
 * To be called after fuse_session_mount() and before the first device_open().
 */
int device_attach(struct fuse_session *session, struct filesystem *fs,
		  device_ready_fn *ready, void *opaque);

/*
 * device_open - open a device for one worker
 * @clone: false for the first worker, which uses the session's descriptor
 */
int device_open(struct fuse_session *session, struct device *device,
		bool clone, struct lkl_error *err);
void device_close(struct device *device);

/*
 * device_get_kernel_buffers - use buffers in the kernel's memory
 *
 * Direct I/O needs them.  If the kernel has little memory, the device keeps
 * its own.  They have to be put back while the kernel still runs.
 */
void device_get_kernel_buffers(struct device *device);
void device_put_kernel_buffers(struct device *device);

/* device_is_kernel_buffer - whether @buf points into the kernel's memory */
bool device_is_kernel_buffer(const struct device *device, const char *buf);

/*
 * device_read - wait for a request
 *
 * Returns its length; 0 if there is nothing to process; -EINTR after a signal;
 * -ENODEV if the file system was unmounted; or another -errno.
 */
long device_read(struct device *device);

/* device_process - process the request that was read */
void device_process(struct fuse_session *session, struct device *device,
		    size_t len);

/*
 * device_refuse_new_requests - from now on, answer ENOTCONN
 *
 * Write-back of cached data and closing of files still succeed.
 */
void device_refuse_new_requests(void);

/* device_forget_attributes - have the host drop an inode's attributes */
void device_forget_attributes(uint64_t id);

/*
 * device_forget_entry - have the host drop a cached name
 *
 * This waits for the directory's lock on the host.  Its holder may be waiting
 * for a worker, so a worker must not call this.
 */
void device_forget_entry(uint64_t parent, const char *name);

/*
 * device_write_back - have the host write back an inode's cached data
 *
 * This waits for the workers, which do the writing, so a worker must not call
 * this.
 */
void device_write_back(uint64_t id);

/*
 * device_detach_request - let a thread of its own reply to the current request
 * @run: called with @arg in that thread; it replies and frees @arg
 *
 * 0 or -errno.
 */
typedef void device_detached_fn(void *arg);
int device_detach_request(device_detached_fn *run, void *arg);

/*
 * device_join_detached - wait for the threads of detached requests
 *
 * They may need workers, so these must still run.  No request may be detached
 * from now on: device_refuse_new_requests() comes first.
 */
void device_join_detached(void);

#endif /* LKLFUSE_DEVICE_H */
