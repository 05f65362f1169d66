// SPDX-License-Identifier: GPL-2.0-only
/*
 * fixed-mkfs.c - with a fixed time and a seed, mkfs programs make the same bytes
 * again, and others with another seed.
 */
#define _GNU_SOURCE 1

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/mkfs/fixed-mkfs.h"
#include "unit.h"

#define SIZE	(512ll << 20)

static char *library;

static const struct program {
	const char *command;
	bool random;		/* makes something of the seed */
} programs[] = {
	{ "mke2fs -q -F -t ext4", true },
	{ "mkfs.xfs -q", true },
	{ "mkfs.btrfs -q", true },
	{ "mkfs.vfat -F 32 -n LABEL", false },
	{ "mkfs.exfat", false },
	{ "mkfs.f2fs -q", true },
	{ "mkntfs -q -F -Q", true },
};
#define N_PROGRAMS	(sizeof(programs) / sizeof(*programs))

static bool make(const struct program *program, const char *image, time_t time,
		 const char *seed)
{
	char command[256];
	int fd, status;
	pid_t pid;

	fd = open(image, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	REQUIRE(fd >= 0 && !ftruncate(fd, SIZE));
	close(fd);
	snprintf(command, sizeof(command), "%s %s >mkfs.log 2>&1",
		 program->command, image);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		if (seed && fixed_mkfs_environment(library, time, seed))
			_exit(126);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(126);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return !status;
}

static bool is_same(const char *a, const char *b)
{
	char command[128];

	snprintf(command, sizeof(command), "cmp -s %s %s", a, b);
	return !system(command);
}

static bool is_installed(const struct program *program)
{
	char command[128];

	snprintf(command, sizeof(command), "command -v %.*s >/dev/null",
		 (int)strcspn(program->command, " "), program->command);
	return !system(command);
}

static void check_program(const struct program *program)
{
	/* Programs look at the clock once a second at most. */
	const struct timespec second = { .tv_sec = 1, .tv_nsec = 100000000 };

	if (!is_installed(program)) {
		printf("skip: %.*s is not installed\n",
		       (int)strcspn(program->command, " "), program->command);
		return;
	}
	printf("# %s\n", program->command);
	CHECK(make(program, "one", 1500000000, "seed"));
	nanosleep(&second, NULL);
	CHECK(make(program, "two", 1500000000, "seed"));
	CHECK(is_same("one", "two"));
	CHECK(make(program, "two", 1500000000, "another"));
	CHECK_EQ(is_same("one", "two"), !program->random);
	CHECK(make(program, "two", 1400000000, "seed"));
	/* f2fs stores no time unless told to. */
	if (!strstr(program->command, "f2fs"))
		CHECK(!is_same("one", "two"));
	/* Without a time and a seed the test would see a difference. */
	CHECK(make(program, "two", 0, NULL));
	CHECK(!is_same("one", "two"));
}

static void mkfs_makes_the_same_bytes(void)
{
	size_t i;

	for (i = 0; i < N_PROGRAMS; i++)
		check_program(&programs[i]);
}

int main(void)
{
	const char *path = getenv("PATH");
	char more[4096];

	snprintf(more, sizeof(more), "%s:/usr/sbin:/sbin", path ? path : "");
	setenv("PATH", more, 1);
	/* fixed_mkfs_find() looks beside liblkl, which is in this program here. */
	REQUIRE(asprintf(&library, "%s/lkl/.libs/liblkl-mkfs.so",
			 getenv("top_builddir")) > 0);
	REQUIRE(!access(library, R_OK));
	RUN(mkfs_makes_the_same_bytes);
	free(library);
	return unit_exit();
}
