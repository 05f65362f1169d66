/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * confine.h - the sandbox of cptofs and cpfromfs.
 */
#ifndef CP_CONFINE_H
#define CP_CONFINE_H

#include "arguments.h"
#include "common/image/session.h"

/*
 * confine - enter the sandbox, before anything of the image is read
 *
 * Sources on the host stay readable, and the destination writable.  The
 * current directory may change: see operands.root_len.
 */
int confine(struct arguments *arguments, const struct session *session,
	    struct lkl_error *err);

#endif /* CP_CONFINE_H */
