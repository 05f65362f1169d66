// SPDX-License-Identifier: GPL-2.0-only
/*
 * syscall.c - the system call table, and the calls into the overlay itself.
 */
#include <linux/reboot.h>
#include <linux/syscalls.h>
#include <linux/uio.h>
#include <asm/direct.h>
#include <asm/syscall.h>
#include <asm/thread.h>

long __lkl_sys_ni_syscall(const long *args)
{
	return -ENOSYS;
}

/* Refused behind this: see asm/mman.h. */
SYSCALL_DEFINE6(mmap, unsigned long, addr, unsigned long, len,
		unsigned long, prot, unsigned long, flags,
		unsigned long, fd, unsigned long, offset)
{
	if (offset_in_page(offset))
		return -EINVAL;
	return ksys_mmap_pgoff(addr, len, prot, flags, fd,
			       offset >> PAGE_SHIFT);
}

#undef __SYSCALL
#define __SYSCALL(nr, call)	long __lkl_##call(const long *args);
#define __SYSCALL_WITH_COMPAT(nr, native, compat)	__SYSCALL(nr, native)
#include <asm/syscall_table_64.h>

/*
 * These end or replace the calling process, or return from a signal handler:
 * behind a call is a host thread, of which none of that is true.
 */
#define LKL_SYSCALL_REFUSED(nr)	[nr] = __lkl_sys_ni_syscall

static long pread_maybe_direct(const long *args)
{
	long ret;

	if (lkl_direct(ITER_DEST, args, &ret))
		return ret;
	return __lkl_sys_pread64(args);
}

static long pwrite_maybe_direct(const long *args)
{
	long ret;

	if (lkl_direct(ITER_SOURCE, args, &ret))
		return ret;
	return __lkl_sys_pwrite64(args);
}

#undef __SYSCALL
#define __SYSCALL(nr, call)	[nr] = __lkl_##call,

const lkl_syscall_fn sys_call_table[__NR_syscalls] = {
	[0 ... __NR_syscalls - 1] = __lkl_sys_ni_syscall,
#include <asm/syscall_table_64.h>
	[__NR_pread64] = pread_maybe_direct,
	[__NR_pwrite64] = pwrite_maybe_direct,
	LKL_SYSCALL_REFUSED(__NR_exit),
	LKL_SYSCALL_REFUSED(__NR_exit_group),
	LKL_SYSCALL_REFUSED(__NR_clone),
	LKL_SYSCALL_REFUSED(__NR_clone3),
	LKL_SYSCALL_REFUSED(__NR_execve),
	LKL_SYSCALL_REFUSED(__NR_execveat),
	LKL_SYSCALL_REFUSED(__NR_rt_sigreturn),
};

static long overlay_call(long nr, const long *args)
{
	switch (nr) {
	case LKL_CALL_DISK_ADD:
		return lkl_disk_add(args[0]);
	case LKL_CALL_DISK_REMOVE:
		return lkl_disk_remove(args[0]);
	case LKL_CALL_DISK_DEV:
		return lkl_disk_dev(args[0], args[1]);
	case LKL_CALL_BUFFER_ALLOC:
		return lkl_buffer_alloc(args[0]);
	case LKL_CALL_BUFFER_FREE:
		return lkl_buffer_free(args[0], args[1]);
	case LKL_CALL_HALT:
		ksys_sync();
		kernel_power_off();
	}
	return -ENOSYS;
}

long lkl_do_call(long nr, const long *args)
{
	if (likely((unsigned long)nr < __NR_syscalls))
		return sys_call_table[nr](args);
	return overlay_call(nr, args);
}
