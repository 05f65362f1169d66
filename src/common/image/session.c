// SPDX-License-Identifier: GPL-2.0-only
/*
 * session.c - open an image, mount the file system in it, and undo both.
 */
#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "image-opener.h"
#include "klog.h"
#include "memory-size.h"
#include "common/cli/parse.h"
#include "partition.h"
#include "probe-copy.h"
#include "release.h"
#include "stack.h"
#include "common/cli/quote.h"
#include "common/sandbox/sandbox.h"
#include "common/cli/report.h"
#include "suffix-format.h"
#include "superblock.h"
#include "watchdog.h"

/* For arrays, pools and the like, bytes. */
#define STACK_MEMORY (64ull << 20)

/* mount() takes one page of options and cuts off the rest. */
#define MOUNT_OPTIONS_MAX 4096

struct session {
	const char *image;
	bool overlay;			/* the image does not get the writes */
	bool uses_sockets;
	bool has_stat;			/* false: the image is a URI */
	bool has_format;		/* false: the library probes */
	bool has_read_format;	/* the name says it, but not for writing */
	struct unlocker *unlocker;	/* NULL after the volumes are open */
	struct image_opener *opener;	/* NULL after the image is parsed */
	const struct common_options *options;
	unsigned int flags;		/* SESSION_... */
	struct stat stat;
	struct lkl_disk *disk;		/* the first one */
	struct lkl_disk **disks;	/* all: the image, then --disk */
	struct stat *stats;		/* of the others; st_mode 0: none */
	unsigned int n_disks;
	uint64_t memory;		/* of the kernel, bytes */
	bool parsed;
	bool started;
	bool mounted;
	unsigned int partition;
	bool is_stack;			/* a volume is mounted, not a partition */
	struct storage *storage;	/* NULL: a plain partition is mounted */
	char node[MAPPER_NODE_MAX];	/* what is mounted */
	char type[PROBE_NAME_MAX];	/* as the kernel calls it */
	uint64_t start;			/* of the file system, bytes */
	char root[128];
	session_disk_fn *before_mount;	/* NULL: none */
	void *before_mount_opaque;
};

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
	if (level <= LEVEL_ERROR)
		atomic_fetch_add(&kernel_errors, 1);
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
		/* A failure leaves st_mode 0: it is a URI. */
		if (stat(name, &session->stats[session->n_disks]) < 0)
			session->uses_sockets = true;
		if (!options->format && session->overlay)
			disk->format = suffix_format(name,
						     options->allow_backing);
		if (disk->format && strcmp(disk->format, "raw") &&
		    strcmp(disk->format, "qcow2"))
			session->uses_sockets = true;
		ret = lkl_disk_open(name, disk,
				    &session->disks[session->n_disks], err);
		if (ret < 0)
			return ret;
		session->n_disks++;
	}
	return 0;
}

static int open_disk(struct session *session,
		     const struct common_options *options, unsigned int flags,
		     struct lkl_error *err)
{
	struct lkl_disk_options disk = {
		.size = sizeof(disk),
		.format = options->format,
		.offset = options->offset,
		.length = options->size,
		.snapshot = options->image_snapshot,
		.flags = LKL_DISK_PARSE_LATER,
	};
	bool is_qemus;
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
	session->has_format = disk.format;
	session->has_read_format = !disk.format &&
		suffix_format(session->image, options->allow_backing);
	session->has_stat = !stat(session->image, &session->stat);
	is_qemus = disk.format && strcmp(disk.format, "raw") &&
		strcmp(disk.format, "qcow2");
	session->uses_sockets = !session->has_stat || is_qemus;
	/* QEMU opens what its images name. */
	if (options->allow_backing && options->sandbox != SANDBOX_NONE &&
	    !is_qemus) {
		ret = image_opener_start(session->overlay, &session->opener,
					 err);
		if (ret < 0)
			return ret;
		disk.open_file = image_opener_open;
		disk.opaque = session->opener;
	}
	session->disks = calloc(options->n_disks + 1u,
				sizeof(*session->disks));
	session->stats = calloc(options->n_disks + 1u, sizeof(*session->stats));
	if (!session->disks || !session->stats)
		return error_no_memory(err);
	ret = lkl_disk_open(session->image, &disk, &session->disk, err);
	/* One of our daemons may just be about to close the image. */
	if (ret == -EBUSY && session->has_stat &&
	    release_wait_for_image(&session->stat))
		ret = lkl_disk_open(session->image, &disk, &session->disk,
				    err);
	if (ret < 0)
		return ret;
	session->disks[session->n_disks++] = session->disk;
	return open_others(session, options, &disk, err);
}

static const char *image_name(const struct session *session, unsigned int i)
{
	return i ? session->options->disks[i - 1] : session->image;
}

/* Reads the metadata of the images' formats. */
static int parse_disk(struct session *session, struct lkl_error *err)
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

/* The likeliest reason is that the image has another format. */
static int error_no_filesystem(const struct session *session,
			       const char *where, struct lkl_error *err)
{
	const char *format = session->has_format ? NULL :
		probe_image_format(session->disk);
	const char *compression = probe_compression(session->disk);
	const char *named = !compression ? NULL :
		!strcmp(compression, "gzip") ? "gz" :
		!strcmp(compression, "xz") ? "xz" : NULL;

	if (named)
		return error_set(err, -EINVAL,
				 "%sno file system found; it looks compressed with %s: decompress it first, or say --format=%s",
				 where, compression, named);
	if (compression)
		return error_set(err, -EINVAL,
				 "%sno file system found; it looks compressed with %s: decompress it first",
				 where, compression);
	if (!format)
		return error_set(err, -EINVAL, "%sno file system found", where);
	if (session->has_read_format)
		return error_set(err, -EINVAL,
				 "%sno file system found; it looks like %s: say --format=%s to write to it; to read it, no format is needed",
				 where, format, format);
	return error_set(err, -EINVAL,
			 "%sno file system found; it looks like %s: say --format=%s if it is",
			 where, format, format);
}

/*
 * Find the partition to mount and the kernel's name for its file system.
 *
 * -EXDEV: it holds a part of a volume that lies on partitions.
 */
static int find_filesystem(struct session *session,
			   const struct common_options *options,
			   struct lkl_error *err)
{
	const struct probe_source source = probe_source_disk(session->disk);
	cleanup_free struct partition *partition = NULL;
	char where[32] = "";
	int ret;

	partition = malloc(sizeof(*partition));
	if (!partition)
		return error_no_memory(err);
	ret = partition_choose(session->disk, options->partition,
			       !options->type, partition, err);
	if (ret < 0)
		return ret;

	session->partition = partition->number;
	session->start = partition->offset;
	if (options->type) {
		snprintf(session->type, sizeof(session->type), "%s",
			 probe_kernel_type(options->type));
		return 0;
	}

	if (partition->number) {
		snprintf(where, sizeof(where), "partition %u: ",
			 partition->number);
		/* Probe again for the error message: it lists all candidates. */
		ret = probe_range(&source, partition->offset,
				  partition->size, &partition->probe, err);
		if (ret < 0)
			return error_prefix(err, ret, "partition %u",
					    partition->number);
	}
	if (!partition->probe.type[0])
		return error_no_filesystem(session, where, err);
	if (stack_is_member(session->disk, partition->offset,
			    &partition->probe))
		return -EXDEV;
	if (!partition->probe.is_filesystem)
		return error_set(err, -EINVAL,
				 "%sholds %s, which is not a file system",
				 where, partition->probe.type);
	snprintf(session->type, sizeof(session->type), "%s",
		 probe_kernel_type(partition->probe.type));
	return 0;
}

/* Refuse types without a device: a mounted proc would show the kernel. */
static int check_type(const struct session *session, struct lkl_error *err)
{
	const char *all = lkl_features(), *found;
	size_t len = strlen(session->type);

	for (found = all; (found = strstr(found, session->type)); found++)
		if (found > all && found[-1] == '+' &&
		    (found[len] == ' ' || !found[len]))
			return 0;
	return error_set(err, -ENODEV,
			 "cannot mount: file system type %s is not supported",
			 quote_name(session->type));
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

static int start_kernel(struct session *session,
			const struct common_options *options,
			unsigned int flags, struct lkl_error *err)
{
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
					    !(flags & SESSION_READ_ONLY));
	session->memory = start.memory;
	ret = lkl_start(&start, err);
	if (ret < 0)
		return error_prefix(err, ret,
				    "cannot start the kernel with %" PRIu64
				    " MiB of memory", start.memory >> 20);
	session->started = true;
	return 0;
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
		return false;
	case -ENOSPC:
		if (session->overlay)
			error_set(reason, 0,
				  "no space left on the host for the writes to it");
		else
			error_set(reason, 0, "no space left on the host for it");
		return true;
	}
	return true;
}

/* Append the host's reason and the kernel's messages to the sentence. */
static int append_reason(const struct session *session, struct lkl_error *err,
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

/*
 * Two defaults for reading ext4; the user's options follow and override them.
 *
 * errors=continue: the superblock may ask for a panic at the first error, but a
 * reader reports the damaged file and goes on with the next.
 *
 * inode_readahead_blks=4: ext4 would read 32 inode table blocks for each one it
 * needs.  With our small memory it evicts most of them before it uses them, in
 * a directory of 100,000 files for example.
 */
static char *build_mount_options(const struct session *session,
				 const struct common_options *options,
			  unsigned int flags)
{
	const char *users = options->mount_options;
	const char *ours = "";
	size_t size;
	char *all;

	if (!users)
		users = "";
	if ((flags & SESSION_READ_ONLY) && !strcmp(session->type, "ext4"))
		ours = "errors=continue,inode_readahead_blks=4";
	size = strlen(ours) + strlen(users) + 2;
	all = malloc(size);
	if (all)
		snprintf(all, size, "%s%s%s", ours,
			 *ours && *users ? "," : "", users);
	return all;
}

void session_before_mount(struct session *session, session_disk_fn *function,
			  void *opaque)
{
	session->before_mount = function;
	session->before_mount_opaque = opaque;
}

static int call_before_mount(struct session *session, struct lkl_error *err)
{
	return session->before_mount ?
		session->before_mount(session->before_mount_opaque,
				      session->node, err) : 0;
}

static int mount_node(struct session *session, unsigned long flags,
		      const char *options, struct lkl_error *err)
{
	if (session->is_stack)
		return stack_mount(session->node, session->type, flags, options,
				   session->root, sizeof(session->root), err);
	return lkl_mount(session->disk, session->partition, session->type,
			 flags, options, session->root, sizeof(session->root),
			 err);
}

static int mount_filesystem(struct session *session,
			    const struct common_options *options,
			    unsigned int flags, const struct volume *volume,
			    struct lkl_error *err)
{
	/* Device nodes in an image must not open the kernel's devices. */
	unsigned long mount_flags = LKL_MS_NODEV | LKL_MS_NOSUID |
				    LKL_MS_NOEXEC;
	cleanup_free char *all_options =
		build_mount_options(session, options, flags);
	uint64_t mark = klog_mark();
	int ret;

	if (all_options && volume)
		all_options = stack_mount_options(session->storage, volume,
						  options->degraded,
						  all_options);
	if (!all_options)
		return error_no_memory(err);
	if (strlen(all_options) >= MOUNT_OPTIONS_MAX)
		return error_set(err, -E2BIG, "mount options are too long");
	mount_flags |= options->atime_flags ? options->atime_flags :
					      LKL_MS_NOATIME;
	if (flags & SESSION_READ_ONLY)
		mount_flags |= LKL_MS_RDONLY;
	ret = call_before_mount(session, err);
	if (ret < 0)
		return append_reason(session, err, ret, mark);
	ret = mount_node(session, mount_flags, all_options, err);
	if (ret == -ENOMEM)
		error_set(err, ret, "cannot mount as %s: %" PRIu64
			  " MiB of memory are not enough, give more with --memory",
			  quote_name(session->type), session->memory >> 20);
	else if (ret < 0 && !session->is_stack &&
		 superblock_is_too_large(session->disk, session->start,
					 session->type))
		error_set(err, ret, "cannot mount as %s: at 16 TiB, it has more blocks than the kernel can count",
			  quote_name(session->type));
	if (ret < 0)
		return append_reason(session, err, ret, mark);
	session->mounted = true;
	return 0;
}

static int mount_partition(struct session *session, struct lkl_error *err)
{
	uint64_t mark;
	int ret = check_type(session, err);

	if (!ret)
		ret = start_kernel(session, session->options, session->flags,
				   err);
	if (ret < 0)
		return ret;
	mark = klog_mark();
	ret = lkl_disk_add(session->disk, err);
	if (!ret)
		ret = lkl_disk_node(session->disk, session->partition,
				    session->node, sizeof(session->node), err);
	if (ret < 0)
		append_reason(session, err, ret, mark);
	else
		ret = mount_filesystem(session, session->options,
				       session->flags, NULL, err);
	if (ret < 0 && session->partition)
		return error_prefix(err, ret, "partition %u",
				    session->partition);
	return ret;
}

/* Nobody is asked for a key any more, whatever becomes of this process. */
static void end_unlocker(struct session *session)
{
	unlocker_end(session->unlocker);
	session->unlocker = NULL;
}

/* Start the kernel and find the volumes on the disks. */
static int discover(struct session *session, struct lkl_error *err)
{
	uint64_t mark;
	int ret;

	session->is_stack = true;
	ret = start_kernel(session, session->options, session->flags, err);
	if (ret < 0)
		return ret;
	mark = klog_mark();
	ret = stack_open(session->disks, session->n_disks, session->options,
			 session->overlay, session->unlocker,
			 &session->storage, err);
	end_unlocker(session);
	return ret < 0 ? append_reason(session, err, ret, mark) : 0;
}

static int choose_volume(struct session *session,
			 const struct volume **ret_volume,
			 struct lkl_error *err)
{
	const struct common_options *options = session->options;
	const struct volume *volume;
	int ret;

	ret = storage_choose(session->storage, options->volume ?
			     options->volume : options->partition, &volume,
			     err);
	if (ret < 0)
		return ret;
	if (options->type)
		snprintf(session->type, sizeof(session->type), "%s",
			 probe_kernel_type(options->type));
	else if (!volume->probe.type[0])
		return error_set(err, -EINVAL, "%s: no file system found",
				 quote_name(volume->name));
	else if (!volume->probe.is_filesystem)
		return error_set(err, -EINVAL,
				 "%s: holds %s, which is not a file system",
				 quote_name(volume->name), volume->probe.type);
	else
		snprintf(session->type, sizeof(session->type), "%s",
			 probe_kernel_type(volume->probe.type));
	strcpy(session->node, volume->node);
	*ret_volume = volume;
	return session->overlay ? 0 : stack_check_writing(volume, err);
}

static int mount_volume(struct session *session, struct lkl_error *err)
{
	const struct volume *volume = NULL;
	int ret = discover(session, err);

	if (!ret)
		ret = choose_volume(session, &volume, err);
	if (!ret)
		ret = check_type(session, err);
	if (ret < 0)
		return ret;
	ret = mount_filesystem(session, session->options, session->flags,
			       volume, err);
	return ret < 0 ? error_prefix(err, ret, "%s", quote_name(volume->name)) :
		0;
}

static int session_mount_steps(struct session *session, struct lkl_error *err)
{
	struct lkl_error reason;
	int ret;

	if (stack_is_wanted(session->options))
		return mount_volume(session, err);
	ret = find_filesystem(session, session->options, err);
	if (ret == -EXDEV)
		return mount_volume(session, err);
	if (ret < 0 && session_host_failure(session, &reason))
		return error_set(err, ret, "%s", reason.text);
	end_unlocker(session);
	return ret < 0 ? ret : mount_partition(session, err);
}

int session_prepare(const char *image, const struct common_options *options,
		    unsigned int flags, struct session **ret_session,
		    struct lkl_error *err)
{
	struct session *session = calloc(1, sizeof(*session));
	int ret;

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
	/* The library's sentence already names the image. */
	ret = open_disk(session, options, flags, err);
	if (!ret)
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
		ret = parse_disk(session, err);
	if (ret < 0)
		return ret;
	ret = discover(session, err);
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
	ret = parse_disk(session, err);
	if (ret < 0)
		return ret;
	ret = session_mount_steps(session, err);
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

static int close_disks(struct session *session)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < session->n_disks; i++)
		if (lkl_disk_close(session->disks[i]) == -EREMOTEIO)
			ret = -EREMOTEIO;
	free(session->disks);
	free(session->stats);
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
		ret = lkl_umount(session->root, err);
		if (ret < 0) {
			error_prefix(err, ret, "%s",
				     quote_name(session->image));
			if (err)
				append_reason(session, err, ret, mark);
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
	end_unlocker(session);
	image_opener_end(session->opener);
	if (close_disks(session) == -EREMOTEIO && ret == 0)
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

const struct stat *session_stat(const struct session *session)
{
	return session->has_stat ? &session->stat : NULL;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode))
		return S_ISBLK(b->st_mode) && a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool session_is_image(const struct session *session, const struct stat *st)
{
	unsigned int i;

	if (session->has_stat && is_same_file(&session->stat, st))
		return true;
	for (i = 1; i < session->n_disks; i++)
		if (session->stats[i].st_mode &&
		    is_same_file(&session->stats[i], st))
			return true;
	return false;
}

bool session_uses_sockets(const struct session *session)
{
	return session->uses_sockets;
}
