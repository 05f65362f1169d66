// SPDX-License-Identifier: GPL-2.0-only
/*
 * console.c - passes each line of the kernel log, with its level, to the host.
 */
#include <linux/console.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <asm/vcpu.h>

/*
 * Extended consoles get "PREFIX,SEQUENCE,MICROSECONDS,FLAGS;TEXT\n", where
 * PREFIX is the facility times eight plus the level, then lines " KEY=VALUE"
 * that describe the device (Documentation/ABI/testing/dev-kmsg).
 */
static void console_write(struct console *con, const char *s, unsigned int n)
{
	unsigned int prefix = 0;
	const char *end, *p = s;

	while (n && *p >= '0' && *p <= '9') {
		prefix = prefix * 10 + (*p++ - '0');
		n--;
	}
	while (n && *p != ';') {
		p++;
		n--;
	}
	if (!n)
		return;
	p++;
	n--;
	end = memchr(p, '\n', n);
	lkl_ops->log(prefix & 7, p, end ? end - p : n);
}

static struct console console = {
	.name	= "lkl",
	.write	= console_write,
	.flags	= CON_PRINTBUFFER | CON_EXTENDED | CON_ENABLED | CON_ANYTIME,
	.index	= -1,
};

static int __init console_init_lkl(void)
{
	register_console(&console);
	return 0;
}
console_initcall(console_init_lkl);
