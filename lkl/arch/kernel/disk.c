// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk.c - virtio-mmio devices that come and go at run time, and the block
 * devices behind them.
 */
#include <linux/blkdev.h>
#include <linux/ioport.h>
#include <linux/kdev_t.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/virtio.h>
#include <asm/io.h>
#include <asm/thread.h>

static DEFINE_MUTEX(disks_lock);	/* protects disks */
static struct platform_device *disks[LKL_MAX_DISKS];

long lkl_disk_add(unsigned long index)
{
	struct resource res[] = {
		DEFINE_RES_MEM(LKL_MMIO_BASE + index * LKL_MMIO_SIZE,
			       LKL_MMIO_SIZE),
		DEFINE_RES_IRQ(LKL_IRQ_DISK0 + index),
	};
	struct platform_device *pdev;

	if (index >= LKL_MAX_DISKS)
		return -EINVAL;

	guard(mutex)(&disks_lock);
	if (disks[index])
		return -EBUSY;
	/* Probing is synchronous: partitions are known when this returns. */
	pdev = platform_device_register_simple("virtio-mmio", index, res,
					       ARRAY_SIZE(res));
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	disks[index] = pdev;
	if (lkl_disk_dev(index, 0) < 0) {
		platform_device_unregister(pdev);
		disks[index] = NULL;
		return -EIO;
	}
	return 0;
}

long lkl_disk_remove(unsigned long index)
{
	if (index >= LKL_MAX_DISKS)
		return -EINVAL;

	guard(mutex)(&disks_lock);
	if (!disks[index])
		return -ENXIO;
	platform_device_unregister(disks[index]);
	disks[index] = NULL;
	return 0;
}

/* The gendisk's parent is the virtio device, whose parent is the platform's. */
static struct gendisk *find_disk(struct platform_device *pdev)
{
	struct class_dev_iter iter;
	struct gendisk *found = NULL;
	struct device *dev;

	class_dev_iter_init(&iter, &block_class, NULL, NULL);
	while ((dev = class_dev_iter_next(&iter))) {
		if (dev->type == &disk_type && dev->parent &&
		    dev->parent->parent == &pdev->dev) {
			found = dev_to_disk(dev);
			break;
		}
	}
	class_dev_iter_exit(&iter);
	return found;
}

/* The encoded device number of a partition, 0 for the whole disk. */
long lkl_disk_dev(unsigned long index, unsigned long partition)
{
	struct gendisk *disk;
	struct block_device *bdev;
	long ret = -ENXIO;

	if (index >= LKL_MAX_DISKS || !disks[index])
		return -ENXIO;
	disk = find_disk(disks[index]);
	if (!disk)
		return -ENXIO;
	rcu_read_lock();
	bdev = xa_load(&disk->part_tbl, partition);
	if (bdev)
		ret = new_encode_dev(bdev->bd_dev);
	rcu_read_unlock();
	return ret;
}
