// SPDX-License-Identifier: GPL-2.0-only
/*
 * host-without.c - runs a program on a host that seems to lack something.
 *
 * Usage: host-without WHAT PROGRAM [ARGUMENT...], see host-without.h
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "helpers/host-without.h"

int main(int argc, char **argv)
{
	int ret;

	if (argc < 3) {
		fprintf(stderr, "usage: host-without WHAT PROGRAM [ARGUMENT...]\n");
		return 125;
	}
	ret = host_without(argv[1]);
	if (ret < 0) {
		fprintf(stderr, "host-without: %s: %s\n", argv[1],
			strerror(-ret));
		return 125;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 126;
}
