// SPDX-License-Identifier: GPL-2.0-only
/*
 * attributes.c - modes, times, extended attributes, flags, statfs.
 *
 * Usage: attributes DIRECTORY
 *
 * It needs no privileges; users.c tries permissions.
 */
#include "semantics.h"

#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>

static void modes(void)
{
	int fd = make_file("f", "#!/bin/sh\nexit 7\n");

	TRY("chmod", chmod("f", 0754));
	say_stat("chmod", "f");
	TRY("fchmod", fchmod(fd, 0611));
	say_stat("fchmod", "f");
	TRY("chmod: set-user-ID, sticky", chmod("f", 05755));
	say_stat("chmod: set-user-ID, sticky", "f");
	/* Writing takes it away, unless by somebody privileged. */
	TRY("write to set-user-ID", write(fd, "\n", 1));
	say_stat("write to set-user-ID", "f");
	MUST(chmod("f", 06755));
	TRY("truncate set-user-ID", ftruncate(fd, 17));
	say_stat("truncate set-user-ID", "f");
	MUST(chmod("f", 06755));
	TRY("chown set-user-ID", chown("f", getuid(), getgid()));
	say_stat("chown set-user-ID", "f");
	MUST(chmod("f", 06755));
	TRY("fallocate set-user-ID", fallocate(fd, 0, 0, 100));
	say_stat("fallocate set-user-ID", "f");
	MUST(ftruncate(fd, 17));
	TRY("chown: keep", chown("f", (uid_t)-1, (gid_t)-1));
	TRY("owner", stat_of("f").st_uid == geteuid() &&
	    stat_of("f").st_gid == getegid());
	MUST(chmod("f", 0755));
	close(fd);
	TRY("execute", WEXITSTATUS(system("./f")));
	MUST(chmod("f", 0644));
	TRY("execute: not allowed", WEXITSTATUS(system("./f 2>/dev/null")));

	MUST(mkdir("d", 0755));
	TRY("set-group-ID directory", chmod("d", 02775));
	touch("d/f");
	MUST(mkdir("d/d", 0755));
	say_stat("set-group-ID directory: file", "d/f");
	say_stat("set-group-ID directory: directory", "d/d");
	TRY("set-group-ID directory: group",
	    stat_of("d/f").st_gid == stat_of("d").st_gid);
	umask(077);
	touch("d/u");
	umask(022);
	say_stat("umask", "d/u");
	say_open("create without permission",
		 open("d/none", O_RDWR | O_CREAT, 0000));
	say_stat("create without permission", "d/none");
	MUST(system("rm -rf ./*"));
}

/* ---- What clears set-user-ID and set-group-ID ---- */

static const struct {
	const char *name;
	int fallocate;		/* mode, or -1 */
} changes[] = {
	{ "write", -1 },
	{ "write nothing", -1 },
	{ "append", -1 },
	{ "direct write", -1 },
	{ "mapping", -1 },
	{ "truncate", -1 },
	{ "truncate to the same size", -1 },
	{ "O_TRUNC", -1 },
	{ "copy", -1 },
	{ "chown to the same", -1 },
	{ "allocate", 0 },
	{ "allocate, keep size", FALLOC_FL_KEEP_SIZE },
	{ "punch", FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE },
	{ "zero", FALLOC_FL_ZERO_RANGE },
};

#define N_CHANGES (sizeof(changes) / sizeof(*changes))

static int map_and_write(int fd)
{
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return -1;
	p[0] = 'm';
	return msync(p, 4096, MS_SYNC) | munmap(p, 4096);
}

static long change(unsigned int which, int fd)
{
	static char block[4096] __attribute__((aligned(4096)));
	int other;
	long ret;

	if (changes[which].fallocate >= 0)
		return fallocate(fd, changes[which].fallocate, 0, 8192);
	switch (which) {
	case 0:
		return write(fd, "text", 4);
	case 1:
		return write(fd, "", 0);
	case 2:
		return pwritev2(fd, &(struct iovec){ block, 4 }, 1, 0,
				RWF_APPEND);
	case 3:
		other = open("f", O_WRONLY | O_DIRECT);
		ret = other < 0 ? -1 : pwrite(other, block, 4096, 0);
		close(other);
		return ret;
	case 4:
		return map_and_write(fd);
	case 5:
		return ftruncate(fd, 100);
	case 6:
		return ftruncate(fd, 4096);
	case 7:
		return close(open("f", O_WRONLY | O_TRUNC));
	case 8:
		return copy_file_range(fd, &(off_t){ 0 }, fd,
				       &(off_t){ 8192 }, 100, 0);
	default:
		return fchown(fd, getuid(), getgid());
	}
}

static void set_id(void)
{
	static const mode_t modes[] = {
		06777, 06755, 06666, 04711, 02755, 02745, 02644, 06070,
	};
	unsigned int i, j;
	char name[80];
	int fd;

	for (i = 0; i < N_CHANGES; i++) {
		for (j = 0; j < sizeof(modes) / sizeof(*modes); j++) {
			fd = (int)MUST(open("f", O_RDWR | O_CREAT, 0600));
			MUST(ftruncate(fd, 4096));
			MUST(fchmod(fd, modes[j] | 0600));
			snprintf(name, sizeof(name), "set-ID: %s: %o",
				 changes[i].name, (unsigned int)modes[j]);
			TRY(name, change(i, fd));
			say_stat(name, "f");
			close(fd);
			MUST(unlink("f"));
		}
	}
}

static void access_checks(void)
{
	make_with("f", "x");
	MUST(mkdir("d", 0755));
	touch("d/f");
	MUST(chmod("f", 0));
	TRY("access: exists", access("f", F_OK));
	TRY("access: R", access("f", R_OK));
	TRY("access: W", access("f", W_OK));
	TRY("access: X", access("f", X_OK));
	say_open("open: mode 0", open("f", O_RDONLY));
	say_open("open: mode 0, write", open("f", O_WRONLY));
	TRY("truncate: mode 0", truncate("f", 0));
	MUST(chmod("f", 0444));
	say_open("open: read-only file", open("f", O_WRONLY));
	MUST(chmod("f", 0100));
	TRY("access: executable", access("f", X_OK));
	MUST(chmod("d", 0));
	TRY("directory: mode 0: stat below", access("d/f", F_OK));
	say_open("directory: mode 0: open", open("d", O_RDONLY));
	MUST(chmod("d", 0100));
	TRY("directory: search only", access("d/f", F_OK));
	say_open("directory: search only: open", open("d", O_RDONLY));
	say_open("directory: search only: create",
		 open("d/g", O_WRONLY | O_CREAT, 0600));
	TRY("directory: search only: unlink", unlink("d/f"));
	MUST(chmod("d", 0755));
	MUST(system("rm -rf ./*"));
}

static void say_time(const char *name, struct timespec t)
{
	printf("%s: %lld.%09ld\n", name, (long long)t.tv_sec, t.tv_nsec);
}

static bool is_recent(struct timespec t)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return t.tv_sec <= now.tv_sec && t.tv_sec > now.tv_sec - 60;
}

static bool later(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec ||
		(a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

static void nap(void)
{
	/* Times are those of the last tick: no condition tells of the next. */
	usleep(25000);
}

static void times(void)
{
	struct timespec t[2] = {
		{ 1234567890, 123456789 }, { 987654321, 987654321 }
	};
	struct stat before, after;
	char buf[4];
	int fd = make_file("f", "content");

	TRY("utimensat", utimensat(AT_FDCWD, "f", t, 0));
	say_time("utimensat: atime", stat_of("f").st_atim);
	say_time("utimensat: mtime", stat_of("f").st_mtim);
	TRY("utimensat: ctime is now", is_recent(stat_of("f").st_ctim));
	t[0].tv_nsec = UTIME_OMIT;
	t[1].tv_sec = 4102444800;	/* 2100 */
	TRY("utimensat: omit atime", utimensat(AT_FDCWD, "f", t, 0));
	say_time("utimensat: atime", stat_of("f").st_atim);
	say_time("utimensat: mtime in 2100", stat_of("f").st_mtim);
	t[0] = (struct timespec){ -1000000000, 5 };	/* 1938 */
	t[1].tv_nsec = UTIME_OMIT;
	TRY("utimensat: before 1970", utimensat(AT_FDCWD, "f", t, 0));
	say_time("utimensat: atime before 1970", stat_of("f").st_atim);
	t[0].tv_nsec = UTIME_OMIT;
	t[1].tv_nsec = UTIME_NOW;
	TRY("utimensat: mtime now", utimensat(AT_FDCWD, "f", t, 0));
	TRY("utimensat: mtime is now", is_recent(stat_of("f").st_mtim));
	say_time("utimensat: atime", stat_of("f").st_atim);
	TRY("futimens", futimens(fd, NULL));
	TRY("futimens: atime is now", is_recent(stat_of("f").st_atim));
	MUST(symlink("f", "s"));
	t[0] = t[1] = (struct timespec){ 1111111111, 1 };
	TRY("utimensat: symlink", utimensat(AT_FDCWD, "s", t,
					    AT_SYMLINK_NOFOLLOW));
	say_time("utimensat: symlink", stat_of("s").st_mtim);
	TRY("utimensat: not what it points to",
	    is_recent(stat_of("f").st_mtim));

	/* Each operation changes its own set of times. */
	before = stat_of("f");
	nap();
	MUST(write(fd, "more", 4));
	after = stat_of("f");
	TRY("write: mtime", later(after.st_mtim, before.st_mtim));
	TRY("write: ctime", later(after.st_ctim, before.st_ctim));
	before = after;
	nap();
	MUST(chmod("f", 0600));
	after = stat_of("f");
	TRY("chmod: mtime", later(after.st_mtim, before.st_mtim));
	TRY("chmod: ctime", later(after.st_ctim, before.st_ctim));
	before = after;
	nap();
	MUST(rename("f", "g"));
	after = stat_of("g");
	TRY("rename: mtime", later(after.st_mtim, before.st_mtim));
	TRY("rename: ctime", later(after.st_ctim, before.st_ctim));
	before = after;
	nap();
	MUST(link("g", "h"));
	after = stat_of("g");
	TRY("link: ctime", later(after.st_ctim, before.st_ctim));
	before = after;
	nap();
	MUST(unlink("h"));
	after = stat_of("g");
	TRY("unlink: ctime", later(after.st_ctim, before.st_ctim));
	before = after;
	nap();
	MUST(pread(fd, buf, 4, 0));
	MUST(ftruncate(fd, 2));
	after = stat_of("g");
	TRY("truncate: mtime", later(after.st_mtim, before.st_mtim));
	before = stat_of(".");
	nap();
	touch("new");
	after = stat_of(".");
	TRY("create: mtime of the directory",
	    later(after.st_mtim, before.st_mtim));
	before = after;
	nap();
	MUST(unlink("new"));
	after = stat_of(".");
	TRY("unlink: mtime of the directory",
	    later(after.st_mtim, before.st_mtim));
	/* A time that was set must outlive what was written before it. */
	MUST(pwrite(fd, "x", 1, 0));
	t[0] = t[1] = (struct timespec){ 1000000000, 500 };
	MUST(futimens(fd, t));
	MUST(fsync(fd));
	close(fd);
	say_time("written, then set", stat_of("g").st_mtim);
	MUST(system("rm -rf ./*"));
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of user attributes, sorted. */
static void say_list(const char *name, const char *path)
{
	char buf[4096], *names[64];
	int n = 0, i;
	ssize_t len = listxattr(path, buf, sizeof(buf));
	char *p;

	if (len < 0) {
		say(name, -1);
		return;
	}
	for (p = buf; p < buf + len && n < 64; p += strlen(p) + 1)
		if (!strncmp(p, "user.", 5))
			names[n++] = p;
	qsort(names, (size_t)n, sizeof(*names), compare_names);
	printf("%s:", name);
	for (i = 0; i < n; i++)
		printf(" %s", names[i]);
	printf("\n");
}

static void extended(void)
{
	static char value[1500], buf[70000], name[300];
	int fd = make_file("f", "content");
	ssize_t n;

	memset(value, 'v', sizeof(value));
	/* Looked for in vain before they are there. */
	TRY("xattr: none", getxattr("f", "user.a", buf, sizeof(buf)));
	TRY("xattr: none again", getxattr("f", "user.empty", buf, sizeof(buf)));
	TRY("xattr: set", setxattr("f", "user.a", "1", 1, 0));
	TRY("xattr: there", getxattr("f", "user.a", buf, sizeof(buf)));
	TRY("xattr: empty", setxattr("f", "user.empty", "", 0, 0));
	TRY("xattr: long", fsetxattr(fd, "user.long", value, sizeof(value),
				     0));
	TRY("xattr: bytes", setxattr("f", "user.b", "\0\1\377", 3, 0));
	say_list("xattr: list", "f");
	TRY("xattr: get", getxattr("f", "user.a", buf, sizeof(buf)));
	TRY("xattr: get empty", getxattr("f", "user.empty", buf,
					 sizeof(buf)));
	n = getxattr("f", "user.long", buf, sizeof(buf));
	TRY("xattr: get long", n);
	TRY("xattr: long is right",
	    n == sizeof(value) && !memcmp(buf, value, sizeof(value)));
	n = getxattr("f", "user.b", buf, sizeof(buf));
	TRY("xattr: bytes are right", n == 3 && !memcmp(buf, "\0\1\377", 3));
	TRY("xattr: size", getxattr("f", "user.long", NULL, 0));
	TRY("xattr: too small", getxattr("f", "user.long", buf, 10));
	TRY("xattr: list too small", listxattr("f", buf, 3));
	TRY("xattr: missing", getxattr("f", "user.none", buf, 10));
	TRY("xattr: create existing", setxattr("f", "user.a", "2", 1,
					       XATTR_CREATE));
	TRY("xattr: replace missing", setxattr("f", "user.none", "2", 1,
					       XATTR_REPLACE));
	TRY("xattr: replace", setxattr("f", "user.a", "22", 2,
				       XATTR_REPLACE));
	TRY("xattr: replaced", getxattr("f", "user.a", buf, sizeof(buf)));
	TRY("xattr: remove", removexattr("f", "user.a"));
	TRY("xattr: remove again", removexattr("f", "user.a"));
	say_list("xattr: list", "f");
	memset(name, 'n', sizeof(name));
	memcpy(name, "user.", 5);
	name[255] = '\0';
	TRY("xattr: long name", setxattr("f", name, "x", 1, 0));
	name[255] = 'n';
	name[256] = '\0';
	TRY("xattr: too long a name", setxattr("f", name, "x", 1, 0));
	TRY("xattr: too large", setxattr("f", "user.large", buf, 65537, 0));
	TRY("xattr: no namespace", setxattr("f", "a", "1", 1, 0));
	TRY("xattr: unknown namespace", setxattr("f", "nobody.a", "1", 1, 0));
	TRY("xattr: user., no name", setxattr("f", "user.", "1", 1, 0));
	MUST(symlink("f", "s"));
	TRY("xattr: symlink", lsetxattr("s", "user.a", "1", 1, 0));
	TRY("xattr: through a symlink", setxattr("s", "user.s", "1", 1, 0));
	say_list("xattr: through a symlink", "f");
	TRY("xattr: directory", ({
		MUST(mkdir("d", 0755));
		setxattr("d", "user.d", "dir", 3, 0);
	}));
	TRY("xattr: directory, get", getxattr("d", "user.d", buf, 10));
	MUST(mkfifo("p", 0600));
	TRY("xattr: fifo", setxattr("p", "user.a", "1", 1, 0));
	MUST(chmod("f", 0444));
	TRY("xattr: read-only file", setxattr("f", "user.c", "1", 1, 0));
	MUST(chmod("f", 0000));
	TRY("xattr: unreadable file", getxattr("f", "user.b", buf, 10));
	close(fd);
	MUST(system("rm -rf ./*"));
}

static void flags(void)
{
	int fd = make_file("f", "content");
	struct fsxattr x = { 0 };
	int attr = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &attr)) {
		say("flags", -1);
	} else {
		say_text("flags", "ok");
		attr |= FS_NODUMP_FL | FS_NOATIME_FL;
		TRY("flags: set", ioctl(fd, FS_IOC_SETFLAGS, &attr));
		attr = 0;
		MUST(ioctl(fd, FS_IOC_GETFLAGS, &attr));
		TRY("flags: nodump", !!(attr & FS_NODUMP_FL));
		TRY("flags: noatime", !!(attr & FS_NOATIME_FL));
		TRY("flags: fsxattr", ioctl(fd, FS_IOC_FSGETXATTR, &x));
		TRY("flags: fsxattr: nodump",
		    !!(x.fsx_xflags & FS_XFLAG_NODUMP));
		attr &= ~(FS_NODUMP_FL | FS_NOATIME_FL);
		TRY("flags: clear", ioctl(fd, FS_IOC_SETFLAGS, &attr));
	}
	TRY("ioctl: unknown", ioctl(fd, _IO('L', 77), 0));
	TRY("ioctl: terminal", isatty(fd) ? 1 : -1);
	close(fd);
	MUST(unlink("f"));
}

static void whole(void)
{
	struct statvfs st;

	TRY("statvfs", statvfs(".", &st));
	TRY("statvfs: name length", st.f_namemax);
	TRY("statvfs: sane", st.f_blocks > 0 && st.f_bfree <= st.f_blocks &&
	    st.f_bavail <= st.f_bfree && st.f_frsize >= 512 &&
	    st.f_frsize <= 65536);
	TRY("pathconf: name", pathconf(".", _PC_NAME_MAX));
}

int main(int argc, char **argv)
{
	semantics_begin(argc, argv);
	modes();
	set_id();
	access_checks();
	times();
	extended();
	flags();
	whole();
	return semantics_end();
}
