/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * manifest.h - makes files in a mounted image and describes each.
 *
 * Each file is described by one line of JSON on standard output, in which
 * bytes that are not printable ASCII are \u00XX: what check-archive compares
 * an archive with.  The description comes from what was asked for, it is not
 * read back.  Everything that fails ends the program.
 */
#ifndef TESTS_MANIFEST_H
#define TESTS_MANIFEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lkl.h>

#include "helpers/pattern.h"

/* The C library has this, the kernel does not export it. */
#define UTIME_OMITTED	((1l << 30) - 2)

#define MAX_EXTENTS	400
#define MAX_XATTRS	8

struct xattr {
	const char *name;
	const void *value;
	size_t len;
};

struct extent {
	uint64_t offset;
	uint64_t len;
	uint64_t seed;
};

/* The expected state of a file.  Its path begins at the working directory. */
struct odd {
	const char *path;
	unsigned int mode;	/* with the type */
	unsigned int uid, gid;
	long long sec;		/* modification time */
	long nsec;
	unsigned int major, minor;
	const char *target;	/* of symbolic links */
	uint64_t size;		/* of regular files */
	struct extent extents[MAX_EXTENTS];
	unsigned int n_extents;
	struct xattr xattrs[MAX_XATTRS];
	unsigned int n_xattrs;
	const char *acl, *default_acl;	/* text, as archives have it */
	bool skipped;			/* archives cannot hold it */
};

static void __attribute__((format(printf, 1, 2), noreturn))
die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static long must(long ret, const char *what, const char *path)
{
	if (ret < 0)
		die("%s %.100s: %s", what, path, lkl_strerror((int)ret));
	return ret;
}

/* ---- The description ---- */

static void put_bytes(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	putchar('"');
	for (; len--; p++) {
		if (*p < ' ' || *p > '~' || *p == '"' || *p == '\\')
			printf("\\u%04x", *p);
		else
			putchar(*p);
	}
	putchar('"');
}

static void put_key(const char *key, const char *value)
{
	printf(", \"%s\": ", key);
	put_bytes(value, strlen(value));
}

/* Where the working directory is, and a slash, if it is not the root. */
static char described_prefix[8192];

static void describe(const struct odd *f, const char *hard_link)
{
	char path[10000];
	unsigned int i;

	snprintf(path, sizeof(path), "%s%s", described_prefix, f->path);
	printf("{\"path\": ");
	put_bytes(path, strlen(path));
	printf(", \"mode\": %u, \"uid\": %u, \"gid\": %u", f->mode, f->uid,
	       f->gid);
	printf(", \"mtime\": [%lld, %ld]", f->sec, f->nsec);
	if (f->major || f->minor)
		printf(", \"device\": [%u, %u]", f->major, f->minor);
	if (f->target)
		put_key("target", f->target);
	if (hard_link)
		put_key("same_as", hard_link);
	if (f->skipped)
		printf(", \"skipped\": true");
	if (LKL_S_ISREG(f->mode)) {
		printf(", \"size\": %llu, \"extents\": [",
		       (unsigned long long)f->size);
		for (i = 0; i < f->n_extents; i++)
			printf("%s[%llu, %llu, %llu]", i ? ", " : "",
			       (unsigned long long)f->extents[i].offset,
			       (unsigned long long)f->extents[i].len,
			       (unsigned long long)f->extents[i].seed);
		printf("]");
	}
	printf(", \"xattrs\": {");
	for (i = 0; i < f->n_xattrs; i++) {
		printf("%s", i ? ", " : "");
		put_bytes(f->xattrs[i].name, strlen(f->xattrs[i].name));
		printf(": ");
		put_bytes(f->xattrs[i].value, f->xattrs[i].len);
	}
	printf("}");
	if (f->acl)
		put_key("acl", f->acl);
	if (f->default_acl)
		put_key("default_acl", f->default_acl);
	printf("}\n");
}

/* ---- The file ---- */

static void write_extents(const struct odd *f, unsigned int fd)
{
	static char buf[65536];
	uint64_t at, end;
	unsigned int i;
	size_t n;

	for (i = 0; i < f->n_extents; i++) {
		end = f->extents[i].offset + f->extents[i].len;
		for (at = f->extents[i].offset; at < end; at += n) {
			n = end - at < sizeof(buf) ? end - at : sizeof(buf);
			pattern_fill(buf, n, f->extents[i].seed, at);
			if (lkl_sys_pwrite64(fd, buf, n, (long)at) != (long)n)
				die("cannot write %s", f->path);
		}
	}
	must(lkl_sys_ftruncate(fd, (long)f->size), "truncate", f->path);
}

/*
 * The kernel's form of "u::rwx,u:1:r-x,...": all parts are there, and in
 * order, so that it is a plain translation.
 */
static void set_acl(const char *path, const char *name, const char *text)
{
	struct { uint16_t tag, perm; uint32_t id; } entry;
	unsigned char value[512];
	uint32_t version = 2;
	size_t len = 4;
	char kind, perm[4];
	const char *p;

	memcpy(value, &version, 4);
	for (p = text; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL) {
		unsigned int id = ~0u;

		if (sscanf(p, "%c%*[a-z]:%u:%3s", &kind, &id, perm) != 3 &&
		    sscanf(p, "%c%*[a-z]::%3s", &kind, perm) != 2)
			die("ACL %s", text);
		entry.id = id;
		switch (kind) {
		case 'u':
			entry.tag = id == ~0u ? 1 : 2;
			break;
		case 'g':
			entry.tag = id == ~0u ? 4 : 8;
			break;
		case 'm':
			entry.tag = 0x10;
			break;
		default:
			entry.tag = 0x20;
		}
		entry.perm = (uint16_t)((perm[0] == 'r') << 2 |
					(perm[1] == 'w') << 1 |
					(perm[2] == 'x'));
		memcpy(value + len, &entry, 8);
		len += 8;
	}
	must(lkl_sys_lsetxattr(path, name, value, len, 0), name, path);
}

static void create(const struct odd *f)
{
	unsigned int type = f->mode & LKL_S_IFMT;
	unsigned int dev;
	long fd;

	if (type == LKL_S_IFDIR) {
		must(lkl_sys_mkdirat(LKL_AT_FDCWD, f->path, 0700), "mkdir",
		     f->path);
	} else if (type == LKL_S_IFLNK) {
		must(lkl_sys_symlinkat(f->target, LKL_AT_FDCWD, f->path),
		     "symlink", f->path);
	} else if (type == LKL_S_IFREG) {
		fd = must(lkl_sys_openat(LKL_AT_FDCWD, f->path, LKL_O_WRONLY |
					 LKL_O_CREAT | LKL_O_EXCL, 0600),
			  "create", f->path);
		write_extents(f, (unsigned int)fd);
		must(lkl_sys_close((unsigned int)fd), "close", f->path);
	} else {
		dev = (f->minor & 0xff) | f->major << 8 |
			(f->minor & ~0xffu) << 12;
		must(lkl_sys_mknodat(LKL_AT_FDCWD, f->path,
				     (lkl_umode_t)(type | 0600), dev),
		     "mknod", f->path);
	}
}

/* Owner, mode, attributes, time: in the order in which they last. */
static void finish(const struct odd *f)
{
	struct lkl___kernel_timespec times[2] = {
		{ .tv_nsec = UTIME_OMITTED },
		{ .tv_sec = f->sec, .tv_nsec = f->nsec },
	};
	unsigned int i;

	must(lkl_sys_fchownat(LKL_AT_FDCWD, f->path, f->uid, f->gid,
			      LKL_AT_SYMLINK_NOFOLLOW), "chown", f->path);
	if (!LKL_S_ISLNK(f->mode))
		must(lkl_sys_fchmodat(LKL_AT_FDCWD, f->path,
				      (lkl_umode_t)(f->mode & 07777)),
		     "chmod", f->path);
	for (i = 0; i < f->n_xattrs; i++)
		must(lkl_sys_lsetxattr(f->path, f->xattrs[i].name,
				       f->xattrs[i].value, f->xattrs[i].len,
				       0), f->xattrs[i].name, f->path);
	if (f->acl)
		set_acl(f->path, "system.posix_acl_access", f->acl);
	if (f->default_acl)
		set_acl(f->path, "system.posix_acl_default", f->default_acl);
	must(lkl_sys_utimensat(LKL_AT_FDCWD, f->path, times,
			       LKL_AT_SYMLINK_NOFOLLOW), "utimensat",
	     f->path);
}

/* Directories are finished by finish() when they are full. */
static void make(const struct odd *f)
{
	create(f);
	if (!LKL_S_ISDIR(f->mode))
		finish(f);
	describe(f, NULL);
}

static void make_link(const struct odd *f, const char *path)
{
	struct odd link = *f;
	const char *first = f->path;

	must(lkl_sys_linkat(LKL_AT_FDCWD, first, LKL_AT_FDCWD, path, 0),
	     "link", path);
	link.path = path;
	describe(&link, first);
}

#endif /* TESTS_MANIFEST_H */
