/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * progress.c - whether the kernel gets on, and what it does if it does not.
 *
 * Nothing here takes a lock that kernel code holds, or waits for the vCPU: a
 * kernel that loops never gives it up.
 */
#include <errno.h>
#include <string.h>

#include "blk/error.h"
#include "fault.h"
#include "log.h"
#include "lkl.h"
#include "process.h"
#include "vcpu.h"
#include "virtio.h"

/* KERN_INFO: it does not explain a failure. */
#define LEVEL 6

unsigned long lkl_progress(int *ret_busy)
{
	unsigned long progress = 0;
	int busy = LKL_BUSY_NOT;

	if (process_has_kernel())
		progress = vcpu_progress(vcpu_choose(), &busy);
	if (busy != LKL_BUSY_NOT && vblk_requests_under_way())
		busy = LKL_BUSY_DISK;
	if (ret_busy)
		*ret_busy = busy;
	return progress;
}

static void log_info(const char *line)
{
	log_line(LEVEL, line, strlen(line));
}

int lkl_log_busy(struct lkl_error *ret_text)
{
	int ret = process_check(), tid;

	if (!ret && !process_has_kernel())
		ret = -ENXIO;
	if (ret)
		return lkl_fail(ret_text, ret, "there is no kernel");
	tid = vcpu_driver_tid(vcpu_choose());
	if (!tid) {
		lkl_fail(ret_text, 0, "the kernel waits%s",
			 vblk_requests_under_way() ? " for a disk" : "");
		return 0;
	}
	ret = fault_look(tid, log_info, ret_text);
	if (ret)
		lkl_fail(ret_text, 0, "the kernel runs");
	return 1;
}
