// SPDX-License-Identifier: GPL-2.0-only
/*
 * progress.c - lkl_progress() grows with calls and with requests to disks, and
 * not while nothing is complete; it says whether the kernel is busy.
 */
#include <pthread.h>

#include "boot.h"
#include "helpers/asleep.h"

static int pipe_fds[2];
static atomic_int sleeper;

static void *block(void *arg)
{
	char c;

	(void)arg;
	atomic_store(&sleeper, own_tid());
	IS(lkl_sys_read((unsigned int)pipe_fds[0], &c, 1), 1);
	return NULL;
}

/* What calls add to it, and requests to disks. */
static unsigned long added_by_calls(void)
{
	unsigned long before = lkl_progress(NULL);
	int i;

	for (i = 0; i < 100; i++)
		IS(lkl_sys_getpid(), 1);
	return lkl_progress(NULL) - before;
}

static unsigned long added_by_reading(const struct mounted *m)
{
	static char buf[4096];
	unsigned long before;
	char name[96];
	int i, fd;

	snprintf(name, sizeof(name), "%s/file", m->path);
	write_pattern(name, 4 * MIB, 1);
	OK(lkl_sys_sync());
	fd = (int)MUST(open_file(name, LKL_O_RDONLY));
	/* POSIX_FADV_DONTNEED and POSIX_FADV_RANDOM: each read is a request. */
	OK(lkl_sys_fadvise64((unsigned int)fd, 0, 0, 4));
	OK(lkl_sys_fadvise64((unsigned int)fd, 0, 0, 1));
	before = lkl_progress(NULL);
	for (i = 0; i < 100; i++)
		IS(lkl_sys_pread64((unsigned int)fd, buf, sizeof(buf),
				   (i * 7l % 1024) * 4096), sizeof(buf));
	before = lkl_progress(NULL) - before;
	OK(lkl_sys_close((unsigned int)fd));
	return before;
}

/* Journals and timers run now and then, but not for long. */
static unsigned long progress_while_waiting(void)
{
	double end = now() + 10;
	unsigned long progress;
	int busy;

	do {
		progress = lkl_progress(&busy);
	} while (busy != LKL_BUSY_WAITING && now() < end);
	IS(busy, LKL_BUSY_WAITING);
	return progress;
}

int main(void)
{
	struct lkl_error what = { "" };
	unsigned long before, added;
	pthread_t thread;
	struct mounted m;
	int busy = -1;

	IS(lkl_progress(&busy), 0);
	IS(busy, LKL_BUSY_NOT);
	IS(lkl_log_busy(&what), -LKL_ENXIO);
	CHECK(what.text[0]);

	make_image("image", 64 * MIB, "mke2fs -q -t ext4 $IMAGE");
	boot(0);
	mount_image("image", "ext4", 0, NULL, &m);
	added = added_by_calls();
	CHECK_THAT(added >= 100 && added < 200, "%lu for 100 calls", added);
	added = added_by_reading(&m);
	CHECK_THAT(added >= 200, "%lu for 100 calls with requests", added);

	MUST(lkl_sys_pipe2(pipe_fds, 0));
	REQUIRE(!pthread_create(&thread, NULL, block, NULL));
	while (!atomic_load(&sleeper))
		;
	REQUIRE(wait_until_asleep((pid_t)atomic_load(&sleeper)));
	OK(lkl_sys_sync());
	before = progress_while_waiting();
	usleep(100000);			/* in which nothing is complete */
	IS(lkl_progress(NULL), before);
	IS(lkl_log_busy(&what), 0);
	CHECK_THAT(strstr(what.text, "waits"), "%s", what.text);
	IS(lkl_sys_write((unsigned int)pipe_fds[1], "x", 1), 1);
	REQUIRE(!pthread_join(thread, NULL));
	CHECK(lkl_progress(&busy) > before);
	unmount(&m);
	OK(lkl_halt());
	IS(lkl_progress(&busy), 0);
	IS(busy, 0);
	return check_exit();
}
