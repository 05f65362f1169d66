// SPDX-License-Identifier: GPL-2.0-only
/*
 * sandbox-run.c - how lklrun confines itself, and the program if asked to.
 */
#include "sandbox-run.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "arguments.h"
#include "confined.h"
#include "common/cleanup.h"
#include "common/error.h"
#include "common/image/session.h"
#include "common/sandbox/sandbox.h"

#define READ_WRITE (SANDBOX_READ | SANDBOX_WRITE)

/*
 * The files of the host that a confined program reaches besides binds.  /proc is for
 * reading only: it has settings of the host, which root could write.  A rule for the
 * program's own folders there is impossible, since they do not exist yet.
 */
static const struct sandbox_path always[] = {
	{ "/proc", SANDBOX_READ },
	{ "/dev/null", READ_WRITE },
	{ "/dev/zero", READ_WRITE },
	{ "/dev/full", READ_WRITE },
	{ "/dev/random", READ_WRITE },
	{ "/dev/urandom", READ_WRITE },
	{ "/dev/tty", READ_WRITE },
	{ "/dev/ptmx", READ_WRITE },
	{ "/dev/pts", READ_WRITE },
	{ "/dev/shm", READ_WRITE },
};

#define N_ALWAYS (sizeof(always) / sizeof(*always))

int sandbox_run_confine(const struct arguments *arguments, const char *loader,
			struct lkl_error *err)
{
	struct sandbox_options options = { .connect = true };
	cleanup_free struct sandbox_path *paths = NULL;
	unsigned int i, n = 0;
	int ret;

	if (!arguments->confine)
		return 0;
	ret = confined_init(arguments->binds, arguments->n_binds, err);
	if (ret < 0)
		return error_prefix(err, ret, "--confine");
	paths = calloc(N_ALWAYS + arguments->n_binds + 2, sizeof(*paths));
	if (!paths)
		return error_no_memory(err);
	for (i = 0; i < N_ALWAYS; i++)
		if (!access(always[i].path, F_OK))
			paths[n++] = always[i];
	for (i = 0; i < arguments->n_binds; i++)
		paths[n++] = (struct sandbox_path){
			arguments->binds[i].host,
			arguments->binds[i].read_only ? SANDBOX_READ : READ_WRITE,
		};
	paths[n++] = (struct sandbox_path){
		loader, SANDBOX_READ | SANDBOX_EXECUTE,
	};
	options.paths = paths;
	ret = sandbox_limit_paths(&options, err);
	return ret < 0 ? error_prefix(err, ret, "--confine") : 0;
}

int sandbox_run_enter(const struct session *session, struct lkl_error *err)
{
	struct sandbox_options options = {
		.tracer = true, .network = session_uses_sockets(session),
	};

	return session_enter_sandbox(session, &options, err);
}
