/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * filter.h - the filter that stops the program's system calls.
 */
#ifndef LKLRUN_FILTER_H
#define LKLRUN_FILTER_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/audit.h>

/* AUDIT_ARCH_... of the programs that run. */
#ifdef __x86_64__
#define FILTER_ARCH	AUDIT_ARCH_X86_64
#else
#define FILTER_ARCH	AUDIT_ARCH_AARCH64
#endif

/* The call of the loader (loader/); no system call has this number. */
#define FILTER_LOADER_CALL 0x4c4b4c

/*
 * filter_install - load the filter into the calling process
 * @notify: calls stop by user notification; otherwise by ptrace, SECCOMP_RET_TRACE
 *
 * Returns the descriptor of the notifications, or 0 without them, or -errno.  The
 * process has no_new_privs afterwards, also if it fails.
 */
int filter_install(bool notify);

/*
 * filter_is_native - whether a call is one of a program of this architecture
 *
 * 32-bit calls, and x32 calls, are not.  A number that no call has is: programs use -1 to
 * see ENOSYS.
 */
bool filter_is_native(int nr, uint32_t arch);

/*
 * filter_stops - whether the filter stops a call for serve_call()
 *
 * By ptrace other filters, which the program has loaded, may stop calls as well.
 */
bool filter_stops(int nr, uint32_t arch, const uint64_t args[6]);

#endif /* LKLRUN_FILTER_H */
