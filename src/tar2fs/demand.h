/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * demand.h - the room that inputs take in a file system, by an estimate.
 */
#ifndef TAR2FS_DEMAND_H
#define TAR2FS_DEMAND_H

#include "common/cli/common-options.h"
#include "common/copy/job.h"
#include "inputs.h"
#include "kind.h"

/* Block sizes from 512 bytes to 64 KiB. */
#define DEMAND_BLOCK_SIZES 8

struct demand {
	uint64_t inodes;		/* files of all types */
	uint64_t data;			/* bytes of file data */
	/* Bytes of data and directories, with blocks of 512 << index bytes. */
	uint64_t bytes[DEMAND_BLOCK_SIZES];
	uint64_t metadata;		/* bytes that need no whole blocks */
	uint64_t root_bytes;		/* entries of the root directory */
};

/* All bytes with blocks of this size, or the nearest one. */
uint64_t demand_bytes(const struct demand *demand, const struct kind *kind,
		      unsigned int block_size);

/* How to look at inputs. */
struct measuring {
	struct inputs *inputs;
	const struct kind *kind;
	const struct settings *settings;
	const struct common_options *common;	/* verbose: print the names */
	const struct container_options *container;
	/*
	 * Only find container images.  Of an archive that comes but once, the
	 * start is in the spool then, and the rest still in the pipe.
	 */
	bool only_containers;
};

/*
 * demand_measure - look at all inputs
 *
 * That happens in a confined process of its own.  Afterwards the spools are the
 * inputs, see inputs_spool().  If an input cannot be read, this fails; problems
 * with single files are left to the copy, which reports them.
 */
int demand_measure(const struct measuring *measuring,
		   struct demand *ret_demand, struct lkl_error *err);

#endif /* TAR2FS_DEMAND_H */
