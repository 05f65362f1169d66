// SPDX-License-Identifier: GPL-2.0-only
/*
 * qcow2-repair.c - refcounts of a dirty image.
 */
#include <errno.h>
#include <stdlib.h>

#include "qcow2.h"

int qcow2_rebuild_refcounts(struct qcow2 *q, struct lkl_error *err)
{
	return lkl_fail(err, -EROFS,
			"was not closed properly and can only be read: qemu-img check -r all repairs it");
}
