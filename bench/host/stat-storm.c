// SPDX-License-Identifier: GPL-2.0-only
/*
 * stat-storm.c - calls stat() for many files, again and again.
 *
 * Usage: stat-storm ROUNDS <NAMES
 *
 * NAMES end with a NUL each, as find -print0 writes them.  Each round goes
 * through all of them in another order, so that no cache is helped by it.
 */
#define _GNU_SOURCE 1

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
	char **names = NULL, *line = NULL;
	size_t count = 0, room = 0, i;
	uint64_t state = 50000;
	int rounds, round;
	struct stat st;

	if (argc != 2)
		return 2;
	rounds = atoi(argv[1]);
	for (;;) {
		size_t size = 0;

		line = NULL;
		if (getdelim(&line, &size, '\0', stdin) <= 0)
			break;
		if (count == room) {
			room = room ? room * 2 : 1024;
			names = realloc(names, room * sizeof(*names));
			if (!names)
				return 1;
		}
		names[count++] = line;
	}
	free(line);
	if (!count) {
		fprintf(stderr, "stat-storm: no names\n");
		return 1;
	}
	for (round = 0; round < rounds; round++) {
		for (i = count - 1; i; i--) {
			char *name = names[i];
			size_t j;

			state = state * 6364136223846793005u + 1;
			j = (state >> 33) % (i + 1);
			names[i] = names[j];
			names[j] = name;
		}
		for (i = 0; i < count; i++) {
			if (lstat(names[i], &st)) {
				perror(names[i]);
				return 1;
			}
		}
	}
	return 0;
}
