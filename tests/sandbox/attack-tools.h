/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attack-tools.h - the sandboxes of the tools, each entered by the function that
 * the tool calls.
 *
 * Included by attacks.c only, after the confine.c of the tools.
 */
#include <stdbool.h>

static struct session *session;

static int prepare(struct arguments *arguments, unsigned int flags,
		   enum sandbox_mode mode, struct lkl_error *err)
{
	arguments->common = (struct common_options)COMMON_OPTIONS_DEFAULT;
	arguments->common.format = "raw";
	/* A guardian may just be about to close what it inherited. */
	arguments->common.no_lock = true;
	arguments->common.sandbox = mode;
	arguments->image = "image";
	return session_prepare("image", &arguments->common, flags, &session,
			       err);
}

static struct arguments arguments;

static int enter_fs2tar(enum sandbox_mode mode, struct lkl_error *err)
{
	int ret = prepare(&arguments, SESSION_READ_ONLY, mode, err);

	return ret ? ret : session_confine(session, err);
}

static int enter_lklfuse(enum sandbox_mode mode, struct lkl_error *err)
{
	int ret = prepare(&arguments, 0, mode, err);

	return ret ? ret : session_confine(session, err);
}

/* With a connection that is open: as above, but with calls on sockets. */
static int enter_nbd(enum sandbox_mode mode, struct lkl_error *err)
{
	const struct sandbox_options options = {
		.network = true, .best = mode == SANDBOX_BEST,
	};
	int ret = mode == SANDBOX_NONE ? 0 : sandbox_enter(&options, err);

	return ret < 0 ? ret : 0;
}

static int enter_cptofs(enum sandbox_mode mode, struct lkl_error *err)
{
	static char source[] = "source", *sources[] = { source };
	int ret = prepare(&arguments, 0, mode, err);

	arguments.into_image = true;
	arguments.operands = (struct operands){
		.sources = sources, .n = 1, .dest = "/",
	};
	return ret ? ret : confine(&arguments, session, err);
}

/* Only the targets of links in the source are within reach. */
static int enter_cptofs_following(enum sandbox_mode mode, struct lkl_error *err)
{
	static char source[] = "source", *sources[] = { source };
	int ret = prepare(&arguments, 0, mode, err);

	arguments.into_image = true;
	arguments.settings.follow = FOLLOW_ALL;
	arguments.operands = (struct operands){
		.sources = sources, .n = 1, .dest = "/",
	};
	return ret ? ret : confine(&arguments, session, err);
}

static int enter_cpfromfs(enum sandbox_mode mode, struct lkl_error *err)
{
	static char source[] = "/", *sources[] = { source };
	int ret = prepare(&arguments, SESSION_READ_ONLY, mode, err);

	arguments.operands = (struct operands){
		.sources = sources, .n = 1, .dest = "dest",
	};
	return ret ? ret : confine(&arguments, session, err);
}

/* Its parent directory is out of reach, too. */
static int enter_cpfromfs_new(enum sandbox_mode mode, struct lkl_error *err)
{
	static char source[] = "/", *sources[] = { source };
	int ret = prepare(&arguments, SESSION_READ_ONLY, mode, err);

	arguments.operands = (struct operands){
		.sources = sources, .n = 1, .dest = "outside/new",
	};
	return ret ? ret : confine(&arguments, session, err);
}

static int enter_cpfromfs_over(char *dest, enum sandbox_mode mode,
			       struct lkl_error *err)
{
	static char source[] = "/", *sources[] = { source };
	int ret = prepare(&arguments, SESSION_READ_ONLY, mode, err);

	arguments.operands = (struct operands){
		.sources = sources, .n = 1, .dest = dest,
	};
	return ret ? ret : confine(&arguments, session, err);
}

/* A file that exists, beside others. */
static int enter_cpfromfs_file(enum sandbox_mode mode, struct lkl_error *err)
{
	static char dest[] = "outside/old";

	return enter_cpfromfs_over(dest, mode, err);
}

static int enter_cpfromfs_device(enum sandbox_mode mode, struct lkl_error *err)
{
	static char dest[] = "/dev/null";

	return enter_cpfromfs_over(dest, mode, err);
}

static int enter_luks_key(enum sandbox_mode mode, struct lkl_error *err)
{
	return confine_key_program(sandbox_mode_name(mode), err);
}

/* The processes of tar2fs that read inputs.  An archive is open already. */
static int enter_tar2fs(enum input_type type, const char *name,
			enum sandbox_mode mode, struct lkl_error *err)
{
	struct input input = { .type = type, .name = name };
	const struct inputs inputs = { .at = &input, .n = 1 };
	struct common_options common = COMMON_OPTIONS_DEFAULT;

	common.sandbox = mode;
	return tar2fs_confine(&inputs, &common, err);
}

static int enter_tar2fs_archive(enum sandbox_mode mode, struct lkl_error *err)
{
	return enter_tar2fs(INPUT_ARCHIVE, "outside/old", mode, err);
}

static int enter_tar2fs_folder(enum sandbox_mode mode, struct lkl_error *err)
{
	return enter_tar2fs(INPUT_FOLDER, "source", mode, err);
}

static const struct tool {
	const char *name;
	int (*enter)(enum sandbox_mode mode, struct lkl_error *err);
	bool opens_files;
} tools[] = {
	{ "fs2tar", enter_fs2tar, false },
	{ "lklfuse", enter_lklfuse, false },
	{ "with a connection", enter_nbd, false },
	{ "cptofs", enter_cptofs, true },
	{ "cpfromfs", enter_cpfromfs, true },
	{ "cpfromfs to a new directory", enter_cpfromfs_new, true },
	{ "cpfromfs to a file", enter_cpfromfs_file, true },
	{ "cpfromfs to a device", enter_cpfromfs_device, true },
	{ "lkl-luks-key", enter_luks_key, true },
	{ "cptofs -L", enter_cptofs_following, true },
	{ "tar2fs of an archive", enter_tar2fs_archive, false },
	{ "tar2fs of a folder", enter_tar2fs_folder, true },
};

#define FOLLOWING 9
#define FOLDER 11
#define TOOLS (sizeof(tools) / sizeof(*tools))
