// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk.c - adds and removes virtio-mmio devices at run time, and finds their
 * block devices.
 */
#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/ioport.h>
#include <linux/kdev_t.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/virtio.h>
#include <asm/io.h>
#include <asm/setup.h>
#include <asm/thread.h>

static DEFINE_MUTEX(disks_lock);	/* protects disks */
static struct platform_device *disks[LKL_MAX_DISKS];

/*
 * The gendisk's parent is the virtio device, whose parent is the platform's.
 * The caller puts the device of the gendisk.
 */
static struct gendisk *find_disk(struct platform_device *pdev)
{
	struct class_dev_iter iter;
	struct gendisk *found = NULL;
	struct device *dev;

	class_dev_iter_init(&iter, &block_class, NULL, NULL);
	while ((dev = class_dev_iter_next(&iter))) {
		if (dev->type == &disk_type && dev->parent &&
		    dev->parent->parent == &pdev->dev) {
			found = dev_to_disk(get_device(dev));
			break;
		}
	}
	class_dev_iter_exit(&iter);
	return found;
}

static long find_dev(struct platform_device *pdev, unsigned long partition)
{
	struct gendisk *disk;
	struct block_device *bdev;
	long ret = -ENXIO;

	disk = find_disk(pdev);
	if (!disk)
		return -ENXIO;
	rcu_read_lock();
	bdev = xa_load(&disk->part_tbl, partition);
	if (bdev)
		ret = new_encode_dev(bdev->bd_dev);
	rcu_read_unlock();
	put_device(disk_to_dev(disk));
	return ret;
}

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
	if (find_dev(pdev, 0) < 0) {
		platform_device_unregister(pdev);
		return lkl_mappings_are_short() ? -ENOMEM : -EIO;
	}
	disks[index] = pdev;
	return 0;
}

/* The encoded device number of a partition, 0 for the whole disk. */
long lkl_disk_dev(unsigned long index, unsigned long partition)
{
	if (index >= LKL_MAX_DISKS)
		return -ENXIO;

	guard(mutex)(&disks_lock);
	return disks[index] ? find_dev(disks[index], partition) : -ENXIO;
}

/*
 * Say that the disk is in use, or keep mounts away from it from now on.  While
 * a claim is prepared, every other exclusive open of the disk or of a
 * partition waits; by the time it is dropped, the disk is gone.
 */
static int claim_unused_disk(struct gendisk *disk)
{
	int err;

	/* Files whose last reference a kernel thread dropped a moment ago. */
	flush_delayed_fput();
	err = bd_prepare_to_claim(disk->part0, disk, NULL);
	if (err)
		return err;
	mutex_lock(&disk->open_mutex);
	/* An open partition keeps the disk open, too. */
	if (disk_openers(disk))
		err = -EBUSY;
	mutex_unlock(&disk->open_mutex);
	if (err)
		bd_abort_claiming(disk->part0, disk);
	return err;
}

long lkl_disk_remove(unsigned long index)
{
	struct gendisk *disk;
	int err;

	if (index >= LKL_MAX_DISKS)
		return -EINVAL;

	guard(mutex)(&disks_lock);
	if (!disks[index])
		return -ENXIO;
	disk = find_disk(disks[index]);
	if (disk) {
		err = claim_unused_disk(disk);
		if (err) {
			put_device(disk_to_dev(disk));
			return err;
		}
	}
	platform_device_unregister(disks[index]);
	disks[index] = NULL;
	if (disk) {
		bd_abort_claiming(disk->part0, disk);
		put_device(disk_to_dev(disk));
	}
	return 0;
}
