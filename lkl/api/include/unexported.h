/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unexported.h - structures and constants of system calls for which the kernel
 * exports no header.
 *
 * The build checks their layout and the constants against the kernel's
 * definitions.
 */
#ifndef LKL_UNEXPORTED_H
#define LKL_UNEXPORTED_H

#include <lkl/linux/types.h>

/*
 * An entry in the buffer of getdents64().  The next entry begins d_reclen bytes
 * after this one.
 */
struct lkl_linux_dirent64 {
	lkl___u64 d_ino;
	lkl___s64 d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[];
};

#define LKL_DT_UNKNOWN	0
#define LKL_DT_FIFO	1
#define LKL_DT_CHR	2
#define LKL_DT_DIR	4
#define LKL_DT_BLK	6
#define LKL_DT_REG	8
#define LKL_DT_LNK	10
#define LKL_DT_SOCK	12
#define LKL_DT_WHT	14

/* name_to_handle_at(), open_by_handle_at(): handle_bytes of f_handle. */
struct lkl_file_handle {
	lkl___u32 handle_bytes;
	int handle_type;
	unsigned char f_handle[];
};

#define LKL_MAX_HANDLE_SZ	128

/* umount2(): the flags. */
#define LKL_MNT_FORCE		0x00000001
#define LKL_MNT_DETACH		0x00000002
#define LKL_MNT_EXPIRE		0x00000004
#define LKL_UMOUNT_NOFOLLOW	0x00000008

/* sched_setscheduler() and its kin. */
struct lkl_sched_param {
	int sched_priority;
};

#endif /* LKL_UNEXPORTED_H */
