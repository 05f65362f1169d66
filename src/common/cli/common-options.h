/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * common-options.h - the options that all tools share.
 */
#ifndef TOOLS_COMMON_OPTIONS_H
#define TOOLS_COMMON_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/storage/key-options.h"
#include "common/storage/verity-options.h"
#include "options.h"

struct unlocker;

enum sandbox_mode {
	SANDBOX_STRICT,			/* with all that a tool needs of it */
	SANDBOX_BEST,			/* as much as the host has */
	SANDBOX_NONE,
};

/* Strings point into argv. */
struct common_options {
	const char *format;		/* NULL: find out if raw or qcow2 */
	uint64_t offset, size;		/* the part of the image; 0: all */
	const char *type;		/* of the file system; NULL: probe */
	const char *partition;		/* number or TAG=value, or NULL */
	const char *volume;		/* name or TAG=value, or NULL */
	const char *system;		/* a name, "": the only one; NULL: none */
	const char **disks;		/* further images */
	unsigned int n_disks;
	bool degraded;			/* write to arrays that lack members */
	struct key_options keys;	/* of encrypted volumes */
	struct verity_options verity;
	struct key_source image_key;	/* of a format that encrypts */
	/*
	 * Not an option: of unlocker_start(), if that was called before the
	 * session is prepared; the session ends it.  NULL: the session starts it.
	 */
	struct unlocker *unlocker;
	const char *mount_options;	/* NULL: none */
	unsigned long atime_flags;	/* LKL_MS_...; 0: LKL_MS_NOATIME */
	uint64_t memory;		/* of the kernel, bytes; 0: automatic */
	bool deterministic;		/* LKL_DETERMINISTIC */
	uint64_t start_time;		/* of lkl_start(), if deterministic */
	int progress_fd;		/* -1: none */
	bool snapshot;			/* discard writes at the end */
	const char *image_snapshot;	/* internal one to read, or NULL */
	bool no_lock;
	bool no_flush;			/* not an option: LKL_DISK_NO_FLUSH */
	bool allow_backing;
	bool kernel_log;
	enum sandbox_mode sandbox;
	bool quiet;
	bool verbose;
};

/* As the option --sandbox names it. */
const char *sandbox_mode_name(enum sandbox_mode mode);

#define COMMON_OPTIONS_DEFAULT { .progress_fd = -1 }

/* The group for a tool's struct option_usage. */
struct option_group common_options_group(struct common_options *target);

/*
 * Those of them that do not say which image it is and where in it the file
 * system is, for a tool that makes the image.
 */
struct option_group common_running_options_group(struct common_options *target);

/*
 * Other names of some of them, for scripts that were written for the older
 * tools of the same name: --filesystem-type, --enable-printk, --mb.
 */
struct option_group common_old_options_group(struct common_options *target);

#endif /* TOOLS_COMMON_OPTIONS_H */
