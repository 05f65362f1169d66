// SPDX-License-Identifier: GPL-2.0-only
/*
 * refuse-rings.c - runs a command on a host that refuses io_uring.
 *
 * Usage: refuse-rings setup|enable COMMAND [ARGUMENT...]
 *
 * setup: no ring is made.  enable: a ring is made, and cannot be enabled.
 * It needs root, since a filter of an ordinary user would take the setuid bit
 * from fusermount3.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helpers/refuse-call.h"

/* IORING_REGISTER_ENABLE_RINGS of <linux/io_uring.h> */
#define ENABLE_RINGS 12

int main(int argc, char **argv)
{
	static const struct refused_call setup = {
		.number = SYS_io_uring_setup, .error = EPERM,
	};
	static const struct refused_call enable = {
		.number = SYS_io_uring_register, .error = EPERM,
		.when = REFUSED_EQUAL, .argument = 1, .value = ENABLE_RINGS,
	};
	int ret;

	if (argc < 3) {
		fprintf(stderr, "usage: refuse-rings setup|enable COMMAND...\n");
		return 2;
	}
	ret = refuse_call_as_root(strcmp(argv[1], "enable") ? &setup : &enable);
	if (ret < 0) {
		fprintf(stderr, "refuse-rings: %s\n", strerror(-ret));
		return 2;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 2;
}
