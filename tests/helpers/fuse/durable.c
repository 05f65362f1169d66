// SPDX-License-Identifier: GPL-2.0-only
/*
 * durable.c - write and fsync until the file system is gone; later, check that
 * everything acknowledged is there.
 *
 * Usage: durable write DIRECTORY PROCESSES >LOG
 *        durable check DIRECTORY LOG
 *
 * A line of the log is written after fsync() has returned: "file P N" (file N of
 * process P is complete), "update P N" (the record that is written in place holds
 * N or more), "gone P N" (file N was removed, and its directory synced), "name P
 * N" (file N has its final name).
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PROCESSES_MAX	64
#define CONTENT_MAX	40000

/* Ends the process: the file system is gone, or so it should be. */
static void gone(const char *what)
{
	/*
	 * Errors of a dead daemon, the last two over io_uring: the host was
	 * copying a request to it.  Any other error fails the test.
	 */
	if (errno == ENOTCONN || errno == ECONNABORTED || errno == EIO ||
	    errno == ECANCELED || errno == EINTR)
		_exit(0);
	fprintf(stderr, "durable: %s: %s\n", what, strerror(errno));
	_exit(1);
}

#define TRY(call)							\
	({								\
		long try_result_ = (long)(call);			\
		if (try_result_ < 0)					\
			gone(#call);					\
		try_result_;						\
	})

static size_t content(char *buf, int process, unsigned int n)
{
	size_t len = 1 + (n * 7919u + (unsigned int)process) % CONTENT_MAX, i;

	for (i = 0; i < len; i++)
		buf[i] = (char)(n + i * 3 + (unsigned int)process);
	return len;
}

static void say(const char *what, int process, unsigned int n)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "%s %d %u\n", what, process, n);

	if (write(STDOUT_FILENO, line, (size_t)len) != len)
		_exit(2);
}

static void write_file(const char *path, int process, unsigned int n)
{
	static char buf[CONTENT_MAX];
	size_t len = content(buf, process, n), done = 0;
	int fd = (int)TRY(open(path, O_WRONLY | O_CREAT | O_EXCL, 0644));

	while (done < len)
		done += (size_t)TRY(write(fd, buf + done, len - done));
	TRY(fsync(fd));
	TRY(close(fd));
}

static void sync_directory(const char *path)
{
	int fd = (int)TRY(open(path, O_RDONLY | O_DIRECTORY));

	TRY(fsync(fd));
	close(fd);
}

static void write_on(int process)
{
	char dir[32], path[64], final[64], text[32];
	unsigned int n;
	int record;

	snprintf(dir, sizeof(dir), "p%d", process);
	TRY(mkdir(dir, 0755));
	sync_directory(".");
	snprintf(path, sizeof(path), "%s/record", dir);
	record = (int)TRY(open(path, O_RDWR | O_CREAT, 0644));
	TRY(fsync(record));
	sync_directory(dir);
	for (n = 1; ; n++) {
		snprintf(path, sizeof(path), "%s/f%u", dir, n);
		write_file(path, process, n);
		sync_directory(dir);
		say("file", process, n);

		snprintf(text, sizeof(text), "%010u", n);
		TRY(pwrite(record, text, 10, 0));
		TRY(fdatasync(record));
		say("update", process, n);

		if (n % 3 == 0) {
			/* The way of editors: write aside, then rename. */
			snprintf(path, sizeof(path), "%s/t%u", dir, n);
			snprintf(final, sizeof(final), "%s/n%u", dir, n);
			write_file(path, process, n);
			TRY(rename(path, final));
			sync_directory(dir);
			say("name", process, n);
		}
		if (n % 4 == 0) {
			snprintf(path, sizeof(path), "%s/f%u", dir, n - 2);
			TRY(unlink(path));
			sync_directory(dir);
			say("gone", process, n - 2);
		}
	}
}

/* ---- Afterwards ---- */

static unsigned long lost;

static void lose(const char *what, int process, unsigned int n,
		 const char *why)
{
	printf("%s %d %u: %s\n", what, process, n, why);
	lost++;
}

static void check_content(const char *what, const char *path, int process,
			  unsigned int n)
{
	static char want[CONTENT_MAX], got[CONTENT_MAX + 1];
	size_t len = content(want, process, n);
	ssize_t have;
	int fd = open(path, O_RDONLY);

	if (fd < 0) {
		lose(what, process, n, strerror(errno));
		return;
	}
	have = read(fd, got, sizeof(got));
	close(fd);
	if (have != (ssize_t)len)
		lose(what, process, n, "wrong size");
	else if (memcmp(want, got, len))
		lose(what, process, n, "wrong content");
}

static bool is_removed[PROCESSES_MAX][1 << 16];

static void check_line(const char *what, int process, unsigned int n,
		       unsigned int *updates)
{
	char path[64];

	if (!strcmp(what, "file") && !is_removed[process][n & 0xffff]) {
		snprintf(path, sizeof(path), "p%d/f%u", process, n);
		check_content(what, path, process, n);
	} else if (!strcmp(what, "name")) {
		snprintf(path, sizeof(path), "p%d/n%u", process, n);
		check_content(what, path, process, n);
	} else if (!strcmp(what, "gone")) {
		snprintf(path, sizeof(path), "p%d/f%u", process, n);
		if (!access(path, F_OK))
			lose(what, process, n, "is there");
	} else if (!strcmp(what, "update") && n > updates[process]) {
		updates[process] = n;
	}
}

static void check_update(int process, unsigned int n)
{
	char path[64], text[16] = "";
	int fd;

	snprintf(path, sizeof(path), "p%d/record", process);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, 10) != 10 ||
	    (unsigned int)strtoul(text, NULL, 10) < n)
		lose("update", process, n, text[0] ? text : "missing");
	if (fd >= 0)
		close(fd);
}

static int check(const char *dir, const char *log)
{
	static unsigned int updates[PROCESSES_MAX], last[PROCESSES_MAX];
	FILE *file = fopen(log, "r");
	unsigned long lines = 0;
	unsigned int n;
	char what[16];
	int process;

	if (!file || chdir(dir)) {
		perror("durable");
		return 2;
	}
	/*
	 * A file whose removal had begun, but was not reported, may be there
	 * or not: the file two before each fourth.
	 */
	while (fscanf(file, "%15s %d %u", what, &process, &n) == 3)
		if (process >= 0 && process < PROCESSES_MAX &&
		    n > last[process])
			last[process] = n;
	for (process = 0; process < PROCESSES_MAX; process++)
		for (n = 4; n <= last[process] + 1 && n < 1 << 16; n += 4)
			is_removed[process][n - 2] = true;
	rewind(file);
	while (fscanf(file, "%15s %d %u", what, &process, &n) == 3) {
		if (process < 0 || process >= PROCESSES_MAX)
			return 2;
		check_line(what, process, n, updates);
		lines++;
	}
	fclose(file);
	for (process = 0; process < PROCESSES_MAX; process++)
		if (updates[process])
			check_update(process, updates[process]);
	printf("%lu acknowledged, %lu lost\n", lines, lost);
	return lost || !lines;
}

int main(int argc, char **argv)
{
	int processes, status, failed = 0, i;

	if (argc == 4 && !strcmp(argv[1], "check"))
		return check(argv[2], argv[3]);
	if (argc != 4 || strcmp(argv[1], "write") || chdir(argv[2])) {
		fprintf(stderr, "usage: durable write DIRECTORY PROCESSES\n"
			"       durable check DIRECTORY LOG\n");
		return 2;
	}
	processes = atoi(argv[3]);
	if (processes < 1 || processes > PROCESSES_MAX)
		return 2;
	for (i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return 2;
		if (!pid)
			write_on(i);
	}
	while (wait(&status) > 0)
		failed += status != 0;
	return failed ? 1 : 0;
}
