// SPDX-License-Identifier: GPL-2.0-only
/*
 * process.c - kernel tasks as fibres: creation, switch, idle.
 */
#include <linux/cpu.h>
#include <linux/kallsyms.h>
#include <linux/printk.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/debug.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <asm/sections.h>
#include <asm/setup.h>
#include <asm/switch_to.h>
#include <asm/thread.h>
#include <asm/vcpu.h>

/* switch_*.S */
void *lkl_fiber_init_frame(void *top, void (*entry)(void));

void *lkl_fiber_init(void *stack, void (*entry)(void))
{
	return lkl_fiber_init_frame(stack + THREAD_SIZE, entry);
}

struct task_struct *__switch_to(struct task_struct *prev,
				struct task_struct *next)
{
	struct lkl_vcpu *vcpu = this_vcpu();

	vcpu->previous_task = prev;
	vcpu->current_task = next;
	lkl_fiber_switch(&prev->thread.sp, next->thread.sp);
	return this_vcpu()->previous_task;
}

void lkl_leave(enum lkl_leave reason)
{
	struct lkl_vcpu *vcpu = this_vcpu();

	vcpu->reason = reason;
	lkl_fiber_switch(&vcpu->task_sp, vcpu->host_sp);
}

void __noreturn lkl_leave_dead(void)
{
	for (;;)
		lkl_leave(LKL_LEAVE_DEAD);
}

/* The first function of a new task; __switch_to() switches to it. */
static void task_entry(void)
{
	struct thread_struct *t;

	schedule_tail(this_vcpu()->previous_task);
	t = &current->thread;
	t->fn(t->fn_arg);
	/*
	 * A kernel thread does not get here.  Process 1 does, when it has
	 * executed its program (see init.c): its user mode is this.
	 */
	lkl_serve_threads();
}

/*
 * Called before a new task gets its stack, which needs mappings of the host.  A
 * fork can fail, which the users of kernel threads expect; later the lack of a
 * mapping is a panic.  Kernel threads may use more of the reserve than the
 * program's, since some write what is dirty.
 */
int arch_dup_task_struct(struct task_struct *dst, struct task_struct *src)
{
	if (system_state == SYSTEM_RUNNING &&
	    (src->flags & PF_KTHREAD ? lkl_mappings_are_low() :
	     lkl_mappings_are_short()))
		return -ENOMEM;
	*dst = *src;
	return 0;
}

int copy_thread(struct task_struct *p, const struct kernel_clone_args *args)
{
	/* A copy of a user process would have no code to run. */
	if (!args->fn)
		return -ENOSYS;

	p->thread.fn = args->fn;
	p->thread.fn_arg = args->fn_arg;
	p->thread.sp = lkl_fiber_init(task_stack_page(p), task_entry);
	return 0;
}

void start_thread(struct pt_regs *regs, unsigned long pc, unsigned long sp)
{
}

void flush_thread(void)
{
}

/* Tracing stops user code, of which there is none. */
long arch_ptrace(struct task_struct *child, long request, unsigned long addr,
		 unsigned long data)
{
	return -EIO;
}

void ptrace_disable(struct task_struct *child)
{
}

/* Interrupts are disabled here; pending ones are taken when we return. */
void arch_cpu_idle(void)
{
	if (READ_ONCE(this_vcpu()->irq_pending))
		return;
	this_vcpu()->work_left = 0;
	lkl_wall_clock_unchecked = true;
	lkl_leave(LKL_LEAVE_IDLE);
}

void lkl_kernel_running(const struct lkl_vcpu *vcpu,
			struct lkl_running *ret_running)
{
	const struct task_struct *task = vcpu->current_task;

	*ret_running = (struct lkl_running) {
		.name = task->comm,
		.pid = task->pid,
		.text_start = (unsigned long)_stext,
		.text_end = (unsigned long)_etext,
	};
}

void show_regs(struct pt_regs *regs)
{
	show_regs_print_info(KERN_DEFAULT);
}

/*
 * Frame pointers are not kept, and unwinding by tables is the debugger's
 * business: say where to look.
 */
void show_stack(struct task_struct *task, unsigned long *sp, const char *loglvl)
{
	if (!task)
		task = current;
	printk("%sstack of %s/%d: %px\n", loglvl, task->comm, task->pid,
	       task_stack_page(task));
}
