/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * confine.h - the sandbox of cptofs and cpfromfs.
 */
#ifndef CP_CONFINE_H
#define CP_CONFINE_H

#include "common/image/session.h"
#include "arguments.h"

/*
 * confine - enter it, before the image is looked at
 *
 * The files of the host that were named stay usable: sources for reading, the
 * destination for writing.
 */
int confine(const struct arguments *arguments, const struct session *session,
	    struct lkl_error *err);

#endif /* CP_CONFINE_H */
