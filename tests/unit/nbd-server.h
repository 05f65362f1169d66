/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nbd-server.h - an image, the data that it should have, and an nbdkit that
 * serves it.
 */
#ifndef TESTS_NBD_SERVER_H
#define TESTS_NBD_SERVER_H

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "open-image.h"
#include "unit.h"

#define IMAGE	"nbd-image"
#define SHADOW	"nbd-shadow"
#define SOCKET	"nbd-socket"
#define URI	"nbd+unix:///?socket=" SOCKET
#define SIZE	(8u << 20)

static char pattern[SIZE], expected[SIZE], data[SIZE];
static pid_t server;

static inline void make_file(const char *name, size_t size)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	REQUIRE(fd >= 0);
	REQUIRE(write(fd, pattern, size) == (ssize_t)size);
	close(fd);
}

static inline void make_image(size_t size)
{
	make_file(IMAGE, size);
	memcpy(expected, pattern, SIZE);
}

static inline bool image_is(const char *want, size_t size)
{
	int fd = open(IMAGE, O_RDONLY | O_CLOEXEC);
	struct stat st;
	bool same;

	REQUIRE(fd >= 0 && !fstat(fd, &st));
	same = st.st_size == (off_t)size &&
	       read(fd, data, size) == (ssize_t)size &&
	       !memcmp(data, want, size);
	close(fd);
	return same;
}

static inline int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

/* A program that writes nbd-pid once it listens. */
static inline void start_program(const char *command)
{
	int i;

	unlink(SOCKET);
	unlink("nbd-pid");
	server = fork();
	REQUIRE(server >= 0);
	if (!server) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	for (i = 0; access("nbd-pid", F_OK); i++) {
		REQUIRE(i < 1000 && waitpid(server, NULL, WNOHANG) == 0);
		usleep(10000);
	}
}

/* nbdkit with these arguments, listening when this returns. */
static inline void start_server(const char *arguments)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "exec nbdkit -f -P nbd-pid -U " SOCKET " %s", arguments);
	start_program(command);
}

static inline void stop_server(int signal)
{
	kill(server, signal);
	waitpid(server, NULL, 0);
	server = 0;
}

static inline struct blk *open_uri(unsigned int flags)
{
	return open_image(URI, "raw", flags);
}

/* Bytes that differ from zero and from those beside them. */
static inline void make_pattern(void)
{
	size_t i;

	for (i = 0; i < SIZE; i++)
		pattern[i] = (i * 7 + i / 512) | 0x41;
}

/* Skips all if there can be no server. */
static inline void need_nbd(void)
{
#ifndef HAVE_LIBNBD
	SKIP_ALL("built without libnbd");
#endif
	if (system("nbdkit --version >/dev/null 2>&1"))
		SKIP_ALL("nbdkit is not installed");
	signal(SIGPIPE, SIG_IGN);
	make_pattern();
}

#endif /* TESTS_NBD_SERVER_H */
