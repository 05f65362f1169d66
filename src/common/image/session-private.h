/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session-private.h - what the files of a session share.  Nobody else includes it.
 *
 * The thread that opens and closes the session calls these functions.
 */
#ifndef IMAGE_SESSION_PRIVATE_H
#define IMAGE_SESSION_PRIVATE_H

#include <stdint.h>
#include <sys/stat.h>

#include "common/storage/mapper.h"
#include "common/storage/unlock.h"
#include "common/storage/volume.h"
#include "probe.h"
#include "session.h"

struct session {
	const char *image;
	bool overlay;			/* the image does not get the writes */
	bool uses_sockets;
	bool uses_tls;
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
	struct stat *stats;		/* of all disks; st_mode 0: none */
	unsigned int n_disks;
	uint64_t memory;		/* of the kernel, bytes */
	bool lists;			/* volumes are listed, none is mounted */
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
	char root_options[64];		/* of the root of a system */
	struct session_mount *mounts;	/* of a system, the root first */
	unsigned int n_mounts;
	session_disk_fn *before_mount;	/* NULL: none */
	void *before_mount_opaque;
};

/*
 * session_open_disks - open and lock the image and those of --disk
 *
 * Reads nothing of them.  A failure leaves those open that were opened.
 */
int session_open_disks(struct session *session,
		       const struct common_options *options,
		       unsigned int flags, struct lkl_error *err);

/* session_parse_disks - read the metadata of the images' formats, once */
int session_parse_disks(struct session *session, struct lkl_error *err);

/* -EREMOTEIO: the program that serves an image failed when it ended. */
int session_close_disks(struct session *session);

int session_start_kernel(struct session *session, struct lkl_error *err);

/*
 * session_append_reason - append the host's reason and the kernel's messages
 * @code: returned
 * @mark: of klog_mark(), before the step that failed
 */
int session_append_reason(const struct session *session, struct lkl_error *err,
			  int code, uint64_t mark);

/*
 * session_find_partition - find the partition to mount, and its type
 *
 * -EXDEV: it holds a part of a volume that lies on partitions.
 */
int session_find_partition(struct session *session,
			   const struct common_options *options,
			   struct lkl_error *err);

/*
 * session_check_type - refuse types without a device: a mounted proc would show the
 * kernel
 */
int session_check_type(const char *type, struct lkl_error *err);

/* session_find_volumes - start the kernel and find the volumes on the disks */
int session_find_volumes(struct session *session, struct lkl_error *err);

/* session_choose_volume - the volume that the options name, and its type */
int session_choose_volume(struct session *session,
			  const struct volume **ret_volume,
			  struct lkl_error *err);

/* session_mount_found - start the kernel, find the file system, mount it */
int session_mount_found(struct session *session, struct lkl_error *err);

/*
 * session_mount_filesystem - mount the session's node at a new directory
 * @volume: what the node is, or NULL: a plain partition
 */
int session_mount_filesystem(struct session *session,
			     const struct volume *volume,
			     struct lkl_error *err);

/*
 * session_mount_below - mount one more file system, at a new directory
 * @options: of the file system
 */
int session_mount_below(struct session *session, const struct volume *volume,
			const char *options, bool read_only, char *ret_path,
			size_t size, struct lkl_error *err);

/* session_mount_system - find a system, mount its root and what lies below */
int session_mount_system(struct session *session, struct lkl_error *err);

/*
 * session_add_mount - remember what is mounted at a path of the kernel inside
 * @where: its path in the system, as "/home"
 * @options: of the file system
 * @read_only: the system says so
 */
int session_add_mount(struct session *session, const struct volume *volume,
		      const char *where, const char *path, const char *options,
		      bool read_only, struct lkl_error *err);

/* session_unmount_last - unmount the last mount, at a path, and forget it */
void session_unmount_last(struct session *session, const char *path);

/* Do two mounts show the same files of one file system?  True if nothing tells. */
bool session_mounts_overlap(uint64_t a, uint64_t b);

/*
 * session_unmount_below - unmount all but the root, and forget the mounts
 *
 * Goes on after a failure, and returns the first.
 */
int session_unmount_below(struct session *session, struct lkl_error *err);

/* Nobody is asked for a key any more, whatever becomes of this process. */
void session_end_unlocker(struct session *session);

#endif /* IMAGE_SESSION_PRIVATE_H */
