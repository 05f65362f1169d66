/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory-pressure.h - the smallest memory, and several times as much data in a
 * large file and in many small ones.
 */
#ifndef TESTS_MEMORY_PRESSURE_H
#define TESTS_MEMORY_PRESSURE_H

#include "boot.h"

#ifndef PRESSURE_MEMORY
#define PRESSURE_MEMORY	LKL_MEMORY_MIN
#endif

#define LARGE		(5 * (long)PRESSURE_MEMORY)
#define SMALL_FILES	6000

static void large_write(void)
{
	static char buf[1 << 20];
	long at;
	int fd;

	fd = (int)MUST(open_file("large", LKL_O_WRONLY | LKL_O_CREAT));
	for (at = 0; at < LARGE; at += (long)sizeof(buf)) {
		pattern_fill(buf, sizeof(buf), 1, (uint64_t)at);
		MUST(lkl_sys_write((unsigned int)fd, buf, sizeof(buf)) ==
		     sizeof(buf) ? 0 : -LKL_EIO);
	}
	OK(lkl_sys_close((unsigned int)fd));
}

static void large_check(void)
{
	static char buf[1 << 20];
	long at;
	int fd;

	fd = (int)MUST(open_file("large", LKL_O_RDONLY));
	for (at = 0; at < LARGE; at += (long)sizeof(buf)) {
		IS(lkl_sys_read((unsigned int)fd, buf, sizeof(buf)),
		   sizeof(buf));
		IS(pattern_match(buf, sizeof(buf), 1, (uint64_t)at),
		   sizeof(buf));
	}
	IS(lkl_sys_read((unsigned int)fd, buf, 1), 0);
	OK(lkl_sys_close((unsigned int)fd));
}

static void small_name(unsigned int i, char name[64])
{
	snprintf(name, 64, "dir-%u/small-file-%u", i % 20, i);
}

static void small_write(void)
{
	char name[64];
	unsigned int i;

	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "dir-%u", i);
		MUST(make_dir(name));
	}
	for (i = 0; i < SMALL_FILES; i++) {
		small_name(i, name);
		write_pattern(name, i * 7 % 10000, i);
	}
}

static void small_check(void)
{
	char name[64];
	unsigned int i, j;

	for (j = 0; j < SMALL_FILES; j++) {
		/* In another order than they were made. */
		i = j * 1237 % SMALL_FILES;
		small_name(i, name);
		check_pattern(name, i * 7 % 10000, i);
	}
}

static int memory_pressure_main(const char *type, const char *mkfs,
				const char *fsck)
{
	struct mounted m;

	make_image("image", 512 * MIB, mkfs);
	need_program(fsck);
	boot(PRESSURE_MEMORY);
	mount_image("image", type, 0, NULL, &m);
	MUST(lkl_sys_chdir(m.path));
	large_write();
	small_write();
	small_check();
	large_check();
	MUST(lkl_sys_chdir("/"));
	unmount(&m);
	mount_image("image", type, LKL_MS_RDONLY, NULL, &m);
	MUST(lkl_sys_chdir(m.path));
	large_check();
	small_check();
	MUST(lkl_sys_chdir("/"));
	unmount(&m);
	OK(lkl_halt());
	check_image("image", fsck);
	return check_exit();
}

#endif /* TESTS_MEMORY_PRESSURE_H */
