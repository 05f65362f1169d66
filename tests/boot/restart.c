// SPDX-License-Identifier: GPL-2.0-only
/*
 * restart.c - one process starts the kernel, writes to an image and halts, a
 * thousand times.  Memory, mappings and descriptors do not grow.
 *
 * A thread that lives as long as the program makes calls of each kernel; other
 * threads live for one kernel only, and end before or after its halt.
 *
 * timeout: 300
 */
#include <dirent.h>
#include <malloc.h>
#include <pthread.h>

#include "boot.h"

#define ROUNDS		1000
/* Until libraries have what they keep. */
#define WARM_UP		50

struct usage {
	long rss;		/* KiB */
	long mappings;
	long descriptors;
};

static pthread_barrier_t begin, end, halted;
static int rounds;

static struct usage measure(void)
{
	struct usage u = { 0 };
	char line[512];
	FILE *f = fopen("/proc/self/maps", "r");
	DIR *dir = opendir("/proc/self/fd");

	REQUIRE(f && dir);
	while (fgets(line, sizeof(line), f))
		u.mappings++;
	fclose(f);
	while (readdir(dir))
		u.descriptors++;
	closedir(dir);
	f = fopen("/proc/self/status", "r");
	REQUIRE(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %ld", &u.rss) == 1)
			break;
	fclose(f);
	return u;
}

/* For whoever looks for the mappings that are too many. */
static void print_mappings(void)
{
	char line[512];
	FILE *f = fopen("/proc/self/maps", "r");

	REQUIRE(f);
	while (fgets(line, sizeof(line), f))
		printf("# %s", line);
	fclose(f);
}

static void *call_each_kernel(void *arg)
{
	int i;

	for (i = 0; i < rounds; i++) {
		pthread_barrier_wait(&begin);
		IS(lkl_sys_getpid(), 1);
		pthread_barrier_wait(&end);
		pthread_barrier_wait(&halted);
	}
	return arg;
}

static void *call_once(void *arg)
{
	IS(lkl_sys_getpid(), 1);
	return arg;
}

/* Ends when the kernel that has its task is gone. */
static void *outlive(void *arg)
{
	IS(lkl_sys_getpid(), 1);
	pthread_barrier_wait(&end);
	pthread_barrier_wait(&halted);
	return arg;
}

static void write_number(struct lkl_disk *disk, int number)
{
	char point[64], path[80], text[16] = "", wanted[16];
	struct lkl_error err;
	long fd;

	if (lkl_disk_add(disk, &err) < 0 ||
	    lkl_mount(disk, 0, "ext4", 0, NULL, point, sizeof(point),
		      &err) < 0) {
		check_fail(__FILE__, __LINE__, "round %d: %s", number,
			   err.text);
		exit(1);
	}
	snprintf(path, sizeof(path), "%s/number", point);
	fd = MUST(open_file(path, LKL_O_RDWR | LKL_O_CREAT));
	if (number) {
		snprintf(wanted, sizeof(wanted), "%d", number - 1);
		OK(lkl_sys_pread64((unsigned int)fd, text, sizeof(text) - 1,
				   0));
		CHECK_THAT(!strcmp(text, wanted), "round %d reads \"%s\"",
			   number, text);
	}
	snprintf(text, sizeof(text), "%d", number);
	IS(lkl_sys_pwrite64((unsigned int)fd, text, strlen(text), 0),
	   (long)strlen(text));
	OK(lkl_sys_close((unsigned int)fd));
	OK(lkl_umount(point, &err));
}

static void one_round(int number, struct lkl_disk *kept)
{
	struct lkl_disk *disk = kept;
	pthread_t once, longer;
	struct lkl_error err;

	if (lkl_start(NULL, &err) < 0) {
		check_fail(__FILE__, __LINE__, "round %d: %s", number,
			   err.text);
		exit(1);
	}
	IS(lkl_start(NULL, &err), -LKL_EALREADY);
	pthread_barrier_wait(&begin);
	REQUIRE(!pthread_create(&once, NULL, call_once, NULL));
	REQUIRE(!pthread_create(&longer, NULL, outlive, NULL));
	pthread_join(once, NULL);
	/* Every other time the disk is opened for this kernel alone. */
	if (number & 1)
		MUST(lkl_disk_open("image", NULL, &disk, &err));
	write_number(disk, number);
	/* Left to the halt at times. */
	if (number & 2)
		OK(lkl_disk_remove(disk, &err));
	if (disk != kept && number & 4)
		lkl_disk_close(disk);
	pthread_barrier_wait(&end);
	OK(lkl_halt());
	if (disk != kept && !(number & 4))
		lkl_disk_close(disk);
	IS(lkl_halt(), -LKL_ENXIO);
	IS(lkl_sys_getpid(), -LKL_ENXIO);
	pthread_barrier_wait(&halted);
	pthread_join(longer, NULL);
}

/*
 * glibc keeps the stacks of threads that ended, each of them two mappings: as many
 * as threads ever ran at the same time, which the host's scheduler decides.  The
 * program starts again with a glibc that keeps none.
 */
static void keep_no_stacks(char **argv)
{
	static const char none[] = "glibc.pthread.stack_cache_size=0";
	const char *tunables = getenv("GLIBC_TUNABLES");

	if (tunables && !strcmp(tunables, none))
		return;
	REQUIRE(!setenv("GLIBC_TUNABLES", none, 1));
	execv("/proc/self/exe", argv);
	REQUIRE(!"execv() works");
}

int main(int argc, char **argv)
{
	static const struct lkl_disk_options unlocked = {
		.size = sizeof(unlocked),
		.flags = LKL_DISK_NO_LOCK,
	};
	const char *instrument = getenv("INSTRUMENT");
	bool plain = !instrument || !*instrument;
	struct usage before = { 0 }, after;
	struct lkl_disk *kept;
	struct lkl_error err;
	pthread_t thread;
	double start;
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	/* An instrument would not run what it runs. */
	if (plain)
		keep_no_stacks(argv);
	/*
	 * Threads that wait for malloc() get arenas of their own, each of them
	 * two mappings: on a busy machine more of them than on an idle one.
	 */
	REQUIRE(mallopt(M_ARENA_MAX, 1));
	rounds = plain ? ROUNDS : 60;
	make_image("image", 16 * MIB, "mke2fs -q -t ext4 $IMAGE");
	MUST(lkl_disk_open("image", &unlocked, &kept, &err));
	REQUIRE(!pthread_barrier_init(&begin, NULL, 2));
	REQUIRE(!pthread_barrier_init(&end, NULL, 3));
	REQUIRE(!pthread_barrier_init(&halted, NULL, 3));
	REQUIRE(!pthread_create(&thread, NULL, call_each_kernel, NULL));
	start = now();
	for (i = 0; i < rounds; i++) {
		if (i == WARM_UP)
			before = measure();
		one_round(i, kept);
	}
	after = measure();
	pthread_join(thread, NULL);
	lkl_disk_close(kept);
	printf("# %d rounds, %.1f ms each; RSS %ld and %ld KiB, %ld and %ld mappings, %ld and %ld descriptors\n",
	       rounds, (now() - start) * 1e3 / rounds, before.rss, after.rss,
	       before.mappings, after.mappings, before.descriptors,
	       after.descriptors);
	CHECK(!plain || after.rss < before.rss + 512);
	if (after.mappings > before.mappings + 2)
		print_mappings();
	CHECK(after.mappings <= before.mappings + 2);
	IS(after.descriptors, before.descriptors);
	REQUIRE(!run_on("image", "e2fsck -fn $IMAGE"));
	return check_exit();
}
