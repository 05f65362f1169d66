// SPDX-License-Identifier: GPL-2.0-only
/*
 * oom.c - wait before giving up.
 *
 * When memory runs out, the kernel kills a process.  There is none here but
 * our own, so the next thing is a panic.  Mostly memory is not lost, though,
 * but full of dirty metadata that kernel threads are about to write: reclaim
 * on this machine is done with its attempts sooner than they get to run.  As
 * long as waiting for them helps, wait.
 */
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched.h>
#include <linux/vmstat.h>

#define PAUSE		(HZ / 50 ?: 1)
/* How often in a row waiting may have been in vain: one second. */
#define PATIENCE	50

static unsigned long written(void)
{
	static unsigned long events[NR_VM_EVENT_ITEMS];	/* under oom_lock */

	all_vm_events(events);
	return events[PGPGOUT];
}

static int wait_for_memory(struct notifier_block *nb, unsigned long unused,
			   void *freed)
{
	static unsigned int in_vain;			/* under oom_lock */
	unsigned long nr_free = global_zone_page_state(NR_FREE_PAGES);
	unsigned long out = written();

	schedule_timeout_uninterruptible(PAUSE);
	if (global_zone_page_state(NR_FREE_PAGES) > nr_free ||
	    written() != out)
		in_vain = 0;
	else
		in_vain++;
	if (in_vain < PATIENCE)
		*(unsigned long *)freed = 1;
	return NOTIFY_OK;
}

static struct notifier_block wait_block = {
	.notifier_call = wait_for_memory,
};

static int __init oom_init(void)
{
	return register_oom_notifier(&wait_block);
}
core_initcall(oom_init);
