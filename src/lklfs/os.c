// SPDX-License-Identifier: GPL-2.0-only
/*
 * os.c - lklfs os: tells which operating system an image holds.
 *
 * Everything is read from files as they are; nothing of the image is run.
 */
#include "os.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lkl.h>

#include "common/byte-order.h"
#include "common/error.h"
#include "common/cli/quote.h"
#include "common/system/os-release.h"
#include "common/tree/contents.h"
#include "common/tree/directory.h"
#include "common/tree/file-calls.h"
#include "print.h"
#include "run.h"

#define SMALL_FILE (1u << 20)

/* The text of the first of these files; NULL: there is none. */
static char *read_first(const char *const *paths)
{
	struct lkl_error err;
	size_t len;
	char *text;

	for (; *paths; paths++)
		if (!contents_read(*paths, SMALL_FILE, &text, &len, &err))
			return text;
	return NULL;
}

/* The first word that is not in a comment. */
static char *find_line(const char *text)
{
	while (text && *text) {
		text += strspn(text, " \t\n");
		if (*text && *text != '#')
			return strndup(text, strcspn(text, " \t\n"));
		text += strcspn(text, "\n");
	}
	return NULL;
}

static void read_release(struct os *os)
{
	static const char *const files[] = {
		"/etc/os-release", "/usr/lib/os-release", NULL
	};
	char *text = read_first(files);

	os->id = os_release_value(text, "ID");
	os->version = os_release_value(text, "VERSION_ID");
	os->name = os_release_value(text, "PRETTY_NAME");
	if (!os->name)
		os->name = os_release_value(text, "NAME");
	free(text);
}

/* e_machine of ELF files, and the names that "uname -m" has. */
static const struct {
	unsigned int machine;
	bool is_64_bit;
	const char *name;
} machines[] = {
	{ 62, true, "x86_64" }, { 62, false, "x86_64 (x32)" },
	{ 3, false, "i686" }, { 183, true, "aarch64" }, { 40, false, "arm" },
	{ 243, true, "riscv64" }, { 243, false, "riscv32" },
	{ 21, true, "ppc64" }, { 20, false, "ppc" }, { 22, true, "s390x" },
	{ 8, true, "mips64" }, { 8, false, "mips" },
	{ 258, true, "loongarch64" }, { 43, true, "sparc64" },
};

static const char *machine_name(const unsigned char *header)
{
	bool little = header[5] == 1;
	unsigned int machine = little ? get_le16(header + 18) :
		get_be16(header + 18), i;

	if (machine == 21 && little)
		return "ppc64le";
	for (i = 0; i < sizeof(machines) / sizeof(*machines); i++)
		if (machines[i].machine == machine &&
		    machines[i].is_64_bit == (header[4] == 2))
			return machines[i].name;
	return NULL;
}

/* Programs of which every system has at least one. */
static const char *find_machine(void)
{
	static const char *const programs[] = {
		"/bin/sh", "/usr/bin/env", "/sbin/init", "/bin/busybox",
		"/usr/lib/systemd/systemd", "/lib/systemd/systemd",
		"/bin/ls", "/usr/bin/coreutils", NULL
	};
	unsigned char header[20];
	struct lkl_statx st;
	unsigned int i;
	long n;
	int fd;

	for (i = 0; programs[i]; i++) {
		fd = contents_open(programs[i], &st);
		if (fd < 0)
			continue;
		n = lkl_sys_pread64((unsigned int)fd, (char *)header,
				    sizeof(header), 0);
		lkl_sys_close((unsigned int)fd);
		if (n == sizeof(header) && !memcmp(header, "\177ELF", 4))
			return machine_name(header);
	}
	return NULL;
}

static bool exists(const char *path)
{
	struct lkl_statx st;

	return !stat_file(LKL_AT_FDCWD, path, false, &st);
}

static const char *find_init(void)
{
	static const struct {
		const char *path, *name;
	} programs[] = {
		{ "/usr/lib/systemd/systemd", "systemd" },
		{ "/lib/systemd/systemd", "systemd" },
		{ "/sbin/openrc-init", "openrc" }, { "/sbin/openrc", "openrc" },
		{ "/sbin/runit-init", "runit" }, { "/usr/bin/runit", "runit" },
		{ "/usr/bin/dinit", "dinit" }, { "/sbin/dinit", "dinit" },
		{ "/usr/bin/s6-svscan", "s6" }, { "/sbin/upstart", "upstart" },
		{ "/etc/inittab", "sysvinit" }, { "/bin/busybox", "busybox" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		if (exists(programs[i].path))
			return programs[i].name;
	return NULL;
}

static int add_kernel(struct os *os, const char *version)
{
	char **kernels;
	size_t i;

	for (i = 0; i < os->n_kernels; i++)
		if (!strcmp(os->kernels[i], version))
			return 0;
	kernels = realloc(os->kernels, (i + 1) * sizeof(*kernels));
	if (!kernels)
		return -ENOMEM;
	os->kernels = kernels;
	kernels[i] = strdup(version);
	if (!kernels[i])
		return -ENOMEM;
	os->n_kernels++;
	return 0;
}

#define KERNELS_MAX 1000

/* Names in @path that begin with @prefix; a directory may be missing. */
static int find_kernels(struct os *os, const char *path, const char *prefix)
{
	int fd = (int)lkl_sys_openat(LKL_AT_FDCWD, path, LKL_O_RDONLY |
				     LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	struct directory directory;
	const char *name;
	int ret;

	if (fd < 0)
		return 0;
	directory_init(&directory, &image_calls.directory, fd, SORT_NAME);
	while ((ret = directory_next(&directory, &name)) > 0) {
		if (strncmp(name, prefix, strlen(prefix)) ||
		    os->n_kernels == KERNELS_MAX)
			continue;
		ret = add_kernel(os, name + strlen(prefix));
		if (ret < 0)
			break;
	}
	directory_close(&directory);
	return ret == -ENOMEM ? ret : 0;
}

static int read_os(struct os *os)
{
	static const char *const hostname[] = { "/etc/hostname", NULL };
	char *text = read_first(hostname);
	int ret;

	read_release(os);
	os->hostname = find_line(text);
	free(text);
	os->machine = find_machine();
	os->init = find_init();
	ret = find_kernels(os, "/lib/modules", "");
	if (!ret)
		ret = find_kernels(os, "/boot", "vmlinuz-");
	return ret;
}

static void free_os(struct os *os)
{
	free(os->id);
	free(os->version);
	free(os->name);
	free(os->hostname);
	while (os->n_kernels)
		free(os->kernels[--os->n_kernels]);
	free(os->kernels);
}

static void print_line(struct run *run, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	printf("%-14s", key);
	print_name(run, value);
	putchar('\n');
}

static void print_os(struct run *run, const struct os *os)
{
	size_t i;

	print_line(run, "name", os->name);
	print_line(run, "id", os->id);
	print_line(run, "version", os->version);
	print_line(run, "architecture", os->machine);
	print_line(run, "hostname", os->hostname);
	print_line(run, "init", os->init);
	for (i = 0; i < os->n_kernels; i++)
		print_line(run, "kernel", os->kernels[i]);
	for (i = 0; i < os->n_packages; i++) {
		printf("%-14s%s, ", "packages", os->packages[i].database);
		if (os->packages[i].known)
			printf("%" PRIu64 "\n", os->packages[i].count);
		else
			puts("not counted");
	}
}

static void json_value(struct json_writer *writer, const char *key,
		       const char *value)
{
	if (value && *value)
		json_name(writer, key, value);
}

static void json_os(struct run *run, const struct os *os)
{
	struct json_writer *writer = &run->writer;
	size_t i;

	json_line_begin(writer);
	json_value(writer, "name", os->name);
	json_value(writer, "id", os->id);
	json_value(writer, "version", os->version);
	json_value(writer, "architecture", os->machine);
	json_value(writer, "hostname", os->hostname);
	json_value(writer, "init", os->init);
	json_array_begin(writer, "kernels");
	for (i = 0; i < os->n_kernels; i++)
		json_string(writer, NULL, os->kernels[i]);
	json_array_end(writer);
	json_array_begin(writer, "packages");
	for (i = 0; i < os->n_packages; i++) {
		json_object_begin(writer, NULL);
		json_string(writer, "database", os->packages[i].database);
		if (os->packages[i].known)
			json_unsigned(writer, "count", os->packages[i].count);
		json_object_end(writer);
	}
	json_array_end(writer);
	json_line_end(writer);
}

static int run_os(struct run *run, struct lkl_error *err)
{
	struct os os = { 0 };
	int ret = read_os(&os);

	if (!ret)
		ret = packages_count(&os, err);
	if (ret == -ENOMEM)
		ret = error_no_memory(err);
	if (!ret && !os.id && !os.name && !os.machine && !os.n_packages)
		ret = error_set(err, -ENOENT,
				"%s: no operating system found",
				quote_name(run->image));
	if (!ret && run->json)
		json_os(run, &os);
	else if (!ret)
		print_os(run, &os);
	free_os(&os);
	return ret;
}

const struct command os_command = {
	.name = "os",
	.operands = "IMAGE",
	.summary = "tell which operating system it holds",
	.run = run_os,
};
