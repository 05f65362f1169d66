// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-privileges.c - the options of prctl() that the host must not apply.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "privileges.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "process.h"
#include "table.h"

const uint32_t privileges_options[] = {
	PR_GET_DUMPABLE, PR_SET_DUMPABLE,
};

const unsigned int n_privileges_options =
	sizeof(privileges_options) / sizeof(*privileges_options);

/*
 * The memory of a process that is not dumpable cannot be read, and so none of its
 * calls be answered: it only seems to be so.
 */
static long call_prctl(struct call *call)
{
	struct process *process = call->process;

	switch ((uint32_t)call->args[0]) {
	case PR_GET_DUMPABLE:
		return process->dumpable;
	case PR_SET_DUMPABLE:
		if (call->args[1] > 1)
			return -EINVAL;
		process->dumpable = call->args[1];
		return 0;
	}
	return CALL_CONTINUE;
}

const struct call_entry calls_privileges[] = {
	{ SYS_prctl, "prctl", call_prctl, CALL_PROCESS_OPTIONS, 0, NULL },
	CALL_END
};
