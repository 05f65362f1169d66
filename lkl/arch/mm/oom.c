// SPDX-License-Identifier: GPL-2.0-only
/*
 * oom.c - wait before giving up.
 *
 * When memory runs out, the kernel kills a process.  There is none here but
 * our own, so the next thing is a panic.  Mostly memory is not lost, though,
 * but full of dirty metadata that kernel threads are about to write: reclaim
 * on this machine is done with its attempts sooner than they get to run.  As
 * long as waiting for them helps, wait.
 *
 * Some of them wait themselves: xfs keeps what was changed in memory until its
 * log is forced, which may be half a minute away.  So file systems are synced
 * when waiting alone does not help.  Inodes that were changed are written by
 * threads that nobody wakes for the sake of inodes alone.
 *
 * These threads need memory, too, to get rid of memory.  The kernel keeps some
 * back for them, but by the square root of what there is, since it counts on
 * most of it being data; here most is metadata.
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

#include <../mm/internal.h>

#define PAUSE		(HZ / 50 ?: 1)
/*
 * How often in a row waiting may have been in vain: until file systems are
 * synced, a fifth of a second; until all is given up, five seconds.
 */
#define SYNC_AFTER	10
#define PATIENCE	250
/* Pages: what comes and goes in any case is no help. */
#define HELP		8
/* Of all memory, this part is kept back. */
#define RESERVE		32

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

	wakeup_flusher_threads(WB_REASON_VMSCAN);
	schedule_timeout_uninterruptible(PAUSE);
	if (global_zone_page_state(NR_FREE_PAGES) > nr_free + HELP ||
	    written() != out)
		in_vain = 0;
	else
		in_vain++;
	if (in_vain && in_vain % SYNC_AFTER == 0)
		queue_work(sync_queue, &sync_work);
	if (in_vain < PATIENCE)
		*(unsigned long *)freed = 1;
	return NOTIFY_OK;
}

static struct notifier_block wait_block = {
	.notifier_call = wait_for_memory,
};

static int __init oom_init(void)
{
	/* With a thread that is there already when memory runs out. */
	sync_queue = alloc_workqueue("lkl_oom", WQ_MEM_RECLAIM, 1);
	if (!sync_queue)
		return -ENOMEM;
	return register_oom_notifier(&wait_block);
}
core_initcall(oom_init);

static int __init keep_back(void)
{
	int part = (int)(K(totalram_pages()) / RESERVE);

	if (min_free_kbytes < part) {
		min_free_kbytes = part;
		setup_per_zone_wmarks();
	}
	return 0;
}
late_initcall(keep_back);
