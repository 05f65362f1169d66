/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device.h - /dev/fuse: reading requests and writing replies.
 *
 * Each worker has a clone of the device.  It reads requests from it and
 * replies to it.  With io_uring (rings.h), most requests come from there.  libfuse decodes the requests and encodes the replies.  The
 * parts of the protocol that this libfuse does not know are handled before
 * libfuse sees a request, see protocol-additions.c.
 */
#ifndef LKLFUSE_DEVICE_H
#define LKLFUSE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <lkl.h>
#include <lkl/linux/fuse.h>

#include "filesystem.h"

/*
 * Readahead in bytes, by default: half of the most that a request can ask for.
 * A read() of 1 MiB becomes two requests.  While the second is answered, the
 * program copies the data of the first.
 */
#define DEVICE_READAHEAD (512u << 10)
/* In bytes: the most data that a request or a reply has. */
#define DEVICE_PAYLOAD	((1u << 20) + 4096u)

struct fuse_session;
struct ring_entry;
struct rings;

struct device {
	int fd;			/* the session's, or a clone; not for a ring */
	struct ring_entry *entry;	/* of a ring, in place of fd; or NULL */
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
	size_t kernel_size;	/* of kernel_buffers */
	struct lkl_fuse_in_header head;	/* of a detached request, or of one
					 * from a ring */
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
 * device_use_rings - offer io_uring to the host in the reply to FUSE_INIT
 *
 * @rings are connected after that.
 */
void device_use_rings(struct rings *rings);

/* device_has_rings - whether the host sends requests to rings */
bool device_has_rings(void);

/* device_no_rings - the host has agreed, and refuses a ring all the same */
void device_no_rings(void);

/*
 * device_entry_init - prepare @device for requests from a ring
 * @in_kernel: in the memory of the kernel inside, if there is room
 *
 * @device->data is where requests and replies have their data.  Returns the
 * page before it, which is the caller's to use until device_entry_free(); or
 * NULL.  Both are called while the kernel inside runs.
 */
char *device_entry_init(struct device *device, struct ring_entry *entry,
			bool in_kernel);
void device_entry_free(struct device *device);

/*
 * device_open - open a device for one worker
 * @clone: false for the first worker, which uses the session's descriptor
 */
int device_open(struct fuse_session *session, struct device *device,
		bool clone, struct lkl_error *err);
void device_close(struct device *device);

/*
 * device_make_kernel_buffers - make buffers in the kernel's memory
 *
 * One for each worker, or fewer if the kernel has no room for them.  To be
 * called once, before the first request: nothing else needs the memory yet.
 */
void device_make_kernel_buffers(unsigned int n_workers);

/*
 * device_get_kernel_buffers - use buffers in the kernel's memory
 *
 * Direct I/O needs them.  If other workers use all of them, the device keeps its
 * own; the next call tries again.  No request may be in the buffers when they
 * change.
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

/* device_clear_flags - forget the flags of the previous request */
void device_clear_flags(struct device *device);

/* device_reply - send a struct fuse_out_header and data; -1 and errno if it
 * fails, because nobody waits for the reply any more */
ssize_t device_reply(struct device *device, const struct iovec *iov, int count);

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
 * device_forget_data - have the host drop an inode's cached data in a range
 *
 * This waits for reads of these pages, which need workers, so a worker must not
 * call this.
 */
void device_forget_data(uint64_t id, off_t off, size_t size);

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
