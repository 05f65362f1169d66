// SPDX-License-Identifier: GPL-2.0-only
/*
 * image-opener.c - opens the files that an image names.
 *
 * The user has allowed it to with --allow-backing.  It ends before the image's
 * kernel starts, so that only the code that reads formats can ask it.
 */
#include "image-opener.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/sandbox/guardian.h"

/* As many as a chain of images can have, each with a data file. */
#define FILES_MAX 128

struct image_opener {
	struct guardian *guardian;
	bool read_only;
	unsigned int opened;		/* counted in the guardian */
};

/* ---- In the guardian ---- */

/* An error is an answer, too: its number as the value, its sentence as data. */
static int answer_error(int code, const struct lkl_error *err,
			struct guardian_answer *ret_answer)
{
	ret_answer->value = (uint64_t)-code;
	ret_answer->data = strdup(err->text);
	ret_answer->size = ret_answer->data ? strlen(err->text) + 1 : 0;
	return 0;
}

static int open_named(void *opaque, const struct guardian_question *question,
		      struct guardian_answer *ret_answer)
{
	struct image_opener *opener = opaque;
	const char *path = question->data;
	struct lkl_error err = { "" };
	int fd;

	if (!question->size || question->size > PATH_MAX ||
	    path[question->size - 1])
		return -ENAMETOOLONG;
	if (opener->opened >= FILES_MAX)
		return -EMFILE;
	if (opener->read_only && !(question->a & LKL_DISK_READ_ONLY))
		return -EROFS;
	fd = lkl_disk_open_file(path, question->a, &err);
	if (fd < 0)
		return answer_error(fd, &err, ret_answer);
	opener->opened++;
	ret_answer->has_fd = true;
	ret_answer->fd = fd;
	return 0;
}

/* ---- In the process that asks ---- */

int image_opener_start(bool read_only, struct image_opener **ret_opener,
		       struct lkl_error *err)
{
	struct image_opener *opener = calloc(1, sizeof(*opener));
	const struct guardian_work work = {
		.ask = open_named, .opaque = opener,
	};
	int ret;

	if (!opener)
		return error_no_memory(err);
	opener->read_only = read_only;
	ret = guardian_start(&work, &opener->guardian, err);
	if (ret < 0) {
		free(opener);
		return ret;
	}
	*ret_opener = opener;
	return 0;
}

int image_opener_open(const char *path, uint64_t flags, void *opaque,
		      struct lkl_error *err)
{
	const struct image_opener *opener = opaque;
	const struct guardian_question question = {
		.a = flags, .data = path, .size = strlen(path) + 1,
	};
	struct guardian_answer answer = { 0 };
	int ret = guardian_ask(opener->guardian, &question, &answer);

	if (ret < 0)
		return error_set(err, ret, "cannot open: %s", strerror(-ret));
	if (answer.has_fd) {
		free(answer.data);
		return answer.fd;
	}
	ret = answer.value && answer.value < 4096 ? -(int)answer.value : -EIO;
	error_set(err, ret, "%.*s", (int)answer.size,
		  answer.data ? (const char *)answer.data : "cannot open");
	free(answer.data);
	return ret;
}

void image_opener_end(struct image_opener *opener)
{
	if (!opener)
		return;
	guardian_dismiss(opener->guardian);
	free(opener);
}
