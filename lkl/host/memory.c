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
/* Mappings kept in reserve, twice this many. */
#define RESERVE_PAIRS	64u

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
	char *area, *aligned;
	int ret;

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
 * up and the kernel is told: it makes no new tasks then and lets go of what it
 * merely keeps.
 */
static struct {
	_Atomic(void *) pages;	/* every second one is a mapping of its own */
	atomic_bool used;	/* since it was last complete */
} reserve;

void memory_reserve(void)
{
	const size_t size = 2 * RESERVE_PAIRS * PAGE_SIZE;
	char *pages;
	void *none = NULL;
	size_t i;

	if (atomic_load(&reserve.pages))
		return;
	pages = map_memory(NULL, size, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!pages)
		return;
	for (i = 0; i < RESERVE_PAIRS; i++)
		if (mprotect(pages + 2 * i * PAGE_SIZE, PAGE_SIZE, PROT_READ))
			break;
	if (i == RESERVE_PAIRS &&
	    atomic_compare_exchange_strong(&reserve.pages, &none, pages))
		atomic_store(&reserve.used, false);
	else
		munmap(pages, size);
}

static void give_up_reserve(void)
{
	void *pages = atomic_exchange(&reserve.pages, NULL);

	if (pages)
		munmap(pages, 2 * RESERVE_PAIRS * PAGE_SIZE);
}

bool memory_mappings_are_short(void)
{
	memory_reserve();
	return !atomic_load(&reserve.pages);
}

/* A piece of the vmalloc area. */
struct piece {
	void *addr;
	unsigned long phys, len;
	int writable;
};

/* Map, from the reserve if need be: 0, 1 if it is in use, or -errno. */
static int map_with_reserve(int (*try_map)(const struct piece *piece),
			    const struct piece *piece)
{
	int ret = try_map(piece);

	if (ret == -ENOMEM) {
		atomic_store(&reserve.used, true);
		give_up_reserve();
		ret = try_map(piece);
	}
	return ret ? ret : atomic_load(&reserve.used);
}

/* A host that does not know the trick with mremap(), as valgrind. */
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
		ret = errno == EINVAL ? map_file(piece) : -errno;
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
	int ret = 0;

	if (len)
		ret = map_with_reserve(map_nothing, &piece);
	if (ret < 0 || !atomic_load(&reserve.used))
		return ret;
	memory_reserve();
	return atomic_load(&reserve.used);
}
