/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cleanup.h - variables that release their resource when they go out of scope.
 */
#ifndef TOOLS_CLEANUP_H
#define TOOLS_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free_pointer(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define cleanup_free	__attribute__((cleanup(cleanup_free_pointer)))
#define cleanup_close	__attribute__((cleanup(cleanup_close_fd)))

/* Return the pointer and set the variable to NULL: ownership moves on. */
#define steal_pointer(p) \
	({ __typeof__(p) *where_ = &(p), value_ = *where_; \
	   *where_ = NULL; value_; })

#endif /* TOOLS_CLEANUP_H */
