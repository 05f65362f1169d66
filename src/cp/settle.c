// SPDX-License-Identifier: GPL-2.0-only
/*
 * settle.c - bound what the image's file system keeps of what was changed.
 *
 * The kernel throttles those who write data, and file systems commit their
 * transactions.  xfs alone holds on to every inode that was changed until its
 * log has no more room, which takes more memory than there may be: logs have
 * up to 2 GiB.  Freezing it writes everything out, the log as well, so it is
 * frozen for a moment once for so many files.
 */
#include "settle.h"

/* What the kernel keeps for each changed inode, with room to spare. */
#define BYTES_PER_FILE	8192

void settle_init(struct job *job)
{
	struct lkl_statfs st;
	struct lkl_sysinfo info;

	job->settle_every = 0;
	if (!job->into_image || job->to_base < 0 || job->settings->dry_run ||
	    job->to->statfs(job->to_base, &st) < 0 ||
	    (uint64_t)st.f_type != LKL_XFS_SUPER_MAGIC ||
	    lkl_sys_sysinfo(&info) < 0)
		return;
	job->settle_every = (uint64_t)info.totalram * info.mem_unit /
			    BYTES_PER_FILE;
}

int settle_count(struct job *job)
{
	long ret;

	if (!job->settle_every || ++job->unsettled < job->settle_every)
		return 0;
	job->unsettled = 0;
	ret = lkl_sys_ioctl((unsigned int)job->to_base, LKL_FIFREEZE, 0);
	if (ret >= 0)
		ret = lkl_sys_ioctl((unsigned int)job->to_base, LKL_FITHAW, 0);
	return ret < 0 ? (int)ret : 0;
}
