// SPDX-License-Identifier: GPL-2.0-only
/*
 * secret-memory.c - tests of memory for keys: it is locked, at least its first
 * page, and not in a core dump.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/secret-memory.h"
#include "unit/unit.h"

/* AddressSanitizer makes mlock() do nothing. */
#ifdef __SANITIZE_ADDRESS__
#define CAN_LOCK	false
#else
#define CAN_LOCK	true
#endif

/* The flags of the mapping at @memory, as proc(5) names them: "lo" is locked. */
static bool has_flag(const void *memory, const char *flag)
{
	static const char name[] = "VmFlags:";
	char line[512], flags[512] = "", *end;
	bool found = false;
	unsigned long from;
	FILE *file = fopen("/proc/self/smaps", "r");

	REQUIRE(file);
	while (fgets(line, sizeof(line), file)) {
		from = strtoul(line, &end, 16);
		if (*end == '-')
			found = from <= (unsigned long)memory &&
				strtoul(end + 1, NULL, 16) >
				(unsigned long)memory;
		else if (found && !strncmp(line, name, strlen(name)))
			strcpy(flags, line + strlen(name));
	}
	fclose(file);
	REQUIRE(*flags);
	return strstr(flags, flag);
}

static void test_small(void)
{
	char *memory = secret_memory_alloc(3 * 4096);

	REQUIRE(memory);
	CHECK(has_flag(memory, " lo") == CAN_LOCK);
	CHECK(has_flag(memory, " dd"));
	CHECK(!memory[0] && !memory[3 * 4096 - 1]);
	secret_memory_free(memory, 3 * 4096);
	secret_memory_free(NULL, 4096);
}

/* A passphrase is at the start of a buffer that is large for key files. */
static void test_limit(void)
{
	const struct rlimit limit = { 8192, 8192 };
	char *memory;

	REQUIRE(!setrlimit(RLIMIT_MEMLOCK, &limit));
	memory = secret_memory_alloc(1 << 20);
	REQUIRE(memory);
	CHECK(has_flag(memory, " lo") == CAN_LOCK);
	CHECK(!has_flag(memory + 4096, " lo"));
	CHECK(has_flag(memory, " dd") && has_flag(memory + 8192, " dd"));
	memory[(1 << 20) - 1] = 1;
	secret_memory_free(memory, 1 << 20);
}

int main(void)
{
	RUN(test_small);
	/* The limit does not hold for root. */
	if (geteuid())
		RUN(test_limit);
	return unit_exit();
}
