/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * confine.h - the sandbox of the processes that interpret inputs.
 */
#ifndef TAR2FS_CONFINE_H
#define TAR2FS_CONFINE_H

#include "common/cli/common-options.h"
#include "inputs.h"

/*
 * confine - enter the sandbox that --sandbox asks for
 *
 * Folders of @inputs stay readable, and descriptors stay as they are.
 */
int confine(const struct inputs *inputs, const struct common_options *common,
	    struct lkl_error *err);

#endif /* TAR2FS_CONFINE_H */
