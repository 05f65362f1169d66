// SPDX-License-Identifier: GPL-2.0-only
/*
 * hash.c - lklfs hash: prints digests of files.
 */
#include "commands.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "common/tree/contents.h"
#include "file-digest.h"
#include "print.h"
#include "run.h"
#include "traverse.h"

enum {
	KEY_ZERO = OPTION_LONG_ONLY,
};

struct hash {
	enum digest_algorithm algorithm;
	bool recursive, zero;
	struct digest_buffer buffer;
};

static const struct option_entry entries[] = {
	{ 'a', "algorithm", "NAME", "sha256 (the default) or sha512" },
	{ 'r', "recursive", NULL, "all files below directories" },
	{ 'z', "zero", NULL, "end each line with a zero byte" },
	{ 0 }
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct hash *hash = ((struct run *)target)->options;

	if (key == 'r')
		hash->recursive = true;
	else if (key == 'z')
		hash->zero = true;
	else if (!strcmp(argument, "sha256"))
		hash->algorithm = DIGEST_SHA256;
	else if (!strcmp(argument, "sha512"))
		hash->algorithm = DIGEST_SHA512;
	else
		return error_set(err, -EINVAL, "not one of sha256, sha512: %s",
				 quote_name(argument));
	return 0;
}

static int prepare(struct run *run, struct lkl_error *err)
{
	const struct hash *hash = run->options;

	if (!run->n_operands && !hash->recursive)
		return error_set(err, -EINVAL, "hash: no file given");
	/* The shell has loaded it before the sandbox. */
	return digest_library_load(err);
}

static void print_digest(struct run *run, const char *path,
			 const struct digest *digest)
{
	const struct hash *hash = run->options;
	char text[DIGEST_TEXT_MAX];
	const char *hex = strchr(digest_format(digest, text), ':') + 1;

	if (run->json) {
		json_line_begin(&run->writer);
		json_name(&run->writer, "path", path);
		json_string(&run->writer,
			    digest->algorithm == DIGEST_SHA256 ? "sha256" :
			    "sha512", hex);
		json_line_end(&run->writer);
		return;
	}
	/* As sha256sum: a backslash in front says that the name is escaped. */
	if (!hash->zero && (strchr(path, '\n') || strchr(path, '\\'))) {
		printf("\\%s  ", hex);
		for (; *path; path++) {
			if (*path == '\n')
				fputs("\\n", stdout);
			else if (*path == '\\')
				fputs("\\\\", stdout);
			else
				putchar(*path);
		}
	} else {
		printf("%s  ", hex);
		print_name(run, path);
	}
	putchar(hash->zero ? '\0' : '\n');
}

/* Reports or prints the result of reading a file. */
static int finish_file(struct run *run, const char *path, int ret,
		       const struct digest *digest)
{
	if (ret < 0)
		return run_error(run, path, ret, "cannot read");
	print_digest(run, path, digest);
	return 0;
}

/* Follows links, as sha256sum does. */
static int hash_operand(struct run *run, const char *path)
{
	struct hash *hash = run->options;
	struct lkl_statx st;
	struct digest digest;
	int fd = contents_open(path, &st), ret;

	if (fd == -EISDIR)
		return run_error(run, path, 0,
				 "is a directory, say --recursive");
	if (fd == -EINVAL)
		return run_error(run, path, 0, "not a regular file");
	if (fd < 0)
		return run_error(run, path, fd, "cannot open");
	ret = file_digest(&hash->buffer, fd, hash->algorithm, &digest);
	lkl_sys_close((unsigned int)fd);
	return finish_file(run, path, ret, &digest);
}

static int visit(struct traverse *traverse, int dir, const char *name,
		 const struct lkl_statx *st)
{
	struct hash *hash = traverse->run->options;
	struct digest digest;
	int ret;

	if (!S_ISREG(st->stx_mode))
		return 0;
	if (!traverse->depth)
		return hash_operand(traverse->run, traverse->path.text);
	ret = entry_digest(&hash->buffer, dir, name, hash->algorithm, &digest);
	return finish_file(traverse->run, traverse->path.text, ret, &digest);
}

static int hash_operands(struct run *run, struct lkl_error *err)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < run->n_operands && ret >= 0; i++)
		ret = hash_operand(run, run->operands[i]);
	return ret < 0 ? run_fatal(run, ret, err) : 0;
}

static int run_hash(struct run *run, struct lkl_error *err)
{
	static const struct traverse_events events = { .file = visit };
	struct hash *hash = run->options;
	struct traverse traverse = {
		.run = run,
		.events = &events,
		.sort = SORT_NAME,
		.follow_first = true,
		/* So that sha256sum -c does not look at the host's files. */
		.start = run->json ? "/" : ".",
	};

	return hash->recursive ? traverse_operands(&traverse, err) :
		hash_operands(run, err);
}

static void release(struct run *run)
{
	struct hash *hash = run->options;

	digest_buffer_free(&hash->buffer);
}

const struct command hash_command = {
	.name = "hash",
	.operands = "IMAGE FILE...",
	.summary = "print digests of files",
	.max = OPERANDS_ANY,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct hash),
	.prepare = prepare,
	.release = release,
	.run = run_hash,
};
