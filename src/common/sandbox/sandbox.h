/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sandbox.h - give up what a tool needs no longer once its files are open.
 *
 * An image is hostile from the first probe on.  So a tool opens what it was
 * told to work on, enters the sandbox, and only then looks at the image.
 * From there it can use what is open, its memory and its own threads, and
 * nothing else: no files, programs, processes, sockets or privileges.
 *
 * What has to be done outside of it later (to give the output its name, to
 * unmount) is left to a guardian, see guardian.h.
 */
#ifndef TOOLS_SANDBOX_H
#define TOOLS_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include <lkl.h>

/*
 * Paths that stay usable, with what is beneath them.  Where the host has no
 * Landlock, one such path opens the way to all paths: the system-call filter
 * cannot tell them apart.
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
	uint64_t keep_capabilities;	/* bits of 1 << CAP_..., of those held */
	bool network;		/* use the sockets that are connected */
	bool connect;		/* and connect new ones (implies network) */
	bool debug;		/* debuggers may attach, cores may be dumped */
};

/* Layers, see sandbox_enter(). */
#define SANDBOX_NO_NEW_PRIVS	0x1u
#define SANDBOX_CAPABILITIES	0x2u
#define SANDBOX_LANDLOCK	0x4u
#define SANDBOX_SECCOMP		0x8u

/*
 * sandbox_enter - enter it, for good
 *
 * The system-call filter and the loss of privileges reach all threads; to be
 * confined by Landlock and to lose capabilities, threads have to be started
 * afterwards.
 *
 * Returns which layers are in effect (SANDBOX_...), or -errno: a layer that
 * the tool was built without or that the host does not know is missing from
 * the result, one that the host has and refuses is an error.
 */
int sandbox_enter(const struct sandbox_options *options,
		  struct lkl_error *err);

/* For a message: "no_new_privs, capabilities, landlock, seccomp". */
const char *sandbox_describe(unsigned int layers, char *buf, size_t size);

/* What was built in, as "+landlock +seccomp". */
const char *sandbox_features(void);

#endif /* TOOLS_SANDBOX_H */
