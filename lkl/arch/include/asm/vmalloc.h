/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmalloc.h - vmalloc uses small pages only, so there is nothing to say.
 */
#ifndef _ASM_LKL_VMALLOC_H
#define _ASM_LKL_VMALLOC_H

#endif
