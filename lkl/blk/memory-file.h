/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory-file.h - files in the host's memory, which are never programs.
 */
#ifndef LKL_BLK_MEMORY_FILE_H
#define LKL_BLK_MEMORY_FILE_H

#include <errno.h>
#include <sys/mman.h>

/* Linux 6.3; older headers of libc's lack it. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL	0x0008u
#endif

/*
 * memory_file - memfd_create() for a file that cannot be executed, or -1
 *
 * A host with vm.memfd_noexec=2 refuses all others.  Kernels before 6.3 do not
 * know the flag.
 */
static inline int memory_file(const char *name, unsigned int flags)
{
	int fd = memfd_create(name, flags | MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, flags | MFD_CLOEXEC);
	return fd;
}

#endif
