// SPDX-License-Identifier: GPL-2.0-only
/*
 * mapping-limit-hard.c - a program that takes each mapping as soon as there is
 * one, and a call that needs many: it is refused, or ends in a panic, but not
 * before what was dirty is in the image.
 *
 * allow-log: Kernel panic|cannot map .* host error
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "boot.h"

#define PAGE	4096ul
/* More than any sensible vm.max_map_count. */
#define PAGES	(1ul << 19)
#define FILES	600000
#define FADV_DONTNEED	4	/* linux/fadvise.h of the kernel */

static char *area;
static atomic_ulong used;
static atomic_bool stop;

/* Takes those, too, that the library gives up. */
static void *hog(void *arg)
{
	unsigned long i = 0;

	(void)arg;
	while (!atomic_load(&stop) && i < PAGES) {
		if (!mprotect(area + i * PAGE, PAGE, PROT_READ))
			i += 2;
		else
			sched_yield();
		atomic_store(&used, i);
	}
	return NULL;
}

/* Until there are none for a while. */
static void wait_for_hog(void)
{
	unsigned long before;

	do {
		before = atomic_load(&used);
		usleep(100000);
	} while (atomic_load(&used) != before);
	if (before >= PAGES)
		skip("the host has no limit of mappings to speak of");
}

/* Memory has no two free pages side by side: each is a mapping of its own. */
static void fragment_memory(const char *name)
{
	unsigned long at;
	int fd;

	write_pattern(name, 300 * MIB, 3);
	OK(lkl_sys_sync());
	check_pattern(name, 300 * MIB, 3);
	fd = (int)MUST(open_file(name, LKL_O_RDONLY));
	for (at = 0; at < 300 * MIB; at += 2 * PAGE)
		lkl_sys_fadvise64((unsigned int)fd, (lkl_loff_t)at, PAGE,
				  FADV_DONTNEED);
	OK(lkl_sys_close((unsigned int)fd));
}

static void set_limit_of_files(void)
{
	struct lkl_rlimit limit = { FILES + 1, FILES + 1 };

	OK(lkl_sys_setrlimit(LKL_RLIMIT_NOFILE, &limit));
}

/* A table of files of 4.8 MB has to be mapped; its result. */
static long make_table_of_files(const char *name)
{
	int fd = (int)MUST(open_file(name, LKL_O_RDONLY));
	long ret;

	ret = lkl_sys_dup3((unsigned int)fd, FILES, 0);
	printf("# a table for %d files: %ld\n", FILES, ret);
	return ret;
}

int main(void)
{
	static char name[96];
	struct mounted m;
	pthread_t thread;
	double start;
	long ret;

	make_image("image", 512 * MIB, "mke2fs -q -t ext4 $IMAGE");
	boot(128 * MIB);
	mount_image("image", "ext4", 0, NULL, &m);
	set_limit_of_files();
	snprintf(name, sizeof(name), "%s/large", m.path);
	fragment_memory(name);
	snprintf(name, sizeof(name), "%s/dirty", m.path);
	write_pattern(name, 4 * MIB, 1);

	area = mmap(NULL, PAGES * PAGE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	REQUIRE(area != MAP_FAILED);
	REQUIRE(!pthread_create(&thread, NULL, hog, NULL));
	wait_for_hog();
	start = now();
	ret = make_table_of_files(name);
	printf("# after %.1f s\n", now() - start);
	CHECK(now() - start < 30);

	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	munmap(area, PAGES * PAGE);
	if (ret == -LKL_ENOTRECOVERABLE) {
		IS(lkl_halt(), -LKL_ENOTRECOVERABLE);
		OK(lkl_disk_close(m.disk));
		boot(0);
		mount_image("image", "ext4", 0, NULL, &m);
		snprintf(name, sizeof(name), "%s/dirty", m.path);
	} else {
		CHECK(ret == FILES || ret == -LKL_ENOMEM);
	}
	check_pattern(name, 4 * MIB, 1);
	unmount(&m);
	OK(lkl_halt());
	check_image("image", "e2fsck -fn $IMAGE 2>&1");
	return check_exit();
}
