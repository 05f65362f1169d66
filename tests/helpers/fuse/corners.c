// SPDX-License-Identifier: GPL-2.0-only
/*
 * corners.c - rare uses of files: offsets at the end of what there can be, direct
 * I/O into mappings of the same file, splicing, listings that are rewound, leases,
 * and the times that rare operations change.
 *
 * Usage: corners DIRECTORY
 */
#include "semantics.h"

#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/xattr.h>

#define PAGE	4096
#define MIB	(1 << 20)

static char *data;	/* of 1 MiB, aligned */

static int make_data(const char *name, size_t size)
{
	int fd = (int)MUST(open(name, O_RDWR | O_CREAT | O_TRUNC, 0644));

	MUST(pwrite(fd, data, size, 0) == (ssize_t)size ? 0 : -1);
	return fd;
}

/* ---- Offsets ---- */

static void far_offsets(void)
{
	int fd = make_file("f", "text");
	char c = 'x';

	TRY("far: read at the last offset", pread(fd, &c, 1, LLONG_MAX));
	TRY("far: read before it", pread(fd, &c, 1, LLONG_MAX - 1));
	TRY("far: write at the last offset", pwrite(fd, &c, 1, LLONG_MAX));
	TRY("far: seek", lseek(fd, LLONG_MAX, SEEK_SET) > 0 ||
	    errno == EINVAL);
	TRY("far: negative", lseek(fd, -5, SEEK_SET));
	TRY("far: size", stat_of("f").st_size);
	close(fd);
	MUST(unlink("f"));
}

/* ---- Direct I/O and mappings of the same file ---- */

static void direct_and_mapped(void)
{
	int fd = make_data("f", MIB), direct = open("f", O_RDWR | O_DIRECT);
	char *map, *buf;

	if (direct < 0) {
		say("direct and mapped", -1);
		close(fd);
		MUST(unlink("f"));
		return;
	}
	map = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	buf = mmap(NULL, MIB, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(map == MAP_FAILED || buf == MAP_FAILED ? -1 : 0);
	/* The buffer is not there before the read. */
	TRY("direct: into fresh memory", pread(direct, buf, MIB, 0));
	TRY("direct: it is right", memcmp(buf, data, MIB));
	/* From one part of the file to another, through a mapping. */
	TRY("direct: into a mapping of the file",
	    pread(direct, map + 64 * PAGE, 16 * PAGE, 0));
	TRY("direct: from a mapping of the file",
	    pwrite(direct, map, 16 * PAGE, 128 * PAGE));
	TRY("direct: both are right",
	    memcmp(map + 64 * PAGE, data, 16 * PAGE) ||
	    memcmp(map + 128 * PAGE, data, 16 * PAGE));
	/* From a mapping that nobody has touched, to where it is mapped from. */
	TRY("write: from a mapping of the file", ({
		char *again = mmap(NULL, MIB, PROT_READ, MAP_SHARED, fd, 0);
		ssize_t n = pwrite(fd, again + 10, PAGE, 0);

		munmap(again, MIB);
		n;
	}));
	TRY("write: it is right", memcmp(map, data + 10, PAGE - 10));
	map[200 * PAGE] = '!';
	TRY("direct: sees what was mapped",
	    pread(direct, buf, PAGE, 200 * PAGE) == PAGE && buf[0] == '!');
	memset(buf, '?', PAGE);
	MUST(pwrite(direct, buf, PAGE, 201 * PAGE));
	TRY("direct: a mapping sees it", map[201 * PAGE] == '?');
	MUST(ftruncate(fd, MIB - 100));
	TRY("direct: the end", pread(direct, buf, 2 * PAGE, MIB - PAGE));
	TRY("direct: past the end", pread(direct, buf, PAGE, MIB));
	MUST(munmap(map, MIB) | munmap(buf, MIB));
	close(direct);
	close(fd);
	MUST(unlink("f"));
}

static void splicing(void)
{
	int fd = make_data("f", 100000), to, fds[2];
	off_t in = 5000, out = 0;
	static char buf[100000];

	MUST(pipe(fds));
	to = (int)MUST(open("to", O_RDWR | O_CREAT, 0644));
	TRY("splice: in", splice(fd, &in, fds[1], NULL, 20000, 0));
	TRY("splice: out", splice(fds[0], NULL, to, &out, 20000, 0));
	TRY("splice: right", pread(to, buf, 20000, 0) == 20000 &&
	    !memcmp(buf, data + 5000, 20000));
	close(fd);
	fd = open("f", O_RDONLY | O_DIRECT);
	if (fd >= 0) {
		in = 0;
		TRY("splice: direct", splice(fd, &in, fds[1], NULL, 8192, 0));
		TRY("splice: direct, right", read(fds[0], buf, 8192) == 8192 &&
		    !memcmp(buf, data, 8192));
		close(fd);
	}
	close(to);
	close(fds[0]);
	close(fds[1]);
	MUST(unlink("f") | unlink("to"));
}

/* ---- Copying ---- */

static void copying(void)
{
	int fd = make_data("f", 100000), append, dir, fds[2];
	off_t in = 0, out = 0;

	append = (int)MUST(open("to", O_WRONLY | O_CREAT | O_APPEND, 0644));
	dir = (int)MUST(open(".", O_RDONLY));
	MUST(pipe(fds));
	TRY("copy: to O_APPEND", copy_file_range(fd, &in, append, NULL, 10, 0));
	TRY("copy: to a directory", copy_file_range(fd, &in, dir, NULL, 10, 0));
	TRY("copy: from a directory",
	    copy_file_range(dir, NULL, fd, &out, 10, 0));
	TRY("copy: to a pipe", copy_file_range(fd, &in, fds[1], NULL, 10, 0));
	TRY("copy: flags", copy_file_range(fd, &in, append, NULL, 10, 1));
	close(append);
	append = (int)MUST(open("to", O_WRONLY));
	in = 99990;
	out = 0;
	TRY("copy: across the end",
	    copy_file_range(fd, &in, append, &out, 100, 0));
	in = 0;
	out = 0;
	TRY("copy: more than there is",
	    copy_file_range(fd, &in, append, &out, SSIZE_MAX, 0) > 0);
	close(fd);
	close(append);
	close(dir);
	close(fds[0]);
	close(fds[1]);
	MUST(unlink("f") | unlink("to"));
}

/* ---- Listings ---- */

static int count_entries(DIR *dir)
{
	int n = 0;

	while (readdir(dir))
		n++;
	return n;
}

static void rewinding(void)
{
	struct dirent *entry;
	char name[32], other[32];
	int i, steps = 0;
	DIR *dir;

	MUST(mkdir("d", 0755));
	dir = opendir("d");
	TRY("rewind: empty", count_entries(dir));
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "d/%d", i);
		touch(name);
	}
	rewinddir(dir);
	TRY("rewind: new entries", count_entries(dir));
	for (i = 0; i < 200; i += 2) {
		snprintf(name, sizeof(name), "d/%d", i);
		MUST(unlink(name));
	}
	TRY("rewind: at the end", count_entries(dir));
	rewinddir(dir);
	TRY("rewind: removed entries", count_entries(dir));
	/* Renaming what is listed does not make the listing endless. */
	rewinddir(dir);
	while ((entry = readdir(dir)) && steps < 100000) {
		steps++;
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "d/%.20s", entry->d_name);
		snprintf(other, sizeof(other), "d/r%d", steps);
		rename(name, other);
	}
	TRY("rename while listing: ends", steps < 100000);
	closedir(dir);
	MUST(system("rm -r d"));
}

/* ---- Times ---- */

static bool later(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec ||
		(a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

/* Say whether ctime and mtime changed since @before, and set that to now. */
static void say_times(const char *name, int fd, struct stat *before)
{
	struct stat now;

	MUST(fstat(fd, &now));
	printf("%s: ctime %d mtime %d\n", name,
	       later(now.st_ctim, before->st_ctim),
	       later(now.st_mtim, before->st_mtim));
	/* Times are those of the last tick: no condition tells of the next. */
	usleep(25000);
	MUST(fstat(fd, before));
}

static void times(void)
{
	int fd = make_data("f", 10 * PAGE), other;
	struct stat before;
	char *map;

	MUST(fsync(fd));
	usleep(25000);
	MUST(fstat(fd, &before));
	map = mmap(NULL, 10 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	MUST(map == MAP_FAILED ? -1 : 0);
	say_times("times: mapping", fd, &before);
	map[5] = 'x';
	MUST(msync(map, PAGE, MS_SYNC));
	say_times("times: write to a mapping", fd, &before);
	MUST(munmap(map, 10 * PAGE));
	MUST(setxattr("f", "user.a", "1", 1, 0));
	say_times("times: setxattr", fd, &before);
	MUST(removexattr("f", "user.a"));
	say_times("times: removexattr", fd, &before);
	MUST(ftruncate(fd, 10 * PAGE));
	say_times("times: truncate to the same size", fd, &before);
	MUST(ftruncate(fd, 5 * PAGE));
	say_times("times: truncate", fd, &before);
	MUST(fallocate(fd, 0, 0, 6 * PAGE));
	say_times("times: fallocate", fd, &before);
	MUST(write(fd, "", 0));
	say_times("times: write nothing", fd, &before);
	other = (int)MUST(open("other", O_RDWR | O_CREAT, 0644));
	MUST(copy_file_range(fd, NULL, other, NULL, 0, 0));
	MUST(lseek(fd, 0, SEEK_SET));
	MUST(copy_file_range(other, NULL, fd, NULL, 10, 0));
	say_times("times: copy nothing", fd, &before);
	MUST(pwrite(other, "text", 4, 0));
	MUST(copy_file_range(other, &(off_t){ 0 }, fd, NULL, 4, 0));
	say_times("times: copy", fd, &before);
	close(other);
	MUST(link("f", "g"));
	say_times("times: link", fd, &before);
	MUST(rename("other", "g"));
	say_times("times: replaced", fd, &before);
	MUST(unlink("f"));
	say_times("times: unlink", fd, &before);
	TRY("times: links left", before.st_nlink);
	close(fd);
	MUST(unlink("g"));
}

/* ---- Leases ---- */

static volatile sig_atomic_t broken;

static void on_break(int signal)
{
	(void)signal;
	broken++;
}

static void leases(void)
{
	int fd, status;
	pid_t pid;

	make_with("f", "text");
	fd = (int)MUST(open("f", O_RDONLY));
	signal(SIGIO, on_break);
	if (fcntl(fd, F_SETLEASE, F_RDLCK)) {
		say("lease", -1);
		goto out;
	}
	TRY("lease", fcntl(fd, F_GETLEASE) == F_RDLCK);
	TRY("lease: open for reading", IN_CHILD(({
		open("f", O_RDONLY) < 0;
	})));
	TRY("lease: open for writing", IN_CHILD(({
		open("f", O_WRONLY | O_NONBLOCK) < 0 ? errno : 0;
	})));
	TRY("lease: broken", broken > 0);
	fflush(stdout);
	pid = (pid_t)MUST(fork());
	if (!pid)
		_exit(open("f", O_WRONLY) < 0);
	MUST(fcntl(fd, F_SETLEASE, F_UNLCK));
	MUST(waitpid(pid, &status, 0));
	TRY("lease: given back", status);
out:
	signal(SIGIO, SIG_DFL);
	close(fd);
	MUST(unlink("f"));
}

/* ---- Names of attributes, and targets of links ---- */

static void names(void)
{
	char target[PATH_MAX + 1], got[PATH_MAX + 1];
	char value[8];

	touch("f");
	TRY("xattr: a slash", setxattr("f", "user.a/b", "1", 1, 0));
	TRY("xattr: a slash, there", getxattr("f", "user.a/b", value, 8));
	TRY("xattr: newline", setxattr("f", "user.\n", "2", 1, 0));
	memset(target, 'n', sizeof(target));
	memcpy(target, "user.", 5);
	target[255] = '\0';
	TRY("xattr: 255 bytes", setxattr("f", target, "3", 1, 0));
	target[255] = 'n';
	target[256] = '\0';
	TRY("xattr: 256 bytes", setxattr("f", target, "3", 1, 0));
	TRY("xattr: no name", setxattr("f", "user.", "3", 1, 0));
	TRY("xattr: no namespace", setxattr("f", "plain", "3", 1, 0));
	memset(target, 't', sizeof(target));
	target[1000] = '\0';
	TRY("symlink: long", symlink(target, "s"));
	TRY("symlink: long, read", readlink("s", got, sizeof(got)));
	TRY("symlink: cut off", readlink("s", got, 10));
	target[1000] = 't';
	target[PATH_MAX] = '\0';
	TRY("symlink: too long", symlink(target, "t"));
	TRY("symlink: empty", symlink("", "t"));
	MUST(unlink("s") | unlink("f"));
}

int main(int argc, char **argv)
{
	size_t i;

	semantics_begin(argc, argv);
	if (posix_memalign((void **)&data, 65536, MIB))
		return 1;
	for (i = 0; i < MIB; i++)
		data[i] = (char)(i * 13 + i / 4096 + i / 65537);
	far_offsets();
	direct_and_mapped();
	splicing();
	copying();
	rewinding();
	times();
	leases();
	names();
	return semantics_end();
}
