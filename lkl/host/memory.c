/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.c - kernel memory as host mappings.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "blk/error.h"
#include "blk/memory-file.h"
#include "memory.h"

/* Addresses only: plenty costs nothing, and the kernel wants room to spare. */
#define VMALLOC_MIN	(8ull << 30)
/* The kernel's page tables are simplest if the area starts at such a step. */
#define VMALLOC_ALIGN	(1ull << 30)

struct memory lkl_memory = { .fd = -1 };

static void *map_memory(void *addr, size_t len, int prot, int flags, int fd,
			off_t offset)
{
	void *p = mmap(addr, len, prot, flags, fd, offset);

	return p == MAP_FAILED ? NULL : p;
}

int memory_create(uint64_t size, struct lkl_error *err)
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
	if (ftruncate(m->fd, size)) {
		ret = lkl_fail(err, -errno, "kernel memory of %llu bytes: %s",
			       (unsigned long long)size, strerror(errno));
		goto fail;
	}
	m->base = map_memory(NULL, size, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_NORESERVE, m->fd, 0);
	if (!m->base) {
		ret = lkl_fail(err, -errno, "kernel memory of %llu bytes: %s",
			       (unsigned long long)size, strerror(errno));
		goto fail;
	}
	/* Fewer, larger pages where the host's policy leaves it to us. */
	madvise(m->base, size, MADV_HUGEPAGE);
	/* A fork would see, and change, the parent's kernel. */
	madvise(m->base, size, MADV_DONTFORK);

	area = map_memory(NULL, m->vmalloc_size + VMALLOC_ALIGN, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!area) {
		ret = lkl_fail(err, -errno,
			       "%llu bytes of address space for the kernel: %s",
			       (unsigned long long)m->vmalloc_size,
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

void memory_destroy(void)
{
	struct memory *m = &lkl_memory;

	if (m->vmalloc)
		munmap(m->vmalloc, m->vmalloc_size);
	if (m->base)
		munmap(m->base, m->size);
	if (m->fd >= 0)
		close(m->fd);
	*m = (struct memory) { .fd = -1 };
}

int memory_map(unsigned long virt, unsigned long phys, unsigned long len,
	       int writable)
{
	int prot = PROT_READ | (writable ? PROT_WRITE : 0);

	if (!map_memory((void *)virt, len, prot, MAP_SHARED | MAP_FIXED,
			lkl_memory.fd, phys))
		return -errno;
	return 0;
}

int memory_unmap(unsigned long virt, unsigned long len)
{
	if (!map_memory((void *)virt, len, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
			-1, 0))
		return -errno;
	return 0;
}
