/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lkl.h - the Linux kernel as a library: start and halt, system calls,
 * disks, mounts.
 *
 * A program needs this header only.  It includes the system calls
 * (lkl_sys_NAME()) with their structures and constants, which the build
 * generates from the kernel's source.
 *
 * Conventions.  A function returns 0 or a positive result on success, and a
 * negative errno on failure.  Functions that open or configure something take a
 * struct lkl_error as well, or NULL; on failure it holds one sentence without a
 * full stop that says what went wrong.  Output parameters are named ret_..., and
 * a failure leaves them unchanged.  The library never prints and never exits.
 *
 * One process holds at most one kernel at a time.  After lkl_halt() it can start
 * another one.
 *
 * Signals.  A signal handler may call lkl_syscall(), if the thread has made a
 * call before.  If the handler interrupted a call, the result is -EDEADLK, and
 * nothing else happens.  So it is in a callback (lkl_log_fn, lkl_panic_fn).
 * lkl_start() and lkl_halt() return -EDEADLK there, too; no other function may
 * be called.
 *
 * A handler or a callback must return.  If siglongjmp() or an exception leaves
 * a call, the kernel stops for all threads.  pthread_cancel() is harmless: the
 * thread ends at its next cancellation point after the call.  Asynchronous
 * cancellation (PTHREAD_CANCEL_ASYNCHRONOUS) is not supported.
 *
 * Children.  A child that is made by fork() while a kernel runs has no part of
 * that kernel.  Whatever returns an error returns -ECHILD there, lkl_start(),
 * lkl_halt() and lkl_disk_close() included.  A callback must not fork.  A child
 * that calls exec() at once, or that was made while no kernel
 * was running, is not restricted.
 *
 * A signal handler that forks needs SA_ONSTACK if it may interrupt a call: the
 * child does not have the stack of the call, and dies of SIGSEGV there.  The
 * child must end in exec() or _exit(): it cannot return from the handler.
 */
#ifndef LKL_H
#define LKL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The library is compiled with hidden visibility, except for these. */
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/*
 * A sentence about a failure.  Functions that can fail take it as their last
 * parameter and fill it.  The size of this structure never changes.
 */
struct lkl_error {
	char text[512];
};

/*
 * The library calls this for each line of the kernel's log, without a newline.
 * @level is the kernel's log level, from 0 (emergency) to 7 (debug).
 *
 * The function runs on a kernel stack, in any thread that makes calls.  It must
 * not block for long, must not call the library, and must return: no longjmp().
 */
typedef void lkl_log_fn(int level, const char *line, size_t len, void *opaque);

/*
 * The library calls this once if the kernel panics, before the pending calls
 * of all threads return -ENOTRECOVERABLE.  The rules of lkl_log_fn apply.
 */
typedef void lkl_panic_fn(const char *message, void *opaque);

/*
 * Structures that the caller fills begin with their size.  Set it to sizeof the
 * structure, and set all members that are not used to 0, their default:
 *
 *	struct lkl_options options = { .size = sizeof(options) };
 *
 * Later releases add members at the end.  The library accepts the shorter
 * structures of older callers.  It accepts the longer structures of newer
 * callers if all members that it does not know are 0.
 *
 * All functions that take such a structure return -EINVAL if the size is not
 * set or if a flag is unknown, and -E2BIG if an unknown member is not 0.
 */

/* Options of lkl_start(). */
struct lkl_options {
	size_t size;		/* sizeof(struct lkl_options) */
	uint64_t memory;	/* bytes of kernel memory, 0: LKL_MEMORY_DEFAULT */
	const char *params;	/* kernel parameters, 1900 bytes at most, or NULL */
	lkl_log_fn *log;	/* NULL: only lkl_log_read() has the lines */
	lkl_panic_fn *panic;	/* NULL: none */
	void *opaque;		/* the last argument of log and panic */
	uint64_t flags;		/* LKL_CATCH_FAULTS and the like */
	/* For LKL_DETERMINISTIC, otherwise 0: */
	uint64_t start_time;	/* nanoseconds since 1970, up to 2232 */
	uint64_t call_time;	/* nanoseconds, 0: LKL_CALL_TIME */
	uint64_t seed;		/* of all random numbers */
};

/*
 * Make a fault in kernel code, which a damaged image may cause, a panic like any
 * other.  With this flag the library also handles SIGFPE, SIGILL and SIGTRAP, see
 * "Signals" below.  Without it, the program's own handler or the default action
 * takes such a fault.
 *
 * A fault in the library's own code may leave locks held.  It is a panic, too,
 * but no halt clears up after it: everything that returns an error returns
 * -ENOTRECOVERABLE from then on.
 */
#define LKL_CATCH_FAULTS	0x1u

/*
 * Deterministic mode: the same calls have the same effect
 * --------------------------------------------------------
 * With this flag nothing in the kernel depends on the host's clocks, random
 * numbers, processors, memory or load.  Two programs that pass the same options,
 * add disks with the same contents and make the same calls get the same results,
 * and the disks have the same contents afterwards, byte for byte.  This holds for
 * one build of the library.
 *
 * - Time is virtual.  The wall clock begins at start_time, CLOCK_MONOTONIC at 0.
 *   Each call takes call_time, each look of the kernel at the clock a little.
 *   While a call waits and nothing is runnable, time jumps to the next timer,
 *   so a call that sleeps returns at once.  Between calls time stands still.
 * - Random numbers come from the seed.  They are no secret: do not make keys
 *   with such a kernel.
 * - Before a call returns, all tasks of the kernel have run until they wait for
 *   a timer or a call.  Write-back happens in sync calls, when virtual time has
 *   come, and when much is dirty.
 * - Disk requests complete one by one, in the order in which the kernel makes
 *   them, and before it goes on.  A discarded range reads as zeroes.
 * - Kernel memory has the same addresses each time if the program has nothing
 *   there.
 *
 * Only calls that follow each other are in a defined order.  Several threads may
 * call, but if two calls overlap, the host decides which one the kernel sees
 * first.  While a call waits for a call of another thread, time runs, and a
 * processor is busy.
 */
#define LKL_DETERMINISTIC	0x2u

/*
 * In deterministic mode: files get start_time as their time, however late it is,
 * so no time in an image is later than the one that the user gave.  Times in
 * superblocks are those of the virtual wall clock.
 */
#define LKL_FIXED_FILE_TIMES	0x4u

#define LKL_CALL_TIME		1000ull
#define LKL_CALL_TIME_MAX	3600000000000ull	/* an hour */

#define LKL_MEMORY_DEFAULT	(128ull << 20)
/* Enough for ext4 and btrfs; xfs keeps more dirty metadata and needs 48 MiB. */
#define LKL_MEMORY_MIN		(24ull << 20)

/*
 * Signals
 * -------
 * lkl_start() installs handlers for SIGSEGV and SIGBUS.  With their help a bad
 * pointer in a system call is -EFAULT, as it is with any kernel.  They stay
 * for the life of the process.
 *
 * - All other faults, and signals that were sent, go to the action that was
 *   set before lkl_start(): a handler is called with the same siginfo, context
 *   and signal mask as without the library, but on the alternate stack of the
 *   thread.
 * - A handler that the program installs later has to call the one that it
 *   replaces (sigaction() tells it) for faults that it does not know.
 *   Otherwise bad pointers in calls are faults of the program's again.
 * - A thread that calls gets an alternate signal stack of 64 KiB, unless it
 *   has one, and the two signals are unblocked at its first call.  It must not
 *   block them again.  With LKL_CATCH_FAULTS the same holds for the others.
 * - Handlers of other signals that may interrupt a call need SA_ONSTACK if
 *   they may fault themselves: otherwise they run on a stack of the kernel's,
 *   and their faults are taken for its own.
 * - The library remembers the handlers that the program installs over its own
 *   between a halt and the next start.  lkl_start() returns -EBUSY after 7
 *   different ones.
 */

/*
 * lkl_start - boot the kernel
 * @options: may be NULL, copied
 *
 * After a halt it may be called again: the new kernel knows nothing of the one
 * before, and disks have to be added again.
 *
 * Errors: -EALREADY if there is a kernel that was not halted (it may have
 * panicked), -EINVAL for a memory size or a time out of range, -E2BIG for kernel
 * parameters that are too long, -EFBIG if the limit of file sizes (ulimit -f) is
 * below the memory size, -ENOMEM, -ENOTRECOVERABLE if it panicked while it
 * booted: it is gone then, as after lkl_halt().
 *
 * The host limits the mappings of a process (vm.max_map_count).  When the
 * program has used them up, the kernel lives on a reserve: new threads, disks
 * and mounts are -ENOMEM until there are mappings again.  If the program uses up
 * the reserve too, and the kernel needs a mapping for a call that is under way,
 * the kernel waits for five seconds, and then panics.
 */
int lkl_start(const struct lkl_options *options, struct lkl_error *err);

/*
 * lkl_halt - write everything back and stop the kernel
 *
 * Mounted file systems should have been unmounted; what is still mounted is
 * synced.  Calls of other threads that are in flight return -ENXIO, as do all
 * later ones.  Waits until these threads are out of the kernel, then frees its
 * memory.  Disks that were added are not any more; they are still open.
 *
 * Returns -ENXIO if no kernel is running, -ENOTRECOVERABLE if it has panicked:
 * then what was not written is lost, and everything is freed all the same.
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
 * A thread's first call is -ENOMEM if its task finds no room: an eighth of the
 * kernel's memory is kept for the tasks that exist, a task takes about 40 KiB,
 * and its stack needs mappings of the host (vm.max_map_count).  The call has no
 * effect, and the thread may try again.  The kernel has 32,767 tasks at most.
 *
 * Pointers are host pointers; the kernel reads and writes through them
 * directly.  If one is bad, the call fails with -EFAULT, or has read or written
 * as much as there is.  @args itself has to be good.
 * A call is not a point where pthread_cancel() ends a thread.  -EDEADLK
 * and -ECHILD are explained at the top.
 */
long lkl_syscall(long no, const long args[6]);

/*
 * lkl_vsyscall - make a system call with the registers of the host's instruction
 *
 * For a C library or a shim that has a system-call instruction to replace.  It is
 * called from assembly only; C code uses lkl_syscall().
 *
 *		number	arguments			result	not kept
 *	x86-64	rax	rdi, rsi, rdx, r10, r8, r9	rax	rcx, r11
 *	aarch64	x8	x0, x1, x2, x3, x4, x5		x0	x16, x17, x30
 *
 * All other registers are kept, flags and vector registers too, as by the
 * instruction.  The result is that of lkl_syscall().  lkl_vsyscall_errno() returns
 * -1 for failures instead, and sets errno of the C library that this library uses.
 *
 * Unlike the instruction, a call writes below the stack pointer: a function that
 * uses the red zone of x86-64 has to step over it (128 bytes) first.  The stack
 * needs 16 KiB.  The thread register (fs, tpidr_el0) has to be that of a thread of
 * the library's C library.  The numbers are LKL___NR_..., which are those of
 * aarch64, but not those of x86-64; structures and constants are the kernel's as
 * well.
 */
void lkl_vsyscall(void);
void lkl_vsyscall_errno(void);

/*
 * lkl_waits - count the waits of the calling thread's calls for the host
 *
 * A call waits for the host when it needs a disk or a timer and the kernel has
 * nothing else to do.  A program that has more work for the kernel can then use
 * another thread.  The count starts at 0 for each thread, and wraps around.
 */
unsigned int lkl_waits(void);

/* What a kernel does that lkl_progress() looks at. */
enum lkl_busy {
	LKL_BUSY_NOT,		/* no call is under way */
	LKL_BUSY_WAITING,	/* no task runs, and calls wait for something */
	LKL_BUSY_RUNNING,	/* a task runs */
	LKL_BUSY_DISK,		/* either, and the host works for a disk */
};

/*
 * lkl_progress - count what the kernel has done
 * @ret_busy: an enum lkl_busy, or NULL
 *
 * Returns a number that grows with each call, and each time that a disk completes
 * requests.  If it does not grow for long while a task runs, the kernel loops, or one
 * call needs so long without a disk.  Any thread may call this at any time, also when
 * the kernel does not answer.
 */
unsigned long lkl_progress(int *ret_busy);

/*
 * lkl_log_busy - find out what the kernel is doing, and log it
 * @ret_text: one line about it
 *
 * For a kernel that makes no progress.  Interrupts the thread that runs kernel
 * code for a moment and writes to the log where it is, as offsets from
 * lkl_fiber_switch.  Returns 1, or 0 if no task runs, or -errno.  A program that
 * handles SIGSEGV itself gets one line only.  Any thread may call this at any
 * time, except in a signal handler.
 */
int lkl_log_busy(struct lkl_error *ret_text);

/*
 * lkl_buffer_alloc - borrow kernel memory for direct I/O
 * @len: bytes, at most 4 MiB; rounded up to whole pages
 *
 * If a file is open with LKL_O_DIRECT, lkl_sys_pread64() and lkl_sys_pwrite64()
 * transfer data between the image and such a buffer without the page cache.
 * Offset and length must be multiples of the file system's block size, which is
 * at most 4096 bytes.  Direct I/O with other memory is -EFAULT.  The program may
 * use the buffer like any other memory.
 *
 * The content is undefined at first.  Returns NULL if the kernel has no room;
 * read and write without LKL_O_DIRECT then.  lkl_halt() frees all buffers.
 *
 * lkl_buffer_free() takes the same length.  It returns 0, or -EINVAL and does
 * nothing if there is no such buffer.
 */
void *lkl_buffer_alloc(size_t len);
int lkl_buffer_free(void *buf, size_t len);

/* lkl_strerror - describe @err, a negative (or positive) kernel errno. */
const char *lkl_strerror(int err);

/* lkl_version - the version of the library, for example "0.1.0". */
const char *lkl_version(void);

/* lkl_kernel_version - the release of the kernel, for example "6.12.117". */
const char *lkl_kernel_version(void);

/*
 * lkl_features - list the features of this build, as "+raw +ext4 +xfs ..."
 *
 * "+nbd" needs libnbd, which the library loads when it first needs it.
 */
const char *lkl_features(void);

/*
 * lkl_log_read - copy lines of the kernel's log, of which 64 KiB are kept
 * @since: the position to read from; 0: the oldest line
 * @buf, @size: filled with lines "LEVEL text\n" and a NUL
 *
 * Returns the position after the last copied line, which is @since of the next
 * call.  Works before start, after halt and after a panic.
 */
uint64_t lkl_log_read(uint64_t since, char *buf, size_t size);

/* ---- Disks ---- */

/* An opened disk image or block device. */
struct lkl_disk;

#define LKL_DISK_READ_ONLY	0x1u
/*
 * Open the image read-only, but let the kernel write.  Its writes go to a
 * temporary file, which lkl_disk_close() deletes.  The kernel can replay a dirty
 * journal like this without changing the image.
 */
#define LKL_DISK_COW		0x2u
/*
 * Do not take the locks that keep other programs away from the image (the locks
 * of QEMU).  Another program that writes at the same time will damage it.
 */
#define LKL_DISK_NO_LOCK	0x4u
/*
 * Open the files that the image names, such as its backing file.  The author of
 * the image chose those names.
 */
#define LKL_DISK_NAMED_FILES	0x8u
/*
 * Open and lock the image, or connect to its server, but do not read it.
 * lkl_disk_parse() does that, for example in a sandbox.  Until then no other
 * function but lkl_disk_close() takes the disk, and @image and the strings of
 * the options must stay valid.
 */
#define LKL_DISK_PARSE_LATER	0x10u
/*
 * Do not wait for the host's storage when the kernel flushes the disk: for an
 * image that is worthless until it is complete.  If the host crashes, the image
 * may be damaged, whatever was synced inside.
 */
#define LKL_DISK_NO_FLUSH	0x20u

/* Count what is fetched from another host: lkl_disk_fetched(). */
#define LKL_DISK_COUNT		0x40u
/*
 * The format encrypts the image, and @key_fd has the passphrase.  The format has
 * to be "qcow2-luks", which is qcow2 encrypted with LUKS.
 */
#define LKL_DISK_KEY		0x80u

/* Options of lkl_disk_open(). */
struct lkl_disk_options {
	size_t size;		/* sizeof(struct lkl_disk_options) */
	uint64_t flags;		/* LKL_DISK_... */
	/*
	 * "raw", "qcow2", "xz", ...; NULL: probed, as raw or qcow2 only.
	 */
	const char *format;
	/* The part of the image to use, in bytes; length 0: up to the end. */
	uint64_t offset;
	uint64_t length;
	/*
	 * Name or id of an internal snapshot of a qcow2 image that is shown in
	 * place of the image, for reading only; NULL: the image itself.
	 */
	const char *snapshot;
	/*
	 * With LKL_DISK_PARSE_LATER and LKL_DISK_NAMED_FILES: opens a file that
	 * the image names, for a process in a sandbox.  Returns a descriptor as
	 * lkl_disk_open_file() does, which lkl_disk_parse() owns then, or
	 * -errno.  NULL: lkl_disk_parse() opens it.
	 */
	int (*open_file)(const char *path, uint64_t flags, void *opaque,
			 struct lkl_error *err);
	void *opaque;		/* for @open_file */
	/*
	 * With LKL_DISK_KEY: a file or a pipe that holds the passphrase, up to
	 * its end.  It is read, but not closed, by lkl_disk_open(), without
	 * passing through the memory of the process.
	 */
	int key_fd;
};

/*
 * lkl_disk_open_file - open a file as lkl_disk_open() would, but not more
 * @flags: LKL_DISK_READ_ONLY or 0; others are ignored
 *
 * Refuses what is no regular file or block device, and what the host uses.
 * Returns a descriptor or -errno.
 */
int lkl_disk_open_file(const char *path, uint64_t flags, struct lkl_error *err);

/*
 * lkl_disk_open - open an image file, a block device or an image on another host
 * @image: path, or URI (nbd://, nbd+unix://, nbds://, http://, https://, ssh://, s3://)
 * @options: may be NULL, copied; opens for writing unless flags say otherwise
 * @ret_disk: owned by the caller, who frees it with lkl_disk_close()
 *
 * Works without a running kernel: a program can probe the image before start.
 *
 * Errors: -EBUSY if another program has locked the image, -EPERM if the image
 * names a file that must not be opened, -ENOTSUP if the format or one of its
 * features is not supported.
 */
int lkl_disk_open(const char *image, const struct lkl_disk_options *options,
		  struct lkl_disk **ret_disk, struct lkl_error *err);

/*
 * lkl_disk_parse - read the metadata of an image that was opened with
 * LKL_DISK_PARSE_LATER
 *
 * Opens no file, unless LKL_DISK_NAMED_FILES was given.  Errors as those of
 * lkl_disk_open(); the caller still closes the disk.  -EINVAL if it was parsed
 * before.
 */
int lkl_disk_parse(struct lkl_disk *disk, struct lkl_error *err);

/*
 * lkl_disk_close - close a disk, and remove it from the kernel before
 *
 * Returns 0, or the error of lkl_disk_remove(): the disk is still open then, and
 * the caller still owns it.  -EREMOTEIO is another error: the disk is closed, but
 * qemu-nbd, which wrote the image, failed at its end, so data may be missing.
 */
int lkl_disk_close(struct lkl_disk *disk);

/*
 * lkl_disk_create - make an empty image
 * @image: the path of a regular file, whose content is replaced
 * @format: "raw" or "qcow2"
 * @size: of the disk, bytes; a multiple of 512
 *
 * The file is sparse.  Works without a running kernel.
 *
 * Errors: -ENOTSUP for another format, -EFBIG for a size that the format cannot
 * have, and those of the file system.
 */
int lkl_disk_create(const char *image, const char *format, uint64_t size,
		    struct lkl_error *err);

/*
 * lkl_disk_fetched - how many bytes were fetched from another host
 *
 * Of the image itself, not of files that it names.  Thread-safe.  -ENODATA if the
 * image is a file or an NBD export, or was opened without LKL_DISK_COUNT.
 */
int lkl_disk_fetched(const struct lkl_disk *disk, uint64_t *ret_bytes);

/* lkl_disk_size - the size in bytes. */
uint64_t lkl_disk_size(const struct lkl_disk *disk);

/* lkl_disk_sector_size - the logical block size in bytes, 512 to 4096. */
unsigned int lkl_disk_sector_size(const struct lkl_disk *disk);

/*
 * lkl_disk_read - read all @len bytes at @offset: 0 or -errno
 *
 * -EIO if the range ends past the end of the disk.  Thread-safe.
 */
int lkl_disk_read(struct lkl_disk *disk, void *buf, size_t len,
		  uint64_t offset);

/*
 * lkl_disk_warning - whether the user should know something before writing
 * @ret_warning: one sentence, if this returns 1
 *
 * Returns 0 or 1.  There is a warning for an image that was opened for writing
 * and has dirty bitmaps, which the first write makes invalid.
 */
int lkl_disk_warning(const struct lkl_disk *disk,
		     struct lkl_error *ret_warning);

/*
 * lkl_disk_failure - whether an access to the image has failed
 *
 * Returns 0, or the -errno of the first failed access, with a sentence such as
 * "cannot write: No space left on device".  System calls on a mounted file system
 * return -EIO for all such failures, or nothing.  Thread-safe.
 */
int lkl_disk_failure(const struct lkl_disk *disk, struct lkl_error *err);

/*
 * lkl_disk_add - add the disk to the kernel, as a virtio block device
 *
 * Errors: -EBUSY if it was added before, -ENOSPC if the kernel has too many
 * disks, -ENOMEM also if the host has no mappings left: see lkl_start().
 */
int lkl_disk_add(struct lkl_disk *disk, struct lkl_error *err);

/*
 * lkl_disk_remove - remove the disk from the kernel
 *
 * -EBUSY while the disk or one of its partitions is mounted or open, even for
 * reading.  A failure leaves the disk as it was.
 */
int lkl_disk_remove(struct lkl_disk *disk, struct lkl_error *err);

/*
 * lkl_disk_node - make a block device node for a partition
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
 * @path, @size: filled with the path of the mount point, a new directory
 *
 * -ENOMEM also if the host has no mappings left: see lkl_start().
 */
int lkl_mount(struct lkl_disk *disk, unsigned int partition,
	      const char *fstype, unsigned long flags, const char *data,
	      char *path, size_t size, struct lkl_error *err);

/* lkl_umount - unmount a mount point of lkl_mount(), and remove its directory. */
int lkl_umount(const char *path, struct lkl_error *err);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#include <lkl/syscalls.h>

#endif /* LKL_H */
