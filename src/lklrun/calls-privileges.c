// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-privileges.c - capabilities, which each process has with --fake-root, and
 * the options of prctl() that the host must not apply.
 *
 * Threads of a process share them.  Ambient capabilities, the bounding set and
 * capabilities of files are not supported.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "privileges.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <linux/capability.h>

#include "process.h"
#include "table.h"

/* CAP_CHECKPOINT_RESTORE, 40, is the last one. */
#define ALL	((1ull << 41) - 1)

enum { REAL, EFFECTIVE, SAVED };

const uint32_t privileges_options[] = {
	PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_GET_KEEPCAPS, PR_SET_KEEPCAPS,
};

const unsigned int n_privileges_options =
	sizeof(privileges_options) / sizeof(*privileges_options);

bool privileges_has(const struct identity *identity, unsigned int capability)
{
	return identity->effective >> capability & 1;
}

static bool is_root_somehow(const struct identity *identity)
{
	return !identity->uid[REAL] || !identity->uid[EFFECTIVE] ||
		!identity->uid[SAVED];
}

void privileges_user_changed(struct identity *identity,
			     const struct identity *before)
{
	if (is_root_somehow(before) && !is_root_somehow(identity) &&
	    !identity->keep_capabilities)
		identity->permitted = identity->effective = 0;
	if (!before->uid[EFFECTIVE] && identity->uid[EFFECTIVE])
		identity->effective = 0;
	if (before->uid[EFFECTIVE] && !identity->uid[EFFECTIVE])
		identity->effective = identity->permitted;
}

void privileges_exec(struct process *process)
{
	struct identity *identity = &process->identity;
	bool root = !identity->uid[EFFECTIVE];

	process->dumpable = true;
	identity->keep_capabilities = false;
	identity->permitted = root || !identity->uid[REAL] ? ALL : 0;
	identity->effective = root ? ALL : 0;
}

/* ---- capget() and capset() ---- */

/*
 * Read the header.  Returns the number of structures that follow, CALL_CONTINUE if
 * the host can say that there is no such version, or -errno.
 */
static long read_header(struct call *call,
			struct __user_cap_header_struct *header)
{
	if (call_read(call, call->args[0], header, sizeof(*header)))
		return -EFAULT;
	switch (header->version) {
	case _LINUX_CAPABILITY_VERSION_1:
		return 1;
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3:
		return 2;
	}
	return CALL_CONTINUE;
}

static long call_capget(struct call *call)
{
	const struct process *process = call->process;
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[2];
	struct task *task;
	long i, n;

	if (!process_has_fake_root())
		return CALL_CONTINUE;
	n = read_header(call, &header);
	if (n < 0)
		return n;
	if (header.pid < 0)
		return -EINVAL;
	if (header.pid) {
		task = task_find(header.pid);
		if (!task || !task->process)
			return -ESRCH;
		process = task->process;
	}
	for (i = 0; i < n; i++) {
		const struct identity *identity = &process->identity;

		data[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(identity->effective >> 32 * i),
			.permitted = (uint32_t)(identity->permitted >> 32 * i),
			.inheritable =
				(uint32_t)(identity->inheritable >> 32 * i),
		};
	}
	if (!call->args[1])
		return 0;
	return call_write(call, call->args[1], data,
			  (size_t)n * sizeof(*data));
}

static long call_capset(struct call *call)
{
	struct identity *identity = &call->process->identity;
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[2] = { { 0 } };
	uint64_t effective, permitted, inheritable, may_inherit;
	struct task *task;
	long n;

	if (!process_has_fake_root())
		return CALL_CONTINUE;
	n = read_header(call, &header);
	if (n < 0)
		return n;
	task = header.pid ? task_find(header.pid) : NULL;
	if (header.pid && (!task || task->process != call->process))
		return -EPERM;
	if (call_read(call, call->args[1], data, (size_t)n * sizeof(*data)))
		return -EFAULT;
	effective = (data[0].effective | (uint64_t)data[1].effective << 32) &
		ALL;
	permitted = (data[0].permitted | (uint64_t)data[1].permitted << 32) &
		ALL;
	inheritable = (data[0].inheritable |
		       (uint64_t)data[1].inheritable << 32) & ALL;
	may_inherit = privileges_has(identity, CAP_SETPCAP) ? ALL :
		identity->inheritable | identity->permitted;
	if (inheritable & ~may_inherit || permitted & ~identity->permitted ||
	    effective & ~permitted)
		return -EPERM;
	identity->effective = effective;
	identity->permitted = permitted;
	identity->inheritable = inheritable;
	return 0;
}

/* ---- prctl() ---- */

/*
 * This process cannot read the memory of a process that is not dumpable, and so could
 * not answer its calls.  So PR_SET_DUMPABLE changes only the answer to
 * PR_GET_DUMPABLE.
 */
static long call_prctl(struct call *call)
{
	struct process *process = call->process;
	struct identity *identity = &process->identity;

	switch ((uint32_t)call->args[0]) {
	case PR_GET_DUMPABLE:
		return process->dumpable;
	case PR_SET_DUMPABLE:
		if (call->args[1] > 1)
			return -EINVAL;
		process->dumpable = call->args[1];
		return 0;
	case PR_GET_KEEPCAPS:
		if (!process_has_fake_root())
			return CALL_CONTINUE;
		return identity->keep_capabilities;
	case PR_SET_KEEPCAPS:
		if (!process_has_fake_root())
			return CALL_CONTINUE;
		if (call->args[1] > 1)
			return -EINVAL;
		identity->keep_capabilities = call->args[1];
		return 0;
	}
	return CALL_CONTINUE;
}

const struct call_entry calls_privileges[] = {
	CALL_NAMED(capget, call_capget),
	CALL_NAMED(capset, call_capset),
	{ SYS_prctl, "prctl", call_prctl, CALL_PROCESS_OPTIONS, 0, NULL },
	CALL_END
};
