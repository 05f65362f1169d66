// SPDX-License-Identifier: GPL-2.0-only
/*
 * options.c - structures that callers of older and newer releases filled.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/options.h"
#include "unit.h"

/* Three releases of a structure. */
struct first {
	size_t size;
	uint64_t a;
};

struct second {
	size_t size;
	uint64_t a, b;
};

struct third {
	size_t size;
	uint64_t a, b, c;
};

static const struct options_type type = {
	.name = "struct second",
	.size = sizeof(struct second),
	.first_size = sizeof(struct first),
};

static struct lkl_error err;

static int copy(struct second *to, const void *from)
{
	memset(to, 0x55, sizeof(*to));
	err.text[0] = 0;
	return options_copy(&type, to, from, &err);
}

static void test_same(void)
{
	struct second from = { sizeof(from), 1, 2 }, to;

	CHECK(copy(&to, &from) == 0);
	CHECK(to.a == 1 && to.b == 2);
}

static void test_older(void)
{
	/* Bytes behind an older caller's structure are not read. */
	struct { struct first first; uint64_t other; } from = {
		{ sizeof(struct first), 1 }, 99,
	};
	struct second to;

	CHECK(copy(&to, &from) == 0);
	CHECK(to.a == 1 && to.b == 0);
}

static void test_newer(void)
{
	struct third from = { sizeof(from), 1, 2, 0 };
	struct second to;

	CHECK(copy(&to, &from) == 0);
	CHECK(to.a == 1 && to.b == 2);
	from.c = 1ull << 56;
	CHECK(copy(&to, &from) == -E2BIG);
	CHECK(strstr(err.text, "struct second") && strstr(err.text, "byte 31"));
	CHECK(to.a == 0x5555555555555555ull);
}

static void test_size(void)
{
	static const size_t sizes[] = {
		0, 1, 8, sizeof(struct first) + 4, 4104, ~(size_t)7,
	};
	size_t page = (size_t)sysconf(_SC_PAGESIZE), i;
	struct second to;
	char *pages, *from;

	/* Nothing is read behind what the caller can have. */
	pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(pages != MAP_FAILED);
	CHECK(!mprotect(pages + page, page, PROT_NONE));
	from = pages + page - sizeof(struct first);
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		memcpy(from, &sizes[i], sizeof(sizes[i]));
		CHECK(copy(&to, from) == -EINVAL);
		CHECK(strstr(err.text, "sizeof(struct second)"));
	}
	i = sizeof(struct first);
	memcpy(from, &i, sizeof(i));
	CHECK(copy(&to, from) == 0);
	munmap(pages, 2 * page);
}

static void test_flags(void)
{
	CHECK(options_check_flags(&type, 5, 7, &err) == 0);
	CHECK(options_check_flags(&type, 0x100000005, 7, &err) == -EINVAL);
	CHECK(strstr(err.text, "0x100000000"));
}

int main(void)
{
	RUN(test_same);
	RUN(test_older);
	RUN(test_newer);
	RUN(test_size);
	RUN(test_flags);
	return unit_exit();
}
