// SPDX-License-Identifier: GPL-2.0-only
/*
 * io-errors.c - some places of an image cannot be read or written; the error
 * reaches the call that needs them, and no other.
 */
#include <signal.h>
#include <sys/resource.h>

#include "boot.h"

static void test_reading(void)
{
	static char buf[65536];
	struct mounted m;
	char name[96];
	long n, good = 0;
	int fd;

	make_image("cut", 64 * MIB, "mke2fs -q -t ext4 -d tree $IMAGE");
	mount_image("cut", "ext4", LKL_MS_RDONLY, NULL, &m);
	snprintf(name, sizeof(name), "%s/large", m.path);
	fd = (int)MUST(open_file(name, LKL_O_RDONLY));
	/* Behind the kernel's back. */
	REQUIRE(!truncate("cut", 16 * MIB));
	while ((n = lkl_sys_read((unsigned int)fd, buf, sizeof(buf))) > 0)
		good += n;
	IS(n, -LKL_EIO);
	CHECK_THAT(good > 0 && good < 30 * MIB, "%ld bytes were read", good);
	OK(lkl_sys_close((unsigned int)fd));
	snprintf(name, sizeof(name), "%s/small", m.path);
	check_pattern(name, 0, 0);
	OK(lkl_umount(m.path, NULL));
	lkl_disk_close(m.disk);
}

static void test_writing(void)
{
	const struct rlimit limit = { 40 * MIB, 40 * MIB };
	static char buf[1 << 20];
	struct mounted m;
	char name[96];
	long n, i;
	int fd;

	make_image("limited", 128 * MIB, "mke2fs -q -t ext4 -b 4096 "
		   "-O ^has_journal $IMAGE");
	mount_image("limited", "ext4", 0, "errors=continue", &m);
	snprintf(name, sizeof(name), "%s/large", m.path);
	fd = (int)MUST(open_file(name, LKL_O_WRONLY | LKL_O_CREAT));
	/* From here on the host refuses to write beyond the limit. */
	signal(SIGXFSZ, SIG_IGN);
	REQUIRE(!setrlimit(RLIMIT_FSIZE, &limit));
	for (i = 0; i < 80; i++) {
		n = lkl_sys_write((unsigned int)fd, buf, sizeof(buf));
		if (n < 0)
			break;
	}
	if (n > 0)
		n = lkl_sys_fsync((unsigned int)fd);
	IS(n, -LKL_EIO);
	lkl_sys_close((unsigned int)fd);
	IS(lkl_sys_getpid(), 1);
	lkl_umount(m.path, NULL);
	lkl_disk_close(m.disk);
}

int main(void)
{
	REQUIRE(!system("mkdir tree && head -c 30000000 /dev/urandom "
			">tree/large && : >tree/small"));
	boot(0);
	test_reading();
	test_writing();
	OK(lkl_halt());
	return check_exit();
}
