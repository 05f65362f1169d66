// SPDX-License-Identifier: GPL-2.0-only
/*
 * filter.c - the filter that stops the program's system calls, made from the
 * table of calls.
 *
 * The host remembers the calls that a filter allows with any arguments, and does not run
 * the filter for these.  So a long table slows down only the calls that stop.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "filter.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>

#include "confined.h"
#include "flags.h"
#include "privileges.h"
#include "table.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1ul << 5)
#endif

#ifdef __x86_64__
#define X32_FIRST	0x40000000u
#else
#define X32_FIRST	X32_END			/* there are none */
#endif

/* The numbers of x32 calls end below this.  From here on they are negative. */
#define X32_END		0x80000000u

/* Each entry takes ten instructions at most. */
#define INSTRUCTIONS_MAX	3072

struct program {
	struct sock_filter code[INSTRUCTIONS_MAX];
	unsigned short n;
	uint32_t stop;		/* what is returned for a call that stops */
};

static void emit(struct program *program, uint16_t code, uint8_t jt, uint8_t jf,
		 uint32_t k)
{
	program->code[program->n++] = (struct sock_filter){ code, jt, jf, k };
}

static void emit_load(struct program *program, size_t offset)
{
	emit(program, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

static void emit_return(struct program *program, uint32_t action)
{
	emit(program, BPF_RET | BPF_K, 0, 0, action);
}

/* ---- Conditions on a call ---- */

/* Little-endian: the lower half of an argument comes first. */
#define ARGUMENT(i)		(offsetof(struct seccomp_data, args) + 8 * (i))
#define UPPER_HALF(i)		(ARGUMENT(i) + 4)

/* How a half of an argument compares. */
enum comparison {
	NO_CONDITION,			/* ends an array */
	EQUALS,
	DIFFERS,
	HAS,				/* one of the bits, or more */
	LACKS,				/* all of the bits */
};

struct condition {
	enum comparison comparison;
	size_t offset;			/* ARGUMENT() or UPPER_HALF() */
	uint32_t value;
	uint32_t mask;			/* other bits do not count; 0: all count */
};

#define CONDITIONS_MAX	3

static unsigned int condition_length(const struct condition *condition)
{
	return condition->mask ? 3 : 2;
}

/* Skip @length instructions unless it holds. */
static void emit_condition(struct program *program,
			   const struct condition *condition, unsigned int length)
{
	const enum comparison comparison = condition->comparison;
	const bool inverted = comparison == DIFFERS || comparison == LACKS;
	const uint16_t test = comparison == HAS || comparison == LACKS ?
			      BPF_JSET : BPF_JEQ;

	emit_load(program, condition->offset);
	if (condition->mask)
		emit(program, BPF_ALU | BPF_AND | BPF_K, 0, 0, condition->mask);
	emit(program, BPF_JMP | test | BPF_K, (uint8_t)(inverted ? length : 0),
	     (uint8_t)(inverted ? 0 : length), condition->value);
}

/*
 * Return @action for call @nr if all conditions hold.  The accumulator holds the number
 * of the call, and still does if it is another.  The next instruction is for this call
 * only, when a condition does not hold.
 */
static void emit_if(struct program *program, int nr,
		    const struct condition *conditions, uint32_t action)
{
	const struct condition *condition;
	unsigned int length = 1;	/* up to the end of the return */

	for (condition = conditions; condition->comparison; condition++)
		length += condition_length(condition);
	emit(program, BPF_JMP | BPF_JEQ | BPF_K, 0, (uint8_t)(length + 1),
	     (uint32_t)nr);
	for (condition = conditions; condition->comparison; condition++) {
		length -= condition_length(condition);
		emit_condition(program, condition, length);
	}
	emit_return(program, action);
}

/* ---- Calls of the table ---- */

/* A call with one of @n commands in argument @at. */
static void emit_commands(struct program *program, int nr, unsigned int at,
			  const uint32_t *commands, unsigned int n)
{
	const uint16_t equal = BPF_JMP | BPF_JEQ | BPF_K;
	unsigned int i;

	emit(program, equal, 0, (uint8_t)(n + 3), (uint32_t)nr);
	emit_load(program, ARGUMENT(at));
	for (i = 0; i < n; i++)
		emit(program, equal, (uint8_t)(n - i), 0, commands[i]);
	emit_return(program, SECCOMP_RET_ALLOW);
	emit_return(program, program->stop);
}

/* The accumulator holds the number of the call. */
static void emit_entry(struct program *program, const struct call_entry *entry)
{
	/* MAP_SHARED and MAP_SHARED_VALIDATE, of a file. */
	static const struct condition shared_file[] = {
		{ HAS, ARGUMENT(3), MAP_SHARED, 0 },
		{ LACKS, ARGUMENT(3), MAP_ANONYMOUS, 0 },
		{ .comparison = NO_CONDITION },
	};
	static const struct condition no_address[] = {
		{ EQUALS, ARGUMENT(4), 0, 0 },
		{ EQUALS, UPPER_HALF(4), 0, 0 },
		{ .comparison = NO_CONDITION },
	};

	if (entry->kind == CALL_MAP_SHARED) {
		emit_if(program, entry->nr, shared_file, program->stop);
		emit_return(program, SECCOMP_RET_ALLOW);
		return;
	}
	if (entry->kind == CALL_ADDRESS) {
		emit_if(program, entry->nr, no_address, SECCOMP_RET_ALLOW);
		emit_return(program, program->stop);
		return;
	}
	if (entry->kind == CALL_FILE_FLAGS) {
		emit_commands(program, entry->nr, 1, flags_commands,
			      n_flags_commands);
		return;
	}
	if (entry->kind == CALL_PROCESS_OPTIONS) {
		emit_commands(program, entry->nr, 0, privileges_options,
			      n_privileges_options);
		return;
	}
	emit(program, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (uint32_t)entry->nr);
	emit_return(program, entry->kind == CALL_EXEC ? SECCOMP_RET_TRACE :
		    program->stop);
}

/* ---- Calls that are refused whatever the table says ---- */

enum when {
	ALWAYS,
	BY_PTRACE,			/* calls stop by ptrace */
	CONFINED,			/* --confine */
};

/* The call fails with @error if all conditions hold. */
struct refusal {
	int nr;
	int error;
	enum when when;
	struct condition conditions[CONDITIONS_MAX + 1];
};

#define SOCKET_TYPE_MASK	0xf	/* the rest are flags */

static const struct refusal refusals[] = {
	/*
	 * They type into the terminal: the user's shell would read that afterwards.
	 * The host looks at the lower half of the command only.
	 */
	{ SYS_ioctl, EPERM, ALWAYS, { { EQUALS, ARGUMENT(1), TIOCSTI, 0 } } },
	{ SYS_ioctl, EPERM, ALWAYS, { { EQUALS, ARGUMENT(1), TIOCLINUX, 0 } } },
	/*
	 * Processes that are not traced would outlive lklrun.  clone3() has its flags in
	 * memory, and is refused as a whole (calls-refused.c).
	 */
	{ SYS_clone, EPERM, ALWAYS, { { HAS, ARGUMENT(0), CLONE_UNTRACED, 0 } } },
	/*
	 * A filter with a listener, of the program's own, would get calls before this one
	 * and could let them pass.  The host refuses it beside user notification.
	 */
	{ SYS_seccomp, EBUSY, BY_PTRACE, {
		{ EQUALS, ARGUMENT(0), SECCOMP_SET_MODE_FILTER, 0 },
		{ HAS, ARGUMENT(1), SECCOMP_FILTER_FLAG_NEW_LISTENER, 0 },
	} },
	/*
	 * Sockets for the audit log, as a kernel without one does it: the host takes
	 * messages from its own root only, and programs like sudo(8) would complain.
	 */
	{ SYS_socket, EPROTONOSUPPORT, ALWAYS, {
		{ EQUALS, ARGUMENT(0), AF_NETLINK, 0 },
		{ EQUALS, ARGUMENT(2), NETLINK_AUDIT, 0 },
	} },
	/*
	 * Datagrams take an address with each message.  A type that is no other becomes
	 * that one.
	 */
	{ SYS_socket, EACCES, CONFINED, {
		{ EQUALS, ARGUMENT(0), AF_UNIX, 0 },
		{ DIFFERS, ARGUMENT(1), SOCK_STREAM, SOCKET_TYPE_MASK },
		{ DIFFERS, ARGUMENT(1), SOCK_SEQPACKET, SOCKET_TYPE_MASK },
	} },
	{ SYS_socketpair, EACCES, CONFINED, {
		{ EQUALS, ARGUMENT(0), AF_UNIX, 0 },
		{ DIFFERS, ARGUMENT(1), SOCK_STREAM, SOCKET_TYPE_MASK },
		{ DIFFERS, ARGUMENT(1), SOCK_SEQPACKET, SOCKET_TYPE_MASK },
	} },
};

static bool refusal_applies(const struct refusal *refusal,
			    const struct program *program)
{
	switch (refusal->when) {
	case BY_PTRACE:
		return program->stop == SECCOMP_RET_TRACE;
	case CONFINED:
		return confined();
	default:
		return true;
	}
}

/* A call that is not refused goes on to the next refusal, and to the table. */
static void emit_refusals(struct program *program)
{
	const struct refusal *refusal;
	unsigned int i;

	for (i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		refusal = &refusals[i];
		if (!refusal_applies(refusal, program))
			continue;
		emit_if(program, refusal->nr, refusal->conditions,
			SECCOMP_RET_ERRNO | (uint32_t)refusal->error);
		emit_load(program, offsetof(struct seccomp_data, nr));
	}
}

/* ---- The filter ---- */

static void build_filter(struct program *program)
{
	const uint16_t equal = BPF_JMP | BPF_JEQ | BPF_K;
	const struct call_entry *entry = NULL;

	/* Calls of other architectures stop; serve.c refuses them with a message. */
	emit_load(program, offsetof(struct seccomp_data, arch));
	emit(program, equal, 1, 0, FILTER_ARCH);
	emit_return(program, program->stop);
	emit_load(program, offsetof(struct seccomp_data, nr));
	emit(program, BPF_JMP | BPF_JGE | BPF_K, 0, 2, X32_FIRST);
	emit(program, BPF_JMP | BPF_JGE | BPF_K, 1, 0, X32_END);
	emit_return(program, program->stop);
	emit(program, equal, 0, 1, FILTER_LOADER_CALL);
	emit_return(program, program->stop);
	emit_refusals(program);
	while ((entry = table_next(entry)))
		emit_entry(program, entry);
	emit_return(program, SECCOMP_RET_ALLOW);
}

int filter_install(bool notify)
{
	static struct program program;
	unsigned long flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	struct sock_fprog fprog;
	long fd;

	program.n = 0;
	program.stop = notify ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_TRACE;
	build_filter(&program);
	fprog = (struct sock_fprog){ program.n, program.code };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	/*
	 * Signals must not interrupt a call once lklrun has begun to answer it:
	 * the program would make it a second time.
	 */
	if (notify)
		flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER |
			SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &fprog);
	return fd < 0 ? -errno : (int)fd;
}

static bool has_command(const uint32_t *commands, unsigned int n,
			uint64_t argument)
{
	while (n--)
		if (commands[n] == (uint32_t)argument)
			return true;
	return false;
}

bool filter_is_native(int nr, uint32_t arch)
{
	const uint32_t number = (uint32_t)nr;

	return arch == FILTER_ARCH && (number < X32_FIRST || number >= X32_END);
}

bool filter_stops(int nr, uint32_t arch, const uint64_t args[6])
{
	const struct call_entry *entry;

	if (!filter_is_native(nr, arch) || nr == FILTER_LOADER_CALL)
		return true;
	entry = table_find(nr);
	if (!entry)
		return false;
	switch (entry->kind) {
	case CALL_EXEC:
		return false;
	case CALL_MAP_SHARED:
		return args[3] & MAP_SHARED && !(args[3] & MAP_ANONYMOUS);
	case CALL_FILE_FLAGS:
		return has_command(flags_commands, n_flags_commands, args[1]);
	case CALL_PROCESS_OPTIONS:
		return has_command(privileges_options, n_privileges_options,
				   args[0]);
	case CALL_ADDRESS:
		return args[4];
	case CALL_HANDLE:
	case CALL_REFUSE:
		break;
	}
	return true;
}
