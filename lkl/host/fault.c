/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fault.c - the handlers of SIGSEGV and its kin.
 *
 * A fault of a thread that is in the kernel is one of these:
 *
 * - The kernel expects it: a caller's pointer was bad.  The kernel says where
 *   to continue (lkl_kernel_recover()), and the call fails with -EFAULT.
 * - It is a bug.  If the program asked for that (LKL_CATCH_FAULTS), the kernel
 *   panics: the thread continues as if the kernel had left for good, by a
 *   fibre switch to its own stack.  If the thread was in the library's own code,
 *   it may hold locks, so the library refuses all further work.
 *
 * All other faults are the program's.  They are passed on to the handler that
 * was installed before ours, as the host would have called it.
 */
#define _GNU_SOURCE
#include <errno.h>
#if __has_include(<execinfo.h>)
#include <execinfo.h>
#else
/* The C library has none. */
static int backtrace(void **frames, int n)
{
	return 0;
}
#endif
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "blk/error.h"
#include "fault.h"
#include "log.h"
#include "memory.h"
#include "process.h"
#include "vcpu.h"

#define ALTSTACK_SIZE	(64u << 10)

/*
 * How many different handlers a program may install over ours, and have ours put
 * in front of them again by starting the kernel once more.
 */
#define MAX_BEFORE	8

static struct fault_signal {
	int nr;
	bool panic_only;		/* of no use but for panics */
	/*
	 * The actions that ours has replaced.  None moves, since threads may
	 * look at any time.
	 */
	struct sigaction before[MAX_BEFORE];
	unsigned int count;
	/*
	 * Their order, first to last: four bits each, from the lowest on, are
	 * an index plus one.  An action that is installed again becomes the
	 * last.
	 */
	atomic_ulong order;
} signals[] = {
	{ .nr = SIGSEGV },
	{ .nr = SIGBUS },
	{ .nr = SIGFPE, .panic_only = true },
	{ .nr = SIGILL, .panic_only = true },
	/* An unreachable place in code for aarch64. */
	{ .nr = SIGTRAP, .panic_only = true },
};
#define NR_SIGNALS	(sizeof(signals) / sizeof(signals[0]))

static atomic_bool panic_wanted;

/* Of a thread in an operation for the kernel: what fault_host_end() restores. */
static __thread bool in_host __attribute__((tls_model("initial-exec")));
static __thread int host_cancel_state
	__attribute__((tls_model("initial-exec")));

__thread enum fault_place fault_place;
static __thread void *altstack __attribute__((tls_model("initial-exec")));

/*
 * A signal that is being passed on, to the action at @place of the order, from
 * 1.  That handler may in turn call ours, which it has replaced at its time.
 */
struct passing {
	const void *context;
	uintptr_t frame;
	unsigned int place;
};
static __thread struct passing passing
	__attribute__((tls_model("initial-exec")));

/* The fault that has ended the kernel, until it is reported. */
static struct {
	int sig;			/* 0: none */
	bool stack_overflow;
	uintptr_t addr;
	intptr_t pc;			/* relative to lkl_fiber_switch */
} fatal;

/* Where the last switch of a faulted fibre saves what nobody restores. */
static struct {
	char stack[1024] __attribute__((aligned(16)));
	void *sp;
} last;

static uintptr_t get_pc(const ucontext_t *uc)
{
#ifdef __x86_64__
	return uc->uc_mcontext.gregs[REG_RIP];
#else
	return uc->uc_mcontext.pc;
#endif
}

static uintptr_t get_sp(const ucontext_t *uc)
{
#ifdef __x86_64__
	return uc->uc_mcontext.gregs[REG_RSP];
#else
	return uc->uc_mcontext.sp;
#endif
}

static void set_pc_and_sp(ucontext_t *uc, uintptr_t pc, uintptr_t sp)
{
#ifdef __x86_64__
	uc->uc_mcontext.gregs[REG_RIP] = (greg_t)pc;
	uc->uc_mcontext.gregs[REG_RSP] = (greg_t)sp;
#else
	uc->uc_mcontext.pc = pc;
	uc->uc_mcontext.sp = sp;
#endif
}

/* ---- Faults in the kernel ---- */

/* Signals that were sent, by kill() for one, are no faults. */
static bool is_fault(const siginfo_t *info)
{
	return info->si_code > 0;
}

/* A handler of the program's may have interrupted the kernel and faulted. */
static bool was_on_altstack(const ucontext_t *uc)
{
	const stack_t *ss = &uc->uc_stack;

	return !(ss->ss_flags & SS_DISABLE) &&
	       get_sp(uc) - (uintptr_t)ss->ss_sp < ss->ss_size;
}

static bool fault_recover(const siginfo_t *info, ucontext_t *uc)
{
	struct lkl_vcpu *shared = vcpu_shared(vcpu_driven());
	struct lkl_fault fault = {
		.pc = get_pc(uc),
		.sp = get_sp(uc),
		.addr = (uintptr_t)info->si_addr,
		/* x86 does not tell the address if it is not canonical. */
		.addr_known = info->si_code != SI_KERNEL,
	};

	if (!lkl_kernel_recover(shared, &fault))
		return false;
	/* The copy is over: a fault on the way out of it is a bug. */
	shared->user_copy.sp = NULL;
	set_pc_and_sp(uc, fault.pc, fault.sp);
	return true;
}

static bool is_stack_overflow(const siginfo_t *info, const ucontext_t *uc)
{
	uintptr_t addr = (uintptr_t)info->si_addr;

	return addr - (uintptr_t)lkl_memory.vmalloc < lkl_memory.vmalloc_size &&
	       addr - get_sp(uc) + 4096 < 8192;
}

/* Continue with lkl_fiber_switch(&last.sp, host_sp). */
static void continue_on_host_stack(ucontext_t *uc, void *host_sp)
{
	/* As a call would leave it: aligned but for the return address. */
	uintptr_t sp = (uintptr_t)last.stack + sizeof(last.stack) - 64;

#ifdef __x86_64__
	greg_t *regs = uc->uc_mcontext.gregs;

	set_pc_and_sp(uc, (uintptr_t)lkl_fiber_switch, sp - 8);
	regs[REG_RDI] = (greg_t)&last.sp;
	regs[REG_RSI] = (greg_t)host_sp;
#else
	set_pc_and_sp(uc, (uintptr_t)lkl_fiber_switch, sp);
	uc->uc_mcontext.regs[0] = (uintptr_t)&last.sp;
	uc->uc_mcontext.regs[1] = (uintptr_t)host_sp;
#endif
}

static void kernel_dies(int sig, const siginfo_t *info, ucontext_t *uc)
{
	struct lkl_vcpu *shared = vcpu_shared(vcpu_driven());

	fatal.stack_overflow = is_stack_overflow(info, uc);
	fatal.addr = (uintptr_t)info->si_addr;
	fatal.pc = get_pc(uc) - (uintptr_t)lkl_fiber_switch;
	fatal.sig = sig;
	shared->reason = LKL_LEAVE_DEAD;
	continue_on_host_stack(uc, shared->host_sp);
}

void fault_host_begin(void)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &host_cancel_state);
	in_host = true;
	fault_place = FAULT_IN_HOST;
}

void fault_host_end(void)
{
	fault_place = FAULT_IN_KERNEL;
	in_host = false;
	pthread_setcancelstate(host_cancel_state, NULL);
}

/* Not in the signal handler: the program's callbacks may take locks. */
void fault_report(void)
{
	char message[160];

	if (in_host) {
		in_host = false;
		pthread_setcancelstate(host_cancel_state, NULL);
	}

	if (!fatal.sig)
		return;
	/* The address is one that addr2line knows, if a symbol's is added. */
	if (fatal.stack_overflow)
		snprintf(message, sizeof(message),
			 "kernel stack overflow at lkl_fiber_switch%+ld",
			 (long)fatal.pc);
	else
		snprintf(message, sizeof(message),
			 "kernel fault: %s, address %#lx, at lkl_fiber_switch%+ld",
			 strsignal(fatal.sig), (unsigned long)fatal.addr,
			 (long)fatal.pc);
	fatal.sig = 0;
	log_line(0, message, strlen(message));
	vcpu_panic(message);
}

/* ---- Faults of the program ---- */

/* The default action of a signal. */
static void take_default_action(int sig, siginfo_t *info, bool ignored)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };

	/* A fault cannot be ignored, and happens again when we return. */
	if (ignored && !is_fault(info))
		return;
	sigaction(sig, &sa, NULL);
	/* A sandbox may allow the second alone. */
	if (!is_fault(info) &&
	    syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), sig,
		    info))
		raise(sig);
}

/* The mask under which the host would have called the handler. */
static void set_handler_mask(int sig, const struct sigaction *sa,
			     const ucontext_t *uc)
{
	sigset_t mask;
	int i;

	sigemptyset(&mask);
	/* The host saves fewer bytes than a sigset_t has. */
	memcpy(&mask, &uc->uc_sigmask, _NSIG / 8);
	for (i = 1; i < _NSIG; i++)
		if (sigismember(&sa->sa_mask, i) > 0)
			sigaddset(&mask, i);
	if (!(sa->sa_flags & SA_NODEFER))
		sigaddset(&mask, sig);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

/*
 * Called again for the same signal, by the handler that it was passed to: in a
 * deeper frame, that is.  If that handler was left by siglongjmp(), the next
 * signal may well have its context at the same address.
 */
static bool is_passed_back(const void *context, uintptr_t frame)
{
	return passing.context == context && frame < passing.frame;
}

static unsigned int order_length(unsigned long order)
{
	unsigned int length = 0;

	for (; order; order >>= 4)
		length++;
	return length;
}

/* The index of the action at @place, from 1. */
static unsigned int order_index(unsigned long order, unsigned int place)
{
	return (order >> 4 * (place - 1) & 15) - 1;
}

/* @order with the action @index as the last, and at no other place. */
static unsigned long order_with_last(unsigned long order, unsigned int index)
{
	unsigned long new = 0;
	unsigned int place = 0;

	for (; order; order >>= 4)
		if ((order & 15) != index + 1)
			new |= (order & 15) << 4 * place++;
	return new | (unsigned long)(index + 1) << 4 * place;
}

static void pass_on(struct fault_signal *s, siginfo_t *info, void *context,
		    uintptr_t frame)
{
	unsigned long order = atomic_load(&s->order);
	struct passing outer = passing;
	unsigned int place, index;
	struct sigaction sa;

	place = is_passed_back(context, frame) ? outer.place - 1 :
		order_length(order);
	if (!place) {
		/* They pass it to each other: nobody wants it. */
		take_default_action(s->nr, info, false);
		return;
	}
	index = order_index(order, place);
	sa = s->before[index];
	if (!(sa.sa_flags & SA_SIGINFO) &&
	    (sa.sa_handler == SIG_DFL || sa.sa_handler == SIG_IGN)) {
		take_default_action(s->nr, info, sa.sa_handler == SIG_IGN);
		return;
	}
	if (sa.sa_flags & (int)SA_RESETHAND)
		s->before[index] = (struct sigaction) {
			.sa_handler = SIG_DFL,
		};
	passing = (struct passing) { context, frame, place };
	set_handler_mask(s->nr, &sa, context);
	if (sa.sa_flags & SA_SIGINFO)
		sa.sa_sigaction(s->nr, info, context);
	else
		sa.sa_handler(s->nr);
	passing = outer;
}

/* ---- A look at a thread ---- */

#define LOOK_FRAMES	24
#define LOOK_MS		200

/* What the thread @wanted is to tell of itself. */
static struct {
	pthread_mutex_t lock;		/* held by who looks */
	atomic_int wanted;		/* 0: none */
	atomic_bool done;
	bool drives;
	char task[32];
	uintptr_t frames[LOOK_FRAMES];
	int nr_frames;
} look = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* In the signal handler of the thread that is looked at. */
static void look_around(const ucontext_t *uc)
{
	void *frames[LOOK_FRAMES + 8];
	struct lkl_running running;
	int n, i;

	look.nr_frames = 0;
	look.drives = fault_place != FAULT_IN_PROGRAM;
	if (look.drives) {
		lkl_kernel_running(vcpu_shared(vcpu_driven()), &running);
		snprintf(look.task, sizeof(look.task), "%.16s/%d",
			 running.name, running.pid);
		n = backtrace(frames, LOOK_FRAMES + 8);
		/* Not the frames of this handler. */
		for (i = 0; i < n && (uintptr_t)frames[i] != get_pc(uc); i++)
			;
		/* The stack cannot be followed. */
		if (i == n)
			look.frames[look.nr_frames++] = get_pc(uc);
		for (; i < n && look.nr_frames < LOOK_FRAMES; i++)
			look.frames[look.nr_frames++] = (uintptr_t)frames[i];
	}
	atomic_store(&look.done, true);
}

static bool is_look(const siginfo_t *info)
{
	int tid = atomic_load(&look.wanted);

	return info->si_code == SI_TKILL && tid &&
	       tid == (int)syscall(SYS_gettid) &&
	       atomic_compare_exchange_strong(&look.wanted, &tid, 0);
}

static void handle_fault(int sig, siginfo_t *info, void *context);

static bool is_handler_installed(int sig)
{
	struct sigaction now;

	return !sigaction(sig, NULL, &now) && (now.sa_flags & SA_SIGINFO) &&
	       now.sa_sigaction == handle_fault;
}

static int look_at(pid_t tid)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int i, none = 0;

	/* A thread that was looked at before has not answered yet. */
	if (!atomic_compare_exchange_strong(&look.wanted, &none, tid))
		return -EAGAIN;
	atomic_store(&look.done, false);
	if (syscall(SYS_tgkill, getpid(), tid, SIGSEGV)) {
		atomic_store(&look.wanted, 0);
		return -EAGAIN;
	}
	for (i = 0; i < LOOK_MS && !atomic_load(&look.done); i++)
		nanosleep(&pause, NULL);
	return atomic_load(&look.done) && look.drives ? 0 : -EAGAIN;
}

int fault_look(pid_t tid, void (*log)(const char *line),
	       struct lkl_error *ret_text)
{
	void *unused[1];
	char line[96];
	int i, ret;

	if (!is_handler_installed(SIGSEGV))
		return -EBUSY;
	pthread_mutex_lock(&look.lock);
	/* The C library loads the unwinder at the first use. */
	backtrace(unused, 1);
	ret = look_at(tid);
	for (i = 0; !ret && i < look.nr_frames; i++) {
		snprintf(line, sizeof(line),
			 "task %s %s lkl_fiber_switch%+ld", look.task,
			 i ? "called from" : "runs at",
			 (long)(look.frames[i] - (uintptr_t)lkl_fiber_switch));
		if (!i)
			lkl_fail(ret_text, 0, "%s", line);
		log(line);
	}
	pthread_mutex_unlock(&look.lock);
	return ret;
}

/* ---- The handler ---- */

static struct fault_signal *find_signal(int sig)
{
	unsigned int i;

	for (i = 0; i < NR_SIGNALS - 1 && signals[i].nr != sig; i++)
		;
	return &signals[i];
}

static void handle_fault(int sig, siginfo_t *info, void *context)
{
	struct fault_signal *s = find_signal(sig);
	int saved_errno = errno;
	ucontext_t *uc = context;

	if (is_look(info)) {
		look_around(uc);
		errno = saved_errno;
		return;
	}
	/* A child that a handler made may be on a stack that it does not have. */
	if (is_fault(info) && process_has_kernel() && !was_on_altstack(uc)) {
		if (fault_place == FAULT_IN_KERNEL && !s->panic_only &&
		    fault_recover(info, uc))
			return;
		if (atomic_load(&panic_wanted) &&
		    (fault_place == FAULT_IN_KERNEL ||
		     fault_place == FAULT_IN_HOST ||
		     (fault_place == FAULT_IN_CALLBACK &&
		      is_stack_overflow(info, uc)))) {
			if (fault_place == FAULT_IN_HOST)
				process_break();
			fault_place = FAULT_IN_PROGRAM;
			kernel_dies(sig, info, uc);
			return;
		}
	}
	pass_on(s, info, context, (uintptr_t)__builtin_frame_address(0));
	errno = saved_errno;
}

static bool is_same_action(const struct sigaction *a, const struct sigaction *b)
{
	return a->sa_flags == b->sa_flags && a->sa_handler == b->sa_handler &&
	       !memcmp(&a->sa_mask, &b->sa_mask, _NSIG / 8);
}

static int fault_install_handler(struct fault_signal *s, struct lkl_error *err)
{
	struct sigaction sa = {
		.sa_sigaction = handle_fault,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	}, old;
	unsigned int index;

	if (sigaction(s->nr, NULL, &old))
		goto fail;
	if ((old.sa_flags & SA_SIGINFO) && old.sa_sigaction == handle_fault)
		return 0;
	/* The program may have put back what ours had replaced. */
	for (index = 0; index < s->count; index++)
		if (is_same_action(&old, &s->before[index]))
			break;
	if (index == MAX_BEFORE)
		return lkl_fail(err, -EBUSY,
				"the program has replaced the library's handler of signal %d (%s) by %d others: call the one that is replaced, or keep it",
				s->nr, strsignal(s->nr), MAX_BEFORE - 1);
	/* Handlers of other signals may fault: not while ours runs. */
	sigfillset(&sa.sa_mask);
	/* It should make no difference to calls that a signal interrupts. */
	if ((old.sa_flags & SA_RESTART) || old.sa_handler == SIG_IGN)
		sa.sa_flags |= SA_RESTART;
	if (index == s->count)
		s->before[s->count++] = old;
	atomic_store(&s->order, order_with_last(atomic_load(&s->order), index));
	if (!sigaction(s->nr, &sa, NULL))
		return 0;
fail:
	return lkl_fail(err, -errno, "cannot handle signal %d: %s", s->nr,
			strerror(errno));
}

int fault_install(bool panic, struct lkl_error *err)
{
	unsigned int i;
	int ret;

	atomic_store(&panic_wanted, panic);
	for (i = 0; i < NR_SIGNALS; i++) {
		if (!panic && signals[i].panic_only)
			continue;
		ret = fault_install_handler(&signals[i], err);
		if (ret)
			return ret;
	}
	return 0;
}

/* ---- Threads ---- */

void fault_thread_init(void)
{
	stack_t ss = { .ss_size = ALTSTACK_SIZE }, old;
	sigset_t mask;
	unsigned int i;

	/* The host kills a process over a fault whose signal is blocked. */
	sigemptyset(&mask);
	for (i = 0; i < NR_SIGNALS; i++)
		if (atomic_load(&panic_wanted) || !signals[i].panic_only)
			sigaddset(&mask, signals[i].nr);
	pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
	if (altstack)
		return;
	if (!sigaltstack(NULL, &old) && !(old.ss_flags & SS_DISABLE))
		return;
	ss.ss_sp = malloc(ALTSTACK_SIZE);
	if (!ss.ss_sp)
		return;
	if (sigaltstack(&ss, NULL)) {
		free(ss.ss_sp);
		return;
	}
	altstack = ss.ss_sp;
}

void fault_thread_exit(void)
{
	stack_t off = { .ss_flags = SS_DISABLE }, now;

	if (!altstack)
		return;
	/* The program may have set one of its own, or run on ours. */
	if (!sigaltstack(NULL, &now) && now.ss_sp == altstack &&
	    sigaltstack(&off, NULL))
		return;
	free(altstack);
	altstack = NULL;
}
