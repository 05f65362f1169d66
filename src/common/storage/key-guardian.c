// SPDX-License-Identifier: GPL-2.0-only
/*
 * key-guardian.c - the process that has the passphrases of encrypted volumes.
 */
#define _GNU_SOURCE 1

#include "key-guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/library-file.h"
#include "common/sandbox/guardian.h"
#include "common/secret-memory.h"
#include "config.h"
#include "key-process.h"
#include "key-prompt.h"
#include "key-wait.h"

/* As often as cryptsetup asks. */
#define ATTEMPTS 3

/* A passphrase that was read from a descriptor, which may be a pipe. */
struct passphrase {
	char *text;			/* NULL: not read yet */
	size_t len;
};

struct key_guardian {
	const struct key_options *options;
	const char *sandbox;
	char *program;			/* path of lkl-luks-key */
	int header;
	int tty;			/* -1: nobody to ask */
	struct guardian *guardian;
	pid_t tool;			/* that started the guardian */
	/* In the guardian. */
	char kind[32];			/* of the volume, for the program */
	struct passphrase read[KEY_SOURCES_MAX];
	struct passphrase typed;	/* if the options say so */
	char typed_for[512];		/* the volume, as in questions */
};

/* ---- In the guardian ---- */

static int set_result(struct luks_result *result, int code, const char *text)
{
	result->ret = code;
	snprintf(result->text, sizeof(result->text), "%s", text);
	return code;
}

/* All bytes of a key file count; of a descriptor, a last end of line does not. */
static ssize_t read_all(int fd, char *buf, size_t size, bool strip)
{
	size_t len = 0;
	ssize_t n;
	int ret;

	while (len < size) {
		ret = key_wait_readable(fd);
		if (ret < 0)
			return ret;
		n = read(fd, buf + len, size - len);
		if (n < 0)
			return -errno;
		if (!n) {
			if (strip && len && buf[len - 1] == '\n')
				len--;
			return (ssize_t)len;
		}
		len += (size_t)n;
	}
	return -EFBIG;
}

static int source_read(struct key_guardian *guardian, unsigned int i,
		       struct luks_result *result)
{
	const struct key_source *source = &guardian->options->sources[i];
	struct passphrase *passphrase = &guardian->read[i];
	cleanup_close int fd = -1;
	ssize_t len;
	char *buf;

	if (passphrase->text)
		return 0;
	fd = source->path ? open(source->path, O_RDONLY | O_CLOEXEC) :
			    dup(source->fd);
	buf = fd < 0 ? NULL : secret_memory_alloc(LUKS_PASSPHRASE_MAX);
	len = buf ? read_all(fd, buf, LUKS_PASSPHRASE_MAX,
			     !source->path && !source->is_file) : -errno;
	if (len < 0) {
		secret_memory_free(buf, LUKS_PASSPHRASE_MAX);
		result->ret = (int)len;
		if (source->path)
			snprintf(result->text, sizeof(result->text),
				 "cannot read the key file %.180s: %s",
				 source->path, strerror((int)-len));
		else
			snprintf(result->text, sizeof(result->text),
				 "cannot read the key from descriptor %d: %s",
				 source->fd, strerror((int)-len));
		return result->ret;
	}
	passphrase->text = buf;
	passphrase->len = (size_t)len;
	return 0;
}

static int run_program(const struct key_guardian *guardian, const char *text,
		       size_t len, struct luks_result *result)
{
	return key_process_run(guardian->program, guardian->sandbox,
			       guardian->kind, guardian->header, text, len,
			       result);
}

/* Is the source for a volume with one of these names?  A NUL ends each. */
static bool is_for(const struct key_source *source, const char *names,
		   const char *end)
{
	for (; names < end; names += strlen(names) + 1)
		if (key_source_is_for(source, names))
			return true;
	return !source->volume_len;
}

/* With several options, people have to see which keys were tried. */
static void name_sources(const struct key_source *last, unsigned int n,
			 struct luks_result *result)
{
	const size_t len = strlen(result->text);
	char *end = result->text + len;
	const size_t size = sizeof(result->text) - len;

	if (n > 1)
		snprintf(end, size, " (%u keys tried)", n);
	else if (last->path)
		snprintf(end, size, " (key file %.150s)", last->path);
	else
		snprintf(end, size, " (key from descriptor %d)", last->fd);
}

static int try_sources(struct key_guardian *guardian, const char *names,
		       const char *end, struct luks_result *result)
{
	const struct key_options *options = guardian->options;
	const struct key_source *last = NULL;
	unsigned int i, n = 0;
	int ret = -ENOKEY;

	for (i = 0; i < options->n_sources; i++) {
		if (!is_for(&options->sources[i], names, end))
			continue;
		last = &options->sources[i];
		n++;
		ret = source_read(guardian, i, result);
		if (!ret)
			ret = run_program(guardian, guardian->read[i].text,
					  guardian->read[i].len, result);
		if (ret != -EPERM)
			return ret;
	}
	if (ret == -EPERM)
		name_sources(last, n, result);
	return ret;
}

#define TYPED_MAX 4096u

/* Keeps a passphrase that has opened the volume, which may be opened again. */
static void keep_typed(struct key_guardian *guardian, const char *description,
		       const char *text, size_t len)
{
	struct passphrase *typed = &guardian->typed;

	if (!guardian->options->keep_typed)
		return;
	if (!typed->text)
		typed->text = secret_memory_alloc(TYPED_MAX);
	if (!typed->text)
		return;
	memcpy(typed->text, text, len);
	typed->len = len;
	snprintf(guardian->typed_for, sizeof(guardian->typed_for), "%s",
		 description);
}

static int try_typed(const struct key_guardian *guardian,
		     const char *description, struct luks_result *result)
{
	if (!guardian->typed.text || strcmp(guardian->typed_for, description))
		return -ENOKEY;
	return run_program(guardian, guardian->typed.text, guardian->typed.len,
			   result);
}

static int try_terminal(struct key_guardian *guardian,
			const char *description, struct luks_result *result)
{
	const size_t size = TYPED_MAX;
	char *buf = secret_memory_alloc(size), question[512];
	int ret = -ENOMEM, attempt;
	ssize_t len;

	snprintf(question, sizeof(question), "Passphrase for %s: ",
		 description);
	for (attempt = 0; buf && attempt < ATTEMPTS; attempt++) {
		if (attempt)
			key_prompt_tell(guardian->tty,
					strcmp(guardian->kind, LUKS_KEY_LUKS) ?
					"This passphrase does not open it." :
					"No key slot has this passphrase.");
		len = key_prompt(guardian->tty, question, buf, size);
		if (len == -EINTR)
			ret = set_result(result, -EINTR, "interrupted");
		else if (len == -ENOTTY)
			ret = -ENOKEY;
		else if (len < 0)
			ret = set_result(result, (int)len,
					 "cannot read a passphrase from the terminal");
		else
			ret = run_program(guardian, buf, (size_t)len, result);
		if (ret != -EPERM)
			break;
	}
	if (!ret)
		keep_typed(guardian, description, buf, (size_t)len);
	secret_memory_free(buf, size);
	return ret;
}

static void set_kind(struct key_guardian *guardian, bool veracrypt)
{
	const struct key_options *options = guardian->options;

	if (veracrypt)
		snprintf(guardian->kind, sizeof(guardian->kind), "%s%u",
			 options->veracrypt_hidden ? LUKS_KEY_VERACRYPT_HIDDEN :
						     LUKS_KEY_VERACRYPT,
			 options->veracrypt_pim);
	else
		strcpy(guardian->kind, LUKS_KEY_LUKS);
}

static int answer_unlock(void *opaque, const struct guardian_question *question,
			 struct guardian_answer *ret_answer)
{
	struct key_guardian *guardian = opaque;
	const char *description = question->data;
	const char *end = description + question->size, *names;
	struct luks_result *result;
	int ret;

	if (!question->size || end[-1])
		return -EINVAL;
	names = description + strlen(description) + 1;
	set_kind(guardian, question->kind);
	result = calloc(1, sizeof(*result));
	if (!result)
		return -ENOMEM;
	key_wait_begin();
	/* The tool may be killed while this process waits for somebody. */
	prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	ret = getppid() == guardian->tool ? 0 : -EPIPE;
	if (!ret)
		ret = try_sources(guardian, names, end, result);
	if (ret == -ENOKEY)
		ret = try_typed(guardian, description, result);
	if (ret == -ENOKEY && guardian->tty >= 0)
		ret = try_terminal(guardian, description, result);
	if (ret == -ENOKEY)
		set_result(result, ret,
			   "no key was given for it: say --key-file=FILE");
	prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	key_wait_end();
	ret_answer->data = result;
	ret_answer->size = sizeof(*result);
	return 0;
}

/* ---- In the tool ---- */

static int make_header_file(void)
{
	return memfd_create("luks-header", MFD_CLOEXEC);
}

static int start_guardian(struct key_guardian *guardian, struct lkl_error *err)
{
	const struct key_options *options = guardian->options;
	int keep[KEY_SOURCES_MAX + 3], n = 0;
	const struct guardian_work work = {
		.ask = answer_unlock, .opaque = guardian, .keep = keep,
	};
	unsigned int i;

	guardian->header = make_header_file();
	if (guardian->header < 0)
		return error_set(err, -errno,
				 "cannot make a file in memory: %s",
				 strerror(errno));
	keep[n++] = guardian->header;
	if (guardian->tty >= 0)
		keep[n++] = guardian->tty;
	for (i = 0; i < options->n_sources; i++)
		if (!options->sources[i].path)
			keep[n++] = options->sources[i].fd;
	keep[n] = -1;
	guardian->tool = getpid();
	return guardian_start(&work, &guardian->guardian, err);
}

#ifdef HAVE_LIBCRYPTSETUP

static int find_program(char **ret_path, struct lkl_error *err)
{
	int ret = library_file_find(LUKS_KEY_PROGRAM, "../" LUKS_KEY_PROGRAM,
				    ret_path, err);

	return ret < 0 ? error_prefix(err, ret, "cannot derive keys") : 0;
}

int key_guardian_none(struct lkl_error *err)
{
	return error_set(err, -ENOKEY,
			 "no key was given for it: say --key-file=FILE");
}

#else

int key_guardian_none(struct lkl_error *err)
{
	return error_set(err, -ENOKEY,
			 "encrypted volumes were not built in, for lack of libcryptsetup");
}

static int find_program(char **ret_path, struct lkl_error *err)
{
	(void)ret_path;
	return key_guardian_none(err);
}

#endif

int key_guardian_start(const struct key_options *options, const char *sandbox,
		       struct key_guardian **ret_guardian,
		       struct lkl_error *err)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct key_guardian *guardian;
	int ret;

	*ret_guardian = NULL;
	if (tty < 0 && !options->n_sources)
		return 0;
	guardian = calloc(1, sizeof(*guardian));
	if (!guardian) {
		ret = error_no_memory(err);
	} else {
		guardian->options = options;
		guardian->sandbox = sandbox;
		guardian->tty = tty;
		guardian->header = -1;
		ret = find_program(&guardian->program, err);
		/* Without an option, most images need no key. */
		if (ret < 0 && !options->n_sources)
			goto out_none;
	}
	if (!ret)
		ret = start_guardian(guardian, err);
	if (!ret) {
		key_options_close(options, false);
		guardian->tty = -1;
		*ret_guardian = guardian;
	}
	if (tty >= 0)
		close(tty);
	if (ret < 0)
		key_guardian_end(guardian);
	return ret;
out_none:
	close(tty);
	key_guardian_end(guardian);
	return 0;
}

int key_guardian_header(const struct key_guardian *guardian)
{
	return guardian->header;
}

/* The description and the names, each ended by a NUL. */
static size_t pack_request(const struct key_request *request, char *buf,
			   size_t size)
{
	const char *const *name;
	size_t len;

	snprintf(buf, size, "%s", request->description);
	len = strlen(buf) + 1;
	for (name = request->names; name && *name; name++) {
		if (strlen(*name) >= size - len)
			break;
		strcpy(buf + len, *name);
		len += strlen(*name) + 1;
	}
	return len;
}

int key_guardian_unlock(const struct key_guardian *guardian,
			const struct key_request *request,
			struct luks_result *ret_result, struct lkl_error *err)
{
	char buf[4096];
	struct guardian_question question = {
		.kind = request->veracrypt, .data = buf,
	};
	struct guardian_answer answer = { 0 };
	int ret;

	question.size = pack_request(request, buf, sizeof(buf));
	ret = guardian_ask(guardian->guardian, &question, &answer);
	if (!ret && answer.size != sizeof(*ret_result))
		ret = -EPROTO;
	if (ret < 0) {
		free(answer.data);
		return error_set(err, ret,
				 "the process that has its key is gone");
	}
	memcpy(ret_result, answer.data, sizeof(*ret_result));
	explicit_bzero(answer.data, sizeof(*ret_result));
	free(answer.data);
	if (ret_result->ret)
		return error_set(err, ret_result->ret, "%s", ret_result->text);
	return 0;
}

void key_guardian_end(struct key_guardian *guardian)
{
	if (!guardian)
		return;
	if (guardian->guardian && getpid() == guardian->tool)
		guardian_dismiss(guardian->guardian);
	else if (guardian->guardian)
		guardian_leave(guardian->guardian);
	if (guardian->header >= 0)
		close(guardian->header);
	free(guardian->program);
	free(guardian);
}
