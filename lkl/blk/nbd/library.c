// SPDX-License-Identifier: GPL-2.0-only
/*
 * library.c - loads libnbd.
 *
 * It brings a dozen libraries with it, for TLS and for URIs, which take several
 * times as long to load as all the others that a program here has.  Most images
 * are files, and do without.  What was loaded stays.
 */
#include <errno.h>

#include "config.h"
#include "blk/error.h"
#include "library.h"

#ifdef HAVE_LIBNBD
#include <dlfcn.h>
#include <pthread.h>

struct libnbd libnbd;

static struct lkl_error reason;
static int result;

static void load(void)
{
	void *library = dlopen(LIBNBD_SONAME, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		goto out_fail;
#define FIND(name) \
	libnbd.name = (__typeof__(libnbd.name))dlsym(library, "nbd_" #name); \
	if (!libnbd.name) \
		goto out_fail;
	LIBNBD_FUNCTIONS(FIND)
#undef FIND
	return;

out_fail:
	/* It names the file and what is wrong with it. */
	result = lkl_fail(&reason, -ENOTSUP, "cannot load libnbd: %.384s",
			  dlerror());
}

int nbd_library_load(struct lkl_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	return result ? lkl_fail(err, result, "%s", reason.text) : 0;
}

#else /* !HAVE_LIBNBD */

int nbd_library_load(struct lkl_error *err)
{
	return lkl_fail(err, -ENOTSUP,
			"NBD was not built in, for lack of libnbd");
}

#endif
