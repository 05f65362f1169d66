// SPDX-License-Identifier: GPL-2.0-only
/*
 * copytree.c - copy a directory of the host into a file system, through the
 * library.
 *
 * Usage: copytree [--plain] [--repeat=N] TYPE IMAGE DIRECTORY
 *
 * Hard links become links, owners, modes and times are kept; --plain leaves
 * that to file systems that have no such things.  With --repeat=N there are
 * N copies, in directories named 1 to N.
 */
#include <fts.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lkl.h>

static bool plain;

/* Names of files with several links: the first one is to be linked to. */
static struct seen {
	struct seen *next;
	dev_t dev;
	ino_t ino;
	char path[];
} *seen[4096];

static void __attribute__((noreturn)) die(const char *what, const char *path,
					  const char *why)
{
	fprintf(stderr, "copytree: %s %s: %s\n", what, path, why);
	exit(1);
}

static long must(long ret, const char *what, const char *path)
{
	if (ret < 0)
		die(what, path, lkl_strerror((int)ret));
	return ret;
}

/* The copy that @st is a link to; NULL if this is the first of its names. */
static const char *find_link(const struct stat *st, const char *path)
{
	struct seen **at = &seen[st->st_ino % 4096], *s;

	for (s = *at; s; s = s->next)
		if (s->ino == st->st_ino && s->dev == st->st_dev)
			return s->path;
	s = malloc(sizeof(*s) + strlen(path) + 1);
	if (!s)
		die("copy", path, "out of memory");
	s->dev = st->st_dev;
	s->ino = st->st_ino;
	strcpy(s->path, path);
	s->next = *at;
	*at = s;
	return NULL;
}

static void forget_links(void)
{
	unsigned int i;
	struct seen *s;

	for (i = 0; i < 4096; i++) {
		while ((s = seen[i])) {
			seen[i] = s->next;
			free(s);
		}
	}
}

static void copy_data(const char *from, const char *path)
{
	static char buf[1 << 18];
	FILE *f = fopen(from, "re");
	unsigned int fd;
	size_t n;

	if (!f)
		die("open", from, "cannot");
	setvbuf(f, NULL, _IONBF, 0);
	fd = (unsigned int)must(lkl_sys_openat(LKL_AT_FDCWD, path,
					       LKL_O_WRONLY | LKL_O_CREAT |
					       LKL_O_EXCL, 0600),
				"create", path);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		if (must(lkl_sys_write(fd, buf, n), "write", path) != (long)n)
			die("write", path, "file system full");
	if (ferror(f))
		die("read", from, "cannot");
	fclose(f);
	must(lkl_sys_close(fd), "close", path);
}

static void copy_attributes(const char *path, const struct stat *st)
{
	struct lkl___kernel_timespec times[2] = {
		{ .tv_sec = st->st_mtim.tv_sec, .tv_nsec = st->st_mtim.tv_nsec },
		{ .tv_sec = st->st_mtim.tv_sec, .tv_nsec = st->st_mtim.tv_nsec },
	};

	if (!plain) {
		must(lkl_sys_fchownat(LKL_AT_FDCWD, path, st->st_uid,
				      st->st_gid, LKL_AT_SYMLINK_NOFOLLOW),
		     "chown", path);
		if (!S_ISLNK(st->st_mode))
			must(lkl_sys_fchmodat(LKL_AT_FDCWD, path,
					      st->st_mode & 07777),
			     "chmod", path);
	}
	must(lkl_sys_utimensat(LKL_AT_FDCWD, path, times,
			       LKL_AT_SYMLINK_NOFOLLOW), "utimensat", path);
}

static void copy_file(const FTSENT *e, const char *path)
{
	const struct stat *st = e->fts_statp;
	char target[4096];
	const char *first;
	ssize_t n;

	if (!plain && st->st_nlink > 1) {
		first = find_link(st, path);
		if (first) {
			must(lkl_sys_linkat(LKL_AT_FDCWD, first,
					    LKL_AT_FDCWD, path, 0),
			     "link", path);
			return;
		}
	}
	if (S_ISREG(st->st_mode)) {
		copy_data(e->fts_accpath, path);
	} else if (S_ISLNK(st->st_mode)) {
		n = readlink(e->fts_accpath, target, sizeof(target) - 1);
		if (n < 0)
			die("readlink", path, "cannot");
		target[n] = '\0';
		must(lkl_sys_symlinkat(target, LKL_AT_FDCWD, path),
		     "symlink", path);
	} else {
		must(lkl_sys_mknodat(LKL_AT_FDCWD, path,
				     (lkl_umode_t)st->st_mode,
				     (unsigned int)st->st_rdev), "mknod",
		     path);
	}
	copy_attributes(path, st);
}

static void copy(const char *directory)
{
	char *roots[] = { (char *)directory, NULL };
	size_t skip = strlen(directory);
	const char *path;
	FTSENT *e;
	FTS *fts;

	fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!fts)
		die("open", directory, "cannot");
	while ((e = fts_read(fts))) {
		path = e->fts_path + skip;
		while (*path == '/')
			path++;
		if (!*path)
			path = ".";
		switch (e->fts_info) {
		case FTS_D:
			if (e->fts_level)
				must(lkl_sys_mkdirat(LKL_AT_FDCWD, path,
						     0755), "mkdir", path);
			break;
		case FTS_DP:
			copy_attributes(path, e->fts_statp);
			break;
		case FTS_F:
		case FTS_SL:
		case FTS_SLNONE:
		case FTS_DEFAULT:
			copy_file(e, path);
			break;
		default:
			die("read", e->fts_path, strerror(e->fts_errno));
		}
	}
	fts_close(fts);
}

int main(int argc, char **argv)
{
	struct lkl_options options = {
		.size = sizeof(options),
		.memory = 256ull << 20,
	};
	struct lkl_error err;
	struct lkl_disk *disk;
	int repeat = 0, i;
	char root[64], name[80];

	for (argv++; argc > 1 && !strncmp(*argv, "--", 2); argv++, argc--) {
		if (!strcmp(*argv, "--plain"))
			plain = true;
		else if (sscanf(*argv, "--repeat=%d", &repeat) != 1)
			die("usage", "[--plain] [--repeat=N]",
			    "TYPE IMAGE DIRECTORY");
	}
	if (argc != 4)
		die("usage", "[--plain] [--repeat=N]", "TYPE IMAGE DIRECTORY");
	if (lkl_disk_open(argv[1], 0, &disk, &err) < 0 ||
	    lkl_start(&options, &err) < 0 || lkl_disk_add(disk, &err) < 0 ||
	    lkl_mount(disk, 0, argv[0], 0, NULL, root, sizeof(root),
		      &err) < 0)
		die("mount", argv[1], err.text);
	must(lkl_sys_umask(0), "umask", "");
	must(lkl_sys_chdir(root), "chdir", root);
	/* Some have one from the beginning. */
	lkl_sys_unlinkat(LKL_AT_FDCWD, "lost+found", LKL_AT_REMOVEDIR);
	for (i = 1; i <= repeat; i++) {
		snprintf(name, sizeof(name), "%s/%d", root, i);
		must(lkl_sys_mkdirat(LKL_AT_FDCWD, name, 0755), "mkdir", name);
		must(lkl_sys_chdir(name), "chdir", name);
		copy(argv[2]);
		forget_links();
	}
	if (!repeat)
		copy(argv[2]);
	must(lkl_sys_chdir("/"), "chdir", "/");
	if (lkl_umount(root, &err) < 0)
		die("unmount", root, err.text);
	lkl_disk_close(disk);
	must(lkl_halt(), "halt", "");
	return 0;
}
