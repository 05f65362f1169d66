// SPDX-License-Identifier: GPL-2.0-only
/*
 * archive-library.c - loads libarchive when it is needed.
 *
 * libarchive depends on a dozen other libraries.  Loading them takes several
 * times as long as loading all others that a tool links, and most runs do not
 * need them: plain archives are written without libarchive.
 */
#include "archive-library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>

#include "config.h"
#include "error.h"

struct libarchive libarchive;

#ifdef HAVE_LIBARCHIVE

DLOPEN_NOTE("archive", "compressed archives, and archives as input",
	    "recommended", LIBARCHIVE_SONAME);

static bool find_functions(void *library)
{
#define FIND_AS(member, name) \
	libarchive.member = (__typeof__(libarchive.member))dlsym(library, name); \
	if (!libarchive.member) \
		return false;
#define FIND(name) FIND_AS(name, "archive_" #name)
	LIBARCHIVE_FUNCTIONS(FIND)
	FIND_AS(error_number, "archive_errno")
#undef FIND
#undef FIND_AS
	return true;
}

int archive_library_load(struct lkl_error *err)
{
	static bool loaded;
	void *library;

	if (loaded)
		return 0;
	library = dlopen(LIBARCHIVE_SONAME, RTLD_NOW | RTLD_LOCAL);
	/* dlerror() names the file. */
	if (!library || !find_functions(library))
		return error_set(err, -ENOTSUP, "cannot load libarchive: %s",
				 dlerror());
	loaded = true;
	return 0;
}

#else /* !HAVE_LIBARCHIVE */

int archive_library_load(struct lkl_error *err)
{
	return error_set(err, -ENOTSUP,
			 "compressed archives, and archives as input, were not built in, for lack of libarchive");
}

#endif
