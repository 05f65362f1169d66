/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * job.h - a request that blocks; the thread that would sleep may perform it.
 */
#ifndef LKL_HOST_JOB_H
#define LKL_HOST_JOB_H

#include <stdbool.h>

/*
 * The owner of a job calls either perform() and then finish(), or pass_on().
 * The thread that drives the vCPU calls pass_on(), which does not block.  A
 * thread that does not drive calls perform(), which may block, and finish().
 */
struct host_job {
	void (*perform)(struct host_job *job);
	void (*finish)(struct host_job *job);
	void (*pass_on)(struct host_job *job);
};

#endif /* LKL_HOST_JOB_H */
