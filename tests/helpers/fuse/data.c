// SPDX-License-Identifier: GPL-2.0-only
/*
 * data.c - reading, writing, copying and allocating in many ways.
 *
 * Usage: data DIRECTORY
 *
 * Holes begin and end at whole megabytes: file systems differ in smaller ones.
 */
#include "semantics.h"

#include <signal.h>
#include <linux/falloc.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#define MIB (1 << 20)

static char *big;		/* of 8 MiB, aligned */

static int make_big(const char *name, size_t size)
{
	int fd = (int)MUST(open(name, O_RDWR | O_CREAT | O_TRUNC, 0644));

	MUST(pwrite(fd, big, size, 0) == (ssize_t)size ? 0 : -1);
	return fd;
}

/* A number that depends on all bytes of a file. */
static unsigned int sum(int fd)
{
	static unsigned char buf[MIB];
	unsigned int value = 0;
	off_t offset = 0;
	ssize_t n, i;

	while ((n = pread(fd, buf, sizeof(buf), offset)) > 0) {
		for (i = 0; i < n; i++)
			value = value * 31 + buf[i];
		offset += n;
	}
	if (n < 0)
		return 0;
	return (value ^ (unsigned int)offset) & 0x7fffffff;
}

static void appending(void)
{
	int fd, other;

	fd = (int)MUST(open("f", O_WRONLY | O_CREAT | O_APPEND, 0644));
	other = (int)MUST(open("f", O_WRONLY | O_APPEND));
	TRY("append", write(fd, "one ", 4));
	TRY("append: other descriptor", write(other, "two ", 4));
	TRY("append: first again", write(fd, "three ", 6));
	TRY("append: pwrite goes to the end, too", pwrite(fd, "four", 4, 0));
	TRY("append: position", lseek(fd, 0, SEEK_CUR));
	say_content("append: all", "f");
	TRY("append: on by fcntl", ({
		int plain = (int)MUST(open("f", O_WRONLY));

		MUST(fcntl(plain, F_SETFL, O_APPEND));
		MUST(write(plain, "!", 1));
		close(plain);
	}));
	say_content("append: by fcntl", "f");
	close(fd);
	close(other);
	fd = (int)MUST(open("f", O_RDWR));
	TRY("append: RWF_APPEND", pwritev2(fd, &(struct iovec){ (char []){ "?" }, 1 }, 1, 0,
					   RWF_APPEND));
	say_content("append: RWF_APPEND", "f");
	close(fd);
	MUST(unlink("f"));
}

static void truncating(void)
{
	char buf[32];
	int fd;

	make_with("f", "0123456789");
	TRY("truncate: shorter", truncate("f", 4));
	say_content("truncate: shorter", "f");
	TRY("truncate: longer", truncate("f", 20));
	say_stat("truncate: longer", "f");
	fd = (int)MUST(open("f", O_RDONLY));
	TRY("truncate: zeroes", ({
		MUST(read(fd, buf, sizeof(buf)));
		!memcmp(buf, "0123\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
	}));
	TRY("truncate: read-only descriptor", ftruncate(fd, 0));
	close(fd);
	say_open("O_TRUNC", open("f", O_WRONLY | O_TRUNC));
	say_stat("O_TRUNC", "f");
	make_with("f", "again");
	say_open("O_TRUNC with O_CREAT",
		 open("f", O_WRONLY | O_CREAT | O_TRUNC, 0600));
	say_stat("O_TRUNC with O_CREAT", "f");
	TRY("truncate: negative", truncate("f", -1));
	MUST(mkdir("d", 0755));
	TRY("truncate: directory", truncate("d", 0));
	MUST(unlink("f") | rmdir("d"));
	/* Old bytes must not come back. */
	fd = make_big("f", MIB);
	MUST(ftruncate(fd, 1000));
	MUST(ftruncate(fd, MIB));
	TRY("truncate: sum", sum(fd));
	close(fd);
	MUST(unlink("f"));
}

static void positions(void)
{
	char buf[8] = "";
	int fd = make_file("f", "0123456789"), other;

	TRY("seek: end", lseek(fd, 0, SEEK_END));
	TRY("seek: before the start", lseek(fd, -1, SEEK_SET));
	TRY("read: at the end", read(fd, buf, 1));
	TRY("read: past the end", pread(fd, buf, 8, 100));
	TRY("read: across the end", pread(fd, buf, 8, 6));
	other = dup(fd);
	MUST(lseek(fd, 3, SEEK_SET));
	TRY("seek: shared by dup", lseek(other, 0, SEEK_CUR));
	close(other);
	TRY("write: past the end", pwrite(fd, "x", 1, 99));
	TRY("write: hole", ({
		MUST(pread(fd, buf, 8, 50));
		!memcmp(buf, "\0\0\0\0\0\0\0\0", 8);
	}));
	close(fd);
	fd = (int)MUST(open("f", O_RDONLY));
	TRY("write: read-only", write(fd, "x", 1));
	close(fd);
	fd = (int)MUST(open("f", O_WRONLY));
	TRY("read: write-only", read(fd, buf, 1));
	TRY("write: beyond 4 GiB", pwrite(fd, "far", 3, 5ll << 30));
	TRY("size: beyond 4 GiB", stat_of("f").st_size);
	close(fd);
	fd = (int)MUST(open("f", O_RDONLY));
	TRY("read: beyond 4 GiB", pread(fd, buf, 8, 5ll << 30));
	TRY("seek: data", lseek(fd, 2ll << 30, SEEK_DATA) >= (4ll << 30));
	close(fd);
	fd = (int)MUST(open(".", O_RDONLY));
	TRY("read: directory", read(fd, buf, 1));
	close(fd);
	MUST(unlink("f"));
}

static void vectors(void)
{
	struct iovec iov[3] = {
		{ big, 3 * MIB }, { big + 3 * MIB, 0 }, { big + 3 * MIB, MIB }
	};
	int fd = (int)MUST(open("f", O_RDWR | O_CREAT | O_TRUNC, 0644));

	TRY("writev", writev(fd, iov, 3));
	TRY("writev: sum", sum(fd));
	TRY("pwritev: unaligned", pwritev(fd, iov, 3, 12345));
	TRY("pwritev: sum", sum(fd));
	TRY("write: 8 MiB", pwrite(fd, big, 8 * MIB, 0));
	memset(big, 0, 8 * MIB);
	TRY("read: 8 MiB", pread(fd, big, 8 * MIB, 0));
	TRY("read: sum", sum(fd));
	close(fd);
	MUST(unlink("f"));
}

static void holes(void)
{
	int fd = make_big("f", MIB);

	MUST(pwrite(fd, big, MIB, 8 * MIB));
	MUST(ftruncate(fd, 16 * MIB));
	MUST(fsync(fd));
	TRY("hole: first data", lseek(fd, 0, SEEK_DATA));
	TRY("hole: first hole", lseek(fd, 0, SEEK_HOLE));
	TRY("hole: second data", lseek(fd, MIB, SEEK_DATA));
	TRY("hole: second hole", lseek(fd, 8 * MIB, SEEK_HOLE));
	TRY("hole: no more data", lseek(fd, 9 * MIB, SEEK_DATA));
	TRY("hole: past the end", lseek(fd, 16 * MIB, SEEK_HOLE));
	TRY("hole: position", lseek(fd, 0, SEEK_CUR));
	TRY("hole: blocks", stat_of("f").st_blocks * 512ll < 8 * MIB);
	close(fd);
	MUST(unlink("f"));
}

/* Optional operations of file systems; 1 if this one has them. */
static bool try_fallocate(const char *name, int fd, int mode, off_t offset,
			  off_t len)
{
	int ret = fallocate(fd, mode, offset, len);

	say(name, ret);
	return !ret;
}

static void allocating(void)
{
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	int fd = make_big("f", 4 * MIB);

	if (try_fallocate("punch", fd, punch, MIB, 2 * MIB)) {
		TRY("punch: sum", sum(fd));
		MUST(fsync(fd));
		TRY("punch: hole", lseek(fd, 0, SEEK_HOLE));
		TRY("punch: data", lseek(fd, MIB, SEEK_DATA));
	}
	if (try_fallocate("punch: unaligned", fd, punch, 100, 5000))
		TRY("punch: unaligned: sum", sum(fd));
	try_fallocate("punch: without KEEP_SIZE", fd, FALLOC_FL_PUNCH_HOLE, 0,
		      MIB);
	if (try_fallocate("allocate", fd, 0, 0, 6 * MIB)) {
		say_stat("allocate", "f");
		TRY("allocate: sum", sum(fd));
		TRY("allocate: blocks",
		    stat_of("f").st_blocks * 512ll >= 6 * MIB);
	}
	if (try_fallocate("allocate: keep size", fd, FALLOC_FL_KEEP_SIZE, 0,
			  9 * MIB))
		say_stat("allocate: keep size", "f");
	TRY("allocate: nothing", fallocate(fd, 0, 0, 0));
	TRY("allocate: negative", fallocate(fd, 0, -1, 10));
	MUST(pwrite(fd, big, 4 * MIB, 0));
	if (try_fallocate("zero range", fd, FALLOC_FL_ZERO_RANGE, 1000,
			  2 * MIB))
		TRY("zero range: sum", sum(fd));
	if (try_fallocate("zero range: longer", fd, FALLOC_FL_ZERO_RANGE,
			  5 * MIB, 5 * MIB)) {
		say_stat("zero range: longer", "f");
		TRY("zero range: longer: sum", sum(fd));
	}
	if (try_fallocate("zero range: keep size", fd, FALLOC_FL_ZERO_RANGE |
			  FALLOC_FL_KEEP_SIZE, 9 * MIB, 5 * MIB))
		say_stat("zero range: keep size", "f");
	close(fd);
	fd = (int)MUST(open("f", O_RDONLY));
	TRY("allocate: read-only", fallocate(fd, 0, 0, MIB));
	close(fd);
	MUST(unlink("f"));
}

static void copying(void)
{
	int from = make_big("from", 4 * MIB), to;
	off_t in = MIB, out = 0;

	to = (int)MUST(open("to", O_RDWR | O_CREAT, 0644));
	/* A file system may copy less than asked for. */
	while (in < 3 * MIB)
		MUST(copy_file_range(from, &in, to, &out,
				     (size_t)(3 * MIB - in), 0) > 0 ? 0 : -1);
	TRY("copy: sum", sum(to));
	TRY("copy: size", stat_of("to").st_size);
	in = 4 * MIB;
	TRY("copy: at the end", copy_file_range(from, &in, to, NULL, 10, 0));
	in = 0;
	out = 100;
	TRY("copy: overlapping",
	    copy_file_range(from, &in, from, &out, MIB, 0));
	in = 0;
	out = 4 * MIB;
	TRY("copy: in itself",
	    copy_file_range(from, &in, from, &out, 10, 0));
	say_stat("copy: in itself", "from");
	in = 0;
	TRY("sendfile", sendfile(to, from, &in, 1000));
	close(to);
	to = (int)MUST(open("to", O_RDONLY));
	in = out = 0;
	TRY("copy: read-only", copy_file_range(from, &in, to, &out, 10, 0));
	close(to);
	close(from);
	MUST(unlink("from") | unlink("to"));
}

/* A source that is open for reading only, at offsets that suit no block. */
static void copying_odd_ranges(void)
{
	static const size_t lengths[] = { 12345, 1, 4096, 511 };
	static const off_t odd[] = { 0, 1, 511, 4095, 4097, MIB - 1 };
	int from, to = (int)MUST(open("to", O_RDWR | O_CREAT, 0644));
	unsigned int i;
	off_t in, out, end;
	ssize_t n;

	close(make_big("from", 2 * MIB));
	from = (int)MUST(open("from", O_RDONLY));
	for (i = 0; i < 24; i++) {
		in = out = odd[i % 6];
		end = in + (off_t)lengths[i % 4];
		/* A file system may copy less than asked for. */
		do
			n = copy_file_range(from, &in, to, &out,
					    (size_t)(end - in), 0);
		while (n > 0 && in < end);
		TRY("copy: odd range", n < 0 ? -1 : in);
	}
	TRY("copy: odd ranges: sum", sum(to));
	close(from);
	close(to);
	MUST(unlink("from") | unlink("to"));
}

static void direct(void)
{
	int fd = open("f", O_RDWR | O_CREAT | O_DIRECT, 0644), other;

	if (fd < 0) {
		say("direct", -1);
		return;
	}
	say_text("direct", "ok");
	TRY("direct: write", pwrite(fd, big, 2 * MIB, 0));
	other = (int)MUST(open("f", O_RDWR));
	TRY("direct: seen by others", sum(other));
	MUST(pwrite(other, "buffered", 8, 4096));
	memset(big + 4 * MIB, 0, MIB);
	TRY("direct: read", pread(fd, big + 4 * MIB, MIB, 0));
	TRY("direct: sees others", memcmp(big + 4 * MIB + 4096, "buffered", 8));
	TRY("direct: at the end", pread(fd, big + 4 * MIB, MIB, 2 * MIB));
	TRY("direct: append", pwrite(fd, big, 4096, 2 * MIB));
	TRY("direct: size", stat_of("f").st_size);
	close(fd);
	close(other);
	MUST(unlink("f"));
}

static void limits(void)
{
	struct rlimit limit = { 1000, RLIM_INFINITY };
	struct rlimit before;
	int fd = make_file("f", "");

	MUST(getrlimit(RLIMIT_FSIZE, &before));
	limit.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	MUST(setrlimit(RLIMIT_FSIZE, &limit));
	TRY("limit: up to it", pwrite(fd, big, 2000, 0));
	TRY("limit: beyond it", pwrite(fd, big, 10, 1000));
	TRY("limit: truncate", ftruncate(fd, 2000));
	MUST(setrlimit(RLIMIT_FSIZE, &before));
	say_stat("limit: size", "f");
	close(fd);
	MUST(unlink("f"));
}

/* Archivers take a file without blocks for one hole. */
static void blocks(void)
{
	int fd = make_big("f", 300000), tries;

	MUST(fsync(fd));
	TRY("blocks: synced", stat_of("f").st_blocks * 512 >= 300000);
	MUST(pwrite(fd, big, MIB, MIB));
	MUST(fsync(fd));
	TRY("blocks: more", stat_of("f").st_blocks * 512 >= 300000 + MIB);
	close(fd);
	fd = make_big("g", 300000);
	TRY("blocks: written back", ({
		MUST(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE |
				     SYNC_FILE_RANGE_WAIT_AFTER));
		for (tries = 0; tries < 100 && !stat_of("g").st_blocks; tries++)
			usleep(20000);
		!!stat_of("g").st_blocks;
	}));
	close(fd);
	TRY("blocks: closed", stat_of("g").st_blocks * 512 >= 300000);
	MUST(unlink("f") | unlink("g"));
}

static void syncing(void)
{
	int fd = make_file("f", "to be kept"), dir;

	TRY("fsync", fsync(fd));
	TRY("fdatasync", fdatasync(fd));
	TRY("sync_file_range",
	    sync_file_range(fd, 0, 5, SYNC_FILE_RANGE_WRITE |
			    SYNC_FILE_RANGE_WAIT_AFTER));
	TRY("syncfs", syncfs(fd));
	dir = (int)MUST(open(".", O_RDONLY | O_DIRECTORY));
	TRY("fsync: directory", fsync(dir));
	TRY("fdatasync: directory", fdatasync(dir));
	close(dir);
	close(fd);
	say_open("O_SYNC", open("f", O_WRONLY | O_SYNC));
	TRY("O_DSYNC: write", ({
		fd = (int)MUST(open("f", O_WRONLY | O_DSYNC));
		ssize_t n = write(fd, "now", 3);

		close(fd);
		n;
	}));
	MUST(unlink("f"));
}

int main(int argc, char **argv)
{
	size_t i;

	semantics_begin(argc, argv);
	if (posix_memalign((void **)&big, 65536, 8 * MIB))
		return 1;
	for (i = 0; i < 8 * MIB; i++)
		big[i] = (char)(i * 7 + i / 4096 + i / 1000003);
	appending();
	truncating();
	positions();
	vectors();
	holes();
	allocating();
	copying();
	copying_odd_ranges();
	direct();
	limits();
	blocks();
	syncing();
	return semantics_end();
}
