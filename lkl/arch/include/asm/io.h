/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * io.h - device registers, all of them of virtio-mmio disks.
 *
 * Each disk has a page of made-up physical addresses from LKL_MMIO_BASE on.
 * ioremap() returns the physical address, and an access to a register is a
 * call into the host library.
 */
#ifndef _ASM_LKL_IO_H
#define _ASM_LKL_IO_H

#include <linux/types.h>
#include <asm/page.h>
#include <asm/vcpu.h>

#define LKL_MMIO_BASE	(_AC(1, UL) << 52)
#define LKL_MMIO_SIZE	0x1000

static inline u32 lkl_mmio_read(const volatile void __iomem *addr, u32 size)
{
	unsigned long a = (unsigned long)addr - LKL_MMIO_BASE;

	return lkl_ops->mmio_read(a / LKL_MMIO_SIZE, a % LKL_MMIO_SIZE, size);
}

static inline void lkl_mmio_write(volatile void __iomem *addr, u32 size, u32 v)
{
	unsigned long a = (unsigned long)addr - LKL_MMIO_BASE;

	lkl_ops->mmio_write(a / LKL_MMIO_SIZE, a % LKL_MMIO_SIZE, size, v);
}

#define __raw_readb __raw_readb
static inline u8 __raw_readb(const volatile void __iomem *addr)
{
	return lkl_mmio_read(addr, 1);
}

#define __raw_readw __raw_readw
static inline u16 __raw_readw(const volatile void __iomem *addr)
{
	return lkl_mmio_read(addr, 2);
}

#define __raw_readl __raw_readl
static inline u32 __raw_readl(const volatile void __iomem *addr)
{
	return lkl_mmio_read(addr, 4);
}

#define __raw_writeb __raw_writeb
static inline void __raw_writeb(u8 v, volatile void __iomem *addr)
{
	lkl_mmio_write(addr, 1, v);
}

#define __raw_writew __raw_writew
static inline void __raw_writew(u16 v, volatile void __iomem *addr)
{
	lkl_mmio_write(addr, 2, v);
}

#define __raw_writel __raw_writel
static inline void __raw_writel(u32 v, volatile void __iomem *addr)
{
	lkl_mmio_write(addr, 4, v);
}

#define ioremap ioremap
static inline void __iomem *ioremap(phys_addr_t addr, size_t size)
{
	return (void __iomem *)addr;
}

#define iounmap iounmap
static inline void iounmap(volatile void __iomem *addr)
{
}

#define virt_to_phys virt_to_phys
static inline unsigned long virt_to_phys(const volatile void *address)
{
	return __pa(address);
}

#define phys_to_virt phys_to_virt
static inline void *phys_to_virt(unsigned long address)
{
	return __va(address);
}

#include <asm-generic/io.h>

#endif
