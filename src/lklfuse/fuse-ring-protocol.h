/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuse-ring-protocol.h - FUSE over io_uring, as <linux/fuse.h> defines it from
 * protocol version 7.42 (Linux 6.14) on.
 *
 * The kernel's header may be older, so the definitions are repeated here, under
 * names of their own.  Documentation/filesystems/fuse/fuse-io-uring.rst in the
 * kernel's source describes their use.
 */
#ifndef LKLFUSE_FUSE_RING_PROTOCOL_H
#define LKLFUSE_FUSE_RING_PROTOCOL_H

#include <stdint.h>

/* FUSE_OVER_IO_URING: a flag of FUSE_INIT. */
#define FUSE_RING_INIT_FLAG	(1ull << 41)

/* enum fuse_uring_cmd: cmd_op of an IORING_OP_URING_CMD on /dev/fuse. */
#define FUSE_RING_REGISTER	1u	/* add an entry and get a request */
#define FUSE_RING_COMMIT	2u	/* reply and get the next request */

/* struct fuse_uring_ent_in_out */
struct fuse_ring_entry_info {
	uint64_t flags;
	uint64_t commit_id;	/* names the request in FUSE_RING_COMMIT */
	uint32_t payload_size;	/* bytes in the payload, in either direction */
	uint32_t padding;
	uint64_t reserved;
};

/* struct fuse_uring_req_header: what precedes the payload. */
struct fuse_ring_headers {
	char in_out[128];	/* struct fuse_in_header or fuse_out_header */
	char arguments[128];	/* the first argument of the request */
	struct fuse_ring_entry_info info;
};

/* struct fuse_uring_cmd_req: in the command area of the submission. */
struct fuse_ring_command {
	uint64_t flags;
	uint64_t commit_id;
	uint16_t queue;		/* the processor that the queue belongs to */
	uint8_t padding[6];
};

/*
 * Newer kernels have a longer structure.  What follows has to be 0, and is in a
 * submission of 128 bytes.
 */
_Static_assert(sizeof(struct fuse_ring_command) == 24, "kernel's layout");
_Static_assert(sizeof(struct fuse_ring_headers) == 288, "kernel's layout");

#endif /* LKLFUSE_FUSE_RING_PROTOCOL_H */
