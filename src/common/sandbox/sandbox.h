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
 * cannot tell paths apart: without Landlock, one entry makes all paths usable.
 * The calls that change attributes by path are refused on all paths, since
 * Landlock does not see them; those that take a descriptor work.
 */
#define SANDBOX_READ	0x1u	/* open for reading, list directories */
#define SANDBOX_WRITE	0x2u	/* write, make, remove, rename */
/*
 * Start programs.  The system-call filter then allows what programs of the
 * host need: all calls except those on sockets, other processes, namespaces,
 * identities, the host itself, and those that change attributes of files.
 */
#define SANDBOX_EXECUTE	0x4u

struct sandbox_path {
	const char *path;	/* NULL ends an array */
	unsigned int access;	/* SANDBOX_READ | ... */
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
	bool tls;		/* and encrypt what they send; implies network */
	bool connect;		/* connect new ones; implies both */
	/*
	 * Trace processes that were forked before, reach their memory and
	 * descriptors, and use paths.  A process with Landlock cannot trace one
	 * without: there is none, unless sandbox_limit_paths() was called before
	 * the fork.
	 */
	bool tracer;
	bool debug;		/* debuggers may attach, cores may be dumped */
	bool best;		/* go on without layers that the host lacks */
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
 * Returns the layers in effect (SANDBOX_...) or -errno.  It needs the
 * system-call filter, and, if there are paths, Landlock: if the tool was built
 * with such a layer and the host does not have it, that is -ENOTSUP, unless
 * @wanted->best is set.  If the host has a layer and refuses it, that is an
 * error in either case.
 */
int sandbox_enter(const struct sandbox_options *wanted,
		  struct lkl_error *err);

/*
 * sandbox_limit_paths - the Landlock layer alone, with the paths of @wanted
 *
 * For a tracer and the processes that it forks afterwards.  The process has
 * no_new_privs then.  -ENOTSUP if the host has no Landlock.
 */
int sandbox_limit_paths(const struct sandbox_options *wanted,
			struct lkl_error *err);

/* Enough for all names. */
#define SANDBOX_TEXT_MAX 96

/* Names of @layers for a message: "no_new_privs, capabilities"; or "none". */
const char *sandbox_describe(unsigned int layers, char *buf, size_t size);

/*
 * sandbox_available - the layers that the build and the host have
 *
 * Without SANDBOX_PRIVATE_ROOT, which also depends on the directory.
 */
unsigned int sandbox_available(void);

/* sandbox_has_capability - whether the process has CAP_... @cap */
bool sandbox_has_capability(unsigned int cap);

/* The layers that were built in, as "+landlock +seccomp". */
const char *sandbox_features(void);

#endif /* TOOLS_SANDBOX_H */
