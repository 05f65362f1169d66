/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * whole.h - read and write all of some bytes, however many calls it takes.
 */
#ifndef TOOLS_WHOLE_H
#define TOOLS_WHOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* read_up_to - @size bytes, or fewer at the end of the file; their number or -errno */
ssize_t read_up_to(int fd, void *buf, size_t size);

/* pread_up_to - the same from @offset on */
ssize_t pread_up_to(int fd, void *buf, size_t size, uint64_t offset);

/* read_whole - false on an error, or if the file ends before @len bytes */
bool read_whole(int fd, void *buf, size_t len);

/* write_whole - false on an error */
bool write_whole(int fd, const void *buf, size_t len);

/* send_whole - to a socket; no SIGPIPE if the other side has closed it */
bool send_whole(int socket, const void *buf, size_t len);

#endif /* TOOLS_WHOLE_H */
