// SPDX-License-Identifier: GPL-2.0-only
/*
 * memfd-rules.c - files in the host's memory where the host demands that they
 * are never executed (vm.memfd_noexec=2, as Linux 6.3 enforced it), and where
 * it is too old to know how that is said.
 */
#define _GNU_SOURCE

#include <sys/mman.h>
#include <sys/syscall.h>

#include "boot.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL	0x0008u
#endif

static bool old_host;
static int made;

/* In front of libc's. */
int memfd_create(const char *name, unsigned int flags)
{
	if (old_host && flags & MFD_NOEXEC_SEAL) {
		errno = EINVAL;
		return -1;
	}
	if (!old_host && !(flags & MFD_NOEXEC_SEAL)) {
		errno = EACCES;
		return -1;
	}
	made++;
	return (int)syscall(SYS_memfd_create, name,
			    flags & ~MFD_NOEXEC_SEAL);
}

/* The kernel's memory is one such file, what is kept aside another. */
static int use(void)
{
	const struct lkl_disk_options cow = {
		.size = sizeof(cow), .flags = LKL_DISK_COW,
	};
	struct lkl_error err = { "" };
	struct lkl_disk *disk;
	char path[64], name[80];

	if (lkl_disk_open("image", &cow, &disk, &err) < 0) {
		printf("open: %s\n", err.text);
		return 1;
	}
	boot(0);
	MUST(lkl_disk_add(disk, &err));
	MUST(lkl_mount(disk, 0, "ext4", 0, NULL, path, sizeof(path), &err));
	snprintf(name, sizeof(name), "%s/file", path);
	write_pattern(name, 100000, 1);
	check_pattern(name, 100000, 1);
	OK(lkl_umount(path, &err));
	OK(lkl_disk_close(disk));
	OK(lkl_halt());
	CHECK_THAT(made == 2, "%d files were made", made);
	return check_exit();
}

int main(void)
{
	int i, status;

	make_image("image", 16 * MIB, "mke2fs -q -t ext4 $IMAGE");
	for (i = 0; i < 2; i++) {
		pid_t pid = fork();

		REQUIRE(pid >= 0);
		if (!pid) {
			old_host = i;
			exit(use());
		}
		REQUIRE(waitpid(pid, &status, 0) == pid);
		CHECK_THAT(status == 0, "%s host: status %#x",
			   i ? "an old" : "a strict", status);
	}
	return check_exit();
}
