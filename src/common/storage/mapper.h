/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mapper.h - devices of the device mapper, in the kernel inside.
 *
 * A device is a table of targets.  Each target maps a range of the device, in
 * sectors of 512 bytes.  node_number() gives the names that parameters
 * have for block devices.  Documentation/admin-guide/device-mapper of the kernel
 * describes the types of targets and their parameters.
 */
#ifndef STORAGE_MAPPER_H
#define STORAGE_MAPPER_H

#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

#define MAPPER_SECTOR	512u

struct mapper_target {
	uint64_t start, length;		/* sectors of the new device */
	const char *type;		/* "linear", "crypt", ... */
	const char *params;
};

#define MAPPER_READ_ONLY	0x1u
/* The parameters hold a key: the kernel and mapper_create() wipe copies. */
#define MAPPER_SECRET		0x2u

/* Longest path of a node. */
#define MAPPER_NODE_MAX		160

/*
 * mapper_create - make a device, load its table and start it
 * @name: unique among mapped devices, under 128 bytes, without a slash
 * @uuid: under 129 bytes; NULL: none
 * @targets: follow each other, the first begins at sector 0
 * @flags: MAPPER_...
 * @ret_node: path of the block device, inside the kernel
 *
 * Returns 0 or -errno, and then no device is left.
 */
int mapper_create(const char *name, const char *uuid,
		  const struct mapper_target *targets, unsigned int n_targets,
		  unsigned int flags, char ret_node[MAPPER_NODE_MAX],
		  struct lkl_error *err);

/* mapper_remove - remove a device and its node; -EBUSY if it is in use */
int mapper_remove(const char *name, struct lkl_error *err);

/*
 * mapper_status - the state of the targets, as the kernel prints it
 * @buf: gets a line "TYPE STATUS" for each target
 */
int mapper_status(const char *name, char *buf, size_t size,
		  struct lkl_error *err);

/* mapper_message - send a message to the target at a sector */
int mapper_message(const char *name, uint64_t sector, const char *message,
		   struct lkl_error *err);

#endif /* STORAGE_MAPPER_H */
