/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * readonly.h - read-only file systems that a program makes from a tree: the
 * kernel sees in the image what the host sees in the tree.
 */
#ifndef TESTS_READONLY_H
#define TESTS_READONLY_H

#include <dirent.h>
#include <limits.h>

#include "boot.h"

struct readonly {
	const char *type;
	const char *mkfs;	/* makes $IMAGE from ./tree */
	/* Attributes that the format does not keep. */
	bool no_owners;		/* owner, group, some of the mode */
	bool no_links;		/* the number of hard links */
	bool no_symlinks;	/* they are left out */
};

static void tree_file(const char *path, size_t len, unsigned int period,
		      mode_t mode)
{
	static char buf[1 << 20];
	size_t at;
	FILE *f;

	REQUIRE(len <= sizeof(buf));
	/* Something for compressors to find. */
	for (at = 0; at < len; at += period)
		pattern_fill(buf + at, len - at < period ? len - at : period,
			     period, 0);
	f = fopen(path, "we");
	REQUIRE(f && fwrite(buf, 1, len, f) == len && !fclose(f));
	REQUIRE(!chmod(path, mode));
}

static void tree_make(void)
{
	char name[64];
	int i;

	umask(022);
	REQUIRE(!mkdir("tree", 0755) && !mkdir("tree/dir", 0711) &&
		!mkdir("tree/dir/sub", 0700) && !mkdir("tree/many", 0755) &&
		!mkdir("tree/empty-dir", 0755));
	tree_file("tree/random", 1 << 20, 1 << 20, 0644);
	tree_file("tree/repetitive", 1000001, 5000, 0600);
	tree_file("tree/tiny", 7, 7, 0444);
	tree_file("tree/empty", 0, 1, 0640);
	tree_file("tree/dir/sub/program", 123456, 1000, 0755);
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "tree/many/file.%03d", i);
		tree_file(name, (size_t)i * 50, 64, 0644);
	}
	REQUIRE(!symlink("dir/sub/program", "tree/link-to-program"));
	REQUIRE(!link("tree/tiny", "tree/dir/hard-link"));
}

static void compare_data(const char *host, const char *inside)
{
	static char want[65536], got[65536];
	size_t n;
	FILE *f;
	int fd;

	f = fopen(host, "re");
	fd = (int)OK(open_file(inside, LKL_O_RDONLY));
	REQUIRE(f && fd >= 0);
	do {
		n = fread(want, 1, sizeof(want), f);
		/* Regular files are read as far as asked. */
		IS(lkl_sys_read((unsigned int)fd, got, sizeof(got)), n);
		CHECK_THAT(!memcmp(want, got, n), "%s differs", inside);
	} while (n);
	fclose(f);
	OK(lkl_sys_close((unsigned int)fd));
}

/* The number of names in a directory of the image, but . and .. */
static int count_names(const char *path)
{
	char buf[4096];
	int fd, count = 0;
	long n, at;

	fd = (int)OK(open_file(path, LKL_O_RDONLY | LKL_O_DIRECTORY));
	if (fd < 0)
		return fd;
	while ((n = OK(lkl_sys_getdents64((unsigned int)fd, (void *)buf,
					  sizeof(buf)))) > 0) {
		for (at = 0; at < n;) {
			struct lkl_linux_dirent64 *d = (void *)(buf + at);

			at += d->d_reclen;
			count += strcmp(d->d_name, ".") &&
				 strcmp(d->d_name, "..");
		}
	}
	OK(lkl_sys_close((unsigned int)fd));
	return count;
}

static void compare_attributes(const struct readonly *fs, const char *inside,
			       const struct stat *want)
{
	struct lkl_statx got;

	MUST(stat_file(inside, &got));
	CHECK_THAT((got.stx_mode & S_IFMT) == (want->st_mode & S_IFMT),
		   "%s: mode %o, not %o", inside, got.stx_mode,
		   want->st_mode);
	if (!S_ISDIR(want->st_mode))
		IS(got.stx_size, want->st_size);
	CHECK_THAT(got.stx_mtime.tv_sec == want->st_mtime,
		   "%s: time %lld, not %lld", inside,
		   (long long)got.stx_mtime.tv_sec, (long long)want->st_mtime);
	if (!fs->no_owners) {
		IS(got.stx_uid, want->st_uid);
		IS(got.stx_gid, want->st_gid);
		CHECK_THAT(got.stx_mode == want->st_mode,
			   "%s: mode %o, not %o", inside, got.stx_mode,
			   want->st_mode);
	}
	if (!fs->no_links && !S_ISDIR(want->st_mode))
		IS(got.stx_nlink, want->st_nlink);
}

static void compare_tree(const struct readonly *fs, const char *host,
			 const char *inside)
{
	char host_path[PATH_MAX], inside_path[PATH_MAX];
	char want_link[256], got_link[256];
	int count = 0;
	struct dirent *d;
	struct stat st;
	DIR *dir;

	dir = opendir(host);
	REQUIRE(dir);
	while ((d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		snprintf(host_path, sizeof(host_path), "%s/%s", host,
			 d->d_name);
		snprintf(inside_path, sizeof(inside_path), "%s/%s", inside,
			 d->d_name);
		REQUIRE(!lstat(host_path, &st));
		if (S_ISLNK(st.st_mode) && fs->no_symlinks)
			continue;
		count++;
		compare_attributes(fs, inside_path, &st);
		if (S_ISDIR(st.st_mode))
			compare_tree(fs, host_path, inside_path);
		if (S_ISREG(st.st_mode))
			compare_data(host_path, inside_path);
		if (S_ISLNK(st.st_mode)) {
			IS(lkl_sys_readlinkat(LKL_AT_FDCWD, inside_path,
					      got_link, sizeof(got_link)),
			   readlink(host_path, want_link, sizeof(want_link)));
			CHECK(!memcmp(got_link, want_link,
				      (size_t)st.st_size));
		}
	}
	closedir(dir);
	IS(count_names(inside), count);
}

static int readonly_main(const struct readonly *list, unsigned int n)
{
	char image[32];
	struct lkl_statfs st;
	struct mounted m;
	unsigned int i;

	for (i = 0; i < n; i++)
		need_program(list[i].mkfs);
	tree_make();
	for (i = 0; i < n; i++) {
		snprintf(image, sizeof(image), "image%u", i);
		REQUIRE(run_on(image, list[i].mkfs) == 0);
	}
	boot(0);
	for (i = 0; i < n; i++) {
		printf("# %s\n", list[i].mkfs);
		snprintf(image, sizeof(image), "image%u", i);
		mount_image(image, list[i].type, LKL_MS_RDONLY, NULL, &m);
		compare_tree(&list[i], "tree", m.path);
		OK(lkl_sys_statfs(m.path, &st));
		CHECK(st.f_bsize > 0);
		MUST(lkl_sys_chdir(m.path));
		IS(open_file("new", LKL_O_RDWR | LKL_O_CREAT), -LKL_EROFS);
		IS(open_file("none", LKL_O_RDONLY), -LKL_ENOENT);
		MUST(lkl_sys_chdir("/"));
		unmount(&m);
	}
	OK(lkl_halt());
	return check_exit();
}

#endif /* TESTS_READONLY_H */
