// SPDX-License-Identifier: GPL-2.0-only
/*
 * handles.c - file handles, for the tests.
 *
 * Usage: handles make PATH
 *        handles open DIRECTORY HANDLE
 *        handles forge HANDLE BYTE VALUE
 *
 * make prints the handle of a file.  open prints the file that the handle leads
 * to in the file system of DIRECTORY: its inode number, its path if it is a
 * directory, the beginning of its content otherwise; or the name of the error.
 * forge prints the handle with one byte replaced.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

union handle {
	struct file_handle h;
	unsigned char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
};

static int fail(const char *what)
{
	printf("%s\n", strerrorname_np(errno));
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return 1;
}

static void print_handle(const union handle *handle)
{
	unsigned int i;

	printf("%d:", handle->h.handle_type);
	for (i = 0; i < handle->h.handle_bytes; i++)
		printf("%02x", handle->h.f_handle[i]);
	printf("\n");
}

static void parse_handle(const char *text, union handle *handle)
{
	unsigned int byte, n = 0;
	char *end;

	handle->h.handle_type = (int)strtol(text, &end, 10);
	for (end++; sscanf(end, "%2x", &byte) == 1 && n < MAX_HANDLE_SZ;
	     end += 2)
		handle->h.f_handle[n++] = (unsigned char)byte;
	handle->h.handle_bytes = n;
}

static int make(const char *path)
{
	union handle handle = { .h.handle_bytes = MAX_HANDLE_SZ };
	int mount;

	if (name_to_handle_at(AT_FDCWD, path, &handle.h, &mount, 0))
		return fail("name_to_handle_at");
	print_handle(&handle);
	return 0;
}

static int print_directory(int fd)
{
	char link[64], path[4096];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return fail("readlink");
	path[n] = '\0';
	printf("%s\n", path);
	return 0;
}

static int open_handle(const char *dir, const char *text)
{
	union handle handle;
	char content[64] = "";
	struct stat st;
	int at, fd;

	parse_handle(text, &handle);
	at = open(dir, O_RDONLY | O_DIRECTORY);
	if (at < 0)
		return fail(dir);
	fd = open_by_handle_at(at, &handle.h, O_RDONLY);
	if (fd < 0)
		return fail("open_by_handle_at");
	if (fstat(fd, &st))
		return fail("fstat");
	printf("%llu ", (unsigned long long)st.st_ino);
	if (S_ISDIR(st.st_mode))
		return print_directory(fd);
	if (read(fd, content, sizeof(content) - 1) < 0)
		return fail("read");
	printf("%s\n", content);
	return 0;
}

int main(int argc, char **argv)
{
	union handle handle;

	if (argc == 3 && !strcmp(argv[1], "make"))
		return make(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "open"))
		return open_handle(argv[2], argv[3]);
	if (argc == 5 && !strcmp(argv[1], "forge")) {
		parse_handle(argv[2], &handle);
		handle.h.f_handle[atoi(argv[3])] = (unsigned char)atoi(argv[4]);
		print_handle(&handle);
		return 0;
	}
	return 2;
}
