// SPDX-License-Identifier: GPL-2.0-only
/*
 * no-kernel-ciphers.c - libcryptsetup finds no ciphers in the host's kernel.
 *
 * It asks the kernel, through sockets, for ciphers that its crypto library lacks.
 * The sandbox makes no sockets.  libcryptsetup takes that for the end of all
 * ciphers, and would not try the next one on a header of VeraCrypt.  With a
 * descriptor to which nothing can be bound, it finds that this cipher is not there.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int socket(int domain, int type, int protocol)
{
	if (domain == AF_ALG)
		return memfd_create("no-cipher", MFD_CLOEXEC);
	return (int)syscall(SYS_socket, domain, type, protocol);
}
