// SPDX-License-Identifier: GPL-2.0-only
/*
 * beside.c - several things at once: processes that append, truncate, list, map,
 * punch holes and exchange names beside each other.
 *
 * Usage: beside DIRECTORY
 */
#include "semantics.h"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <linux/falloc.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define PAGE		4096
#define RECORD		64
#define RECORDS		400
#define APPENDERS	4

/* ---- Appending ---- */

static void append_records(int who)
{
	char record[RECORD];
	int fd = open("log", O_WRONLY | O_APPEND | O_CLOEXEC), i;

	memset(record, 'a' + who, sizeof(record));
	for (i = 0; i < RECORDS; i++)
		if (write(fd, record, sizeof(record)) != sizeof(record))
			_exit(1);
	_exit(0);
}

/* How many records are whole; -1 if one is not. */
static int count_records(int fd, int counts[APPENDERS])
{
	char record[RECORD];
	int n = 0, i;

	while (pread(fd, record, RECORD, (off_t)n * RECORD) == RECORD) {
		for (i = 1; i < RECORD; i++)
			if (record[i] != record[0])
				return -1;
		i = record[0] - 'a';
		if (i < 0 || i >= APPENDERS)
			return -1;
		counts[i]++;
		n++;
	}
	return n;
}

static void wait_for_all(int n)
{
	int status;

	while (n--) {
		MUST(wait(&status));
		MUST(status ? -1 : 0);
	}
}

static void start_appenders(int n)
{
	int i;

	fflush(stdout);
	for (i = 0; i < n; i++)
		if (!MUST(fork()))
			append_records(i);
}

static void appending(void)
{
	int fd = make_file("log", ""), counts[APPENDERS] = { 0 }, i;

	start_appenders(APPENDERS);
	wait_for_all(APPENDERS);
	TRY("append: records", count_records(fd, counts));
	for (i = 0; i < APPENDERS; i++)
		TRY("append: of one process", counts[i]);
	TRY("append: size", stat_of("log").st_size);
	close(fd);
	MUST(unlink("log"));
}

/* No record may land behind the end: that would leave a hole. */
static void appending_beside_truncate(void)
{
	int fd = make_file("log", ""), counts[APPENDERS] = { 0 }, n, left = 2;
	int torn = 0, status;

	start_appenders(2);
	while (left) {
		MUST(ftruncate(fd, 0));
		n = count_records(fd, counts);
		torn |= n < 0 || n > 2 * RECORDS;
		while (waitpid(-1, &status, WNOHANG) > 0) {
			MUST(status ? -1 : 0);
			left--;
		}
	}
	TRY("append beside truncate: torn or holes", torn);
	TRY("append beside truncate: at the end",
	    stat_of("log").st_size % RECORD);
	close(fd);
	MUST(unlink("log"));
}

/* ---- Directories ---- */

#define STABLE	300

static void change_names(void)
{
	char name[32], other[32];
	int i;

	for (i = 0;; i = (i + 1) % 500) {
		snprintf(name, sizeof(name), "d/changing-%d", i);
		snprintf(other, sizeof(other), "d/moved-%d", i);
		close(open(name, O_CREAT | O_WRONLY, 0644));
		rename(name, other);
		if (i % 3)
			unlink(other);
	}
}

/* Whether a listing has each stable name once. */
static bool lists_stable_names(void)
{
	unsigned char seen[STABLE] = { 0 };
	struct dirent *entry;
	DIR *dir = opendir("d");
	int i, n = 0;

	while ((entry = readdir(dir)))
		if (sscanf(entry->d_name, "stable-%d", &i) == 1) {
			seen[i]++;
			n++;
		}
	closedir(dir);
	for (i = 0; i < STABLE; i++)
		if (seen[i] != 1)
			return false;
	return n == STABLE;
}

static void remove_directory(const char *path)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	char name[300];

	while ((entry = readdir(dir))) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		unlink(name);
	}
	closedir(dir);
	MUST(rmdir(path));
}

static void listing_beside_changes(void)
{
	char name[32];
	int i, bad = 0;
	pid_t pid;

	MUST(mkdir("d", 0755));
	for (i = 0; i < STABLE; i++) {
		snprintf(name, sizeof(name), "d/stable-%d", i);
		touch(name);
	}
	fflush(stdout);
	pid = (pid_t)MUST(fork());
	if (!pid)
		change_names();
	for (i = 0; i < 60; i++)
		bad += !lists_stable_names();
	kill(pid, SIGKILL);
	MUST(waitpid(pid, NULL, 0));
	TRY("listing beside changes: wrong", bad);
	remove_directory("d");
}

/* ---- Exchanging names ---- */

static void exchange_for_ever(void)
{
	for (;;)
		renameat2(AT_FDCWD, "left", AT_FDCWD, "right", RENAME_EXCHANGE);
}

static void exchanging(void)
{
	int i, bad = 0, fd;
	pid_t pid;
	char c;

	make_with("left", "L");
	make_with("right", "R");
	fd = (int)MUST(open("left", O_RDONLY));
	TRY("exchange: files", renameat2(AT_FDCWD, "left", AT_FDCWD, "right",
					 RENAME_EXCHANGE));
	say_content("exchange: left", "left");
	say_content("exchange: right", "right");
	TRY("exchange: an open file stays", pread(fd, &c, 1, 0) == 1 &&
	    c == 'L');
	close(fd);
	fflush(stdout);
	pid = (pid_t)MUST(fork());
	if (!pid)
		exchange_for_ever();
	/* There is always a file of either name. */
	for (i = 0; i < 2000; i++) {
		fd = open(i % 2 ? "left" : "right", O_RDONLY);
		bad += fd < 0 || pread(fd, &c, 1, 0) != 1 ||
			(c != 'L' && c != 'R');
		close(fd);
	}
	kill(pid, SIGKILL);
	MUST(waitpid(pid, NULL, 0));
	TRY("exchange: a name that was missing", bad);
	TRY("exchange: both are there",
	    stat_of("left").st_ino != stat_of("right").st_ino);

	MUST(mkdir("d", 0755) | mkdir("d/e", 0755));
	touch("d/e/f");
	TRY("exchange: file and directory",
	    renameat2(AT_FDCWD, "left", AT_FDCWD, "d", RENAME_EXCHANGE));
	TRY("exchange: what was below", access("left/e/f", F_OK));
	TRY("exchange: into itself", renameat2(AT_FDCWD, "left", AT_FDCWD,
					       "left/e", RENAME_EXCHANGE));
	TRY("exchange: nothing there", renameat2(AT_FDCWD, "left", AT_FDCWD,
						 "none", RENAME_EXCHANGE));
	MUST(mkdir("g", 0755) | mkdir("g/h", 0755));
	TRY("exchange: directories", renameat2(AT_FDCWD, "left/e", AT_FDCWD,
					       "g/h", RENAME_EXCHANGE));
	TRY("exchange: parents",
	    stat_of("left/e/..").st_ino == stat_of("left").st_ino &&
	    stat_of("g/h/..").st_ino == stat_of("g").st_ino);
	TRY("exchange: what went along", access("g/h/f", F_OK));
	MUST(unlink("g/h/f") | rmdir("g/h") | rmdir("g") | rmdir("left/e") |
	     rmdir("left") | unlink("right") | unlink("d"));
}

/* ---- Files without names ---- */

#define NAMELESS	1500

static void nameless_files(void)
{
	int *fds = calloc(NAMELESS, sizeof(*fds)), i, j, bad = 0, value;
	struct rlimit limit;
	char path[64];

	MUST(getrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_max < NAMELESS + 20) {
		free(fds);
		return;
	}
	limit.rlim_cur = limit.rlim_max;
	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	for (i = 0; i < NAMELESS; i++) {
		fds[i] = open(".", O_TMPFILE | O_RDWR, 0600);
		if (fds[i] < 0) {
			say("nameless", -1);
			break;
		}
		MUST(pwrite(fds[i], &i, sizeof(i), 100000) == sizeof(i) ? 0 :
									-1);
	}
	for (j = 0; j < i; j++)
		bad += pread(fds[j], &value, sizeof(value), 100000) !=
			       sizeof(value) || value != j;
	TRY("nameless: wrong data", bad);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[NAMELESS / 2]);
	TRY("nameless: link", linkat(AT_FDCWD, path, AT_FDCWD, "named",
				     AT_SYMLINK_FOLLOW));
	for (j = 0; j < i; j++)
		close(fds[j]);
	say_stat("nameless: named", "named");
	unlink("named");
	free(fds);
}

/* ---- Mappings ---- */

static int byte_at(int fd, off_t offset)
{
	unsigned char c = 0;

	MUST(pread(fd, &c, 1, offset));
	return c;
}

static void punching_beside_mapping(void)
{
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	const size_t size = 64 * PAGE;
	int fd = make_file("f", "");
	unsigned char *p;

	MUST(ftruncate(fd, (off_t)size));
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	MUST(p == MAP_FAILED ? -1 : 0);
	memset(p, 'x', size);
	if (fallocate(fd, punch, 4 * PAGE, 8 * PAGE)) {
		say("punch beside mapping", -1);
		goto out;
	}
	TRY("punch: before it", p[4 * PAGE - 1]);
	TRY("punch: in it", p[4 * PAGE]);
	TRY("punch: its end", p[12 * PAGE - 1]);
	TRY("punch: after it", p[12 * PAGE]);
	TRY("punch: read sees it", byte_at(fd, 5 * PAGE));
	p[6 * PAGE + 5] = 'y';
	TRY("punch: written again", byte_at(fd, 6 * PAGE + 5));
	MUST(fallocate(fd, punch, 20 * PAGE + 100, PAGE));
	TRY("punch: part of a page, before", p[20 * PAGE + 99]);
	TRY("punch: part of a page, in", p[20 * PAGE + 100]);
	TRY("punch: part of a page, last", p[21 * PAGE + 99]);
	TRY("punch: part of a page, after", p[21 * PAGE + 100]);
	MUST(msync(p, size, MS_SYNC));
	MUST(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	TRY("punch: kept", byte_at(fd, 6 * PAGE + 5) == 'y' &&
	    !byte_at(fd, 6 * PAGE + 6) && byte_at(fd, 12 * PAGE) == 'x' &&
	    !byte_at(fd, 20 * PAGE + 100) && byte_at(fd, 21 * PAGE + 100) == 'x');
	MUST(ftruncate(fd, 30 * PAGE + 7));
	MUST(ftruncate(fd, (off_t)size));
	TRY("truncate: mapping shows zeroes", p[30 * PAGE + 7]);
	TRY("truncate: and what is before", p[30 * PAGE + 6]);
out:
	MUST(munmap(p, size));
	close(fd);
	MUST(unlink("f"));
}

/* What is written behind the end, in the last page, is not in the file. */
static void mapping_past_the_end(void)
{
	int fd = make_file("f", "12345");
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	MUST(p == MAP_FAILED ? -1 : 0);
	p[4] = '!';
	p[100] = 'x';
	MUST(msync(p, PAGE, MS_SYNC));
	say_content("past the end: content", "f");
	TRY("past the end: size", stat_of("f").st_size);
	MUST(munmap(p, PAGE));
	MUST(fsync(fd));
	MUST(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	MUST(ftruncate(fd, 200));
	TRY("past the end: longer", byte_at(fd, 100));
	MUST(pwrite(fd, "z", 1, 3000));
	TRY("past the end: write beyond it", byte_at(fd, 201));
	close(fd);
	MUST(unlink("f"));
}

static void holes_beside_mapping(void)
{
	const size_t size = 4 << 20, at = 2 << 20;
	int fd = make_file("f", "");
	char *p;

	MUST(ftruncate(fd, (off_t)size));
	MUST(fsync(fd));
	TRY("hole: empty", lseek(fd, 0, SEEK_DATA));
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	MUST(p == MAP_FAILED ? -1 : 0);
	p[at + 5] = 'x';
	MUST(msync(p, size, MS_SYNC));
	TRY("hole: mapped data", lseek(fd, 0, SEEK_DATA) == (off_t)at);
	TRY("hole: hole before it", lseek(fd, 0, SEEK_HOLE));
	MUST(pwrite(fd, "y", 1, 0));
	/* Nobody has synced that. */
	TRY("hole: just written", lseek(fd, 0, SEEK_DATA));
	TRY("hole: just written, by another descriptor", ({
		int other = (int)MUST(open("f", O_RDONLY));
		off_t ret = lseek(other, 0, SEEK_DATA);

		close(other);
		ret;
	}));
	TRY("hole: end", lseek(fd, 0, SEEK_END) == (off_t)size);
	MUST(munmap(p, size));
	close(fd);
	MUST(unlink("f"));
}

/* ---- Limits of a process ---- */

static volatile sig_atomic_t signals;

static void on_signal(int signal)
{
	(void)signal;
	signals++;
}

static void file_size_limit(void)
{
	struct rlimit limit, before;
	int fd = make_file("f", ""), from, append;
	static char data[3000];
	off_t in = 0, out = 0;

	from = make_file("from", "");
	MUST(pwrite(from, data, sizeof(data), 0));
	append = (int)MUST(open("f", O_WRONLY | O_APPEND));
	MUST(getrlimit(RLIMIT_FSIZE, &before));
	limit = before;
	limit.rlim_cur = 2000;
	signal(SIGXFSZ, on_signal);
	MUST(setrlimit(RLIMIT_FSIZE, &limit));
	TRY("size limit: up to it", write(fd, data, sizeof(data)));
	TRY("size limit: no signal", signals);
	TRY("size limit: beyond it", write(fd, data, 1));
	TRY("size limit: a signal", signals);
	TRY("size limit: append", write(append, data, 1));
	TRY("size limit: truncate", ftruncate(fd, 2001));
	TRY("size limit: signals", signals);
	TRY("size limit: shorter", ftruncate(fd, 1500));
	TRY("size limit: append a part", write(append, data, 1000));
	out = 1900;
	TRY("size limit: copy", copy_file_range(from, &in, fd, &out, 1000, 0));
	TRY("size limit: allocate", fallocate(fd, 0, 0, 5000));
	MUST(setrlimit(RLIMIT_FSIZE, &before));
	say_stat("size limit: size", "f");
	signal(SIGXFSZ, SIG_DFL);
	close(fd);
	close(from);
	close(append);
	MUST(unlink("f") | unlink("from"));
}

/* ---- Watching ---- */

static void watching(void)
{
	char buf[4096] __attribute__((aligned(8)));
	int in = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), fd;
	struct inotify_event *event;
	ssize_t n, at;

	MUST(in);
	MUST(mkdir("d", 0755));
	MUST(inotify_add_watch(in, "d", IN_CREATE | IN_MODIFY | IN_ATTRIB |
			       IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE |
			       IN_CLOSE_WRITE));
	fd = make_file("d/a", "text");
	MUST(ftruncate(fd, 2));
	close(fd);
	MUST(chmod("d/a", 0600));
	MUST(rename("d/a", "d/b"));
	MUST(mkdir("d/c", 0755) | rmdir("d/c"));
	MUST(link("d/b", "d/e"));
	MUST(unlink("d/b") | unlink("d/e"));
	n = read(in, buf, sizeof(buf));
	for (at = 0; at < n; at += (ssize_t)sizeof(*event) + event->len) {
		event = (void *)(buf + at);
		printf("watch: %s %x\n", event->len ? event->name : "",
		       event->mask);
	}
	close(in);
	MUST(rmdir("d"));
}

int main(int argc, char **argv)
{
	semantics_begin(argc, argv);
	appending();
	appending_beside_truncate();
	listing_beside_changes();
	exchanging();
	nameless_files();
	punching_beside_mapping();
	mapping_past_the_end();
	holes_beside_mapping();
	file_size_limit();
	watching();
	return semantics_end();
}
