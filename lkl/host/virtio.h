/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio.h - virtio 1.2 devices whose driver's memory the host can read.
 *
 *   virtio.c       split virtqueues: descriptor chains as struct iovec
 *   virtio-mmio.c  the registers with which a driver finds and drives a device
 *   virtio-blk.c   the block device, on top of a struct blk
 *
 * The driver is not trusted.  Every value in its memory is read once and
 * checked before it is used.  Buffers must lie in that memory, and chains have
 * a maximum length.  If a driver breaks the rules, the device sets
 * DEVICE_NEEDS_RESET and ignores the driver until it resets the device.
 *
 * This code runs on kernel stacks, which are small: no large local variables.
 *
 * Threads.  One thread at a time accesses registers.  A device takes requests
 * from its queue in the access that notifies it.  Any thread may complete a
 * request; a lock lets one thread at a time into virtq_push() and
 * virtio_signal().  A reset waits until no request is in flight.
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
 * A request as the driver queued it: first the buffers that the device reads,
 * then those that it writes.  The lengths are sums; their sum fits into 32 bits.
 */
struct virtq_chain {
	uint16_t head;			/* identifies it to virtq_push() */
	unsigned int nr_out, nr_in;	/* of iov, read and written */
	uint64_t out_len, in_len;
	struct iovec iov[VIRTQ_NUM_MAX];
};

struct virtq {
	/* The driver sets these before it enables the queue. */
	uint64_t desc_addr, avail_addr, used_addr;
	unsigned int num;
	bool ready;
	/* virtq_enable() sets these. */
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

/* virtq_enable - start a queue; -EINVAL if its addresses or size are invalid */
int virtq_enable(struct virtq *vq, const struct virtio_memory *memory,
		 uint64_t features);
void virtq_disable(struct virtq *vq);

/* virtq_empty - whether all queued requests were taken */
bool virtq_empty(const struct virtq *vq);

/*
 * virtq_pop - take the next request
 *
 * Returns 1, or 0 if there is none, or -EPROTO if the driver broke the rules.
 * After -EPROTO the queue is unusable.
 */
int virtq_pop(struct virtq *vq, struct virtq_chain *chain);

/* virtq_push - complete a request; the device wrote @len bytes of its buffers */
void virtq_push(struct virtq *vq, uint16_t head, uint32_t len);

/* virtq_rearm - ask for notifications; true if new requests are queued already */
bool virtq_rearm(struct virtq *vq);

/* virtq_signal - whether the driver wants an interrupt for the pushed requests */
bool virtq_signal(struct virtq *vq);

/* ---- Devices and their registers: virtio-mmio.c ---- */

struct virtio_dev;

struct virtio_ops {
	uint32_t id;			/* VIRTIO_ID_... */
	/* The driver announced new requests. */
	void (*notify)(struct virtio_dev *dev);
	/* Wait until no request is in flight. */
	void (*quiesce)(struct virtio_dev *dev);
	/* Free the device; no request is in flight. */
	void (*destroy)(struct virtio_dev *dev);
};

/* Functions that devices call in the code that runs their driver. */
struct virtio_host {
	/* Takes the device's interrupts. */
	struct vcpu *vcpu;
	/* Raise an interrupt; callable in any thread. */
	void (*raise)(struct vcpu *vcpu, unsigned int irq);
	/*
	 * vcpu_offer() and vcpu_recall().  Only the thread that accesses
	 * registers calls them.  NULL: no thread performs jobs.
	 */
	bool (*offer)(struct host_job *job);
	void (*recall)(void);
	/*
	 * Requests complete in their order, before the notification returns.
	 * The driver sees nothing of the host but the size of the disk.
	 */
	bool in_order;
};

/* The first member of the structure of each device type. */
struct virtio_dev {
	/* The device type sets these. */
	const struct virtio_ops *ops;
	uint64_t offered;		/* feature bits */
	const void *config;		/* device-specific configuration */
	unsigned int config_size;
	/* vmmio_disk_create() sets these. */
	struct virtio_memory memory;
	struct virtio_host host;
	unsigned int irq;
	/* The registers. */
	struct virtq vq;
	uint64_t features;		/* accepted by the driver */
	uint8_t status;
	uint32_t interrupt_status;	/* atomic */
	uint32_t offered_sel, features_sel, queue_sel;
};

/* Interrupt the driver if it wants an interrupt for the pushed requests. */
void virtio_signal(struct virtio_dev *dev);

/* Ignore a driver that broke the rules until it resets the device. */
void virtio_broken(struct virtio_dev *dev);

/*
 * vmmio_disk_create - make a disk appear in register block @index
 * @blk: owned by the caller, must outlive the disk
 * @ring: owned by the caller, must outlive the disk; NULL: no io_uring
 * @memory: copied; the memory that it describes must outlive the disk
 * @host: copied; the interrupt is LKL_IRQ_DISK0 + @index
 *
 * -EINVAL if there is no such block, -EBUSY if it is taken, -ENOMEM.
 */
int vmmio_disk_create(unsigned int index, struct blk *blk, struct uring *ring,
		      const struct virtio_memory *memory,
		      const struct virtio_host *host);

/*
 * vmmio_disk_quiesce - wait until no request is in flight
 *
 * The caller makes sure that the driver queues no more requests.
 */
void vmmio_disk_quiesce(unsigned int index);

/* vmmio_disk_destroy - remove a disk that its driver does not use any more */
void vmmio_disk_destroy(unsigned int index);

/*
 * Register accesses, for struct lkl_host_ops.  If a block has no device, if a
 * register does not exist, or if the size is wrong, reads return 0 and writes
 * do nothing.
 */
unsigned int vmmio_read(unsigned int disk, unsigned int offset,
			unsigned int size);
void vmmio_write(unsigned int disk, unsigned int offset, unsigned int size,
		 unsigned int value);

/* ---- Device types ---- */

/*
 * vblk_requests_under_way - how many requests of all devices are worked on
 *
 * Any thread.
 */
unsigned int vblk_requests_under_way(void);

/*
 * vblk_create - block device number @index, NULL if out of memory
 * @in_order: as in struct virtio_host
 */
struct virtio_dev *vblk_create(struct blk *blk, struct uring *ring,
			       unsigned int index, bool in_order);

#endif /* LKL_HOST_VIRTIO_H */
