// SPDX-License-Identifier: GPL-2.0-only
/*
 * io.c - reads or writes one file through the page cache, as programs do.
 *
 * Usage: io read|randread|write|randwrite FILE BLOCK-SIZE BYTES
 *        io fsync FILE BLOCK-SIZE COUNT
 *
 * Sequential ones go from the start on; random ones touch every block once, in
 * an order that is always the same.  Writing ends with fsync(); "fsync" appends
 * COUNT blocks with one after each.  "randwrite" wants the file to be there.
 */
#define _GNU_SOURCE 1

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

/* How far to step so that every number below @count comes once. */
static uint64_t scattering_step(uint64_t count)
{
	uint64_t step = count * 618 / 1000, a, b, t;

	for (step += !step;; step++) {
		for (a = step, b = count; b; t = a % b, a = b, b = t)
			;
		if (a == 1)
			return step;
	}
}

int main(int argc, char **argv)
{
	bool writes, random, syncs;
	uint64_t count, i, n, step;
	size_t size;
	char *buf;
	int fd;

	if (argc != 5)
		return 2;
	syncs = !strcmp(argv[1], "fsync");
	writes = syncs || strstr(argv[1], "write");
	random = !strncmp(argv[1], "rand", 4);
	size = strtoul(argv[3], NULL, 10);
	count = strtoull(argv[4], NULL, 10) / (syncs ? 1 : size);
	buf = malloc(size);
	if (!buf || !size || !count)
		return 2;
	/* Nothing that compression or a search for zeroes makes less of. */
	for (i = 0; i < size; i++)
		buf[i] = (char)((i * 2654435761u) >> 13);
	fd = open(argv[2], writes ? O_RDWR | O_CREAT | O_CLOEXEC :
				    O_RDONLY | O_CLOEXEC, 0666);
	if (fd < 0)
		return fail(argv[2]);
	step = random && count > 1 ? scattering_step(count) : 1;
	for (i = 0, n = 0; i < count; i++, n = (n + step) % count) {
		off_t at = (off_t)(n * size);
		ssize_t done;

		if (writes)
			memcpy(buf, &i, sizeof(i));
		done = writes ? pwrite(fd, buf, size, at) :
				pread(fd, buf, size, at);
		if (done != (ssize_t)size)
			return fail("transfer");
		if (syncs && fsync(fd))
			return fail("fsync");
	}
	if (writes && fsync(fd))
		return fail("fsync");
	return close(fd) ? fail("close") : 0;
}
