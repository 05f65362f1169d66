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
#include <linux/maple_tree.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/uio.h>
#include <asm/direct.h>
#include <asm/page.h>

static DEFINE_MTREE(lent_buffers);	/* an entry for each range */
static DEFINE_MUTEX(lent_lock);		/* for changes of lent_buffers */

/* Whether [@buf, @last] is in one buffer; the range of that buffer. */
static bool find_lent(unsigned long buf, unsigned long last,
		      unsigned long *ret_first, unsigned long *ret_last)
{
	MA_STATE(mas, &lent_buffers, buf, buf);
	bool found;

	mas_lock(&mas);
	found = mas_walk(&mas) && last >= buf && last <= mas.last;
	if (found) {
		*ret_first = mas.index;
		*ret_last = mas.last;
	}
	mas_unlock(&mas);
	return found;
}

/* Returns the address, or -ENOMEM: then the caller reads without O_DIRECT. */
long lkl_buffer_alloc(unsigned long len)
{
	void *buf = alloc_pages_exact(len, GFP_KERNEL | __GFP_NOWARN |
				      __GFP_NORETRY);

	int err;

	if (!buf)
		return -ENOMEM;
	guard(mutex)(&lent_lock);
	err = mtree_insert_range(&lent_buffers, (unsigned long)buf,
				 (unsigned long)buf + PAGE_ALIGN(len) - 1,
				 xa_mk_value(1), GFP_KERNEL);
	if (err) {
		free_pages_exact(buf, len);
		return err;
	}
	return (long)buf;
}

long lkl_buffer_free(unsigned long buf, unsigned long len)
{
	unsigned long end = buf + PAGE_ALIGN(len), first, last;

	guard(mutex)(&lent_lock);
	if (!find_lent(buf, end - 1, &first, &last) || first != buf ||
	    last != end - 1)
		return -EINVAL;
	mtree_erase(&lent_buffers, buf);
	free_pages_exact((void *)buf, len);
	return 0;
}

static bool is_lent(unsigned long buf, unsigned long len)
{
	unsigned long first, last;

	return virt_addr_valid(buf) && len &&
	       find_lent(buf, buf + len - 1, &first, &last);
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
