/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sandbox.h - confine a tool once its files are open.
 *
 * An image is hostile.  A tool opens the files that the user named, enters the
 * sandbox, and only then reads the image.  In the sandbox it can use its open
 * descriptors, its memory and its threads.  It cannot open files, start
 * programs, reach other processes, connect sockets or use privileges.
 *
 * A guardian does the work that has to happen outside of the sandbox later,
 * such as naming the output or unmounting; see guardian.h.
 */
#ifndef TOOLS_SANDBOX_H
#define TOOLS_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include <lkl.h>

/*
 * Paths that stay usable, with everything beneath them.  The system-call filter
 * cannot tell paths apart: on a host without Landlock, one entry makes all
 * paths usable.
 */
#define SANDBOX_READ	0x1u	/* open for reading, list directories */
#define SANDBOX_WRITE	0x2u	/* write, make, remove, rename */

struct sandbox_path {
	const char *path;	/* NULL ends an array */
	unsigned int access;	/* SANDBOX_READ | SANDBOX_WRITE */
};

/* A zeroed structure is the strictest. */
struct sandbox_options {
	const struct sandbox_path *paths;	/* NULL: none */
	/*
	 * Instead of paths: a directory to read and write everything in.  It
	 * becomes the current directory, and the root directory if the process
	 * may do that (SANDBOX_PRIVATE_ROOT).
	 */
	const char *root;
	uint64_t keep_capabilities;	/* 1 << CAP_... of those to keep */
	bool network;		/* use connected sockets */
	bool connect;		/* connect new ones; implies network */
	bool debug;		/* debuggers may attach, cores may be dumped */
};

/* Layers that sandbox_enter() returns. */
#define SANDBOX_NO_NEW_PRIVS	0x1u
#define SANDBOX_CAPABILITIES	0x2u
#define SANDBOX_LANDLOCK	0x4u
#define SANDBOX_SECCOMP		0x8u
#define SANDBOX_PRIVATE_ROOT	0x10u

/*
 * sandbox_enter - confine the calling process until it ends
 *
 * The system-call filter reaches all threads.  Landlock and the loss of
 * capabilities reach only the calling thread and threads that it starts later:
 * call this while the process has one thread.
 *
 * Returns the layers in effect (SANDBOX_...) or -errno.  A layer is missing
 * from the result if the tool was built without it or the host does not know
 * it.  If the host has the layer and refuses it, that is an error.
 */
int sandbox_enter(const struct sandbox_options *wanted,
		  struct lkl_error *err);

/* Names of @layers for a message: "no_new_privs, capabilities". */
const char *sandbox_describe(unsigned int layers, char *buf, size_t size);

/* The layers that were built in, as "+landlock +seccomp". */
const char *sandbox_features(void);

#endif /* TOOLS_SANDBOX_H */
