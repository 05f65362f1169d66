/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.c - kernel memory as host mappings.
 *
 * The mappings of the vmalloc area are second mappings of parts of the direct
 * map, made by mremap().  They take over its flags, so fork() leaves them out as
 * it leaves out the direct map, from the moment when they appear.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "arch/include/asm/host_ops.h"
#include "blk/error.h"
#include "blk/memory-file.h"
#include "memory.h"

/* Addresses only: plenty costs nothing, and the kernel wants room to spare. */
#define VMALLOC_MIN	(8ull << 30)
/* The kernel's page tables are simplest if the area starts at such a step. */
#define VMALLOC_ALIGN	(1ull << 30)
/* With these limits of address space the area is made smaller, to this. */
#define VMALLOC_SMALLEST	(1ull << 30)

#define PAGE_SIZE	4096u
/*
 * Mappings kept in reserve: chunks of some pairs.  As long as all but these few
 * are there, the kernel may make threads.
 */
#define RESERVE_CHUNKS	16u
#define RESERVE_LOW	6u
#define CHUNK_PAIRS	4u
#define CHUNK_SIZE	(2 * CHUNK_PAIRS * PAGE_SIZE)

/*
 * Where memory is if it has to be in the same place each time: addresses that
 * the host gives to no program by itself.  The vmalloc area follows behind the
 * largest memory, see start.c.
 */
#ifdef __aarch64__
#define SAME_PLACE	(128ull << 30)	/* it may have 39 bits only */
#else
#define SAME_PLACE	(32ull << 40)
#endif
#define SAME_PLACE_VMALLOC	(SAME_PLACE + (64ull << 30))

struct memory lkl_memory = { .fd = -1 };

static void *map_memory(void *addr, size_t len, int prot, int flags, int fd,
			off_t offset)
{
	void *p = mmap(addr, len, prot, flags, fd, offset);

	return p == MAP_FAILED ? NULL : p;
}

/* The same, at @addr if nothing is there, or else anywhere. */
static void *map_memory_near(uint64_t addr, size_t len, int prot, int flags,
			     int fd)
{
	void *p = NULL;

	if (addr)
		p = map_memory((void *)(uintptr_t)addr, len, prot,
			       flags | MAP_FIXED_NOREPLACE, fd, 0);
	return p ? p : map_memory(NULL, len, prot, flags, fd, 0);
}

/*
 * Set the size of @fd.  Above the limit of file sizes the host sends a signal,
 * which would end the program.
 */
static int set_file_size(int fd, uint64_t size)
{
	const struct timespec now = { 0 };
	sigset_t signals, pending, old;
	int ret;

	sigemptyset(&signals);
	sigaddset(&signals, SIGXFSZ);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &signals, &old);
	ret = ftruncate(fd, (off_t)size) ? -errno : 0;
	if (ret == -EFBIG && !sigismember(&pending, SIGXFSZ))
		sigtimedwait(&signals, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return ret;
}

int memory_create(uint64_t size, bool same_place, struct lkl_error *err)
{
	struct memory *m = &lkl_memory;
	long host_page = sysconf(_SC_PAGESIZE);
	char *area, *aligned;
	int ret;

	/* The kernel maps and protects single pages of its own. */
	if (host_page != PAGE_SIZE)
		return lkl_fail(err, -EOPNOTSUPP,
				"the host has pages of %ld bytes, and the kernel inside was built for %u",
				host_page, PAGE_SIZE);
	m->size = size;
	m->vmalloc_size = 4 * size > VMALLOC_MIN ? 4 * size : VMALLOC_MIN;
	m->vmalloc_size &= ~(VMALLOC_ALIGN - 1);

	m->fd = memory_file("lkl", 0);
	if (m->fd < 0)
		return lkl_fail(err, -errno, "kernel memory: memfd_create: %s",
				strerror(errno));
	ret = set_file_size(m->fd, size);
	if (ret) {
		lkl_fail(err, ret, "kernel memory of %llu bytes: %s%s",
			 (unsigned long long)size, strerror(-ret),
			 ret == -EFBIG ? " (ulimit -f?)" : "");
		goto fail;
	}
	m->base = map_memory_near(same_place ? SAME_PLACE : 0, size,
				  PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_NORESERVE, m->fd);
	if (!m->base) {
		ret = lkl_fail(err, -errno,
			       "kernel memory of %llu bytes: %s (ulimit -v?)",
			       (unsigned long long)size, strerror(errno));
		goto fail;
	}
	/* Fewer, larger pages where the host's policy leaves it to us. */
	madvise(m->base, size, MADV_HUGEPAGE);
	/* A child would see, and change, the parent's kernel. */
	if (madvise(m->base, size, MADV_DONTFORK)) {
		ret = lkl_fail(err, -errno, "kernel memory: MADV_DONTFORK: %s",
			       strerror(errno));
		goto fail;
	}

	/* Less, if a limit (RLIMIT_AS) leaves less. */
	while (!(area = map_memory_near(same_place ? SAME_PLACE_VMALLOC : 0,
					m->vmalloc_size + VMALLOC_ALIGN,
					PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
					MAP_NORESERVE, -1)) &&
	       m->vmalloc_size > VMALLOC_SMALLEST)
		m->vmalloc_size = m->vmalloc_size / 2 & ~(VMALLOC_ALIGN - 1);
	if (!area) {
		ret = lkl_fail(err, -errno,
			       "%llu bytes of address space for the kernel: %s (ulimit -v?)",
			       m->vmalloc_size + VMALLOC_ALIGN,
			       strerror(errno));
		goto fail;
	}
	aligned = (char *)(((uintptr_t)area + VMALLOC_ALIGN - 1) &
			   ~(uintptr_t)(VMALLOC_ALIGN - 1));
	if (aligned > area)
		munmap(area, aligned - area);
	munmap(aligned + m->vmalloc_size, area + VMALLOC_ALIGN - aligned);
	m->vmalloc = aligned;
	return 0;

fail:
	memory_destroy();
	return ret;
}

static void give_up_reserve(void);

void memory_destroy(void)
{
	struct memory *m = &lkl_memory;

	if (m->vmalloc)
		munmap(m->vmalloc, m->vmalloc_size);
	if (m->base)
		munmap(m->base, m->size);
	if (m->fd >= 0)
		close(m->fd);
	give_up_reserve();
	*m = (struct memory) { .fd = -1 };
}

/* ---- The reserve ---- */

/*
 * The host limits the mappings of a process (vm.max_map_count), and does not
 * tell how many it has.  When there are no more, those of the reserve are given
 * up one chunk at a time, so that the rest of the program gets few of them.  The
 * kernel is told: it makes no tasks for the program then, lets go of what it
 * merely keeps, and saves the last chunks for what cannot fail.
 */
static struct {
	/* Every second page of a chunk is a mapping of its own. */
	_Atomic(void *) chunks[RESERVE_CHUNKS];	/* NULL: given up */
	atomic_uint held;			/* chunks that are there */
	atomic_bool used;			/* since it was last whole */
} reserve;

static void *chunk_make(void)
{
	char *pages = map_memory(NULL, CHUNK_SIZE, PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
				 -1, 0);
	unsigned int i;

	if (!pages)
		return NULL;
	for (i = 0; i < CHUNK_PAIRS; i++) {
		if (mprotect(pages + 2 * i * PAGE_SIZE, PAGE_SIZE, PROT_READ)) {
			munmap(pages, CHUNK_SIZE);
			return NULL;
		}
	}
	return pages;
}

void memory_reserve(void)
{
	void *none, *chunk;
	unsigned int i;

	for (i = 0; i < RESERVE_CHUNKS; i++) {
		if (atomic_load(&reserve.chunks[i]))
			continue;
		chunk = chunk_make();
		if (!chunk)
			return;
		none = NULL;
		if (atomic_compare_exchange_strong(&reserve.chunks[i], &none,
						   chunk))
			atomic_fetch_add(&reserve.held, 1);
		else
			munmap(chunk, CHUNK_SIZE);
	}
	if (atomic_load(&reserve.held) == RESERVE_CHUNKS)
		atomic_store(&reserve.used, false);
}

/* False if there is nothing left. */
static bool give_up_chunk(void)
{
	unsigned int i;
	void *chunk;

	atomic_store(&reserve.used, true);
	for (i = 0; i < RESERVE_CHUNKS; i++) {
		chunk = atomic_exchange(&reserve.chunks[i], NULL);
		if (!chunk)
			continue;
		atomic_fetch_sub(&reserve.held, 1);
		munmap(chunk, CHUNK_SIZE);
		return true;
	}
	return false;
}

static void give_up_reserve(void)
{
	while (give_up_chunk())
		;
	atomic_store(&reserve.used, false);
}

static enum lkl_reserve reserve_state(void)
{
	if (!atomic_load(&reserve.used))
		return LKL_RESERVE_WHOLE;
	return atomic_load(&reserve.held) >= RESERVE_LOW ? LKL_RESERVE_USED :
							   LKL_RESERVE_LOW;
}

/* Not by reserve.held: another thread may just be counting the chunk it made. */
bool memory_mappings_are_short(void)
{
	unsigned int i;

	memory_reserve();
	for (i = 0; i < RESERVE_CHUNKS; i++)
		if (!atomic_load(&reserve.chunks[i]))
			return true;
	return false;
}

/* A piece of the vmalloc area. */
struct piece {
	void *addr;
	unsigned long phys, len;
	int writable;
};

/* Map, from the reserve if need be: its state, or -errno. */
static int map_with_reserve(int (*try_map)(const struct piece *piece),
			    const struct piece *piece)
{
	int ret;

	do
		ret = try_map(piece);
	while (ret == -ENOMEM && give_up_chunk());
	return ret ? ret : (int)reserve_state();
}

/* For hosts that do not know the trick with mremap(). */
static int map_file(const struct piece *piece)
{
	if (!map_memory(piece->addr, piece->len, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_FIXED, lkl_memory.fd, piece->phys) ||
	    madvise(piece->addr, piece->len, MADV_DONTFORK))
		return -errno;
	return 0;
}

static int map_again(const struct piece *piece)
{
	int ret = 0;

	/* Of a shared mapping, an old length of 0 makes a second mapping. */
	if (mremap(lkl_memory.base + piece->phys, 0, piece->len,
		   MREMAP_MAYMOVE | MREMAP_FIXED, piece->addr) == MAP_FAILED)
		/* So say valgrind, and the user mode of QEMU. */
		ret = errno == EINVAL || errno == ENOMEM ? map_file(piece) :
							   -errno;
	if (!ret && !piece->writable &&
	    mprotect(piece->addr, piece->len, PROT_READ))
		ret = -errno;
	return ret;
}

static int map_nothing(const struct piece *piece)
{
	if (!map_memory(piece->addr, piece->len, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
			-1, 0))
		return -errno;
	return 0;
}

int memory_map(unsigned long virt, unsigned long phys, unsigned long len,
	       int writable)
{
	const struct piece piece = { (void *)virt, phys, len, writable };

	return map_with_reserve(map_again, &piece);
}

int memory_unmap(unsigned long virt, unsigned long len)
{
	const struct piece piece = { .addr = (void *)virt, .len = len };
	int ret = reserve_state();

	if (len)
		ret = map_with_reserve(map_nothing, &piece);
	if (ret <= LKL_RESERVE_WHOLE)
		return ret;
	memory_reserve();
	return reserve_state();
}
