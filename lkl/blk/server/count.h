/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * count.h - the bytes that a server has read from its source.
 */
#ifndef LKL_BLK_SERVER_COUNT_H
#define LKL_BLK_SERVER_COUNT_H

#include <stdint.h>

/*
 * server_count_read - add up the requests in a log of nbdkit's
 * @log: descriptor of the file, which the server may be writing
 *
 * Thread-safe.  Returns 0 or -errno.
 */
int server_count_read(int log, uint64_t *ret_bytes);

#endif /* LKL_BLK_SERVER_COUNT_H */
