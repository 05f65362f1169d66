// SPDX-License-Identifier: GPL-2.0-only
/*
 * session.c - open an image, mount the file system in it, and undo both.
 */
#include "session-private.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/digest.h"
#include "common/error.h"
#include "common/sandbox/sandbox.h"
#include "image-opener.h"
#include "klog.h"
#include "memory-size.h"
#include "watchdog.h"

/* Nobody is asked for a key any more, whatever becomes of this process. */
void session_end_unlocker(struct session *session)
{
	unlocker_end(session->unlocker);
	session->unlocker = NULL;
}

static int check_options(const struct common_options *options,
			 struct lkl_error *err)
{
	if (options->system && (options->partition || options->volume))
		return error_set(err, -EINVAL,
				 "--system finds the volumes itself: leave out --partition and --volume");
	if (options->system && options->verity.root_hash_size)
		return error_set(err, -EINVAL,
				 "--system verifies nothing: leave out --verity-root-hash");
	if (options->system && options->type)
		return error_set(err, -EINVAL,
				 "--system finds the types of file systems itself: leave out --type");
	return 0;
}

int session_prepare(const char *image, const struct common_options *options,
		    unsigned int flags, struct session **ret_session,
		    struct lkl_error *err)
{
	struct session *session;
	int ret = check_options(options, err);

	if (ret < 0)
		return ret;
	session = calloc(1, sizeof(*session));
	if (!session)
		return error_no_memory(err);
	session->image = image;
	session->options = options;
	session->flags = flags;
	/* Let a file size limit make writes fail, not kill the tool. */
	signal(SIGXFSZ, SIG_IGN);
	/* A sandbox may hide /proc later. */
	if (!options->deterministic)
		memory_size_read_host();
	ret = verity_options_check(&options->verity,
				   flags & SESSION_READ_ONLY, err);
	if (!ret)
		ret = key_options_check(&options->keys, err);
	if (ret < 0) {
		free(session);
		return ret;
	}
	/* For the UUID of a partition; the sandbox hides the library. */
	if (options->system)
		digest_library_load(NULL);
	/* The library's sentence already names the image. */
	ret = session_open_disks(session, options, flags, err);
	session->unlocker = options->unlocker;
	if (!ret && !session->unlocker)
		ret = unlocker_start(image, &options->keys,
				     sandbox_mode_name(options->sandbox),
				     &session->unlocker, err);
	if (ret < 0) {
		session_close(session, NULL);
		return ret;
	}
	*ret_session = session;
	return 0;
}

int session_enter_sandbox(const struct session *session,
			  struct sandbox_options *options,
			  struct lkl_error *err)
{
	enum sandbox_mode mode = session->options->sandbox;
	char text[SANDBOX_TEXT_MAX];
	int layers = 0;

	options->best = mode == SANDBOX_BEST;
	options->tls = session->uses_tls;
	if (mode != SANDBOX_NONE)
		layers = sandbox_enter(options, err);
	if (layers < 0)
		return layers;
	if (session->options->verbose)
		report_line("sandbox: %s",
			    sandbox_describe((unsigned int)layers, text,
					     sizeof(text)));
	return 0;
}

int session_confine(const struct session *session, struct lkl_error *err)
{
	struct sandbox_options options = {
		.network = session->uses_sockets,
	};

	return session_enter_sandbox(session, &options, err);
}

int session_discover(struct session *session, struct storage **ret_storage,
		     struct lkl_error *err)
{
	int ret = watchdog_start(err);

	if (!ret)
		ret = session_parse_disks(session, err);
	if (ret < 0)
		return ret;
	session->lists = true;
	ret = session_find_volumes(session, err);
	if (ret < 0)
		return error_prefix(err, ret, "%s", quote_name(session->image));
	*ret_storage = session->storage;
	return 0;
}

int session_mount(struct session *session, struct lkl_error *err)
{
	int ret = watchdog_start(err);

	if (ret < 0)
		return ret;
	/* The library's sentence already names the image. */
	ret = session_parse_disks(session, err);
	if (ret < 0)
		return ret;
	ret = session_mount_found(session, err);
	return ret < 0 ? error_prefix(err, ret, "%s",
				      quote_name(session->image)) : 0;
}

int session_open(const char *image, const struct common_options *options,
		 unsigned int flags, struct session **ret_session,
		 struct lkl_error *err)
{
	struct session *session;
	int ret;

	ret = session_prepare(image, options, flags, &session, err);
	if (ret < 0)
		return ret;
	ret = session_mount(session, err);
	if (ret < 0) {
		session_close(session, NULL);
		return ret;
	}
	*ret_session = session;
	return 0;
}

/*
 * After an unmount all data are on the disk, but perhaps in its write cache:
 * not every file system flushes the disk when it is unmounted.
 */
static int flush_node(const struct session *session, const char *node,
		      struct lkl_error *err)
{
	int fd, ret;

	fd = (int)lkl_sys_openat(LKL_AT_FDCWD, node, LKL_O_RDONLY |
				 LKL_O_CLOEXEC, 0);
	ret = fd < 0 ? fd : (int)lkl_sys_fsync((unsigned int)fd);
	if (fd >= 0)
		lkl_sys_close((unsigned int)fd);
	if (ret < 0)
		return error_set(err, ret, "%s: cannot flush: %s",
				 quote_name(session->image), lkl_strerror(ret));
	return 0;
}

/* Flush what was mounted, and what an array writes when it is stopped. */
static int flush_disks(struct session *session, struct lkl_error *err)
{
	char node[64];
	unsigned int i;
	int ret = flush_node(session, session->node, err);

	if (!session->is_stack)
		return ret;
	storage_close(session->storage);
	session->storage = NULL;
	for (i = 0; i < session->n_disks && !ret; i++) {
		ret = lkl_disk_node(session->disks[i], 0, node, sizeof(node),
				    err);
		if (!ret)
			ret = flush_node(session, node, err);
	}
	return ret;
}

int session_close(struct session *session, struct lkl_error *err)
{
	struct lkl_error reason;
	bool says_why = false;
	int ret = 0, halted;
	uint64_t mark;

	if (session->mounted) {
		mark = klog_mark();
		ret = session_unmount_below(session, err);
		if (!ret)
			ret = lkl_umount(session->root, err);
		if (ret < 0) {
			error_prefix(err, ret, "%s",
				     quote_name(session->image));
			if (err)
				session_append_reason(session, err, ret, mark);
			says_why = true;
		} else if (!session->overlay) {
			ret = flush_disks(session, err);
		}
	}
	storage_close(session->storage);
	if (session->started) {
		halted = lkl_halt();
		if (halted < 0 && ret == 0)
			ret = error_set(err, halted,
					"%s: cannot stop the kernel: %s",
					quote_name(session->image),
					lkl_strerror(halted));
	}
	/*
	 * The kernel may have ignored a failed request, or only logged it.  If a
	 * flush failed, this is why.
	 */
	if (!says_why && session->started &&
	    session_host_failure(session, &reason))
		ret = error_set(err, -EIO, "%s: %s", quote_name(session->image),
				reason.text);
	session_end_unlocker(session);
	image_opener_end(session->opener);
	if (session_close_disks(session) == -EREMOTEIO && ret == 0)
		ret = error_set(err, -EREMOTEIO,
				"%s: the program that writes the image failed at its end: data may be missing",
				quote_name(session->image));
	watchdog_stop();
	free(session);
	return ret;
}

bool session_compresses(const struct session *session)
{
	const char *options = session->options->mount_options;

	return options && strstr(options, "compress");
}

const char *session_root(const struct session *session)
{
	return session->root;
}

const char *session_type(const struct session *session)
{
	return session->type;
}
