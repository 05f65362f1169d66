/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * settle.h - bound what the image's file system keeps of what was changed.
 */
#ifndef CP_SETTLE_H
#define CP_SETTLE_H

#include "job.h"

/* Find out whether job->to_base needs it. */
void settle_init(struct job *job);

/* A file was made; 0 or -errno of writing out. */
int settle_count(struct job *job);

#endif /* CP_SETTLE_H */
