// SPDX-License-Identifier: GPL-2.0-only
/*
 * archive-library.c - loads libarchive.
 *
 * It brings a dozen libraries with it, for formats and compressions of which
 * few are ever used, and they take several times as long to load as all the
 * others that a tool has.  Plain archives are written without it.
 */
#include "archive-library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>

#include "config.h"
#include "error.h"

struct libarchive libarchive;

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
	/* It names the file and what is wrong with it. */
	if (!library || !find_functions(library))
		return error_set(err, -ENOTSUP, "cannot load libarchive: %s",
				 dlerror());
	loaded = true;
	return 0;
}
