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
	 * Only find container images.  Afterwards the start of an archive that
	 * can be read only once is in the spool, and the rest still in the pipe.
	 */
	bool only_containers;
};

/*
 * demand_measure - look at all inputs
 *
 * A confined process of its own does that.  Afterwards the spools are the inputs, see
 * inputs_spool().  Fails if an input cannot be read.  Problems with single files are no
 * error here: the copy reports them.
 */
int demand_measure(const struct measuring *measuring,
		   struct demand *ret_demand, struct lkl_error *err);

#endif /* TAR2FS_DEMAND_H */
