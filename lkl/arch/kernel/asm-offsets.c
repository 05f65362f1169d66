// SPDX-License-Identifier: GPL-2.0-only
/*
 * asm-offsets.c - exists because kbuild compiles it; no assembly here needs
 * offsets.
 */
#include <linux/kbuild.h>

int main(void);

int main(void)
{
	BLANK();
	return 0;
}
