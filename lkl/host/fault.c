/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fault.c - faults of kernel code as panics.
 *
 * The signal handler of a thread that is in the kernel reports the panic and
 * arranges that the thread continues, not where it faulted, but as if the
 * kernel had left for good: by a fibre switch to the thread's own stack.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "fault.h"
#include "log.h"
#include "memory.h"
#include "vcpu.h"

#define ALTSTACK_SIZE	(64u << 10)

static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL };
#define NR_SIGNALS	(sizeof(signals) / sizeof(signals[0]))

static bool catching;
static struct sigaction before[NR_SIGNALS];

__thread bool fault_in_kernel;
static __thread void *altstack __attribute__((tls_model("initial-exec")));

/* Where the last switch of a faulted fibre saves what nobody restores. */
static struct {
	char stack[1024] __attribute__((aligned(16)));
	void *sp;
} last;

static uintptr_t fault_pc(const ucontext_t *uc)
{
#ifdef __x86_64__
	return uc->uc_mcontext.gregs[REG_RIP];
#else
	return uc->uc_mcontext.pc;
#endif
}

static uintptr_t fault_sp(const ucontext_t *uc)
{
#ifdef __x86_64__
	return uc->uc_mcontext.gregs[REG_RSP];
#else
	return uc->uc_mcontext.sp;
#endif
}

/* Continue with lkl_fiber_switch(&last.sp, host_sp). */
static void continue_on_host_stack(ucontext_t *uc, void *host_sp)
{
	/* As a call would leave it: aligned but for the return address. */
	uintptr_t sp = (uintptr_t)last.stack + sizeof(last.stack) - 64;

#ifdef __x86_64__
	greg_t *regs = uc->uc_mcontext.gregs;

	regs[REG_RIP] = (greg_t)lkl_fiber_switch;
	regs[REG_RSP] = sp - 8;
	regs[REG_RDI] = (greg_t)&last.sp;
	regs[REG_RSI] = (greg_t)host_sp;
#else
	uc->uc_mcontext.pc = (uintptr_t)lkl_fiber_switch;
	uc->uc_mcontext.sp = sp;
	uc->uc_mcontext.regs[0] = (uintptr_t)&last.sp;
	uc->uc_mcontext.regs[1] = (uintptr_t)host_sp;
#endif
}

static bool in_vmalloc(uintptr_t addr)
{
	return addr - (uintptr_t)lkl_memory.vmalloc < lkl_memory.vmalloc_size;
}

static void kernel_fault(int sig, const siginfo_t *info, ucontext_t *uc)
{
	struct lkl_vcpu *shared = vcpu_shared(vcpu_driven());
	uintptr_t addr = (uintptr_t)info->si_addr;
	/* Relative to something in the library, for a symbol table. */
	intptr_t pc = fault_pc(uc) - (uintptr_t)lkl_fiber_switch;
	char message[160];

	if (in_vmalloc(addr) && addr - fault_sp(uc) + 4096 < 8192)
		snprintf(message, sizeof(message),
			 "kernel stack overflow at lkl_fiber_switch%+ld",
			 (long)pc);
	else
		snprintf(message, sizeof(message),
			 "kernel fault: %s, address %#lx, at lkl_fiber_switch%+ld",
			 strsignal(sig), (unsigned long)addr, (long)pc);
	log_line(0, message, strlen(message));
	vcpu_panic(message);
	shared->reason = LKL_LEAVE_DEAD;
	continue_on_host_stack(uc, shared->host_sp);
}

static void handler(int sig, siginfo_t *info, void *context)
{
	unsigned int i;

	if (fault_in_kernel) {
		fault_in_kernel = false;
		kernel_fault(sig, info, context);
		return;
	}
	/* Not ours: restore what was there and let it happen again. */
	for (i = 0; i < NR_SIGNALS; i++)
		if (signals[i] == sig)
			sigaction(sig, &before[i], NULL);
}

void fault_catch(void)
{
	struct sigaction sa = {
		.sa_sigaction = handler,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};
	unsigned int i;

	catching = true;
	for (i = 0; i < NR_SIGNALS; i++)
		sigaction(signals[i], &sa, &before[i]);
}

void fault_thread_init(void)
{
	stack_t ss = { .ss_size = ALTSTACK_SIZE }, old;

	if (!catching || altstack)
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
	stack_t off = { .ss_flags = SS_DISABLE };

	if (!altstack)
		return;
	sigaltstack(&off, NULL);
	free(altstack);
	altstack = NULL;
}
