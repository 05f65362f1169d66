// SPDX-License-Identifier: GPL-2.0-only
/* null-call.c - a system call that does nothing. */
#include "bench.h"

#define ROUNDS	9
#define CALLS	1000000

int main(void)
{
	double times[ROUNDS], start;
	int i, j;

	start_kernel();
	for (i = 0; i < ROUNDS; i++) {
		start = now();
		for (j = 0; j < CALLS; j++)
			lkl_sys_getppid();
		times[i] = (now() - start) / CALLS;
	}
	printf("null call                              %8.1f ns\n",
	       median(times, ROUNDS) * 1e9);
	lkl_halt();
	return 0;
}
