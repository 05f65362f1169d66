/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * common-options.h - the options that every tool has.
 */
#ifndef TOOLS_COMMON_OPTIONS_H
#define TOOLS_COMMON_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

/* Strings point into the command line. */
struct common_options {
	const char *format;		/* NULL: probe, raw or qcow2 */
	uint64_t offset, size;		/* the part of the image; 0: all */
	const char *type;		/* NULL: probe */
	const char *partition;		/* number or TAG=value, NULL: none */
	const char *mount_options;	/* NULL: none */
	uint64_t memory;		/* bytes, 0: chosen */
	int progress_fd;		/* -1: none */
	bool snapshot;			/* what is written is lost */
	bool no_lock;
	bool allow_backing;
	bool kernel_log;
	bool no_sandbox;
	bool quiet;
	bool verbose;
};

#define COMMON_OPTIONS_DEFAULT { .progress_fd = -1 }

/* The group to be put into a tool's struct option_usage. */
struct option_group common_options_group(struct common_options *target);

#endif /* TOOLS_COMMON_OPTIONS_H */
