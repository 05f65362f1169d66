/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * current.h - the current task, kept in the state of the vCPU.
 */
#ifndef _ASM_LKL_CURRENT_H
#define _ASM_LKL_CURRENT_H

#ifndef __ASSEMBLY__

#include <asm/vcpu.h>

struct task_struct;

#define current ((struct task_struct *)this_vcpu()->current_task)

#endif

#endif
