/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_LKL_PROCESSOR_H
#define _ASM_LKL_PROCESSOR_H

#include <linux/const.h>
#include <asm/page.h>
#include <asm/ptrace.h>
#include <asm/vcpu.h>

struct task_struct;

/* A fibre that does not run: where lkl_fiber_switch() continues it. */
struct thread_struct {
	void *sp;
	/* What a new task runs first. */
	int (*fn)(void *arg);
	void *fn_arg;
};

#define INIT_THREAD { }

/*
 * User addresses exist in page tables only, never on the host: process 1
 * has an address space because a process has one, and nothing runs in it.
 */
#define TASK_SIZE		(_AC(1, UL) << 47)
#define STACK_TOP		TASK_SIZE
#define STACK_TOP_MAX		STACK_TOP
#define TASK_UNMAPPED_BASE	PAGE_ALIGN(TASK_SIZE / 3)

/*
 * A loop that waits for an interrupt does nothing else: the interrupt has to
 * be taken here.
 */
static inline void cpu_relax(void)
{
	barrier();
	lkl_poll_irqs();
	barrier();
}

void start_thread(struct pt_regs *regs, unsigned long pc, unsigned long sp);

static inline unsigned long __get_wchan(struct task_struct *p)
{
	return 0;
}

#define task_pt_regs(tsk)	(&lkl_pt_regs)
#define KSTK_EIP(tsk)		0UL
#define KSTK_ESP(tsk)		0UL

#endif
