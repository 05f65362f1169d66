// SPDX-License-Identifier: GPL-2.0-only
/*
 * early-panic.c - a kernel that panics early in its boot makes lkl_start() fail
 * with the panic's message; it does not hang, and a later start works.
 *
 * Slabs of 4 MiB exhaust the smallest memory before the kernel has set up its
 * allocator.
 *
 * allow-log: Kernel panic
 * timeout: 60
 */
#include "boot.h"

static void start_panics(const char *params)
{
	struct lkl_options options = {
		.size = sizeof(options),
		.memory = LKL_MEMORY_MIN,
		.params = params,
	};
	struct lkl_error err = { "" };

	IS(lkl_start(&options, &err), -ENOTRECOVERABLE);
	CHECK_THAT(strstr(err.text, "panic"), "no word of a panic: %s",
		   err.text);
	IS(lkl_halt(), -LKL_ENXIO);
}

int main(void)
{
	start_panics("slab_min_order=10 slab_max_order=10");
	/* Restarting at once is no way out either. */
	start_panics("panic=-1 slab_min_order=10 slab_max_order=10");

	boot(0);
	OK(lkl_halt());
	return check_exit();
}
