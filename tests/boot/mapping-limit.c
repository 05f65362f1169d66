// SPDX-License-Identifier: GPL-2.0-only
/*
 * mapping-limit.c - the program has used all mappings that the host lets it
 * have: threads without a task get -ENOMEM, those that have one go on, and what
 * is dirty is written.  When there are mappings again, so are tasks.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "boot.h"

#define THREADS	300
#define PAGE	4096ul
/* More than any sensible vm.max_map_count. */
#define PAGES	(1ul << 19)

static pthread_barrier_t barrier;
static long first[THREADS], second[THREADS];

static void *call(void *arg)
{
	long i = (long)arg;

	pthread_barrier_wait(&barrier);		/* all threads are there */
	pthread_barrier_wait(&barrier);		/* no mappings are left */
	first[i] = lkl_sys_gettid();
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);		/* there are some again */
	second[i] = lkl_sys_gettid();
	return NULL;
}

/* Use up all mappings; what takes them, of @PAGES pages. */
static char *use_up_mappings(void)
{
	char *area = mmap(NULL, PAGES * PAGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	unsigned long i;

	REQUIRE(area != MAP_FAILED);
	for (i = 0; i < PAGES; i += 2)
		if (mprotect(area + i * PAGE, PAGE, PROT_READ))
			break;
	if (i >= PAGES)
		skip("the host has no limit of mappings to speak of");
	printf("# %lu mappings were left to use up\n", i);
	return area;
}

int main(void)
{
	static char name[96];
	pthread_t threads[THREADS];
	struct mounted m;
	char *area;
	long i, good = 0;

	make_image("image", 256 * MIB, "mke2fs -q -t ext4 $IMAGE");
	boot(256 * MIB);
	mount_image("image", "ext4", 0, NULL, &m);
	snprintf(name, sizeof(name), "%s/dirty", m.path);
	write_pattern(name, 16 * MIB, 1);

	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, call, (void *)i));
	pthread_barrier_wait(&barrier);
	area = use_up_mappings();
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	for (i = 0; i < THREADS; i++) {
		if (first[i] > 0)
			good++;
		else
			IS(first[i], -LKL_ENOMEM);
	}
	printf("# %ld of %d threads got a task\n", good, THREADS);
	CHECK(good < THREADS);

	/* Nothing is amiss for those who have one. */
	snprintf(name, sizeof(name), "%s/more", m.path);
	write_pattern(name, 8 * MIB, 2);
	check_pattern(name, 8 * MIB, 2);
	OK(lkl_sys_sync());

	munmap(area, PAGES * PAGE);
	pthread_barrier_wait(&barrier);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		OK(second[i]);
	}
	unmount(&m);
	OK(lkl_halt());
	check_image("image", "e2fsck -fn $IMAGE 2>&1");
	return check_exit();
}
