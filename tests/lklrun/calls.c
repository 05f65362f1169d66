// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls.c - the handlers of system calls with paths return what the host's kernel
 * returns: for thousands of random calls, and for a list of odd ones.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "caller.h"
#include "lklrun/table.h"

#define CALLS		20000
#define OUT_SIZE	4096

static int host_root;			/* the working directory */
static uint64_t random_state;
/* What a call writes: inside, on the host. */
static char out[2][OUT_SIZE];

/* ---- Both sides ---- */

static const struct call_entry *find(int nr)
{
	static const struct call_entry *const families[] = {
		calls_stat, calls_names, calls_attributes, calls_directories,
		calls_links, calls_xattr,
	};
	const struct call_entry *entry;
	unsigned int i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		for (entry = families[i]; entry->nr >= 0; entry++)
			if (entry->nr == nr)
				return entry;
	check_fail(__FILE__, __LINE__, "no handler for call %d", nr);
	exit(1);
}

static long inside(int nr, long a, long b, long c, long d, long e)
{
	const uint64_t args[6] = {
		(uint64_t)a, (uint64_t)b, (uint64_t)c, (uint64_t)d, (uint64_t)e,
	};

	caller_call.nr = nr;
	caller_call.entry = find(nr);
	memcpy(caller_call.args, args, sizeof(args));
	return caller_call.entry->handle(&caller_call);
}

static long on_host(int nr, long a, long b, long c, long d, long e)
{
	long ret = syscall(nr, a, b, c, d, e);

	return ret < 0 ? -errno : ret;
}

#define OUT		(-123456l)	/* stands for the buffer of the side */
#define SIDE(arg, n)	((long)(arg) == OUT ? (long)out[n] : (long)(arg))

/* Make a call on both sides and compare the results.  Returns it. */
static long both(const char *name, int nr, const char *path, const char *path2,
		 long a, long b, long c, long d, long e)
{
	long in = inside(nr, SIDE(a, 0), SIDE(b, 0), SIDE(c, 0), SIDE(d, 0),
			 SIDE(e, 0));
	long host = on_host(nr, SIDE(a, 1), SIDE(b, 1), SIDE(c, 1), SIDE(d, 1),
			    SIDE(e, 1));

	CHECK_THAT(in == host, "%s(%s, %s): inside %s, on the host %s", name,
		   path, path2, in < 0 ? lkl_strerror((int)in) : "success",
		   host < 0 ? strerror((int)-host) : "success");
	return host;
}

#define BOTH5(name, path, path2, a, b, c, d, e, ...)			\
	both(#name, SYS_##name, path, path2, (long)(a), (long)(b),	\
	     (long)(c), (long)(d), (long)(e))
#define BOTH2(name, path, path2, ...)	\
	BOTH5(name, path, path2, __VA_ARGS__, 0, 0, 0, 0, 0)
#define BOTH(name, path, ...)	BOTH2(name, path, "", __VA_ARGS__)

/* ---- Random calls ---- */

static unsigned int pick(unsigned int n)
{
	random_state = random_state * 6364136223846793005ull +
		       1442695040888963407ull;
	return (unsigned int)(random_state >> 33) % n;
}

static void random_path(char *path)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", ".",
					     "..", "a", "b" };
	unsigned int n = 1 + pick(4);

	*path = '\0';
	while (n--) {
		strcat(path, names[pick(10)]);
		if (n)
			strcat(path, pick(12) ? "/" : "//");
	}
	if (!pick(10))
		strcat(path, "/");
}

/* Such a path must not lead out of the test's directory on the host. */
static bool stays(const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH,
	};
	int i;
	long fd;

	for (i = 0; i < 2; i++) {
		fd = syscall(SYS_openat2, host_root, path, &how, sizeof(how));
		if (fd >= 0)
			close((int)fd);
		else if (errno == EXDEV)
			return false;
		how.flags |= O_NOFOLLOW;
	}
	return true;
}

static void compare_stat(const char *path, int flags)
{
	struct stat *in = (struct stat *)out[0], *host = (struct stat *)out[1];

	if (BOTH(newfstatat, path, AT_FDCWD, path, OUT, flags) < 0)
		return;
	CHECK_THAT(in->st_mode == host->st_mode &&
		   (S_ISDIR(in->st_mode) || in->st_nlink == host->st_nlink) &&
		   (S_ISDIR(in->st_mode) || in->st_size == host->st_size),
		   "stat(%s): mode %o, %o; links %u, %u; size %lld, %lld", path,
		   in->st_mode, host->st_mode, (unsigned int)in->st_nlink,
		   (unsigned int)host->st_nlink, (long long)in->st_size,
		   (long long)host->st_size);
}

static void compare_statx(const char *path, int flags)
{
	struct statx *in = (struct statx *)out[0];
	struct statx *host = (struct statx *)out[1];

	memset(out, 0, sizeof(out));
	if (BOTH(statx, path, AT_FDCWD, path, flags, STATX_MTIME | STATX_MODE,
		 OUT) == 0)
		CHECK_THAT(in->stx_mode == host->stx_mode, "statx(%s)", path);
}

static void compare_link(const char *path)
{
	memset(out, 0, sizeof(out));
	BOTH(readlinkat, path, AT_FDCWD, path, OUT, 1 + pick(20));
	CHECK_THAT(!memcmp(out[0], out[1], sizeof(out[0])),
		   "readlink(%s): %s, on the host %s", path, out[0], out[1]);
}

static void compare_times(const char *path, int flags)
{
	const struct timespec times[2] = {
		{ .tv_sec = 2000, .tv_nsec = UTIME_OMIT },
		{ .tv_sec = 1000 + pick(1000), .tv_nsec = 5 },
	};
	struct stat *in = (struct stat *)out[0], *host = (struct stat *)out[1];

	if (BOTH(utimensat, path, AT_FDCWD, path, times, flags) < 0 ||
	    BOTH(newfstatat, path, AT_FDCWD, path, OUT, flags) < 0)
		return;
	CHECK_THAT(in->st_mtim.tv_sec == host->st_mtim.tv_sec &&
		   in->st_mtim.tv_nsec == host->st_mtim.tv_nsec,
		   "times of %s", path);
}

static void random_call(void)
{
	char path[64], path2[64];
	/* The host's user is not root: directories stay open to it. */
	unsigned int mode = 0700 | pick(0100);
	int nofollow = pick(2) ? AT_SYMLINK_NOFOLLOW : 0;

	random_path(path);
	random_path(path2);
	if (!stays(path) || !stays(path2))
		return;
	switch (pick(19)) {
	case 0: case 1:
		BOTH(mkdirat, path, AT_FDCWD, path, mode);
		break;
	case 2:
		BOTH(mknodat, path, AT_FDCWD, path, S_IFREG | mode, 0);
		break;
	case 3:
		BOTH(mknodat, path, AT_FDCWD, path, S_IFIFO | mode, 0);
		break;
	case 4: case 5:
		BOTH2(symlinkat, path2, path, path2, AT_FDCWD, path);
		break;
	case 6:
		BOTH(unlinkat, path, AT_FDCWD, path, 0);
		break;
	case 7:
		BOTH(unlinkat, path, AT_FDCWD, path, AT_REMOVEDIR);
		break;
	case 8: case 9:
		BOTH2(renameat2, path, path2, AT_FDCWD, path, AT_FDCWD, path2,
		      pick(3) ? 0 : 1 << pick(2));
		break;
	case 10:
		BOTH2(linkat, path, path2, AT_FDCWD, path, AT_FDCWD, path2,
		      pick(2) ? AT_SYMLINK_FOLLOW : 0);
		break;
	case 11:
		BOTH(fchmodat, path, AT_FDCWD, path, mode);
		break;
	case 12:
		compare_stat(path, nofollow);
		break;
	case 13:
		compare_statx(path, nofollow);
		break;
	case 14:
		compare_link(path);
		break;
	case 15:
		compare_times(path, nofollow);
		break;
	case 16:
		BOTH(faccessat2, path, AT_FDCWD, path, pick(8) & ~X_OK, nofollow);
		break;
	case 17:
		BOTH(truncate, path, path, pick(100000));
		break;
	default:
		BOTH(fchownat, path, AT_FDCWD, path, -1, -1, nofollow);
	}
}

/* ---- Odd calls ---- */

static void check_arguments(void)
{
	static char longest[PATH_MAX + 10];

	memset(longest, 'x', sizeof(longest) - 1);
	BOTH(newfstatat, "NULL", AT_FDCWD, 0, OUT, 0);
	BOTH(newfstatat, ".", AT_FDCWD, ".", 8, 0);
	BOTH(newfstatat, "", AT_FDCWD, "", OUT, 0);
	BOTH(newfstatat, "", AT_FDCWD, "", OUT, AT_EMPTY_PATH);
	BOTH(newfstatat, ".", AT_FDCWD, ".", OUT, 0x10);
	BOTH(newfstatat, "long", AT_FDCWD, longest, OUT, 0);
	longest[256] = '\0';
	BOTH(newfstatat, "long", AT_FDCWD, longest, OUT, 0);
	BOTH(mkdirat, "long", AT_FDCWD, longest, 0755);
	BOTH(mkdirat, ".", AT_FDCWD, ".", 0755);
	BOTH(mkdirat, "", AT_FDCWD, "", 0755);
	BOTH(unlinkat, ".", AT_FDCWD, ".", AT_REMOVEDIR);
	BOTH(unlinkat, ".", AT_FDCWD, ".", 0x10);
	BOTH(linkat, ".", AT_FDCWD, ".", AT_FDCWD, "x", 0);
	BOTH(linkat, ".", AT_FDCWD, ".", AT_FDCWD, "x", 1);
	BOTH(renameat2, ".", AT_FDCWD, ".", AT_FDCWD, "x", 0);
	BOTH(symlinkat, "", "", AT_FDCWD, "x");
	BOTH(truncate, ".", ".", 0);
	BOTH(truncate, ".", ".", -1);
	BOTH(readlinkat, ".", AT_FDCWD, ".", OUT, 0);
	BOTH(readlinkat, ".", AT_FDCWD, ".", OUT, 10);
	BOTH(statx, ".", AT_FDCWD, ".", 0, 0x80000000, OUT);
	BOTH(statx, ".", AT_FDCWD, ".", AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC,
	     0, OUT);
	BOTH(faccessat2, ".", AT_FDCWD, ".", 9, 0);
	BOTH(utimensat, "NULL", AT_FDCWD, 0, 0, 0);
	BOTH(chdir, "nothing", "nothing");
	BOTH(getcwd, "", OUT, 1);
}

static void check_umask(void)
{
	struct stat *in = (struct stat *)out[0], *host = (struct stat *)out[1];
	mode_t before = umask(077);

	caller_directories.umask = 077;
	BOTH(mkdirat, "masked", AT_FDCWD, "masked", 0777);
	BOTH(newfstatat, "masked", AT_FDCWD, "masked", OUT, 0);
	IS(in->st_mode, S_IFDIR | 0700);
	IS(in->st_mode, host->st_mode);
	umask(before);
	caller_directories.umask = before;
}

/* Trusted attributes would need a host that lets this user have them. */
static void check_xattrs(void)
{
	char value[32] = "";

	IS(inside(SYS_mknodat, AT_FDCWD, (long)"x", S_IFREG | 0600, 0, 0), 0);
	IS(inside(SYS_symlinkat, (long)"x", AT_FDCWD, (long)"l", 0, 0), 0);
	IS(inside(SYS_setxattr, (long)"l", (long)"trusted.one", (long)"abc", 3, 0),
	   0);
	IS(inside(SYS_setxattr, (long)"x", (long)"trusted.one", (long)"abc", 3,
		  XATTR_CREATE), -EEXIST);
	IS(inside(SYS_lsetxattr, (long)"l", (long)"trusted.two", (long)"de", 2, 0),
	   0);
	IS(inside(SYS_getxattr, (long)"l", (long)"trusted.one", (long)value,
		  sizeof(value), 0), 3);
	CHECK(!memcmp(value, "abc", 4));
	IS(inside(SYS_getxattr, (long)"x", (long)"trusted.one", 0, 0, 0), 3);
	IS(inside(SYS_getxattr, (long)"x", (long)"trusted.one", (long)value, 2, 0),
	   -ERANGE);
	IS(inside(SYS_getxattr, (long)"x", (long)"trusted.two", (long)value,
		  sizeof(value), 0), -ENODATA);
	IS(inside(SYS_lgetxattr, (long)"l", (long)"trusted.two", (long)value,
		  sizeof(value), 0), 2);
	IS(inside(SYS_listxattr, (long)"l", (long)value, sizeof(value), 0, 0), 12);
	CHECK(!memcmp(value, "trusted.one", 12));
	IS(inside(SYS_setxattr, (long)"x", (long)"trusted.one", (long)"",
		  XATTR_SIZE_MAX + 1, 0), -E2BIG);
	IS(inside(SYS_setxattr, (long)"x", (long)"", (long)"", 0, 0), -ERANGE);
	IS(inside(SYS_removexattr, (long)"l", (long)"trusted.one", 0, 0, 0), 0);
	IS(inside(SYS_removexattr, (long)"l", (long)"trusted.one", 0, 0, 0),
	   -ENODATA);
	/* By a descriptor, also one that is for a path only. */
	caller_objects[1].inside =
		(int)MUST(lkl_sys_openat(caller_directories.cwd.fd, "x",
					 LKL_O_PATH, 0));
	IS(inside(SYS_fsetxattr, CALLER_FD + 1, (long)"trusted.f", (long)"f", 1,
		  0), 0);
	IS(inside(SYS_fgetxattr, CALLER_FD + 1, (long)"trusted.f", (long)value, 1,
		  0), 1);
	IS(inside(SYS_fchmod, CALLER_FD + 1, 0640, 0, 0, 0), 0);
	IS(inside(SYS_fstat, CALLER_FD + 1, (long)out[0], 0, 0, 0), 0);
	IS(((struct stat *)out[0])->st_mode, S_IFREG | 0640);
	lkl_sys_close((unsigned int)caller_objects[1].inside);
	caller_objects[1].inside = 0;
	IS(inside(SYS_unlinkat, AT_FDCWD, (long)"l", 0, 0, 0), 0);
	IS(inside(SYS_unlinkat, AT_FDCWD, (long)"x", 0, 0, 0), 0);
}

/* The names that one getdents64() gives, as a count; sets the last offset. */
static int read_names(char *seen, int64_t *ret_next)
{
	long n = inside(SYS_getdents64, CALLER_FD, (long)out[0], OUT_SIZE / 4, 0, 0);
	int count = 0;
	long at;

	for (at = 0; at < n; count++) {
		const struct dirent64 *entry = (const void *)(out[0] + at);

		if (entry->d_name[0] == 'n')
			seen[atoi(entry->d_name + 1)]++;
		*ret_next = entry->d_off;
		at += entry->d_reclen;
	}
	return n < 0 ? (int)n : count;
}

static void check_directories(void)
{
	char seen[200] = { 0 }, name[16];
	int memory = memfd_create("placeholder", MFD_CLOEXEC), i, n, first;
	int64_t next = 0, after_first;

	IS(inside(SYS_mkdirat, AT_FDCWD, (long)"many", 0755, 0, 0), 0);
	IS(inside(SYS_chdir, (long)"many", 0, 0, 0, 0), 0);
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		IS(inside(SYS_mknodat, AT_FDCWD, (long)name, S_IFREG | 0600, 0, 0),
		   0);
	}
	IS(inside(SYS_getcwd, (long)out[0], OUT_SIZE, 0, 0, 0), 6);
	CHECK(!strcmp(out[0], "/many"));
	caller_objects[0].inside =
		(int)MUST(lkl_sys_openat(caller_directories.cwd.fd, ".", 0, 0));
	caller_objects[0].memory = memory;

	first = read_names(seen, &next);
	after_first = next;
	CHECK(first > 2 && first < 200);
	for (n = first; (i = read_names(seen, &next)) > 0; n += i)
		;
	IS(i, 0);
	IS(n, 202);
	for (i = 0; i < 200; i++)
		CHECK_THAT(seen[i] == 1, "n%d was seen %d times", i, seen[i]);

	/* The program seeks: to the start, and to where it was. */
	IS(lseek(memory, 0, SEEK_SET), 0);
	IS(read_names(seen, &next), first);
	IS(next, after_first);
	IS(lseek(memory, 0, SEEK_CUR), after_first);
	IS(lseek(memory, after_first, SEEK_SET), after_first);
	for (n = first; (i = read_names(seen, &next)) > 0; n += i)
		;
	IS(n, 202);
	IS(inside(SYS_getdents64, CALLER_FD, (long)out[0], 1, 0, 0), 0);
	lseek(memory, 0, SEEK_SET);
	IS(inside(SYS_getdents64, CALLER_FD, (long)out[0], 1, 0, 0), -EINVAL);
#ifdef SYS_getdents
	n = (int)inside(SYS_getdents, CALLER_FD, (long)out[0], 100, 0, 0);
	CHECK(n > 40);
	CHECK_THAT(!strcmp(out[0] + 18, ".") || !strcmp(out[0] + 18, "..") ||
		   out[0][18] == 'n', "getdents: %s", out[0] + 18);
#endif
	caller_objects[0].flags = LKL_O_PATH;
	IS(inside(SYS_getdents64, CALLER_FD, (long)out[0], 100, 0, 0), -EBADF);
	caller_objects[0].flags = 0;

	/* A removed working directory has no path. */
	IS(inside(SYS_mkdirat, AT_FDCWD, (long)"gone", 0755, 0, 0), 0);
	IS(inside(SYS_chdir, (long)"gone", 0, 0, 0, 0), 0);
	IS(inside(SYS_unlinkat, AT_FDCWD, (long)"../gone", AT_REMOVEDIR, 0, 0), 0);
	IS(inside(SYS_getcwd, (long)out[0], OUT_SIZE, 0, 0, 0), -ENOENT);
	IS(inside(SYS_fchdir, CALLER_FD, 0, 0, 0, 0), 0);
	IS(inside(SYS_getcwd, (long)out[0], OUT_SIZE, 0, 0, 0), 6);
	IS(inside(SYS_chroot, (long)".", 0, 0, 0, 0), 0);
	IS(inside(SYS_getcwd, (long)out[0], OUT_SIZE, 0, 0, 0), 2);
	IS(inside(SYS_faccessat, AT_FDCWD, (long)"/n7", 0, 0, 0), 0);
	IS(inside(SYS_fchdir, 699, 0, 0, 0, 0), -EBADF);
	IS(inside(SYS_fchdir, memory, 0, 0, 0, 0), -ENOTDIR);
	i = open("/", O_RDONLY | O_DIRECTORY);
	IS(inside(SYS_fchdir, i, 0, 0, 0, 0), -EACCES);
	close(i);
	IS(inside(SYS_faccessat, AT_FDCWD, (long)"n7", 0, 0, 0), 0);
	lkl_sys_close((unsigned int)caller_objects[0].inside);
	close(memory);
}

/* Data that is still in a file in memory goes to the image before. */
static void check_flushes(void)
{
	unsigned int flushes = caller_flushes, resizes = caller_resizes;
	struct timespec times[2] = { { 0, 0 }, { 0, 0 } };

	IS(inside(SYS_mknodat, AT_FDCWD, (long)"flushed", S_IFREG | 0600, 0, 0), 0);
	IS(inside(SYS_truncate, (long)"flushed", 10, 0, 0, 0), 0);
	IS(caller_flushes, flushes + 1);
	IS(caller_resizes, resizes + 1);
	IS(inside(SYS_utimensat, AT_FDCWD, (long)"flushed", (long)times, 0, 0), 0);
	IS(caller_flushes, flushes + 2);
}

int main(void)
{
	const char *seed = getenv("TEST_SEED");
	const struct bind null = { .host = "/dev/null", .path = "/null" };
	struct lkl_error err;
	int root, i;

	random_state = seed ? strtoul(seed, NULL, 10) : 1;
	caller_process.pid = caller_call.tid = getpid();
	REQUIRE(!mkdir("tree", 0755) && !chdir("tree"));
	host_root = open(".", O_PATH | O_CLOEXEC);
	boot(0);
	MUST(make_dir("/image"));
	MUST(lkl_sys_mount((char *)"image", (char *)"/image", (char *)"tmpfs", 0,
			   NULL));
	MUST(lkl_sys_fchmodat(LKL_AT_FDCWD, "/image", 0755));
	root = (int)MUST(lkl_sys_openat(LKL_AT_FDCWD, "/image",
					LKL_O_PATH | LKL_O_DIRECTORY, 0));
	/* With a file of the host in the image, each path is looked at first. */
	if (resolve_init(root, &null, random_state & 1, NULL, &err) < 0 ||
	    resolve_start(&caller_directories, "/", &err) < 0) {
		check_fail(__FILE__, __LINE__, "%s", err.text);
		return 1;
	}
	caller_directories.umask = 022;
	umask(022);

	check_arguments();
	for (i = 0; i < CALLS && !atomic_load(&check_failures); i++)
		random_call();
	check_umask();
	check_xattrs();
	check_flushes();
	check_directories();
	lkl_halt();
	return check_exit();
}
