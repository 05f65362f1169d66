/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * date.h - points in time as users write them.
 */
#ifndef FS2TAR_DATE_H
#define FS2TAR_DATE_H

#include "pax.h"

/*
 * date_parse - understand --mtime's argument
 *
 * "@SECONDS", also with a fraction; "YYYY-MM-DD", with "HH:MM" or
 * "HH:MM:SS", a fraction and a zone ("Z", "UTC", "+HH:MM") behind it, local
 * time without; or the path of a file in the host whose time is taken, if it
 * begins with "/" or ".".  -EINVAL or the file's -errno.
 */
int date_parse(const char *text, struct pax_time *ret_time,
	       struct lkl_error *err);

#endif /* FS2TAR_DATE_H */
