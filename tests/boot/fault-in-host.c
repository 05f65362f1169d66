// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault-in-host.c - a fault in the library's own code, on a kernel stack and with
 * a lock held, ends in one panic and -ENOTRECOVERABLE for every call of every
 * thread, and in no hang.
 *
 * allow-log: kernel fault
 */
#define _GNU_SOURCE			/* preadv2 */
#include <pthread.h>
#include <stdatomic.h>

#include "boot.h"
#include "helpers/asleep.h"
#include "helpers/interposed.h"

static atomic_bool armed;
static int *volatile bad_pointer;
static atomic_int panics, ready;
static char panic_text[256];
static int pipe_fds[2];
static pid_t sleeper;

static bool interpose(enum interposed call, struct transfer *transfer,
		      ssize_t *ret)
{
	(void)transfer;
	(void)ret;
	/* The driver holds the lock of the overlay over the image here. */
	if (call == CALL_READ_NOWAIT && atomic_exchange(&armed, false))
		*bad_pointer = 1;
	return false;
}

static void note_panic(const char *message, void *opaque)
{
	(void)opaque;
	snprintf(panic_text, sizeof(panic_text), "%s", message);
	atomic_fetch_add(&panics, 1);
}

/* Asleep in the kernel when it happens. */
static void *block(void *arg)
{
	char c;

	(void)arg;
	sleeper = own_tid();
	atomic_fetch_add(&ready, 1);
	IS(lkl_sys_read((unsigned int)pipe_fds[0], &c, 1),
	   -LKL_ENOTRECOVERABLE);
	IS(lkl_sys_getpid(), -LKL_ENOTRECOVERABLE);
	return NULL;
}

/* The thread that has faulted can be cancelled as before. */
static void check_cancel_state(void)
{
	int state;

	REQUIRE(!pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state));
	IS(state, PTHREAD_CANCEL_ENABLE);
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
	check_cancel_state();
	return NULL;
}

static void check_child(void)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		_exit(lkl_sys_getpid() == -LKL_ECHILD ? 0 : 1);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK(status == 0);
}

int main(void)
{
	static void *(*const run[])(void *) = { block, hammer };
	struct lkl_disk_options disk = {
		.size = sizeof(disk),
		.flags = LKL_DISK_COW,
	};
	struct lkl_options options = {
		.size = sizeof(options),
		.log = boot_log,
		.panic = note_panic,
		.flags = LKL_CATCH_FAULTS,
	};
	static char log[100000], buf[4096];
	struct lkl_error err = { "" };
	pthread_t threads[2];
	struct mounted m;
	int i, fd;
	char name[96];

	need_no_instrument();
	REQUIRE(!system("mkdir tree && head -c 4M /dev/urandom >tree/file"));
	make_image("image", 64 * MIB, "mke2fs -q -t ext4 -d tree $IMAGE");
	if (!can_read_nowait("image"))
		skip("this file system has no reads that do not wait");
	MUST(lkl_start(&options, &err));
	MUST(lkl_disk_open("image", &disk, &m.disk, &err));
	MUST(lkl_disk_add(m.disk, &err));
	MUST(lkl_mount(m.disk, 0, "ext4", LKL_MS_RDONLY, NULL, m.path,
		       sizeof(m.path), &err));
	MUST(lkl_sys_pipe2(pipe_fds, 0));
	for (i = 0; i < 2; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, run[i], NULL));
	while (atomic_load(&ready) < 2)
		;
	REQUIRE(wait_until_asleep(sleeper));
	snprintf(name, sizeof(name), "%s/file", m.path);
	fd = (int)MUST(open_file(name, LKL_O_RDONLY));

	alarm(60);			/* or it hangs */
	atomic_store(&armed, true);
	IS(lkl_sys_pread64((unsigned int)fd, buf, sizeof(buf), 0),
	   -LKL_ENOTRECOVERABLE);
	CHECK(!atomic_load(&armed));
	for (i = 0; i < 2; i++)
		REQUIRE(!pthread_join(threads[i], NULL));
	IS(atomic_load(&panics), 1);
	CHECK_THAT(strstr(panic_text, "fault"), "the message is: %s",
		   panic_text);
	lkl_log_read(0, log, sizeof(log));
	CHECK(strstr(log, panic_text));
	check_cancel_state();

	IS(lkl_sys_getpid(), -LKL_ENOTRECOVERABLE);
	IS(lkl_umount(m.path, &err), -LKL_ENOTRECOVERABLE);
	IS(lkl_disk_read(m.disk, buf, sizeof(buf), 0), -LKL_ENOTRECOVERABLE);
	IS(lkl_disk_failure(m.disk, &err), -LKL_ENOTRECOVERABLE);
	IS(lkl_disk_remove(m.disk, &err), -LKL_ENOTRECOVERABLE);
	IS(lkl_disk_close(m.disk), -LKL_ENOTRECOVERABLE);
	IS(lkl_start(NULL, &err), -LKL_ENOTRECOVERABLE);
	IS(lkl_halt(), -LKL_ENOTRECOVERABLE);
	IS(lkl_halt(), -LKL_ENOTRECOVERABLE);
	IS(lkl_progress(&i), 0);
	IS(i, 0);
	CHECK(!lkl_buffer_alloc(4096));
	IS(atomic_load(&panics), 1);
	check_child();
	return check_exit();
}
