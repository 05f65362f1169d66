// SPDX-License-Identifier: GPL-2.0-only
/*
 * rings.c - requests and replies through io_uring instead of /dev/fuse.
 *
 * The host has a queue for each processor, and puts a request into the queue of
 * the processor that asks.  Threads that are bound to that processor answer it:
 * no other processor has to be woken.  One system call hands over a reply and
 * gets the next request.
 *
 * A thread has an io_uring of its own.  An entry is the memory for one request
 * and its reply, registered with one queue.  The host fills the entry that
 * became free last.  So while requests come one at a time, the same thread
 * answers all of a processor; another one takes over while that waits for the
 * disk.  Queues of processors that are offline get an entry of some thread,
 * since the host uses no ring before each queue has one.
 *
 * A detached request keeps its entry until another thread has replied.  The
 * host might need a further entry for that, so a detached entry is replaced by
 * a new one.  The reply goes to the entry's own thread (@answered, @wake):
 * the thread that submits a command is the one that gets the next request.
 *
 * FUSE_INIT, forgets and interrupts still come from /dev/fuse, see workers.c.
 *
 * A ring can only submit the commands of its restrictions, on the two files
 * that are registered with it: the system-call filter does not see these
 * commands.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rings.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "config.h"

#define PARAMETER	"/sys/module/fuse/parameters/enable_uring"
#define POSSIBLE	"/sys/devices/system/cpu/possible"

#ifdef HAVE_LIBURING
#include <liburing.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include "device.h"
#include "fuse-ring-protocol.h"
#include "identity.h"
#include "log.h"
#include "quiet-sync.h"

/* A mebibyte of address space for each. */
#define QUEUES_MAX	256u
#define THREADS_PER_CPU_MIN 2u

/* In each ring; a thread submits them when there is no room for more. */
#define SUBMISSIONS	16u

/* Newer than some <liburing/io_uring.h>, which is a copy of the host's. */
#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1u << 13)
#endif

/* The files that are registered with a ring. */
enum { FILE_FUSE, FILE_WAKE, FILES };

enum entry_state {
	ENTRY_FREE,		/* the host may fill it */
	ENTRY_IN_PROCESS,	/* holds a request */
	ENTRY_DETACHED,		/* another thread is going to reply */
	ENTRY_REFUSED,		/* the host did not register it */
};

struct ring_entry {
	struct device device;
	struct ring *ring;
	unsigned int queue;
	enum entry_state state;	/* of the ring's thread */
	bool registered;	/* it has held a request */
	bool replied;		/* of the thread that replies */
	struct fuse_ring_headers *headers;
	uint64_t commit_id;
	struct iovec memory[2];	/* headers and payload, for the host */
	struct ring_entry *next;	/* of the same ring */
	struct ring_entry *next_answered;
};

/* A thread and its io_uring. */
struct ring {
	struct rings *rings;
	struct io_uring io_uring;
	bool made;		/* io_uring is */
	int wake;		/* an event, -1: none */
	uint64_t wake_count;	/* where it is read to */
	int cpu;		/* the thread belongs to it */
	unsigned int strays;	/* requests answered on another one */
	unsigned int number;	/* among the threads of the processor */
	pthread_t thread;
	bool started;
	atomic_bool busy;	/* has a request, and has not replied yet */
	struct ring_entry *entries;
	pthread_mutex_t lock;	/* protects answered */
	struct ring_entry *answered;	/* detached entries with a reply */
};

struct rings {
	struct fuse_session *session;
	void (*failed)(int error);
	atomic_flag failure_reported;
	unsigned int n_queues;
	pthread_mutex_t lock;	/* protects the members up to the next comment */
	pthread_cond_t changed;
	unsigned int n_ready;	/* threads that can get requests */
	int error;		/* of a thread that cannot */
	bool connected;		/* rings_connect() was called */
	bool negotiated;
	/* Set once. */
	atomic_bool stop;
	unsigned int n;
	struct ring ring[];
};

/* ---- Making rings, before the sandbox ---- */

/* The number of the host's queues; 0 if they are numbered with gaps. */
static unsigned int count_queues(void)
{
	unsigned int first, last = 0;
	char line[64] = "";
	FILE *file = fopen(POSSIBLE, "re");
	int fields = 0;

	if (!file)
		return 0;
	if (fgets(line, sizeof(line), file) && !strchr(line, ','))
		fields = sscanf(line, "%u-%u", &first, &last);
	fclose(file);
	return fields < 1 || first ? 0 : last + 1;
}

static bool host_enables_rings(void)
{
	FILE *file = fopen(PARAMETER, "re");
	bool on;

	if (!file)
		return false;
	on = fgetc(file) == 'Y';
	fclose(file);
	return on;
}

/* Allow one command on one file, and to be woken. */
static int restrict_ring(struct ring *ring, int fuse_fd)
{
	struct io_uring_restriction allowed[] = {
		{ .opcode = IORING_RESTRICTION_SQE_OP,
		  .sqe_op = IORING_OP_URING_CMD },
		{ .opcode = IORING_RESTRICTION_SQE_OP,
		  .sqe_op = IORING_OP_READ },
		{ .opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED,
		  .sqe_flags = IOSQE_FIXED_FILE },
		{ .opcode = IORING_RESTRICTION_REGISTER_OP,
		  .register_op = IORING_REGISTER_ENABLE_RINGS },
	};
	int files[FILES] = { [FILE_FUSE] = fuse_fd, [FILE_WAKE] = ring->wake };
	int fd = ring->io_uring.ring_fd;
	int ret;

	/* Some versions of liburing.so lack the functions for these. */
	ret = io_uring_register(fd, IORING_REGISTER_FILES, files, FILES);
	if (!ret)
		ret = io_uring_register(fd, IORING_REGISTER_RESTRICTIONS,
					allowed,
					sizeof(allowed) / sizeof(*allowed));
	return ret;
}

static int ring_make(struct ring *ring, int fuse_fd)
{
	/* Its thread enables it, and is the only one to use it from then on. */
	struct io_uring_params params = {
		.flags = IORING_SETUP_SQE128 | IORING_SETUP_R_DISABLED |
			 IORING_SETUP_SINGLE_ISSUER |
			 IORING_SETUP_DEFER_TASKRUN,
	};
	int ret;

	pthread_mutex_init(&ring->lock, NULL);
	ring->wake = eventfd(0, EFD_CLOEXEC);
	if (ring->wake < 0)
		return -errno;
	ret = io_uring_queue_init_params(SUBMISSIONS, &ring->io_uring,
					 &params);
	if (ret)
		return ret;
	ring->made = true;
	return restrict_ring(ring, fuse_fd);
}

static int rings_make(struct rings *rings, const cpu_set_t *cpus,
		      unsigned int per_cpu)
{
	int fuse_fd = fuse_session_fd(rings->session);
	unsigned int i;
	int cpu, ret;

	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		for (i = 0; CPU_ISSET(cpu, cpus) && i < per_cpu; i++) {
			struct ring *ring = &rings->ring[rings->n++];

			ring->rings = rings;
			ring->cpu = cpu;
			ring->number = i;
			ret = ring_make(ring, fuse_fd);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

int rings_prepare(struct fuse_session *session, enum rings_mode mode,
		  unsigned int threads, struct rings **ret_rings,
		  struct lkl_error *err)
{
	unsigned int n_queues = count_queues(), n_cpus, per_cpu;
	struct rings *rings;
	cpu_set_t cpus;
	int ret;

	*ret_rings = NULL;
	if (mode == RINGS_NO || threads < 2) {
		error_set(err, 0, "%s", mode == RINGS_NO ?
			  "io_uring=no" : "there is only one thread");
		return 0;
	}
	ret = mode == RINGS_YES ? -EOPNOTSUPP : 0;
	if (!host_enables_rings())
		return error_set(err, ret,
				 "the host has FUSE over io_uring turned off, or does not know it (%s is not Y)",
				 PARAMETER);
	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return error_set(err, ret, "cannot list the processors: %s",
				 strerror(errno));
	if (!n_queues || n_queues > QUEUES_MAX)
		return error_set(err, ret,
				 "io_uring is used with 1 to %u processors that are numbered without gaps",
				 QUEUES_MAX);
	n_cpus = (unsigned int)CPU_COUNT(&cpus);
	per_cpu = (threads + n_cpus - 1) / n_cpus;
	if (per_cpu < THREADS_PER_CPU_MIN)
		per_cpu = THREADS_PER_CPU_MIN;
	rings = calloc(1, sizeof(*rings) +
		       (size_t)n_cpus * per_cpu * sizeof(rings->ring[0]));
	if (!rings)
		return error_no_memory(err);
	rings->session = session;
	rings->n_queues = n_queues;
	pthread_mutex_init(&rings->lock, NULL);
	pthread_cond_init(&rings->changed, NULL);
	ret = rings_make(rings, &cpus, per_cpu);
	if (ret < 0) {
		rings_free(rings);
		return error_set(err, mode == RINGS_YES ? ret : 0,
				 "the host refuses an io_uring: %s",
				 strerror(-ret));
	}
	*ret_rings = rings;
	return 0;
}

/* ---- Entries ---- */

static struct ring_entry *entry_new(struct ring *ring, unsigned int queue)
{
	struct ring_entry *entry = calloc(1, sizeof(*entry));
	char *memory;

	if (!entry)
		return NULL;
	memory = device_entry_init(&entry->device, entry);
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

static void entries_free(struct ring *ring)
{
	struct ring_entry *entry;

	while ((entry = ring->entries)) {
		ring->entries = entry->next;
		device_entry_free(&entry->device);
		free(entry);
	}
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

static void ring_wake(struct ring *ring)
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
		    other->state < ENTRY_DETACHED)
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

/* ---- The threads ---- */

static void report_failure(struct rings *rings, int error)
{
	if (!atomic_flag_test_and_set(&rings->failure_reported))
		rings->failed(error);
}

/* Reply with an error if nobody has replied, which would be a mistake. */
static int entry_commit(struct ring_entry *entry)
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

static int commit_answered(struct ring *ring)
{
	struct ring_entry *entry, *next;
	int ret = 0;

	pthread_mutex_lock(&ring->lock);
	entry = ring->answered;
	ring->answered = NULL;
	pthread_mutex_unlock(&ring->lock);
	for (; entry && !ret; entry = next) {
		next = entry->next_answered;
		ret = entry_commit(entry);
	}
	return ret;
}

static int wait_for_wake(struct ring *ring)
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
static size_t assemble_request(struct ring_entry *entry)
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

static void bind_thread(const struct ring *ring)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(ring->cpu, &cpu);
	/* If the processor is gone, any other one will do. */
	sched_setaffinity(0, sizeof(cpu), &cpu);
}

/* The thread's processor was offline, and may be back. */
#define STRAYS	1024

static void return_to_cpu(struct ring *ring)
{
	if (sched_getcpu() != ring->cpu && !(ring->strays++ % STRAYS))
		bind_thread(ring);
}

static int answer_request(struct ring_entry *entry)
{
	struct ring *ring = entry->ring;
	size_t len;
	int ret;

	atomic_store_explicit(&ring->busy, true, memory_order_release);
	return_to_cpu(ring);
	entry->state = ENTRY_IN_PROCESS;
	entry->registered = true;
	entry->replied = false;
	len = assemble_request(entry);
	if (len) {
		device_self = &entry->device;
		device_clear_flags(&entry->device);
		device_process(ring->rings->session, &entry->device, len);
		device_self = NULL;
		quiet_sync_note(entry->device.head.opcode);
	}
	ret = entry->state == ENTRY_DETACHED ? 0 : entry_commit(entry);
	log_kernel_errors();
	return ret;
}

/* The mount, or this process's use of it, is over. */
static bool is_disconnected(int error)
{
	return error == -ENOTCONN || error == -ECANCELED ||
		error == -ECONNABORTED || error == -ENODEV;
}

/* 0, or -errno if the thread has to end. */
static int handle_completion(struct ring *ring)
{
	struct ring_entry *entry;
	struct io_uring_cqe *cqe;
	int res, ret;

	if (io_uring_peek_cqe(&ring->io_uring, &cqe))
		return 0;
	entry = io_uring_cqe_get_data(cqe);
	res = cqe->res;
	io_uring_cqe_seen(&ring->io_uring, cqe);
	if (entry && res >= 0)
		return answer_request(entry);
	if (entry && (entry->registered || is_disconnected(res)))
		return res;
	if (entry) {
		/*
		 * The host goes on with /dev/fuse, or with the entries that it
		 * has.
		 */
		log_verbose("the host refuses a ring for FUSE: %s",
			    strerror(-res));
		entry->state = ENTRY_REFUSED;
		device_no_rings();
		return 0;
	}
	ret = commit_answered(ring);
	return ret ? ret : wait_for_wake(ring);
}

static void answer_requests(struct ring *ring)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct rings *rings = ring->rings;
	int ret = 0;

	while (!ret && !atomic_load(&rings->stop)) {
		ret = io_uring_submit_and_wait(&ring->io_uring, 1);
		atomic_store_explicit(&ring->busy, false,
				      memory_order_release);
		if (ret == -EAGAIN || ret == -ENOMEM || ret == -EBUSY)
			nanosleep(&pause, NULL);
		else if (ret < 0 && ret != -EINTR)
			break;
		ret = handle_completion(ring);
	}
	if (ret < 0 && !is_disconnected(ret)) {
		report_failure(rings, ret);
		return;
	}
	/* The last replies; what these fetch is never looked at. */
	if (!commit_answered(ring))
		io_uring_submit(&ring->io_uring);
}

/* One entry for each queue that is this thread's. */
static int make_entries(struct ring *ring)
{
	const struct rings *rings = ring->rings;
	unsigned int queue, other, n;
	bool served, mine;

	for (queue = 0; queue < rings->n_queues; queue++) {
		served = false;
		for (other = 0; other < rings->n; other++)
			served |= rings->ring[other].cpu == (int)queue;
		/* Queues without threads go round. */
		n = (unsigned int)(ring - rings->ring);
		mine = served ? ring->cpu == (int)queue :
				queue % rings->n == n;
		if (mine && !entry_new(ring, queue))
			return -ENOMEM;
	}
	return 0;
}

static int register_entries(struct ring *ring)
{
	struct ring_entry *entry;
	int ret = wait_for_wake(ring);

	for (entry = ring->entries; entry && !ret; entry = entry->next)
		ret = entry_submit(entry, FUSE_RING_REGISTER);
	return ret;
}

static int ring_get_ready(struct ring *ring)
{
	int ret;

	bind_thread(ring);
	ret = identity_init();
	if (!ret)
		ret = make_entries(ring);
	if (!ret)
		ret = io_uring_register(ring->io_uring.ring_fd,
					IORING_REGISTER_ENABLE_RINGS, NULL, 0);
	return ret;
}

static void *ring_thread(void *arg)
{
	struct ring *ring = arg;
	struct rings *rings = ring->rings;
	bool negotiated;
	int ret;

	ret = ring_get_ready(ring);
	pthread_mutex_lock(&rings->lock);
	rings->n_ready++;
	if (ret < 0)
		rings->error = ret;
	pthread_cond_broadcast(&rings->changed);
	while (!rings->connected && !atomic_load(&rings->stop))
		pthread_cond_wait(&rings->changed, &rings->lock);
	negotiated = rings->negotiated;
	pthread_mutex_unlock(&rings->lock);

	if (negotiated && !ret) {
		ret = register_entries(ring);
		if (ret < 0)
			report_failure(rings, ret);
		else
			answer_requests(ring);
	}
	atomic_store(&ring->busy, false);
	/*
	 * The host writes to entries only when this thread enters the kernel for
	 * its ring.
	 */
	entries_free(ring);
	return NULL;
}

int rings_start(struct rings *rings, void (*failed)(int error),
		struct lkl_error *err)
{
	unsigned int i, started = 0;
	int ret = 0;

	rings->failed = failed;
	for (i = 0; i < rings->n && !ret; i++) {
		ret = -pthread_create(&rings->ring[i].thread, NULL,
				      ring_thread, &rings->ring[i]);
		rings->ring[i].started = !ret;
		started += !ret;
	}
	pthread_mutex_lock(&rings->lock);
	while (rings->n_ready < started)
		pthread_cond_wait(&rings->changed, &rings->lock);
	if (!ret)
		ret = rings->error;
	pthread_mutex_unlock(&rings->lock);
	if (ret < 0)
		error_set(err, ret, "cannot start the threads of io_uring: %s",
			  strerror(-ret));
	return ret;
}

void rings_connect(struct rings *rings, bool negotiated)
{
	pthread_mutex_lock(&rings->lock);
	rings->connected = true;
	rings->negotiated = negotiated;
	pthread_cond_broadcast(&rings->changed);
	pthread_mutex_unlock(&rings->lock);
}

bool rings_are_idle(struct rings *rings)
{
	unsigned int i;

	for (i = 0; i < rings->n; i++)
		if (atomic_load(&rings->ring[i].busy))
			return false;
	return true;
}

void rings_stop(struct rings *rings)
{
	unsigned int i;

	pthread_mutex_lock(&rings->lock);
	atomic_store(&rings->stop, true);
	pthread_cond_broadcast(&rings->changed);
	pthread_mutex_unlock(&rings->lock);
	for (i = 0; i < rings->n; i++) {
		if (!rings->ring[i].started)
			continue;
		ring_wake(&rings->ring[i]);
		pthread_join(rings->ring[i].thread, NULL);
		rings->ring[i].started = false;
	}
}

void rings_free(struct rings *rings)
{
	unsigned int i;

	if (!rings)
		return;
	for (i = 0; i < rings->n; i++) {
		struct ring *ring = &rings->ring[i];

		if (ring->made)
			io_uring_queue_exit(&ring->io_uring);
		if (ring->wake >= 0)
			close(ring->wake);
		pthread_mutex_destroy(&ring->lock);
	}
	pthread_cond_destroy(&rings->changed);
	pthread_mutex_destroy(&rings->lock);
	free(rings);
}

#else /* !HAVE_LIBURING */

int rings_prepare(struct fuse_session *session, enum rings_mode mode,
		  unsigned int threads, struct rings **ret_rings,
		  struct lkl_error *err)
{
	(void)session;
	(void)threads;
	*ret_rings = NULL;
	return error_set(err, mode == RINGS_YES ? -EOPNOTSUPP : 0,
			 "lklfuse was built without io_uring");
}

/* rings_prepare() makes no rings. */

int rings_start(struct rings *rings, void (*failed)(int error),
		struct lkl_error *err)
{
	(void)rings;
	(void)failed;
	return error_set(err, -EOPNOTSUPP, "there is no io_uring");
}

void rings_connect(struct rings *rings, bool negotiated)
{
	(void)rings;
	(void)negotiated;
}

bool rings_are_idle(struct rings *rings)
{
	(void)rings;
	return true;
}

void rings_stop(struct rings *rings)
{
	(void)rings;
}

void rings_free(struct rings *rings)
{
	(void)rings;
}

ssize_t rings_reply(struct ring_entry *entry, const struct iovec *iov,
		    int count)
{
	(void)entry;
	(void)iov;
	(void)count;
	errno = EOPNOTSUPP;
	return -1;
}

int rings_detach(struct ring_entry *entry)
{
	(void)entry;
	return -EOPNOTSUPP;
}

void rings_undo_detach(struct ring_entry *entry)
{
	(void)entry;
}

#endif /* HAVE_LIBURING */
