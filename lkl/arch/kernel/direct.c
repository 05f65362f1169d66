// SPDX-License-Identifier: GPL-2.0-only
/*
 * direct.c - direct I/O between a file and a buffer of kernel memory.
 *
 * Direct I/O needs pages behind its buffer, and the memory of a caller has no
 * pages in this kernel.  So callers borrow a buffer of kernel memory.
 * pread64() and pwrite64() on a file that is open with O_DIRECT transfer
 * straight between the disk and that buffer.  With any other buffer they fail
 * with EFAULT.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/uio.h>
#include <asm/direct.h>
#include <asm/page.h>

/* Returns the address, or -ENOMEM: then the caller reads without O_DIRECT. */
long lkl_buffer_alloc(unsigned long len)
{
	void *buf = alloc_pages_exact(len, GFP_KERNEL | __GFP_NOWARN |
				      __GFP_NORETRY);

	return buf ? (long)buf : -ENOMEM;
}

long lkl_buffer_free(unsigned long buf, unsigned long len)
{
	free_pages_exact((void *)buf, len);
	return 0;
}

static bool is_lent(unsigned long buf, unsigned long len)
{
	return virt_addr_valid(buf) && len && buf + len - 1 >= buf &&
	       virt_addr_valid(buf + len - 1);
}

/* See asm/direct.h. */
bool lkl_direct(int direction, const long *args, long *ret_result)
{
	struct kvec vec = { (void *)args[1], args[2] };
	loff_t pos = args[3];
	struct iov_iter iter;

	if (!is_lent(args[1], args[2]))
		return false;
	CLASS(fd, f)(args[0]);
	if (fd_empty(f) || !(fd_file(f)->f_flags & O_DIRECT))
		return false;
	if (pos < 0 || args[2] > MAX_RW_COUNT) {
		*ret_result = -EINVAL;
		return true;
	}
	iov_iter_kvec(&iter, direction, &vec, 1, vec.iov_len);
	*ret_result = direction == ITER_DEST ?
		vfs_iter_read(fd_file(f), &iter, &pos, 0) :
		vfs_iter_write(fd_file(f), &iter, &pos, 0);
	return true;
}
