// SPDX-License-Identifier: GPL-2.0-only
/*
 * panic.c - a kernel panic calls the callback and makes all calls fail; the
 * process lives and no thread hangs.
 *
 * allow-log: Kernel panic
 */
#include <pthread.h>

#include "boot.h"
#include "helpers/asleep.h"

static atomic_int panics, ready;
static char panic_text[256];
static int pipe_fds[2];

static void note_panic(const char *message, void *opaque)
{
	CHECK(opaque == &panics);
	snprintf(panic_text, sizeof(panic_text), "%s", message);
	atomic_fetch_add(&panics, 1);
}

static pid_t sleepers[2];

/* Asleep in the kernel when it happens. */
static void *block(void *arg)
{
	char c;

	(void)arg;
	sleepers[0] = own_tid();
	atomic_fetch_add(&ready, 1);
	IS(lkl_sys_read((unsigned int)pipe_fds[0], &c, 1),
	   -LKL_ENOTRECOVERABLE);
	IS(lkl_sys_getpid(), -LKL_ENOTRECOVERABLE);
	return NULL;
}

/* Waiting for a timer. */
static void *sleep_long(void *arg)
{
	struct lkl___kernel_timespec ts = { .tv_sec = 1000 };

	(void)arg;
	sleepers[1] = own_tid();
	atomic_fetch_add(&ready, 1);
	IS(lkl_sys_nanosleep(&ts, NULL), -LKL_ENOTRECOVERABLE);
	return NULL;
}

/* Making calls all the time. */
static void *hammer(void *arg)
{
	long ret;

	(void)arg;
	atomic_fetch_add(&ready, 1);
	while ((ret = lkl_sys_getpid()) == 1)
		;
	IS(ret, -LKL_ENOTRECOVERABLE);
	return NULL;
}

static void make_damaged(void)
{
	REQUIRE(!system("mkdir -p tree/dir && cd tree/dir && "
			"for i in $(seq 100); do echo $i >file-$i; done"));
	make_image("image", 64 * MIB, "mke2fs -q -t ext4 -d tree $IMAGE");
	need_program("debugfs");
	REQUIRE(!run_on("image", "b=$(debugfs -R 'blocks /dir' $IMAGE "
			"2>/dev/null | cut -d' ' -f1); "
			"s=$(debugfs -R stats $IMAGE 2>/dev/null | "
			"sed -n 's/^Block size: *//p'); "
			"dd if=/dev/zero of=$IMAGE bs=$s seek=$b count=1 "
			"conv=notrunc status=none"));
}

int main(void)
{
	static void *(*const run[3])(void *) = { block, sleep_long, hammer };
	struct lkl_options options = {
		.size = sizeof(options),
		.log = boot_log,
		.panic = note_panic,
		.opaque = &panics,
	};
	static char log[100000], names[4096];
	struct lkl_error err = { "" };
	pthread_t threads[3];
	struct mounted m;
	char path[80];
	int i, fd;

	make_damaged();
	MUST(lkl_start(&options, &err));
	MUST(lkl_sys_pipe2(pipe_fds, 0));
	mount_image("image", "ext4", 0, "errors=panic", &m);
	for (i = 0; i < 3; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, run[i], NULL));
	while (atomic_load(&ready) < 3)
		;
	REQUIRE(wait_until_asleep(sleepers[0]));
	REQUIRE(wait_until_asleep(sleepers[1]));

	snprintf(path, sizeof(path), "%s/dir", m.path);
	fd = (int)MUST(open_file(path, LKL_O_RDONLY | LKL_O_DIRECTORY));
	IS(atomic_load(&panics), 0);
	IS(lkl_sys_getdents64((unsigned int)fd, (void *)names,
			      sizeof(names)), -LKL_ENOTRECOVERABLE);
	IS(atomic_load(&panics), 1);
	CHECK_THAT(strstr(panic_text, "EXT4-fs"), "the message is: %s",
		   panic_text);

	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	IS(lkl_sys_getpid(), -LKL_ENOTRECOVERABLE);
	IS(lkl_umount(m.path, &err), -LKL_ENOTRECOVERABLE);
	lkl_disk_close(m.disk);
	IS(lkl_start(NULL, &err), -LKL_EALREADY);
	IS(lkl_halt(), -LKL_ENOTRECOVERABLE);
	IS(atomic_load(&panics), 1);
	lkl_log_read(0, log, sizeof(log));
	CHECK(strstr(log, "Kernel panic"));

	/* The halt has cleared up: the process can have another kernel. */
	IS(lkl_halt(), -LKL_ENXIO);
	IS(lkl_sys_getpid(), -LKL_ENXIO);
	MUST(lkl_start(&options, &err));
	IS(lkl_sys_getpid(), 1);
	OK(lkl_halt());
	IS(atomic_load(&panics), 1);
	return check_exit();
}
