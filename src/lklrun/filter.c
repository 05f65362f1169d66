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
#include <linux/audit.h>
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
#define NATIVE_ARCH	AUDIT_ARCH_X86_64
#define X32_BIT		0x40000000u	/* in the number of an x32 call */
#else
#define NATIVE_ARCH	AUDIT_ARCH_AARCH64
#define X32_BIT		0u
#endif

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

/* Little-endian: the lower half of an argument comes first. */
#define ARGUMENT(i) (offsetof(struct seccomp_data, args) + 8 * (i))

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
	const uint16_t equal = BPF_JMP | BPF_JEQ | BPF_K;

	if (entry->kind == CALL_MAP_SHARED) {
		/* MAP_SHARED and MAP_SHARED_VALIDATE, of a file. */
		emit(program, equal, 0, 5, (uint32_t)entry->nr);
		emit_load(program, ARGUMENT(3));
		emit(program, BPF_JMP | BPF_JSET | BPF_K, 0, 2, MAP_SHARED);
		emit(program, BPF_JMP | BPF_JSET | BPF_K, 1, 0, MAP_ANONYMOUS);
		emit_return(program, program->stop);
		emit_return(program, SECCOMP_RET_ALLOW);
		return;
	}
	if (entry->kind == CALL_ADDRESS) {
		emit(program, equal, 0, 6, (uint32_t)entry->nr);
		emit_load(program, ARGUMENT(4));
		emit(program, equal, 0, 2, 0);
		emit_load(program, ARGUMENT(4) + 4);
		emit(program, equal, 1, 0, 0);
		emit_return(program, program->stop);
		emit_return(program, SECCOMP_RET_ALLOW);
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
	emit(program, equal, 0, 1, (uint32_t)entry->nr);
	emit_return(program, entry->kind == CALL_EXEC ? SECCOMP_RET_TRACE :
		    program->stop);
}

/*
 * Refuse the commands that type into the terminal: the user's shell would read that
 * afterwards.  The host looks at the lower half of the argument only.
 */
static void emit_terminal(struct program *program)
{
	const uint16_t equal = BPF_JMP | BPF_JEQ | BPF_K;

	emit(program, equal, 0, 5, SYS_ioctl);
	emit_load(program, ARGUMENT(1));
	emit(program, equal, 1, 0, TIOCSTI);
	emit(program, equal, 0, 1, TIOCLINUX);
	emit_return(program, SECCOMP_RET_ERRNO | EPERM);
	emit_load(program, offsetof(struct seccomp_data, nr));
}

/*
 * Refuse to make processes that are not traced: they would outlive lklrun.  clone3()
 * has its flags in memory, and is refused as a whole (calls-refused.c).
 */
static void emit_untraced(struct program *program)
{
	emit(program, BPF_JMP | BPF_JEQ | BPF_K, 0, 4, SYS_clone);
	emit_load(program, ARGUMENT(0));
	emit(program, BPF_JMP | BPF_JSET | BPF_K, 0, 1, CLONE_UNTRACED);
	emit_return(program, SECCOMP_RET_ERRNO | EPERM);
	emit_load(program, offsetof(struct seccomp_data, nr));
}

/*
 * Refuse to make sockets for the audit log, as a kernel without one does: the host takes
 * messages from its own root only, and programs like sudo(8) would complain of that.
 */
static void emit_audit(struct program *program)
{
	const uint16_t equal = BPF_JMP | BPF_JEQ | BPF_K;

	emit(program, equal, 0, 6, SYS_socket);
	emit_load(program, ARGUMENT(0));
	emit(program, equal, 0, 3, AF_NETLINK);
	emit_load(program, ARGUMENT(2));
	emit(program, equal, 0, 1, NETLINK_AUDIT);
	emit_return(program, SECCOMP_RET_ERRNO | EPROTONOSUPPORT);
	emit_load(program, offsetof(struct seccomp_data, nr));
}

/*
 * With --confine: AF_UNIX sockets of datagrams, which take an address with each
 * message.  A type that is no other becomes that one.
 */
static void emit_datagrams(struct program *program, uint32_t nr)
{
	const uint16_t equal = BPF_JMP | BPF_JEQ | BPF_K;

	emit(program, equal, 0, 8, nr);
	emit_load(program, ARGUMENT(0));
	emit(program, equal, 0, 5, AF_UNIX);
	emit_load(program, ARGUMENT(1));
	emit(program, BPF_ALU | BPF_AND | BPF_K, 0, 0, 0xf);
	emit(program, equal, 2, 0, SOCK_STREAM);
	emit(program, equal, 1, 0, SOCK_SEQPACKET);
	emit_return(program, SECCOMP_RET_ERRNO | EACCES);
	emit_load(program, offsetof(struct seccomp_data, nr));
}

/*
 * By ptrace: a filter with a listener, of the program's own, would get calls before
 * this one and could let them pass.  The host refuses it beside user notification.
 */
static void emit_listener(struct program *program)
{
	const uint16_t equal = BPF_JMP | BPF_JEQ | BPF_K;

	emit(program, equal, 0, 6, SYS_seccomp);
	emit_load(program, ARGUMENT(0));
	emit(program, equal, 0, 3, SECCOMP_SET_MODE_FILTER);
	emit_load(program, ARGUMENT(1));
	emit(program, BPF_JMP | BPF_JSET | BPF_K, 0, 1,
	     SECCOMP_FILTER_FLAG_NEW_LISTENER);
	emit_return(program, SECCOMP_RET_ERRNO | EBUSY);
	emit_load(program, offsetof(struct seccomp_data, nr));
}

static void build(struct program *program)
{
	const uint16_t equal = BPF_JMP | BPF_JEQ | BPF_K;
	const struct call_entry *entry = NULL;

	/* Calls of other architectures stop; serve.c refuses them with a message. */
	emit_load(program, offsetof(struct seccomp_data, arch));
	emit(program, equal, 1, 0, NATIVE_ARCH);
	emit_return(program, program->stop);
	emit_load(program, offsetof(struct seccomp_data, nr));
	emit(program, BPF_JMP | BPF_JSET | BPF_K, 0, 1, X32_BIT);
	emit_return(program, program->stop);
	emit(program, equal, 0, 1, FILTER_LOADER_CALL);
	emit_return(program, program->stop);
	emit_terminal(program);
	emit_untraced(program);
	if (program->stop == SECCOMP_RET_TRACE)
		emit_listener(program);
	emit_audit(program);
	if (confined()) {
		emit_datagrams(program, SYS_socket);
		emit_datagrams(program, SYS_socketpair);
	}
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
	build(&program);
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
	return arch == NATIVE_ARCH && !((uint32_t)nr & X32_BIT);
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
	case CALL_NOTIFY:
	case CALL_REFUSE:
		break;
	}
	return true;
}
