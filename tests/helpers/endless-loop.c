// SPDX-License-Identifier: GPL-2.0-only
/*
 * endless-loop.c - makes a function of the kernel inside a tool loop for ever,
 * from its first call on: a library for LD_PRELOAD.
 *
 * ENDLESS_LOOP is the function's address relative to lkl_start(), see
 * lib-loop.sh.  A process without the library is left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__x86_64__)
static const unsigned char jump_to_itself[] = { 0xeb, 0xfe };
#elif defined(__aarch64__)
static const unsigned char jump_to_itself[] = { 0x00, 0x00, 0x00, 0x14 };
#endif

__attribute__((constructor)) static void make_loop(void)
{
	const char *offset = getenv("ENDLESS_LOOP");
	char *start = dlsym(RTLD_DEFAULT, "lkl_start"), *at, *page;

	if (!start || !offset)
		return;
	at = start + strtol(offset, NULL, 0);
	page = (char *)((uintptr_t)at & ~4095ul);
	if (mprotect(page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC)) {
		perror("endless-loop: mprotect");
		exit(99);
	}
	memcpy(at, jump_to_itself, sizeof(jump_to_itself));
	mprotect(page, 8192, PROT_READ | PROT_EXEC);
}
