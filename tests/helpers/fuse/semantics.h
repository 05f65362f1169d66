/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * semantics.h - for programs that show how a file system behaves.
 *
 * Such a program gets an empty directory, tries things in it, and prints a line
 * "name: result" for each.  It must print the same in a directory of the host's
 * own file system and in a mount.  So it prints nothing in which file systems
 * may differ: inode numbers, sizes and link counts of directories, free space.
 */
#ifndef TESTS_SEMANTICS_H
#define TESTS_SEMANTICS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Print a result: a number, or the name of the error behind -1. */
static inline void say(const char *name, long long result)
{
	const char *error;

	if (result != -1) {
		printf("%s: %lld\n", name, result);
		return;
	}
	error = strerrorname_np(errno);
	printf("%s: %s\n", name, error ? error : "?");
}

static inline void say_text(const char *name, const char *text)
{
	printf("%s: %s\n", name, text);
}

/* TRY("what it is about", call(...)) */
#define TRY(name, call)							\
	do {								\
		long long try_result_;					\
		errno = 0;						\
		try_result_ = (long long)(call);			\
		say(name, try_result_);					\
	} while (0)

/* Operations that all other checks rely on. */
#define MUST(call)							\
	({								\
		long long must_result_ = (long long)(call);		\
		if (must_result_ == -1) {				\
			printf("%s:%d: %s: %s\n", __FILE__, __LINE__,	\
			       #call, strerror(errno));			\
			exit(1);					\
		}							\
		must_result_;						\
	})

/* The result is a descriptor, which is closed again. */
static inline void say_open(const char *name, int fd)
{
	if (fd < 0) {
		say(name, -1);
		return;
	}
	say_text(name, "ok");
	close(fd);
}

static inline int make_file(const char *name, const char *text)
{
	int fd = (int)MUST(open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
				0644));

	MUST(write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1);
	return fd;
}

static inline void touch(const char *name)
{
	close(make_file(name, ""));
}

static inline void make_with(const char *name, const char *text)
{
	close(make_file(name, text));
}

/* Print what is in a file: text, not much of it. */
static inline void say_content(const char *name, const char *path)
{
	char buf[256];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		say(name, -1);
		return;
	}
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n < 0) {
		say(name, -1);
		return;
	}
	buf[n] = '\0';
	printf("%s: \"%s\"\n", name, buf);
}

static inline struct stat stat_of(const char *path)
{
	struct stat st;

	MUST(lstat(path, &st));
	return st;
}

static inline void say_stat(const char *name, const char *path)
{
	static struct stat st;

	if (lstat(path, &st)) {
		say(name, -1);
		return;
	}
	printf("%s: mode %o", name, (unsigned int)st.st_mode);
	if (!S_ISDIR(st.st_mode))
		printf(" nlink %lu size %lld", (unsigned long)st.st_nlink,
		       (long long)st.st_size);
	printf("\n");
}

/* The exit status of a child that runs @call, or minus its signal. */
#define IN_CHILD(call)							\
	({								\
		int status_;						\
		pid_t pid_;						\
									\
		fflush(stdout);						\
		pid_ = (pid_t)MUST(fork());				\
		if (!pid_)						\
			_exit((int)(call));				\
		MUST(waitpid(pid_, &status_, 0));			\
		WIFSIGNALED(status_) ? -1000 - WTERMSIG(status_) :	\
			WEXITSTATUS(status_);				\
	})

/* Begin: go to the directory, and give files the modes they are given. */
static inline void semantics_begin(int argc, char **argv)
{
	if (argc < 2 || chdir(argv[1])) {
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		exit(2);
	}
	umask(022);
}

static inline int semantics_end(void)
{
	return fflush(stdout) || ferror(stdout);
}

#endif /* TESTS_SEMANTICS_H */
