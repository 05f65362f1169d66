// SPDX-License-Identifier: GPL-2.0-only
/*
 * irq_kunit.c - interrupts reach code that polls for them, and code that sleeps
 * while the kernel boots, which is when these tests run.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <asm/processor.h>
#include <asm/vcpu.h>

#define SECOND 1000000000ull

/* A loop as drivers have it.  The tick is an interrupt. */
static void poll_for_interrupt(struct kunit *test)
{
	unsigned long long end = lkl_ops->clock_monotonic() + 5 * SECOND;
	unsigned long first = jiffies;

	while (READ_ONCE(jiffies) == first &&
	       lkl_ops->clock_monotonic() < end)
		cpu_relax();
	KUNIT_EXPECT_NE(test, READ_ONCE(jiffies), first);
}

/*
 * The thread that boots sleeps, another drives the kernel on, and has to wake
 * that thread when the kernel is up.
 */
static void sleep_while_booting(struct kunit *test)
{
	unsigned long first = jiffies;

	KUNIT_EXPECT_NE(test, (int)system_state, (int)SYSTEM_RUNNING);
	msleep(50);
	KUNIT_EXPECT_TRUE(test, time_after(jiffies, first));
}

static struct kunit_case irq_cases[] = {
	KUNIT_CASE(poll_for_interrupt),
	KUNIT_CASE(sleep_while_booting),
	{ }
};

static struct kunit_suite irq_suite = {
	.name = "lkl_irq",
	.test_cases = irq_cases,
};
kunit_test_suite(irq_suite);
