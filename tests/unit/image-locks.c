// SPDX-License-Identifier: GPL-2.0-only
/*
 * image-locks.c - tests who may use an image at the same time: if this library
 * or a tool of QEMU writes to it, the other one is refused.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blk/blk.h"
#include "shell.h"
#include "unit.h"

#define RO	BLK_OPEN_READ_ONLY
#define NO_LOCK	BLK_OPEN_NO_LOCK
#define COW	BLK_OPEN_COW

static const char *format;	/* of the image "image" */

static struct blk *ours(const char *path, unsigned int flags, int want)
{
	const struct blk_options options = {
		.flags = flags | BLK_OPEN_NAMED_FILES,
		.format = strcmp(path, "image") ? "qcow2" : format,
	};
	struct lkl_error err = { "" };
	struct blk *blk = NULL;
	int ret = blk_open(path, &options, &blk, &err);

	if (ret != want)
		printf("# %s, flags 0x%x: %s (%s), not %s\n", path, flags,
		       strerror(-ret), err.text, strerror(-want));
	CHECK_EQ(ret, want);
	if (want)
		CHECK(strstr(err.text, path));
	if (want == -EBUSY && !strstr(err.text, "use")) {
		printf("# %s\n", err.text);
		CHECK(!"it says that it is in use");
	}
	return ret ? NULL : blk;
}

/* Open and close. */
static void try(const char *path, unsigned int flags, int want)
{
	blk_close(ours(path, flags, want));
}

/* ---- QEMU: one that comes, and one that stays ---- */

/* Its exit status; it opens the image and reads, or writes what is there. */
static int qemu_comes(const char *options, const char *path)
{
	const char *f = strcmp(path, "image") ? "qcow2" : format;

	return shell("qemu-io %s -f %s -c 'read -q 0 512' %s >qemu.out 2>&1",
		     options, f, path);
}

static void qemu_may(const char *options, const char *path, bool may)
{
	int status = qemu_comes(options, path);

	if (!status != may)
		shell("echo \"# qemu-io %s %s: $(cat qemu.out)\"", options,
		      path);
	CHECK_EQ(!status, may);
	/* For that reason and no other. */
	if (status)
		CHECK(!shell("grep -q 'Failed to get .* lock' qemu.out"));
}

static pid_t holder;
static int holder_in;

static void qemu_holds(const char *options)
{
	int in[2], out[2];
	ssize_t n;
	char text[4096];

	REQUIRE(!pipe2(in, O_CLOEXEC) && !pipe2(out, O_CLOEXEC));
	fflush(stdout);
	holder = fork();
	REQUIRE(holder >= 0);
	if (!holder) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execlp("qemu-io", "qemu-io", "-f", format, "image",
		       *options ? options : NULL, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	/* It answers when it has it. */
	REQUIRE(write(in[1], "length\n", 7) == 7);
	n = read(out[0], text, sizeof(text));
	if (n <= 0) {
		printf("# qemu-io did not open it\n");
		CHECK(false);
	}
	close(out[0]);
	holder_in = in[1];
}

static void qemu_leaves(void)
{
	int status;

	close(holder_in);
	kill(holder, SIGKILL);
	CHECK_EQ(waitpid(holder, &status, 0), holder);
}

/* ---- Tests ---- */

static void make_image(void)
{
	REQUIRE(!shell("rm -f image base other overlay; "
		       "qemu-img create -q -f %s image 4M", format));
}

static void ours_and_ours(void)
{
	static const struct {
		unsigned int first, second;
		int want;
	} pairs[] = {
		{ RO, RO, 0 }, { RO, 0, -EBUSY }, { 0, RO, -EBUSY },
		{ 0, 0, -EBUSY }, { RO, COW, 0 }, { COW, RO, 0 },
		{ COW, COW, 0 }, { COW, 0, -EBUSY }, { 0, COW, -EBUSY },
		{ 0, NO_LOCK, 0 }, { NO_LOCK, 0, 0 },
		{ 0, NO_LOCK | RO, 0 }, { NO_LOCK | RO, 0, 0 },
		{ NO_LOCK, NO_LOCK, 0 }, { RO, NO_LOCK, 0 },
		{ NO_LOCK | COW, 0, 0 },
	};
	struct blk *first;
	unsigned int i;

	make_image();
	for (i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		first = ours("image", pairs[i].first, 0);
		try("image", pairs[i].second, pairs[i].want);
		/* And again: who was refused leaves nothing behind. */
		try("image", pairs[i].second, pairs[i].want);
		blk_close(first);
		try("image", 0, 0);
	}
}

static void several_readers(void)
{
	struct blk *a, *b, *c;

	make_image();
	a = ours("image", RO, 0);
	b = ours("image", RO, 0);
	c = ours("image", COW, 0);
	try("image", 0, -EBUSY);
	blk_close(a);
	try("image", 0, -EBUSY);
	blk_close(c);
	try("image", 0, -EBUSY);
	qemu_may("-r", "image", true);
	blk_close(b);
	try("image", 0, 0);
}

/* The lock goes with the process, however it ends. */
static void holder_is_killed(void)
{
	int fds[2], status;
	char byte;
	pid_t pid;

	make_image();
	REQUIRE(!pipe2(fds, O_CLOEXEC));
	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		if (!ours("image", 0, 0) || write(fds[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(fds[0], &byte, 1), 1);
	try("image", 0, -EBUSY);
	try("image", RO, -EBUSY);
	try("image", NO_LOCK, 0);
	qemu_may("", "image", false);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	close(fds[0]);
	close(fds[1]);
	try("image", 0, 0);
	qemu_may("", "image", true);
}

static void qemu_writes(void)
{
	make_image();
	qemu_holds("");
	try("image", 0, -EBUSY);
	try("image", RO, -EBUSY);
	try("image", COW, -EBUSY);
	try("image", NO_LOCK, 0);
	try("image", NO_LOCK | RO, 0);
	qemu_leaves();
	try("image", 0, 0);
}

static void qemu_reads(void)
{
	make_image();
	qemu_holds("-r");
	try("image", 0, -EBUSY);
	try("image", RO, 0);
	try("image", COW, 0);
	try("image", NO_LOCK, 0);
	qemu_leaves();
	try("image", 0, 0);
}

static void qemu_comes_to_writer(void)
{
	struct blk *blk;

	make_image();
	blk = ours("image", 0, 0);
	qemu_may("", "image", false);
	qemu_may("-r", "image", false);
	/* Not even one that would bear it: what it reads would make no sense. */
	qemu_may("-r -U", "image", false);
	/* This looks at the metadata, of which raw has none. */
	CHECK_EQ(!shell("qemu-img info -f %s image >qemu.out 2>&1", format),
		 !strcmp(format, "raw"));
	CHECK(shell("qemu-img convert -f %s -O raw image x >qemu.out 2>&1",
		    format));
	CHECK(shell("qemu-nbd -f %s --fork --pid-file=nbd.pid -k $PWD/s image "
		    ">qemu.out 2>&1", format));
	blk_close(blk);
	qemu_may("", "image", true);
}

static void qemu_comes_to_reader(void)
{
	struct blk *blk;

	make_image();
	blk = ours("image", RO, 0);
	qemu_may("", "image", false);
	qemu_may("-r", "image", true);
	CHECK(!shell("qemu-img info image >qemu.out 2>&1"));
	blk_close(blk);
	qemu_may("", "image", true);
}

static void qemu_comes_to_no_lock(void)
{
	struct blk *blk;

	make_image();
	blk = ours("image", NO_LOCK, 0);
	qemu_may("", "image", true);
	qemu_may("-r", "image", true);
	blk_close(blk);
}

/* It does not always hear the first one. */
#define NBD_END								\
	"while kill $(cat nbd.pid) 2>/dev/null; do sleep 0.05; done"

static void nbd_server(void)
{
	make_image();
	REQUIRE(!shell("qemu-nbd -f %s -t --fork --pid-file=nbd.pid -k $PWD/s "
		       "image", format));
	try("image", 0, -EBUSY);
	try("image", RO, -EBUSY);
	try("image", NO_LOCK | RO, 0);
	CHECK(!shell(NBD_END));
	try("image", 0, 0);
	REQUIRE(!shell("qemu-nbd -f %s -r -t --fork --pid-file=nbd.pid "
		       "-k $PWD/s image", format));
	try("image", 0, -EBUSY);
	try("image", RO, 0);
	CHECK(!shell(NBD_END));
	try("image", 0, 0);
}

/* A backing file is only read, so others may read it as well. */
static void backing_file(void)
{
	struct blk *a, *b;

	make_image();
	REQUIRE(!shell("qemu-img create -q -f qcow2 -F %s -b image overlay && "
		       "qemu-img create -q -f qcow2 -F %s -b image other",
		       format, format));
	a = ours("overlay", 0, 0);
	try("image", 0, -EBUSY);
	try("image", RO, 0);
	qemu_may("", "image", false);
	qemu_may("-r", "image", true);
	/* Two images may have one base. */
	b = ours("other", 0, 0);
	qemu_may("", "other", false);
	qemu_may("", "overlay", false);
	blk_close(b);
	qemu_may("", "other", true);
	blk_close(a);
	qemu_holds("");
	try("overlay", 0, -EBUSY);
	try("overlay", RO, -EBUSY);
	try("overlay", NO_LOCK, 0);
	qemu_leaves();
	try("overlay", 0, 0);
	try("image", 0, 0);
}

/*
 * A program that takes the lock "I share reading with nobody" and does nothing
 * else.  QEMU's own tools always use what they do not share.
 */
static void reader_that_shares_nothing(void)
{
	struct flock lock = {
		.l_type = F_RDLCK, .l_whence = SEEK_SET,
		.l_start = 200, .l_len = 1,
	};
	static const unsigned int flags[] = { 0, RO };
	const struct blk_options none = { .format = "raw" };
	struct blk_options options = none;
	struct lkl_error err;
	struct blk *blk;
	unsigned int i;
	int fd;

	REQUIRE(!shell("rm -f other; truncate -s 4M other"));
	fd = open("other", O_RDWR | O_CLOEXEC);
	REQUIRE(fd >= 0 && !fcntl(fd, F_OFD_SETLK, &lock));
	for (i = 0; i < 2; i++) {
		options.flags = flags[i];
		err.text[0] = '\0';
		CHECK_EQ(blk_open("other", &options, &blk, &err), -EBUSY);
		CHECK_STR(err.text, flags[i] ?
			  "other: in use: another program reads it and shares it with nobody" :
			  "other: in use: another program reads it");
	}
	close(fd);
	options = none;
	REQUIRE(!blk_open("other", &options, &blk, &err));
	blk_close(blk);
}

/* An external data file is written to like the image itself. */
static void data_file(void)
{
	struct blk *blk;

	REQUIRE(!shell("rm -f other data.ext; qemu-img create -q -f qcow2 "
		       "-o data_file=data.ext,data_file_raw=on other 4M"));
	blk = ours("other", 0, 0);
	CHECK(shell("qemu-io -f raw -c 'read -q 0 512' data.ext "
		    ">qemu.out 2>&1"));
	qemu_may("", "other", false);
	blk_close(blk);
	blk = ours("other", RO, 0);
	CHECK(shell("qemu-io -f raw -c 'read -q 0 512' data.ext "
		    ">qemu.out 2>&1"));
	qemu_may("-r", "other", true);
	blk_close(blk);
}

/* As the server of a network file system may take them away. */
static void lose_locks(struct blk *blk)
{
	const struct flock all = { .l_type = F_UNLCK, .l_whence = SEEK_SET };
	struct blk_extent extent;

	REQUIRE(!blk_map(blk, 0, 512, &extent));
	REQUIRE(!fcntl(extent.fd, F_OFD_SETLK, &all));
}

static void lost_locks(void)
{
	struct lkl_error err = { "" };
	struct blk *blk, *other;

	REQUIRE(!shell("truncate -s 1M raw && mv raw image"));
	format = "raw";
	blk = ours("image", 0, 0);
	CHECK_EQ(blk_flush(blk), 0);
	/* Nobody came meanwhile: they are taken again. */
	lose_locks(blk);
	/* The check is made once a second. */
	sleep(1);
	CHECK_EQ(blk_flush(blk), 0);
	try("image", RO, -EBUSY);
	lose_locks(blk);
	other = ours("image", 0, 0);
	sleep(1);
	CHECK_EQ(blk_flush(blk), -ENOLCK);
	CHECK(blk_explain(blk, &err) &&
	      strstr(err.text, "the lock on the image was lost"));
	blk_close(other);
	/* That program may have written. */
	CHECK_EQ(blk_flush(blk), -ENOLCK);
	blk_close(blk);
}

int main(void)
{
	static const char *const formats[] = { "raw", "qcow2" };
	unsigned int i;

	if (system("for p in qemu-img qemu-io qemu-nbd; do "
		   "command -v $p >/dev/null || exit 1; done"))
		SKIP_ALL("qemu-img, qemu-io and qemu-nbd are not installed");
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < 2; i++) {
		format = formats[i];
		printf("# %s\n", format);
		RUN(ours_and_ours);
		RUN(several_readers);
		RUN(holder_is_killed);
		RUN(qemu_writes);
		RUN(qemu_reads);
		RUN(qemu_comes_to_writer);
		RUN(qemu_comes_to_reader);
		RUN(qemu_comes_to_no_lock);
		RUN(nbd_server);
		RUN(backing_file);
	}
	RUN(reader_that_shares_nothing);
	RUN(data_file);
	RUN(lost_locks);
	return unit_exit();
}
