// SPDX-License-Identifier: GPL-2.0-only
/*
 * oom.c - waits for memory before the kernel gives up.
 *
 * When memory runs out, the kernel kills a process.  Here it has no process to
 * kill, so it would panic.  But most of the memory is not lost: it holds dirty
 * metadata that kernel threads are about to write.  Reclaim finishes all its
 * attempts before these threads get the one CPU.  This file is called last,
 * through the kernel's notifier for that, and waits as long as waiting helps.
 *
 * Some metadata stays dirty for a long time: xfs keeps changes in memory until
 * it forces its log, perhaps half a minute later.  If waiting alone does not
 * help, a worker syncs the file systems.  The flusher threads are woken as
 * well, because no other code wakes them for dirty inodes alone.
 *
 * Those threads need memory themselves: see BOOT_PARAMS in kernel/setup.c.
 */
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched.h>
#include <linux/vmstat.h>
#include <linux/workqueue.h>
#include <linux/writeback.h>
#include <asm/setup.h>

#define PAUSE		(HZ / 50 ?: 1)
/*
 * The number of pauses in a row that may bring nothing: before a sync of the
 * file systems (a fifth of a second), and before the panic (five seconds).
 */
#define SYNC_AFTER	10
#define PATIENCE	250
/* In pages: a smaller gain is chance. */
#define HELP		8

static struct workqueue_struct *sync_queue;

static void sync_one(struct super_block *sb, void *unused)
{
	if (!sb_rdonly(sb) && sb->s_op->sync_fs)
		sb->s_op->sync_fs(sb, 1);
}

static void sync_all(struct work_struct *work)
{
	iterate_supers(sync_one, NULL);
}
static DECLARE_WORK(sync_work, sync_all);

void lkl_write_back(void)
{
	wakeup_flusher_threads(WB_REASON_VMSCAN);
	if (sync_queue)
		queue_work(sync_queue, &sync_work);
}

unsigned long lkl_pages_written(void)
{
	/* Too large for a stack.  Nothing here lets another task run. */
	static unsigned long events[NR_VM_EVENT_ITEMS];

	all_vm_events(events);
	return events[PGPGOUT];
}

static int wait_for_memory(struct notifier_block *nb, unsigned long unused,
			   void *freed)
{
	static unsigned int in_vain;			/* under oom_lock */
	unsigned long nr_free = global_zone_page_state(NR_FREE_PAGES);
	unsigned long out = lkl_pages_written();

	wakeup_flusher_threads(WB_REASON_VMSCAN);
	schedule_timeout_uninterruptible(PAUSE);
	if (global_zone_page_state(NR_FREE_PAGES) > nr_free + HELP ||
	    lkl_pages_written() != out)
		in_vain = 0;
	else
		in_vain++;
	if (in_vain && in_vain % SYNC_AFTER == 0)
		lkl_write_back();
	if (in_vain < PATIENCE)
		*(unsigned long *)freed = 1;
	return NOTIFY_OK;
}

static struct notifier_block wait_block = {
	.notifier_call = wait_for_memory,
};

static int __init oom_init(void)
{
	/* The queue has a thread now, since none can be made without memory. */
	sync_queue = alloc_workqueue("lkl_oom", WQ_MEM_RECLAIM | WQ_UNBOUND, 1);
	if (!sync_queue)
		return -ENOMEM;
	return register_oom_notifier(&wait_block);
}
core_initcall(oom_init);
