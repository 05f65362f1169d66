// SPDX-License-Identifier: GPL-2.0-only
/*
 * deterministic.c - in deterministic mode the same calls give the same image,
 * the same times and the same random numbers, whatever the host does.
 *
 * Each run is a process of its own, which does a fixed job on a copy of an image
 * and writes down all that the kernel tells: its log, clocks, random numbers and
 * attributes of files.  The runs differ in the host: load, processors, speed of
 * the disk, addresses, a kernel before in the same process.  A run without the mode
 * proves that the job would notice.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "boot.h"
#include "helpers/interposed.h"

#define START	1500000000123456789ull
#define SEED	42

#define FILES	400
#define LARGE	(80 * MIB)	/* more than the memory */

/* The circumstances of a run, a letter each. */
#define OFF	'o'	/* without the mode */
#define LOAD	'l'	/* busy processes, one processor */
#define SLOW	'd'	/* a slow disk */
#define PLACE	'p'	/* the addresses of the mode are taken */
#define AGAIN	'a'	/* after another kernel */
#define SEEDED	's'	/* another seed */

static const struct type {
	const char *name;
	off_t size;
	const char *mkfs, *fsck;
	bool xattrs;
	bool random;		/* the image has random numbers */
} types[] = {
	{
		.name = "ext4", .size = 128 * MIB,
		.mkfs = "mke2fs -q -t ext4 $IMAGE",
		.fsck = "e2fsck -fn $IMAGE",
		.xattrs = true, .random = true,
	}, {
		.name = "xfs", .size = 320 * MIB,
		.mkfs = "mkfs.xfs -q $IMAGE",
		.fsck = "xfs_repair -n $IMAGE",
		.xattrs = true, .random = true,
	}, {
		.name = "btrfs", .size = 256 * MIB,
		.mkfs = "mkfs.btrfs -q $IMAGE",
		.fsck = "btrfs check --readonly $IMAGE",
		.xattrs = true,
	}, {
		.name = "vfat", .size = 128 * MIB,
		.mkfs = "mkfs.vfat -F 32 $IMAGE >/dev/null",
		.fsck = "fsck.vfat -n $IMAGE",
	},
};
#define N_TYPES	(sizeof(types) / sizeof(types[0]))

/* ---- A run ---- */

static FILE *transcript;

static void note_log(int level, const char *line, size_t len, void *opaque)
{
	boot_log(level, line, len, opaque);
	fprintf(transcript, "log %d %.*s\n", level, (int)len, line);
}

static void start_kernel(const char *how)
{
	struct lkl_options options = {
		.size = sizeof(options),
		.memory = 64 << 20,
		.log = note_log,
		.panic = boot_panic,
		.flags = LKL_DETERMINISTIC,
		.start_time = START,
		.seed = strchr(how, SEEDED) ? SEED + 1 : SEED,
	};
	struct lkl_error err;

	if (strchr(how, OFF))
		options.flags = options.start_time = options.seed = 0;
	if (lkl_start(&options, &err) < 0) {
		check_fail(__FILE__, __LINE__, "start: %s", err.text);
		exit(1);
	}
}

static void note_clocks(void)
{
	struct lkl___kernel_timespec real, mono;
	struct timespec ts = { .tv_nsec = 1000 };

	OK(lkl_sys_clock_gettime(LKL_CLOCK_REALTIME, &real));
	OK(lkl_sys_clock_gettime(LKL_CLOCK_MONOTONIC, &mono));
	fprintf(transcript, "real %lld.%09lld monotonic %lld.%09lld\n",
		(long long)real.tv_sec, (long long)real.tv_nsec,
		(long long)mono.tv_sec, (long long)mono.tv_nsec);
	/* Time of the host passes, and must not matter. */
	nanosleep(&ts, NULL);
}

static void note_random(void)
{
	unsigned char bytes[16];
	size_t i;

	IS(lkl_sys_getrandom((void *)bytes, sizeof(bytes), 0), sizeof(bytes));
	fprintf(transcript, "random");
	for (i = 0; i < sizeof(bytes); i++)
		fprintf(transcript, " %02x", bytes[i]);
	fprintf(transcript, "\n");
}

static void note_file(const char *path)
{
	struct lkl_statx st;

	OK(stat_file(path, &st));
	fprintf(transcript,
		"%s ino %llu mtime %lld.%09u ctime %lld.%09u btime %lld.%09u\n",
		path, (unsigned long long)st.stx_ino,
		(long long)st.stx_mtime.tv_sec, st.stx_mtime.tv_nsec,
		(long long)st.stx_ctime.tv_sec, st.stx_ctime.tv_nsec,
		(long long)st.stx_btime.tv_sec, st.stx_btime.tv_nsec);
}

static void make_files(const struct type *type, const char *root)
{
	char path[256], other[256];
	int i;

	for (i = 0; i < FILES; i++) {
		if (i % 50 == 0) {
			snprintf(path, sizeof(path), "%s/dir%d", root, i / 50);
			OK(make_dir(path));
		}
		snprintf(path, sizeof(path), "%s/dir%d/file%d", root, i / 50, i);
		write_pattern(path, (size_t)i * 97, (uint64_t)i);
		if (type->xattrs && i % 7 == 0)
			OK(lkl_sys_setxattr(path, "user.path", path,
					    strlen(path), 0));
		if (i % 11 == 0)
			OK(remove_file(path));
		else if (i % 13 == 0) {
			snprintf(other, sizeof(other), "%s/moved%d", root, i);
			OK(rename_file(path, other, 0));
		}
	}
}

struct turn {
	char root[64];
};

static void *in_thread(void *opaque)
{
	struct turn *turn = opaque;
	char path[128];

	snprintf(path, sizeof(path), "%s/thread", turn->root);
	write_pattern(path, 100000, 77);
	note_file(path);
	return NULL;
}

static void sleep_inside(int seconds, const char *how)
{
	struct lkl___kernel_timespec ts = { .tv_sec = seconds };
	double start = now(), took;

	if (strchr(how, OFF))
		return;
	OK(lkl_sys_clock_nanosleep(LKL_CLOCK_MONOTONIC, 0, &ts, NULL));
	took = now() - start;
	/* Virtual seconds cost nothing. */
	CHECK_THAT(took < seconds, "sleeping %d s took %.3f s", seconds, took);
}

static void do_job(const struct type *type, const char *image, const char *how)
{
	struct mounted mounted;
	struct turn turn;
	pthread_t thread;
	char path[128];
	int fd, i;

	start_kernel(how);
	note_clocks();
	note_random();
	mount_image(image, type->name, 0, NULL, &mounted);
	strcpy(turn.root, mounted.path);
	make_files(type, mounted.path);
	note_clocks();
	/* Dirty data gets old. */
	sleep_inside(7, how);
	snprintf(path, sizeof(path), "%s/large", mounted.path);
	write_pattern(path, LARGE, 1);
	fd = (int)OK(open_file(path, LKL_O_RDWR));
	OK(lkl_sys_fsync((unsigned int)fd));
	/* Most of it has to be read from the disk. */
	check_pattern(path, LARGE, 1);
	note_clocks();
	OK(lkl_sys_ftruncate((unsigned int)fd, LARGE / 3));
	OK(lkl_sys_close((unsigned int)fd));
	sleep_inside(40, how);
	/* Threads that take turns. */
	for (i = 0; i < 3; i++) {
		REQUIRE(!pthread_create(&thread, NULL, in_thread, &turn));
		REQUIRE(!pthread_join(thread, NULL));
	}
	note_file(path);
	note_random();
	note_clocks();
	unmount(&mounted);
	note_clocks();
	OK(lkl_halt());
}

static void take_addresses(void)
{
	static const uintptr_t at[] = { 128ul << 30, 192ul << 30, 32ul << 40,
					(32ul << 40) + (64ul << 30) };
	unsigned int i;

	for (i = 0; i < 4; i++)
		mmap((void *)at[i], 4096, PROT_NONE, MAP_PRIVATE |
		     MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
}

/*
 * With a slow disk, an access may or may not have to wait, and takes a time that
 * nobody knows.
 */
static bool disk_is_slow;

static bool interpose(enum interposed call, struct transfer *transfer,
		      ssize_t *ret)
{
	struct timespec delay = { 0 };
	unsigned char random;

	(void)transfer;
	if (!disk_is_slow ||
	    syscall(SYS_getrandom, &random, sizeof(random), 0) < 0)
		return false;
	if (call == CALL_READ_NOWAIT || call == CALL_WRITE_NOWAIT) {
		*ret = -1;
		errno = EAGAIN;
		return random & 1;
	}
	delay.tv_nsec = random * 2000;
	nanosleep(&delay, NULL);
	return false;
}

static int run(const struct type *type, const char *image, const char *how)
{
	char name[64];
	cpu_set_t one;
	int i;

	if (strchr(how, LOAD)) {
		CPU_ZERO(&one);
		sched_getaffinity(0, sizeof(one), &one);
		for (i = 0; !CPU_ISSET(i, &one); i++)
			;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		sched_setaffinity(0, sizeof(one), &one);
		for (i = 0; i < 2; i++)
			if (!fork()) {
				alarm(60);
				while (getppid() != 1)
					;
				_exit(0);
			}
	}
	disk_is_slow = strchr(how, SLOW);
	if (strchr(how, PLACE))
		take_addresses();
	if (strchr(how, AGAIN)) {
		transcript = fopen("/dev/null", "w");
		start_kernel("o");
		OK(lkl_halt());
	}
	snprintf(name, sizeof(name), "%s.transcript", image);
	transcript = fopen(name, "w");
	REQUIRE(transcript);
	do_job(type, image, how);
	fclose(transcript);
	return check_exit();
}

/* ---- The test ---- */

static const char *program;

static int __attribute__((format(printf, 1, 2)))
shell(const char *format, ...)
{
	char command[512];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	return system(command);
}

static void run_process(const struct type *type, const char *name, const char *how)
{
	const char *instrument = getenv("INSTRUMENT");
	int status;

	REQUIRE(!shell("cp --sparse=always %s.start %s", type->name, name));
	status = shell("%s %s %s %s >%s.output 2>&1", program, type->name, name, how,
		       name);
	/* The host cannot start a program of another architecture by itself. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 126 && instrument)
		status = shell("%s %s %s %s %s >%s.output 2>&1", instrument, program,
			       type->name, name, how, name);
	if (status) {
		shell("cat %s.output", name);
		check_fail(__FILE__, __LINE__, "%s: the run %s fails", type->name,
			   how);
	}
}

static void check_same(const struct type *type, const char *how)
{
	run_process(type, "other", how);
	if (shell("diff one.transcript other.transcript"))
		check_fail(__FILE__, __LINE__,
			   "%s: circumstances %s change results of calls",
			   type->name, how);
	if (shell("cmp one other"))
		check_fail(__FILE__, __LINE__,
			   "%s: circumstances %s change the image", type->name,
			   how);
}

static void check_differs(const struct type *type, const char *how,
			  bool image_differs)
{
	run_process(type, "other", how);
	CHECK_THAT(!shell("cmp -s one other") != image_differs,
		   "%s: %s and the image", type->name, how);
	CHECK_THAT(shell("cmp -s one.transcript other.transcript"),
		   "%s: %s does not change results of calls", type->name, how);
}

static void check_type(const struct type *type)
{
	char start[32];

	printf("# %s\n", type->name);
	snprintf(start, sizeof(start), "%s.start", type->name);
	make_image(start, type->size, type->mkfs);
	run_process(type, "one", "-");
	check_image("one", type->fsck);
	check_same(type, "l");
	check_same(type, "d");
	check_same(type, "pa");
	check_differs(type, "s", type->random);
	check_differs(type, "o", true);
}

int main(int argc, char **argv)
{
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	program = argv[0];
	for (i = 0; i < N_TYPES; i++) {
		if (argc == 4 && !strcmp(argv[1], types[i].name))
			return run(&types[i], argv[2], argv[3]);
		if (argc == 1 || !strcmp(argv[1], types[i].name))
			check_type(&types[i]);
	}
	return check_exit();
}
