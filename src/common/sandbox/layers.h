/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * layers.h - the layers that sandbox.c puts together.
 *
 * Each function returns 1 if the layer is in effect, 0 if it was not built in
 * or the host does not know it, or -errno.
 */
#ifndef TOOLS_SANDBOX_LAYERS_H
#define TOOLS_SANDBOX_LAYERS_H

#include "sandbox.h"

/*
 * Afterwards @directory is the current directory; paths begin there.  If 0 is
 * returned, so is the current directory, but absolute paths are unchanged.  If
 * the host allows the mount, device files in it cannot be opened any more.
 */
int sandbox_private_root(const char *directory, struct lkl_error *err);
int sandbox_landlock(const struct sandbox_options *options,
		     struct lkl_error *err);
int sandbox_seccomp(const struct sandbox_options *options,
		    struct lkl_error *err);

/* Whether the build and the host have the layer. */
bool sandbox_has_landlock(void);
bool sandbox_has_seccomp(void);

#endif /* TOOLS_SANDBOX_LAYERS_H */
