/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lock.h - keeping other programs from an image.
 */
#ifndef LKL_BLK_LOCK_H
#define LKL_BLK_LOCK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "lkl.h"

/*
 * lock_image - lock the image that @fd is open on, for as long as it is open
 * @writable: it will be written to: nobody else may use it.  Otherwise others
 *	may read it too.
 *
 * -EBUSY if another program uses it in a way that excludes this one.  Where
 * there are no such locks (some network file systems), returns 0 without.
 */
int lock_image(int fd, bool writable, struct lkl_error *err);

/*
 * lock_check_loop - -EBUSY if a loop device of the host's is attached to @file
 *
 * For who wants to write to it.  Only where that can be seen.
 */
int lock_check_loop(const struct stat *file, struct lkl_error *err);

#endif /* LKL_BLK_LOCK_H */
