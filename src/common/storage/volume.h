/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * volume.h - the storage stack: disks, their partitions, and the arrays and
 * volumes that the kernel inside makes of them.
 *
 * A volume is a range of bytes with a name.  Its probe tells its content: a file
 * system, or a part of volumes that lie above it.  Probing finds all volumes; names of
 * devices on the host do not matter.
 */
#ifndef STORAGE_VOLUME_H
#define STORAGE_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include "common/image/probe.h"
#include "mapper.h"
#include "verity-options.h"

#define VOLUME_NAME_MAX	280

enum volume_kind {
	VOLUME_DISK,
	VOLUME_PARTITION,
	VOLUME_ARRAY,			/* md */
	VOLUME_LOGICAL,			/* LVM */
	VOLUME_DECRYPTED,		/* LUKS */
	VOLUME_VERIFIED,		/* dm-verity */
};

struct volume {
	enum volume_kind kind;
	/*
	 * As --partition and --volume take it: "0", "2", "2:1" (partition 1 of
	 * the second disk), "/dev/md/NAME", "VG/LV".
	 */
	char name[VOLUME_NAME_MAX];
	char uuid[64];			/* its own; empty: none */
	char label[PROBE_LABEL_MAX];	/* GPT's name of a partition */
	char type[40];			/* GPT's GUID of a partition, or empty */
	uint64_t flags;			/* GPT's, of a partition */
	uint64_t size;			/* bytes; 0: unknown */
	uint64_t offset;		/* of a partition, in its parent */
	/* A block device of the kernel inside; empty if there is none. */
	char node[MAPPER_NODE_MAX];
	/* Why there is none, or what is wrong with it; empty: no problem. */
	char problem[320];
	bool degraded;			/* a member is missing */
	bool read_only;			/* it cannot be written to, whatever the options */
	struct probe probe;		/* of its content; type empty: unknown */
	unsigned int disk;		/* of a disk or partition */
	unsigned int number;		/* of a partition */
	/* The volumes below and above it. */
	struct volume **parents, **children;
	unsigned int n_parents, n_children;
	bool expanded;			/* volumes above it were looked for */
	bool tried;			/* decrypting it was tried, or is impossible */
	int unlock_error;		/* of that attempt; -ENOKEY: no key */
	bool unmarked;			/* encrypted, but nothing in it tells */
};

struct storage;

struct storage_options {
	bool scratch;			/* writes do not reach the images */
	bool degraded;			/* write to arrays that lack members */
	/*
	 * The @which of storage_choose() later, or NULL.  If it names a volume
	 * of LVM, the others of its group are not mapped: the kernel writes to
	 * an array of LVM as soon as it is mapped.
	 */
	const char *which;
	/*
	 * Opens an encrypted volume: makes a device of its data, whose node is
	 * @ret_node.  Returns 0 or -errno; -ENOKEY: there is no key for it.
	 * NULL: nothing is opened.
	 */
	int (*unlock)(void *opaque, const struct volume *volume,
		      char ret_node[MAPPER_NODE_MAX], struct lkl_error *err);
	/* Is this encrypted volume opened as soon as it is found?  NULL: no. */
	bool (*unlock_wanted)(void *opaque, const struct volume *volume);
	bool open_all;			/* all encrypted volumes */
	/*
	 * The option by which one volume is encrypted and holds nothing that can
	 * be recognised: its header is in a file, or is encrypted itself.  NULL:
	 * none.
	 */
	const char *unmarked;
	/* Nothing is mounted: open only volumes that the user has named. */
	bool list_only;
	void *opaque;
	/*
	 * With a root hash, one volume is verified, and storage_choose() finds no
	 * other.  NULL: no options.
	 */
	const struct verity_options *verity;
};

/*
 * storage_discover - find all volumes on disks that the kernel inside has
 * @disks: stay open until storage_close()
 *
 * Maps the volumes, as a booting system does.  A volume that cannot be mapped is no
 * error: its problem says why.  But the volume that a root hash is for has to be there.
 */
int storage_discover(struct lkl_disk *const *disks, unsigned int n_disks,
		     const struct storage_options *options,
		     struct storage **ret_storage, struct lkl_error *err);

/* The volumes; those below come before those above. */
unsigned int storage_count(const struct storage *storage);
const struct volume *storage_volume(const struct storage *storage,
				    unsigned int i);

/*
 * storage_choose - find the volume with the file system that the user wants
 * @which: a name, TAG=value, or NULL for the only file system
 *
 * -ENOTUNIQ, after a list on standard error, if there are several.  The volume
 * has a node.
 */
int storage_choose(const struct storage *storage, const char *which,
		   const struct volume **ret_volume, struct lkl_error *err);

/*
 * storage_search - find a volume, without messages
 * @which: as for storage_choose()
 *
 * -ENXIO: there is none; -ENOTUNIQ.  The volume may have no node.
 */
int storage_search(const struct storage *storage, const char *which,
		   const struct volume **ret_volume);

/*
 * storage_descend - the volume that the user means by another one
 *
 * If a volume has no file system and one volume lies on it, as on an encrypted partition,
 * the user means that one.
 */
const struct volume *storage_descend(const struct volume *volume);

/* storage_list - list the volumes on standard error */
void storage_list(const struct storage *storage);

/*
 * storage_close - stop arrays and remove mapped devices
 *
 * Frees @storage, which may be NULL.  Call this after the unmount, and before
 * lkl_halt().
 */
void storage_close(struct storage *storage);

/* How --json and lists name a kind: "disk", "partition", "array", ... */
const char *volume_kind_name(enum volume_kind kind);

#endif /* STORAGE_VOLUME_H */
