// SPDX-License-Identifier: GPL-2.0-only
/*
 * aio.c - asynchronous direct writes beside buffered reads: once a write is
 * complete, every read sees it.
 *
 * Usage: aio FILE SECONDS
 *
 * One process writes blocks of a file, each with a number that grows, and checks
 * with a buffered read after each completion.  Another reads the same blocks all
 * the time, so that the host caches them.  It prints how many reads saw older
 * data, and fails if any did.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/aio_abi.h>

#define BLOCK	65536u
#define BLOCKS	16

static void die(const char *what)
{
	fprintf(stderr, "aio: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void read_for_ever(const char *path)
{
	int fd = open(path, O_RDONLY), i;
	char buf[4096];

	if (fd < 0)
		die(path);
	for (i = 0;; i++)
		if (pread(fd, buf, sizeof(buf),
			  (i * 7919) % (BLOCKS * BLOCK) / 4096 * 4096) < 0)
			die("read");
}

static void fill(char *buf, uint64_t number)
{
	unsigned int i;

	for (i = 0; i < BLOCK; i += sizeof(number))
		memcpy(buf + i, &number, sizeof(number));
}

/* Whether all pages of the block hold the number. */
static int is_current(int fd, unsigned int block, uint64_t number)
{
	static char buf[BLOCK];
	uint64_t found;
	unsigned int i;

	if (pread(fd, buf, BLOCK, (off_t)block * BLOCK) != (ssize_t)BLOCK)
		die("read");
	for (i = 0; i < BLOCK; i += 512) {
		memcpy(&found, buf + i, sizeof(found));
		if (found != number)
			return 0;
	}
	return 1;
}

int main(int argc, char **argv)
{
	unsigned long writes = 0, stale = 0;
	struct iocb iocbs[BLOCKS], *list[BLOCKS];
	struct io_event event;
	uint64_t numbers[BLOCKS];
	aio_context_t context = 0;
	int direct, buffered, i, done;
	char *data;
	time_t end;
	pid_t pid;

	if (argc != 3)
		return 2;
	direct = open(argv[1], O_RDWR | O_CREAT | O_DIRECT, 0644);
	buffered = open(argv[1], O_RDONLY);
	if (direct < 0 || buffered < 0)
		die(argv[1]);
	if (posix_memalign((void **)&data, 4096, BLOCKS * BLOCK))
		return 2;
	memset(data, 0, BLOCKS * BLOCK);
	if (pwrite(direct, data, BLOCKS * BLOCK, 0) !=
	    (ssize_t)(BLOCKS * BLOCK))
		die("write");
	if (syscall(SYS_io_setup, BLOCKS, &context))
		die("io_setup");
	pid = fork();
	if (!pid)
		read_for_ever(argv[1]);
	end = time(NULL) + atoi(argv[2]);
	while (time(NULL) <= end) {
		for (i = 0; i < BLOCKS; i++) {
			numbers[i] = ++writes;
			fill(data + (size_t)i * BLOCK, numbers[i]);
			iocbs[i] = (struct iocb){
				.aio_lio_opcode = IOCB_CMD_PWRITE,
				.aio_fildes = (uint32_t)direct,
				.aio_buf = (uintptr_t)(data +
						       (size_t)i * BLOCK),
				.aio_nbytes = BLOCK,
				.aio_offset = (int64_t)i * BLOCK,
				.aio_data = (uint64_t)i,
			};
			list[i] = &iocbs[i];
		}
		if (syscall(SYS_io_submit, context, BLOCKS, list) != BLOCKS)
			die("io_submit");
		for (done = 0; done < BLOCKS; done++) {
			if (syscall(SYS_io_getevents, context, 1, 1, &event,
				    NULL) != 1 ||
			    event.res != BLOCK)
				die("io_getevents");
			i = (int)event.data;
			stale += !is_current(buffered, (unsigned int)i,
					     numbers[i]);
		}
	}
	/* The cache is not stale afterwards, either. */
	for (i = 0; i < BLOCKS; i++)
		stale += !is_current(buffered, (unsigned int)i, numbers[i]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	printf("%lu of %lu stale\n", stale, writes);
	return stale ? 1 : 0;
}
