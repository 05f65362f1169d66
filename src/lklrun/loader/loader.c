// SPDX-License-Identifier: GPL-2.0-only
/*
 * loader.c - runs an ELF file whose descriptor lklrun hands it, as the kernel's
 * execve() would.
 *
 * The host cannot find the files of an image, so it executes this program instead.
 * It is static, has no libc, and lies where programs are not.  It maps the file and
 * its interpreter, corrects the vector of arguments and the auxiliary vector on the
 * stack, and jumps.  Its own memory stays, and holds strings of these vectors.
 */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <asm/unistd.h>

#include "protocol.h"

#define PROT_NONE	0
#define PROT_READ	1
#define PROT_WRITE	2
#define PROT_EXEC	4
#define MAP_PRIVATE	0x02
#define MAP_FIXED	0x10
#define MAP_ANONYMOUS	0x20
#define MAP_NORESERVE	0x4000
#define MAP_FIXED_NOREPLACE 0x100000
#define PR_SET_NAME	15
#define NO_MORE_HEADERS	128

#ifdef __x86_64__
#define MACHINE EM_X86_64
#else
#define MACHINE EM_AARCH64
#endif

/* What the start in assembly jumps to. */
struct jump {
	uintptr_t sp;
	uintptr_t entry;
};

struct mapped {
	uintptr_t headers;		/* AT_PHDR */
	unsigned int n_headers;
	uintptr_t base;			/* AT_BASE of an interpreter */
	uintptr_t entry;
};

static struct loader_info info;
static Elf64_Phdr headers[NO_MORE_HEADERS];
static uintptr_t page = 4096;

struct jump loader_main(uintptr_t *stack);
void *memset(void *to, int value, size_t len);
void *memcpy(void *to, const void *from, size_t len);

#ifdef __x86_64__

__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	/* The vectors grow downwards: leave them room. */
	"	sub $1024, %rsp\n"
	"	and $-16, %rsp\n"
	"	call loader_main\n"
	"	mov %rax, %rsp\n"
	"	mov %rdx, %rcx\n"
	"	xor %edx, %edx\n"
	"	xor %eax, %eax\n"
	"	xor %edi, %edi\n"
	"	xor %esi, %esi\n"
	"	jmp *%rcx\n");

static long call6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall" : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#else

__asm__(".globl _start\n"
	"_start:\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, sp\n"
	"	sub x9, x0, #1024\n"
	"	and sp, x9, #-16\n"
	"	bl loader_main\n"
	"	mov sp, x0\n"
	"	mov x16, x1\n"
	"	mov x0, #0\n"
	"	br x16\n");

static long call6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0" : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

#endif

static long call3(long nr, long a, long b, long c)
{
	return call6(nr, a, b, c, 0, 0, 0);
}

/* The compiler may call these. */
void *memset(void *to, int value, size_t len)
{
	volatile char *at = to;

	while (len--)
		*at++ = (char)value;
	return to;
}

void *memcpy(void *to, const void *from, size_t len)
{
	volatile char *at = to;
	const char *source = from;

	while (len--)
		*at++ = *source++;
	return to;
}

static _Noreturn void fail(const char *text)
{
	static const char prefix[] = "lklrun: cannot execute: ";
	size_t len = 0;

	while (text[len])
		len++;
	call3(__NR_write, 2, (long)prefix, sizeof(prefix) - 1);
	call3(__NR_write, 2, (long)text, (long)len);
	call3(__NR_write, 2, (long)"\n", 1);
	for (;;)
		call3(__NR_exit_group, 127, 0, 0);
}

static uintptr_t map(uintptr_t address, size_t len, int prot, int flags, int fd,
		     uint64_t offset)
{
	return (uintptr_t)call6(__NR_mmap, (long)address, (long)len, prot, flags,
				fd, (long)offset);
}

static int is_error(uintptr_t result)
{
	return result >= (uintptr_t)-4095;
}

static uintptr_t page_down(uintptr_t address)
{
	return address & ~(page - 1);
}

static uintptr_t page_up(uintptr_t address)
{
	return page_down(address + page - 1);
}

static void read_headers(int fd, Elf64_Ehdr *elf)
{
	size_t len;

	if (call6(__NR_pread64, fd, (long)elf, sizeof(*elf), 0, 0, 0) !=
	    sizeof(*elf) ||
	    *(uint32_t *)(void *)elf->e_ident != *(const uint32_t *)(const void *)ELFMAG ||
	    elf->e_ident[EI_CLASS] != ELFCLASS64 || elf->e_machine != MACHINE ||
	    elf->e_phentsize != sizeof(*headers) || !elf->e_phnum ||
	    elf->e_phnum > NO_MORE_HEADERS)
		fail("not an ELF file of this machine");
	len = elf->e_phnum * sizeof(*headers);
	if (call6(__NR_pread64, fd, (long)headers, (long)len,
		  (long)elf->e_phoff, 0, 0) != (long)len)
		fail("the file ends within its headers");
}

/* Reserve the addresses; returns what is added to those of the file. */
static uintptr_t reserve(const Elf64_Ehdr *elf)
{
	uintptr_t low = UINTPTR_MAX, high = 0, align = page, len, at;
	unsigned int i;

	for (i = 0; i < elf->e_phnum; i++) {
		const Elf64_Phdr *h = &headers[i];

		if (h->p_type != PT_LOAD)
			continue;
		if (h->p_vaddr + h->p_memsz < h->p_vaddr ||
		    h->p_vaddr + h->p_memsz > (uintptr_t)1 << 47 ||
		    h->p_filesz > h->p_memsz ||
		    (h->p_vaddr - h->p_offset) & (page - 1))
			fail("a segment cannot be mapped");
		if (page_down(h->p_vaddr) < low)
			low = page_down(h->p_vaddr);
		if (page_up(h->p_vaddr + h->p_memsz) > high)
			high = page_up(h->p_vaddr + h->p_memsz);
		if (h->p_align > align && !(h->p_align & (h->p_align - 1)) &&
		    h->p_align <= (uintptr_t)1 << 30)
			align = h->p_align;
	}
	if (low >= high)
		fail("no segment to map");
	len = high - low;
	if (elf->e_type == ET_EXEC) {
		at = map(low, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
			 MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
		if (at != low)
			fail("its addresses are not free");
		return 0;
	}
	at = map(0, len + align, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
		 MAP_NORESERVE, -1, 0);
	if (is_error(at))
		fail("no addresses for it");
	/* What is reserved in excess is given back. */
	{
		uintptr_t start = (at + align - 1) & ~(align - 1);
		uintptr_t end = at + len + align;

		if (start > at)
			call3(__NR_munmap, (long)at, (long)(start - at), 0);
		if (end > start + len)
			call3(__NR_munmap, (long)(start + len),
			      (long)(end - start - len), 0);
		return start - low;
	}
}

static void map_segment(int fd, const Elf64_Phdr *h, uintptr_t bias)
{
	int prot = (h->p_flags & PF_R ? PROT_READ : 0) |
		(h->p_flags & PF_W ? PROT_WRITE : 0) |
		(h->p_flags & PF_X ? PROT_EXEC : 0);
	uintptr_t start = page_down(bias + h->p_vaddr);
	uintptr_t file_end = bias + h->p_vaddr + h->p_filesz;
	uintptr_t end = page_up(bias + h->p_vaddr + h->p_memsz);
	uintptr_t mapped = start;

	if (h->p_filesz) {
		mapped = page_up(file_end);
		if (is_error(map(start, mapped - start, prot,
				 MAP_PRIVATE | MAP_FIXED, fd,
				 page_down(h->p_offset))))
			fail("a segment cannot be mapped");
		if (h->p_memsz > h->p_filesz && prot & PROT_WRITE)
			memset((void *)file_end, 0, mapped - file_end);
	}
	if (end > mapped &&
	    is_error(map(mapped, end - mapped, prot, MAP_PRIVATE |
			 MAP_ANONYMOUS | MAP_FIXED, -1, 0)))
		fail("no memory for its data");
}

static struct mapped map_file(int fd)
{
	struct mapped result = { 0 };
	uintptr_t bias;
	Elf64_Ehdr elf;
	unsigned int i;

	read_headers(fd, &elf);
	bias = reserve(&elf);
	for (i = 0; i < elf.e_phnum; i++) {
		const Elf64_Phdr *h = &headers[i];

		if (h->p_type == PT_PHDR)
			result.headers = bias + h->p_vaddr;
		if (h->p_type != PT_LOAD)
			continue;
		map_segment(fd, h, bias);
		if (!result.headers && elf.e_phoff >= h->p_offset &&
		    elf.e_phoff < h->p_offset + h->p_filesz)
			result.headers = bias + h->p_vaddr +
				(elf.e_phoff - h->p_offset);
	}
	result.n_headers = elf.e_phnum;
	result.base = bias;
	result.entry = bias + elf.e_entry;
	call3(__NR_close, fd, 0, 0);
	return result;
}

static char *string_at(uint32_t offset)
{
	return info.strings + offset;
}

static void correct_auxiliary(Elf64_auxv_t *at, const struct mapped *program,
			      const struct mapped *interpreter)
{
	for (; at->a_type != AT_NULL; at++) {
		uint64_t *value = &at->a_un.a_val;

		switch (at->a_type) {
		case AT_PHDR:
			*value = program->headers;
			break;
		case AT_PHNUM:
			*value = program->n_headers;
			break;
		case AT_BASE:
			*value = interpreter ? interpreter->base : 0;
			break;
		case AT_ENTRY:
			*value = program->entry;
			break;
		case AT_EXECFN:
			*value = (uintptr_t)string_at(info.path);
			break;
		case AT_UID:
		case AT_EUID:
		case AT_GID:
		case AT_EGID:
			/* These numbers follow each other. */
			if (info.has_ids)
				*value = info.ids[at->a_type - AT_UID];
			break;
		}
	}
}

/* Put the arguments of a script's interpreter in place of argv[0]. */
static uintptr_t *replace_arguments(uintptr_t *stack, uintptr_t *end)
{
	uintptr_t more, *to, *from;
	unsigned int i;

	if (!info.n_arguments)
		return stack;
	more = info.n_arguments - 1;
	to = (uintptr_t *)((uintptr_t)(stack - more) & ~(uintptr_t)15);
	to[0] = stack[0] + more;
	/* Upwards: each word is read before it is overwritten. */
	for (from = stack + 2, i = 0; from < end; from++, i++)
		to[1 + info.n_arguments + i] = *from;
	for (i = 0; i < info.n_arguments; i++)
		to[1 + i] = (uintptr_t)string_at(info.arguments[i]);
	return to;
}

static void *auxiliary_of(uintptr_t *stack)
{
	uintptr_t *at = stack + 1 + stack[0] + 1;

	while (*at)
		at++;
	return at + 1;
}

struct jump loader_main(uintptr_t *stack)
{
	struct mapped program, interpreter;
	Elf64_auxv_t *auxiliary, *end;

	if (call3(LOADER_CALL, (long)&info, 0, 0) ||
	    info.n_arguments > LOADER_ARGUMENTS)
		fail("this program is a part of lklrun");
	auxiliary = auxiliary_of(stack);
	for (end = auxiliary; end->a_type != AT_NULL; end++)
		if (end->a_type == AT_PAGESZ)
			page = end->a_un.a_val;
	stack = replace_arguments(stack, (uintptr_t *)(end + 1));
	program = map_file(info.program);
	if (info.interpreter >= 0)
		interpreter = map_file(info.interpreter);
	correct_auxiliary(auxiliary_of(stack), &program,
			  info.interpreter >= 0 ? &interpreter : NULL);
	call3(__NR_prctl, PR_SET_NAME, (long)string_at(info.name), 0);
	return (struct jump){
		(uintptr_t)stack,
		info.interpreter >= 0 ? interpreter.entry : program.entry,
	};
}
