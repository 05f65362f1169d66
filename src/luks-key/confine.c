// SPDX-License-Identifier: GPL-2.0-only
/*
 * confine.c - the sandbox of lkl-luks-key.
 *
 * libcryptsetup opens the header by its path.  Landlock does not see files in
 * memory; the one rule here makes the filter of system calls allow to open files
 * at all.  The rule allows writing, since the library may repair its copy of the
 * header.
 */
#include "confine.h"

#include <string.h>

#include "common/sandbox/sandbox.h"

int confine_key_program(const char *mode, struct lkl_error *err)
{
	static const struct sandbox_path paths[] = {
		{ "/proc/self/fdinfo", SANDBOX_READ | SANDBOX_WRITE },
		{ NULL, 0 },
	};
	const struct sandbox_options options = {
		.paths = paths, .best = !strcmp(mode, "best"),
	};
	int ret;

	if (!strcmp(mode, "none"))
		return 0;
	ret = sandbox_enter(&options, err);
	return ret < 0 ? ret : 0;
}
