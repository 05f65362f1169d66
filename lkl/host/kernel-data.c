// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel-data.c - the kernel's data, as new for each start.
 *
 * The kernel's data are pages of the file that holds the library, mapped
 * privately; its bss are anonymous pages.  If these pages are dropped, the
 * host shows the file and zeroes again.  So the first start costs nothing and
 * no copy has to be kept.  The pages then lack what the dynamic linker did
 * when it loaded the library: the relocations are applied once more.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "blk/error.h"
#include "kernel-data.h"

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED	24
#endif
#ifndef DT_RELR
#define DT_RELRSZ	35
#define DT_RELR		36
#endif

#ifdef __x86_64__
#define RELATIVE	R_X86_64_RELATIVE
#else
#define RELATIVE	R_AARCH64_RELATIVE
#endif

static bool dropped;		/* since the data was prepared */
static int drop_error;

/* The object of the program that contains the kernel. */
struct object {
	uintptr_t base, end;
	const ElfW(Dyn) *dynamic;
};

static int drop_pages(char *start, char *end)
{
	if (!madvise(start, (size_t)(end - start), MADV_DONTNEED) ||
	    /* The program has locked its memory. */
	    !madvise(start, (size_t)(end - start), MADV_DONTNEED_LOCKED))
		return 0;
	return -errno;
}

void kernel_data_drop(void)
{
	drop_error = drop_pages(lkl_data_start, lkl_data_end);
	if (!drop_error)
		drop_error = drop_pages(lkl_bss_start, lkl_bss_end);
	dropped = true;
}

static bool is_kernel_data(uintptr_t addr)
{
	return addr >= (uintptr_t)lkl_data_start &&
	       addr < (uintptr_t)lkl_data_end;
}

static int find_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct object found = { .base = info->dlpi_addr }, *object = arg;
	bool here = false;
	unsigned int i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + p->p_vaddr;

		if (p->p_type == PT_DYNAMIC)
			found.dynamic = (const ElfW(Dyn) *)start;
		if (p->p_type != PT_LOAD)
			continue;
		if ((uintptr_t)lkl_data_start >= start &&
		    (uintptr_t)lkl_data_end <= start + p->p_memsz)
			here = true;
		if (start + p->p_memsz > found.end)
			found.end = start + p->p_memsz;
	}
	if (here)
		*object = found;
	return here;
}

/* The dynamic linker may have replaced offsets by addresses. */
static const void *dynamic_table(const struct object *object, uintptr_t value)
{
	if (value < object->base || value >= object->end)
		value += object->base;
	return (const void *)value;
}

static void relocate_word(const struct object *object, uintptr_t addr)
{
	uintptr_t value;

	if (!is_kernel_data(addr))
		return;
	memcpy(&value, (void *)addr, sizeof(value));
	value += object->base;
	memcpy((void *)addr, &value, sizeof(value));
}

/* An address, and bitmaps of 63 words each that follow it (ELF, SHT_RELR). */
static void apply_relr(const struct object *object, const uintptr_t *relr,
		       size_t size)
{
	const unsigned int bits = 8 * sizeof(*relr) - 1;
	uintptr_t addr = 0, bitmap;
	size_t i;
	unsigned int j;

	for (i = 0; i < size / sizeof(*relr); i++) {
		if (!(relr[i] & 1)) {
			addr = object->base + relr[i];
			relocate_word(object, addr);
			addr += sizeof(addr);
			continue;
		}
		for (bitmap = relr[i] >> 1, j = 0; bitmap; bitmap >>= 1, j++)
			if (bitmap & 1)
				relocate_word(object,
					      addr + j * sizeof(addr));
		addr += bits * sizeof(addr);
	}
}

static int apply_rela(const struct object *object, const ElfW(Rela) *rela,
		      size_t size)
{
	size_t i;

	for (i = 0; i < size / sizeof(*rela); i++) {
		uintptr_t addr = object->base + rela[i].r_offset;
		uintptr_t value = object->base + (uintptr_t)rela[i].r_addend;

		if (!is_kernel_data(addr))
			continue;
		if (ELF64_R_TYPE(rela[i].r_info) != RELATIVE)
			return -ENOTSUP;
		memcpy((void *)addr, &value, sizeof(value));
	}
	return 0;
}

static int kernel_data_relocate(void)
{
	const ElfW(Rela) *rela = NULL;
	const uintptr_t *relr = NULL;
	size_t rela_size = 0, relr_size = 0;
	struct object object = { 0 };
	const ElfW(Dyn) *d;

	if (!dl_iterate_phdr(find_object, &object))
		return -ENOTSUP;
	/* A program that is not position-independent has no relocations. */
	if (!object.dynamic)
		return object.base ? -ENOTSUP : 0;
	for (d = object.dynamic; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_RELA)
			rela = dynamic_table(&object, d->d_un.d_ptr);
		else if (d->d_tag == DT_RELASZ)
			rela_size = d->d_un.d_val;
		else if (d->d_tag == DT_RELR)
			relr = dynamic_table(&object, d->d_un.d_ptr);
		else if (d->d_tag == DT_RELRSZ)
			relr_size = d->d_un.d_val;
	}
	if (relr)
		apply_relr(&object, relr, relr_size);
	return rela ? apply_rela(&object, rela, rela_size) : 0;
}

int kernel_data_prepare(struct lkl_error *err)
{
	int ret = drop_error;

	if (!dropped)
		return 0;
	if (!ret)
		ret = kernel_data_relocate();
	/* Half of it may be done: there is no second attempt. */
	drop_error = ret;
	if (ret)
		return lkl_fail(err, ret,
				"cannot restore the kernel's data: %s",
				strerror(-ret));
	dropped = false;
	return 0;
}
