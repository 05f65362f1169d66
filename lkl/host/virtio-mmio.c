// SPDX-License-Identifier: GPL-2.0-only
/*
 * virtio-mmio.c - the registers of a virtio device with one queue (virtio 1.2,
 * section 4.2, version 2).
 *
 * There is no legacy interface and no shared memory.  The configuration of a
 * device does not change.
 *
 * Requests hold pointers into the driver's memory.  Therefore a reset waits
 * until no request is in flight.
 */
#include <errno.h>
#include <linux/virtio_config.h>
#define VIRTIO_MMIO_NO_LEGACY
#include <linux/virtio_mmio.h>
#include <string.h>

#include "arch/include/asm/host_ops.h"
#include "virtio.h"

#define VMMIO_MAGIC		0x74726976u	/* "virt", little endian */
#define VMMIO_VERSION		2u
#define VMMIO_VENDOR		0x204c4b4cu	/* "LKL ", little endian */

/*
 * The register blocks.  Disks come and go in any thread, but not while their
 * driver makes accesses.
 */
static struct virtio_dev *vmmio_devs[LKL_MAX_DISKS];

static struct virtio_dev *vmmio_dev(unsigned int disk)
{
	if (disk >= LKL_MAX_DISKS)
		return NULL;
	return __atomic_load_n(&vmmio_devs[disk], __ATOMIC_ACQUIRE);
}

static void vmmio_interrupt(struct virtio_dev *dev, uint32_t why)
{
	__atomic_fetch_or(&dev->interrupt_status, why, __ATOMIC_RELEASE);
	dev->host.raise(dev->host.vcpu, dev->irq);
}

void virtio_signal(struct virtio_dev *dev)
{
	if (virtq_signal(&dev->vq))
		vmmio_interrupt(dev, VIRTIO_MMIO_INT_VRING);
}

void virtio_broken(struct virtio_dev *dev)
{
	if (dev->status & VIRTIO_CONFIG_S_NEEDS_RESET)
		return;
	dev->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	if (dev->status & VIRTIO_CONFIG_S_DRIVER_OK)
		vmmio_interrupt(dev, VIRTIO_MMIO_INT_CONFIG);
}

static void vmmio_reset(struct virtio_dev *dev)
{
	dev->ops->quiesce(dev);
	memset(&dev->vq, 0, sizeof(dev->vq));
	dev->features = 0;
	dev->status = 0;
	dev->offered_sel = 0;
	dev->features_sel = 0;
	dev->queue_sel = 0;
	__atomic_store_n(&dev->interrupt_status, 0, __ATOMIC_RELAXED);
}

/* Bits are only ever added: nothing but a reset takes one away. */
static void vmmio_set_status(struct virtio_dev *dev, uint8_t status)
{
	const uint64_t required = 1ull << VIRTIO_F_VERSION_1;

	if (!status) {
		/* Nobody performs what we wait for. */
		if (dev->host.recall)
			dev->host.recall();
		vmmio_reset(dev);
		return;
	}
	/* The driver reads back whether its choice was accepted. */
	if (dev->features & ~dev->offered || ~dev->features & required)
		status &= ~VIRTIO_CONFIG_S_FEATURES_OK;
	/* Only the device says this. */
	status &= ~VIRTIO_CONFIG_S_NEEDS_RESET;
	dev->status |= status;
}

static void vmmio_set_features(struct virtio_dev *dev, uint32_t value)
{
	unsigned int shift = dev->features_sel * 32;

	/* Features cannot change after negotiation; there are 64 bits. */
	if (dev->status & VIRTIO_CONFIG_S_FEATURES_OK || dev->features_sel > 1)
		return;
	dev->features &= ~(0xffffffffull << shift);
	dev->features |= (uint64_t)value << shift;
}

static void vmmio_set_ready(struct virtio_dev *dev, uint32_t value)
{
	struct virtq *vq = &dev->vq;

	if (!(value & 1)) {
		/*
		 * Requests in flight end before the driver may change the size
		 * and the addresses of the queue: they write to the used ring.
		 */
		if (vq->ready) {
			if (dev->host.recall)
				dev->host.recall();
			dev->ops->quiesce(dev);
		}
		virtq_disable(vq);
	} else if (!vq->ready && virtq_enable(vq, &dev->memory, dev->features))
		virtio_broken(dev);
}

static void vmmio_set_address(uint64_t *addr, bool high, uint32_t value)
{
	if (high)
		*addr = (*addr & 0xffffffffull) | (uint64_t)value << 32;
	else
		*addr = (*addr & ~0xffffffffull) | value;
}

static void vmmio_write_queue(struct virtio_dev *dev, unsigned int offset,
			      uint32_t value)
{
	struct virtq *vq = &dev->vq;

	if (dev->queue_sel)
		return;
	if (offset == VIRTIO_MMIO_QUEUE_READY) {
		vmmio_set_ready(dev, value);
		return;
	}
	if (vq->ready)
		return;
	switch (offset) {
	case VIRTIO_MMIO_QUEUE_NUM:
		vq->num = value;
		break;
	case VIRTIO_MMIO_QUEUE_DESC_LOW:
	case VIRTIO_MMIO_QUEUE_DESC_HIGH:
		vmmio_set_address(&vq->desc_addr, offset & 4, value);
		break;
	case VIRTIO_MMIO_QUEUE_AVAIL_LOW:
	case VIRTIO_MMIO_QUEUE_AVAIL_HIGH:
		vmmio_set_address(&vq->avail_addr, offset & 4, value);
		break;
	case VIRTIO_MMIO_QUEUE_USED_LOW:
	case VIRTIO_MMIO_QUEUE_USED_HIGH:
		vmmio_set_address(&vq->used_addr, offset & 4, value);
		break;
	}
}

static void vmmio_notify(struct virtio_dev *dev, uint32_t queue)
{
	const uint8_t live = VIRTIO_CONFIG_S_DRIVER_OK |
			     VIRTIO_CONFIG_S_FEATURES_OK;

	if (queue || !dev->vq.ready || (dev->status & live) != live ||
	    dev->status & VIRTIO_CONFIG_S_NEEDS_RESET)
		return;
	dev->ops->notify(dev);
}

void vmmio_write(unsigned int disk, unsigned int offset, unsigned int size,
		 unsigned int value)
{
	struct virtio_dev *dev = vmmio_dev(disk);

	/* Nothing in the configuration space can be written. */
	if (!dev || size != 4 || offset >= VIRTIO_MMIO_CONFIG)
		return;
	switch (offset) {
	case VIRTIO_MMIO_QUEUE_NOTIFY:
		vmmio_notify(dev, value);
		break;
	case VIRTIO_MMIO_INTERRUPT_ACK:
		__atomic_fetch_and(&dev->interrupt_status, ~value,
				   __ATOMIC_ACQUIRE);
		break;
	case VIRTIO_MMIO_STATUS:
		vmmio_set_status(dev, value);
		break;
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		dev->offered_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		dev->features_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		vmmio_set_features(dev, value);
		break;
	case VIRTIO_MMIO_QUEUE_SEL:
		dev->queue_sel = value;
		break;
	default:
		vmmio_write_queue(dev, offset, value);
		break;
	}
}

static uint32_t vmmio_read_config(const struct virtio_dev *dev,
				  unsigned int offset, unsigned int size)
{
	uint32_t value = 0;

	if (size > sizeof(value) || size > dev->config_size ||
	    offset > dev->config_size - size)
		return 0;
	memcpy(&value, (const char *)dev->config + offset, size);
	return value;
}

unsigned int vmmio_read(unsigned int disk, unsigned int offset,
			unsigned int size)
{
	struct virtio_dev *dev = vmmio_dev(disk);

	if (!dev)
		return 0;
	if (offset >= VIRTIO_MMIO_CONFIG)
		return vmmio_read_config(dev, offset - VIRTIO_MMIO_CONFIG,
					 size);
	if (size != 4)
		return 0;
	switch (offset) {
	case VIRTIO_MMIO_INTERRUPT_STATUS:
		return __atomic_load_n(&dev->interrupt_status,
				       __ATOMIC_ACQUIRE);
	case VIRTIO_MMIO_MAGIC_VALUE:
		return VMMIO_MAGIC;
	case VIRTIO_MMIO_VERSION:
		return VMMIO_VERSION;
	case VIRTIO_MMIO_DEVICE_ID:
		return dev->ops->id;
	case VIRTIO_MMIO_VENDOR_ID:
		return VMMIO_VENDOR;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		if (dev->offered_sel > 1)
			return 0;
		return dev->offered >> dev->offered_sel * 32;
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
		return dev->queue_sel ? 0 : VIRTQ_NUM_MAX;
	case VIRTIO_MMIO_QUEUE_READY:
		return !dev->queue_sel && dev->vq.ready;
	case VIRTIO_MMIO_STATUS:
		return dev->status;
	case VIRTIO_MMIO_SHM_LEN_LOW:
	case VIRTIO_MMIO_SHM_LEN_HIGH:
	case VIRTIO_MMIO_SHM_BASE_LOW:
	case VIRTIO_MMIO_SHM_BASE_HIGH:
		/* There is no such region. */
		return 0xffffffffu;
	default:
		return 0;
	}
}

int vmmio_disk_create(unsigned int index, struct blk *blk, struct uring *ring,
		      const struct virtio_memory *memory,
		      const struct virtio_host *host)
{
	struct virtio_dev *dev, *none = NULL;

	if (index >= LKL_MAX_DISKS)
		return -EINVAL;
	dev = vblk_create(blk, ring, index, host->in_order);
	if (!dev)
		return -ENOMEM;
	dev->memory = *memory;
	dev->host = *host;
	dev->irq = LKL_IRQ_DISK0 + index;
	vmmio_reset(dev);
	if (!__atomic_compare_exchange_n(&vmmio_devs[index], &none, dev, false,
					 __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
		dev->ops->destroy(dev);
		return -EBUSY;
	}
	return 0;
}

void vmmio_disk_quiesce(unsigned int index)
{
	struct virtio_dev *dev = vmmio_dev(index);

	if (dev)
		dev->ops->quiesce(dev);
}

void vmmio_disk_destroy(unsigned int index)
{
	struct virtio_dev *dev;

	if (index >= LKL_MAX_DISKS)
		return;
	dev = __atomic_exchange_n(&vmmio_devs[index], NULL, __ATOMIC_ACQ_REL);
	if (!dev)
		return;
	dev->ops->quiesce(dev);
	dev->ops->destroy(dev);
}
