/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disk.c - open disk images, and add them to the kernel as virtio disks.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blk/blk.h"
#include "blk/error.h"
#include "blk/file/uring.h"
#include "blk/lock.h"
#include "deterministic.h"
#include "disk.h"
#include "memory.h"
#include "options.h"
#include "process.h"
#include "thread.h"
#include "vcpu.h"
#include "virtio.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* protects: */
static struct lkl_disk *disks[LKL_MAX_DISKS];	/* those added, or about to be */

/*
 * Held shared while a disk is added or removed, alone while a halt takes all of
 * them: the kernel's memory and the disk's index stay the same meanwhile.  Taken
 * before lock, and around calls: those end when the kernel does.
 */
static pthread_rwlock_t halt_lock = PTHREAD_RWLOCK_INITIALIZER;

/* The thread is not cancelled while it holds the lock. */
static int hold_off_halt(void)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_rwlock_rdlock(&halt_lock);
	return state;
}

static void let_halt(int cancel_state)
{
	pthread_rwlock_unlock(&halt_lock);
	pthread_setcancelstate(cancel_state, NULL);
}

static int take_index(struct lkl_disk *disk)
{
	int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < LKL_MAX_DISKS && disks[i]; i++)
		;
	if (i < LKL_MAX_DISKS)
		disks[i] = disk;
	else
		i = -ENOSPC;
	pthread_mutex_unlock(&lock);
	return i;
}

static void give_index(int i)
{
	pthread_mutex_lock(&lock);
	disks[i] = NULL;
	pthread_mutex_unlock(&lock);
}

static void device_destroy(int index)
{
	/* Its locks may be held for ever. */
	if (!process_is_broken())
		vmmio_disk_destroy(index);
}

void disk_remove_all(void)
{
	int i;

	pthread_rwlock_wrlock(&halt_lock);
	for (i = 0; i < LKL_MAX_DISKS; i++) {
		/* Waits for requests, which use the kernel's memory. */
		vmmio_disk_destroy(i);
		pthread_mutex_lock(&lock);
		if (disks[i])
			disks[i]->index = DISK_NOT_ADDED;
		disks[i] = NULL;
		pthread_mutex_unlock(&lock);
	}
	pthread_rwlock_unlock(&halt_lock);
}

/* The same numbers, so that nothing need be translated. */
_Static_assert(LKL_DISK_READ_ONLY == BLK_OPEN_READ_ONLY &&
	       LKL_DISK_COW == BLK_OPEN_COW &&
	       LKL_DISK_NO_LOCK == BLK_OPEN_NO_LOCK &&
	       LKL_DISK_NAMED_FILES == BLK_OPEN_NAMED_FILES &&
	       LKL_DISK_NO_FLUSH == BLK_OPEN_NO_FLUSH &&
	       LKL_DISK_COUNT == BLK_OPEN_COUNT &&
	       LKL_DISK_KEY == BLK_OPEN_KEY, "open flags");

#define LKL_DISK_FLAGS	(LKL_DISK_READ_ONLY | LKL_DISK_COW | \
			 LKL_DISK_NO_LOCK | LKL_DISK_NAMED_FILES | \
			 LKL_DISK_PARSE_LATER | LKL_DISK_NO_FLUSH | \
			 LKL_DISK_COUNT | LKL_DISK_KEY)

static const struct options_type disk_options_type = {
	.name = "struct lkl_disk_options",
	.size = sizeof(struct lkl_disk_options),
	.first_size = 48,
};

static int open_named_file(void *opaque, const char *path, unsigned int flags,
			   struct lkl_error *err)
{
	const struct lkl_disk *disk = opaque;

	return disk->open_file(path, flags, disk->open_opaque, err);
}

int lkl_disk_open_file(const char *path, uint64_t flags, struct lkl_error *err)
{
	return file_open_descriptor(path, (unsigned int)flags &
				    BLK_OPEN_READ_ONLY, err);
}

int lkl_disk_open(const char *image, const struct lkl_disk_options *options,
		  struct lkl_disk **ret_disk, struct lkl_error *err)
{
	struct lkl_disk_options wanted = { 0 };
	struct blk_options blk_options;
	struct lkl_disk *disk;
	int ret;

	ret = process_fail(err);
	if (ret)
		return ret;
	if (options) {
		ret = options_copy(&disk_options_type, &wanted, options, err);
		if (ret)
			return ret;
	}
	ret = options_check_flags(&disk_options_type, wanted.flags,
				  LKL_DISK_FLAGS, err);
	if (ret)
		return ret;
	blk_options = (struct blk_options) {
		.flags = (unsigned int)(wanted.flags & ~(uint64_t)
					LKL_DISK_PARSE_LATER),
		.format = wanted.format,
		.offset = wanted.offset,
		.length = wanted.length,
		.snapshot = wanted.snapshot,
		.key = wanted.key_fd,
	};

	disk = calloc(1, sizeof(*disk));
	if (!disk)
		return lkl_fail(err, -ENOMEM, "out of memory");
	disk->index = DISK_NOT_ADDED;
	if (wanted.open_file) {
		disk->open_file = wanted.open_file;
		disk->open_opaque = wanted.opaque;
		disk->opener = (struct blk_opener){ open_named_file, disk };
		blk_options.opener = &disk->opener;
	}
	ret = blk_source_open(image, &blk_options, &disk->source, err);
	if (!ret)
		disk->protocol = blk_source_protocol(disk->source);
	if (!ret && !(wanted.flags & LKL_DISK_PARSE_LATER))
		ret = lkl_disk_parse(disk, err);
	if (ret) {
		free(disk);
		return ret;
	}
	disk->ring = uring_create();
	*ret_disk = disk;
	return 0;
}

int lkl_disk_parse(struct lkl_disk *disk, struct lkl_error *err)
{
	struct blk_source *source = disk->source;
	int ret = process_fail(err);

	if (ret)
		return ret;
	if (!source)
		return lkl_fail(err, -EINVAL, "the image was parsed before");
	disk->source = NULL;
	ret = blk_source_parse(source, &disk->blk, err);
	if (ret)
		disk->protocol = NULL;
	return ret;
}

static int disk_create(int fd, const char *format, uint64_t size,
		       struct lkl_error *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return lkl_fail(err, -errno, "cannot stat: %m");
	if (!S_ISREG(st.st_mode))
		return lkl_fail(err, -EINVAL, "not a regular file");
	if (size % 512)
		return lkl_fail(err, -EINVAL, "size %llu is not a multiple of 512",
				(unsigned long long)size);
	if (!strcmp(format, "qcow2"))
		return qcow2_create(fd, size, err);
	if (strcmp(format, "raw"))
		return lkl_fail(err, -ENOTSUP,
				"cannot make images of the format %s", format);
	if (ftruncate(fd, 0) || ftruncate(fd, (off_t)size))
		return lkl_fail(err, -errno, "cannot set the size: %m");
	return 0;
}

int lkl_disk_create(const char *image, const char *format, uint64_t size,
		    struct lkl_error *err)
{
	struct lkl_error reason = { "" };
	int fd, ret;

	ret = process_fail(err);
	if (ret)
		return ret;
	fd = open(image, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ret = fd < 0 ? lkl_fail(&reason, -errno, "cannot open: %m") :
		disk_create(fd, format, size, &reason);
	/* Network file systems report some errors only here. */
	if (fd >= 0 && close(fd) && !ret)
		ret = lkl_fail(&reason, -errno, "cannot write: %m");
	return ret ? lkl_fail(err, ret, "%s: %s", image, reason.text) : 0;
}

int lkl_disk_close(struct lkl_disk *disk)
{
	int ret = process_check();

	/* A child must not touch what it shares with its parent. */
	if (ret || !disk)
		return ret;
	if (disk->index != DISK_NOT_ADDED) {
		/* The kernel must not lose a disk that it uses. */
		ret = lkl_disk_remove(disk, NULL);
		/* A halt may have taken it meanwhile. */
		if (ret && disk->index != DISK_NOT_ADDED)
			return ret;
	}
	uring_destroy(disk->ring);
	blk_source_close(disk->source);
	ret = blk_close(disk->blk);
	free(disk);
	return ret ? -EREMOTEIO : 0;
}

int lkl_disk_fetched(const struct lkl_disk *disk, uint64_t *ret_bytes)
{
	int ret = process_check();

	if (ret)
		return ret;
	return disk->protocol ? blk_fetched(disk->protocol, ret_bytes) :
		-ENODATA;
}

uint64_t lkl_disk_size(const struct lkl_disk *disk)
{
	return disk->blk ? disk->blk->size : 0;
}

unsigned int lkl_disk_sector_size(const struct lkl_disk *disk)
{
	return disk->blk ? disk->blk->sector_size : 0;
}

struct disk_read {
	struct blk *blk;
	void *buf;
	size_t len;
	uint64_t offset;
};

static int disk_read(void *arg)
{
	const struct disk_read *read = arg;

	return blk_pread(read->blk, read->buf, read->len, read->offset);
}

int lkl_disk_read(struct lkl_disk *disk, void *buf, size_t len, uint64_t offset)
{
	struct disk_read read = { disk->blk, buf, len, offset };
	int ret = process_check();

	if (ret)
		return ret;
	if (!disk->blk)
		return -EINVAL;
	ret = lock_bounded_call(disk_read, &read);

	/* A range that is not there reads as a bad sector would. */
	return ret == -EINVAL ? -EIO : ret;
}

int lkl_disk_warning(const struct lkl_disk *disk, struct lkl_error *ret_warning)
{
	if (!disk->blk || !disk->blk->warning)
		return 0;
	lkl_fail(ret_warning, 0, "%s", disk->blk->warning);
	return 1;
}

struct disk_explain {
	struct blk *blk;
	struct lkl_error *reason;
};

static int disk_explain(void *arg)
{
	const struct disk_explain *explain = arg;

	return blk_explain(explain->blk, explain->reason);
}

int lkl_disk_failure(const struct lkl_disk *disk, struct lkl_error *err)
{
	static const char *const verbs[] = {
		[BLK_READ] = "read",
		[BLK_WRITE] = "write",
		[BLK_FLUSH] = "flush",
		[BLK_DISCARD] = "discard",
		[BLK_ZERO] = "write zeroes",
	};
	enum blk_operation operation;
	struct lkl_error reason = { "" };
	struct disk_explain explain = { disk->blk, &reason };
	int explained, ret = process_fail(err);

	if (ret)
		return ret;
	ret = disk->blk ? blk_failure(disk->blk, &operation) : 0;
	if (!ret)
		return 0;
	explained = lock_bounded_call(disk_explain, &explain);
	if (explained < 0)
		return process_fail(err);
	if (explained)
		return lkl_fail(err, ret, "cannot %s: %.400s",
				verbs[operation], reason.text);
	return lkl_fail(err, ret, "cannot %s: %s", verbs[operation],
			lkl_strerror(ret));
}

static long overlay_call(long nr, long a, long b)
{
	const long args[6] = { a, b };

	return thread_call(nr, args);
}

/* The caller holds off a halt. */
static int disk_add(struct lkl_disk *disk, struct lkl_error *err)
{
	struct virtio_host host = {
		.vcpu = vcpu_choose(),
		.raise = vcpu_raise,
		.offer = vcpu_offer,
		.recall = vcpu_recall,
		.in_order = deterministic_is_on(),
	};
	struct virtio_memory memory = {
		.base = lkl_memory.base,
		.size = lkl_memory.size,
	};
	int index, ret;

	if (vcpu_dead())
		return lkl_fail(err, vcpu_dead(), "no kernel is running");
	if (!disk->blk)
		return lkl_fail(err, -EINVAL, "the image is not parsed");
	if (disk->index != DISK_NOT_ADDED)
		return lkl_fail(err, -EBUSY, "the disk was added before");
	if (memory_mappings_are_short())
		return lkl_fail(err, -ENOMEM,
				"the host has no mappings left for a disk (vm.max_map_count)");
	index = take_index(disk);
	if (index < 0)
		return lkl_fail(err, index, "the kernel has %d disks already",
				LKL_MAX_DISKS);
	ret = vmmio_disk_create(index, disk->blk, disk->ring, &memory,
				&host);
	if (ret) {
		lkl_fail(err, ret, "cannot make a virtio disk: %s",
			 lkl_strerror(ret));
		goto fail_index;
	}
	ret = overlay_call(LKL_CALL_DISK_ADD, index, 0);
	if (ret) {
		lkl_fail(err, ret, "the kernel refused the disk: %s%s",
			 lkl_strerror(ret),
			 ret == -ENOMEM && memory_mappings_are_short() ?
			 " (vm.max_map_count?)" : "");
		goto fail_device;
	}
	disk->index = index;
	return 0;

fail_device:
	device_destroy(index);
fail_index:
	give_index(index);
	return ret;
}

int lkl_disk_add(struct lkl_disk *disk, struct lkl_error *err)
{
	int ret, state;

	ret = process_fail(err);
	if (ret)
		return ret;
	state = hold_off_halt();
	ret = disk_add(disk, err);
	let_halt(state);
	return ret;
}

/* The caller holds off a halt. */
static int disk_remove(struct lkl_disk *disk, struct lkl_error *err)
{
	int ret;

	if (disk->index == DISK_NOT_ADDED)
		return lkl_fail(err, -ENXIO, "the disk was not added");
	/* A dead kernel does not look at its disks any more. */
	if (!vcpu_dead()) {
		ret = overlay_call(LKL_CALL_DISK_REMOVE, disk->index, 0);
		if (process_is_broken())
			return process_fail(err);
		if (ret == -EBUSY)
			return lkl_fail(err, ret, "the disk is in use");
		/* Unless it died meanwhile. */
		if (ret && !vcpu_dead())
			return lkl_fail(err, ret, "cannot remove the disk: %s",
					lkl_strerror(ret));
	}
	device_destroy(disk->index);
	give_index(disk->index);
	disk->index = DISK_NOT_ADDED;
	return 0;
}

int lkl_disk_remove(struct lkl_disk *disk, struct lkl_error *err)
{
	int ret, state;

	ret = process_fail(err);
	if (ret)
		return ret;
	state = hold_off_halt();
	ret = disk_remove(disk, err);
	let_halt(state);
	return ret;
}

int lkl_disk_node(struct lkl_disk *disk, unsigned int partition,
		  char *path, size_t size, struct lkl_error *err)
{
	char name[64];
	long dev, ret;

	ret = process_fail(err);
	if (ret)
		return ret;
	if (disk->index == DISK_NOT_ADDED)
		return lkl_fail(err, -ENXIO, "the disk was not added");
	dev = overlay_call(LKL_CALL_DISK_DEV, disk->index, partition);
	if (dev == -ENXIO)
		return lkl_fail(err, dev,
				"the kernel finds no partition %u on the disk",
				partition);
	if (dev < 0)
		return lkl_fail(err, dev, "%s", lkl_strerror(dev));
	snprintf(name, sizeof(name), "/dev/disk%dp%u", disk->index, partition);
	if (strlen(name) >= size)
		return lkl_fail(err, -ENAMETOOLONG, "the path does not fit into %zu bytes",
				size);
	ret = lkl_sys_mknodat(LKL_AT_FDCWD, name, LKL_S_IFBLK | 0600, dev);
	if (ret == -EEXIST) {
		/* Perhaps another disk's, from before. */
		lkl_sys_unlinkat(LKL_AT_FDCWD, name, 0);
		ret = lkl_sys_mknodat(LKL_AT_FDCWD, name, LKL_S_IFBLK | 0600,
				      dev);
	}
	if (ret)
		return lkl_fail(err, ret, "cannot make %s: %s", name,
				lkl_strerror(ret));
	strcpy(path, name);
	return 0;
}
