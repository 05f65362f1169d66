// SPDX-License-Identifier: GPL-2.0-only
/*
 * program.c - a small static program without a C library: it writes the names in
 * a directory into a file, and prints how many there are.
 *
 * usage: program DIRECTORY FILE
 *
 * It runs as any program, and in run-in-process.  For the latter, each SYSCALL has
 * room for a CALL: a 3-byte no-operation follows it.
 *
 *	cc -O2 -static -no-pie -nostdlib -ffreestanding -fno-stack-protector \
 *		-mno-red-zone -fcf-protection=none program.c -o program
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static long call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall\n\tnopl (%%rax)" : "=a" (ret)
			 : "a" (nr), "D" (a), "S" (b), "d" (c), "r" (r10),
			   "r" (r8), "r" (r9)
			 : "rcx", "r11", "memory");
	return ret;
}

struct entry {
	uint64_t ino;
	int64_t next;
	uint16_t len;
	uint8_t type;
	char name[];
};

static long length(const char *text)
{
	long n = 0;

	while (text[n])
		n++;
	return n;
}

static int fail(const char *step)
{
	call(SYS_write, 2, (long)step, length(step), 0, 0, 0);
	call(SYS_write, 2, (long)" failed\n", 8, 0, 0, 0);
	return 1;
}

/* 0 or -1: a full disk writes less, or fails. */
static int write_all(long fd, const char *text, long len)
{
	return call(SYS_write, fd, (long)text, len, 0, 0, 0) == len ? 0 : -1;
}

static int run(const char *directory, const char *file)
{
	long buffer, in, out, n, at, number = 0;
	char digits[24];
	char *end = digits + sizeof(digits), *text = end;

	buffer = call(SYS_mmap, 0, 65536, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer < 0)
		return fail("mmap");
	in = call(SYS_openat, AT_FDCWD, (long)directory,
		  O_RDONLY | O_DIRECTORY, 0, 0, 0);
	out = call(SYS_openat, AT_FDCWD, (long)file,
		   O_WRONLY | O_CREAT | O_TRUNC, 0644, 0, 0);
	if (in < 0 || out < 0)
		return fail("open");
	while ((n = call(SYS_getdents64, in, buffer, 65536, 0, 0, 0)) > 0)
		for (at = 0; at < n; number++) {
			struct entry *entry = (struct entry *)(buffer + at);

			if (write_all(out, entry->name, length(entry->name)) ||
			    write_all(out, "\n", 1))
				return fail("writing");
			at += entry->len;
		}
	if (n < 0 || call(SYS_fsync, out, 0, 0, 0, 0, 0) < 0 ||
	    call(SYS_close, out, 0, 0, 0, 0, 0) < 0)
		return fail("writing");
	*--text = '\n';
	do
		*--text = (char)('0' + number % 10);
	while (number /= 10);
	return write_all(1, text, end - text) ? fail("printing") : 0;
}

/* The stack begins with the number of arguments and their addresses. */
__attribute__((used)) void start(const long *stack)
{
	const char *const *argv = (const char *const *)(stack + 1);

	call(SYS_exit_group,
	     stack[0] == 3 ? run(argv[1], argv[2]) : fail("reading arguments"),
	     0, 0, 0, 0, 0);
	__builtin_unreachable();
}

__asm__(".globl _start\n"
	"_start: movq %rsp, %rdi\n"
	"andq $-16, %rsp\n"
	"call start\n");
