// SPDX-License-Identifier: GPL-2.0-only
/*
 * diff.c - lklfs diff: compares two trees.
 *
 * A process of its own reads each tree (diff-side.c).  This process merges their
 * manifests, and sees neither tree.
 */
#include "commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cli/quote.h"
#include "common/copy/job.h"
#include "common/digest.h"
#include "common/error.h"
#include "common/path-below.h"
#include "common/sandbox/sandbox.h"
#include "diff-side.h"
#include "manifest.h"
#include "print.h"
#include "run.h"

enum {
	KEY_NO_CONTENTS = OPTION_LONG_ONLY,
	KEY_TIMES,
	KEY_NO_OWNERS,
	KEY_NO_XATTRS,
};

enum {
	DIFF_SAME,
	DIFF_DIFFERENT,
	DIFF_TROUBLE,
};

struct diff {
	bool brief, no_contents, times, no_owners, no_xattrs;
};

static const struct option_entry entries[] = {
	{ 'q', "brief", NULL, "print nothing, only set the exit status" },
	{ KEY_NO_CONTENTS, "no-contents", NULL,
	  "do not read files: compare sizes" },
	{ KEY_TIMES, "times", NULL, "compare times of modification, too" },
	{ KEY_NO_OWNERS, "no-owners", NULL, "do not compare owners" },
	{ KEY_NO_XATTRS, "no-xattrs", NULL,
	  "do not compare ACLs and other extended attributes" },
	{ 0 }
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct diff *diff = ((struct run *)target)->options;

	(void)argument;
	(void)err;
	switch (key) {
	case 'q':
		diff->brief = true;
		break;
	case KEY_NO_CONTENTS:
		diff->no_contents = true;
		break;
	case KEY_TIMES:
		diff->times = true;
		break;
	case KEY_NO_OWNERS:
		diff->no_owners = true;
		break;
	case KEY_NO_XATTRS:
		diff->no_xattrs = true;
		break;
	}
	return 0;
}

/* One of the two streams. */
struct stream {
	struct diff_side side;
	struct manifest_entry entry;
	bool has_entry;
	uint64_t failures;
	char *skipped;			/* a directory that the other lacks */
};

/* Reads the next entry, if there is none at hand. */
static int advance(struct stream *stream)
{
	int ret;

	if (stream->has_entry)
		manifest_entry_free(&stream->entry);
	ret = manifest_read(stream->side.in, &stream->entry,
			    &stream->failures);
	stream->has_entry = ret > 0;
	return ret < 0 ? ret : 0;
}

static void begin_line(struct run *run, const char *path,
		       const char *difference)
{
	if (run->json) {
		json_line_begin(&run->writer);
		json_name(&run->writer, "path", path);
		json_string(&run->writer, "difference", difference);
	}
}

static int print_only(struct run *run, struct stream *stream, bool first)
{
	const struct diff *diff = run->options;
	const char *path = stream->entry.path, *skipped = stream->skipped;
	const char *rest = skipped ? path_below(path, skipped) : NULL;

	run->status = DIFF_DIFFERENT;
	/* The files of a missing directory are missing, too. */
	if (rest && *rest == '/')
		return 0;
	free(stream->skipped);
	stream->skipped = NULL;
	if (S_ISDIR(stream->entry.mode)) {
		stream->skipped = strdup(path);
		if (!stream->skipped)
			return -ENOMEM;
	}
	if (diff->brief)
		return 0;
	begin_line(run, path, first ? "only-in-first" : "only-in-second");
	if (run->json) {
		json_line_end(&run->writer);
		return 0;
	}
	fputs("Only in ", stdout);
	print_name(run, stream->side.name);
	fputs(": /", stdout);
	print_name(run, path);
	putchar('\n');
	return 0;
}

static bool differs_in_target(const struct manifest_entry *a,
			      const struct manifest_entry *b)
{
	return strcmp(a->target ? a->target : "", b->target ? b->target : "");
}

static bool differs_in_contents(const struct manifest_entry *a,
				const struct manifest_entry *b)
{
	if (a->size != b->size)
		return true;
	return a->has_digest && b->has_digest &&
		memcmp(a->digest, b->digest, sizeof(a->digest));
}

static bool differs_in_part(const struct manifest_entry *a,
			    const struct manifest_entry *b,
			    enum manifest_part part)
{
	return a->has_part[part] && b->has_part[part] &&
		memcmp(a->parts[part], b->parts[part], sizeof(a->parts[part]));
}

#define WORDS_MAX 8

/* Words for all differences; returns how many. */
static unsigned int find_differences(const struct diff *diff,
				     const struct manifest_entry *a,
				     const struct manifest_entry *b,
				     const char *words[WORDS_MAX])
{
	unsigned int n = 0;

	if ((a->mode ^ b->mode) & S_IFMT) {
		words[n++] = "type";
	} else {
		if (S_ISREG(a->mode) && differs_in_contents(a, b))
			words[n++] = "contents";
		if (S_ISLNK(a->mode) && differs_in_target(a, b))
			words[n++] = "target";
		if (a->major != b->major || a->minor != b->minor)
			words[n++] = "device";
		/* A link's permissions mean nothing. */
		if (!S_ISLNK(a->mode) && (a->mode ^ b->mode) & 07777)
			words[n++] = "mode";
	}
	if (!diff->no_owners && (a->uid != b->uid || a->gid != b->gid))
		words[n++] = "owner";
	if (differs_in_part(a, b, PART_ACL))
		words[n++] = "acl";
	if (differs_in_part(a, b, PART_XATTR) ||
	    differs_in_part(a, b, PART_HOST))
		words[n++] = "attributes";
	if (diff->times && (a->mtime != b->mtime ||
			    a->mtime_nsec != b->mtime_nsec))
		words[n++] = "time";
	return n;
}

static void print_differences(struct run *run, const struct manifest_entry *a,
			      const struct manifest_entry *b)
{
	const struct diff *diff = run->options;
	const char *words[WORDS_MAX];
	unsigned int n = find_differences(diff, a, b, words), i;

	if (!n)
		return;
	run->status = DIFF_DIFFERENT;
	if (diff->brief)
		return;
	begin_line(run, a->path, "changed");
	if (run->json) {
		json_array_begin(&run->writer, "changed");
		for (i = 0; i < n; i++)
			json_string(&run->writer, NULL, words[i]);
		json_array_end(&run->writer);
		json_line_end(&run->writer);
		return;
	}
	putchar('/');
	print_name(run, a->path);
	for (i = 0; i < n; i++)
		printf("%s%s", i ? ", " : ": ", words[i]);
	/* "contents" and "attributes" are plural. */
	puts(n > 1 || words[0][strlen(words[0]) - 1] == 's' ? " differ" : " differs");
}

static int merge(struct run *run, struct stream *a, struct stream *b)
{
	int ret = advance(a), order;

	if (!ret)
		ret = advance(b);
	while (!ret && (a->has_entry || b->has_entry)) {
		order = !a->has_entry ? 1 : !b->has_entry ? -1 :
			manifest_compare(a->entry.path, b->entry.path);
		if (order < 0)
			ret = print_only(run, a, true);
		else if (order > 0)
			ret = print_only(run, b, false);
		else
			print_differences(run, &a->entry, &b->entry);
		if (!ret && order <= 0)
			ret = advance(a);
		if (!ret && order >= 0)
			ret = advance(b);
		if (!ret)
			ret = job_interrupted();
	}
	return ret;
}

static void free_stream(struct stream *stream)
{
	if (stream->has_entry)
		manifest_entry_free(&stream->entry);
	free(stream->skipped);
}

static int confine(const struct run *run, struct lkl_error *err)
{
	const struct sandbox_options options = {
		.best = run->common.sandbox == SANDBOX_BEST,
	};
	int ret = 0;

	if (run->common.sandbox != SANDBOX_NONE)
		ret = sandbox_enter(&options, err);
	return ret < 0 ? ret : 0;
}

static unsigned int manifest_flags(const struct diff *diff)
{
	return (diff->no_contents ? 0 : MANIFEST_CONTENTS) |
		(diff->no_xattrs ? 0 : MANIFEST_XATTRS);
}

static int run_diff(struct run *run, struct lkl_error *err)
{
	const struct diff *diff = run->options;
	unsigned int what = manifest_flags(diff);
	struct stream a = { 0 }, b = { 0 };
	bool well;
	int ret;

	ret = diff_side_start(run, run->image, what, NULL, &a.side, err);
	if (ret < 0)
		return ret;
	ret = diff_side_start(run, run->operands[0], what, a.side.in, &b.side,
			      err);
	if (ret < 0) {
		diff_side_end(&a.side);
		return ret;
	}
	key_options_close(&run->common.keys, false);
	ret = confine(run, err);
	if (!ret) {
		ret = merge(run, &a, &b);
		if (ret < 0)
			error_set(err, ret, "cannot compare: %s",
				  lkl_strerror(ret));
	}
	well = diff_side_end(&a.side);
	well &= diff_side_end(&b.side);
	run->failures += !well || a.failures || b.failures;
	free_stream(&a);
	free_stream(&b);
	/* A process that did not write all has said why. */
	return ret == -EPROTO && !well ? 0 : ret;
}

static int prepare(struct run *run, struct lkl_error *err)
{
	const struct diff *diff = run->options;

	return !manifest_flags(diff) ? 0 : digest_library_load(err);
}

const struct command diff_command = {
	.name = "diff",
	.operands = "IMAGE OTHER",
	.summary = "compare an image with another one, a folder or a tar archive",
	.trouble = DIFF_TROUBLE,
	.notes = "Both may be an image, a folder or a tar archive.  The exit status is 0 if they\n"
		 "are the same, 1 if they differ, 2 if something went wrong.",
	.flags = COMMAND_ALONE,
	.min = 1,
	.max = 1,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct diff),
	.prepare = prepare,
	.run = run_diff,
};
