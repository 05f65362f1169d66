// SPDX-License-Identifier: GPL-2.0-only
/*
 * run-in-process.c - runs a small static program on an ext4 image, in this process:
 * its system-call instructions become calls of lkl_vsyscall.
 *
 * usage: run-in-process IMAGE PROGRAM [ARGUMENT]...
 *
 * An example for x86-64, not a tool.  It needs a program that
 * - is a static ELF executable at fixed addresses (-static -no-pie),
 * - has a 3-byte NOP after each SYSCALL (other SYSCALLs go to the host),
 * - uses no red zone (-mno-red-zone) and no thread-local variables: so none that is
 *   linked with a C library,
 * - does not fork, exec, or make threads.
 * File calls go to the image, standard input and output, memory and all else to the
 * host.  program.c is such a program.
 *
 *	cc run-in-process.c -o run-in-process $(pkg-config --cflags --libs lkl)
 *	./run-in-process root.ext4 ./program /etc /names
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <lkl.h>

#define STACK_SIZE	(1u << 20)
#define CALL_SIZE	5		/* a CALL, and a SYSCALL with its NOP */
#define NUMBERS		512
#define HOST		(-1)

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "run-in-process: %s%s%s\n", what, *what ? ": " : "", why);
	return 1;
}

/* ---- Which calls go inside ---- */

/*
 * The number inside for a number of the host.  Calls whose structures differ, such
 * as fstat(), are missing: the program would get the wrong ones.
 */
__attribute__((used)) int16_t run_numbers[NUMBERS];

static void fill_numbers(void)
{
#define INSIDE(name)	run_numbers[SYS_##name] = LKL___NR_##name
	memset(run_numbers, 0xff, sizeof(run_numbers));
	INSIDE(openat);
	INSIDE(close);
	INSIDE(read);
	INSIDE(write);
	INSIDE(pread64);
	INSIDE(pwrite64);
	INSIDE(lseek);
	INSIDE(ftruncate);
	INSIDE(fsync);
	INSIDE(getdents64);
	INSIDE(mkdirat);
	INSIDE(unlinkat);
	INSIDE(renameat2);
	INSIDE(linkat);
	INSIDE(symlinkat);
	INSIDE(readlinkat);
	INSIDE(statx);
#undef INSIDE
}

/*
 * run_enter has the registers of SYSCALL, and may use rcx and r11.  The program's
 * descriptors 0, 1 and 2 are the host's.  An exit leaves the program: run_start()
 * returns the status.
 */
void run_enter(void);
long run_start(uint64_t entry, uint64_t stack);

__attribute__((used)) uint64_t run_saved_stack;

__asm__(".text\n"
	"run_enter:\n"
	"	cmpq	$60, %rax\n"		/* SYS_exit */
	"	je	2f\n"
	"	cmpq	$231, %rax\n"		/* SYS_exit_group */
	"	je	2f\n"
	"	cmpq	$512, %rax\n"		/* NUMBERS */
	"	jae	1f\n"
	"	leaq	run_numbers(%rip), %r11\n"
	"	movswq	(%r11,%rax,2), %r11\n"
	"	testq	%r11, %r11\n"
	"	js	1f\n"
	"	cmpq	$2, %rdi\n"
	"	jbe	1f\n"
	"	movq	%r11, %rax\n"
	"	jmp	lkl_vsyscall@PLT\n"
	"1:	syscall\n"
	"	ret\n"
	"2:	movq	run_saved_stack(%rip), %rsp\n"
	"	movq	%rdi, %rax\n"
	"	popq	%r15\n"
	"	popq	%r14\n"
	"	popq	%r13\n"
	"	popq	%r12\n"
	"	popq	%rbp\n"
	"	popq	%rbx\n"
	"	ret\n"
	"run_start:\n"
	"	pushq	%rbx\n"
	"	pushq	%rbp\n"
	"	pushq	%r12\n"
	"	pushq	%r13\n"
	"	pushq	%r14\n"
	"	pushq	%r15\n"
	"	movq	%rsp, run_saved_stack(%rip)\n"
	"	movq	%rsi, %rsp\n"
	"	xorl	%edx, %edx\n"
	"	jmp	*%rdi\n");

/* ---- The program ---- */

/* Replace each SYSCALL that has room by a call of @target. */
static unsigned int replace_calls(unsigned char *code, size_t len,
				  const unsigned char *target)
{
	static const unsigned char pattern[CALL_SIZE] = {
		0x0f, 0x05, 0x0f, 0x1f, 0x00,
	};
	unsigned char *end = code + len, *at = code;
	unsigned int n = 0;
	int32_t distance;

	while ((at = memmem(at, (size_t)(end - at), pattern, CALL_SIZE))) {
		distance = (int32_t)(target - (at + CALL_SIZE));
		*at = 0xe8;
		memcpy(at + 1, &distance, sizeof(distance));
		at += CALL_SIZE;
		n++;
	}
	return n;
}

static int protection(const Elf64_Phdr *segment)
{
	return (segment->p_flags & PF_R ? PROT_READ : 0) |
	       (segment->p_flags & PF_W ? PROT_WRITE : 0) |
	       (segment->p_flags & PF_X ? PROT_EXEC : 0);
}

/* Map a segment; returns its end, or NULL. */
static unsigned char *map_segment(int fd, const Elf64_Phdr *segment)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t start = segment->p_vaddr & ~(page - 1);
	uint64_t len = segment->p_vaddr + segment->p_memsz - start;
	void *where = (void *)start;

	if (segment->p_filesz > segment->p_memsz || len > INT_MAX ||
	    mmap(where, len, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		 MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != where)
		return NULL;
	if (pread(fd, (void *)segment->p_vaddr, segment->p_filesz,
		  (off_t)segment->p_offset) != (ssize_t)segment->p_filesz)
		return NULL;
	return (unsigned char *)where + ((len + page - 1) & ~(page - 1));
}

/* Load @file; its entry, or 0 with a message. */
static uint64_t load(const char *file)
{
	static const unsigned char jump[] = { 0xff, 0x25, 0, 0, 0, 0 };
	void (*const enter)(void) = run_enter;
	unsigned char *end = NULL, *there, *jump_at;
	Elf64_Phdr segments[16];
	unsigned int i, n = 0;
	Elf64_Ehdr header;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		fail(file, strerror(errno));
		return 0;
	}
	if (pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) ||
	    header.e_machine != EM_X86_64 || header.e_type != ET_EXEC ||
	    header.e_phentsize != sizeof(segments[0]) || header.e_phnum > 16 ||
	    pread(fd, segments, header.e_phnum * sizeof(segments[0]),
		  (off_t)header.e_phoff) < 0) {
		fail(file, "not a static program at fixed addresses");
		return 0;
	}
	for (i = 0; i < header.e_phnum; i++) {
		if (segments[i].p_type == PT_TLS || segments[i].p_type == PT_INTERP) {
			fail(file, "has thread-local variables, or is not static");
			return 0;
		}
		if (segments[i].p_type != PT_LOAD)
			continue;
		there = map_segment(fd, &segments[i]);
		if (!there) {
			fail(file, "cannot be mapped");
			return 0;
		}
		end = there > end ? there : end;
	}
	close(fd);

	/* CALL reaches 2 GiB: a jump after the program leads on. */
	jump_at = mmap(end, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (jump_at != end) {
		fail(file, "no room after the program");
		return 0;
	}
	memcpy(jump_at, jump, sizeof(jump));
	memcpy(jump_at + sizeof(jump), &enter, sizeof(enter));
	mprotect(jump_at, 4096, PROT_READ | PROT_EXEC);
	for (i = 0; i < header.e_phnum; i++) {
		if (segments[i].p_type != PT_LOAD)
			continue;
		if (segments[i].p_flags & PF_X)
			n += replace_calls((unsigned char *)segments[i].p_vaddr,
					   segments[i].p_filesz, jump_at);
		mprotect((void *)(segments[i].p_vaddr & ~4095ul),
			 segments[i].p_memsz + (segments[i].p_vaddr & 4095),
			 protection(&segments[i]));
	}
	if (!n) {
		fail(file, "has no system-call instruction with room for a call");
		return 0;
	}
	return header.e_entry;
}

/* The stack as a new program finds it: arguments, no environment. */
static uint64_t make_stack(int argc, char **argv)
{
	unsigned char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t *top = (uint64_t *)(stack + STACK_SIZE) - (argc + 8);
	int i;

	if (stack == MAP_FAILED)
		return 0;
	top = (uint64_t *)((uintptr_t)top & ~15ul);
	top[0] = (uint64_t)argc;
	for (i = 0; i < argc; i++)
		top[1 + i] = (uint64_t)argv[i];
	/* NULL, no environment, NULL, AT_NULL. */
	return (uint64_t)top;
}

/* ---- The image ---- */

struct image {
	const char *name;
	struct lkl_disk *disk;
	char path[128];		/* where it is mounted */
	long outside;		/* descriptor of the root directory of before */
};

/* Mount it and make it the root. */
static int enter_image(struct image *image)
{
	struct lkl_error err;

	/* This message begins with the name of the image. */
	if (lkl_disk_open(image->name, NULL, &image->disk, &err) < 0)
		return fail("", err.text);
	if (lkl_start(NULL, &err) < 0 || lkl_disk_add(image->disk, &err) < 0 ||
	    lkl_mount(image->disk, 0, "ext4", 0, NULL, image->path,
		      sizeof(image->path), &err) < 0)
		return fail(image->name, err.text);
	/* Not 0 to 2, which are the host's for the program. */
	do
		image->outside = lkl_sys_openat(LKL_AT_FDCWD, "/", LKL_O_PATH, 0);
	while (image->outside >= 0 && image->outside <= 2);
	if (image->outside < 0 || lkl_sys_chroot(image->path) < 0 ||
	    lkl_sys_chdir("/") < 0)
		return fail(image->name, "cannot enter");
	return 0;
}

/* The exit status: that of the program, or 1 if its files are not all written. */
static int leave_image(const struct image *image, long status)
{
	long ret;

	lkl_sys_fchdir((unsigned int)image->outside);
	lkl_sys_chroot(".");
	/* What the program left open. */
	lkl_sys_close_range(3, ~0u, 0);
	ret = lkl_umount(image->path, NULL);
	if (lkl_halt() < 0 || lkl_disk_close(image->disk) < 0 || ret < 0)
		return fail(image->name, "could not be written completely");
	return (int)status & 0xff;
}

int main(int argc, char **argv)
{
	struct image image = { .name = argv[1] };
	uint64_t entry, stack;

	if (argc < 3)
		return fail("usage", "run-in-process IMAGE PROGRAM [ARGUMENT]...");
	fill_numbers();
	entry = load(argv[2]);
	stack = make_stack(argc - 2, argv + 2);
	if (!entry || !stack || enter_image(&image))
		return 1;
	return leave_image(&image, run_start(entry, stack));
}
