// SPDX-License-Identifier: GPL-2.0-only
/*
 * image-faults.c - the host's file fails, is full, is slow, or transfers less
 * than it was asked to; callers see errors and never wrong data.
 *
 * The system calls that move bytes are interposed.  io_uring, which would get
 * by without them, is refused as containers do it, so that threads do its
 * work.  What fails reaches whoever called fsync() or read(); what was safe
 * before is safe afterwards; and nothing hangs.
 *
 * timeout: 240
 */
#define _GNU_SOURCE 1

#include <errno.h>

#include "helpers/interposed.h"
#include "helpers/refuse-call.h"
#include "boot.h"

/* ---- Faults ---- */

#define READ	0x1
#define WRITE	0x2
#define SYNC	0x4
#define SHORT	0x8		/* transfers are cut */
#define SLOW	0x10		/* each takes a millisecond or two */

static atomic_int fault_calls;	/* of those above */
static atomic_int fault_errno;
static atomic_long fault_after;	/* so many calls go well first */
static atomic_long faults, calls;

static void set_faults(int which, int error, long after)
{
	atomic_store(&fault_errno, error);
	atomic_store(&fault_after, after);
	atomic_store(&faults, 0);
	atomic_store(&calls, 0);
	atomic_store(&fault_calls, which);
}

static bool interpose(enum interposed call, struct transfer *transfer,
		      ssize_t *ret)
{
	static const int bits[] = {
		[CALL_READ] = READ,
		[CALL_READ_NOWAIT] = READ,
		[CALL_WRITE] = WRITE,
		[CALL_WRITE_NOWAIT] = WRITE,
		[CALL_SYNC] = SYNC,
	};
	int which = atomic_load(&fault_calls);
	long n = atomic_fetch_add(&calls, 1);

	if (which & SLOW)
		usleep(500 + (useconds_t)(n % 7) * 300);
	*ret = -1;
	if (which & bits[call] && atomic_fetch_sub(&fault_after, 1) <= 0) {
		atomic_fetch_add(&faults, 1);
		errno = atomic_load(&fault_errno);
		return true;
	}
	/* Now and then it is not at hand. */
	if (call == CALL_READ_NOWAIT && n % 3 == 0) {
		errno = EAGAIN;
		return true;
	}
	/* The host stays up, so that it need not write anything back. */
	if (call == CALL_SYNC) {
		*ret = 0;
		return true;
	}
	if (which & SHORT)
		transfer_cut(transfer, 1000);
	return false;
}

static void refuse_io_uring(void)
{
	const struct refused_call call = {
		.number = SYS_io_uring_setup, .error = EPERM,
	};

	if (refuse_call(&call))
		skip("seccomp filters are not allowed here");
}

/* ---- Images ---- */

struct fs {
	const char *type, *mkfs, *fsck;
	off_t size;
};

static const struct fs filesystems[] = {
	/* Journal replay first, and what errors=continue left undone. */
	{ "ext4", "mke2fs -q -t ext4 -b 4096 $IMAGE",
	  "e2fsck -fy $IMAGE >fsck.out 2>&1; [ $? -le 1 ] && "
	  "e2fsck -fn $IMAGE >fsck.out 2>&1", 96 * MIB },
	{ "btrfs", "mkfs.btrfs -q $IMAGE",
	  "btrfs check $IMAGE >fsck.out 2>&1", 160 * MIB },
};

static const char *format;
static const struct fs *fs;
static struct mounted m;
static char path[128];

static const char *name_of(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", m.path, name);
	return path;
}

static void start(void)
{
	make_image("made", fs->size, fs->mkfs);
	if (!strcmp(format, "qcow2"))
		REQUIRE(!run_on("image", "qemu-img convert -f raw -O qcow2 "
				"made $IMAGE"));
	else
		REQUIRE(!run_on("image", "cp --sparse=always made $IMAGE"));
	mount_image("image", fs->type, 0, NULL, &m);
	/* Data that no later fault may hurt. */
	write_pattern(name_of("safe"), 3000000, 7);
	OK(lkl_sys_syncfs((unsigned int)MUST(open_file(path, LKL_O_RDONLY))));
}

/* The image is sound, and what was safe is still there. */
static void end(bool clean)
{
	long ret;

	set_faults(0, 0, 0);
	ret = lkl_umount(m.path, NULL);
	if (clean)
		OK(ret);
	lkl_disk_close(m.disk);
	if (!strcmp(format, "qcow2")) {
		CHECK(!run_on("image", "qemu-img check -q $IMAGE >check.out "
			      "2>&1 || [ $? = 3 ]"));
		REQUIRE(!run_on("image", "qemu-img convert -f qcow2 -O raw "
				"$IMAGE made && mv made $IMAGE"));
	}
	if (run_on("image", fs->fsck)) {
		check_fail(__FILE__, __LINE__, "%s on %s", fs->fsck, format);
		run_on("image", "head -n 30 fsck.out");
	}
	mount_image("image", fs->type, LKL_MS_RDONLY, NULL, &m);
	check_pattern(name_of("safe"), 3000000, 7);
	unmount(&m);
}

/* Close everything, or else it cannot be unmounted. */
static void close_all(void)
{
	unsigned int fd;

	for (fd = 0; fd < 64; fd++)
		lkl_sys_close(fd);
}

/* Write @len bytes and fsync: the error of either. */
static long write_and_sync(const char *name, size_t len, uint64_t seed)
{
	static char buf[256 * 1024];
	long ret = 0, fd;
	size_t at;

	fd = open_file(name_of(name), LKL_O_WRONLY | LKL_O_CREAT);
	if (fd < 0)
		return fd;
	for (at = 0; ret >= 0 && at < len; at += sizeof(buf)) {
		pattern_fill(buf, sizeof(buf), seed, at);
		ret = lkl_sys_write((unsigned int)fd, buf, sizeof(buf));
	}
	if (ret >= 0)
		ret = lkl_sys_fsync((unsigned int)fd);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

static void test_short_and_slow(void)
{
	start();
	set_faults(SHORT, 0, 0);
	OK(write_and_sync("short", 4 * MIB, 1));
	OK(lkl_sys_sync());
	set_faults(SHORT | SLOW, 0, 0);
	OK(write_and_sync("slow", 256 * KIB, 2));
	CHECK(atomic_load(&calls) > 0);
	close_all();
	unmount(&m);
	mount_image("image", fs->type, 0, NULL, &m);
	set_faults(SHORT, 0, 0);
	check_pattern(name_of("short"), 4 * MIB, 1);
	set_faults(SLOW, 0, 0);
	check_pattern(name_of("slow"), 256 * KIB, 2);
	end(true);
}

static void test_reading(void)
{
	static char buf[65536];
	long n, good = 0;
	int fd;

	start();
	OK(write_and_sync("large", 8 * MIB, 3));
	close_all();
	unmount(&m);
	mount_image("image", fs->type, LKL_MS_RDONLY, NULL, &m);
	fd = (int)MUST(open_file(name_of("large"), LKL_O_RDONLY));
	n = OK(lkl_sys_read((unsigned int)fd, buf, sizeof(buf)));
	set_faults(READ, EIO, 0);
	while ((n = lkl_sys_read((unsigned int)fd, buf, sizeof(buf))) > 0)
		good += n;
	IS(n, -LKL_EIO);
	CHECK(atomic_load(&faults) > 0);
	CHECK_THAT(good < 8 * MIB, "%ld bytes were read", good);
	/* Once it is well again, so is what had failed. */
	set_faults(0, 0, 0);
	check_pattern(name_of("large"), 8 * MIB, 3);
	OK(lkl_sys_close((unsigned int)fd));
	end(true);
}

static void test_writing(int which, int error, long after)
{
	long ret;

	start();
	set_faults(which, error, after);
	ret = write_and_sync("lost", 16 * MIB, 4);
	CHECK_THAT(ret == -LKL_EIO || ret == -LKL_ENOSPC || ret == -LKL_EROFS,
		   "%s, %s after %ld: fsync: %ld (%s)", format,
		   strerror(error), after, ret, check_name(ret));
	CHECK(atomic_load(&faults) > 0);
	set_faults(0, 0, 0);
	/* A file system may have shut down, but not the kernel. */
	IS(lkl_sys_getpid(), 1);
	close_all();
	end(false);
}

int main(void)
{
	static const char *const formats[] = { "raw", "qcow2" };
	unsigned int f, t;

	need_program("mke2fs");
	need_program("mkfs.btrfs");
	need_program("qemu-img");
	refuse_io_uring();
	boot(0);
	for (f = 0; f < 2; f++) {
		format = formats[f];
		for (t = 0; t < 2; t++) {
			fs = &filesystems[t];
			printf("# %s in %s\n", fs->type, format);
			test_short_and_slow();
			test_reading();
			test_writing(WRITE, EIO, 0);
			test_writing(WRITE, ENOSPC, 3);
			test_writing(SYNC, EIO, 0);
			test_writing(WRITE | SYNC, EIO, 3);
		}
	}
	OK(lkl_halt());
	return check_exit();
}
