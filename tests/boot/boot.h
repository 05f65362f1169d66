/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * boot.h - what programs that boot the kernel share: starting it with its log
 * in the test's own, images made by mkfs, mounts, and data that can be told
 * from other data.
 *
 * The kernel's memory is not inherited by children: fork before boot().
 * system() is fine at any time.
 */
#ifndef TESTS_BOOT_H
#define TESTS_BOOT_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "helpers/pattern.h"

#define KIB	1024l
#define MIB	(1024 * KIB)
#define GIB	(1024 * MIB)

/* ---- The kernel ---- */

/* The runner fails a test whose log holds what a broken kernel says. */
HELPER void boot_log(int level, const char *line, size_t len, void *opaque)
{
	char text[1100];
	int n;

	(void)opaque;
	n = snprintf(text, sizeof(text), "kernel <%d> %.*s\n", level,
		     (int)len, line);
	if (n > (int)sizeof(text) - 1)
		n = sizeof(text) - 1;
	if (write(STDOUT_FILENO, text, (size_t)n) < 0)
		return;
}

HELPER void boot_panic(const char *message, void *opaque)
{
	(void)opaque;
	printf("Kernel panic: %s\n", message);
}

/* Start, or end the program. */
HELPER void boot(uint64_t memory)
{
	struct lkl_options options = {
		.size = sizeof(options),
		.memory = memory,
		.log = boot_log,
		.panic = boot_panic,
	};
	struct lkl_error err;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (lkl_start(&options, &err) < 0) {
		check_fail(__FILE__, __LINE__, "start: %s", err.text);
		exit(1);
	}
}

/* A child has none of it, and nobody after the halt. */
HELPER bool kernel_memory_is_mapped(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	bool found = false;
	char line[512];

	REQUIRE(f);
	while (fgets(line, sizeof(line), f))
		if (strstr(line, "memfd:lkl"))
			found = true;
	fclose(f);
	return found;
}

/* ---- Time ---- */

HELPER double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* CPU seconds that this process has used. */
HELPER double cpu_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- Programs of others ---- */

/* Skip unless the first word of @command can be run. */
HELPER void need_program(const char *command)
{
	char name[64], test[128];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(command, " "),
		 command);
	snprintf(test, sizeof(test), "command -v %s >/dev/null", name);
	if (system(test))
		skip("%s is not installed", name);
}

/* Skip under a program like valgrind, which reports the faults themselves. */
HELPER void need_no_instrument(void)
{
	const char *instrument = getenv("INSTRUMENT");

	if (instrument && *instrument)
		skip("faults on purpose");
}

/* Run a shell command, in which $IMAGE is @image; its exit status. */
HELPER int run_on(const char *image, const char *command)
{
	int status;

	printf("# %s: %s\n", image, command);
	fflush(stdout);
	setenv("IMAGE", image, 1);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* An empty file of @size bytes, and a file system that @mkfs makes in it. */
HELPER void make_image(const char *image, off_t size, const char *mkfs)
{
	int fd;

	need_program(mkfs);
	fd = open(image, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	REQUIRE(fd >= 0);
	REQUIRE(!ftruncate(fd, size));
	close(fd);
	REQUIRE(run_on(image, mkfs) == 0);
}

/* A checker that finds nothing wrong. */
HELPER void check_image(const char *image, const char *fsck)
{
	int status;

	need_program(fsck);
	status = run_on(image, fsck);
	CHECK_THAT(status == 0, "%s: exit status %d", fsck, status);
}

/* ---- Disks and mounts ---- */

struct mounted {
	struct lkl_disk *disk;
	char path[64];
};

HELPER void mount_image(const char *image, const char *type,
			unsigned long flags, const char *options,
			struct mounted *ret_mounted)
{
	const struct lkl_disk_options disk_options = {
		.size = sizeof(disk_options),
		.flags = flags & LKL_MS_RDONLY ? LKL_DISK_READ_ONLY : 0,
	};
	struct mounted m = { NULL, "" };
	struct lkl_error err = { "" };

	if (lkl_disk_open(image, &disk_options, &m.disk, &err) < 0 ||
	    lkl_disk_add(m.disk, &err) < 0 ||
	    lkl_mount(m.disk, 0, type, flags, options, m.path,
		      sizeof(m.path), &err) < 0) {
		check_fail(__FILE__, __LINE__, "%s: %s", image, err.text);
		exit(1);
	}
	*ret_mounted = m;
}

HELPER void unmount(struct mounted *m)
{
	struct lkl_error err;

	if (lkl_umount(m->path, &err) < 0)
		check_fail(__FILE__, __LINE__, "%s", err.text);
	if (lkl_disk_remove(m->disk, &err) < 0)
		check_fail(__FILE__, __LINE__, "%s", err.text);
	lkl_disk_close(m->disk);
	m->disk = NULL;
}

/* ---- Data ---- */

HELPER size_t count_zeroes(const void *buf, size_t len)
{
	const unsigned char *p = buf;
	size_t i;

	for (i = 0; i < len && !p[i]; i++)
		;
	return i;
}

/* Small helpers with the arguments that are always the same. */

HELPER int open_file(const char *name, int flags)
{
	return (int)lkl_sys_openat(LKL_AT_FDCWD, name, flags, 0644);
}

HELPER long remove_file(const char *name)
{
	return lkl_sys_unlinkat(LKL_AT_FDCWD, name, 0);
}

HELPER long remove_dir(const char *name)
{
	return lkl_sys_unlinkat(LKL_AT_FDCWD, name, LKL_AT_REMOVEDIR);
}

HELPER long make_dir(const char *name)
{
	return lkl_sys_mkdirat(LKL_AT_FDCWD, name, 0755);
}

HELPER long rename_file(const char *from, const char *to, unsigned int flags)
{
	return lkl_sys_renameat2(LKL_AT_FDCWD, from, LKL_AT_FDCWD, to, flags);
}

HELPER long stat_file(const char *name, struct lkl_statx *st)
{
	return lkl_sys_statx(LKL_AT_FDCWD, name, LKL_AT_SYMLINK_NOFOLLOW,
			     LKL_STATX_BASIC_STATS | LKL_STATX_BTIME, st);
}

/* Create @name with @len bytes of the pattern @seed. */
HELPER void write_pattern(const char *name, size_t len, uint64_t seed)
{
	char buf[16384];
	size_t at, n;
	int fd;

	fd = open_file(name, LKL_O_WRONLY | LKL_O_CREAT | LKL_O_TRUNC);
	if (fd < 0) {
		check_fail(__FILE__, __LINE__, "cannot create %s: %s", name,
			   lkl_strerror(fd));
		return;
	}
	for (at = 0; at < len; at += n) {
		n = len - at < sizeof(buf) ? len - at : sizeof(buf);
		pattern_fill(buf, n, seed, at);
		if (IS(lkl_sys_write(fd, buf, n), n) < 0)
			break;
	}
	OK(lkl_sys_close(fd));
}

/* The file is there and holds exactly this. */
HELPER void check_pattern(const char *name, size_t len, uint64_t seed)
{
	char buf[16384];
	size_t at = 0, good;
	long n;
	int fd;

	fd = (int)OK(open_file(name, LKL_O_RDONLY));
	if (fd < 0)
		return;
	while ((n = OK(lkl_sys_read(fd, buf, sizeof(buf)))) > 0) {
		good = pattern_match(buf, (size_t)n, seed, at);
		at += good;
		if (good < (size_t)n)
			break;
	}
	CHECK_THAT(at == len && n == 0, "%s: wrong from byte %zu of %zu on",
		   name, at, len);
	OK(lkl_sys_close(fd));
}

#endif /* TESTS_BOOT_H */
