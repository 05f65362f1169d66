// SPDX-License-Identifier: GPL-2.0-only
/*
 * reboot.c - the ends of a kernel: halted by its user, or by a panic.
 */
#include <linux/init.h>
#include <linux/panic_notifier.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <asm/setup.h>
#include <asm/thread.h>
#include <asm/vcpu.h>

void (*pm_power_off)(void);

void machine_restart(char *cmd)
{
	lkl_leave_dead();
}

/* A panic whose notifier was not called comes here (panic=-1). */
void machine_emergency_restart(void)
{
	lkl_ops->panic("emergency restart");
	lkl_leave_dead();
}

void machine_halt(void)
{
	lkl_leave_dead();
}

void machine_power_off(void)
{
	lkl_leave_dead();
}

/* The last notifier: after it, panic() only waits for a reboot. */
static int panic_event(struct notifier_block *nb, unsigned long event,
		       void *message)
{
	lkl_ops->panic(message);
	lkl_leave_dead();
}

static struct notifier_block panic_block = {
	.notifier_call	= panic_event,
	.priority	= INT_MIN,
};

/* Called as early as possible: a panic before this waits for ever. */
void __init lkl_panic_init(void)
{
	atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
}
