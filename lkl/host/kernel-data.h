/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel-data.h - the kernel's data, as new for each start.
 */
#ifndef LKL_KERNEL_DATA_H
#define LKL_KERNEL_DATA_H

#include "lkl.h"

/*
 * All that the kernel writes outside of its memory: its data and its bss, whole
 * pages that hold nothing else.  The kernel's linker script defines these.
 */
extern char lkl_data_start[], lkl_data_end[];
extern char lkl_bss_start[], lkl_bss_end[];

/* kernel_data_drop - free what the kernel wrote there; nothing runs it. */
void kernel_data_drop(void);

/* kernel_data_prepare - make the data what the kernel has to start with. */
int kernel_data_prepare(struct lkl_error *err);

#endif
