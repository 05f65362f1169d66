// SPDX-License-Identifier: GPL-2.0-only
/*
 * crowd.c - many processes work in one directory, and each checks its own files.
 *
 * Usage: crowd DIRECTORY PROCESSES SECONDS
 *
 * They make, write, read, rename, link and remove files, append records to one
 * shared file, and count in another one under a lock.
 */
#define _GNU_SOURCE 1
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define FILES	40
#define RECORD	64

static int me;
static uint32_t state;

/* Of the process: content is made from seed; size -1: does not exist. */
static struct {
	unsigned int seed;
	int size;
} files[FILES];

static unsigned long appended, counted;

#define MUST(call)							\
	({								\
		long long must_result_ = (long long)(call);		\
		if (must_result_ < 0) {					\
			printf("process %d, line %d: %s: %s\n", me,	\
			       __LINE__, #call, strerror(errno));	\
			fflush(stdout);					\
			_exit(1);					\
		}							\
		must_result_;						\
	})

#define CHECK(cond)							\
	do {								\
		if (!(cond)) {						\
			printf("process %d, line %d: not so: %s\n", me,	\
			       __LINE__, #cond);			\
			fflush(stdout);					\
			_exit(1);					\
		}							\
	} while (0)

static unsigned int number(unsigned int below)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % below;
}

static const char *path_of(int i)
{
	static char path[32];

	snprintf(path, sizeof(path), "p%d-f%d", me, i);
	return path;
}

static void fill(char *buf, int size, unsigned int seed)
{
	int i;

	for (i = 0; i < size; i++)
		buf[i] = (char)(seed + (unsigned int)i * 13 +
				(unsigned int)i / 512);
}

static void check_file(int i)
{
	static char want[70000], got[70001];
	struct stat st;
	int fd;

	if (files[i].size < 0) {
		CHECK(access(path_of(i), F_OK) && errno == ENOENT);
		return;
	}
	fd = (int)MUST(open(path_of(i), O_RDONLY));
	MUST(fstat(fd, &st));
	CHECK(st.st_size == files[i].size);
	CHECK(read(fd, got, sizeof(got)) == files[i].size);
	close(fd);
	fill(want, files[i].size, files[i].seed);
	CHECK(!memcmp(want, got, (size_t)files[i].size));
}

static void write_file(int i)
{
	static char buf[70000];
	int fd = (int)MUST(open(path_of(i), O_WRONLY | O_CREAT | O_TRUNC,
				0644));

	files[i].size = (int)number(number(4) ? 4000 : 70000);
	files[i].seed = number(1000);
	fill(buf, files[i].size, files[i].seed);
	CHECK(write(fd, buf, (size_t)files[i].size) == files[i].size);
	if (!number(10))
		MUST(fsync(fd));
	MUST(close(fd));
}

static void remove_file(int i)
{
	if (files[i].size < 0)
		return;
	MUST(unlink(path_of(i)));
	files[i].size = -1;
}

static void rename_file(int i, int to)
{
	char from[32];

	if (files[i].size < 0 || i == to)
		return;
	strcpy(from, path_of(i));
	MUST(rename(from, path_of(to)));
	files[to] = files[i];
	files[i].size = -1;
}

static void link_file(int i)
{
	char name[40];
	struct stat st;

	if (files[i].size < 0)
		return;
	snprintf(name, sizeof(name), "%s-link", path_of(i));
	MUST(link(path_of(i), name));
	MUST(stat(path_of(i), &st));
	CHECK(st.st_nlink == 2);
	MUST(unlink(name));
	MUST(stat(path_of(i), &st));
	CHECK(st.st_nlink == 1);
}

static void use_directory(void)
{
	char name[40], below[64];

	snprintf(name, sizeof(name), "p%d-d", me);
	snprintf(below, sizeof(below), "%s/f", name);
	MUST(mkdir(name, 0755));
	close((int)MUST(open(below, O_WRONLY | O_CREAT, 0600)));
	CHECK(rmdir(name) && errno == ENOTEMPTY);
	MUST(unlink(below));
	MUST(rmdir(name));
}

/* All of ours are listed, whatever the others do. */
static void list(void)
{
	int ours = 0, listed = 0, i;
	struct dirent *entry;
	char prefix[16];
	DIR *dir = opendir(".");

	CHECK(dir);
	snprintf(prefix, sizeof(prefix), "p%d-f", me);
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, prefix, strlen(prefix)))
			listed++;
	closedir(dir);
	for (i = 0; i < FILES; i++)
		ours += files[i].size >= 0;
	CHECK(ours == listed);
}

static void append_record(int fd)
{
	char record[RECORD];

	memset(record, 'a' + me % 26, sizeof(record));
	snprintf(record, sizeof(record), "%d %lu", me, appended++);
	record[RECORD - 1] = '\n';
	CHECK(write(fd, record, RECORD) == RECORD);
}

static void count(int fd)
{
	char text[32] = "";
	ssize_t n;

	MUST(flock(fd, LOCK_EX));
	n = MUST(pread(fd, text, sizeof(text) - 1, 0));
	text[n] = '\0';
	n = snprintf(text, sizeof(text), "%lu", strtoul(text, NULL, 10) + 1);
	CHECK(pwrite(fd, text, (size_t)n, 0) == n);
	MUST(flock(fd, LOCK_UN));
	counted++;
}

static void work(time_t end, int report)
{
	int records = (int)MUST(open("records", O_WRONLY | O_APPEND));
	int counter = (int)MUST(open("counter", O_RDWR));
	unsigned long sums[2];
	int i;

	for (i = 0; i < FILES; i++)
		files[i].size = -1;
	while (time(NULL) < end) {
		i = (int)number(FILES);
		switch (number(10)) {
		case 0:
		case 1:
		case 2:
			write_file(i);
			break;
		case 3:
		case 4:
			check_file(i);
			break;
		case 5:
			remove_file(i);
			break;
		case 6:
			rename_file(i, (int)number(FILES));
			break;
		case 7:
			link_file(i);
			break;
		case 8:
			append_record(records);
			count(counter);
			break;
		case 9:
			number(2) ? list() : use_directory();
			break;
		}
	}
	for (i = 0; i < FILES; i++)
		check_file(i);
	for (i = 0; i < FILES; i++)
		remove_file(i);
	sums[0] = appended;
	sums[1] = counted;
	MUST(write(report, sums, sizeof(sums)));
	_exit(0);
}

static void check_records(int processes, unsigned long want)
{
	unsigned long next[256] = { 0 }, n, all = 0;
	FILE *file = fopen("records", "r");
	char line[RECORD + 1];
	int who;

	CHECK(file);
	while (fread(line, RECORD, 1, file) == 1) {
		CHECK(line[RECORD - 1] == '\n');
		CHECK(sscanf(line, "%d %lu", &who, &n) == 2);
		CHECK(who >= 0 && who < processes);
		CHECK(n == next[who]);
		next[who]++;
		all++;
	}
	fclose(file);
	CHECK(all == want);
}

int main(int argc, char **argv)
{
	unsigned long sums[2], want_records = 0, want_count = 0, got;
	int processes, failed = 0, status, fds[2], fd;
	char text[32] = "";
	time_t end;

	if (argc < 4 || chdir(argv[1])) {
		fprintf(stderr,
			"usage: crowd DIRECTORY PROCESSES SECONDS\n");
		return 2;
	}
	processes = atoi(argv[2]);
	if (processes < 1 || processes > 255)
		return 2;
	end = time(NULL) + atoi(argv[3]);
	close((int)MUST(open("records", O_WRONLY | O_CREAT | O_TRUNC, 0644)));
	close((int)MUST(open("counter", O_WRONLY | O_CREAT | O_TRUNC, 0644)));
	MUST(pipe(fds));
	for (me = 0; me < processes; me++) {
		state = (uint32_t)(me * 7919 + getpid());
		if (!MUST(fork()))
			work(end, fds[1]);
	}
	close(fds[1]);
	me = -1;
	while (read(fds[0], sums, sizeof(sums)) == sizeof(sums)) {
		want_records += sums[0];
		want_count += sums[1];
	}
	while (wait(&status) > 0)
		failed += status != 0;
	if (failed) {
		printf("%d of %d processes failed\n", failed, processes);
		return 1;
	}
	check_records(processes, want_records);
	fd = (int)MUST(open("counter", O_RDONLY));
	MUST(read(fd, text, sizeof(text) - 1));
	got = strtoul(text, NULL, 10);
	CHECK(got == want_count);
	printf("%lu records, counted to %lu\n", want_records, got);
	MUST(unlink("records"));
	MUST(unlink("counter"));
	return 0;
}
