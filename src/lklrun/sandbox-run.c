// SPDX-License-Identifier: GPL-2.0-only
/*
 * sandbox-run.c - how lklrun confines itself, and the program if asked to.
 */
#include "sandbox-run.h"

#include <errno.h>

#include "arguments.h"
#include "common/error.h"

int sandbox_run_confine(const struct arguments *arguments, const char *loader,
			struct lkl_error *err)
{
	(void)loader;
	if (arguments->confine)
		return error_set(err, -ENOTSUP, "--confine is not there yet");
	return 0;
}

int sandbox_run_enter(const struct session *session,
		      const struct arguments *arguments, struct lkl_error *err)
{
	(void)session;
	(void)arguments;
	(void)err;
	return 0;
}
