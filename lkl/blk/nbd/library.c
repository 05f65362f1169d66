// SPDX-License-Identifier: GPL-2.0-only
/*
 * library.c - loads libnbd.
 *
 * libnbd needs a dozen libraries for TLS and URIs.  They take several times as
 * long to load as all other libraries of a tool here, and most images are files
 * and do not need them.  The library stays loaded.
 */
#include <errno.h>

#include "config.h"
#include "blk/error.h"
#include "library.h"

#ifdef HAVE_LIBNBD
#include <dlfcn.h>
#include <pthread.h>

DLOPEN_NOTE("nbd", "images on NBD servers, and formats of qemu-nbd",
	    "recommended", LIBNBD_SONAME);

struct libnbd libnbd;

static struct lkl_error reason;
static int result;

static void nbd_library_load_once(void)
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
	/* dlerror() names the file. */
	result = lkl_fail(&reason, -ENOTSUP, "cannot load libnbd: %.384s",
			  dlerror());
}

int nbd_library_load(struct lkl_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, nbd_library_load_once);
	return result ? lkl_fail(err, result, "%s", reason.text) : 0;
}

#else /* !HAVE_LIBNBD */

int nbd_library_load(struct lkl_error *err)
{
	return lkl_fail(err, -ENOTSUP,
			"NBD was not built in, for lack of libnbd");
}

#endif
