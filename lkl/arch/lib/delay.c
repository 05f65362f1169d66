// SPDX-License-Identifier: GPL-2.0-only
/*
 * delay.c - waits without sleeping, by the host's clock.
 */
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/time64.h>
#include <asm/processor.h>
#include <asm/vcpu.h>

void __ndelay(unsigned long ns)
{
	unsigned long long end = lkl_ops->clock_monotonic() + ns;

	while (lkl_ops->clock_monotonic() < end)
		cpu_relax();
}

void __udelay(unsigned long us)
{
	__ndelay(us * NSEC_PER_USEC);
}

/* One loop is one nanosecond: see calibrate_delay(). */
void __delay(unsigned long loops)
{
	__ndelay(loops);
}

/* Constant delays come scaled by 2^32/10^6. */
void __const_udelay(unsigned long scaled)
{
	__ndelay((unsigned long)(((unsigned __int128)scaled * 1000000000) >> 32));
}
