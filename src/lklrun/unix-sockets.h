/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unix-sockets.h - which socket of the host an AF_UNIX address with a path is.
 */
#ifndef LKLRUN_UNIX_SOCKETS_H
#define LKLRUN_UNIX_SOCKETS_H

#include <sys/un.h>

#include "call.h"

/*
 * unix_read_path - the path in an address in the caller's memory
 * @path: as long as a struct sockaddr_un
 *
 * 0, or CALL_CONTINUE if it has none: it is bad, of another family, or abstract.
 */
long unix_read_path(const struct call *call, uint64_t address, size_t len,
		    char *path);

/*
 * unix_find - the socket at a path, also one that the host shows as a sender's
 *
 * Returns an O_PATH descriptor of the host that the calling function closes;
 * CALL_CONTINUE if the caller's own call finds the socket; -ECONNREFUSED, -EACCES, ...
 */
long unix_find(struct call *call, const char *path);

/* unix_address - an address of this process for what unix_find() returned */
void unix_address(int fd, struct sockaddr_un *ret_address);

#endif /* LKLRUN_UNIX_SOCKETS_H */
