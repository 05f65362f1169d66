// SPDX-License-Identifier: GPL-2.0-only
/*
 * overlay.c - tests images with an overlay: a read returns what was written,
 * wherever it is kept, and the image file never changes.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "blk/blk.h"
#include "image-random.h"
#include "open-image.h"
#include "unit.h"

#define IMAGE		"overlay-image"
#define SHADOW		"overlay-shadow"
#define CLUSTER		4096u
#define SIZE		(4u << 20)

static char pattern[SIZE], expected[SIZE], buffer[SIZE];

static const struct blk_options cow = { .flags = BLK_OPEN_COW };

static void make_file(const char *name, size_t size)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	REQUIRE(fd >= 0);
	REQUIRE(write(fd, pattern, size) == (ssize_t)size);
	close(fd);
}

static void make_image(size_t size)
{
	make_file(IMAGE, size);
	memcpy(expected, pattern, SIZE);
}

static struct blk *open_overlay(void)
{
	return open_image(IMAGE, NULL, BLK_OPEN_COW);
}

static bool image_unchanged(size_t size)
{
	int fd = open(IMAGE, O_RDONLY | O_CLOEXEC);
	struct stat st;
	bool same;

	REQUIRE(fd >= 0 && !fstat(fd, &st));
	same = st.st_size == (off_t)size &&
	       read(fd, buffer, size) == (ssize_t)size &&
	       !memcmp(buffer, pattern, size);
	close(fd);
	return same;
}

/* ---- Faults: no place for temporary files, or no space in them ---- */

static bool no_tmpfile;
static const char *tmpfile_in;		/* where the first one was made */
static int write_error, write_error_after;

int open(const char *path, int flags, ...)
{
	va_list ap;
	int mode, fd;

	va_start(ap, flags);
	mode = va_arg(ap, int);
	va_end(ap);
	if ((flags & O_TMPFILE) == O_TMPFILE && no_tmpfile) {
		errno = EROFS;
		return -1;
	}
	fd = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if ((flags & O_TMPFILE) == O_TMPFILE && fd >= 0 && !tmpfile_in)
		tmpfile_in = path;
	return fd;
}

ssize_t pwritev(int fd, const struct iovec *iov, int n, off_t offset)
{
	if (write_error && --write_error_after < 0) {
		errno = write_error;
		return -1;
	}
	return syscall(SYS_pwritev, fd, iov, (long)n, offset, 0l);
}

static int put(struct blk *blk, const char *from, size_t len, uint64_t offset)
{
	struct iovec iov = { (char *)from, len };

	return blk_pwritev(blk, &iov, 1, offset);
}

static void properties(void)
{
	struct blk *blk;

	make_image(SIZE);
	blk = open_overlay();
	CHECK_EQ(blk->size, SIZE);
	CHECK_EQ(blk->sector_size, 512);
	CHECK_EQ(blk->caps, BLK_CAP_WRITE | BLK_CAP_DISCARD |
		 BLK_CAP_WRITE_ZEROES);
	CHECK_EQ(blk_flush(blk), 0);
	CHECK_EQ(blk_pread(blk, buffer, SIZE, 0), 0);
	CHECK(!memcmp(buffer, pattern, SIZE));
	CHECK_EQ(put(blk, pattern, 2, SIZE - 1), -EINVAL);
	blk_close(blk);
}

static void open_errors(void)
{
	struct lkl_error err = { "" };
	struct blk *blk;

	CHECK_EQ(blk_open("missing", &cow, &blk, &err), -ENOENT);
	CHECK_STR(err.text, "missing: cannot open: No such file or directory");
}

static void unwritable_file(void)
{
	bool root = !geteuid();
	struct blk *blk;

	make_image(SIZE);
	REQUIRE(!chmod(IMAGE, 0444));
	/* Permissions do not bind root. */
	if (root)
		REQUIRE(!chmod(".", 0755) && !seteuid(65534));
	blk = open_overlay();
	CHECK_EQ(put(blk, pattern + 1, 512, 0), 0);
	CHECK_EQ(blk_pread(blk, buffer, 512, 0), 0);
	CHECK(!memcmp(buffer, pattern + 1, 512));
	blk_close(blk);
	if (root)
		REQUIRE(!seteuid(0));
	CHECK(image_unchanged(SIZE));
	unlink(IMAGE);
}

/* Nothing is left for the next one who opens it. */
static void forgotten(void)
{
	struct blk *blk;

	make_image(SIZE);
	blk = open_overlay();
	CHECK_EQ(put(blk, pattern + 1, 100000, 5), 0);
	CHECK_EQ(blk_flush(blk), 0);
	blk_close(blk);
	CHECK(image_unchanged(SIZE));
	blk = open_overlay();
	CHECK_EQ(blk_pread(blk, buffer, SIZE, 0), 0);
	CHECK(!memcmp(buffer, pattern, SIZE));
	blk_close(blk);
}

/* Whole clusters of it are zeroes then, the rest stays. */
static void discarded(void)
{
	struct blk *blk;

	make_image(SIZE);
	blk = open_overlay();
	CHECK_EQ(put(blk, pattern + 1, CLUSTER, 4 * CLUSTER), 0);
	CHECK_EQ(blk_discard(blk, 3 * CLUSTER - 5, 3 * CLUSTER + 10), 0);
	memset(expected + 3 * CLUSTER, 0, 3 * CLUSTER);
	CHECK_EQ(blk_pread(blk, buffer, SIZE, 0), 0);
	CHECK(!memcmp(buffer, expected, SIZE));
	blk_close(blk);
	CHECK(image_unchanged(SIZE));
}

/* Held against a file that is written to and read from in the same way. */
static void random_requests(struct blk *blk, unsigned int threads)
{
	struct random_test t = {
		.path = IMAGE,
		.options = cow,
		.blk = blk,
		.cluster = CLUSTER,
		.seed = random_given("TEST_SEED", 1),
		.ops = 5000,
		.threads = threads,
	};

	CHECK(random_run(&t, SHADOW));
}

static void any_request_of(size_t size)
{
	make_image(size);
	make_file(SHADOW, size);
	random_requests(open_overlay(), 1);
	make_file(SHADOW, size);
	random_requests(open_overlay(), 4);
	CHECK(image_unchanged(size));
}

static void any_request(void)
{
	any_request_of(SIZE);
}

/* The last block is not a whole one. */
static void any_request_of_odd_size(void)
{
	any_request_of(SIZE - 5000);
}

/* The overlay has moved its data from memory to a file. */
#define SPILLED		(64ull << 20)

static struct blk *open_spilled(void)
{
	const size_t chunk = 1u << 20;
	struct blk *blk;
	uint64_t at;
	int fd;

	make_image(SIZE);
	make_file(SHADOW, SIZE);
	REQUIRE(!truncate(IMAGE, SPILLED) && !truncate(SHADOW, SPILLED));
	fd = open(SHADOW, O_WRONLY | O_CLOEXEC);
	blk = open_overlay();
	for (at = 32u << 20; at < 60u << 20; at += chunk) {
		REQUIRE(!put(blk, pattern, chunk, at));
		REQUIRE(pwrite(fd, pattern, chunk, at) == (ssize_t)chunk);
	}
	close(fd);
	return blk;
}

static void any_request_of_spilled(void)
{
	random_requests(open_spilled(), 4);
	REQUIRE(!truncate(IMAGE, SIZE));
	CHECK(image_unchanged(SIZE));
}

/* More clusters than the table has at first, far apart and dense. */
static void many_clusters(void)
{
	const uint64_t size = 1ull << 40;
	unsigned int i, bad = 0;
	uint64_t at, got;
	struct blk *blk;

	make_image(512);
	REQUIRE(!truncate(IMAGE, size));
	blk = open_overlay();
	for (i = 0; i < 20000; i++) {
		at = (uint64_t)i * (size / 20000 / CLUSTER) * CLUSTER + i % 4000;
		bad += !!put(blk, (char *)&at, sizeof(at), at);
	}
	for (i = 0; i < 20000; i++) {
		at = (uint64_t)i * (size / 20000 / CLUSTER) * CLUSTER + i % 4000;
		bad += blk_pread(blk, &got, sizeof(got), at) || got != at;
	}
	CHECK_EQ(bad, 0);
	blk_close(blk);
	unlink(IMAGE);
}

/* Where the file ends within a sector, and the device within a cluster. */
static void tail(void)
{
	struct blk *blk;

	make_image(5000);
	blk = open_overlay();
	CHECK_EQ(blk->size, 5120);
	CHECK_EQ(put(blk, pattern + 9, 512, 5120 - 512), 0);
	CHECK_EQ(blk_pread(blk, buffer, 5120, 0), 0);
	CHECK(!memcmp(buffer, pattern, 4608));
	CHECK(!memcmp(buffer + 4608, pattern + 9, 512));
	/* The rest of that cluster came from the file. */
	CHECK_EQ(put(blk, "x", 1, 5119), 0);
	CHECK_EQ(blk_pread(blk, buffer, 1024, 4096), 0);
	CHECK(!memcmp(buffer, pattern + 4096, 512));
	CHECK_EQ(buffer[1023], 'x');
	blk_close(blk);
	CHECK(image_unchanged(5000));
}

/* A part of a cluster cannot be kept if the rest of it cannot be read. */
static void unreadable_below(void)
{
	struct blk *blk;

	make_image(SIZE);
	blk = open_overlay();
	REQUIRE(!truncate(IMAGE, CLUSTER));
	CHECK_EQ(put(blk, pattern, 512, SIZE / 2), -EIO);
	CHECK_EQ(blk_pread(blk, buffer, 512, SIZE / 2), -EIO);
	CHECK_EQ(put(blk, pattern + 3, 512, 512), 0);
	CHECK_EQ(blk_pread(blk, buffer, CLUSTER, 0), 0);
	CHECK(!memcmp(buffer, pattern, 512));
	CHECK(!memcmp(buffer + 512, pattern + 3, 512));
	CHECK(!memcmp(buffer + 1024, pattern + 1024, CLUSTER - 1024));
	blk_close(blk);
}

/* Files in memory that are open: what is written is kept in one at first. */
static int files_in_memory(void)
{
	char path[64], name[64];
	int fd, found = 0;
	ssize_t n;

	for (fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, name, sizeof(name) - 1);
		name[n > 0 ? n : 0] = '\0';
		found += !!strstr(name, "memfd:overlay");
	}
	return found;
}

/* Bytes of the file in memory, if there is one. */
static long long bytes_in_memory(void)
{
	char path[64], name[64];
	struct stat st;
	ssize_t n;
	int fd;

	for (fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, name, sizeof(name) - 1);
		name[n > 0 ? n : 0] = '\0';
		if (strstr(name, "memfd:overlay") && !fstat(fd, &st))
			return st.st_blocks * 512ll;
	}
	return 0;
}

/* Blocks that are discarded and written again count as others do. */
static void memory_after_discard(void)
{
	const size_t chunk = 1u << 20;
	struct blk *blk;
	uint64_t at;
	int i;

	make_image(SIZE);
	REQUIRE(!truncate(IMAGE, SPILLED));
	blk = open_overlay();
	/* Little that comes and goes stays in memory. */
	for (i = 0; i < 10; i++) {
		for (at = 0; at < 8u << 20; at += chunk)
			REQUIRE(!put(blk, pattern, chunk, at));
		REQUIRE(!blk_discard(blk, 0, 8u << 20));
	}
	CHECK_EQ(files_in_memory(), 1);
	CHECK_EQ(bytes_in_memory(), 0);
	/* Much does not. */
	REQUIRE(!blk_discard(blk, 0, SPILLED));
	for (at = 0; at < SPILLED; at += chunk) {
		REQUIRE(!put(blk, pattern, chunk, at));
		CHECK(bytes_in_memory() <= 16ll << 20);
	}
	CHECK_EQ(files_in_memory(), 0);
	CHECK_EQ(blk_pread(blk, buffer, chunk, SPILLED - chunk), 0);
	CHECK(!memcmp(buffer, pattern, chunk));
	blk_close(blk);
}

/* Little memory is used for much that is written, and it is all there. */
static long resident_kib(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[128];
	long kib = -1;

	REQUIRE(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	fclose(file);
	return kib;
}

static void much(void)
{
	const uint64_t size = 200u << 20;
	unsigned int bad = 0;
	struct blk *blk;
	long before;
	uint64_t at;

	make_image(SIZE);
	REQUIRE(!truncate(IMAGE, size));
	blk = open_overlay();
	before = resident_kib();
	for (at = 0; at < size; at += SIZE) {
		memcpy(buffer, pattern, SIZE);
		memcpy(buffer + 100, &at, sizeof(at));
		bad += !!put(blk, buffer, SIZE, at);
	}
	for (at = 0; at < size; at += SIZE) {
		bad += !!blk_pread(blk, buffer, SIZE, at);
		bad += !!memcmp(buffer + 100, &at, sizeof(at));
		memcpy(buffer + 100, pattern + 100, sizeof(at));
		bad += !!memcmp(buffer, pattern, SIZE);
	}
	CHECK_EQ(bad, 0);
	CHECK(resident_kib() - before < 20000);
	CHECK_EQ(files_in_memory(), 0);
	blk_close(blk);
	REQUIRE(!truncate(IMAGE, SIZE));
	CHECK(image_unchanged(SIZE));
}

/* Where there is no place for a file, memory has to do. */
static void no_place(void)
{
	struct blk *blk;

	no_tmpfile = true;
	blk = open_spilled();
	no_tmpfile = false;
	CHECK_EQ(files_in_memory(), 1);
	CHECK_EQ(put(blk, pattern + 1, 8192, 100), 0);
	CHECK_EQ(blk_pread(blk, buffer, 8192, 100), 0);
	CHECK(!memcmp(buffer, pattern + 1, 8192));
	CHECK_EQ(blk_pread(blk, buffer, 8192, 33u << 20), 0);
	CHECK(!memcmp(buffer, pattern, 8192));
	blk_close(blk);
}

static void place(void)
{
	char *old = getenv("TMPDIR") ? strdup(getenv("TMPDIR")) : NULL;

	setenv("TMPDIR", ".", 1);
	make_image(SIZE);
	tmpfile_in = NULL;
	blk_close(open_overlay());
	CHECK_STR(tmpfile_in, ".");
	tmpfile_in = NULL;
	setenv("TMPDIR", "no/such/directory", 1);
	blk_close(open_overlay());
	CHECK_STR(tmpfile_in, "/var/tmp");
	if (old)
		setenv("TMPDIR", old, 1);
	else
		unsetenv("TMPDIR");
	free(old);
}

/* A write that fails has not been made, or is told of, and others go on. */
static void no_space(void)
{
	enum blk_operation operation;
	struct blk *blk;
	int after;

	for (after = 0; after < 3; after++) {
		make_image(SIZE);
		blk = open_overlay();
		write_error = ENOSPC;
		write_error_after = after;
		/* Two edges and what is between. */
		CHECK_EQ(put(blk, pattern + 5, 3 * CLUSTER, 100), -ENOSPC);
		write_error = 0;
		CHECK_EQ(blk_failure(blk, &operation), -ENOSPC);
		CHECK_EQ(operation, BLK_WRITE);
		CHECK_EQ(blk_pread(blk, buffer, SIZE, 0), 0);
		CHECK(!memcmp(buffer, pattern, SIZE));
		CHECK_EQ(put(blk, pattern + 5, 3 * CLUSTER, 100), 0);
		CHECK_EQ(blk_pread(blk, buffer, 3 * CLUSTER, 100), 0);
		CHECK(!memcmp(buffer, pattern + 5, 3 * CLUSTER));
		blk_close(blk);
	}
}

/* ---- Threads: a cluster is read as it was before or after a write ---- */

#define CLUSTERS	600u

static struct blk *shared;

static void *write_clusters(void *arg)
{
	char data[CLUSTER];
	unsigned int i;
	long bad = 0;

	for (i = 0; i < 5 * CLUSTERS; i++) {
		memset(data, i / CLUSTERS + 1, sizeof(data));
		bad += !!put(shared, data, CLUSTER,
			     (uint64_t)(i % CLUSTERS) * CLUSTER);
	}
	(void)arg;
	return (void *)bad;
}

static void *read_clusters(void *arg)
{
	char data[CLUSTER];
	unsigned int i;
	long bad = 0;
	uint64_t at;

	for (i = 0; i < 10 * CLUSTERS; i++) {
		at = (uint64_t)(i % CLUSTERS) * CLUSTER;
		if (blk_pread(shared, data, CLUSTER, at))
			bad++;
		else if (memcmp(data, pattern + at, CLUSTER))
			bad += data[0] < 1 || data[0] > 5 ||
			       memcmp(data, data + 1, CLUSTER - 1);
	}
	(void)arg;
	return (void *)bad;
}

static void threads(void)
{
	pthread_t id[3];
	void *bad;
	int i;

	make_image(SIZE);
	shared = open_overlay();
	for (i = 0; i < 3; i++)
		REQUIRE(!pthread_create(&id[i], NULL,
					i ? read_clusters : write_clusters,
					NULL));
	for (i = 0; i < 3; i++) {
		REQUIRE(!pthread_join(id[i], &bad));
		CHECK_EQ((long)bad, 0);
	}
	blk_close(shared);
	CHECK(image_unchanged(SIZE));
}

/* Two first writes to a cluster at once: each brings the rest of it along. */
static atomic_uint arrived;

static void *write_sectors(void *arg)
{
	unsigned int wanted = 0;
	uint64_t at;
	long bad = 0;

	for (at = arg ? 512 : 0; at < SIZE; at += CLUSTER) {
		wanted += 2;
		atomic_fetch_add(&arrived, 1);
		/* Sleepers would not wake up at the same time. */
		while (atomic_load(&arrived) < wanted)
			sched_yield();
		bad += !!put(shared, expected + at, 512, at);
	}
	return (void *)bad;
}

static void write_together(void)
{
	pthread_t id[2];
	void *bad;
	int i;

	shared = open_overlay();
	atomic_store(&arrived, 0);
	for (i = 0; i < 2; i++)
		REQUIRE(!pthread_create(&id[i], NULL, write_sectors,
					i ? &arrived : NULL));
	for (i = 0; i < 2; i++) {
		REQUIRE(!pthread_join(id[i], &bad));
		CHECK_EQ((long)bad, 0);
	}
	CHECK_EQ(blk_pread(shared, buffer, SIZE, 0), 0);
	CHECK(!memcmp(buffer, expected, SIZE));
	blk_close(shared);
}

static void neighbours(void)
{
	size_t i;

	make_image(SIZE);
	for (i = 0; i < SIZE; i += CLUSTER)
		memset(expected + i, 1 + i / CLUSTER % 100, 1024);
	/* Once does not always bring them together. */
	for (i = 0; i < 4; i++)
		write_together();
}

int main(void)
{
	size_t i;

	for (i = 0; i < SIZE; i++)
		pattern[i] = (i * 7 + i / 512) | 0x41;
	REQUIRE(!unlink(IMAGE) || errno == ENOENT);

	RUN(properties);
	RUN(open_errors);
	RUN(unwritable_file);
	RUN(forgotten);
	RUN(discarded);
	RUN(any_request);
	RUN(any_request_of_odd_size);
	RUN(any_request_of_spilled);
	RUN(memory_after_discard);
	RUN(many_clusters);
	RUN(tail);
	RUN(unreadable_below);
	RUN(much);
	RUN(no_place);
	RUN(place);
	RUN(no_space);
	RUN(threads);
	RUN(neighbours);
	unlink(IMAGE);
	unlink(SHADOW);
	return unit_exit();
}
