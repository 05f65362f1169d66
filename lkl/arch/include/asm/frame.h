/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * frame.h - stack frames of assembly functions, for arch/x86/crypto.
 *
 * This port has no unwinder that needs them.
 */
#ifndef _ASM_LKL_FRAME_H
#define _ASM_LKL_FRAME_H

#define FRAME_BEGIN
#define FRAME_END
#define FRAME_OFFSET	0

#endif
