// SPDX-License-Identifier: GPL-2.0-only
/*
 * wait-for-disk.c - if one call alone waits for the disk, its own thread does
 * the host's part, and the kernel stays free for other calls.
 *
 * The test interposes the host's calls: no data is in the host's page cache, and
 * a read can be held.  A lost wake-up stops the test until its time limit.
 *
 * On a busy machine the thread that serves the kernel's timers may be in the
 * kernel when a call begins to wait.  That thread then does the host's part.
 * So a test that needs a read in the caller's own thread tries several.
 */
#define _GNU_SOURCE 1

#include <pthread.h>
#include <semaphore.h>

#include "boot.h"
#include "helpers/asleep.h"
#include "helpers/interposed.h"

#define PAGE	4096l
#define PAGES	1024l

static __thread bool counts;		/* count this thread's reads in own */
static atomic_long own, others;
static atomic_bool hold;		/* hold the next read of such a thread */
static sem_t held, go_on;

static void count(void)
{
	atomic_fetch_add(counts ? &own : &others, 1);
}

static bool interpose(enum interposed call, struct transfer *transfer,
		      ssize_t *ret)
{
	(void)transfer;
	*ret = -1;
	errno = EAGAIN;
	if (call == CALL_READ_NOWAIT)
		return true;
	if (call == CALL_READ || call == CALL_SYNC)
		count();
	if (call == CALL_READ && counts && atomic_exchange(&hold, false)) {
		sem_post(&held);
		sem_wait(&go_on);
	}
	return false;
}

static unsigned int open_random(const char *name)
{
	unsigned int fd = (unsigned int)MUST(open_file(name, LKL_O_RDONLY));

	OK(lkl_sys_fadvise64(fd, 0, 0, POSIX_FADV_RANDOM));
	return fd;
}

static void read_page(unsigned int fd, long page)
{
	char buf[PAGE];

	IS(lkl_sys_pread64(fd, buf, PAGE, page * PAGE), PAGE);
	CHECK_THAT(pattern_match(buf, PAGE, 1, (uint64_t)(page * PAGE)) == PAGE,
		   "page %ld is another", page);
}

static void test_alone(unsigned int fd)
{
	unsigned int waits;
	long i;

	read_page(fd, 0);
	waits = lkl_waits();
	counts = true;
	atomic_store(&own, 0);
	atomic_store(&others, 0);
	for (i = 1; i < 100; i++)
		read_page(fd, i * 2);
	/* All of them on an idle machine. */
	CHECK_THAT(atomic_load(&own) >= 50, "%ld reads of its own",
		   atomic_load(&own));
	CHECK_THAT(atomic_load(&others) <= 49, "%ld reads of other threads",
		   atomic_load(&others));
	CHECK_THAT(lkl_waits() - waits >= 50, "%u waits", lkl_waits() - waits);
	waits = lkl_waits();
	for (i = 1; i < 100; i++)
		read_page(fd, i * 2);
	IS(lkl_waits(), waits);
	counts = false;
}

/* Read uncached pages until one read is held. */
static void *read_held(void *arg)
{
	long page = 501;

	counts = true;
	do {
		read_page(*(unsigned int *)arg, page);
		page += 2;
	} while (atomic_load(&hold) && page < PAGES);
	CHECK_THAT(!atomic_load(&hold), "no read was its own");
	return NULL;
}

/* One thread waits for the disk; all else goes on. */
static void test_others(unsigned int fd, const char *dir)
{
	const struct lkl___kernel_timespec nap = { .tv_nsec = 5000000 };
	struct lkl_statx st;
	char name[128];
	pthread_t thread;
	long i;

	atomic_store(&hold, true);
	REQUIRE(!pthread_create(&thread, NULL, read_held, &fd));
	sem_wait(&held);
	IS(lkl_sys_getpid(), 1);
	OK(lkl_sys_clock_nanosleep(LKL_CLOCK_MONOTONIC, 0, &nap, NULL));
	OK(stat_file(dir, &st));
	for (i = 0; i < 20; i++)
		read_page(fd, 301 + i * 2);
	snprintf(name, sizeof(name), "%s/new", dir);
	write_pattern(name, 100000, 2);
	i = OK(open_file(name, LKL_O_RDONLY));
	OK(lkl_sys_fsync((unsigned int)i));
	OK(lkl_sys_close((unsigned int)i));
	sem_post(&go_on);
	pthread_join(thread, NULL);
}

/* Cancelling a thread does not take away what the kernel waits for. */
static void test_cancelled(unsigned int fd)
{
	pthread_t thread;

	atomic_store(&hold, true);
	OK(lkl_sys_fadvise64(fd, 0, 0, POSIX_FADV_DONTNEED));
	REQUIRE(!pthread_create(&thread, NULL, read_held, &fd));
	sem_wait(&held);
	REQUIRE(!pthread_cancel(thread));
	sem_post(&go_on);
	pthread_join(thread, NULL);
	read_page(fd, 501);
	read_page(fd, 502);
}

struct reader {
	pthread_t thread;
	unsigned int fd;
	long first;
};

static void *read_many(void *arg)
{
	struct reader *reader = arg;
	long i;

	for (i = 0; i < PAGES; i++)
		read_page(reader->fd, (reader->first + i * 7) % PAGES);
	return NULL;
}

/* Alone and not alone in turn, as it happens. */
static void test_many(unsigned int fd)
{
	struct reader readers[4];
	long i, round;

	for (round = 0; round < 10; round++) {
		OK(lkl_sys_fadvise64(fd, 0, 0, POSIX_FADV_DONTNEED));
		for (i = 0; i < 4; i++) {
			readers[i].fd = fd;
			readers[i].first = i * 311;
			REQUIRE(!pthread_create(&readers[i].thread, NULL,
						read_many, &readers[i]));
		}
		for (i = 0; i < 4; i++)
			pthread_join(readers[i].thread, NULL);
	}
}

static void *read_to_the_end(void *arg)
{
	long page = 503, n;
	char buf[PAGE];

	counts = true;
	do {
		n = lkl_sys_pread64(*(unsigned int *)arg, buf, PAGE,
				    page * PAGE);
		CHECK_THAT(n == PAGE || n == -LKL_ENXIO, "read: %ld", n);
		page += 2;
	} while (atomic_load(&hold) && page < PAGES);
	CHECK_THAT(!atomic_load(&hold), "no read was its own");
	return NULL;
}

static _Atomic pid_t halter_tid;

static void *halt(void *arg)
{
	(void)arg;
	atomic_store(&halter_tid, own_tid());
	OK(lkl_halt());
	return NULL;
}

/* The kernel ends while one waits for the disk. */
static void test_halt(unsigned int fd)
{
	pthread_t reader, halter;

	atomic_store(&hold, true);
	REQUIRE(!pthread_create(&reader, NULL, read_to_the_end, &fd));
	sem_wait(&held);
	REQUIRE(!pthread_create(&halter, NULL, halt, NULL));
	while (!atomic_load(&halter_tid))
		;
	REQUIRE(wait_until_asleep(atomic_load(&halter_tid)));
	sem_post(&go_on);
	pthread_join(reader, NULL);
	pthread_join(halter, NULL);
}

int main(void)
{
	struct mounted m;
	unsigned int fd;
	char name[128];

	make_image("image", 64 * MIB, "mke2fs -q -t ext4 -b 4096 $IMAGE");
	sem_init(&held, 0, 0);
	sem_init(&go_on, 0, 0);
	boot(0);
	mount_image("image", "ext4", 0, NULL, &m);
	snprintf(name, sizeof(name), "%s/file", m.path);
	write_pattern(name, PAGES * PAGE, 1);
	unmount(&m);
	mount_image("image", "ext4", LKL_MS_NOATIME, NULL, &m);
	snprintf(name, sizeof(name), "%s/file", m.path);
	fd = open_random(name);
	test_alone(fd);
	test_others(fd, m.path);
	test_cancelled(fd);
	test_many(fd);
	OK(lkl_sys_close(fd));
	unmount(&m);
	check_image("image", "e2fsck -fn $IMAGE");
	mount_image("image", "ext4", LKL_MS_RDONLY, NULL, &m);
	snprintf(name, sizeof(name), "%s/file", m.path);
	test_halt(open_random(name));
	lkl_disk_close(m.disk);
	return check_exit();
}
