// SPDX-License-Identifier: GPL-2.0-only
/*
 * without-layer.c - runs a program on a host that seems to lack a layer of the
 * sandbox.
 *
 * Usage: without-layer LAYER PROGRAM [ARGUMENT...], see without-layer.h
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "helpers/without-layer.h"

int main(int argc, char **argv)
{
	int ret;

	if (argc < 3) {
		fprintf(stderr, "usage: without-layer LAYER PROGRAM [ARGUMENT...]\n");
		return 125;
	}
	ret = without_layer(argv[1]);
	if (ret < 0) {
		fprintf(stderr, "without-layer: %s: %s\n", argv[1],
			strerror(-ret));
		return 125;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 126;
}
