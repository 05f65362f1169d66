// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsyscall.c - lkl_vsyscall() takes and keeps the registers of the host's
 * system-call instruction, and lkl_vsyscall_errno() sets errno.
 */
#include <pthread.h>
#include <stddef.h>

#include "boot.h"
#include "boot/vsyscall-registers.h"

_Static_assert(offsetof(struct registers, vectors) == 256, "assembly");
_Static_assert(offsetof(struct registers, flags) == 1280, "assembly");
_Static_assert(offsetof(struct registers, wide) == 1288, "assembly");

static uint64_t random_state = 1;

static uint64_t random_word(void)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return random_state ^ random_state >> 29;
}

/* A call with random registers, all of which are compared. */
static long call(void (*entry)(void), const char *name, long no, long a, long b,
		 long c, long d, long e, long f)
{
	const long args[6] = { a, b, c, d, e, f };
	static const unsigned int at[6] = ARGUMENTS;
	struct registers before, after = { .general = { 0 } };
	unsigned int i, j, words;

	for (i = 0; i < GENERAL; i++)
		before.general[i] = random_word();
	for (i = 0; i < VECTORS; i++)
		for (j = 0; j < VECTOR_WORDS; j++)
			before.vectors[i][j] = random_word();
	before.flags = FLAGS_TEST;
	before.wide = 0;
#ifdef __x86_64__
	before.flags |= 2;
	before.wide = __builtin_cpu_supports("avx") != 0;
#endif
	after.wide = before.wide;
	for (i = 0; i < 6; i++)
		before.general[at[i]] = (uint64_t)args[i];
	before.general[NUMBER] = (uint64_t)no;

	registers_call(&before, &after, entry);

	for (i = 0; i < sizeof(registers_kept) / sizeof(registers_kept[0]); i++) {
		j = registers_kept[i].index;
		CHECK_THAT(before.general[j] == after.general[j],
			   "%s: register %s changed", name,
			   registers_kept[i].name);
	}
	words = before.wide ? 4 : 2;
	for (i = 0; i < VECTOR_COUNT; i++)
		CHECK_THAT(!memcmp(before.vectors[i], after.vectors[i],
				   words * sizeof(uint64_t)),
			   "%s: vector register %u changed", name, i);
	CHECK_THAT(((before.flags ^ after.flags) & FLAGS_MASK) == 0,
		   "%s: flags were %#" PRIx64 ", are %#" PRIx64, name,
		   before.flags, after.flags);
	return (long)after.general[RESULT];
}

#define CALL(no, ...)		CALL_ARGS(no, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_ARGS(no, a, b, c, d, e, f, ...)				\
	call(lkl_vsyscall, #no, LKL___NR_##no, (long)(a), (long)(b),	\
	     (long)(c), (long)(d), (long)(e), (long)(f))

/* Calls that use all arguments, and copy enough for vector registers. */
static void check_calls(void)
{
	static char data[16384], copy[16384];
	long in, out, from = 4096, to = 100;

	pattern_fill(data, sizeof(data), 7, 0);
	in = CALL(openat, LKL_AT_FDCWD, "/in", LKL_O_RDWR | LKL_O_CREAT, 0600);
	out = CALL(openat, LKL_AT_FDCWD, "/out", LKL_O_RDWR | LKL_O_CREAT, 0600);
	REQUIRE(in >= 0 && out >= 0);
	IS(CALL(pwrite64, in, data, sizeof(data), 0), sizeof(data));
	IS(CALL(copy_file_range, in, &from, out, &to, 8192, 0), 8192);
	IS(from, 4096 + 8192);
	IS(to, 100 + 8192);
	IS(CALL(copy_file_range, in, &from, out, &to, 8192, 1), -LKL_EINVAL);
	IS(CALL(pread64, out, copy, sizeof(copy), 100), 8192);
	CHECK(!memcmp(data + 4096, copy, 8192));
	IS(CALL(close, in), 0);
	IS(CALL(close, out), 0);
	IS(CALL(close, out), -LKL_EBADF);
}

static void *first_call(void *arg)
{
	(void)arg;
	IS(CALL(getpid, 0), 1);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	IS(CALL(getpid, 0), -LKL_ENXIO);
	boot(0);
	check_calls();
	REQUIRE(!pthread_create(&thread, NULL, first_call, NULL));
	pthread_join(thread, NULL);

	/* No system call, but a call of the library's own. */
	IS(call(lkl_vsyscall, "no call", 0x10003, 0, 0, 0, 0, 0, 0),
	   -LKL_ENOSYS);

	errno = 0;
	IS(call(lkl_vsyscall_errno, "getpid", LKL___NR_getpid, 0, 0, 0, 0, 0, 0),
	   1);
	IS(errno, 0);
	IS(call(lkl_vsyscall_errno, "close", LKL___NR_close, 99, 0, 0, 0, 0, 0),
	   -1);
	IS(errno, EBADF);
	OK(lkl_halt());
	return check_exit();
}
