// SPDX-License-Identifier: GPL-2.0-only
/*
 * thread.c - the tasks through which host threads make their calls.
 *
 * Each host thread that calls has a task, a thread of process 1, that lives
 * in the loop of run_calls().  A task that waits for a call is either current
 * "in user mode" (its host thread made the last call on the free vCPU, the
 * next one is entered directly) or asleep (posted calls wake it).
 *
 * Posting: the host thread sets its call up, pushes itself on vcpu->posted
 * and raises LKL_IRQ_CALL.  A thread that has no task yet waits on the new
 * list until process 1 has made one.
 */
#include <linux/completion.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/resume_user_mode.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>
#include <linux/sched/task.h>
#include <linux/syscalls.h>
#include <linux/wait.h>
#include <asm/setup.h>
#include <asm/thread.h>
#include <asm/vcpu.h>

/* Of all memory, this part is not used for new tasks. */
#define TASK_RESERVE	8

/* Threads without a task, last first; filled by interrupt, emptied below. */
static struct lkl_thread *new_threads;
static DECLARE_WAIT_QUEUE_HEAD(new_threads_wait);

void lkl_take_calls(void)
{
	struct lkl_thread *t, *next;

	t = __atomic_exchange_n(&this_vcpu()->posted, NULL, __ATOMIC_ACQUIRE);
	for (; t; t = next) {
		next = t->next;
		t->ready = 1;
		if (t->busy)
			this_vcpu()->calls++;
		if (t->task) {
			wake_up_process(t->task);
		} else {
			t->next = new_threads;
			new_threads = t;
			wake_up(&new_threads_wait);
		}
	}
}

/* Behind this the host thread may make the next call. */
static void complete_call(struct lkl_thread *t)
{
	this_vcpu()->calls--;
	__atomic_store_n(&t->busy, 0, __ATOMIC_RELEASE);
}

/* The work of an exit to user mode, except signal handlers. */
static void exit_work(void)
{
	unsigned long work;

	while ((work = read_thread_flags()) & _TIF_WORK_MASK) {
		if (work & _TIF_NEED_RESCHED)
			schedule();
		if (work & (_TIF_NOTIFY_SIGNAL | _TIF_NOTIFY_RESUME)) {
			clear_notify_signal();
			resume_user_mode_work(&lkl_pt_regs);
		}
		if (work & _TIF_SIGPENDING) {
			flush_signals(current);
			clear_thread_flag(TIF_SIGPENDING);
		}
	}
}

static long run_call(struct lkl_thread *t)
{
	long ret;

	do {
		ret = lkl_do_call(t->nr, t->args);
		if (unlikely(read_thread_flags() & _TIF_WORK_MASK)) {
			bool interrupted = signal_pending(current);

			exit_work();
			if (!interrupted)
				continue;
		}
		break;
	} while (ret == -ERESTARTSYS || ret == -ERESTARTNOINTR ||
		 ret == -ERESTARTNOHAND);

	switch (ret) {
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		return -EINTR;
	}
	return ret;
}

/* Nothing to do for our host thread: let the vCPU go. */
static void wait_for_call(struct lkl_thread *t)
{
	struct lkl_vcpu *vcpu = this_vcpu();

	if (vcpu->driver == t) {
		/* The driver is our thread: this is the return from its call. */
		vcpu->work_left = nr_running() > 1;
		vcpu->user = t;
		lkl_leave(LKL_LEAVE_DONE);
		vcpu = this_vcpu();
		vcpu->user = NULL;
		/* The usual case: the same thread is back with the next call. */
		if (t->ready && !READ_ONCE(vcpu->irq_pending))
			return;
		local_irq_disable();
		local_irq_enable();
		return;
	}

	set_current_state(TASK_IDLE);
	if (!t->ready)
		schedule();
	__set_current_state(TASK_RUNNING);
}

static int run_calls(void *arg)
{
	struct lkl_thread *t = arg;

	t->task = current;
	for (;;) {
		while (!READ_ONCE(t->ready))
			wait_for_call(t);
		t->ready = 0;
		if (t->exiting)
			break;
		if (unlikely(lkl_wall_clock_unchecked))
			lkl_check_wall_clock();
		t->ret = run_call(t);
		complete_call(t);
		if (this_vcpu()->driver != t)
			lkl_ops->wake(t);
	}
	lkl_ops->released(t);
	do_exit(0);
}

/*
 * The kernel would go on making tasks until nothing is left for the calls of
 * those that it has, and then panic.
 */
static bool has_room_for_task(void)
{
	return si_mem_available() > (long)(totalram_pages() / TASK_RESERVE) &&
	       !lkl_mappings_are_short();
}

static void make_task(struct lkl_thread *t)
{
	struct kernel_clone_args args = {
		.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			 CLONE_THREAD | CLONE_SYSVSEM,
		.fn = run_calls,
		.fn_arg = t,
	};
	pid_t pid;

	/* A halt must not depend on room for one more task. */
	if (t->nr == LKL_CALL_HALT && !t->exiting)
		lkl_do_call(t->nr, t->args);
	for (;;) {
		pid = has_room_for_task() ? kernel_clone(&args) : -ENOMEM;
		if (pid != -ERESTARTNOINTR)
			break;
		/* A signal for the process: nobody but us takes it. */
		exit_work();
	}
	if (pid >= 0)
		return;
	pr_warn_ratelimited("no room for the task of another host thread: %d\n",
			    pid);
	t->ret = -ENOMEM;
	complete_call(t);
	lkl_ops->wake(t);
}

void __noreturn lkl_serve_threads(void)
{
	struct lkl_thread *boot = lkl_boot_thread;

	/* The host thread that boots waits for this. */
	boot->ret = 0;
	complete_call(boot);
	/* It sleeps if the kernel idled while booting and another drives. */
	if (this_vcpu()->driver != boot)
		lkl_ops->wake(boot);

	for (;;) {
		struct lkl_thread *t;

		wait_event_idle(new_threads_wait, new_threads);
		local_irq_disable();
		t = new_threads;
		new_threads = t->next;
		local_irq_enable();
		make_task(t);
		exit_work();
	}
}
