// SPDX-License-Identifier: GPL-2.0-only
/*
 * confine.c - the sandbox of the processes that interpret inputs.
 */
#include "confine.h"

#include <stdlib.h>
#include <linux/capability.h>

#include "common/cleanup.h"
#include "common/cli/report.h"
#include "common/copy/host-guardian.h"
#include "common/error.h"
#include "common/sandbox/sandbox.h"

#define CAP(name) (1ull << CAP_ ## name)

/* Files of other users, and their access times. */
#define READING_NEEDS	(CAP(DAC_OVERRIDE) | CAP(DAC_READ_SEARCH) | \
			 CAP(FOWNER))

static int enter_sandbox(const struct sandbox_options *options,
			 const struct common_options *common,
			 struct lkl_error *err)
{
	char text[SANDBOX_TEXT_MAX];
	int layers = sandbox_enter(options, err);

	if (layers < 0)
		return layers;
	if (common->verbose)
		report_line("sandbox: %s",
			    sandbox_describe((unsigned int)layers, text,
					     sizeof(text)));
	return 0;
}

int confine(const struct inputs *inputs, const struct common_options *common,
	    struct lkl_error *err)
{
	cleanup_free struct sandbox_path *paths =
		calloc(inputs->n + 1, sizeof(*paths));
	cleanup_free const char **sources =
		calloc(inputs->n + 1, sizeof(*sources));
	struct sandbox_options options = {
		.paths = paths,
		.best = common->sandbox == SANDBOX_BEST,
	};
	size_t i, n = 0;
	int ret = 0;

	if (!paths || !sources)
		return error_no_memory(err);
	if (common->sandbox == SANDBOX_NONE)
		return 0;
	for (i = 0; i < inputs->n; i++) {
		if (inputs->at[i].type == INPUT_ARCHIVE)
			continue;
		sources[n] = inputs->at[i].name;
		paths[n++] = (struct sandbox_path){
			inputs->at[i].name, SANDBOX_READ,
		};
	}
	if (n)
		options.keep_capabilities = READING_NEEDS;
	/* Only the administrator may read trusted attributes. */
	if (n && sandbox_has_capability(CAP_SYS_ADMIN))
		ret = host_guardian_start(NULL, NULL, sources, err);
	return ret < 0 ? ret : enter_sandbox(&options, common, err);
}
