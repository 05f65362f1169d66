// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtree.c - lklfs mtree: describes a tree in the format of BSD's mtree(5).
 *
 * As "mtree -C" and libarchive do, it writes one line for each file: the path, then
 * words KEY=VALUE.  Bytes that are not printable ASCII are octal.
 */
#include "arguments.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "common/cli/quote.h"
#include "file-digest.h"
#include "print.h"
#include "run.h"
#include "traverse.h"

enum {
	KEY_NO_DIGEST = OPTION_LONG_ONLY,
};

struct mtree {
	bool no_digest;			/* first: arguments_set_flag() */
	struct digest_buffer buffer;
};

static const struct option_entry entries[] = {
	{ KEY_NO_DIGEST, "no-digest", NULL, "do not read the files" },
	{ 0 }
};

static int prepare(struct run *run, struct lkl_error *err)
{
	const struct mtree *mtree = run->options;

	return mtree->no_digest ? 0 : digest_library_load(err);
}

static void put_escaped(const char *text)
{
	unsigned char c;

	for (; *text; text++) {
		c = (unsigned char)*text;
		if (c <= ' ' || c >= 0x7f || c == '\\' || c == '#' ||
		    c == '=' || c == '*' || c == '?' || c == '[')
			printf("\\%03o", c);
		else
			putchar(c);
	}
}

static const char *type_word(unsigned int mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "dir";
	case S_IFLNK:
		return "link";
	case S_IFBLK:
		return "block";
	case S_IFCHR:
		return "char";
	case S_IFIFO:
		return "fifo";
	}
	return "socket";
}

/* "./etc/hostname": relative to the tree that is described. */
static void put_path(const struct traverse *traverse)
{
	const char *path = traverse->path.text;

	putchar('.');
	if (!traverse->depth)
		return;
	path += traverse->walk.levels[0].path_len;
	if (*path != '/')
		putchar('/');
	put_escaped(path);
}

static int put_digest(struct traverse *traverse, int dir, const char *name)
{
	struct mtree *mtree = traverse->run->options;
	char text[DIGEST_TEXT_MAX];
	struct digest digest;
	int ret = entry_digest(&mtree->buffer, dir, name, DIGEST_SHA256,
			       &digest);

	if (ret < 0)
		return run_error(traverse->run, traverse->path.text, ret,
				 "cannot read");
	printf(" sha256digest=%s",
	       strchr(digest_format(&digest, text), ':') + 1);
	return 0;
}

static int put_target(struct traverse *traverse, int dir, const char *name)
{
	char *target;
	int ret = read_link(dir, name, &target);

	if (ret < 0)
		return run_error(traverse->run, traverse->path.text, ret,
				 "cannot read link");
	fputs(" link=", stdout);
	put_escaped(target);
	free(target);
	return 0;
}

static int visit(struct traverse *traverse, int dir, const char *name,
		 const struct lkl_statx *st)
{
	const struct mtree *mtree = traverse->run->options;
	int ret = 0;

	put_path(traverse);
	printf(" type=%s mode=%04o uid=%" PRIu32 " gid=%" PRIu32
	       " nlink=%" PRIu32 " time=%" PRId64 ".%09" PRIu32,
	       type_word(st->stx_mode), st->stx_mode & 07777u, st->stx_uid,
	       st->stx_gid, st->stx_nlink, (int64_t)st->stx_mtime.tv_sec,
	       st->stx_mtime.tv_nsec);
	if (S_ISREG(st->stx_mode)) {
		printf(" size=%" PRIu64, (uint64_t)st->stx_size);
		if (!mtree->no_digest)
			ret = put_digest(traverse, dir, name);
	} else if (S_ISLNK(st->stx_mode)) {
		ret = put_target(traverse, dir, name);
	} else if (S_ISBLK(st->stx_mode) || S_ISCHR(st->stx_mode)) {
		printf(" device=linux,%" PRIu32 ",%" PRIu32,
		       st->stx_rdev_major, st->stx_rdev_minor);
	}
	putchar('\n');
	return ret;
}

static int visit_json(struct traverse *traverse, int dir, const char *name,
		      const struct lkl_statx *st)
{
	struct run *run = traverse->run;
	struct mtree *mtree = run->options;
	char text[DIGEST_TEXT_MAX], *target = NULL;
	struct digest digest;
	bool has_digest = S_ISREG(st->stx_mode) && !mtree->no_digest;
	int ret = 0;

	if (has_digest)
		ret = entry_digest(&mtree->buffer, dir, name, DIGEST_SHA256,
				   &digest);
	else if (S_ISLNK(st->stx_mode))
		ret = read_link(dir, name, &target);
	if (ret < 0)
		return run_error(run, traverse->path.text, ret, "cannot read");
	json_line_begin(&run->writer);
	json_file(run, traverse->path.text, st, target);
	if (has_digest)
		json_string(&run->writer, "sha256",
			    strchr(digest_format(&digest, text), ':') + 1);
	json_line_end(&run->writer);
	free(target);
	return 0;
}

static int run_mtree(struct run *run, struct lkl_error *err)
{
	static const struct traverse_events events = { .file = visit },
		json_events = { .file = visit_json };
	struct traverse traverse = {
		.run = run,
		.events = run->json ? &json_events : &events,
		.sort = SORT_NAME,
	};

	if (!run->json)
		puts("#mtree");
	return traverse_operands(&traverse, err);
}

static void release(struct run *run)
{
	struct mtree *mtree = run->options;

	digest_buffer_free(&mtree->buffer);
}

const struct command mtree_command = {
	.name = "mtree",
	.operands = "IMAGE [DIRECTORY]",
	.summary = "describe a tree in the format of mtree(5)",
	.max = 1,
	.entries = entries,
	.handle = arguments_set_flag,
	.options_size = sizeof(struct mtree),
	.prepare = prepare,
	.release = release,
	.run = run_mtree,
};
