// SPDX-License-Identifier: GPL-2.0-only
/*
 * asm-offsets.c - the assembly here needs no offsets; kbuild needs the file.
 */
#include <linux/kbuild.h>

int main(void);

int main(void)
{
	BLANK();
	return 0;
}
