/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program.h - runs a program of the distribution on an image, confined.
 */
#ifndef TAR2FS_PROGRAM_H
#define TAR2FS_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "process.h"

/*
 * The program gets the image as a descriptor: its name could be replaced.  If
 * the program is a script, it uses lower descriptors itself.
 */
#define PROGRAM_IMAGE	"/proc/self/fd/100"

/* The library that the program preloads, see fixed-mkfs.h. */
struct program_preload {
	const char *library;		/* fixed_mkfs_find(); NULL: none */
	const char *seed;		/* NULL: neither this nor the time is fixed */
	int64_t time;
	bool hides_mounts;
};

/* One call of a program. */
struct program {
	const char *name;		/* for messages */
	const char *path;
	const char *const *arguments;	/* NULL ends them */
	const char *image;		/* opened as PROGRAM_IMAGE; the only
					   file that it may write */
	int input, output;		/* -1: empty; with the messages */
	enum sandbox_mode sandbox;	/* to run it in */
	struct program_preload preload;
	/* Of program_start(). */
	struct process process;
	int messages;			/* a file */
};

/*
 * program_find - find a program before any work is done
 *
 * Searches PATH, and the directories for administration, which the PATH of an
 * ordinary user may lack.  To be freed; NULL if there is none.
 */
char *program_find(const char *name);

/*
 * program_find_sibling - find a program that was installed with this one
 *
 * Beside this program first, and then as program_find() does.
 */
char *program_find_sibling(const char *name);

/* Each program that was started has to be waited for. */
int program_start(struct program *program, struct lkl_error *err);

/* On failure the sentence has the program's own words. */
int program_wait(struct program *program, struct lkl_error *err);

#endif /* TAR2FS_PROGRAM_H */
