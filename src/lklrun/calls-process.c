// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-process.c - who the program is: with --fake-root, each process has an
 * identity that the host does not know.  And exec.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>

#include "privileges.h"
#include "process.h"
#include "table.h"

enum { REAL, EFFECTIVE, SAVED };

/* The ids of the user or of the group; @fs is the one for files. */
struct ids {
	uint32_t *of;
	uint32_t *fs;
	bool any;		/* the process may take any id */
};

static struct ids users(struct call *call)
{
	struct identity *identity = &call->process->identity;

	return (struct ids){
		identity->uid, &identity->fsuid,
		privileges_has(identity, CAP_SETUID),
	};
}

static struct ids groups(struct call *call)
{
	struct identity *identity = &call->process->identity;

	return (struct ids){
		identity->gid, &identity->fsgid,
		privileges_has(identity, CAP_SETGID),
	};
}

static bool may_become(const struct ids *ids, uint32_t id)
{
	return ids->any || id == ids->of[REAL] ||
		id == ids->of[EFFECTIVE] || id == ids->of[SAVED];
}

#define UNCHANGED UINT32_MAX

static long set_three(struct call *call, struct ids ids, uint32_t real,
		      uint32_t effective, uint32_t saved)
{
	const uint32_t wanted[3] = { real, effective, saved };
	const struct identity before = call->process->identity;
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (wanted[i] != UNCHANGED && !may_become(&ids, wanted[i]))
			return -EPERM;
	for (i = 0; i < 3; i++)
		if (wanted[i] != UNCHANGED)
			ids.of[i] = wanted[i];
	*ids.fs = ids.of[EFFECTIVE];
	privileges_user_changed(&call->process->identity, &before);
	return 0;
}

/* setuid(): all three if the process may take any. */
static long set_one(struct call *call, struct ids ids, uint32_t id)
{
	if (id == UNCHANGED)
		return -EINVAL;
	if (ids.any)
		return set_three(call, ids, id, id, id);
	if (id != ids.of[REAL] && id != ids.of[SAVED])
		return -EPERM;
	return set_three(call, ids, UNCHANGED, id, UNCHANGED);
}

/* setreuid(): the saved id follows the effective one in these cases. */
static long set_two(struct call *call, struct ids ids, uint32_t real,
		    uint32_t effective)
{
	bool save = real != UNCHANGED ||
		(effective != UNCHANGED && effective != ids.of[REAL]);
	const struct identity before = call->process->identity;
	long ret;

	if (real != UNCHANGED && !ids.any && real != ids.of[REAL] &&
	    real != ids.of[EFFECTIVE])
		return -EPERM;
	ret = set_three(call, ids, real, effective, UNCHANGED);
	if (!ret && save) {
		ids.of[SAVED] = ids.of[EFFECTIVE];
		privileges_user_changed(&call->process->identity, &before);
	}
	return ret;
}

static long set_fs(struct call *call, struct ids ids, uint32_t id)
{
	uint32_t before = *ids.fs;

	if (id == before || may_become(&ids, id))
		*ids.fs = id;
	return before;
}

static long write_three(struct call *call, struct ids ids)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (call_write(call, call->args[i], &ids.of[i],
			       sizeof(ids.of[i])))
			return -EFAULT;
	return 0;
}

/* Without --fake-root the host knows all of this. */
#define NATIVE_UNLESS_FAKE() \
	do { \
		if (!process_has_fake_root()) \
			return CALL_CONTINUE; \
	} while (0)

#define HANDLER(name, expression) \
static long call_##name(struct call *call) \
{ \
	NATIVE_UNLESS_FAKE(); \
	return (expression); \
}

#define A(i) ((uint32_t)call->args[i])

HANDLER(getuid, users(call).of[REAL])
HANDLER(geteuid, users(call).of[EFFECTIVE])
HANDLER(getgid, groups(call).of[REAL])
HANDLER(getegid, groups(call).of[EFFECTIVE])
HANDLER(getresuid, write_three(call, users(call)))
HANDLER(getresgid, write_three(call, groups(call)))
HANDLER(setuid, set_one(call, users(call), A(0)))
HANDLER(setgid, set_one(call, groups(call), A(0)))
HANDLER(setreuid, set_two(call, users(call), A(0), A(1)))
HANDLER(setregid, set_two(call, groups(call), A(0), A(1)))
HANDLER(setresuid, set_three(call, users(call), A(0), A(1), A(2)))
HANDLER(setresgid, set_three(call, groups(call), A(0), A(1), A(2)))
HANDLER(setfsuid, set_fs(call, users(call), A(0)))
HANDLER(setfsgid, set_fs(call, groups(call), A(0)))

static long call_getgroups(struct call *call)
{
	const struct identity *identity = &call->process->identity;
	int room = (int)call->args[0];

	NATIVE_UNLESS_FAKE();
	if (room < 0 || (room && (unsigned int)room < identity->n_groups))
		return -EINVAL;
	if (room && call_write(call, call->args[1], identity->groups,
			       identity->n_groups * sizeof(uint32_t)))
		return -EFAULT;
	return identity->n_groups;
}

static long call_setgroups(struct call *call)
{
	struct identity *identity = &call->process->identity;
	uint32_t list[PROCESS_GROUPS_MAX];
	unsigned int n = (unsigned int)call->args[0];

	NATIVE_UNLESS_FAKE();
	if (!privileges_has(identity, CAP_SETGID))
		return -EPERM;
	if (n > PROCESS_GROUPS_MAX)
		return -EINVAL;
	if (call_read(call, call->args[1], list, n * sizeof(*list)))
		return -EFAULT;
	memcpy(identity->groups, list, n * sizeof(*list));
	identity->n_groups = n;
	return 0;
}

const struct call_entry calls_process[] = {
	{ SYS_execve, "execve", NULL, CALL_EXEC, 0, NULL },
	{ SYS_execveat, "execveat", NULL, CALL_EXEC, 0, NULL },
	CALL_NAMED(getuid, call_getuid),
	CALL_NAMED(geteuid, call_geteuid),
	CALL_NAMED(getgid, call_getgid),
	CALL_NAMED(getegid, call_getegid),
	CALL_NAMED(getresuid, call_getresuid),
	CALL_NAMED(getresgid, call_getresgid),
	CALL_NAMED(setuid, call_setuid),
	CALL_NAMED(setgid, call_setgid),
	CALL_NAMED(setreuid, call_setreuid),
	CALL_NAMED(setregid, call_setregid),
	CALL_NAMED(setresuid, call_setresuid),
	CALL_NAMED(setresgid, call_setresgid),
	CALL_NAMED(setfsuid, call_setfsuid),
	CALL_NAMED(setfsgid, call_setfsgid),
	CALL_NAMED(getgroups, call_getgroups),
	CALL_NAMED(setgroups, call_setgroups),
	CALL_END
};
