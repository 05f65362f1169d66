// SPDX-License-Identifier: GPL-2.0-only
/*
 * exercise.c - random operations on files, checked against a copy in memory.
 *
 * Usage: exercise DIRECTORY SECONDS [SEED]
 *
 * It reads and writes (buffered, direct, mapped, appending), truncates,
 * allocates, punches, zeroes, copies and clones ranges within and between files,
 * closes, reopens, renames and replaces files, and drops the host's cache.  It
 * ends at the first byte that differs and shows the last operations.  It knows
 * nothing of the file system below.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define FILES		3
#define SIZE_MAX_	(3 << 20)
#define LEN_MAX		(256 << 10)
#define DIRECT		4096
#define HISTORY		40

struct file {
	char name[32];
	int fd, direct;			/* direct: -1 if there is none */
	off_t size;
	unsigned char *want;		/* SIZE_MAX_ bytes, zero past size */
};

static struct file files[FILES];
static unsigned char *buffer;		/* SIZE_MAX_ bytes, aligned */
static uint64_t state;
static unsigned long steps;
static bool no_punch, no_zero, no_allocate, no_clone, no_copy;

static char history[HISTORY][120];

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(history[steps % HISTORY], sizeof(*history), format, args);
	va_end(args);
}

static void fail(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

static void fail(const char *format, ...)
{
	unsigned long i = steps < HISTORY ? 0 : steps - HISTORY + 1;
	va_list args;

	for (; i <= steps; i++)
		printf("%lu: %s\n", i, history[i % HISTORY]);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	exit(1);
}

#define MUST(call)							\
	do {								\
		if ((call) < 0)						\
			fail("%s: %s", #call, strerror(errno));		\
	} while (0)

static uint64_t number(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state * 0x2545f4914f6cdd1dull >> 16) % below;
}

/* Some short, some long, some at the edges of pages. */
static void choose_range(off_t limit, off_t *ret_offset, size_t *ret_len)
{
	off_t offset = (off_t)number((uint64_t)limit);
	size_t len = 1 + number(number(3) ? 5000 : LEN_MAX);

	if (!number(3))
		offset &= ~4095ll;
	if (!number(3))
		len = (len + 4095) & ~4095ul;
	if (offset + (off_t)len > limit)
		len = (size_t)(limit - offset);
	*ret_offset = offset;
	*ret_len = len ? len : 1;
}

static void fill_buffer(size_t len)
{
	unsigned char base = (unsigned char)number(256);
	size_t i;

	for (i = 0; i < len; i++)
		buffer[i] = (unsigned char)(base + i + (i >> 8));
}

static void grow(struct file *f, off_t end)
{
	if (end > f->size)
		f->size = end;
}

static void compare(const struct file *f, const unsigned char *got,
		    off_t offset, size_t len, const char *how)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (got[i] != f->want[offset + (off_t)i])
			fail("%s: byte %lld of %lld is %#x, not %#x, %s",
			     f->name, (long long)offset + (long long)i,
			     (long long)f->size, got[i],
			     f->want[offset + (off_t)i], how);
}

static void open_file(struct file *f)
{
	f->fd = open(f->name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	MUST(f->fd);
	f->direct = open(f->name, O_RDWR | O_DIRECT | O_CLOEXEC);
}

static void close_file(struct file *f)
{
	MUST(close(f->fd));
	if (f->direct >= 0)
		MUST(close(f->direct));
}

static void check_size(struct file *f)
{
	struct stat st;

	MUST(fstat(f->fd, &st));
	if (st.st_size != f->size)
		fail("%s: size %lld, not %lld", f->name,
		     (long long)st.st_size, (long long)f->size);
}

/* ---- Operations ---- */

static void do_write(struct file *f)
{
	off_t offset;
	size_t len;

	choose_range(SIZE_MAX_, &offset, &len);
	note("%s: write %zu at %lld", f->name, len, (long long)offset);
	fill_buffer(len);
	if (pwrite(f->fd, buffer, len, offset) != (ssize_t)len)
		fail("%s: pwrite: %s", f->name, strerror(errno));
	memcpy(f->want + offset, buffer, len);
	grow(f, offset + (off_t)len);
}

static void do_append(struct file *f)
{
	size_t len = 1 + number(9000);
	int fd;

	if (f->size + (off_t)len > SIZE_MAX_)
		return;
	note("%s: append %zu to %lld", f->name, len, (long long)f->size);
	fill_buffer(len);
	fd = open(f->name, O_WRONLY | O_APPEND | O_CLOEXEC);
	MUST(fd);
	if (write(fd, buffer, len) != (ssize_t)len)
		fail("%s: write: %s", f->name, strerror(errno));
	MUST(close(fd));
	memcpy(f->want + f->size, buffer, len);
	f->size += (off_t)len;
}

static void do_read(struct file *f)
{
	off_t offset, end;
	size_t len;
	ssize_t n;

	choose_range(SIZE_MAX_, &offset, &len);
	note("%s: read %zu at %lld", f->name, len, (long long)offset);
	n = pread(f->fd, buffer, len, offset);
	end = offset + (off_t)len < f->size ? offset + (off_t)len : f->size;
	if (n != (end > offset ? end - offset : 0))
		fail("%s: %zd bytes at %lld, of %lld: %s", f->name, n,
		     (long long)offset, (long long)f->size, strerror(errno));
	compare(f, buffer, offset, (size_t)n, "read");
}

static void do_direct(struct file *f)
{
	off_t offset = (off_t)number(SIZE_MAX_ / DIRECT) * DIRECT;
	size_t len = (1 + number(16)) * DIRECT;
	ssize_t n;
	off_t end;

	if (f->direct < 0)
		return;
	if (offset + (off_t)len > SIZE_MAX_)
		len = DIRECT;
	if (number(2)) {
		note("%s: write directly %zu at %lld", f->name, len,
		     (long long)offset);
		fill_buffer(len);
		if (pwrite(f->direct, buffer, len, offset) != (ssize_t)len)
			fail("%s: direct pwrite: %s", f->name,
			     strerror(errno));
		memcpy(f->want + offset, buffer, len);
		grow(f, offset + (off_t)len);
		return;
	}
	note("%s: read directly %zu at %lld", f->name, len, (long long)offset);
	n = pread(f->direct, buffer, len, offset);
	if (n < 0)
		fail("%s: direct pread: %s", f->name, strerror(errno));
	end = offset + (off_t)len < f->size ? offset + (off_t)len : f->size;
	if (n != (end > offset ? end - offset : 0))
		fail("%s: %zd bytes directly at %lld, of %lld", f->name, n,
		     (long long)offset, (long long)f->size);
	compare(f, buffer, offset, (size_t)n, "read directly");
}

static void do_map(struct file *f)
{
	bool write = number(2);
	off_t offset, start;
	size_t len, skip;
	char *p;

	if (!f->size)
		return;
	choose_range(f->size, &offset, &len);
	start = offset & ~4095ll;
	skip = (size_t)(offset - start);
	note("%s: %s %zu at %lld by mapping", f->name,
	     write ? "write" : "read", len, (long long)offset);
	p = mmap(NULL, skip + len, PROT_READ | (write ? PROT_WRITE : 0),
		 MAP_SHARED, f->fd, start);
	if (p == MAP_FAILED)
		fail("%s: mmap: %s", f->name, strerror(errno));
	compare(f, (unsigned char *)p + skip, offset, len, "mapped");
	if (write) {
		fill_buffer(len);
		memcpy(p + skip, buffer, len);
		memcpy(f->want + offset, buffer, len);
		if (!number(4))
			MUST(msync(p, skip + len, MS_SYNC));
	}
	MUST(munmap(p, skip + len));
}

static void do_truncate(struct file *f)
{
	off_t size = number(3) ? (off_t)number(SIZE_MAX_ + 1) :
		f->size - (off_t)number((uint64_t)f->size / 2 + 1);

	note("%s: truncate %lld to %lld", f->name, (long long)f->size,
	     (long long)size);
	MUST(ftruncate(f->fd, size));
	if (size < f->size)
		memset(f->want + size, 0, (size_t)(f->size - size));
	f->size = size;
}

/* Whether it is done; what the file system does not know is not tried again. */
static bool can(int ret, bool *no, const struct file *f, const char *what)
{
	if (!ret)
		return true;
	if (errno != EOPNOTSUPP)
		fail("%s: %s: %s", f->name, what, strerror(errno));
	*no = true;
	return false;
}

static void do_allocate(struct file *f)
{
	int mode = (int)number(4);
	off_t offset;
	size_t len;

	choose_range(SIZE_MAX_, &offset, &len);
	switch (mode) {
	case 0:
		note("%s: punch %zu at %lld", f->name, len, (long long)offset);
		if (no_punch || !can(fallocate(f->fd, FALLOC_FL_PUNCH_HOLE |
					       FALLOC_FL_KEEP_SIZE, offset,
					       (off_t)len), &no_punch, f,
				     "punch"))
			return;
		memset(f->want + offset, 0, len);
		break;
	case 1:
	case 2:
		note("%s: zero %zu at %lld%s", f->name, len,
		     (long long)offset, mode == 1 ? "" : ", keep size");
		if (no_zero || !can(fallocate(f->fd, FALLOC_FL_ZERO_RANGE |
					      (mode == 1 ? 0 :
					       FALLOC_FL_KEEP_SIZE), offset,
					      (off_t)len), &no_zero, f, "zero"))
			return;
		memset(f->want + offset, 0, len);
		if (mode == 1)
			grow(f, offset + (off_t)len);
		break;
	case 3:
		note("%s: allocate %zu at %lld", f->name, len,
		     (long long)offset);
		if (no_allocate || !can(fallocate(f->fd, 0, offset,
						  (off_t)len), &no_allocate, f,
					"allocate"))
			return;
		grow(f, offset + (off_t)len);
		break;
	}
}

static void do_copy(struct file *f)
{
	struct file *to = &files[number(FILES)];
	off_t from, target, in, out;
	size_t len, left;
	ssize_t n;

	if (!f->size || no_copy)
		return;
	choose_range(f->size, &from, &len);
	target = (off_t)number(SIZE_MAX_ - len + 1);
	if (!number(3))
		target &= ~4095ll;
	if (to == f && target < from + (off_t)len && from < target + (off_t)len)
		return;
	note("%s: copy %zu at %lld to %s at %lld", f->name, len,
	     (long long)from, to->name, (long long)target);
	in = from;
	out = target;
	for (left = len; left; left -= (size_t)n) {
		n = copy_file_range(f->fd, &in, to->fd, &out, left, 0);
		if (n < 0 && errno == EOPNOTSUPP && left == len) {
			no_copy = true;
			return;
		}
		if (n <= 0)
			fail("%s: copy_file_range: %zd: %s", f->name, n,
			     strerror(errno));
	}
	memmove(to->want + target, f->want + from, len);
	grow(to, target + (off_t)len);
}

static void do_clone(struct file *f)
{
	struct file *to = &files[number(FILES)];
	struct file_clone_range range = {
		.src_fd = f->fd,
		.src_offset = number(8) * 65536,
		.src_length = (1 + number(4)) * 65536,
		.dest_offset = number(32) * 65536,
	};

	if (no_clone || to == f ||
	    (off_t)(range.src_offset + range.src_length) > f->size)
		return;
	note("%s: clone %llu at %llu to %s at %llu", f->name,
	     range.src_length, range.src_offset, to->name, range.dest_offset);
	if (!can(ioctl(to->fd, FICLONERANGE, &range), &no_clone, f, "clone"))
		return;
	memcpy(to->want + range.dest_offset, f->want + range.src_offset,
	       range.src_length);
	grow(to, (off_t)(range.dest_offset + range.src_length));
}

static void do_reopen(struct file *f)
{
	note("%s: close and open", f->name);
	close_file(f);
	open_file(f);
}

static void do_sync(struct file *f)
{
	note("%s: sync and drop", f->name);
	MUST(number(2) ? fsync(f->fd) : fdatasync(f->fd));
	MUST(posix_fadvise(f->fd, 0, 0, POSIX_FADV_DONTNEED));
}

static void do_rename(struct file *f)
{
	char name[sizeof(f->name)];

	snprintf(name, sizeof(name), "file-%d-%lu", (int)(f - files), steps);
	note("%s: rename to %s", f->name, name);
	MUST(rename(f->name, name));
	memcpy(f->name, name, sizeof(name));
}

static void do_replace(struct file *f)
{
	note("%s: remove and make", f->name);
	MUST(unlink(f->name));
	/* The old one still works. */
	check_size(f);
	close_file(f);
	memset(f->want, 0, (size_t)f->size);
	f->size = 0;
	open_file(f);
}

static void check_all(struct file *f)
{
	off_t offset;
	ssize_t n;

	note("%s: compare all", f->name);
	check_size(f);
	for (offset = 0; offset < f->size; offset += n) {
		n = pread(f->fd, buffer, SIZE_MAX_, offset);
		if (n <= 0)
			fail("%s: read: %zd: %s", f->name, n, strerror(errno));
		compare(f, buffer, offset, (size_t)n, "in the end");
	}
}

static const struct {
	void (*run)(struct file *f);
	unsigned int weight;
} operations[] = {
	{ do_write, 20 }, { do_append, 6 }, { do_read, 20 }, { do_direct, 8 },
	{ do_map, 12 }, { do_truncate, 5 }, { do_allocate, 8 },
	{ do_copy, 5 }, { do_clone, 3 }, { do_reopen, 4 }, { do_sync, 4 },
	{ do_rename, 2 }, { do_replace, 1 }, { check_size, 2 },
};

static void step(void)
{
	struct file *f = &files[number(FILES)];
	unsigned int all = 0, i, pick;

	for (i = 0; i < sizeof(operations) / sizeof(*operations); i++)
		all += operations[i].weight;
	pick = (unsigned int)number(all);
	for (i = 0; pick >= operations[i].weight; i++)
		pick -= operations[i].weight;
	operations[i].run(f);
	steps++;
}

int main(int argc, char **argv)
{
	struct timespec now;
	time_t end;
	int i;

	if (argc < 3 || chdir(argv[1])) {
		fprintf(stderr, "usage: exercise DIRECTORY SECONDS [SEED]\n");
		return 2;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	state = argc > 3 ? strtoull(argv[3], NULL, 0) :
		(uint64_t)now.tv_nsec * 1000003 + (uint64_t)now.tv_sec;
	state |= 1ull << 40;
	printf("seed %llu\n", (unsigned long long)state);
	if (posix_memalign((void **)&buffer, DIRECT, SIZE_MAX_))
		return 2;
	for (i = 0; i < FILES; i++) {
		snprintf(files[i].name, sizeof(files[i].name), "file-%d", i);
		files[i].want = calloc(1, SIZE_MAX_);
		open_file(&files[i]);
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + atoi(argv[2]);
	do {
		step();
		if (!(steps % 64))
			clock_gettime(CLOCK_MONOTONIC, &now);
		if (!(steps % 1000))
			check_all(&files[number(FILES)]);
	} while (now.tv_sec < end);
	for (i = 0; i < FILES; i++) {
		check_all(&files[i]);
		do_reopen(&files[i]);
		do_sync(&files[i]);
		check_all(&files[i]);
	}
	printf("%lu operations%s%s%s%s%s\n", steps,
	       no_punch ? ", no punch" : "", no_zero ? ", no zero" : "",
	       no_allocate ? ", no allocate" : "",
	       no_clone ? ", no clone" : "", no_copy ? ", no copy" : "");
	return 0;
}
