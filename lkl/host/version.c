/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * version.c - the versions of the library and its kernel, and their features.
 */
#include <pthread.h>
#include <stdio.h>

#include "arch/include/asm/host_ops.h"
#include "config.h"
#include "lkl.h"

#ifdef HAVE_LIBURING
#define IO_URING " +io_uring"
#else
#define IO_URING ""
#endif

#ifdef HAVE_LIBNBD
#define NBD " +nbd"
#else
#define NBD ""
#endif

#ifdef HAVE_ZLIB
#define ZLIB " +zlib"
#else
#define ZLIB ""
#endif

#ifdef HAVE_LIBZSTD
#define ZSTD " +zstd"
#else
#define ZSTD ""
#endif

const char *lkl_version(void)
{
	return PACKAGE_VERSION;
}

const char *lkl_kernel_version(void)
{
	return lkl_kernel_release;
}

static char features[256];

static void list_features(void)
{
	snprintf(features, sizeof(features),
		 "+raw +qcow2" ZLIB ZSTD NBD IO_URING "%s",
		 lkl_kernel_features);
}

const char *lkl_features(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, list_features);
	return features;
}
