// SPDX-License-Identifier: GPL-2.0-only
/*
 * device.c - /dev/fuse: reading requests and writing replies.
 *
 * libfuse 3.14 does not know all of the protocol.  Its reply to FUSE_INIT is
 * extended here; protocol-additions.c handles the requests that follow from it:
 *
 * - FUSE_HANDLE_KILLPRIV_V2: without it, the host asks for the attribute
 *   security.capability at every write(2).
 * - FUSE_SETXATTR_EXT: says whether setting an ACL clears the setgid bit.
 * - FUSE_PARALLEL_DIROPS: without it, programs look up names in a directory one
 *   after the other.
 * - A readahead larger than the host proposes.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/error.h"
#include "operations.h"
#include "fuse-ring-protocol.h"
#include "protocol-additions.h"
#include "rings.h"

#define PAGE		4096u
#define MAX_WRITE	(1u << 20)
/* Sizes of the request buffer, and of request and reply buffer. */
#define REQUEST		((size_t)PAGE + MAX_WRITE + PAGE)
#define BUFFERS		(REQUEST + MAX_WRITE)
/* The size of what precedes the data in a FUSE_WRITE. */
#define WRITE_HEAD	(sizeof(struct lkl_fuse_in_header) + \
			 sizeof(struct lkl_fuse_write_in))

#define CLONE_DEVICE	_IOR(229, 0, uint32_t)

__thread struct device *device_self;

/* A process has one session. */
static struct {
	struct fuse_session *session;
	struct filesystem *fs;
	device_ready_fn *ready;
	void *opaque;
	struct rings *rings;	/* NULL: none */
	uint64_t offered;	/* FUSE_... flags of the host */
	atomic_bool over_rings;	/* FUSE_OVER_IO_URING is on */
	bool long_setxattr;	/* FUSE_SETXATTR_EXT is on */
	atomic_bool closing;	/* see is_allowed_while_closing() */
} device;

/* ---- FUSE_INIT ---- */

static void note_init_request(struct device *self, size_t len)
{
	const struct lkl_fuse_init_in *in;

	/* Older hosts send a shorter structure. */
	in = device_arguments(self, len,
			      offsetof(struct lkl_fuse_init_in, flags2));
	if (!in)
		return;
	device.offered = in->flags;
	if ((in->flags & LKL_FUSE_INIT_EXT) &&
	    device_arguments(self, len, sizeof(*in)))
		device.offered |= (uint64_t)in->flags2 << 32;
}

static void amend_init_reply(struct lkl_fuse_init_out *out)
{
	const struct caching *caching = &device.fs->caching;
	uint64_t want = 0;

	if (caching->killpriv)
		want |= LKL_FUSE_HANDLE_KILLPRIV_V2;
	if (caching->acl)
		want |= LKL_FUSE_SETXATTR_EXT;
	/* libfuse takes note of the wish and does not pass it on. */
	if (caching->parallel_dirops)
		want |= LKL_FUSE_PARALLEL_DIROPS;
	/* For shared mappings of append-only files. */
	want |= LKL_FUSE_DIRECT_IO_ALLOW_MMAP | LKL_FUSE_INIT_EXT;
	if (device.rings)
		want |= FUSE_RING_INIT_FLAG;
	want &= device.offered;
	atomic_store(&device.over_rings, want & FUSE_RING_INIT_FLAG);
	device.long_setxattr = want & LKL_FUSE_SETXATTR_EXT;
	out->flags |= (uint32_t)want;
	if (want & LKL_FUSE_INIT_EXT)
		out->flags2 |= (uint32_t)(want >> 32);
	if (!caching->max_readahead)
		out->max_readahead = DEVICE_READAHEAD;
}

static ssize_t write_init_reply(int fd, const struct iovec *iov, int count)
{
	const struct lkl_fuse_out_header *header = iov[0].iov_base;
	struct lkl_fuse_init_out out = { 0 };
	struct iovec amended[2];
	ssize_t ret;

	if (count == 2 && !header->error && iov[1].iov_len == sizeof(out)) {
		memcpy(&out, iov[1].iov_base, sizeof(out));
		amend_init_reply(&out);
		amended[0] = iov[0];
		amended[1] = (struct iovec){ &out, sizeof(out) };
		iov = amended;
	}
	ret = writev(fd, iov, count);
	if (device.rings)
		rings_connect(device.rings, ret > 0 && device_has_rings());
	if (ret > 0 && device.ready)
		device.ready(-header->error, device.opaque);
	return ret;
}

long device_read(struct device *self)
{
	ssize_t n = read(self->fd, self->buf, self->size);
	size_t len = (size_t)n;

	if (n < 0) {
		/* The request was cancelled. */
		if (errno == ENOENT || errno == EAGAIN)
			return 0;
		return -errno;
	}
	if (len < sizeof(struct lkl_fuse_in_header))
		return n ? -EIO : -ENODEV;
	device_clear_flags(self);
	return n;
}

void device_clear_flags(struct device *self)
{
	self->kill_suid = false;
	self->kill_acl_sgid = false;
	self->writepage = false;
}

/*
 * Write-back and the closing of files.  Requests of programs are refused:
 * draining would have to wait for programs that never stop.
 */
static bool is_allowed_while_closing(struct device *self, size_t len)
{
	const struct lkl_fuse_write_in *write;

	switch (device_request(self)->opcode) {
	case LKL_FUSE_WRITE:
		write = device_arguments(self, len, sizeof(*write));
		return write && (write->write_flags & LKL_FUSE_WRITE_CACHE);
	case LKL_FUSE_INIT:
	case LKL_FUSE_DESTROY:
	case LKL_FUSE_FORGET:
	case LKL_FUSE_BATCH_FORGET:
	case LKL_FUSE_INTERRUPT:
	case LKL_FUSE_NOTIFY_REPLY:
	case LKL_FUSE_FLUSH:
	case LKL_FUSE_RELEASE:
	case LKL_FUSE_RELEASEDIR:
	case LKL_FUSE_SETATTR:
		return true;
	}
	return false;
}

void device_process(struct fuse_session *session, struct device *self,
		    size_t len)
{
	struct fuse_buf buf = { .mem = self->buf };

	if (atomic_load(&device.closing) &&
	    !is_allowed_while_closing(self, len)) {
		protocol_reply(self, ENOTCONN, NULL, 0);
		return;
	}
	if (device_request(self)->opcode == LKL_FUSE_INIT)
		note_init_request(self, len);
	else if (protocol_handle_request(device.fs, self, device.long_setxattr,
					 &len))
		return;
	buf.size = len;
	fuse_session_process_buf(session, &buf);
}

/* ---- libfuse's I/O ---- */

static ssize_t write_reply(int fd, struct iovec *iov, int count, void *userdata)
{
	struct device *self = device_self;

	const struct lkl_fuse_out_header *header = iov[0].iov_base;

	(void)userdata;
	/* Notifications belong to no request. */
	if (!self || !header->unique)
		return writev(fd, iov, count);
	return device_reply(self, iov, count);
}

ssize_t device_reply(struct device *self, const struct iovec *iov, int count)
{
	if (self->entry)
		return rings_reply(self->entry, iov, count);
	if (device_request(self)->opcode == LKL_FUSE_INIT)
		return write_init_reply(self->fd, iov, count);
	return writev(self->fd, iov, count);
}

/* libfuse wants this function, but device_read() reads. */
static ssize_t read_request(int fd, void *buf, size_t len, void *userdata)
{
	(void)userdata;
	return read(fd, buf, len);
}

int device_attach(struct fuse_session *session, struct filesystem *fs,
		  device_ready_fn *ready, void *opaque)
{
	static const struct fuse_custom_io io = {
		.writev = write_reply,
		.read = read_request,
	};

	device.session = session;
	device.fs = fs;
	device.ready = ready;
	device.opaque = opaque;
	return fuse_session_custom_io(session, &io, fuse_session_fd(session));
}

void device_use_rings(struct rings *rings)
{
	device.rings = rings;
}

bool device_has_rings(void)
{
	return atomic_load_explicit(&device.over_rings, memory_order_relaxed);
}

void device_no_rings(void)
{
	atomic_store(&device.over_rings, false);
}

static void set_buffers(struct device *self, char *memory)
{
	self->buf = memory + PAGE - WRITE_HEAD;
	self->size = REQUEST - (PAGE - WRITE_HEAD);
	self->data = memory + REQUEST;
}

int device_open(struct fuse_session *session, struct device *self, bool clone,
		struct lkl_error *err)
{
	uint32_t original = (uint32_t)fuse_session_fd(session);
	int ret;

	*self = (struct device){ .fd = (int)original };
	if (clone) {
		self->fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
		if (self->fd < 0 ||
		    ioctl(self->fd, CLONE_DEVICE, &original) < 0) {
			ret = -errno;
			if (self->fd >= 0)
				close(self->fd);
			return error_set(err, ret, "cannot clone /dev/fuse: %s",
					 strerror(-ret));
		}
		self->owned = true;
	}
	self->map = mmap(NULL, BUFFERS, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (self->map == MAP_FAILED) {
		self->map = NULL;
		device_close(self);
		return error_no_memory(err);
	}
	set_buffers(self, self->map);
	return 0;
}

void device_close(struct device *self)
{
	if (self->map)
		munmap(self->map, BUFFERS);
	if (self->owned)
		close(self->fd);
	*self = (struct device){ .fd = -1 };
}

/* Buffers are taken only if the kernel keeps enough memory. */
static void *alloc_kernel_buffers(size_t size)
{
	struct lkl_sysinfo info;

	if (lkl_sys_sysinfo(&info) ||
	    info.freeram / 16 * info.mem_unit <= size)
		return NULL;
	return lkl_buffer_alloc(size);
}

/*
 * Kernel buffers that no worker uses now.  The kernel has room for a few only,
 * so a parked worker lends its own.  They go with the kernel's memory.
 */
#define KERNEL_BUFFERS_MAX 16u

static struct {
	pthread_mutex_t lock;	/* protects the others */
	char *spare[KERNEL_BUFFERS_MAX];
	unsigned int n_spare;
} kernel_buffers = { .lock = PTHREAD_MUTEX_INITIALIZER };

void device_make_kernel_buffers(unsigned int n_workers)
{
	unsigned int i;
	char *memory;

	for (i = 0; i < n_workers && i < KERNEL_BUFFERS_MAX; i++) {
		memory = alloc_kernel_buffers(BUFFERS);
		if (!memory)
			break;
		kernel_buffers.spare[kernel_buffers.n_spare++] = memory;
	}
}

void device_get_kernel_buffers(struct device *self)
{
	if (self->kernel_buffers)
		return;
	pthread_mutex_lock(&kernel_buffers.lock);
	/* Those that were used last: the host has pages for them. */
	if (kernel_buffers.n_spare)
		self->kernel_buffers =
			kernel_buffers.spare[--kernel_buffers.n_spare];
	pthread_mutex_unlock(&kernel_buffers.lock);
	self->kernel_size = BUFFERS;
	if (self->kernel_buffers)
		set_buffers(self, self->kernel_buffers);
}

void device_put_kernel_buffers(struct device *self)
{
	if (!self->kernel_buffers)
		return;
	set_buffers(self, self->map);
	pthread_mutex_lock(&kernel_buffers.lock);
	kernel_buffers.spare[kernel_buffers.n_spare++] = self->kernel_buffers;
	pthread_mutex_unlock(&kernel_buffers.lock);
	self->kernel_buffers = NULL;
}

bool device_is_kernel_buffer(const struct device *self, const char *buf)
{
	return self->kernel_buffers && buf >= self->kernel_buffers &&
		buf < self->kernel_buffers + self->kernel_size;
}

/* Headers and a request before the data. */
#define ENTRY_SIZE	((size_t)PAGE + DEVICE_PAYLOAD)

char *device_entry_init(struct device *self, struct ring_entry *entry,
			bool in_kernel)
{
	char *memory = in_kernel ? alloc_kernel_buffers(ENTRY_SIZE) : NULL;

	*self = (struct device){ .fd = -1, .entry = entry };
	self->kernel_buffers = memory;
	self->kernel_size = ENTRY_SIZE;
	if (!memory) {
		memory = mmap(NULL, ENTRY_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (memory == MAP_FAILED)
			return NULL;
		self->map = memory;
	}
	self->data = memory + PAGE;
	return memory;
}

void device_entry_free(struct device *self)
{
	if (self->kernel_buffers)
		lkl_buffer_free(self->kernel_buffers, ENTRY_SIZE);
	if (self->map)
		munmap(self->map, ENTRY_SIZE);
	*self = (struct device){ .fd = -1 };
}

void device_refuse_new_requests(void)
{
	atomic_store(&device.closing, true);
}

/* ---- For the operations ---- */

void device_forget_attributes(uint64_t id)
{
	fuse_lowlevel_notify_inval_inode(device.session, id, -1, 0);
}

void device_forget_entry(uint64_t parent, const char *name)
{
	fuse_lowlevel_notify_inval_entry(device.session, parent, name,
					 strlen(name));
}

void device_write_back(uint64_t id)
{
	/* The host writes dirty pages before it drops them. */
	fuse_lowlevel_notify_inval_inode(device.session, id, 0, 0);
}

void device_forget_data(uint64_t id, off_t off, size_t size)
{
	fuse_lowlevel_notify_inval_inode(device.session, id, off, (off_t)size);
}

/* ---- Detached requests ---- */

struct detached_request {
	struct device device;	/* of the thread */
	device_detached_fn *run;
	void *arg;
	pthread_t thread;
	atomic_bool done;
	struct detached_request *next;
};

static struct detached_request *detached_requests;
static pthread_mutex_t detached_lock = PTHREAD_MUTEX_INITIALIZER;

static void *detached_request_thread(void *arg)
{
	struct detached_request *request = arg;

	device_self = &request->device;
	request->run(request->arg);
	device_self = NULL;
	atomic_store(&request->done, true);
	return NULL;
}

/* Join threads: all, or those that have replied. */
static void detached_requests_join(bool all)
{
	struct detached_request **link, *request, *joined = NULL;

	pthread_mutex_lock(&detached_lock);
	for (link = &detached_requests; (request = *link);) {
		if (!all && !atomic_load(&request->done)) {
			link = &request->next;
			continue;
		}
		*link = request->next;
		request->next = joined;
		joined = request;
	}
	pthread_mutex_unlock(&detached_lock);
	while ((request = joined)) {
		joined = request->next;
		pthread_join(request->thread, NULL);
		free(request);
	}
}

int device_detach_request(device_detached_fn *run, void *arg)
{
	struct detached_request *request;
	int ret;

	detached_requests_join(false);
	request = calloc(1, sizeof(*request));
	if (!request)
		return -ENOMEM;
	request->device.fd = device_self->fd;
	request->device.head = *device_request(device_self);
	request->run = run;
	request->arg = arg;
	if (device_self->entry) {
		ret = rings_detach(device_self->entry);
		if (ret < 0) {
			free(request);
			return ret;
		}
		request->device.entry = device_self->entry;
	}
	pthread_mutex_lock(&detached_lock);
	/* Nothing is added after device_join_detached(). */
	ret = ENOTCONN;
	if (!atomic_load(&device.closing))
		ret = pthread_create(&request->thread, NULL,
				     detached_request_thread, request);
	if (!ret) {
		request->next = detached_requests;
		detached_requests = request;
	}
	pthread_mutex_unlock(&detached_lock);
	if (ret) {
		if (device_self->entry)
			rings_undo_detach(device_self->entry);
		free(request);
	}
	return -ret;
}

void device_join_detached(void)
{
	detached_requests_join(true);
}
