// SPDX-License-Identifier: GPL-2.0-only
/*
 * time.c - clock source, timer and wall clock of the kernel, all by the host's
 * clocks.
 */
#include <linux/clockchips.h>
#include <linux/clocksource.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/sched/clock.h>
#include <linux/timekeeping.h>
#include <linux/version.h>
#include <linux/workqueue.h>
#include <asm/thread.h>
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
 * The wall clock is the host's.  Both advance alike, but the host's jumps when
 * it is set and when the host was suspended, which CLOCK_MONOTONIC does not
 * count.  The first call after a tick, or after the kernel was idle, looks for
 * a jump before it begins; calls that follow each other more closely do not pay
 * for that.  Clocks that drift apart slowly are brought together once a second
 * while there is anything to do.
 */
#define WALL_CLOCK_TOLERANCE_NS	(10 * NSEC_PER_MSEC)
/* Coarse clocks may each be a tick behind. */
#define WALL_CLOCK_JUMP_NS	(50 * NSEC_PER_MSEC)

void __real_ktime_get_coarse_real_ts64(struct timespec64 *ts);

static bool wall_clock_jumped(void)
{
	struct timespec64 ts;
	s64 off;

	__real_ktime_get_coarse_real_ts64(&ts);
	off = lkl_ops->clock_realtime_coarse() - timespec64_to_ns(&ts);
	return abs(off) > WALL_CLOCK_JUMP_NS;
}

static s64 wall_clock_offset(void)
{
	return lkl_ops->clock_realtime() - ktime_get_real_ns();
}

static void follow_wall_clock(struct work_struct *work)
{
	struct timespec64 ts;

	if (abs(wall_clock_offset()) <= WALL_CLOCK_TOLERANCE_NS)
		return;
	ts = ns_to_timespec64(lkl_ops->clock_realtime());
	do_settimeofday64(&ts);
}
static DECLARE_WORK(wall_clock_work, follow_wall_clock);

bool lkl_wall_clock_unchecked = true;

void lkl_check_wall_clock(void)
{
	lkl_wall_clock_unchecked = false;
	if (wall_clock_jumped())
		follow_wall_clock(NULL);
}

static void check_wall_clock_at_tick(void)
{
	static u64 next;
	u64 now = lkl_ops->clock_monotonic();

	lkl_wall_clock_unchecked = true;
	if (now < next && !wall_clock_jumped())
		return;
	next = now + NSEC_PER_SEC;
	if (abs(wall_clock_offset()) > WALL_CLOCK_TOLERANCE_NS)
		schedule_work(&wall_clock_work);
}

/*
 * The times of files are those of the coarse clock, which advances at each tick.
 * The ticks of this kernel are not the host's.  With a coarse clock of its own,
 * a new file here could look older than a file that the host made before it, and
 * its times could go back when the host sets them, as it does through FUSE.  So
 * the linker makes the users of that clock call this function (see the Makefile).
 */
void __wrap_ktime_get_coarse_real_ts64(struct timespec64 *ts);
void __wrap_ktime_get_coarse_real_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(lkl_ops->clock_realtime_coarse());
}

/*
 * Since 6.13, a file gets the exact time if it changes again within a tick and
 * somebody has seen the last time.  No other file may get an earlier time after
 * that, unless the clock was set back.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
static u64 last_exact_time;

void __wrap_ktime_get_coarse_real_ts64_mg(struct timespec64 *ts);
void __wrap_ktime_get_coarse_real_ts64_mg(struct timespec64 *ts)
{
	u64 coarse = lkl_ops->clock_realtime_coarse();

	if (last_exact_time > coarse &&
	    last_exact_time - coarse < WALL_CLOCK_JUMP_NS)
		coarse = last_exact_time;
	*ts = ns_to_timespec64(coarse);
}

void __wrap_ktime_get_real_ts64_mg(struct timespec64 *ts);
void __wrap_ktime_get_real_ts64_mg(struct timespec64 *ts)
{
	last_exact_time = lkl_ops->clock_realtime();
	*ts = ns_to_timespec64(last_exact_time);
}
#endif

static irqreturn_t host_timer_irq(int irq, void *dev)
{
	check_wall_clock_at_tick();
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
