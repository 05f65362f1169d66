/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host_ops.h - the contract between the kernel overlay and the host library.
 *
 * The one file that both sides include, so it uses the C language alone: no
 * kernel header, no libc header.  The overlay never calls libc and the host
 * library never looks into kernel structures.
 *
 * How a vCPU is driven
 * --------------------
 * A vCPU is either driven by one host thread or by none (the host library
 * keeps that ownership, see vcpu.c).  Kernel tasks are fibres: a stack and a
 * saved stack pointer.  The driving thread enters by switching from its own
 * stack (saved in host_sp) to the current task's (saved in task_sp), and the
 * kernel leaves by the reverse switch, with a reason:
 *
 *   LKL_LEAVE_DONE  the call of the driving thread is complete; its task is
 *                   current and "in user mode"
 *   LKL_LEAVE_IDLE  nothing is runnable; the idle task is current
 *   LKL_LEAVE_DEAD  halted or panicked; never entered again
 *
 * A host thread's call is described by struct lkl_thread.  When the vCPU is
 * free and the thread's own task is current in user mode, the call runs by
 * entering directly.  Otherwise the thread posts the call and raises
 * LKL_IRQ_CALL, and whoever drives runs it and, unless it is the driver's
 * own, delivers the result with the wake() operation.
 *
 * Interrupts are bits in irq_pending, set by any host thread at any time.
 * The kernel takes them where it enables interrupts and before it idles.
 */
#ifndef LKL_HOST_OPS_H
#define LKL_HOST_OPS_H

/*
 * Grows with every change of this file.  lkl_kernel_prepare() refuses a host
 * library that was compiled with another version.
 */
#define LKL_HOST_OPS_VERSION	4

/* Interrupt numbers, bits of irq_pending. */
#define LKL_IRQ_TIMER		0
#define LKL_IRQ_CALL		1
#define LKL_IRQ_DISK0		2	/* the first of the virtio devices */
#define LKL_NR_IRQS		64
#define LKL_MAX_DISKS		(LKL_NR_IRQS - LKL_IRQ_DISK0)

enum lkl_leave {
	LKL_LEAVE_DONE = 1,
	LKL_LEAVE_IDLE,
	LKL_LEAVE_DEAD,
};

/* The state of the mappings that the host keeps in reserve. */
enum lkl_reserve {
	LKL_RESERVE_WHOLE,
	LKL_RESERVE_USED,	/* some are gone: refuse what the user can do without */
	LKL_RESERVE_LOW,	/* the rest is for what cannot fail */
};

/* Numbers of calls into the overlay itself, beyond all system calls. */
#define LKL_CALL_BASE		0x10000
#define LKL_CALL_DISK_ADD	(LKL_CALL_BASE + 0) /* index: 0 or -errno */
#define LKL_CALL_DISK_REMOVE	(LKL_CALL_BASE + 1) /* index: 0 or -errno */
#define LKL_CALL_DISK_DEV	(LKL_CALL_BASE + 2) /* index, partition: dev_t */
#define LKL_CALL_HALT		(LKL_CALL_BASE + 3) /* does not return */
#define LKL_CALL_BUFFER_ALLOC	(LKL_CALL_BASE + 4) /* length: address */
#define LKL_CALL_BUFFER_FREE	(LKL_CALL_BASE + 5) /* address, length: 0 */

/*
 * A host thread that makes calls.  Allocated by the host library, embedded in
 * a structure of its own; it stays valid until released() is called for it.
 */
struct lkl_thread {
	/* Set by the host thread before a call, read by its task. */
	long nr;
	const long *args;
	/* Set by the task when the call is complete. */
	long ret;
	int busy;			/* a call is posted and not complete */
	/* Set by the host when the thread has ended; posted like a call. */
	int exiting;
	/*
	 * The driver's: the call (or the exit) may be run.  Set when a post is
	 * taken from the queue, or by the host thread that enters directly, so
	 * that a thread is never on the queue twice.
	 */
	int ready;
	/* The kernel's: its task, NULL until made, and the queue of posts. */
	void *task;
	struct lkl_thread *next;
};

/*
 * A copy from or to a caller's memory that is under way, see arch/lkl/lib/
 * uaccess.c: what to do about a fault in it.
 */
struct lkl_user_copy {
	void *sp;			/* first; NULL if there is none */
	/* The kernel's side of it, where no fault is expected. */
	unsigned long kernel, len;
};

/* A fault of the thread that drives. */
struct lkl_fault {
	/* Registers; changed to continue elsewhere. */
	unsigned long pc, sp;
	/* The address that was accessed, unless the host cannot tell. */
	unsigned long addr;
	int addr_known;
};

/*
 * State of one virtual CPU that both sides use.  The kernel object contains it,
 * and hands its address to the host library when it is prepared.
 */
struct lkl_vcpu {
	/* The kernel's, first so that the hot fields share a cache line. */
	void *current_task;		/* struct task_struct */
	void *previous_task;		/* set by a switch, read behind it */
	unsigned long irqs_enabled;	/* 0 or 1 */
	/* Bits raised by any thread (atomic). */
	unsigned long irq_pending;
	/* Saved stack pointers: see above. */
	void *host_sp;
	void *task_sp;
	/* Who drives: its thread, or NULL for a driver without calls. */
	struct lkl_thread *driver;
	/* Whose task is current in user mode, or NULL. */
	struct lkl_thread *user;
	enum lkl_leave reason;
	/* Other tasks were runnable when the kernel was left. */
	int work_left;
	/*
	 * The driver's: calls that are being made, or the boot.  A posted call
	 * counts from when it is taken from the queue, and a complete one no
	 * more, even if its thread has not seen that yet.
	 */
	unsigned int calls;
	/* Calls posted by threads (atomic, last in first out). */
	struct lkl_thread *posted;
	struct lkl_user_copy user_copy;
};

/* What the kernel asks of the host.  All of it runs on kernel stacks. */
struct lkl_host_ops {
	/* LKL_HOST_OPS_VERSION.  It is the first member in all versions. */
	unsigned int version;
	/* One line of the kernel log, without newline. */
	void (*log)(int level, const char *line, unsigned long len);
	/* A panic: the kernel leaves with LKL_LEAVE_DEAD when it returns. */
	void (*panic)(const char *message);
	/*
	 * Nanoseconds: CLOCK_MONOTONIC, CLOCK_REALTIME, and the latter as it
	 * was a tick ago at most, for less time to read it.
	 */
	unsigned long long (*clock_monotonic)(void);
	unsigned long long (*clock_realtime)(void);
	unsigned long long (*clock_realtime_coarse)(void);
	/* Raise LKL_IRQ_TIMER at this monotonic time; ~0ull: never. */
	void (*set_timer)(unsigned long long deadline);
	/* Random bytes; 0 or -errno. */
	int (*random)(void *buf, unsigned long len);
	/*
	 * Make [phys, phys+len) of kernel memory visible at virt as well, and
	 * [virt, virt+len) inaccessible again.  An enum lkl_reserve, or -errno
	 * if it was not done.  unmap() with a length of 0 only tries to fill
	 * the reserve.
	 */
	int (*map)(unsigned long virt, unsigned long phys, unsigned long len,
		   int writable);
	int (*unmap)(unsigned long virt, unsigned long len);
	/* The call of a thread that does not drive is complete. */
	void (*wake)(struct lkl_thread *thread);
	/* The task of an exiting thread is gone: free the structure. */
	void (*released)(struct lkl_thread *thread);
	/* Device registers: disk index, offset of the register. */
	unsigned int (*mmio_read)(unsigned int disk, unsigned int offset,
				  unsigned int size);
	void (*mmio_write)(unsigned int disk, unsigned int offset,
			   unsigned int size, unsigned int value);
};

/* The argument of lkl_kernel_prepare(), which copies the strings. */
struct lkl_boot {
	const struct lkl_host_ops *ops;	/* first in all versions */
	void *memory;			/* direct map, page aligned */
	unsigned long memory_size;	/* bytes, multiple of the page size */
	unsigned long vmalloc_start;	/* reserved addresses, 1 GiB aligned */
	unsigned long vmalloc_size;
	const char *params;
	struct lkl_thread *thread;	/* busy until the kernel is up */
};

/*
 * The symbols that the kernel object exports to the host library.
 */

/*
 * Save the callee-saved registers and the stack pointer in *@save, continue
 * at @load.  @load was saved by this function or is a fresh task's.
 */
void lkl_fiber_switch(void **save, void *load);

/*
 * Prepare the boot fibre: entering the vCPU boots the kernel afterwards.
 * Returns 0 and the state of that vCPU.  If the kernel wants another version
 * of the operations, it returns that version and looks at nothing else.
 */
unsigned int lkl_kernel_prepare(const struct lkl_boot *boot,
				struct lkl_vcpu **ret_vcpu);

/*
 * Called from a signal handler: whether the kernel can continue after @fault,
 * and then, in @fault, where.
 */
int lkl_kernel_recover(struct lkl_vcpu *vcpu, struct lkl_fault *fault);

/* The task that runs on a vCPU. */
struct lkl_running {
	const char *name;		/* stays valid, but may change */
	int pid;
	/* The kernel's code. */
	unsigned long text_start, text_end;
};

/*
 * Called by the thread that drives @vcpu, also from a signal handler: describe
 * the kernel's work at hand.
 */
void lkl_kernel_running(const struct lkl_vcpu *vcpu,
			struct lkl_running *ret_running);

/* The kernel's release, "6.12.117". */
extern const char lkl_kernel_release[];

/* The file systems it has, each as " +NAME". */
extern const char lkl_kernel_features[];

/*
 * What the host library provides to the kernel object under its own names:
 * memcpy and its kin are resolved to libc's (see lkl/host/memops.c).
 */

#endif /* LKL_HOST_OPS_H */
