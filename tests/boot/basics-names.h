/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * basics-names.h - system-call basics: names and directories.  Part of
 * basics.h.
 */

static void basics_names(const struct fs *fs)
{
	static const char *const names[] = {
		"a", "with space", "UPPER", "\xc3\xa4\xc3\xb6\xe2\x82\xac",
		"...three", "-dash", "a.very.long.extension.indeed",
	};
	char name[260];
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		write_pattern(names[i], 10 + i, i);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		check_pattern(names[i], 10 + i, i);
		OK(remove_file(names[i]));
		IS(remove_file(names[i]), -LKL_ENOENT);
	}

	memset(name, 'n', sizeof(name));
	name[254] = '\0';
	write_pattern(name, 100, 1);
	check_pattern(name, 100, 1);
	OK(remove_file(name));
	name[254] = 'n';
	name[256] = '\0';
	IS(open_file(name, LKL_O_RDWR | LKL_O_CREAT), -LKL_ENAMETOOLONG);

	IS(open_file("", LKL_O_RDONLY), -LKL_ENOENT);
	IS(make_dir("no/such/dir"), -LKL_ENOENT);
	if (can(fs, CAN_BYTES)) {
		/* Bytes that are not UTF-8, and others that shells dislike. */
		write_pattern("\xff\xfe\x01\n\t\\\"'*?", 20, 1);
		check_pattern("\xff\xfe\x01\n\t\\\"'*?", 20, 1);
		OK(remove_file("\xff\xfe\x01\n\t\\\"'*?"));
	}
}

static void basics_rename(const struct fs *fs)
{
	long n;

	write_pattern("a", 1000, 1);
	write_pattern("b", 2000, 2);
	IS(rename_file("a", "b", LKL_RENAME_NOREPLACE), -LKL_EEXIST);
	OK(rename_file("a", "b", 0));
	check_pattern("b", 1000, 1);
	IS(rename_file("a", "b", 0), -LKL_ENOENT);
	OK(rename_file("b", "c", LKL_RENAME_NOREPLACE));
	write_pattern("b", 2000, 2);
	if (can(fs, CAN_EXCHANGE)) {
		OK(rename_file("b", "c", LKL_RENAME_EXCHANGE));
		check_pattern("b", 1000, 1);
		check_pattern("c", 2000, 2);
	} else {
		IS(rename_file("b", "c", LKL_RENAME_EXCHANGE), -LKL_EINVAL);
	}

	OK(make_dir("dir"));
	OK(make_dir("dir/sub"));
	IS(rename_file("dir", "dir/sub/below", 0), -LKL_EINVAL);
	IS(rename_file("b", "dir", 0), -LKL_EISDIR);
	IS(rename_file("dir", "b", 0), -LKL_ENOTDIR);
	OK(make_dir("full"));
	write_pattern("full/file", 10, 3);
	/* The standard allows both. */
	n = rename_file("dir", "full", 0);
	CHECK_THAT(n == -LKL_ENOTEMPTY || n == -LKL_EEXIST,
		   "rename over a directory that is not empty: %ld", n);
	OK(rename_file("b", "dir/sub/b", 0));
	OK(rename_file("dir", "moved", 0));
	OK(remove_file("moved/sub/b"));
	OK(remove_dir("moved/sub"));
	/* An empty directory may be replaced by another. */
	OK(rename_file("full", "moved", 0));
	check_pattern("moved/file", 10, 3);
	IS(rename_file("moved", "/moved", 0), -LKL_EXDEV);
	IS(remove_dir("moved"), -LKL_ENOTEMPTY);
	IS(remove_file("moved"), -LKL_EISDIR);
	OK(remove_file("moved/file"));
	OK(remove_dir("moved"));
	OK(remove_file("c"));
}

static void basics_symlinks(const struct fs *fs)
{
	char target[901], buf[1000];
	struct lkl_statx st;

	if (!can(fs, CAN_SYMLINK)) {
		IS(lkl_sys_symlinkat("file", LKL_AT_FDCWD, "symlink"),
		   -LKL_EPERM);
		return;
	}
	OK(lkl_sys_symlinkat("file", LKL_AT_FDCWD, "symlink"));
	IS(lkl_sys_symlinkat("file", LKL_AT_FDCWD, "symlink"), -LKL_EEXIST);
	check_pattern("symlink", 1000, 1);
	MUST(stat_file("symlink", &st));
	IS(st.stx_mode & LKL_S_IFMT, LKL_S_IFLNK);
	IS(open_file("symlink", LKL_O_RDONLY | LKL_O_NOFOLLOW), -LKL_ELOOP);
	IS(lkl_sys_readlinkat(LKL_AT_FDCWD, "file", buf, sizeof(buf)),
	   -LKL_EINVAL);
	OK(remove_file("symlink"));

	memset(target, 't', 900);
	target[200] = target[400] = target[600] = target[800] = '/';
	target[900] = '\0';
	OK(lkl_sys_symlinkat(target, LKL_AT_FDCWD, "long"));
	IS(lkl_sys_readlinkat(LKL_AT_FDCWD, "long", buf, sizeof(buf)), 900);
	CHECK(!memcmp(buf, target, 900));
	IS(open_file("long", LKL_O_RDONLY), -LKL_ENOENT);
	OK(remove_file("long"));

	OK(lkl_sys_symlinkat("loop", LKL_AT_FDCWD, "loop"));
	IS(open_file("loop", LKL_O_RDONLY), -LKL_ELOOP);
	OK(remove_file("loop"));
}

static void basics_links(const struct fs *fs)
{
	struct lkl_statx st;

	write_pattern("file", 1000, 1);
	if (can(fs, CAN_LINK)) {
		OK(lkl_sys_linkat(LKL_AT_FDCWD, "file", LKL_AT_FDCWD, "link",
				  0));
		IS(lkl_sys_linkat(LKL_AT_FDCWD, "file", LKL_AT_FDCWD, "link",
				  0), -LKL_EEXIST);
		IS(lkl_sys_linkat(LKL_AT_FDCWD, ".", LKL_AT_FDCWD, "dirlink",
				  0), -LKL_EPERM);
		MUST(stat_file("link", &st));
		IS(st.stx_nlink, 2);
		OK(lkl_sys_truncate("link", 500));
		check_pattern("file", 500, 1);
		OK(remove_file("file"));
		check_pattern("link", 500, 1);
		MUST(stat_file("link", &st));
		IS(st.stx_nlink, 1);
		OK(remove_file("link"));
		write_pattern("file", 1000, 1);
	} else {
		IS(lkl_sys_linkat(LKL_AT_FDCWD, "file", LKL_AT_FDCWD, "link",
				  0), -LKL_EPERM);
	}
	basics_symlinks(fs);
	OK(remove_file("file"));
}

#define BASICS_ENTRIES 700

/* Mark the numbers of "entry-%u.tmp" names as seen; how many were new. */
static unsigned int list_entries(int fd, unsigned char *seen)
{
	char buf[2000];
	unsigned int number, found = 0;
	long n, at;

	while ((n = OK(lkl_sys_getdents64(fd, (void *)buf,
					  sizeof(buf)))) > 0) {
		for (at = 0; at < n;) {
			struct lkl_linux_dirent64 *d = (void *)(buf + at);

			at += d->d_reclen;
			if (sscanf(d->d_name, "entry-%u.tmp", &number) != 1)
				continue;
			REQUIRE(number < BASICS_ENTRIES);
			CHECK_THAT(!seen[number], "%s is listed twice",
				   d->d_name);
			seen[number] = 1;
			found++;
		}
	}
	return found;
}

static void basics_directories(const struct fs *fs)
{
	unsigned char seen[BASICS_ENTRIES] = { 0 };
	char name[32], buf[64];
	unsigned int i;
	int fd;

	(void)fs;
	OK(make_dir("dir"));
	IS(make_dir("dir"), -LKL_EEXIST);
	for (i = 0; i < BASICS_ENTRIES; i++) {
		snprintf(name, sizeof(name), "dir/entry-%u.tmp", i);
		write_pattern(name, i % 7, i);
	}
	fd = (int)MUST(open_file("dir", LKL_O_RDONLY | LKL_O_DIRECTORY));
	IS(list_entries(fd, seen), BASICS_ENTRIES);
	OK(lkl_sys_lseek(fd, 0, LKL_SEEK_SET));
	memset(seen, 0, sizeof(seen));
	IS(list_entries(fd, seen), BASICS_ENTRIES);
	/* Too small for any entry. */
	OK(lkl_sys_lseek(fd, 0, LKL_SEEK_SET));
	IS(lkl_sys_read(fd, buf, sizeof(buf)), -LKL_EISDIR);
	IS(lkl_sys_getdents64(fd, (void *)buf, 16), -LKL_EINVAL);

	for (i = 0; i < BASICS_ENTRIES; i += 2) {
		snprintf(name, sizeof(name), "dir/entry-%u.tmp", i);
		OK(remove_file(name));
	}
	OK(lkl_sys_lseek(fd, 0, LKL_SEEK_SET));
	memset(seen, 0, sizeof(seen));
	IS(list_entries(fd, seen), BASICS_ENTRIES / 2);
	OK(lkl_sys_close(fd));
	for (i = 1; i < BASICS_ENTRIES; i += 2) {
		snprintf(name, sizeof(name), "dir/entry-%u.tmp", i);
		check_pattern(name, i % 7, i);
		OK(remove_file(name));
	}
	OK(remove_dir("dir"));
	fd = (int)MUST(open_file(".", LKL_O_RDONLY | LKL_O_DIRECTORY));
	memset(seen, 0, sizeof(seen));
	IS(list_entries(fd, seen), 0);
	OK(lkl_sys_close(fd));
}

static void basics_devices(const struct fs *fs)
{
	struct lkl_statx st;
	char buf[8];
	int in, out;

	/* 1:3 is the null device, and this one works as such. */
	if (!can(fs, CAN_DEVICES)) {
		IS(lkl_sys_mknodat(LKL_AT_FDCWD, "null", LKL_S_IFCHR | 0666,
				   1 << 8 | 3), -LKL_EPERM);
		return;
	}
	OK(lkl_sys_mknodat(LKL_AT_FDCWD, "null", LKL_S_IFCHR | 0666,
			   1 << 8 | 3));
	MUST(stat_file("null", &st));
	IS(st.stx_mode & LKL_S_IFMT, LKL_S_IFCHR);
	IS(st.stx_rdev_major, 1);
	IS(st.stx_rdev_minor, 3);
	out = (int)MUST(open_file("null", LKL_O_RDWR));
	IS(lkl_sys_write(out, "abc", 3), 3);
	IS(lkl_sys_read(out, buf, sizeof(buf)), 0);
	OK(lkl_sys_close(out));
	OK(remove_file("null"));

	OK(lkl_sys_mknodat(LKL_AT_FDCWD, "fifo", LKL_S_IFIFO | 0600, 0));
	IS(open_file("fifo", LKL_O_WRONLY | LKL_O_NONBLOCK), -LKL_ENXIO);
	in = (int)MUST(open_file("fifo", LKL_O_RDONLY | LKL_O_NONBLOCK));
	out = (int)MUST(open_file("fifo", LKL_O_WRONLY));
	IS(lkl_sys_write(out, "abc", 3), 3);
	IS(lkl_sys_read(in, buf, sizeof(buf)), 3);
	IS(lkl_sys_read(in, buf, sizeof(buf)), -LKL_EAGAIN);
	OK(lkl_sys_close(out));
	IS(lkl_sys_read(in, buf, sizeof(buf)), 0);
	OK(lkl_sys_close(in));
	OK(remove_file("fifo"));
	if (!can(fs, CAN_WIDE_DEV))
		return;
	OK(lkl_sys_mknodat(LKL_AT_FDCWD, "block", LKL_S_IFBLK | 0600,
			   511u << 8 | 0x81 | 0x345u << 20));
	MUST(stat_file("block", &st));
	IS(st.stx_rdev_major, 511);
	IS(st.stx_rdev_minor, 0x34581);
	OK(remove_file("block"));
}

static void basics_tmpfile(const struct fs *fs)
{
	int fd;

	fd = (int)lkl_sys_openat(LKL_AT_FDCWD, ".",
				 LKL_O_RDWR | LKL_O_TMPFILE, 0600);
	if (!can(fs, CAN_TMPFILE)) {
		IS(fd, -LKL_EOPNOTSUPP);
		return;
	}
	MUST(fd);
	IS(lkl_sys_write(fd, "", 1), 1);
	OK(lkl_sys_ftruncate(fd, 0));
	OK(lkl_sys_linkat(fd, "", LKL_AT_FDCWD, "named", LKL_AT_EMPTY_PATH));
	OK(lkl_sys_close(fd));
	check_pattern("named", 0, 1);
	OK(remove_file("named"));
}

static void basics_locks(const struct fs *fs)
{
	struct lkl_flock lock = {
		.l_type = LKL_F_WRLCK, .l_start = 10, .l_len = 10,
	};
	int a, b;

	(void)fs;
	write_pattern("file", 100, 1);
	a = (int)MUST(open_file("file", LKL_O_RDWR));
	b = (int)MUST(open_file("file", LKL_O_RDWR));
	OK(lkl_sys_flock(a, 2 /* LOCK_EX */));
	IS(lkl_sys_flock(b, 2 | 4 /* LOCK_NB */), -LKL_EAGAIN);
	OK(lkl_sys_flock(a, 8 /* LOCK_UN */));
	OK(lkl_sys_flock(b, 2 | 4));

	OK(lkl_sys_fcntl(a, LKL_F_OFD_SETLK, (unsigned long)&lock));
	IS(lkl_sys_fcntl(b, LKL_F_OFD_SETLK, (unsigned long)&lock),
	   -LKL_EAGAIN);
	lock.l_start = 20;
	OK(lkl_sys_fcntl(b, LKL_F_OFD_SETLK, (unsigned long)&lock));
	OK(lkl_sys_close(a));
	lock.l_start = 10;
	OK(lkl_sys_fcntl(b, LKL_F_OFD_SETLK, (unsigned long)&lock));
	OK(lkl_sys_close(b));
	OK(remove_file("file"));
}
