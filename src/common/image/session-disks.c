// SPDX-License-Identifier: GPL-2.0-only
/*
 * session-disks.c - open, lock, parse and close the images of a session.
 */
#include "session-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/error.h"
#include "common/same-file.h"
#include "common/storage/verity.h"
#include "common/tree/direct.h"
#include "image-opener.h"
#include "release.h"
#include "suffix-format.h"

/* The format of an image with a key of its own: qcow2, encrypted with LUKS. */
#define ENCRYPTED_FORMAT "qcow2-luks"

/* Whether a program serves images of the format over a socket. */
static bool is_served(const char *format)
{
	return format && strcmp(format, "raw") && strcmp(format, "qcow2") &&
		strcmp(format, "zst");
}

static void note_disk(struct session *session, struct lkl_disk *disk)
{
	uint64_t bytes;

	session->n_disks++;
	/* It is on another host. */
	if (lkl_disk_fetched(disk, &bytes) >= 0)
		direct_disable();
}

static bool is_same_disk(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode))
		return S_ISBLK(b->st_mode) && a->st_rdev == b->st_rdev;
	return stat_is_same_file(a, b);
}

static const char *image_name(const struct session *session, unsigned int i)
{
	return i ? session->options->disks[i - 1] : session->image;
}

/*
 * All file systems of a disk that is there twice would be ambiguous.  Hashes are
 * none, and may lie behind the data.
 */
static int check_twice(const struct session *session, unsigned int i,
		       struct lkl_error *err)
{
	const struct stat *a = &session->stats[i], *b;
	unsigned int k;

	if (i == session->options->verity.hash_disk)
		return 0;
	for (k = 0; k < i; k++) {
		b = &session->stats[k];
		if (a->st_mode && b->st_mode ? !is_same_disk(a, b) :
		    strcmp(image_name(session, i), image_name(session, k)) != 0)
			continue;
		return error_set(err, -EINVAL,
				 "%s: --disk=%s is the same disk again",
				 quote_name(image_name(session, k)),
				 quote_name(image_name(session, i)));
	}
	return 0;
}

/* Before one of them is opened, perhaps on another host. */
static int look_at_disks(struct session *session, struct lkl_error *err)
{
	unsigned int i;
	int ret;

	for (i = 0; i <= session->options->n_disks; i++) {
		/* A failure leaves st_mode 0: it is a URI. */
		if (stat(image_name(session, i), &session->stats[i]) < 0)
			session->uses_sockets = true;
		if (!strncmp(image_name(session, i), "nbds", strlen("nbds")))
			session->uses_tls = true;
		ret = check_twice(session, i, err);
		if (ret < 0)
			return ret;
	}
	session->has_stat = session->stats[0].st_mode;
	session->stat = session->stats[0];
	return 0;
}

/*
 * Open and lock the images of --disk.  Offset and size are those of the first
 * image; the rest holds for all.
 */
static int open_others(struct session *session,
		       const struct common_options *options,
		       struct lkl_disk_options *disk, struct lkl_error *err)
{
	const char *name;
	unsigned int i;
	int ret;

	disk->offset = 0;
	disk->length = 0;
	for (i = 0; i < options->n_disks; i++) {
		name = options->disks[i];
		if (!options->format && session->overlay)
			disk->format = suffix_format(name,
						     options->allow_backing);
		if (is_served(disk->format))
			session->uses_sockets = true;
		ret = lkl_disk_open(name, disk,
				    &session->disks[session->n_disks], err);
		if (ret < 0)
			return ret;
		note_disk(session, session->disks[session->n_disks]);
	}
	return 0;
}

/* Nobody who looks into the image has a descriptor of its key. */
static void close_key(const struct key_source *source, int fd)
{
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !source->path && source->fd > STDERR_FILENO)
		close(source->fd);
}

static int open_first(struct session *session, struct lkl_disk_options *disk,
		      struct lkl_error *err)
{
	const struct key_source *key = &session->options->image_key;
	int fd = -1, ret;

	if (disk->flags & LKL_DISK_KEY) {
		fd = image_key_open(key, err);
		if (fd < 0)
			return fd;
		disk->key_fd = fd;
	}
	ret = lkl_disk_open(session->image, disk, &session->disk, err);
	/* One of our daemons may just be about to close the image. */
	if (ret == -EBUSY && session->has_stat &&
	    release_wait_for_image(&session->stat))
		ret = lkl_disk_open(session->image, disk, &session->disk, err);
	close_key(key, fd);
	return ret;
}

int session_open_disks(struct session *session,
		       const struct common_options *options,
		       unsigned int flags, struct lkl_error *err)
{
	struct lkl_disk_options disk = {
		.size = sizeof(disk),
		.format = options->format,
		.offset = options->offset,
		.length = options->size,
		.snapshot = options->image_snapshot,
		.flags = LKL_DISK_PARSE_LATER | LKL_DISK_COUNT,
	};
	int ret;

	session->overlay = (flags & SESSION_READ_ONLY) || options->snapshot;
	if (session->overlay)
		disk.flags |= LKL_DISK_COW;
	if (options->no_lock)
		disk.flags |= LKL_DISK_NO_LOCK;
	if (options->no_flush)
		disk.flags |= LKL_DISK_NO_FLUSH;
	if (options->allow_backing)
		disk.flags |= LKL_DISK_NAMED_FILES;
	/* To write, the user has to name the format. */
	if (!disk.format && session->overlay)
		disk.format = suffix_format(session->image,
					    options->allow_backing);
	if (image_key_is_set(&options->image_key)) {
		if (options->format && strcmp(options->format, "qcow2") &&
		    strcmp(options->format, ENCRYPTED_FORMAT))
			return error_set(err, -EINVAL,
					 "only qcow2 images have a key of their own, not %s",
					 options->format);
		disk.flags |= LKL_DISK_KEY;
		disk.format = ENCRYPTED_FORMAT;
	}
	session->has_format = disk.format;
	session->has_read_format = !disk.format &&
		suffix_format(session->image, options->allow_backing);
	session->disks = calloc(options->n_disks + 1u,
				sizeof(*session->disks));
	session->stats = calloc(options->n_disks + 1u, sizeof(*session->stats));
	if (!session->disks || !session->stats)
		return error_no_memory(err);
	ret = look_at_disks(session, err);
	if (ret < 0)
		return ret;
	session->uses_sockets |= is_served(disk.format);
	/* QEMU opens what its images name. */
	if (options->allow_backing && options->sandbox != SANDBOX_NONE &&
	    !is_served(disk.format)) {
		ret = image_opener_start(session->overlay, &session->opener,
					 err);
		if (ret < 0)
			return ret;
		disk.open_file = image_opener_open;
		disk.opaque = session->opener;
	}
	ret = open_first(session, &disk, err);
	if (ret < 0)
		return ret;
	/* The key belongs to the first image. */
	if (disk.flags & LKL_DISK_KEY)
		disk.format = options->format;
	disk.flags &= ~(uint64_t)LKL_DISK_KEY;
	session->disks[session->n_disks] = session->disk;
	note_disk(session, session->disk);
	return open_others(session, options, &disk, err);
}

/* Reads the metadata of the images' formats. */
int session_parse_disks(struct session *session, struct lkl_error *err)
{
	struct lkl_error warning;
	unsigned int i;
	int ret = 0;

	if (session->parsed)
		return 0;
	session->parsed = true;
	for (i = 0; i < session->n_disks && !ret; i++)
		ret = lkl_disk_parse(session->disks[i], err);
	image_opener_end(session->opener);
	session->opener = NULL;
	if (ret < 0)
		return ret;
	for (i = 0; i < session->n_disks; i++)
		if (lkl_disk_warning(session->disks[i], &warning))
			report_warning("%s: %s",
				       quote_name(image_name(session, i)),
				       warning.text);
	return 0;
}

/* For --verbose: only what is used is fetched, and perhaps some more. */
static void report_fetched(const struct session *session, unsigned int i)
{
	char fetched[FORMAT_SIZE_MAX], size[FORMAT_SIZE_MAX];
	uint64_t bytes;

	if (!session->options->verbose ||
	    lkl_disk_fetched(session->disks[i], &bytes) < 0)
		return;
	report_line("%s: fetched %s of %s",
		    quote_name(image_name(session, i)),
		    format_size(fetched, bytes),
		    format_size(size, lkl_disk_size(session->disks[i])));
}

int session_close_disks(struct session *session)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < session->n_disks; i++) {
		report_fetched(session, i);
		if (lkl_disk_close(session->disks[i]) == -EREMOTEIO)
			ret = -EREMOTEIO;
	}
	free(session->disks);
	free(session->stats);
	return ret;
}

bool session_host_failure(const struct session *session,
			  struct lkl_error *reason)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < session->n_disks && !ret; i++)
		ret = lkl_disk_failure(session->disks[i], reason);
	switch (ret) {
	case 0:
		return verity_failure(reason);
	case -ENOSPC:
		if (session->overlay)
			error_set(reason, 0,
				  "no space left on the host for the writes that are kept aside");
		else
			error_set(reason, 0, "no space left on the host for it");
		return true;
	}
	return true;
}

const struct stat *session_stat(const struct session *session)
{
	return session->has_stat ? &session->stat : NULL;
}

bool session_is_image(const struct session *session, const struct stat *st)
{
	unsigned int i;

	for (i = 0; i < session->n_disks; i++)
		if (session->stats[i].st_mode &&
		    is_same_disk(&session->stats[i], st))
			return true;
	return false;
}

bool session_uses_sockets(const struct session *session)
{
	return session->uses_sockets;
}
