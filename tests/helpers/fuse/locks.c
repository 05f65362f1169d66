// SPDX-License-Identifier: GPL-2.0-only
/*
 * locks.c - flock, POSIX and open-file-description locks, between processes.
 *
 * Usage: locks DIRECTORY
 */
#include "semantics.h"

#include <signal.h>
#include <sys/file.h>
#include <time.h>

#include "helpers/asleep.h"

static int lock(int fd, int command, short type, off_t start, off_t len)
{
	struct flock fl = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = start,
		.l_len = len,
	};

	return fcntl(fd, command, &fl);
}

/* The result in a child: 0 or an errno. */
static int lock_error(int command, short type, off_t start, off_t len)
{
	int fd = open("f", O_RDWR | O_CLOEXEC);

	return lock(fd, command, type, start, len) ? errno : 0;
}

static int flock_error(int operation)
{
	int fd = open("f", O_RDWR | O_CLOEXEC);

	return flock(fd, operation) ? errno : 0;
}

static void whole_files(void)
{
	int a = (int)MUST(open("f", O_RDWR)), b = (int)MUST(open("f", O_RDWR));
	int copy;

	TRY("flock: exclusive", flock(a, LOCK_EX));
	TRY("flock: second", flock(b, LOCK_EX | LOCK_NB));
	TRY("flock: shared beside exclusive", flock(b, LOCK_SH | LOCK_NB));
	TRY("flock: in another process",
	    IN_CHILD(flock_error(LOCK_EX | LOCK_NB)));
	TRY("flock: to shared", flock(a, LOCK_SH));
	TRY("flock: shared twice", flock(b, LOCK_SH | LOCK_NB));
	TRY("flock: to exclusive", flock(a, LOCK_EX | LOCK_NB));
	TRY("flock: unlock", flock(b, LOCK_UN));
	copy = dup(a);
	MUST(flock(a, LOCK_EX | LOCK_NB));
	close(a);
	TRY("flock: kept by dup", flock(b, LOCK_EX | LOCK_NB));
	close(copy);
	TRY("flock: gone with the last", flock(b, LOCK_EX | LOCK_NB));
	TRY("flock: does not mix with POSIX",
	    IN_CHILD(lock_error(F_SETLK, F_WRLCK, 0, 0)));
	close(b);
}

static void ranges(void)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = (int)MUST(open("f", O_RDWR)), other;

	TRY("posix: write lock", lock(fd, F_SETLK, F_WRLCK, 0, 100));
	TRY("posix: again, by the same", lock(fd, F_SETLK, F_WRLCK, 0, 100));
	TRY("posix: conflict", IN_CHILD(lock_error(F_SETLK, F_WRLCK, 50, 10)));
	TRY("posix: conflict of reader",
	    IN_CHILD(lock_error(F_SETLK, F_RDLCK, 0, 0)));
	TRY("posix: beside it", IN_CHILD(lock_error(F_SETLK, F_WRLCK, 100, 1)));
	TRY("posix: unlock the middle", lock(fd, F_SETLK, F_UNLCK, 40, 20));
	TRY("posix: the middle is free",
	    IN_CHILD(lock_error(F_SETLK, F_WRLCK, 40, 20)));
	TRY("posix: the rest is not",
	    IN_CHILD(lock_error(F_SETLK, F_WRLCK, 60, 1)));
	TRY("posix: whose it is", IN_CHILD(({
		int again = open("f", O_RDWR | O_CLOEXEC);

		fl.l_len = 0;
		fcntl(again, F_GETLK, &fl) ? errno :
			fl.l_type == F_WRLCK && fl.l_pid == getppid() &&
			fl.l_start == 0 && fl.l_len == 40 ? 0 : 1;
	})));
	other = (int)MUST(open("f", O_RDONLY));
	TRY("posix: write lock, read-only", lock(other, F_SETLK, F_WRLCK, 500,
						 1));
	close(other);
	TRY("posix: gone after any close",
	    IN_CHILD(lock_error(F_SETLK, F_WRLCK, 0, 0)));
	TRY("posix: backwards", lock(fd, F_SETLK, F_RDLCK, -1, 1));
	close(fd);
}

static void of_descriptions(void)
{
	int a = (int)MUST(open("f", O_RDWR)), b = (int)MUST(open("f", O_RDWR));

	TRY("ofd: write lock", lock(a, F_OFD_SETLK, F_WRLCK, 0, 10));
	TRY("ofd: conflict in one process",
	    lock(b, F_OFD_SETLK, F_WRLCK, 5, 1));
	TRY("ofd: against POSIX",
	    IN_CHILD(lock_error(F_SETLK, F_WRLCK, 5, 1)));
	TRY("ofd: beside it", lock(b, F_OFD_SETLK, F_WRLCK, 10, 1));
	close(a);
	TRY("ofd: gone with it", lock(b, F_OFD_SETLK, F_WRLCK, 0, 10));
	close(b);
}

/* Holds a lock for a moment, in a child that says when it has it. */
static pid_t hold(void)
{
	int fds[2];
	char byte;
	pid_t pid;

	MUST(pipe(fds));
	fflush(stdout);
	pid = (pid_t)MUST(fork());
	if (!pid) {
		int fd = open("f", O_RDWR | O_CLOEXEC);

		if (lock(fd, F_SETLK, F_WRLCK, 0, 10) ||
		    flock(fd, LOCK_EX) || write(fds[1], "x", 1) != 1)
			_exit(1);
		/*
		 * The parent measures that it waits.  It sleeps for other
		 * requests before, so only time is sure.
		 */
		usleep(200000);
		_exit(0);
	}
	close(fds[1]);
	MUST(read(fds[0], &byte, 1) == 1 ? 0 : -1);
	close(fds[0]);
	return pid;
}

static long elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 +
		(now.tv_nsec - since->tv_nsec) / 1000000;
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void waiting(void)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	struct timespec start;
	int fd, status, ret;
	pid_t pid;

	pid = hold();
	fd = (int)MUST(open("f", O_RDWR));
	clock_gettime(CLOCK_MONOTONIC, &start);
	ret = lock(fd, F_SETLKW, F_WRLCK, 5, 1);
	TRY("posix: wait", ret);
	TRY("posix: has waited", elapsed_ms(&start) >= 100);
	TRY("flock: wait", flock(fd, LOCK_EX));
	MUST(waitpid(pid, &status, 0));
	TRY("holder", status);
	close(fd);

	/* Interrupted by a signal. */
	sigaction(SIGALRM, &action, NULL);
	pid = hold();
	fd = (int)MUST(open("f", O_RDWR));
	ualarm(50000, 0);
	TRY("posix: interrupted", lock(fd, F_SETLKW, F_WRLCK, 5, 1));
	ualarm(50000, 0);
	TRY("flock: interrupted", flock(fd, LOCK_EX));
	MUST(waitpid(pid, &status, 0));
	TRY("posix: later", lock(fd, F_SETLKW, F_WRLCK, 5, 1));
	close(fd);

	/* Gone with the process that had it. */
	pid = hold();
	MUST(kill(pid, SIGKILL));
	fd = (int)MUST(open("f", O_RDWR));
	TRY("posix: of a killed process", lock(fd, F_SETLKW, F_WRLCK, 5, 1));
	TRY("flock: of a killed process", flock(fd, LOCK_EX));
	MUST(waitpid(pid, &status, 0));
	close(fd);
}

static void deadlock(void)
{
	int fd = (int)MUST(open("f", O_RDWR)), status, fds[2];
	char byte;
	pid_t pid;

	MUST(pipe(fds));
	MUST(lock(fd, F_SETLK, F_WRLCK, 0, 1));
	fflush(stdout);
	pid = (pid_t)MUST(fork());
	if (!pid) {
		MUST(lock(fd, F_SETLK, F_WRLCK, 1, 1));
		MUST(write(fds[1], "x", 1));
		_exit(lock(fd, F_SETLKW, F_WRLCK, 0, 1) ? 1 : 0);
	}
	MUST(read(fds[0], &byte, 1));
	MUST(wait_until_asleep(pid) ? 0 : -1);
	TRY("posix: deadlock", lock(fd, F_SETLKW, F_WRLCK, 1, 1));
	MUST(lock(fd, F_SETLK, F_UNLCK, 0, 1));
	MUST(waitpid(pid, &status, 0));
	TRY("posix: the other got it", status);
	close(fd);
	close(fds[0]);
	close(fds[1]);
}

int main(int argc, char **argv)
{
	semantics_begin(argc, argv);
	touch("f");
	whole_files();
	ranges();
	of_descriptions();
	waiting();
	deadlock();
	MUST(unlink("f"));
	return semantics_end();
}
