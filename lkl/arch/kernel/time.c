// SPDX-License-Identifier: GPL-2.0-only
/*
 * time.c - the host's monotonic clock as clock source and timer, and its wall
 * clock at boot.
 */
#include <linux/clockchips.h>
#include <linux/clocksource.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/sched/clock.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include <asm/vcpu.h>

/* Farther than any timer of ours, near enough not to overflow: 13 days. */
#define MAX_DELTA_NS	(1ul << 50)

unsigned long long notrace sched_clock(void)
{
	return lkl_ops->clock_monotonic();
}

static u64 read_clock(struct clocksource *cs)
{
	return lkl_ops->clock_monotonic();
}

static struct clocksource clocksource = {
	.name	= "host",
	.rating	= 499,
	.read	= read_clock,
	.mask	= CLOCKSOURCE_MASK(64),
	.flags	= CLOCK_SOURCE_IS_CONTINUOUS | CLOCK_SOURCE_VALID_FOR_HRES,
};

void read_persistent_clock64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(lkl_ops->clock_realtime());
}

static int host_timer_shutdown(struct clock_event_device *dev)
{
	lkl_ops->set_timer(~0ull);
	return 0;
}

static int host_timer_next(unsigned long delta, struct clock_event_device *dev)
{
	lkl_ops->set_timer(lkl_ops->clock_monotonic() + delta);
	return 0;
}

static struct clock_event_device host_timer = {
	.name			= "host",
	.rating			= 499,
	.features		= CLOCK_EVT_FEAT_ONESHOT,
	.set_state_shutdown	= host_timer_shutdown,
	.set_next_event		= host_timer_next,
	.irq			= LKL_IRQ_TIMER,
};

/*
 * The wall clock is the host's.  Both advance alike, but the host's may be
 * set; look once a second while there is anything to do.
 */
#define WALL_CLOCK_TOLERANCE_NS	(10 * NSEC_PER_MSEC)

static void follow_wall_clock(struct work_struct *work)
{
	struct timespec64 ts = ns_to_timespec64(lkl_ops->clock_realtime());

	do_settimeofday64(&ts);
}
static DECLARE_WORK(wall_clock_work, follow_wall_clock);

static void check_wall_clock(void)
{
	static u64 next;
	u64 now = lkl_ops->clock_monotonic();
	s64 off;

	if (now < next)
		return;
	next = now + NSEC_PER_SEC;
	off = lkl_ops->clock_realtime() - ktime_get_real_ns();
	if (abs(off) > WALL_CLOCK_TOLERANCE_NS)
		schedule_work(&wall_clock_work);
}

static irqreturn_t host_timer_irq(int irq, void *dev)
{
	check_wall_clock();
	host_timer.event_handler(&host_timer);
	return IRQ_HANDLED;
}

void __init time_init(void)
{
	if (request_irq(LKL_IRQ_TIMER, host_timer_irq,
			IRQF_TIMER | IRQF_NOBALANCING, "timer", NULL))
		panic("no timer interrupt");

	clocksource_register_hz(&clocksource, NSEC_PER_SEC);
	host_timer.cpumask = cpumask_of(0);
	clockevents_config_and_register(&host_timer, NSEC_PER_SEC, 1, MAX_DELTA_NS);
}
