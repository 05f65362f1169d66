// SPDX-License-Identifier: GPL-2.0-only
/*
 * fork.c - a child cannot touch its parent's kernel: it has none of that memory,
 * and all that it calls is -ECHILD.  The parent goes on writing meanwhile.
 *
 * timeout: 200
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include "boot.h"

#define WRITERS		3
#define CHILDREN	40
/* Beyond the last system call, and where the library's own calls are. */
#define LAST_CALL	700
#define OWN_CALLS	0x10000
#define PATIENCE	20.0	/* seconds for a child */

static struct mounted m;
static atomic_bool stop;
static atomic_long rounds;

static void *keep_writing(void *arg)
{
	long number = (long)arg, i;
	char path[96];

	for (i = 0; !atomic_load(&stop); i++) {
		/* Directories that grow, files that come and go. */
		snprintf(path, sizeof(path), "%s/%ld-%ld", m.path, number,
			 i % 20);
		write_pattern(path, (size_t)(i % 7) * 10000, (uint64_t)i);
		if (i % 3 == 0)
			check_pattern(path, (size_t)(i % 7) * 10000,
				      (uint64_t)i);
		if (i % 5 == 0)
			OK(remove_file(path));
		atomic_fetch_add(&rounds, 1);
	}
	return NULL;
}

static void call_everything(void)
{
	const long args[6] = { 0 };
	struct lkl_error err = { "" };
	struct lkl_disk *disk = NULL;
	char buf[256] = "x", *point = m.path;
	long no;

	CHECK(!kernel_memory_is_mapped());
	for (no = -1; no < LAST_CALL; no++)
		if (lkl_syscall(no, args) != -LKL_ECHILD)
			check_fail(__FILE__, __LINE__, "call %ld is %ld", no,
				   lkl_syscall(no, args));
	for (no = OWN_CALLS; no < OWN_CALLS + 16; no++)
		IS(lkl_syscall(no, args), -LKL_ECHILD);
	IS(lkl_start(NULL, &err), -LKL_ECHILD);
	CHECK(strstr(err.text, "parent"));
	CHECK(!lkl_buffer_alloc(4096));
	IS(lkl_buffer_free(buf, 4096), -LKL_ECHILD);
	lkl_waits();
	CHECK(lkl_log_read(0, buf, sizeof(buf)) == 0 && !buf[0]);
	IS(lkl_disk_open("other", NULL, &disk, &err), -LKL_ECHILD);
	IS(lkl_disk_read(m.disk, buf, 1, 0), -LKL_ECHILD);
	IS(lkl_disk_failure(m.disk, &err), -LKL_ECHILD);
	IS(lkl_disk_add(m.disk, &err), -LKL_ECHILD);
	IS(lkl_disk_node(m.disk, 0, buf, sizeof(buf), &err), -LKL_ECHILD);
	IS(lkl_mount(m.disk, 0, "ext4", 0, NULL, buf, sizeof(buf), &err),
	   -LKL_ECHILD);
	IS(lkl_umount(point, &err), -LKL_ECHILD);
	IS(lkl_disk_remove(m.disk, &err), -LKL_ECHILD);
	CHECK(strstr(err.text, "parent"));
	IS(lkl_disk_close(m.disk), -LKL_ECHILD);
	CHECK(lkl_version()[0] && lkl_kernel_version()[0] &&
	      lkl_features()[0] && lkl_strerror(-1)[0]);
	CHECK(lkl_disk_size(m.disk) > 0);
	CHECK(lkl_disk_sector_size(m.disk) > 0);
	IS(lkl_halt(), -LKL_ECHILD);
}

static void *call_in_thread(void *arg)
{
	IS(lkl_sys_getpid(), -LKL_ECHILD);
	return arg;
}

static void at_exit(void)
{
	if (lkl_halt() != -LKL_ECHILD)
		_exit(3);
}

/* Three ways to end, of which two run destructors of this thread. */
static void be_child(int number)
{
	pthread_t thread;

	call_everything();
	REQUIRE(!pthread_create(&thread, NULL, call_in_thread, NULL));
	pthread_join(thread, NULL);
	atexit(at_exit);
	fflush(stdout);
	if (number % 3 == 0)
		_exit(check_exit());
	if (number % 3 == 1)
		exit(check_exit());
	/* The last thread: its exit status is 0. */
	if (atomic_load(&check_failures))
		exit(check_exit());
	pthread_exit(NULL);
}

static void await(pid_t pid, int number)
{
	struct timespec nap = { .tv_nsec = 1000000 };
	double start = now();
	int status;
	pid_t ended;

	while (!(ended = waitpid(pid, &status, WNOHANG))) {
		if (now() - start > PATIENCE) {
			check_fail(__FILE__, __LINE__, "child %d hangs",
				   number);
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return;
		}
		nanosleep(&nap, NULL);
	}
	REQUIRE(ended == pid);
	CHECK_THAT(status == 0, "child %d: status %x", number,
		   (unsigned int)status);
}

/* Without the C library's handlers: a child that only makes calls. */
static void clone_child(int number)
{
	const long args[6] = { 0 };
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	REQUIRE(pid >= 0);
	if (!pid) {
		if (lkl_syscall(LKL___NR_getpid, args) != -LKL_ECHILD)
			_exit(1);
		if (lkl_syscall(LKL___NR_sync, args) != -LKL_ECHILD)
			_exit(2);
		if (lkl_halt() != -LKL_ECHILD)
			_exit(3);
		lkl_disk_close(m.disk);
		_exit(0);
	}
	await((pid_t)pid, number);
}

/* A thread that has made calls forks. */
static void *fork_child(void *arg)
{
	int number = (int)(long)arg;
	pid_t pid;

	IS(lkl_sys_getpid(), 1);
	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		be_child(number);
	await(pid, number);
	IS(lkl_sys_getpid(), 1);
	return NULL;
}

/* After the halt a process is nobody's child. */
static void start_in_child(void)
{
	struct lkl_error err;
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (!pid) {
		MUST(lkl_start(NULL, &err));
		IS(lkl_sys_getpid(), 1);
		OK(lkl_halt());
		_exit(check_exit());
	}
	await(pid, -1);
}

int main(void)
{
	pthread_t writers[WRITERS], thread;
	struct timespec nap = { 0 };
	long i;

	make_image("image", 64 * MIB, "mke2fs -q -t ext4 $IMAGE");
	REQUIRE(!system("truncate -s 1M other"));
	boot(0);
	mount_image("image", "ext4", 0, NULL, &m);
	CHECK(kernel_memory_is_mapped());
	for (i = 0; i < WRITERS; i++)
		REQUIRE(!pthread_create(&writers[i], NULL, keep_writing,
					(void *)i));
	for (i = 0; i < CHILDREN && atomic_load(&check_failures) < 5; i++) {
		nap.tv_nsec = i * 50000;
		nanosleep(&nap, NULL);
		REQUIRE(!pthread_create(&thread, NULL, fork_child,
					(void *)i));
		pthread_join(thread, NULL);
		clone_child((int)i);
	}
	atomic_store(&stop, true);
	for (i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	printf("# %ld files written meanwhile\n", atomic_load(&rounds));
	unmount(&m);
	OK(lkl_halt());
	check_image("image", "e2fsck -fn $IMAGE");
	start_in_child();
	return check_exit();
}
