// SPDX-License-Identifier: GPL-2.0-only
/*
 * nbd.c - tests images on NBD servers (nbdkit): all requests, several threads,
 * small and large blocks, and servers that refuse, fail, wait or die.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "blk/blk.h"
#include "blk/nbd/nbd.h"
#include "config.h"
#include "image-random.h"
#include "nbd-server.h"
#include "unit.h"

static char buffer[SIZE];

static void properties(void)
{
	struct blk_extent extent;
	struct iovec iov = { buffer, 512 };
	struct blk *blk;

	make_image(SIZE);
	start_server("file " IMAGE);
	blk = open_uri(0);
	CHECK_EQ(blk->size, SIZE);
	CHECK_EQ(blk->sector_size, 512);
	CHECK(blk->physical_size >= 512 && blk->physical_size <= 4096);
	CHECK_EQ(blk->caps, BLK_CAP_WRITE | BLK_CAP_DISCARD |
		 BLK_CAP_WRITE_ZEROES);
	CHECK_EQ(blk_preadv_nowait(blk, &iov, 1, 0), -EAGAIN);
	CHECK_EQ(blk_pwritev_nowait(blk, &iov, 1, 0), -EAGAIN);
	CHECK_EQ(blk_map(blk, 0, 512, &extent), -EOPNOTSUPP);
	CHECK_EQ(blk_pread(blk, buffer, 1, SIZE), -EINVAL);
	CHECK_EQ(blk_pread(blk, buffer, SIZE, 0), 0);
	CHECK(!memcmp(buffer, pattern, SIZE));
	CHECK_EQ(blk_pwrite(blk, pattern + 1, 100000, 77), 0);
	memcpy(expected + 77, pattern + 1, 100000);
	CHECK_EQ(blk_flush(blk), 0);
	CHECK(image_is(expected, SIZE));
	CHECK_EQ(blk_discard(blk, 1 << 20, 1 << 20), 0);
	CHECK_EQ(blk_write_zeroes(blk, 3 << 20, 1 << 20, true), 0);
	CHECK_EQ(blk_write_zeroes(blk, 5 << 20, 1 << 20, false), 0);
	memset(expected + (1 << 20), 0, 1 << 20);
	memset(expected + (3 << 20), 0, 1 << 20);
	memset(expected + (5 << 20), 0, 1 << 20);
	blk_close(blk);
	CHECK(image_is(expected, SIZE));

	blk = open_uri(BLK_OPEN_READ_ONLY);
	CHECK_EQ(blk->caps, 0);
	CHECK_EQ(blk_pwrite(blk, pattern, 512, 0), -EROFS);
	blk_close(blk);
	blk = open_uri(BLK_OPEN_COW);
	CHECK_EQ(blk_pwrite(blk, pattern, 512, 99), 0);
	CHECK_EQ(blk_pread(blk, buffer, 512, 99), 0);
	CHECK(!memcmp(buffer, pattern, 512));
	blk_close(blk);
	CHECK(image_is(expected, SIZE));
	stop_server(SIGTERM);
}

/* Of any length, at any place; the file is then what was written. */
static void random_requests(uint64_t ops, uint64_t cluster,
			    unsigned int threads)
{
	struct random_test t = {
		.path = URI,
		.options.format = "raw",
		.cluster = cluster,
		.seed = random_given("TEST_SEED", 1),
		.ops = ops,
		.threads = threads,
		.reopen_every = 97,
	};

	make_file(SHADOW, SIZE);
	CHECK(random_run(&t, SHADOW));
	CHECK(!system("cmp " IMAGE " " SHADOW));
}

static void any_request(void)
{
	make_image(SIZE);
	start_server("file " IMAGE);
	random_requests(700, 4096, 1);
	stop_server(SIGTERM);
	/* Some of them are longer than what is sent at once. */
	make_image(SIZE);
	start_server("file " IMAGE);
	random_requests(700, 1 << 20, 4);
	stop_server(SIGTERM);
}

/* The filter fails what is not aligned, or longer than the server wants. */
static void blocks_of_servers(void)
{
	static const char *const sizes[] = {
		"blocksize-minimum=512",
		"blocksize-minimum=4096 blocksize-maximum=65536",
		"blocksize-minimum=65536 blocksize-preferred=65536",
		"blocksize-maximum=4096",
	};
	char arguments[256];
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		make_image(SIZE);
		snprintf(arguments, sizeof(arguments),
			 "--filter=blocksize-policy file " IMAGE
			 " blocksize-error-policy=error %s", sizes[i]);
		start_server(arguments);
		random_requests(150, 4096, 1);
		make_image(SIZE);
		random_requests(150, 4096, 4);
		stop_server(SIGTERM);
	}
}

static void without_features(void)
{
	struct blk *blk;

	make_image(SIZE);
	start_server("--filter=nozero --filter=nofilter eval "
		     "get_size='stat -Lc %s " IMAGE "' "
		     "pread='dd if=" IMAGE " iflag=skip_bytes,count_bytes "
		     "skip=$4 count=$3 status=none' "
		     "pwrite='dd of=" IMAGE " oflag=seek_bytes conv=notrunc "
		     "seek=$4 status=none' can_write='exit 0'");
	blk = open_uri(0);
	CHECK_EQ(blk->caps, BLK_CAP_WRITE);
	CHECK_EQ(blk_discard(blk, 0, 4096), -EOPNOTSUPP);
	CHECK_EQ(blk_write_zeroes(blk, 4096, 4096, true), 0);
	memset(expected + 4096, 0, 4096);
	CHECK_EQ(blk_flush(blk), 0);
	blk_close(blk);
	CHECK(image_is(expected, SIZE));
	stop_server(SIGTERM);
}

/* Ends within a sector: that is zeroes, and nothing to write to. */
static void odd_size(void)
{
	struct blk *blk;

	make_image(5000);
	start_server("file " IMAGE);
	CHECK_EQ(refused(URI, "raw", 0, "5000, is not a multiple of 512"), -EINVAL);
	blk = open_uri(BLK_OPEN_READ_ONLY);
	CHECK_EQ(blk->size, 5120);
	memset(buffer, 0xff, 5120);
	CHECK_EQ(blk_pread(blk, buffer, 5120, 0), 0);
	CHECK(!memcmp(buffer, pattern, 5000));
	CHECK(!buffer[5000] && !memcmp(buffer + 5000, buffer + 5001, 119));
	memset(buffer, 0xff, 120);
	CHECK_EQ(blk_pread(blk, buffer, 100, 5010), 0);
	CHECK(!buffer[0] && !memcmp(buffer, buffer + 1, 99));
	blk_close(blk);
	stop_server(SIGTERM);
}

static void open_errors(void)
{
	unlink(SOCKET);
	CHECK_EQ(refused(URI, "raw", 0, "No such file"), -ENOENT);
	CHECK_EQ(refused("nbd://localhost:1/", "raw", 0, "refused"), -ECONNREFUSED);
	CHECK(refused("nbd://[::1/", "raw", 0, "cannot connect"));
	CHECK(refused("nbd+unix:///", "raw", 0, "socket"));
	CHECK(refused("nbds+unix:///?socket=" SOCKET, "raw", 0, "cannot connect"));

	make_image(SIZE);
	start_server("-r file " IMAGE);
	CHECK_EQ(refused(URI, "raw", 0, "for reading only"), -EROFS);
	stop_server(SIGTERM);
	start_server("memory 0");
	CHECK_EQ(refused(URI, "raw", 0, "is empty"), -EINVAL);
	stop_server(SIGTERM);
	start_server("--filter=exportname memory 1M exportname-strict=true "
		     "exportname=one");
	CHECK(refused(URI, "raw", 0, "cannot connect"));
	CHECK(!refused("nbd+unix:///one?socket=" SOCKET, "raw", 0, ""));
	stop_server(SIGTERM);
}

static void errors(void)
{
	struct blk *blk;

	start_server("--filter=error memory 1M error-pwrite=ENOSPC "
		     "error-pwrite-rate=1 error-zero=EIO error-zero-rate=1 "
		     "error-file=nbd-fail");
	unlink("nbd-fail");
	blk = open_uri(0);
	CHECK_EQ(blk_pwrite(blk, pattern, 4096, 0), 0);
	close(open("nbd-fail", O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
	CHECK_EQ(blk_pwrite(blk, pattern, 4096, 0), -ENOSPC);
	CHECK_EQ(blk_write_zeroes(blk, 0, 4096, true), -EIO);
	/* The connection is still good. */
	CHECK_EQ(blk_pread(blk, buffer, 4096, 0), 0);
	CHECK(!memcmp(buffer, pattern, 4096));
	unlink("nbd-fail");
	CHECK_EQ(blk_pwrite(blk, pattern, 4096, 0), 0);
	blk_close(blk);
	stop_server(SIGTERM);
}

/* ---- Threads ---- */

#define THREADS		6
#define STRIPE		(SIZE / THREADS / 4096 * 4096)

static struct blk *shared;

/* Each in a part of its own, so that it knows what is there. */
static void *use_stripe(void *arg)
{
	uint64_t base = (uintptr_t)arg * STRIPE, at;
	char block[8192], got[8192];
	uint32_t n = (uintptr_t)arg + 1;
	long bad = 0;
	int i;

	for (i = 0; i < 400; i++) {
		n = n * 1664525 + 1013904223;
		at = base + (n >> 8) % (STRIPE - sizeof(block));
		memset(block, n >> 16, sizeof(block));
		bad += !!blk_pwrite(shared, block, sizeof(block), at);
		bad += blk_pread(shared, got, sizeof(got), at) ||
		       memcmp(got, block, sizeof(got));
		if (i % 50 == 0)
			bad += !!blk_flush(shared);
	}
	return (void *)bad;
}

static void run_threads(void)
{
	pthread_t id[THREADS];
	uintptr_t i;
	void *bad;

	shared = open_uri(0);
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&id[i], NULL, use_stripe, (void *)i));
	for (i = 0; i < THREADS; i++) {
		REQUIRE(!pthread_join(id[i], &bad));
		CHECK_EQ((long)bad, 0);
	}
	blk_close(shared);
}

static void threads(void)
{
	make_image(SIZE);
	start_server("file " IMAGE);
	run_threads();
	stop_server(SIGTERM);
	/* One connection for all, and blocks that neighbours share. */
	make_image(SIZE);
	start_server("--filter=multi-conn --filter=blocksize-policy file "
		     IMAGE " multi-conn-mode=disable blocksize-minimum=4096 "
		     "blocksize-error-policy=error");
	run_threads();
	stop_server(SIGTERM);
}

/* Answers come in another order than requests, and beside each other. */
static void *read_slowly(void *arg)
{
	char got[4096];
	uint64_t at = (uintptr_t)arg * 4096;

	return (void *)(long)(blk_pread(shared, got, sizeof(got), at) ||
			      memcmp(got, pattern + at, sizeof(got)));
}

static void waits_together(void)
{
	pthread_t id[THREADS];
	int64_t start;
	uintptr_t i;
	void *bad;

	make_image(SIZE);
	start_server("--filter=delay file " IMAGE " rdelay=500ms");
	shared = open_uri(BLK_OPEN_READ_ONLY);
	start = now_ms();
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&id[i], NULL, read_slowly, (void *)i));
	for (i = 0; i < THREADS; i++) {
		REQUIRE(!pthread_join(id[i], &bad));
		CHECK_EQ((long)bad, 0);
	}
	CHECK(now_ms() - start < 500 * THREADS / 2);
	blk_close(shared);
	stop_server(SIGTERM);
}

/* ---- Servers that die or fall silent ---- */

static unsigned int answered;

static void *read_until_error(void *arg)
{
	char got[65536];
	uint64_t at = (uintptr_t)arg * sizeof(got);
	int ret;

	do {
		ret = blk_pread(shared, got, sizeof(got), at);
		__atomic_add_fetch(&answered, !ret, __ATOMIC_SEQ_CST);
	} while (!ret);
	return (void *)(long)ret;
}

static void killed_server(void)
{
	enum blk_operation operation;
	pthread_t id[THREADS];
	uintptr_t i;
	void *ret;

	make_image(SIZE);
	start_server("file " IMAGE);
	shared = open_uri(0);
	answered = 0;
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&id[i], NULL, read_until_error,
					(void *)i));
	/* In the middle of it. */
	for (i = 0; i < 6000; i++) {
		if (__atomic_load_n(&answered, __ATOMIC_SEQ_CST) > 100)
			break;
		usleep(10000);
	}
	CHECK(i < 6000);
	stop_server(SIGKILL);
	for (i = 0; i < THREADS; i++) {
		REQUIRE(!pthread_join(id[i], &ret));
		CHECK_EQ((long)ret, -ECONNRESET);
	}
	CHECK_EQ(blk_failure(shared, &operation), -ECONNRESET);
	CHECK_EQ(operation, BLK_READ);
	/* And so it stays, though there may be a server again. */
	start_server("file " IMAGE);
	CHECK_EQ(blk_pwrite(shared, pattern, 512, 0), -ECONNRESET);
	CHECK_EQ(blk_flush(shared), -ECONNRESET);
	CHECK_EQ(blk_discard(shared, 0, 4096), -ECONNRESET);
	blk_close(shared);
	stop_server(SIGTERM);
}

/* It takes requests, and never answers. */
static void stalled_server(void)
{
	enum blk_operation operation;
	pthread_t id[THREADS];
	int64_t start;
	uintptr_t i;
	int error;
	void *ret;

	make_image(SIZE);
	start_server("file " IMAGE);
	shared = open_uri(0);
	CHECK_EQ(blk_pwrite(shared, pattern, 4096, 0), 0);
	nbd_silence_seconds = 1;
	REQUIRE(!kill(server, SIGSTOP));
	start = now_ms();
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&id[i], NULL, read_until_error,
					(void *)i));
	for (i = 0; i < THREADS; i++) {
		REQUIRE(!pthread_join(id[i], &ret));
		CHECK((long)ret == -ETIMEDOUT || (long)ret == -ECONNRESET);
	}
	CHECK(now_ms() - start >= 1000);
	CHECK(now_ms() - start < 10000);
	CHECK_EQ(blk_failure(shared, &operation), -ETIMEDOUT);
	CHECK_EQ(operation, BLK_READ);
	REQUIRE(!kill(server, SIGCONT));
	/* Nobody knows what became of what it was asked. */
	do {
		error = blk_pwrite(shared, pattern, 512, 0);
	} while (!error);
	CHECK_EQ(error, -ECONNRESET);
	blk_close(shared);
	nbd_silence_seconds = 300;
	stop_server(SIGTERM);
}

/* Slow is not silent: as long as something comes, it may take its time. */
static void slow_server(void)
{
	static char got[SIZE];

	make_image(SIZE);
	start_server("--filter=delay file " IMAGE " rdelay=700ms");
	shared = open_uri(BLK_OPEN_READ_ONLY);
	nbd_silence_seconds = 1;
	CHECK_EQ(blk_pread(shared, got, SIZE, 0), 0);
	CHECK(!memcmp(got, pattern, SIZE));
	CHECK_EQ(blk_pread(shared, got, 4096, 4096), 0);
	CHECK_EQ(blk_pread(shared, got, 4096, 8192), 0);
	blk_close(shared);
	nbd_silence_seconds = 300;
	stop_server(SIGTERM);
}

/* Says what it is told to, then nothing. */
static void talk(const void *words, size_t len, const char *want)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	REQUIRE(fd >= 0);
	unlink(SOCKET);
	strcpy(addr.sun_path, SOCKET);
	REQUIRE(!bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	REQUIRE(!listen(fd, 1));
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		int client = accept(fd, NULL, NULL);
		char sink[4096];

		if (write(client, words, len) == (ssize_t)len)
			shutdown(client, SHUT_WR);
		while (read(client, sink, sizeof(sink)) > 0)
			;
		_exit(0);
	}
	close(fd);
	CHECK(refused(URI, "raw", BLK_OPEN_READ_ONLY, want) < 0);
	waitpid(pid, NULL, 0);
}

static void hostile_servers(void)
{
	/* An old server's greeting, with a size and flags. */
	unsigned char old[152] = "NBDMAGIC\0\0\x42\x02\x81\x86\x12\x53";
	char noise[4096];
	size_t i;

	for (i = 0; i < sizeof(noise); i++)
		noise[i] = i * 31 + i / 7;
	talk("", 0, "cannot connect");
	talk("NBDMAGIC", 8, "cannot connect");
	talk(noise, sizeof(noise), "cannot connect");
	talk("NBDMAGICIHAVEOPT\0\3", 18, "cannot connect");
	old[27] = 1;
	memset(old + 16, 0xff, 8);
	talk(old, sizeof(old), "");
	memset(old + 16, 0, 8);
	old[16] = 0x7f;
	memset(old + 17, 0xff, 7);
	talk(old, sizeof(old), "is not supported");
}

int main(void)
{
	need_nbd();
	/* Servers that die do not come back here; nbd-recovery.c has others. */
	nbd_recovery_seconds = 1;
	RUN(properties);
	RUN(any_request);
	RUN(blocks_of_servers);
	RUN(without_features);
	RUN(odd_size);
	RUN(open_errors);
	RUN(errors);
	RUN(threads);
	RUN(waits_together);
	RUN(killed_server);
	RUN(stalled_server);
	RUN(slow_server);
	RUN(hostile_servers);
	return unit_exit();
}
