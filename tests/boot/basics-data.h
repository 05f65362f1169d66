/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * basics-data.h - system-call basics: data of files.  Part of basics.h.
 */

static void basics_read_write(const struct fs *fs)
{
	static char buf[100000];
	struct lkl_iovec iov[3];
	int fd;

	(void)fs;
	IS(open_file("file", LKL_O_RDWR), -LKL_ENOENT);
	fd = (int)MUST(open_file("file", LKL_O_RDWR | LKL_O_CREAT |
				 LKL_O_EXCL));
	IS(open_file("file", LKL_O_RDWR | LKL_O_CREAT | LKL_O_EXCL),
	   -LKL_EEXIST);
	IS(open_file("file/below", LKL_O_RDONLY), -LKL_ENOTDIR);
	IS(open_file(".", LKL_O_RDWR), -LKL_EISDIR);

	pattern_fill(buf, sizeof(buf), 1, 0);
	IS(lkl_sys_write(fd, buf, sizeof(buf)), sizeof(buf));
	IS(lkl_sys_read(fd, buf, 1), 0);
	IS(lkl_sys_lseek(fd, 0, LKL_SEEK_CUR), sizeof(buf));
	IS(lkl_sys_lseek(fd, -1, LKL_SEEK_SET), -LKL_EINVAL);
	IS(lkl_sys_lseek(fd, -100, LKL_SEEK_END), sizeof(buf) - 100);
	IS(lkl_sys_read(fd, buf, 1000), 100);
	IS(pattern_match(buf, 100, 1, sizeof(buf) - 100), 100);

	memset(buf, 0, sizeof(buf));
	IS(lkl_sys_pread64(fd, buf, 5000, 4000), 5000);
	IS(pattern_match(buf, 5000, 1, 4000), 5000);
	IS(lkl_sys_pread64(fd, buf, 1000, sizeof(buf)), 0);
	IS(lkl_sys_pread64(fd, buf, 1000, sizeof(buf) - 1), 1);
	pattern_fill(buf, 10000, 2, 4090);
	IS(lkl_sys_pwrite64(fd, buf, 10000, 4090), 10000);
	memset(buf, 0, sizeof(buf));
	iov[0] = (struct lkl_iovec){ buf, 4090 };
	iov[1] = (struct lkl_iovec){ buf + 4090, 10000 };
	iov[2] = (struct lkl_iovec){ buf + 14090, sizeof(buf) - 14090 };
	IS(lkl_sys_preadv(fd, iov, 3, 0, 0), sizeof(buf));
	IS(pattern_match(buf, 4090, 1, 0), 4090);
	IS(pattern_match(buf + 4090, 10000, 2, 4090), 10000);
	IS(pattern_match(buf + 14090, sizeof(buf) - 14090, 1, 14090),
	   sizeof(buf) - 14090);
	OK(lkl_sys_close(fd));
	IS(lkl_sys_read(fd, buf, 1), -LKL_EBADF);

	/* Appending, and descriptors that only read or write. */
	fd = (int)MUST(open_file("file", LKL_O_WRONLY | LKL_O_APPEND));
	IS(lkl_sys_read(fd, buf, 1), -LKL_EBADF);
	IS(lkl_sys_write(fd, "end", 3), 3);
	IS(lkl_sys_lseek(fd, 0, LKL_SEEK_CUR), sizeof(buf) + 3);
	OK(lkl_sys_close(fd));
	fd = (int)MUST(open_file("file", LKL_O_RDONLY));
	IS(lkl_sys_write(fd, buf, 1), -LKL_EBADF);
	IS(lkl_sys_pread64(fd, buf, 10, sizeof(buf)), 3);
	CHECK(!memcmp(buf, "end", 3));
	OK(lkl_sys_close(fd));
	fd = (int)MUST(open_file("file", LKL_O_RDWR | LKL_O_TRUNC));
	IS(lkl_sys_lseek(fd, 0, LKL_SEEK_END), 0);
	/* A file that was open when it was removed still works. */
	OK(remove_file("file"));
	IS(lkl_sys_write(fd, "gone", 4), 4);
	IS(lkl_sys_pread64(fd, buf, 10, 0), 4);
	OK(lkl_sys_close(fd));
}

static void basics_truncate(const struct fs *fs)
{
	static char buf[60000];
	int fd;

	(void)fs;
	write_pattern("file", 50000, 1);
	fd = (int)MUST(open_file("file", LKL_O_RDWR));
	OK(lkl_sys_ftruncate(fd, 20001));
	IS(lkl_sys_pread64(fd, buf, sizeof(buf), 0), 20001);
	/* Data that were cut off do not come back. */
	OK(lkl_sys_ftruncate(fd, 55000));
	IS(lkl_sys_pread64(fd, buf, sizeof(buf), 0), 55000);
	IS(pattern_match(buf, 20001, 1, 0), 20001);
	IS(count_zeroes(buf + 20001, 55000 - 20001), 55000 - 20001);
	IS(lkl_sys_ftruncate(fd, -1), -LKL_EINVAL);
	OK(lkl_sys_close(fd));
	OK(lkl_sys_truncate("file", 0));
	check_pattern("file", 0, 1);
	OK(remove_file("file"));
}

static void basics_holes(const struct fs *fs)
{
	static char buf[65536];
	bool holes = can(fs, CAN_HOLES);
	/* Where the last hole begins, if only the end may be one. */
	long end = fs->ends_in_hole ? 3 * MIB + 65536 : 4 * MIB;
	int fd;

	fd = (int)MUST(open_file("file", LKL_O_RDWR | LKL_O_CREAT));
	pattern_fill(buf, sizeof(buf), 1, 0);
	IS(lkl_sys_pwrite64(fd, buf, sizeof(buf), MIB), sizeof(buf));
	IS(lkl_sys_pwrite64(fd, buf, sizeof(buf), 3 * MIB), sizeof(buf));
	OK(lkl_sys_ftruncate(fd, 4 * MIB));
	OK(lkl_sys_fsync(fd));
	/* All is data where holes are not known. */
	IS(lkl_sys_lseek(fd, 0, LKL_SEEK_DATA), holes ? MIB : 0);
	IS(lkl_sys_lseek(fd, 0, LKL_SEEK_HOLE), holes ? 0 : end);
	IS(lkl_sys_lseek(fd, MIB, LKL_SEEK_HOLE),
	   holes ? MIB + 65536 : end);
	IS(lkl_sys_lseek(fd, 2 * MIB, LKL_SEEK_DATA),
	   holes ? 3 * MIB : 2 * MIB);
	IS(lkl_sys_lseek(fd, 3 * MIB + 65536, LKL_SEEK_DATA),
	   holes || fs->ends_in_hole ? -LKL_ENXIO : 3 * MIB + 65536);
	IS(lkl_sys_lseek(fd, 4 * MIB, LKL_SEEK_DATA), -LKL_ENXIO);
	IS(lkl_sys_pread64(fd, buf, sizeof(buf), 2 * MIB), sizeof(buf));
	IS(count_zeroes(buf, sizeof(buf)), sizeof(buf));
	IS(lkl_sys_pread64(fd, buf, sizeof(buf), 3 * MIB), sizeof(buf));
	IS(pattern_match(buf, sizeof(buf), 1, 0), sizeof(buf));

	if (can(fs, CAN_BIG)) {
		IS(lkl_sys_pwrite64(fd, buf, 5, 9 * GIB), 5);
		IS(lkl_sys_lseek(fd, 0, LKL_SEEK_END), 9 * GIB + 5);
		OK(lkl_sys_fsync(fd));
		memset(buf, 1, 5);
		IS(lkl_sys_pread64(fd, buf, 100, 9 * GIB), 5);
		IS(pattern_match(buf, 5, 1, 0), 5);
		IS(lkl_sys_pread64(fd, buf, 100, 5 * GIB), 100);
		IS(count_zeroes(buf, 100), 100);
	}
	OK(lkl_sys_close(fd));
	OK(remove_file("file"));
}

static void basics_allocate(const struct fs *fs)
{
	int keep = LKL_FALLOC_FL_KEEP_SIZE;
	int punch = LKL_FALLOC_FL_PUNCH_HOLE | keep;
	static char buf[65536];
	struct lkl_statx st;
	int fd;

	write_pattern("file", 65536, 1);
	fd = (int)MUST(open_file("file", LKL_O_RDWR));
	if (can(fs, CAN_PREALLOC)) {
		OK(lkl_sys_fallocate(fd, keep, 0, 4 * MIB));
		MUST(stat_file("file", &st));
		IS(st.stx_size, 65536);
		CHECK_THAT(st.stx_blocks * 512 >=
				(size_t)(fs->uncounted_prealloc ? 65536 :
					 4 * MIB),
			   "%" PRIu64 " sectors after allocating 4 MiB",
			   (uint64_t)st.stx_blocks);
	} else {
		IS(lkl_sys_fallocate(fd, keep, 0, 4 * MIB), -LKL_EOPNOTSUPP);
	}
	if (can(fs, CAN_PUNCH)) {
		OK(lkl_sys_fallocate(fd, punch, 10000, 30000));
		IS(lkl_sys_pread64(fd, buf, 65536, 0), 65536);
		IS(pattern_match(buf, 10000, 1, 0), 10000);
		IS(count_zeroes(buf + 10000, 30000), 30000);
		IS(pattern_match(buf + 40000, 25536, 1, 40000), 25536);
	} else {
		IS(lkl_sys_fallocate(fd, punch, 10000, 30000),
		   -LKL_EOPNOTSUPP);
	}
	IS(lkl_sys_fallocate(fd, 0, -1, 10), -LKL_EINVAL);
	IS(lkl_sys_fallocate(fd, 0x8000, 0, 10), -LKL_EOPNOTSUPP);
	OK(lkl_sys_close(fd));
	OK(remove_file("file"));
}

/* From file to file inside the kernel, in three ways. */
static void basics_copy(const struct fs *fs)
{
	lkl_loff_t from = 0;
	int in, out, pipe[2];
	long n, total;

	write_pattern("from", 200000, 1);
	in = (int)MUST(open_file("from", LKL_O_RDONLY));

	out = (int)MUST(open_file("to", LKL_O_RDWR | LKL_O_CREAT));
	for (total = 0; total < 200000; total += n) {
		n = OK(lkl_sys_copy_file_range(in, NULL, out, NULL,
					       200000 - total, 0));
		if (n <= 0)
			break;
	}
	check_pattern("to", 200000, 1);

	OK(lkl_sys_ftruncate(out, 0));
	OK(lkl_sys_lseek(out, 0, LKL_SEEK_SET));
	for (total = 0; total < 200000; total += n) {
		n = OK(lkl_sys_sendfile(out, in, &from, 200000));
		if (n <= 0)
			break;
	}
	check_pattern("to", 200000, 1);

	OK(lkl_sys_ftruncate(out, 0));
	OK(lkl_sys_lseek(out, 0, LKL_SEEK_SET));
	from = 0;
	MUST(lkl_sys_pipe2(pipe, 0));
	for (total = 0; total < 200000; total += n) {
		n = OK(lkl_sys_splice(in, &from, pipe[1], NULL, 65536, 0));
		if (n <= 0)
			break;
		IS(lkl_sys_splice(pipe[0], NULL, out, NULL, (size_t)n, 0), n);
	}
	check_pattern("to", 200000, 1);
	OK(lkl_sys_close(pipe[0]));
	OK(lkl_sys_close(pipe[1]));

	OK(lkl_sys_ftruncate(out, 0));
	if (can(fs, CAN_REFLINK)) {
		OK(lkl_sys_ioctl(out, LKL_FICLONE, in));
		check_pattern("to", 200000, 1);
		/* A copy of its own. */
		IS(lkl_sys_pwrite64(out, "x", 1, 5), 1);
		check_pattern("from", 200000, 1);
	} else {
		n = lkl_sys_ioctl(out, LKL_FICLONE, in);
		CHECK_THAT(n == -LKL_EOPNOTSUPP || n == -LKL_ENOTTY,
			   "clone: %ld (%s)", n, check_name(n));
	}
	OK(lkl_sys_close(in));
	OK(lkl_sys_close(out));
	OK(remove_file("from"));
	OK(remove_file("to"));
}

static void basics_sync(const struct fs *fs)
{
	int fd;

	(void)fs;
	write_pattern("file", 100000, 1);
	fd = (int)MUST(open_file("file", LKL_O_RDWR));
	OK(lkl_sys_fsync(fd));
	IS(lkl_sys_pwrite64(fd, "x", 1, 100000), 1);
	OK(lkl_sys_fdatasync(fd));
	OK(lkl_sys_sync_file_range(fd, 0, 0, LKL_SYNC_FILE_RANGE_WRITE));
	OK(lkl_sys_syncfs(fd));
	OK(lkl_sys_sync());
	OK(lkl_sys_fadvise64(fd, 0, 0, 4 /* DONTNEED */));
	OK(lkl_sys_readahead(fd, 0, 100000));
	OK(lkl_sys_ftruncate(fd, 100000));
	OK(lkl_sys_close(fd));
	check_pattern("file", 100000, 1);
	OK(remove_file("file"));
}

/*
 * Direct I/O needs pages that the kernel owns; the caller's memory is not
 * that.  It works or is refused, but never does something else.
 */
static void basics_direct(const struct fs *fs)
{
	static char buf[8192] __attribute__((aligned(4096)));
	long n;
	int fd;

	write_pattern("file", 65536, 1);
	fd = (int)lkl_sys_openat(LKL_AT_FDCWD, "file",
				 LKL_O_RDWR | LKL_O_DIRECT, 0);
	if (!can(fs, CAN_DIRECT) && fd < 0) {
		IS(fd, -LKL_EINVAL);
		OK(remove_file("file"));
		return;
	}
	MUST(fd);
	n = lkl_sys_pread64(fd, buf, sizeof(buf), 8192);
	if (n == (long)sizeof(buf))
		IS(pattern_match(buf, sizeof(buf), 1, 8192), sizeof(buf));
	else
		IS(n, -LKL_EFAULT);
	pattern_fill(buf, sizeof(buf), 1, 65536);
	n = lkl_sys_pwrite64(fd, buf, sizeof(buf), 65536);
	if (n == (long)sizeof(buf)) {
		check_pattern("file", 65536 + sizeof(buf), 1);
	} else {
		IS(n, -LKL_EFAULT);
		if (fs->longer_after_failure)
			OK(lkl_sys_ftruncate(fd, 65536));
		check_pattern("file", 65536, 1);
	}
	OK(lkl_sys_close(fd));
	OK(remove_file("file"));
}

/* There are no page tables that a program could see a file through. */
static void basics_mmap(const struct fs *fs)
{
	int fd;

	(void)fs;
	write_pattern("file", 8192, 1);
	fd = (int)MUST(open_file("file", LKL_O_RDWR));
	IS(lkl_sys_mmap(0, 8192, 3 /* read, write */, 1 /* shared */,
			(unsigned long)fd, 0), -LKL_ENOSYS);
	IS(lkl_sys_mmap(0, 8192, 1, 2 /* private */, (unsigned long)fd, 0),
	   -LKL_ENOSYS);
	OK(lkl_sys_close(fd));
	check_pattern("file", 8192, 1);
	OK(remove_file("file"));
}
