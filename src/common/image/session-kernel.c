// SPDX-License-Identifier: GPL-2.0-only
/*
 * session-kernel.c - start the kernel of a session, and tell why it failed.
 */
#include "session-private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "klog.h"
#include "memory-size.h"
#include "common/storage/verity.h"
#include "superblock.h"

/* For arrays, pools and the like, bytes. */
#define STACK_MEMORY (64ull << 20)

/*
 * Read the backup of a GPT if the first one is damaged.  Write nothing to arrays
 * that nobody writes to.
 */
#define KERNEL_PARAMS "gpt md_mod.start_ro=1"

/* KERN_ERR: this level and lower ones are errors. */
#define LEVEL_ERROR 3

static atomic_uint kernel_errors;
static bool show_log;

/* Runs on a kernel stack. */
static void count_kernel_error(int level, const char *line, size_t len,
			       void *opaque)
{
	if (level <= LEVEL_ERROR) {
		atomic_fetch_add(&kernel_errors, 1);
		verity_note_log(line, len);
	}
	if (show_log)
		klog_show(level, line, len, opaque);
}

unsigned int session_kernel_errors(void)
{
	return atomic_load(&kernel_errors);
}

/* Written on a kernel stack, once, before any call fails because of it. */
static char panic_message[256];
static atomic_bool panicked;

static void save_panic_message(const char *message, void *opaque)
{
	(void)opaque;
	snprintf(panic_message, sizeof(panic_message), "%s", message);
	atomic_store(&panicked, true);
}

const char *session_panic(void)
{
	return atomic_load(&panicked) ? panic_message : NULL;
}

bool session_ends(int code)
{
	if (code == -ENXIO)
		return lkl_sys_getpid() == -ENXIO;
	return code == -ENOTRECOVERABLE || code == -ENOMEM;
}

/* Nothing is known of the file system yet.  Arrays and pools have caches. */
static uint64_t stack_memory(const struct session *session)
{
	uint64_t size = 0;
	unsigned int i;

	for (i = 0; i < session->n_disks; i++)
		size += lkl_disk_size(session->disks[i]);
	return memory_size_default(size, "ext4", 0,
				   !(session->flags & SESSION_READ_ONLY)) +
		STACK_MEMORY;
}

int session_start_kernel(struct session *session, struct lkl_error *err)
{
	const struct common_options *options = session->options;
	struct lkl_options start = {
		.size = sizeof(start),
		.params = options->degraded ?
			KERNEL_PARAMS " md_mod.start_dirty_degraded=1" :
			KERNEL_PARAMS,
		.memory = options->memory,
		.log = count_kernel_error,
		.panic = save_panic_message,
		.flags = LKL_CATCH_FAULTS,
	};
	int ret;

	if (options->deterministic) {
		start.flags |= LKL_DETERMINISTIC | LKL_FIXED_FILE_TIMES;
		start.start_time = options->start_time;
	}
	show_log = options->kernel_log;
	if (!start.memory)
		start.memory = session->is_stack ? stack_memory(session) :
			memory_size_default(lkl_disk_size(session->disk),
					    session->type,
					    superblock_block_size(session->disk,
							session->start,
							session->type),
					    !(session->flags & SESSION_READ_ONLY));
	session->memory = start.memory;
	ret = lkl_start(&start, err);
	if (ret < 0)
		return error_prefix(err, ret,
				    "cannot start the kernel with %" PRIu64
				    " MiB of memory", start.memory >> 20);
	session->started = true;
	return 0;
}

/* Append the host's reason and the kernel's messages to the sentence. */
int session_append_reason(const struct session *session, struct lkl_error *err,
			  int code, uint64_t mark)
{
	struct lkl_error host;
	char reason[384];
	size_t len;

	if (session_panic())
		return error_set(err, code, "the kernel panicked: %s",
				 session_panic());
	if (session_host_failure(session, &host)) {
		len = strlen(err->text);
		snprintf(err->text + len, sizeof(err->text) - len, " (%s)",
			 host.text);
	}
	if (!klog_reason(&mark, reason, sizeof(reason)))
		return code;
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, " (kernel: %s)",
		 reason);
	return code;
}
