// SPDX-License-Identifier: GPL-2.0-only
/*
 * resolve.c - where paths of a program lead: links, "..", roots, binds of the host,
 * and what /proc/self has for it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "caller.h"

/* ---- Files inside and on the host, each with its name as its content ---- */

static void make_file(const char *path, const char *text)
{
	int fd = (int)MUST(open_file(path, LKL_O_WRONLY | LKL_O_CREAT));

	IS(lkl_sys_write(fd, text, strlen(text)), strlen(text));
	lkl_sys_close(fd);
}

static void make_host_file(const char *path)
{
	FILE *file = fopen(path, "w");

	REQUIRE(file && fputs(path, file) >= 0 && !fclose(file));
}

static void make_link(const char *target, const char *path)
{
	MUST(lkl_sys_symlinkat(target, LKL_AT_FDCWD, path));
}

/* The image's files are below /image inside, which becomes the root. */
static void make_tree(void)
{
	MUST(make_dir("/image"));
	MUST(lkl_sys_mount((char *)"image", (char *)"/image", (char *)"tmpfs", 0,
			   NULL));
	MUST(make_dir("/image/dir"));
	MUST(make_dir("/image/dir/deep"));
	MUST(make_dir("/image/jail"));
	MUST(make_dir("/image/proc"));
	make_file("/image/file", "in:file");
	make_file("/image/dir/file", "in:dir/file");
	make_file("/image/jail/file", "in:jail/file");
	make_file("/image/config", "in:config");
	make_link("dir", "/image/link");
	make_link("/dir/file", "/image/absolute");
	make_link("../../../file", "/image/dir/up");
	make_link("nothing", "/image/dangling");
	make_link("loop", "/image/loop");
	make_link("/host/file", "/image/to-host");
	make_link("/host", "/image/to-host-dir");
	make_link("/proc/self/fd", "/image/fds");
	make_file("/outside", "outside");

	REQUIRE(!mkdir("host", 0755) && !mkdir("host/sub", 0755) &&
		!mkdir("inner", 0755));
	make_host_file("host/file");
	make_host_file("host/sub/file");
	make_host_file("inner/file");
	make_host_file("config");
	make_host_file("secret");
	REQUIRE(!symlink("file", "host/link") &&
		!symlink("/file", "host/absolute") &&
		!symlink("../secret", "host/up") &&
		!symlink("../dir/file", "host/back"));
}

static struct bind binds[] = {
	{ .host = "/proc", .path = "/proc" },
	{ .host = NULL, .path = "/host" },
	{ .host = NULL, .path = "/host/sub/inner" },
	{ .host = NULL, .path = "/config" },
	{ .host = NULL, .path = "/made/here" },
	{ .host = "/dev", .path = "/missing", .optional = true },
};

static void set_host(unsigned int bind, const char *name)
{
	char *path = realpath(name, NULL);

	REQUIRE(path);
	binds[bind].host = path;
}

/* ---- Checks ---- */

/* What is in the file at @path: "in:..." inside, its name on the host, or -errno. */
static const char *content(int dirfd, const char *path, unsigned int flags)
{
	static char text[PATH_MAX];
	struct place place;
	long ret = resolve(&caller_call, dirfd, path, flags, &place);
	char name[64];
	long fd, n;

	if (ret == 0 && !place.host) {
		fd = *place.name ?
		     lkl_sys_openat(place.fd, place.name,
				    flags & PLACE_FOLLOW ? 0 : LKL_O_NOFOLLOW,
				    0) : place_reopen(place.fd, 0);
		n = fd < 0 ? fd : lkl_sys_read((unsigned int)fd, text,
					       sizeof(text) - 1);
		if (fd >= 0)
			lkl_sys_close((unsigned int)fd);
	} else if (ret == 0) {
		snprintf(name, sizeof(name), "/proc/self/fd/%d", place.fd);
		fd = *place.name ? openat(place.fd, place.name, O_NOFOLLOW) :
		     open(name, 0);
		n = fd < 0 ? -errno : read((int)fd, text, sizeof(text) - 1);
		if (n < 0)
			n = -errno;
		if (fd >= 0)
			close((int)fd);
	} else {
		n = ret;
	}
	if (ret == 0)
		place_release(&place);
	if (n < 0)
		snprintf(text, sizeof(text), "%s", lkl_strerror((int)n));
	else
		text[n] = '\0';
	return text;
}

#define LEADS(dirfd, path, flags, want)					\
	do {								\
		const char *got = content(dirfd, path, flags);		\
		CHECK_THAT(!strcmp(got, want),				\
			   "%s leads to '%s', not '%s'", path, got, want); \
	} while (0)
#define FOLLOWED(path, want)	LEADS(AT_FDCWD, path, PLACE_FOLLOW, want)

static void check_path(const char *path, const char *want)
{
	char buf[PATH_MAX] = "";
	struct place place;
	long ret = resolve(&caller_call, AT_FDCWD, path, PLACE_FOLLOW, &place);

	if (ret == 0) {
		ret = place_path(&caller_call, &place, buf);
		place_release(&place);
	}
	CHECK_THAT(ret == 0 && !strcmp(buf, want), "%s is called '%s' (%s), not %s",
		   path, buf, check_name(ret), want);
}

/* Whether a handler may leave the call to the host. */
static int is_native(int dirfd, const char *path)
{
	struct place place;
	int native;

	if (resolve(&caller_call, dirfd, path, PLACE_FOLLOW, &place) < 0)
		return -1;
	native = place.native;
	place_release(&place);
	return native;
}

static void enter(struct place *directory, const char *path)
{
	struct place place;

	MUST(resolve(&caller_call, AT_FDCWD, path, PLACE_FOLLOW, &place));
	MUST(place_enter(&place, directory));
}

static void check_inside(void)
{
	char name[5000];

	FOLLOWED("/file", "in:file");
	FOLLOWED("/link/file", "in:dir/file");
	FOLLOWED("/absolute", "in:dir/file");
	FOLLOWED("/dir/up", "in:file");
	FOLLOWED("/../../../outside", lkl_strerror(-LKL_ENOENT));
	FOLLOWED("/../file", "in:file");
	FOLLOWED("dir/../file", "in:file");
	FOLLOWED("/file/", lkl_strerror(-LKL_ENOTDIR));
	FOLLOWED("/file/x", lkl_strerror(-LKL_ENOTDIR));
	FOLLOWED("/loop", lkl_strerror(-LKL_ELOOP));
	FOLLOWED("/dangling", lkl_strerror(-LKL_ENOENT));
	FOLLOWED("", lkl_strerror(-LKL_ENOENT));
	LEADS(AT_FDCWD, "/absolute", 0, lkl_strerror(-LKL_ELOOP));
	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[300] = '\0';
	FOLLOWED(name, lkl_strerror(-LKL_ENAMETOOLONG));

	enter(&caller_directories.cwd, "/dir");
	FOLLOWED("file", "in:dir/file");
	FOLLOWED("../file", "in:file");
	check_path("deep", "/dir/deep");
	check_path("../link/up", "/file");
	LEADS(CALLER_FD, "file", 0, "in:dir/file");
	enter(&caller_directories.cwd, "/");

	/* A root of its own. */
	enter(&caller_directories.root, "/jail");
	FOLLOWED("/file", "in:jail/file");
	FOLLOWED("/../file", "in:jail/file");
	FOLLOWED("/proc/self/comm", lkl_strerror(-LKL_ENOENT));
	check_path("/file", "/file");
	/* Whoever worked outside is still there. */
	FOLLOWED("file", "in:file");
	enter(&caller_directories.root, ".");
	FOLLOWED("/file", "in:file");
}

static void check_binds(void)
{
	struct place place;

	FOLLOWED("/host/file", "host/file");
	FOLLOWED("/host/link", "host/file");
	FOLLOWED("/to-host", "host/file");
	FOLLOWED("/to-host-dir/link", "host/file");
	FOLLOWED("/config", "config");
	FOLLOWED("/made/here/file", "host/file");
	FOLLOWED("/missing", lkl_strerror(-LKL_ENOENT));
	/* Links of the host lead to what the program sees. */
	FOLLOWED("/host/absolute", "in:file");
	FOLLOWED("/host/up", lkl_strerror(-LKL_ENOENT));
	FOLLOWED("/host/back", "in:dir/file");
	FOLLOWED("/host/../file", "in:file");
	FOLLOWED("/host/sub/../../file", "in:file");
	FOLLOWED("/host/sub/../file", "host/file");
	FOLLOWED("/host/file/x", lkl_strerror(-LKL_ENOTDIR));
	/* A bind below another. */
	FOLLOWED("/host/sub/inner/file", "inner/file");
	FOLLOWED("/host/sub/inner/../file", "host/sub/file");
	LEADS(AT_FDCWD, "/host/link", 0, lkl_strerror(-LKL_ELOOP));

	enter(&caller_directories.cwd, "/host/sub");
	FOLLOWED("file", "host/sub/file");
	FOLLOWED("../file", "host/file");
	FOLLOWED("../../file", "in:file");
	check_path(".", "/host/sub");
	check_path("../file", "/host/file");
	enter(&caller_directories.cwd, "/proc");
	check_path(".", "/proc");
	IS(is_native(AT_FDCWD, "self/comm"), false);
	enter(&caller_directories.cwd, "/");
	IS(is_native(AT_FDCWD, "/host/file"), false);

	/* Names: the mount point itself, inside. */
	MUST(resolve(&caller_call, AT_FDCWD, "/host", PLACE_PARENT, &place));
	CHECK(!place.host);
	IS(lkl_sys_unlinkat(place.fd, place.name, LKL_AT_REMOVEDIR), -LKL_EBUSY);
	place_release(&place);
	MUST(resolve(&caller_call, AT_FDCWD, "/host/new", PLACE_PARENT, &place));
	CHECK(place.host && !strcmp(place.name, "new"));
	place_release(&place);
}

static void check_proc(void)
{
	char name[64], comm[32] = "";
	FILE *file = fopen("/proc/self/comm", "r");
	int fd = open("config", O_RDONLY);

	REQUIRE(file && fgets(comm, sizeof(comm), file) && fd >= 0);
	fclose(file);
	FOLLOWED("/proc/self/comm", comm);
	FOLLOWED("/proc/thread-self/comm", comm);
	IS(is_native(AT_FDCWD, "/proc/self/comm"), true);
	IS(is_native(AT_FDCWD, "/proc/self/root/file"), false);
	FOLLOWED("/proc/self/root/file", "in:file");
	FOLLOWED("/proc/self/root/outside", lkl_strerror(-LKL_ENOENT));
	FOLLOWED("/proc/self/cwd/dir/file", "in:dir/file");
	FOLLOWED("/proc/self/exe", "in:dir/file");
	snprintf(name, sizeof(name), "/proc/self/fd/%d/file", CALLER_FD);
	FOLLOWED(name, "in:dir/file");
	snprintf(name, sizeof(name), "/fds/%d", fd);
	FOLLOWED(name, "config");
	IS(is_native(AT_FDCWD, name), false);	/* /fds is of the image */
	IS(is_native(AT_FDCWD, name + 1), false);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	FOLLOWED(name, "config");
	IS(is_native(AT_FDCWD, name), true);
	FOLLOWED("/proc/self/fd/699", lkl_strerror(-LKL_ENOENT));
	close(fd);

	/* From a descriptor of the host. */
	fd = open("/proc/self", O_RDONLY | O_DIRECTORY);
	REQUIRE(fd >= 0);
	LEADS(fd, "root/file", PLACE_FOLLOW, "in:file");
	LEADS(fd, "comm", PLACE_FOLLOW, comm);
	IS(is_native(fd, "comm"), true);
	close(fd);
	fd = open(".", O_RDONLY | O_DIRECTORY);
	IS(is_native(fd, "secret"), true);
	close(fd);
}

/* The image is at a place of the host, and all else is the host's. */
static void check_at(int root)
{
	static const struct bind elsewhere = { .host = "/", .path = "/elsewhere" };
	char executable[] = "/at/image/dir/file", path[PATH_MAX], *cwd;
	struct lkl_error err;

	IS(resolve_init(root, &elsewhere, 1, "/at/image", &err), -EINVAL);
	resolve_end();
	binds[0] = (struct bind) { .host = "/dev/null", .path = "/at/image/config" };
	cwd = getcwd(NULL, 0);
	if (resolve_init(root, binds, 1, "/at/image", &err) < 0 ||
	    resolve_start(&caller_directories, cwd, &err) < 0) {
		check_fail(__FILE__, __LINE__, "%s", err.text);
		return;
	}
	caller_process.executable = executable;
	FOLLOWED("/at/image/file", "in:file");
	FOLLOWED("/at/./image//dir/../file", "in:file");
	FOLLOWED("/at/image/config", "");
	IS(is_native(AT_FDCWD, "secret"), true);
	IS(is_native(AT_FDCWD, "/at/image/../image2"), true);
	IS(is_native(AT_FDCWD, "/at/image2"), true);
	IS(is_native(AT_FDCWD, "/at/image"), false);
	FOLLOWED("/proc/self/exe", "in:dir/file");
	check_path(".", cwd);
	FOLLOWED("/proc/self/cwd/secret", "secret");
	snprintf(path, sizeof(path), "/proc/self/root%s/secret", cwd);
	FOLLOWED(path, "secret");
	/* Links that programs make in the image have the path of the host. */
	make_link("/at/image/dir", "/image-link");
	make_link(cwd, "/host-link");
	make_link("/at/image/round", "/round");
	FOLLOWED("/at/image/image-link/file", "in:dir/file");
	FOLLOWED("/at/image/host-link/secret", "secret");
	FOLLOWED("/at/image/round", lkl_strerror(-LKL_ELOOP));
	IS(is_native(AT_FDCWD, "/at/image/host-link/secret"), false);

	enter(&caller_directories.cwd, "/at/image/dir");
	FOLLOWED("file", "in:dir/file");
	FOLLOWED("../file", "in:file");
	check_path(".", "/at/image/dir");
	FOLLOWED("/proc/self/cwd/file", "in:dir/file");
	snprintf(path, sizeof(path), "../../..%s/secret", cwd);
	FOLLOWED(path, "secret");
	IS(is_native(AT_FDCWD, path), false);
	snprintf(path, sizeof(path), "../../..%s", cwd);
	enter(&caller_directories.cwd, path);
	FOLLOWED("secret", "secret");
	IS(is_native(AT_FDCWD, "secret"), false);
	check_path(".", cwd);
	place_release(&caller_directories.cwd);
	free(cwd);
	resolve_end();
}

int main(void)
{
	struct lkl_error err;
	char executable[] = "/dir/file";
	int root;

	caller_process.pid = caller_call.tid = getpid();
	caller_process.executable = executable;
	boot(0);
	make_tree();
	set_host(1, "host");
	set_host(2, "inner");
	set_host(3, "config");
	set_host(4, "host");
	root = (int)MUST(lkl_sys_openat(LKL_AT_FDCWD, "/image",
					LKL_O_PATH | LKL_O_DIRECTORY, 0));
	if (resolve_init(root, binds, 6, NULL, &err) < 0 ||
	    resolve_start(&caller_directories, "/", &err) < 0) {
		check_fail(__FILE__, __LINE__, "%s", err.text);
		return 1;
	}
	caller_objects[0].inside = (int)MUST(lkl_sys_openat(root, "dir", LKL_O_PATH, 0));
	check_inside();
	check_binds();
	check_proc();

	/* Nothing keeps the image busy at the end. */
	place_release(&caller_directories.cwd);
	place_release(&caller_directories.root);
	lkl_sys_close((unsigned int)caller_objects[0].inside);
	resolve_end();
	IS(lkl_sys_unlinkat(root, "host", LKL_AT_REMOVEDIR), 0);
	check_at(root);
	lkl_halt();
	return check_exit();
}
