// SPDX-License-Identifier: GPL-2.0-only
/*
 * partial-copies.c - buffers of which only a part can be accessed: as much as
 * there is gets read or written, the right bytes, and what comes next is
 * -EFAULT.
 */
#include <sys/mman.h>

#include "boot.h"

#define PAGE	4096l
#define PAGES	64l
#define SIZE	(PAGES * PAGE)

/* PAGES pages and one that cannot be accessed. */
static char *area, *end;

static char *copy;

static void make_area(void)
{
	area = mmap(NULL, (size_t)(SIZE + PAGE), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(area != MAP_FAILED);
	end = area + SIZE;
	REQUIRE(!mprotect(end, (size_t)PAGE, PROT_NONE));
	copy = malloc((size_t)SIZE);
	REQUIRE(copy);
}

/* @len bytes are wanted, @there can be accessed. */
static void read_and_write(unsigned int fd, long len, long there)
{
	char *buf = end - there;
	long n;

	memset(area, 0xee, (size_t)SIZE);
	n = lkl_sys_pread64(fd, buf, (size_t)len, 0);
	if (!there) {
		IS(n, -LKL_EFAULT);
	} else if (there >= len) {
		IS(n, len);
	} else if (OK(n) >= 0) {
		/* Whole pages may be missing, but not everything. */
		CHECK_THAT(n > 0 && n <= there && there - n < PAGE,
			   "%ld of %ld, %ld there", n, len, there);
		CHECK(pattern_match(buf, (size_t)n, 1, 0) == (size_t)n);
	}
	CHECK(area == buf || buf[-1] == (char)0xee);

	pattern_fill(buf, (size_t)there, 2, 0);
	n = lkl_sys_pwrite64(fd, buf, (size_t)len, 0);
	if (!there) {
		IS(n, -LKL_EFAULT);
	} else if (there >= len) {
		IS(n, len);
	} else if (OK(n) >= 0) {
		CHECK_THAT(n > 0 && n <= there && there - n < PAGE,
			   "%ld of %ld, %ld there", n, len, there);
		IS(lkl_sys_pread64(fd, copy, (size_t)SIZE, 0), SIZE);
		CHECK(pattern_match(copy, (size_t)n, 2, 0) == (size_t)n);
		CHECK(pattern_match(copy + n, (size_t)(SIZE - n), 1,
				    (uint64_t)n) == (size_t)(SIZE - n));
	}
	/* As it was. */
	pattern_fill(copy, (size_t)SIZE, 1, 0);
	IS(lkl_sys_pwrite64(fd, copy, (size_t)SIZE, 0), SIZE);
}

static void blocks(const char *name)
{
	static const long lengths[] = {
		1, 7, 8, 15, 16, 64, 100, 4095, 4096, 4097, 8192, 20000,
		65536, SIZE,
	};
	static const long there[] = {
		0, 1, 2, 7, 8, 9, 31, 63, 64, 100, 1000, 4095, 4096, 4097,
		8192, 8193, 30000, 65535, SIZE - 1,
	};
	unsigned int fd, i, j;

	printf("# %s\n", name);
	fd = (unsigned int)MUST(open_file(name, LKL_O_RDWR | LKL_O_CREAT));
	pattern_fill(area, (size_t)SIZE, 1, 0);
	IS(lkl_sys_pwrite64(fd, area, (size_t)SIZE, 0), SIZE);
	for (i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		for (j = 0; j < sizeof(there) / sizeof(*there); j++)
			read_and_write(fd, lengths[i], there[j]);
	OK(lkl_sys_close(fd));
}

/* Several buffers, of which one is bad. */
static void vectors(const char *name)
{
	struct lkl_iovec vec[3];
	unsigned int fd;
	int bad;
	long n;

	fd = (unsigned int)MUST(open_file(name, LKL_O_RDWR));
	for (bad = 0; bad < 3; bad++) {
		vec[0].iov_base = area;
		vec[1].iov_base = area + PAGE;
		vec[2].iov_base = area + 2 * PAGE;
		vec[0].iov_len = vec[1].iov_len = vec[2].iov_len = 1000;
		vec[bad].iov_base = end;
		memset(area, 0, (size_t)(3 * PAGE));
		n = lkl_sys_preadv(fd, vec, 3, 0, 0);
		IS(n, bad ? 1000l * bad : -LKL_EFAULT);
		if (bad)
			CHECK(pattern_match(area, 1000, 1, 0) == 1000);
		n = lkl_sys_pwritev(fd, vec, 3, 0, 0);
		if (bad)
			/* From where it is, as far as the page has it. */
			CHECK_THAT(n > 0 && n <= 1000l * bad, "%ld", n);
		else
			IS(n, -LKL_EFAULT);
	}
	/* The list itself. */
	memset(end - sizeof(vec[0]), 0, sizeof(vec[0]));
	IS(lkl_sys_preadv(fd, (void *)(end - sizeof(vec[0])), 2, 0, 0),
	   -LKL_EFAULT);
	OK(lkl_sys_close(fd));
}

/* A hole is memory that is cleared, not copied. */
static void holes(const char *name)
{
	unsigned int fd;

	fd = (unsigned int)MUST(open_file(name, LKL_O_RDWR | LKL_O_CREAT));
	OK(lkl_sys_ftruncate(fd, SIZE));
	memset(area, 0xee, (size_t)SIZE);
	IS(lkl_sys_pread64(fd, end - 5000, 8192, 0), 5000);
	CHECK(count_zeroes(end - 5000, 5000) == 5000);
	CHECK(end[-5001] == (char)0xee);
	IS(lkl_sys_pread64(fd, end, 8192, 0), -LKL_EFAULT);
	OK(lkl_sys_close(fd));

	fd = (unsigned int)MUST(open_file("/zero", LKL_O_RDONLY));
	memset(area, 0xee, (size_t)SIZE);
	IS(lkl_sys_read(fd, end - 5000, 8192), 5000);
	CHECK(count_zeroes(end - 5000, 5000) == 5000);
	IS(lkl_sys_read(fd, end, 8192), -LKL_EFAULT);
	OK(lkl_sys_close(fd));
}

/* Memory that the host has promised, but not given yet. */
static void lazy(const char *name)
{
	char *fresh = mmap(NULL, (size_t)SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int fd;

	REQUIRE(fresh != MAP_FAILED);
	fd = (unsigned int)MUST(open_file(name, LKL_O_RDONLY));
	IS(lkl_sys_pread64(fd, fresh, (size_t)SIZE, 0), SIZE);
	CHECK(pattern_match(fresh, (size_t)SIZE, 1, 0) == (size_t)SIZE);
	OK(lkl_sys_close(fd));
	munmap(fresh, (size_t)SIZE);
}

/* A string may end at the end of the page, but must not go on. */
static void strings(void)
{
	char name[300];
	size_t len;

	for (len = 1; len < 250; len++) {
		memset(name, 'n', len);
		name[0] = '/';
		memcpy(end - len - 1, name, len);
		end[-1] = '\0';
		if (len > 1)
			IS(lkl_sys_mkdirat(LKL_AT_FDCWD, end - len - 1, 0755),
			   0);
		name[len] = '\0';
		if (len > 1)
			OK(remove_dir(name));
		memcpy(end - len, name, len);
		IS(lkl_sys_mkdirat(LKL_AT_FDCWD, end - len, 0755),
		   -LKL_EFAULT);
		IS(lkl_sys_setxattr("/", end - len, "x", 1, 0), -LKL_EFAULT);
	}
	IS(lkl_sys_mkdirat(LKL_AT_FDCWD, end, 0755), -LKL_EFAULT);
}

/* The result of one call, in several pieces. */
static void directories(const char *path)
{
	char name[300];
	unsigned int fd;
	long n, whole;
	int i;

	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "%s/entry-%d", path, i);
		OK(make_dir(name));
	}
	fd = (unsigned int)MUST(open_file(path,
					  LKL_O_RDONLY | LKL_O_DIRECTORY));
	whole = MUST(lkl_sys_getdents64(fd, (void *)area, 4096));
	for (n = 0; n < whole; n += 40) {
		OK(lkl_sys_lseek(fd, 0, LKL_SEEK_SET));
		/* Entries that fit, or none. */
		i = (int)lkl_sys_getdents64(fd, (void *)(end - n), 4096);
		CHECK_THAT(i == -LKL_EFAULT || (i > 0 && i <= n), "%d of %ld",
			   i, n);
	}
	OK(lkl_sys_close(fd));
}

/* The length of the options of mount() is not told: a page is copied. */
static void mount_options(void)
{
	static const char options[] = "size=1M,mode=700";

	OK(make_dir("/mounted"));
	memcpy(end - sizeof(options), options, sizeof(options));
	OK(lkl_sys_mount("none", "/mounted", "tmpfs", 0,
			 end - sizeof(options)));
	OK(lkl_sys_umount("/mounted", 0));
	IS(lkl_sys_mount("none", "/mounted", "tmpfs", 0, end), -LKL_EFAULT);
	IS(lkl_sys_mount(end, "/mounted", "tmpfs", 0, NULL), -LKL_EFAULT);
	IS(lkl_sys_mount("none", "/mounted", end, 0, NULL), -LKL_EFAULT);
}

int main(void)
{
	struct mounted m;
	char name[80];

	need_no_instrument();
	make_image("image", 64 * MIB, "mke2fs -q -t ext4 $IMAGE");
	boot(0);
	make_area();
	OK(lkl_sys_mknodat(LKL_AT_FDCWD, "/zero", LKL_S_IFCHR | 0600,
			   1 << 8 | 5));
	mount_image("image", "ext4", 0, NULL, &m);
	blocks("/file");
	vectors("/file");
	holes("/hole");
	lazy("/file");
	directories("/");
	snprintf(name, sizeof(name), "%s/file", m.path);
	blocks(name);
	vectors(name);
	lazy(name);
	snprintf(name, sizeof(name), "%s/hole", m.path);
	holes(name);
	directories(m.path);
	strings();
	mount_options();
	unmount(&m);
	OK(lkl_halt());
	check_image("image", "e2fsck -fn $IMAGE");
	return check_exit();
}
