// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault.c - faults from which the kernel recovers: those of its access to
 * callers' memory (asm/uaccess.h), and loads across the end of a page
 * (asm/word-at-a-time.h).
 *
 * This runs in a signal handler of the host, in place of the code that has
 * faulted.  It reads tables and takes no lock.
 */
#include <linux/kernel.h>
#include <asm/fixup.h>
#include <asm/uaccess.h>
#include <asm/vcpu.h>

extern const struct lkl_fixup __start_lkl_fixups[], __stop_lkl_fixups[];

/* guarded_*.S */
void lkl_guarded_fault(void);

static const struct lkl_fixup *find_fixup(unsigned long pc)
{
	const struct lkl_fixup *f;

	for (f = __start_lkl_fixups; f < __stop_lkl_fixups; f++)
		if ((unsigned long)&f->insn + f->insn == pc)
			return f;
	return NULL;
}

/*
 * Whether it is the caller's side of a copy that has faulted.  The kernel's is
 * known exactly, so it is looked at: a sanitizer's memcpy() may fault over a
 * bad address of the caller's elsewhere, where its notes about it should be.
 */
static bool is_fault_of_user(const struct lkl_user_copy *copy,
			     const struct lkl_fault *fault)
{
	return !fault->addr_known ||
	       LKL_ADDRESS(fault->addr) - copy->kernel >= copy->len;
}

int lkl_kernel_recover(struct lkl_vcpu *vcpu, struct lkl_fault *fault)
{
	const struct lkl_fixup *fixup = find_fixup(fault->pc);

	if (fixup) {
		fault->pc = (unsigned long)&fixup->target + fixup->target;
		return 1;
	}
	if (vcpu->user_copy.sp && is_fault_of_user(&vcpu->user_copy, fault)) {
		fault->pc = (unsigned long)lkl_guarded_fault;
		fault->sp = (unsigned long)vcpu->user_copy.sp;
		return 1;
	}
	return 0;
}
