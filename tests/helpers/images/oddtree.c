// SPDX-License-Identifier: GPL-2.0-only
/*
 * oddtree.c - fills a file system with odd files: holes, links, attributes,
 * devices, names, times and owners at their limits.
 *
 * Usage: oddtree [--dirty] TYPE IMAGE
 *
 * Describes on standard output what it made; see manifest.h.  With --dirty
 * it syncs and ends without unmounting: what a crash leaves, journal and all.
 */
#include <unistd.h>

#include "manifest.h"

#include <lkl/linux/btrfs.h>

#define MAX_DIRS 32

static const char *type;
static struct odd *dirs[MAX_DIRS];	/* to be finished when all is there */
static unsigned int n_dirs;

static bool is_type(const char *name)
{
	return !strcmp(type, name);
}

/* A description with something in every field, to be changed by the caller. */
static struct odd *odd(const char *path, unsigned int mode)
{
	static unsigned int count;
	static struct odd file;
	struct odd *f = &file;

	if (LKL_S_ISDIR(mode)) {
		if (n_dirs == MAX_DIRS)
			die("too many directories");
		f = malloc(sizeof(*f));
		if (!f)
			die("out of memory");
		dirs[n_dirs++] = f;
	}
	count++;
	memset(f, 0, sizeof(*f));
	f->path = path;
	f->mode = mode;
	f->uid = 1000 + count % 3;
	f->gid = 100 + count % 5;
	f->sec = 1500000000 + 86413ll * count;
	f->nsec = 7654321l * count % 1000000000;
	return f;
}

static struct odd *odd_file(const char *path)
{
	return odd(path, LKL_S_IFREG | 0644);
}

static void data(struct odd *f, uint64_t offset, uint64_t len)
{
	if (f->n_extents == MAX_EXTENTS)
		die("too many extents");
	f->extents[f->n_extents++] = (struct extent){
		offset, len, offset + 17 * (uint64_t)f->sec,
	};
	if (f->size < offset + len)
		f->size = offset + len;
}

static void make_file(const char *path, uint64_t len)
{
	struct odd *f = odd_file(path);

	if (len)
		data(f, 0, len);
	make(f);
}

static void make_dir(const char *path)
{
	make(odd(path, LKL_S_IFDIR | 0755));
}

static void add_xattr(struct odd *f, const char *name, const void *value,
		      size_t len)
{
	if (f->n_xattrs == MAX_XATTRS)
		die("too many attributes");
	f->xattrs[f->n_xattrs++] = (struct xattr){ name, value, len };
}

/* ---- Data ---- */

static void make_sizes(void)
{
	static const unsigned int sizes[] = {
		0, 1, 511, 512, 513, 4095, 4096, 4097, 10240, 300000,
	};
	char path[32];
	unsigned int i;

	make_dir("sizes");
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		snprintf(path, sizeof(path), "sizes/%u", sizes[i]);
		make_file(path, sizes[i]);
	}
	make_dir("empty-dir");
}

static void make_sparse(void)
{
	const uint64_t mib = 1 << 20, gib = 1 << 30;
	struct odd *f;
	unsigned int i;

	make_dir("sparse");
	f = odd_file("sparse/hole-first");
	data(f, mib, 5000);
	make(f);
	f = odd_file("sparse/hole-between");
	data(f, 0, 65536);
	data(f, mib, 65536);
	make(f);
	f = odd_file("sparse/hole-last");
	data(f, 0, 70000);
	f->size = 5 * mib;
	make(f);
	f = odd_file("sparse/hole-only");
	f->size = 3 * mib + 1;
	make(f);
	f = odd_file("sparse/many-holes");
	for (i = 0; i < MAX_EXTENTS; i++)
		data(f, i * 131072 + 65536, 4096 + i % 5);
	f->size = 60 * mib;
	make(f);
	f = odd_file("sparse/large");
	data(f, 0, 10);
	data(f, 8 * gib + 12345, 100000);
	data(f, 9 * gib, 1);
	f->size = 10 * gib;
	make(f);
}

/* ---- Names ---- */

static void make_names(void)
{
	static const char *const names[] = {
		" space first", "space last ", "new\nline", "tab\there",
		"back\\slash", "quote'single", "quote\"double", "-dash",
		"--option", "*", "?", "[a]", "$HOME", "`true`", "!", "#", "~",
		"...", "semi;colon", "per%cent", "equals=sign", "\x01\x1b[1m",
		"\x7f", "\xc3\xa4 composed", "a\xcc\x88 decomposed",
		"\xf0\x9f\x98\x80", "latin1 \xe4\xf6\xfc", "\xff\xfe", "\xc3",
		"overlong \xc0\xaf", "surrogate \xed\xa0\x80", "CASE", "case",
		"PaxHeaders", "GNUSparseFile.0", "@LongLink", "100=x\n",
	};
	char path[300];
	unsigned int i, len;

	make_dir("names");
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "names/%s", names[i]);
		make_file(path, i);
	}
	/* About the sizes of header fields, and the longest there is. */
	for (len = 90; len <= 255; len += len == 105 ? 150 : 1) {
		snprintf(path, sizeof(path), "names/%u", len);
		memset(path + strlen(path), 'n', sizeof(path) - strlen(path));
		path[6 + len] = '\0';
		make_file(path, len);
	}
	memset(path + 6, 0xe4, 255);
	path[6 + 255] = '\0';
	make_file(path, 5);
}

/* Paths beyond PATH_MAX can only be made step by step. */
static void make_deep(unsigned int levels)
{
	size_t len = strlen(described_prefix);
	struct odd *f;
	char name[256];

	snprintf(name, sizeof(name), "level-%u-", levels);
	memset(name + strlen(name), 'd', sizeof(name) - strlen(name));
	name[250] = '\0';
	f = odd(name, LKL_S_IFDIR | 0750);
	make(f);
	must(lkl_sys_chdir(name), "chdir", name);
	snprintf(described_prefix + len, sizeof(described_prefix) - len,
		 "%s/", name);
	make_file("file", levels);
	if (levels > 1)
		make_deep(levels - 1);
	must(lkl_sys_chdir(".."), "chdir", "..");
	described_prefix[len] = '\0';
	finish(f);
	n_dirs--;
	free(f);
}

/* ---- Links and special files ---- */

static void make_links(void)
{
	static char target[1001];
	struct odd *f;

	make_dir("links");
	make_dir("links/below");
	f = odd_file("links/first");
	data(f, 0, 12345);
	add_xattr(f, "user.shared", "by all names", 12);
	make(f);
	make_link(f, "links/second");
	make_link(f, "links/below/third");
	make_link(f, "names/fourth \xff");

	memset(target, 't', 1000);
	target[200] = target[400] = target[600] = target[800] = '/';
	f = odd("links/dangling", LKL_S_IFLNK | 0777);
	f->target = "no/such/file";
	make(f);
	make_link(f, "links/to-dangling");
	f = odd("links/absolute", LKL_S_IFLNK | 0777);
	f->target = "/etc/passwd";
	make(f);
	f = odd("links/long", LKL_S_IFLNK | 0777);
	f->target = target;
	make(f);
	f = odd("links/bytes", LKL_S_IFLNK | 0777);
	f->target = "\xff\n\\ \xe4";
	make(f);
	f = odd("links/up", LKL_S_IFLNK | 0777);
	f->target = "..";
	add_xattr(f, "trusted.of-a-link", "x", 1);
	make(f);
}

static void make_special(void)
{
	struct odd *f;

	make_dir("special");
	f = odd("special/character", LKL_S_IFCHR | 0666);
	f->major = 1;
	f->minor = 3;
	make(f);
	make_link(f, "special/character-link");
	f = odd("special/block", LKL_S_IFBLK | 0660);
	f->major = 259;
	f->minor = 200000;
	add_xattr(f, "security.selinux", "system_u:object_r:disk:s0", 26);
	make(f);
	make(odd("special/fifo", LKL_S_IFIFO | 0600));
	f = odd("special/socket", LKL_S_IFSOCK | 0755);
	f->skipped = true;
	make(f);
}

/* ---- Attributes ---- */

static void make_modes(void)
{
	static const unsigned int modes[] = {
		0, 0400, 0111, 0777, 01644, 02755, 04755, 06711, 07777,
	};
	char path[32];
	struct odd *f;
	unsigned int i;

	make_dir("modes");
	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		snprintf(path, sizeof(path), "modes/%04o", modes[i]);
		make(odd(path, LKL_S_IFREG | modes[i]));
	}
	make(odd("sticky-dir", LKL_S_IFDIR | 01777));
	f = odd("group-dir", LKL_S_IFDIR | 02700);
	f->uid = f->gid = 4000000000u;
	make(f);
}

static void make_owners(void)
{
	static const unsigned int ids[] = {
		0, 1, 65534, 65535, 65536, 2097151, 2097152, 3000000000u,
		4294967294u,
	};
	char path[32];
	struct odd *f;
	unsigned int i, n = sizeof(ids) / sizeof(*ids);

	make_dir("owners");
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "owners/%u", ids[i]);
		f = odd_file(path);
		f->uid = ids[i];
		f->gid = ids[n - 1 - i];
		make(f);
	}
}

static void make_times(void)
{
	static const struct { long long sec; long nsec; } times[] = {
		{ 0, 0 }, { 0, 1 }, { -1, 999999999 }, { -1, 0 },
		{ -2, 1 }, { -2147483648ll, 0 }, { 2147483647, 999999999 },
		{ 2147483648ll, 0 }, { 4294967296ll, 5 },
		{ 8589934591ll, 999999999 }, { 8589934592ll, 100000000 },
		{ 15032385535ll, 0 },
	};
	char path[64];
	struct odd *f;
	unsigned int i;

	make_dir("times");
	for (i = 0; i < sizeof(times) / sizeof(*times); i++) {
		snprintf(path, sizeof(path), "times/%lld.%ld", times[i].sec,
			 times[i].nsec);
		f = odd_file(path);
		f->sec = times[i].sec;
		f->nsec = times[i].nsec;
		make(f);
	}
}

static void make_xattrs(void)
{
	/* cap_net_raw+ep, as <linux/capability.h> lays it out. */
	static const unsigned char caps[20] = { 1, 0, 0, 2, 0, 0x20 };
	static char large[65536];
	struct odd *f;

	make_dir("xattrs");
	f = odd_file("xattrs/all");
	add_xattr(f, "user.text", "value", 5);
	add_xattr(f, "user.empty", "", 0);
	add_xattr(f, "user.bytes", "\0\n=\xff 5 a=b\n", 12);
	add_xattr(f, "user.with=equals%", "odd name", 8);
	add_xattr(f, "user.\xc3\xa4", "name in UTF-8", 13);
	add_xattr(f, "trusted.overlay.opaque", "y", 1);
	add_xattr(f, "security.selinux", "system_u:object_r:bin_t:s0", 27);
	add_xattr(f, "security.capability", caps, sizeof(caps));
	make(f);
	f = odd_file("xattrs/large");
	pattern_fill(large, sizeof(large), 99, 0);
	add_xattr(f, "user.large", large, is_type("xfs") ? 65536 : 3500);
	make(f);
	f = odd("xattrs/dir", LKL_S_IFDIR | 0700);
	add_xattr(f, "user.of-a-dir", "value", 5);
	add_xattr(f, "trusted.of-a-dir", "value", 5);
	make(f);
}

static void make_acls(void)
{
	struct odd *f;

	make_dir("acls");
	f = odd("acls/file", LKL_S_IFREG | 0640);
	f->acl = "user::rw-\nuser:54321:---\nuser:4000000000:rwx\n"
		"group::r--\ngroup:54322:-w-\nmask::r--\nother::---";
	make(f);
	f = odd("acls/mask-only", LKL_S_IFREG | 0604);
	f->acl = "user::rw-\ngroup::rwx\nmask::---\nother::r--";
	make(f);
	f = odd("acls/dir", LKL_S_IFDIR | 0750);
	f->acl = "user::rwx\nuser:54321:r-x\ngroup::r-x\nmask::r-x\n"
		"other::---";
	f->default_acl = "user::rwx\nuser:54321:rwx\ngroup::r-x\n"
		"mask::rwx\nother::r-x";
	make(f);
	f = odd("acls/default-only", LKL_S_IFDIR | 0711);
	f->default_acl = "user::rwx\ngroup::---\nother::---";
	make(f);
}

/* Inode numbers begin anew in each. */
static void make_subvolumes(void)
{
	static const char *const paths[] = { "subvolume", "subvolume/nested" };
	struct lkl_btrfs_ioctl_vol_args args = { 0 };
	struct odd *f;
	char path[64], link[64];
	long fd;
	int i;

	for (i = 0; i < 2; i++) {
		fd = must(lkl_sys_openat(LKL_AT_FDCWD, i ? "subvolume" : ".",
					 LKL_O_RDONLY, 0), "open", ".");
		strcpy(args.name, i ? "nested" : "subvolume");
		must(lkl_sys_ioctl((unsigned int)fd,
				   LKL_BTRFS_IOC_SUBVOL_CREATE,
				   (unsigned long)&args), "subvolume",
		     paths[i]);
		must(lkl_sys_close((unsigned int)fd), "close", ".");
		f = odd(paths[i], LKL_S_IFDIR | 0755);
		describe(f, NULL);
		snprintf(path, sizeof(path), "%s/file", paths[i]);
		f = odd_file(path);
		data(f, 0, 1000 + (uint64_t)i);
		make(f);
		snprintf(link, sizeof(link), "%s/link", paths[i]);
		make_link(f, link);
	}
}

static void make_tree(void)
{
	struct odd *root = odd(".", LKL_S_IFDIR | 0755);

	add_xattr(root, "user.of-the-root", "value", 5);
	describe(root, NULL);
	/* Some have one from the beginning. */
	lkl_sys_unlinkat(LKL_AT_FDCWD, "lost+found", LKL_AT_REMOVEDIR);
	make_sizes();
	make_sparse();
	make_names();
	make_deep(20);
	make_links();
	make_special();
	make_modes();
	make_owners();
	make_times();
	make_xattrs();
	make_acls();
	if (is_type("btrfs"))
		make_subvolumes();
	while (n_dirs)
		finish(dirs[--n_dirs]);
}

int main(int argc, char **argv)
{
	bool dirty = argc > 1 && !strcmp(argv[1], "--dirty");
	struct lkl_error err;
	struct lkl_disk *disk;
	char root[64];

	if (argc != 3 + dirty)
		die("usage: oddtree [--dirty] TYPE IMAGE");
	type = argv[1 + dirty];
	if (lkl_disk_open(argv[2 + dirty], 0, &disk, &err) < 0 ||
	    lkl_start(NULL, &err) < 0 || lkl_disk_add(disk, &err) < 0 ||
	    lkl_mount(disk, 0, type, 0, NULL, root, sizeof(root), &err) < 0)
		die("oddtree: %s", err.text);
	must(lkl_sys_umask(0), "umask", "");
	must(lkl_sys_chdir(root), "chdir", root);
	make_tree();
	if (fflush(stdout))
		die("oddtree: cannot write the description");
	if (dirty) {
		must(lkl_sys_sync(), "sync", root);
		_exit(0);
	}
	must(lkl_sys_chdir("/"), "chdir", "/");
	if (lkl_umount(root, &err) < 0)
		die("oddtree: %s", err.text);
	lkl_disk_close(disk);
	must(lkl_halt(), "halt", "");
	return 0;
}
