/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec.h - executing files of the image.
 *
 * The host executes a small program of ours, the loader (loader/), in place of the
 * file.  The loader asks for descriptors of the file and its interpreter, which are
 * in memory, and does what a kernel does with them.
 */
#ifndef LKLRUN_EXEC_H
#define LKLRUN_EXEC_H

#include "call.h"

struct task;
struct process;
struct exec;

/* exec_init - @loader: path of the loader on the host, absolute */
int exec_init(const char *loader, struct lkl_error *err);

/*
 * exec_begin - a thread is stopped before execve() or execveat()
 *
 * Or before a call for which a filter of the program itself wants a tracer: that call
 * fails with ENOSYS.
 */
void exec_begin(struct task *task);

/* exec_done - the host has executed something; the process has new memory */
void exec_done(struct process *process);

/* exec_answer_loader - the loader's call */
long exec_answer_loader(struct call *call);

void exec_release(struct exec *exec);

#endif /* LKLRUN_EXEC_H */
