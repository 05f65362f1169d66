/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * syscall_wrapper.h - defines the expansion of SYSCALL_DEFINEx().
 *
 * The entry point of a call is __lkl_sys_NAME(args): args are the six longs
 * that the caller passed.  The casts to the declared types, and thus the sign
 * extension, are the same as in the generic definition.
 *
 * Each definition also writes one line to the section .lkl_syscalls: the name
 * and the arguments of the macro, "_openat|int, dfd, const char *, ...".
 * lkl/api generates the public wrappers from these lines.  The section is not
 * allocated, so vmlinux.o has it and the library does not.  A call that is
 * configured out writes no line.
 *
 * There are no compat calls.
 */
#ifndef _ASM_LKL_SYSCALL_WRAPPER_H
#define _ASM_LKL_SYSCALL_WRAPPER_H

#include <linux/stringify.h>

long __lkl_sys_ni_syscall(const long *args);

/* Variadic, since the text of the arguments contains commas. */
#define LKL_SYSCALL_NOTE(...)						\
	asm(".pushsection .lkl_syscalls,\"\",%progbits\n"		\
	    ".ascii \"" __stringify(__VA_ARGS__) "\\n\"\n"		\
	    ".popsection\n")

/* __MAP takes pairs of type and name; here all types are empty. */
#define LKL_SYSCALL_ARGS(x, ...)					\
	__MAP(x, __SC_ARGS						\
	      ,, args[0],, args[1],, args[2]				\
	      ,, args[3],, args[4],, args[5])

#define __SYSCALL_DEFINEx(x, name, ...)					\
	LKL_SYSCALL_NOTE(name|__VA_ARGS__);				\
	long __lkl_sys##name(const long *args);				\
	ALLOW_ERROR_INJECTION(__lkl_sys##name, ERRNO);			\
	static inline long __do_sys##name(__MAP(x, __SC_DECL, __VA_ARGS__)); \
	static long __se_sys##name(__MAP(x, __SC_LONG, __VA_ARGS__));	\
	static long __se_sys##name(__MAP(x, __SC_LONG, __VA_ARGS__))	\
	{								\
		long ret = __do_sys##name(__MAP(x, __SC_CAST, __VA_ARGS__)); \
		__MAP(x, __SC_TEST, __VA_ARGS__);			\
		__PROTECT(x, ret, __MAP(x, __SC_ARGS, __VA_ARGS__));	\
		return ret;						\
	}								\
	long __lkl_sys##name(const long *args)				\
	{								\
		return __se_sys##name(LKL_SYSCALL_ARGS(x, __VA_ARGS__)); \
	}								\
	static inline long __do_sys##name(__MAP(x, __SC_DECL, __VA_ARGS__))

#define SYSCALL_DEFINE0(sname)						\
	LKL_SYSCALL_NOTE(_##sname|);					\
	SYSCALL_METADATA(_##sname, 0);					\
	long __lkl_sys_##sname(const long *__unused);			\
	ALLOW_ERROR_INJECTION(__lkl_sys_##sname, ERRNO);		\
	long __lkl_sys_##sname(const long *__unused)

/* Calls that may be configured out. */
#define COND_SYSCALL(name)						\
	long __weak __lkl_sys_##name(const long *args);			\
	long __weak __lkl_sys_##name(const long *args)			\
	{								\
		return sys_ni_syscall();				\
	}

#define COND_SYSCALL_COMPAT(name)

#endif /* _ASM_LKL_SYSCALL_WRAPPER_H */
