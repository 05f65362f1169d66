// SPDX-License-Identifier: GPL-2.0-only
/*
 * direct.c - direct I/O with memory that the kernel lends transfers the same
 * bytes as buffered I/O, and fails where Linux refuses it.
 */
#include <stdlib.h>

#include "boot.h"

static const struct {
	const char *type;
	off_t size;
	const char *mkfs;
	const char *fsck;
	/* Whether it falls back to the page cache where others fail. */
	bool falls_back;
} list[] = {
	{ "ext4", 64 * MIB, "mke2fs -q -t ext4 $IMAGE", "e2fsck -fn $IMAGE", false },
	{ "xfs", 320 * MIB, "mkfs.xfs -q $IMAGE", "xfs_repair -n $IMAGE",
	  false },
	{ "btrfs", 128 * MIB, "mkfs.btrfs -q $IMAGE",
	  "btrfs check --readonly $IMAGE", true },
	{ "vfat", 40 * MIB, "mkfs.vfat -F 32 $IMAGE", "fsck.vfat -n $IMAGE",
	  false },
};

#define BUFFER	((size_t)(256 * KIB))
#define PAGE	((size_t)4096)
#define SIZE	(3 * MIB + 12345)

static unsigned int open_direct(const char *name, int flags)
{
	return (unsigned int)MUST(open_file(name, flags | LKL_O_DIRECT));
}

/* The end of the file is in the middle of a page. */
static void read_all(const char *name, char *buf, uint64_t pattern)
{
	unsigned int fd = open_direct(name, LKL_O_RDONLY);
	long at, want;

	for (at = 0; at < SIZE; at += want) {
		want = SIZE - at < (long)BUFFER ? SIZE - at : (long)BUFFER;
		memset(buf, 0xee, BUFFER);
		IS(lkl_sys_pread64(fd, buf, BUFFER, at), want);
		CHECK_THAT(pattern_match(buf, (size_t)want, pattern,
					 (uint64_t)at) == (size_t)want,
			   "%s: other bytes at %ld", name, at);
	}
	IS(lkl_sys_pread64(fd, buf, PAGE, 4 * MIB), 0);
	OK(lkl_sys_close(fd));
}

/* Direct reads see data that are, or were, in the page cache alone. */
static void write_both_ways(char *buf)
{
	unsigned int fd = open_direct("direct", LKL_O_RDWR | LKL_O_CREAT);
	char small[100];
	long at;

	for (at = 0; at < SIZE; at += (long)BUFFER) {
		pattern_fill(buf, BUFFER, 5, (uint64_t)at);
		IS(lkl_sys_pwrite64(fd, buf, BUFFER, at), (long)BUFFER);
	}
	OK(lkl_sys_ftruncate(fd, SIZE));
	OK(lkl_sys_close(fd));
	check_pattern("direct", SIZE, 5);

	fd = (unsigned int)MUST(open_file("direct", LKL_O_RDWR));
	memset(small, 'x', sizeof(small));
	IS(lkl_sys_pwrite64(fd, small, sizeof(small), 5000), sizeof(small));
	OK(lkl_sys_close(fd));
	fd = open_direct("direct", LKL_O_RDWR);
	IS(lkl_sys_pread64(fd, buf, PAGE, PAGE), PAGE);
	CHECK(!memcmp(buf + 5000 - PAGE, small, sizeof(small)));
	memset(buf, 'y', PAGE);
	IS(lkl_sys_pwrite64(fd, buf, PAGE, PAGE), PAGE);
	OK(lkl_sys_close(fd));
	fd = (unsigned int)MUST(open_file("direct", LKL_O_RDONLY));
	IS(lkl_sys_pread64(fd, small, sizeof(small), 5000), sizeof(small));
	CHECK(small[0] == 'y' && small[sizeof(small) - 1] == 'y');
	OK(lkl_sys_close(fd));
}

static void refuse(char *buf, bool falls_back)
{
	unsigned int fd = open_direct("read", LKL_O_RDONLY);
	char *ours = aligned_alloc(PAGE, PAGE);

	REQUIRE(ours);
	IS(lkl_sys_pread64(fd, buf, PAGE, -4096), -LKL_EINVAL);
	IS(lkl_sys_pread64(1000, buf, PAGE, 0), -LKL_EBADF);
	IS(lkl_sys_pwrite64(fd, buf, PAGE, 0), -LKL_EBADF);
	IS(lkl_sys_pread64(fd, buf, 0, 0), 0);
	/* Neither whole sectors nor at the beginning of one. */
	memset(buf, 0, 100);
	IS(lkl_sys_pread64(fd, buf, 100, 7), falls_back ? 100 : -LKL_EINVAL);
	CHECK(!falls_back || pattern_match(buf, 100, 1, 7) == 100);
	/* The caller's memory has no pages of the kernel's. */
	memset(ours, 0, PAGE);
	IS(lkl_sys_pread64(fd, ours, PAGE, 0),
	   falls_back ? (long)PAGE : -LKL_EFAULT);
	CHECK(!falls_back || pattern_match(ours, PAGE, 1, 0) == PAGE);
	OK(lkl_sys_close(fd));
	free(ours);
}

/* Only the buffers that were lent can be given back, and once. */
static void refuse_to_free(char *buf)
{
	char *ours = aligned_alloc(PAGE, BUFFER), *other;

	REQUIRE(ours);
	IS(lkl_buffer_free(ours, BUFFER), -LKL_EINVAL);
	free(ours);
	IS(lkl_buffer_free(buf, BUFFER - PAGE), -LKL_EINVAL);
	IS(lkl_buffer_free(buf, BUFFER + PAGE), -LKL_EINVAL);
	IS(lkl_buffer_free(buf, BUFFER << 4), -LKL_EINVAL);
	IS(lkl_buffer_free(buf, 0), -LKL_EINVAL);
	IS(lkl_buffer_free(buf, (size_t)-1), -LKL_EINVAL);
	IS(lkl_buffer_free(buf + PAGE, BUFFER - PAGE), -LKL_EINVAL);
	IS(lkl_buffer_free(buf + 1, BUFFER), -LKL_EINVAL);
	OK(lkl_buffer_free(NULL, BUFFER));

	other = lkl_buffer_alloc(2 * PAGE);
	REQUIRE(other);
	OK(lkl_buffer_free(other, 2 * PAGE));
	IS(lkl_buffer_free(other, 2 * PAGE), -LKL_EINVAL);
}

/* Kernel memory that was not lent is no buffer for direct I/O. */
static void refuse_other_memory(char *buf)
{
	unsigned int fd = open_direct("read", LKL_O_RDONLY);
	char *other = lkl_buffer_alloc(2 * PAGE);

	REQUIRE(other);
	IS(lkl_sys_pread64(fd, other + PAGE, PAGE, 0), PAGE);
	OK(lkl_buffer_free(other, 2 * PAGE));
	IS(lkl_sys_pread64(fd, other + PAGE, PAGE, 0), -LKL_EFAULT);
	IS(lkl_sys_pread64(fd, buf, PAGE, 0), PAGE);
	OK(lkl_sys_close(fd));
}

static void test(const char *type, bool falls_back, char *buf)
{
	struct mounted m;

	mount_image(type, type, 0, NULL, &m);
	MUST(lkl_sys_chdir(m.path));
	write_pattern("read", SIZE, 1);
	read_all("read", buf, 1);
	OK(lkl_sys_sync());
	read_all("read", buf, 1);
	write_both_ways(buf);
	refuse(buf, falls_back);
	if (!falls_back)
		refuse_other_memory(buf);
	MUST(lkl_sys_chdir("/"));
	unmount(&m);
}

int main(void)
{
	const unsigned int n = sizeof(list) / sizeof(*list);
	unsigned int i;
	char *buf;

	for (i = 0; i < n; i++) {
		make_image(list[i].type, list[i].size, list[i].mkfs);
		need_program(list[i].fsck);
	}
	boot(0);
	buf = lkl_buffer_alloc(BUFFER);
	REQUIRE(buf);
	CHECK((uintptr_t)buf % PAGE == 0);
	/* More than there is. */
	CHECK(!lkl_buffer_alloc(1 * GIB));
	CHECK(!lkl_buffer_alloc(0));
	for (i = 0; i < n; i++)
		test(list[i].type, list[i].falls_back, buf);
	refuse_to_free(buf);
	OK(lkl_buffer_free(buf, BUFFER));
	OK(lkl_halt());
	CHECK(!lkl_buffer_alloc(PAGE));
	for (i = 0; i < n; i++)
		check_image(list[i].type, list[i].fsck);
	return check_exit();
}
