// SPDX-License-Identifier: GPL-2.0-only
/*
 * dying-names.c - removing a directory waits for a thread that is closing files
 * of it, and both go on at once.
 *
 * rmdir() waits in a loop until the names of the directory are gone from the
 * kernel's cache.  Only the timer makes that loop yield to the task that is
 * still dropping one.
 */
#include <pthread.h>

#include "boot.h"

#define ROUNDS	400
#define FILES	64
/* In seconds of processor time: of the whole process, since the loop may run in
 * any thread.  A round takes a few milliseconds. */
#define LIMIT	0.3

static int fds[FILES];
static pthread_barrier_t round_begins, round_ends;

static void *close_files(void *arg)
{
	int round, i;

	(void)arg;
	for (round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&round_begins);
		for (i = 0; i < FILES; i++)
			OK(lkl_sys_close((unsigned int)fds[i]));
		pthread_barrier_wait(&round_ends);
	}
	return NULL;
}

static void make_unlinked_files(void)
{
	char name[32];
	int i;

	OK(make_dir("/mnt/dir"));
	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "/mnt/dir/%d", i);
		fds[i] = open_file(name, LKL_O_RDWR | LKL_O_CREAT);
		OK(fds[i]);
		OK(lkl_sys_write((unsigned int)fds[i], name, sizeof(name)));
		OK(remove_file(name));
	}
}

int main(void)
{
	double begun, most = 0;
	pthread_t thread;
	int round;

	need_no_instrument();
	boot(0);
	OK(make_dir("/mnt"));
	OK(lkl_sys_mount("none", "/mnt", "tmpfs", 0, NULL));
	pthread_barrier_init(&round_begins, NULL, 2);
	pthread_barrier_init(&round_ends, NULL, 2);
	pthread_create(&thread, NULL, close_files, NULL);
	for (round = 0; round < ROUNDS; round++) {
		make_unlinked_files();
		pthread_barrier_wait(&round_begins);
		begun = cpu_time();
		OK(remove_dir("/mnt/dir"));
		begun = cpu_time() - begun;
		if (begun > most)
			most = begun;
		pthread_barrier_wait(&round_ends);
	}
	pthread_join(thread, NULL);
	printf("at most %.3f s of processor time\n", most);
	CHECK_THAT(most < LIMIT, "rmdir() took %.3f s of processor time", most);
	OK(lkl_halt());
	return check_exit();
}
