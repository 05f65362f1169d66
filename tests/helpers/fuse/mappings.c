// SPDX-License-Identifier: GPL-2.0-only
/*
 * mappings.c - maps files into memory, shared and private.
 *
 * Usage: mappings DIRECTORY
 */
#include "semantics.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#define SIZE (1 << 20)

static sigjmp_buf escape;

static void on_bus_error(int signal)
{
	(void)signal;
	siglongjmp(escape, 1);
}

/* 1 if it faults. */
static int faults(const volatile char *p)
{
	if (sigsetjmp(escape, 1))
		return 1;
	(void)*p;
	return 0;
}

static char *map(int fd, int flags, int prot)
{
	char *p = mmap(NULL, SIZE, prot, flags, fd, 0);

	MUST(p == MAP_FAILED ? -1 : 0);
	return p;
}

static int make_pattern(const char *name)
{
	int fd = (int)MUST(open(name, O_RDWR | O_CREAT | O_TRUNC, 0644)), i;
	static char buf[SIZE];

	for (i = 0; i < SIZE; i++)
		buf[i] = (char)(i / 100 + i);
	MUST(pwrite(fd, buf, SIZE, 0) == SIZE ? 0 : -1);
	return fd;
}

static char byte_at(int fd, off_t offset)
{
	char c = 0;

	MUST(pread(fd, &c, 1, offset));
	return c;
}

static void shared(void)
{
	int fd = make_pattern("f"), other;
	char *p, *q;

	p = map(fd, MAP_SHARED, PROT_READ | PROT_WRITE);
	TRY("shared: what was written", p[12345] == (char)(12345 / 100 + 12345));
	p[10] = 'A';
	p[SIZE - 1] = 'Z';
	TRY("shared: seen by read", byte_at(fd, 10) == 'A');
	MUST(pwrite(fd, "B", 1, 20));
	TRY("shared: sees write", p[20] == 'B');
	TRY("shared: msync", msync(p, SIZE, MS_SYNC));
	other = (int)MUST(open("f", O_RDWR));
	q = map(other, MAP_SHARED, PROT_READ | PROT_WRITE);
	q[30] = 'C';
	TRY("shared: by two descriptors", p[30] == 'C');
	TRY("shared: by another process", IN_CHILD(({
		p[40] = 'D';
		0;
	})));
	TRY("shared: by another process, seen", p[40] == 'D');
	close(fd);
	p[50] = 'E';
	TRY("shared: after close", byte_at(other, 50) == 'E');
	MUST(munmap(p, SIZE) | munmap(q, SIZE));
	close(other);
	/* By another way than the page cache, if it is written by then. */
	fd = (int)MUST(open("f", O_RDONLY));
	MUST(fsync(fd));
	MUST(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	TRY("shared: still there", byte_at(fd, 10) == 'A' &&
	    byte_at(fd, SIZE - 1) == 'Z' && byte_at(fd, 50) == 'E');
	close(fd);
	MUST(unlink("f"));
}

static void private(void)
{
	int fd = make_pattern("f");
	char *p = map(fd, MAP_PRIVATE, PROT_READ | PROT_WRITE);
	char before = p[5];

	p[5] = (char)~before;
	TRY("private: not seen by read", byte_at(fd, 5) == before);
	TRY("private: kept", p[5] == (char)~before);
	MUST(munmap(p, SIZE));
	close(fd);
	fd = (int)MUST(open("f", O_RDONLY));
	p = map(fd, MAP_PRIVATE, PROT_READ | PROT_WRITE);
	p[6] = 'x';
	TRY("private: writable though the descriptor is not", p[6] == 'x');
	MUST(munmap(p, SIZE));
	TRY("shared: not writable then",
	    mmap(NULL, SIZE, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ?
	    -1 : 0);
	close(fd);
	MUST(unlink("f"));
}

static void ends(void)
{
	const struct sigaction action = { .sa_handler = on_bus_error };
	int fd = make_pattern("f");
	char *p = map(fd, MAP_SHARED, PROT_READ | PROT_WRITE);

	sigaction(SIGBUS, &action, NULL);
	TRY("end: before", faults(p + SIZE - 1));
	MUST(ftruncate(fd, SIZE / 2 + 1));
	TRY("end: truncated, the last page", faults(p + SIZE / 2 + 100));
	TRY("end: truncated, zero there", p[SIZE / 2 + 100]);
	TRY("end: truncated, past it", faults(p + SIZE - 1));
	MUST(ftruncate(fd, SIZE));
	TRY("end: longer again", faults(p + SIZE - 1));
	TRY("end: zero", p[SIZE - 1]);
	p[SIZE / 2 + 5000] = 'x';
	TRY("end: written in a hole",
	    byte_at(fd, SIZE / 2 + 5000) == 'x');
	MUST(munmap(p, SIZE));
	close(fd);
	MUST(unlink("f"));
	signal(SIGBUS, SIG_DFL);
}

static void unlinked(void)
{
	int fd = make_pattern("f");
	char *p = map(fd, MAP_SHARED, PROT_READ | PROT_WRITE);

	MUST(unlink("f"));
	close(fd);
	p[7] = '7';
	TRY("unlinked: msync", msync(p, SIZE, MS_SYNC));
	TRY("unlinked: kept", p[7] == '7');
	MUST(munmap(p, SIZE));
}

static void code(void)
{
	MUST(system("cp /bin/true ."));
	TRY("a program", WEXITSTATUS(system("./true")));
	say_open("a running program cannot be written", ({
		int fd, fds[2];
		pid_t pid;

		MUST(system("cp /bin/sleep ."));
		MUST(pipe2(fds, O_CLOEXEC));
		fflush(stdout);
		pid = (pid_t)MUST(fork());
		if (!pid) {
			execl("./sleep", "sleep", "5", (char *)NULL);
			_exit(1);
		}
		close(fds[1]);
		/* Ends when the program runs. */
		if (read(fds[0], &fd, 1))
			exit(1);
		close(fds[0]);
		fd = open("sleep", O_WRONLY);
		int error = errno;

		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		errno = error;
		fd;
	}));
	MUST(unlink("true") | unlink("sleep"));
}

int main(int argc, char **argv)
{
	semantics_begin(argc, argv);
	shared();
	private();
	ends();
	unlinked();
	code();
	return semantics_end();
}
