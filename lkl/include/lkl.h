/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lkl.h - the Linux kernel as a library: start and halt, system calls,
 * disks, mounts.
 *
 * This is the only header a program needs.  The system calls themselves
 * (lkl_sys_NAME()) and the structures and constants they take are generated
 * from the kernel and included at the end.
 *
 * Conventions.  Functions return 0 (or a non-negative result) on success and
 * a negative errno on failure.  Functions that open or configure something
 * also take a struct lkl_error, which may be NULL; on failure it holds one
 * sentence without a full stop that says what is wrong.  Output parameters
 * are named ret_... and are left alone on failure.  The library never prints
 * and never exits.
 *
 * One process holds at most one kernel, and starts it at most once.
 */
#ifndef LKL_H
#define LKL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The library is compiled with hidden visibility; this is what it exports. */
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/*
 * One sentence about a failure, filled by functions that take it last.  The
 * size of this structure never changes.
 */
struct lkl_error {
	char text[512];
};

/*
 * Called for each line the kernel logs, without its newline.  @level is the
 * kernel's log level, 0 (emergency) to 7 (debug).  Runs on a kernel stack,
 * in whichever host thread drives the kernel: it must not block for long and
 * must not call into the library.
 */
typedef void lkl_log_fn(int level, const char *line, size_t len, void *opaque);

/*
 * Called once when the kernel panics, before the pending calls of every
 * thread return -ENOTRECOVERABLE.  Same restrictions as lkl_log_fn.
 */
typedef void lkl_panic_fn(const char *message, void *opaque);

/*
 * Structures that a caller fills begin with their size.  Set it to sizeof the
 * structure and everything else that is not used to 0, which asks for the
 * default:
 *
 *	struct lkl_options options = { .size = sizeof(options) };
 *
 * Later releases add members at the end.  The library accepts shorter
 * structures of older callers, and longer ones of newer callers as long as what
 * it does not know is 0.
 *
 * Errors of all functions that take such a structure: -EINVAL if the size was
 * not set or a flag is not known, -E2BIG if a member is set that this release
 * of the library does not have.
 */

/* What lkl_start() takes. */
struct lkl_options {
	size_t size;		/* sizeof(struct lkl_options) */
	uint64_t memory;	/* bytes of kernel memory, 0: LKL_MEMORY_DEFAULT */
	const char *params;	/* kernel parameters, NULL: none */
	lkl_log_fn *log;	/* NULL: lines are kept in memory only */
	lkl_panic_fn *panic;	/* NULL: nothing is called */
	void *opaque;		/* handed to log and panic */
	uint64_t flags;		/* LKL_CATCH_FAULTS or 0 */
};

/*
 * A fault in kernel code (a damaged image may lead it astray) is a panic like
 * any other.  Takes SIGSEGV, SIGBUS, SIGFPE and SIGILL; faults outside of the
 * kernel go where they went before lkl_start().  Without it, they all do.
 */
#define LKL_CATCH_FAULTS	0x1u

#define LKL_MEMORY_DEFAULT	(128ull << 20)
/* Does for ext4 and btrfs; xfs keeps more dirty metadata and wants 48 MiB. */
#define LKL_MEMORY_MIN		(24ull << 20)

/*
 * lkl_start - boot the kernel
 * @options: may be NULL, copied
 *
 * Errors: -EALREADY if a kernel was started before in this process, -EINVAL
 * for a memory size out of range, -ENOMEM, -ENOTRECOVERABLE if it panicked.
 */
int lkl_start(const struct lkl_options *options, struct lkl_error *err);

/*
 * lkl_halt - write everything back and stop the kernel
 *
 * Mounted file systems should have been unmounted; what is still mounted is
 * synced.  Calls of other threads that are in flight return -ENXIO, as do
 * all later ones.  Returns -ENXIO if no kernel is running.
 */
int lkl_halt(void);

/*
 * lkl_syscall - make a system call
 * @no: LKL___NR_...
 * @args: six arguments, unused ones are ignored
 *
 * Any thread may call at any time.  Each host thread is a thread of the
 * kernel's process 1, made at its first call and ended when the thread ends:
 * files and working directory are shared, credentials are per thread.
 * Returns what the kernel returns: a negative errno on failure.  -ENXIO when
 * no kernel is running, -ENOTRECOVERABLE after a panic, -ENOSYS for calls
 * that only make sense in a user process (exit, clone, execve, mmap, ...).
 *
 * Pointers are host pointers; the kernel reads and writes through them
 * directly, so a bad pointer faults in the caller as it would in memcpy().
 * A call is not a point where pthread_cancel() ends a thread.
 */
long lkl_syscall(long no, const long args[6]);

/*
 * lkl_waits - how often calls of the calling thread waited for the host
 *
 * For a disk or a timer, that is, while the kernel had nothing else to do: a
 * program that has more for it can have another thread ask for that.  Counts
 * from 0 for each thread, and wraps around.
 */
unsigned int lkl_waits(void);

/*
 * lkl_buffer_alloc - borrow memory of the kernel's for direct I/O
 * @len: bytes, at most 4 MiB; rounded up to whole pages
 *
 * lkl_sys_pread64() and lkl_sys_pwrite64() on a file that is open with
 * LKL_O_DIRECT transfer straight between the image and such a buffer, past
 * the page cache; offset and length have to be multiples of what the file
 * system asks for, 4096 bytes at most.  With memory of any other kind direct
 * I/O is -EFAULT.  Otherwise the buffer is memory like any other.
 *
 * Its content is undefined.  NULL if the kernel has no room: read and write
 * without LKL_O_DIRECT then.  Freed by lkl_buffer_free() with the same length,
 * before lkl_halt(), after which it is gone in any case.
 */
void *lkl_buffer_alloc(size_t len);
void lkl_buffer_free(void *buf, size_t len);

/* lkl_strerror - describe @err, a negative (or positive) kernel errno. */
const char *lkl_strerror(int err);

/* lkl_version - version of the library, as "0.1.0". */
const char *lkl_version(void);

/* lkl_kernel_version - release of the kernel inside, as "6.12.117". */
const char *lkl_kernel_version(void);

/*
 * lkl_features - what was built in, as "+raw +ext4 +xfs ..."
 *
 * For "+nbd" libnbd has to be installed, too: it is loaded when it is needed.
 */
const char *lkl_features(void);

/*
 * lkl_log_read - copy the kernel's log since boot (the most recent 64 KiB)
 * @since: position from which to read; 0 for all that is kept
 * @buf, @size: filled with lines "LEVEL text\n", NUL-terminated
 *
 * Returns the position after the last line copied, to be passed as @since
 * the next time.  Works before start, after halt and after a panic.
 */
uint64_t lkl_log_read(uint64_t since, char *buf, size_t size);

/* ---- Disks ---- */

/* An opened disk image or block device. */
struct lkl_disk;

#define LKL_DISK_READ_ONLY	0x1u
/*
 * The image is opened read-only, but the kernel may write: what it writes is
 * kept aside and gone when the disk is closed.  So a dirty journal can be
 * replayed without changing the image.
 */
#define LKL_DISK_COW		0x2u
/*
 * Do without the locks that keep other programs from the image (they are
 * those of QEMU): whoever writes it at the same time will damage it.
 */
#define LKL_DISK_NO_LOCK	0x4u
/*
 * Open the files that the image names, such as its backing file, although
 * its format was probed: whoever wrote the image chose those names.
 */
#define LKL_DISK_NAMED_FILES	0x8u

/* What lkl_disk_open() takes. */
struct lkl_disk_options {
	size_t size;		/* sizeof(struct lkl_disk_options) */
	uint64_t flags;		/* LKL_DISK_... */
	/*
	 * "raw", "qcow2", ...; NULL: probed, as raw or qcow2 only.  Who names
	 * the format vouches for the image, as LKL_DISK_NAMED_FILES does.
	 */
	const char *format;
	/* The part of it that is the disk, in bytes; length 0: to its end. */
	uint64_t offset;
	uint64_t length;
	/*
	 * Name or id of an internal snapshot of a qcow2 image that is shown in
	 * place of the image, for reading only; NULL: the image itself.
	 */
	const char *snapshot;
};

/*
 * lkl_disk_open - open an image file, a block device or an NBD export
 * @image: path, or URI (nbd://, nbd+unix://, nbds://)
 * @options: may be NULL, copied; without LKL_DISK_READ_ONLY in its flags it
 *	is opened for writing
 * @ret_disk: owned by the caller, see lkl_disk_close()
 *
 * Works without a kernel, so that an image can be probed before start.
 *
 * Errors: -EBUSY if another program uses the image in a way that excludes
 * this one, -EPERM if it names a file that may not be opened, -ENOTSUP for a
 * format or a feature of it that is not supported.
 */
int lkl_disk_open(const char *image, const struct lkl_disk_options *options,
		  struct lkl_disk **ret_disk, struct lkl_error *err);

/*
 * lkl_disk_close - remove the disk from the kernel if need be, and close it
 *
 * 0, or why lkl_disk_remove() failed: @disk is open and the caller's then.
 */
int lkl_disk_close(struct lkl_disk *disk);

/* lkl_disk_size - size in bytes. */
uint64_t lkl_disk_size(const struct lkl_disk *disk);

/* lkl_disk_sector_size - logical block size in bytes, 512 to 4096. */
unsigned int lkl_disk_sector_size(const struct lkl_disk *disk);

/*
 * lkl_disk_read - read @len bytes at @offset, all of them or -errno
 *
 * Bytes past the end are -EIO.  Thread-safe.
 */
int lkl_disk_read(struct lkl_disk *disk, void *buf, size_t len,
		  uint64_t offset);

/*
 * lkl_disk_failure - whether an access to the image has failed
 *
 * 0, or the -errno with which the first one failed, with a sentence such as
 * "cannot write: No space left on device": a program that uses a mounted file
 * system learns of it as -EIO, if at all.  Thread-safe.
 */
int lkl_disk_failure(const struct lkl_disk *disk, struct lkl_error *err);

/*
 * lkl_disk_add - give the disk to the kernel as a virtio block device
 *
 * -EBUSY if it is there already, -ENOSPC if the kernel has too many disks.
 */
int lkl_disk_add(struct lkl_disk *disk, struct lkl_error *err);

/*
 * lkl_disk_remove - take it away from the kernel again
 *
 * -EBUSY while the disk or one of its partitions is mounted or open, be it for
 * reading.  If it fails, for whatever reason, the disk is as it was.
 */
int lkl_disk_remove(struct lkl_disk *disk, struct lkl_error *err);

/*
 * lkl_disk_node - make (once) and name the block device node of a partition
 * @partition: 0 for the whole disk, otherwise a number from 1
 * @path, @size: filled with the node's path inside the kernel
 *
 * -ENXIO if the kernel found no such partition.
 */
int lkl_disk_node(struct lkl_disk *disk, unsigned int partition,
		  char *path, size_t size, struct lkl_error *err);

/*
 * lkl_mount - mount a partition of an added disk
 * @partition: as for lkl_disk_node()
 * @fstype: the kernel's name of the file system, "ext4"
 * @flags: LKL_MS_...
 * @data: file-system options separated by commas, or NULL
 * @path, @size: filled with the mount point's path, made for it
 */
int lkl_mount(struct lkl_disk *disk, unsigned int partition,
	      const char *fstype, unsigned long flags, const char *data,
	      char *path, size_t size, struct lkl_error *err);

/* lkl_umount - unmount what lkl_mount() mounted at @path, remove the point. */
int lkl_umount(const char *path, struct lkl_error *err);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#include <lkl/syscalls.h>

#endif /* LKL_H */
