// SPDX-License-Identifier: GPL-2.0-only
/*
 * start.c - starting and halting, and whole processes: one that does nothing,
 * one that starts and halts, one that mounts an ext4 besides.
 */
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define RUNS 41

extern char **environ;

static const struct lkl_disk_options read_only = {
	.flags = LKL_DISK_READ_ONLY,
};

static int be_child(const char *what, const char *image)
{
	struct lkl_error err;
	struct lkl_disk *disk;
	double start = now(), times[2];
	char path[64];

	if (!strcmp(what, "nothing"))
		return 0;
	start_kernel();
	times[0] = now() - start;
	if (!strcmp(what, "mount") &&
	    (lkl_disk_open(image, &read_only, &disk, &err) < 0 ||
	     lkl_disk_add(disk, &err) < 0 ||
	     lkl_mount(disk, 0, "ext4", LKL_MS_RDONLY, NULL, path,
		       sizeof(path), &err) < 0)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	start = now();
	lkl_halt();
	times[1] = now() - start;
	return write(STDOUT_FILENO, times, sizeof(times)) != sizeof(times);
}

/* @times: of starting and of halting, as the child tells. */
static double run_child(const char *what, const char *image, double times[2])
{
	char name[] = "start";
	char *argv[] = { name, (char *)what, (char *)image, NULL };
	posix_spawn_file_actions_t actions;
	int fds[2], status;
	double start;
	pid_t pid;

	if (pipe(fds))
		exit(1);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	start = now();
	if (posix_spawn(&pid, "/proc/self/exe", &actions, NULL, argv,
			environ) || waitpid(pid, &status, 0) != pid || status)
		exit(1);
	start = now() - start;
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	if (read(fds[0], times, 2 * sizeof(*times)) < 0)
		exit(1);
	close(fds[0]);
	return start;
}

int main(int argc, char **argv)
{
	static const char *const kinds[] = { "nothing", "start", "mount" };
	static const char *const names[] = {
		"process that does nothing",
		"process that starts and halts",
		"process that mounts an ext4, too",
	};
	char directory[] = "/tmp/bench-start.XXXXXX", image[64], command[128];
	double whole[3][RUNS], start[RUNS], halt[RUNS], times[2];
	int i, j;

	if (argc == 3)
		return be_child(argv[1], argv[2]);
	if (!mkdtemp(directory))
		return 1;
	snprintf(image, sizeof(image), "%s/image", directory);
	snprintf(command, sizeof(command),
		 "PATH=$PATH:/sbin:/usr/sbin mke2fs -q -t ext4 %s 64M "
		 ">/dev/null", image);
	if (system(command))
		return 1;
	for (i = 0; i < RUNS; i++) {
		for (j = 0; j < 3; j++) {
			whole[j][i] = run_child(kinds[j], image, times);
			if (j == 1) {
				start[i] = times[0];
				halt[i] = times[1];
			}
		}
	}
	unlink(image);
	rmdir(directory);
	printf("start                                  %8.2f ms\n",
	       median(start, RUNS) * 1e3);
	printf("halt                                   %8.2f ms\n",
	       median(halt, RUNS) * 1e3);
	for (j = 0; j < 3; j++)
		printf("%-38s %8.2f ms\n", names[j],
		       median(whole[j], RUNS) * 1e3);
	return 0;
}
