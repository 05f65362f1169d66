/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crc32c.h - CRC-32C with the processor's own instruction.
 *
 * CRC-32C guards the metadata of ext4, xfs and btrfs, and the data of btrfs.
 * lib/crc32c.c uses this header for kernels before 6.17, include/crc32.h for
 * newer ones on aarch64.
 */
#ifndef _ASM_LKL_CRC32C_H
#define _ASM_LKL_CRC32C_H

#include <linux/init.h>
#include <linux/types.h>
#include <linux/unaligned.h>

#include <asm/crc32c-insn.h>

#endif
