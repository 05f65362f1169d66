/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio.h - virtio 1.2 devices for a driver whose memory the host can see.
 *
 *   virtio.c       split virtqueues: descriptor chains as struct iovec
 *   virtio-mmio.c  the registers by which a driver finds and drives a device
 *   virtio-blk.c   the block device, on top of a struct blk
 *
 * Everything read from the driver's memory is checked before use, and read
 * once: buffers lie within that memory or are refused, chains are of bounded
 * length.  A driver that breaks the rules gets DEVICE_NEEDS_RESET and is
 * ignored until it resets the device.
 *
 * All of it runs on kernel stacks: no large variables there.
 *
 * Threads.  One thread at a time makes register accesses, and a device takes
 * requests from its queue within the access that notifies it.  It may
 * complete them from other threads, which then are in virtq_push() and
 * virtio_signal() one at a time.  A reset waits for what is in flight.
 */
#ifndef LKL_HOST_VIRTIO_H
#define LKL_HOST_VIRTIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct blk;
struct host_job;
struct uring;
struct vcpu;
struct vring_avail;
struct vring_desc;
struct vring_used;

/* The driver's memory, page aligned: its physical address 0 is at base. */
struct virtio_memory {
	void *base;
	uint64_t size;
};

/* ---- Queues: virtio.c ---- */

/* The largest queue, and the longest chain of buffers. */
#define VIRTQ_NUM_MAX		256u

/*
 * A request as the driver queued it: what the device reads comes first, what
 * it writes after.  The lengths are sums; both together fit into 32 bits.
 */
struct virtq_chain {
	uint16_t head;			/* names it to virtq_push() */
	unsigned int nr_out, nr_in;	/* of iov, read and written */
	uint64_t out_len, in_len;
	struct iovec iov[VIRTQ_NUM_MAX];
};

struct virtq {
	/* Set by the driver before it enables the queue. */
	uint64_t desc_addr, avail_addr, used_addr;
	unsigned int num;
	bool ready;
	/* Found when it was enabled. */
	const struct virtio_memory *memory;
	const struct vring_desc *desc;
	const struct vring_avail *avail;
	struct vring_used *used;
	bool indirect, event_idx;	/* negotiated features */
	/* Free-running positions in the rings. */
	uint16_t last_avail;
	uint16_t last_used;
	uint16_t signalled;		/* last_used at the last interrupt */
};

/* virtq_enable - check what the driver set up; -EINVAL if it cannot be */
int virtq_enable(struct virtq *vq, const struct virtio_memory *memory,
		 uint64_t features);
void virtq_disable(struct virtq *vq);

/* virtq_empty - has the driver queued nothing that was not taken? */
bool virtq_empty(const struct virtq *vq);

/*
 * virtq_pop - take the next request
 *
 * Returns 1, 0 if there is none, -EPROTO if the driver broke the rules: the
 * queue cannot be used any more then.
 */
int virtq_pop(struct virtq *vq, struct virtq_chain *chain);

/* virtq_push - give a request back, of which @len bytes were written */
void virtq_push(struct virtq *vq, uint16_t head, uint32_t len);

/* virtq_rearm - ask for notifications; true if requests came meanwhile */
bool virtq_rearm(struct virtq *vq);

/* virtq_signal - does the driver want an interrupt for what was pushed? */
bool virtq_signal(struct virtq *vq);

/* ---- Devices and their registers: virtio-mmio.c ---- */

struct virtio_dev;

struct virtio_ops {
	uint32_t id;			/* VIRTIO_ID_... */
	/* The driver notified the queue. */
	void (*notify)(struct virtio_dev *dev);
	/* Wait until no request is in flight. */
	void (*quiesce)(struct virtio_dev *dev);
	/* Frees the device, which is quiescent. */
	void (*destroy)(struct virtio_dev *dev);
};

/* What devices ask of whoever runs their driver. */
struct virtio_host {
	/* Takes the device's interrupts. */
	struct vcpu *vcpu;
	/* Raise an interrupt; any thread. */
	void (*raise)(struct vcpu *vcpu, unsigned int irq);
	/*
	 * vcpu_offer() and vcpu_recall(), for the thread that notifies and
	 * resets; NULL: nobody takes a job.
	 */
	bool (*offer)(struct host_job *job);
	void (*recall)(void);
};

/* Device types embed this as their first member. */
struct virtio_dev {
	/* Set by the device type. */
	const struct virtio_ops *ops;
	uint64_t offered;		/* feature bits */
	const void *config;		/* device-specific configuration */
	unsigned int config_size;
	/* Set by vmmio_create(). */
	struct virtio_memory memory;
	struct virtio_host host;
	unsigned int irq;
	/* The registers' state. */
	struct virtq vq;
	uint64_t features;		/* accepted by the driver */
	uint8_t status;
	uint32_t interrupt_status;	/* atomic */
	uint32_t offered_sel, features_sel, queue_sel;
};

/* Interrupt the driver if it wants to hear of what was pushed. */
void virtio_signal(struct virtio_dev *dev);

/* The driver broke the rules: nothing works until it resets the device. */
void virtio_broken(struct virtio_dev *dev);

/*
 * vmmio_disk_create - make a disk appear in register block @index
 * @blk: remains the caller's, must outlive the disk
 * @ring: likewise; NULL: there is none
 * @memory: copied; what it describes must outlive the disk
 * @host: copied; the interrupt is LKL_IRQ_DISK0 + @index
 *
 * -EINVAL if there is no such block, -EBUSY if it is taken, -ENOMEM.
 */
int vmmio_disk_create(unsigned int index, struct blk *blk, struct uring *ring,
		      const struct virtio_memory *memory,
		      const struct virtio_host *host);

/*
 * vmmio_disk_quiesce - wait until it has answered all that it was asked
 *
 * For whoever knows that its driver asks nothing more.
 */
void vmmio_disk_quiesce(unsigned int index);

/* vmmio_disk_destroy - remove it, which its driver must have let go of */
void vmmio_disk_destroy(unsigned int index);

/*
 * Register accesses, for struct lkl_host_ops.  A block without a device, a
 * register that does not exist and an access of the wrong size read as 0 and
 * ignore what is written.
 */
unsigned int vmmio_read(unsigned int disk, unsigned int offset,
			unsigned int size);
void vmmio_write(unsigned int disk, unsigned int offset, unsigned int size,
		 unsigned int value);

/* ---- Device types ---- */

/* vblk_create - block device number @index, NULL if out of memory */
struct virtio_dev *vblk_create(struct blk *blk, struct uring *ring,
			       unsigned int index);

#endif /* LKL_HOST_VIRTIO_H */
