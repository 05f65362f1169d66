/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session.h - a mounted image, from its path to a root directory and back.
 *
 * One at a time: a process can start one kernel.
 */
#ifndef TOOLS_SESSION_H
#define TOOLS_SESSION_H

#include <stdbool.h>

#include "common/cli/common-options.h"

/*
 * The image's bytes do not change and need not be writable.  The kernel sees
 * a writable disk all the same, whose writes are kept in memory: it replays
 * a dirty journal there instead of refusing to mount.
 */
#define SESSION_READ_ONLY 0x1u

struct session;
struct stat;

/*
 * session_open - open, probe, start the kernel, mount
 * @options: must outlive the session
 * @err: one sentence that names the image, the step and the kernel's reason
 */
int session_open(const char *image, const struct common_options *options,
		 unsigned int flags, struct session **ret_session,
		 struct lkl_error *err);

/*
 * session_prepare, session_mount - the same in two steps
 *
 * The first opens the image and locks it, and looks at nothing in it; the
 * second probes, starts the kernel and mounts, and opens nothing of the
 * host's.  In between is the place to enter a sandbox.  A session that was
 * not mounted has to be closed as well.
 */
int session_prepare(const char *image, const struct common_options *options,
		    unsigned int flags, struct session **ret_session,
		    struct lkl_error *err);
int session_mount(struct session *session, struct lkl_error *err);

/*
 * session_close - unmount, halt, close
 *
 * Frees @session in any case.  An error means that not everything that was
 * written is in the image.
 */
int session_close(struct session *session, struct lkl_error *err);

/* The mounted root directory, as the kernel's path. */
const char *session_root(const struct session *session);

/* Whether a tool's output, as fstat() shows it, is the image itself. */
bool session_is_image(const struct session *session, const struct stat *st);

/*
 * Whether the image may be read through sockets, connected when it was opened:
 * it, or a file that it names, is on an NBD server or in a format of QEMU's.
 */
bool session_uses_sockets(const struct session *session);

/*
 * How many errors the kernel has logged.  File systems pass over some damage
 * with no more than that.
 */
unsigned int session_kernel_errors(void);

/* The panic's message, or NULL while the kernel is well. */
const char *session_panic(void);

#endif /* TOOLS_SESSION_H */
