/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process.h - runs a function in a process of its own.
 *
 * tar2fs interprets inputs and images only in such processes, which confine
 * themselves.  The process that the user started opens files, starts these,
 * and reads a few numbers from them.
 */
#ifndef TAR2FS_PROCESS_H
#define TAR2FS_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

#include <lkl.h>

#include "common/cli/common-options.h"

struct process {
	pid_t pid;
};

/*
 * process_start - fork a child that runs @run and exits with its result
 *
 * The child dies with its parent.
 */
int process_start(int (*run)(void *opaque), void *opaque,
		  struct process *ret_process, struct lkl_error *err);

/*
 * process_wait - wait for the child's end
 * @ret_status: its exit status
 *
 * -ECHILD, with a sentence, if a signal has killed it.
 */
int process_wait(const struct process *process, int *ret_status,
		 struct lkl_error *err);

/*
 * process_ask - run a function in a child and get a structure from it
 * @work: fills @result, which starts as a copy of the caller's; returns 0, or
 *	  -errno with a sentence
 * @size: of @result
 *
 * Returns what @work has returned, with its sentence.
 */
int process_ask(int (*work)(void *opaque, void *result, struct lkl_error *err),
		void *opaque, void *result, size_t size,
		struct lkl_error *err);

/*
 * process_confine - enter the sandbox, in a child that has opened its files
 *
 * It opens no others, and starts no programs.
 */
int process_confine(enum sandbox_mode mode, struct lkl_error *err);

#endif /* TAR2FS_PROCESS_H */
