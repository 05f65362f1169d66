/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * job.h - what a device has to wait for, offered to a thread that waits anyway.
 */
#ifndef LKL_HOST_JOB_H
#define LKL_HOST_JOB_H

#include <stdbool.h>

/*
 * Whoever has one gets either perform() and then finish(), or pass_on().
 * pass_on() is called by the thread that drives the vCPU and does not wait;
 * the others by one that does not drive, perform() for as long as it takes.
 */
struct host_job {
	void (*perform)(struct host_job *job);
	void (*finish)(struct host_job *job);
	void (*pass_on)(struct host_job *job);
};

#endif /* LKL_HOST_JOB_H */
