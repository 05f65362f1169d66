// SPDX-License-Identifier: GPL-2.0-only
/*
 * names.c - links, renames, and files without a name.
 *
 * Usage: names DIRECTORY
 */
#include "semantics.h"

#include <dirent.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/un.h>

static void hard_links(void)
{
	make_with("a", "first");
	TRY("link", link("a", "b"));
	say_stat("link: a", "a");
	TRY("link: same file", stat_of("a").st_ino == stat_of("b").st_ino);
	make_with("b", "second");
	say_content("link: written by the other name", "a");
	TRY("link: exists", link("a", "b"));
	MUST(mkdir("d", 0755));
	TRY("link: directory", link("d", "d2"));
	TRY("link: missing", link("missing", "c"));
	TRY("unlink", unlink("a"));
	say_stat("link: b after unlink", "b");
	TRY("link: to an open file without a name",
	    linkat(AT_FDCWD, "a", AT_FDCWD, "c", 0));
	MUST(symlink("b", "s"));
	TRY("link: symlink itself", linkat(AT_FDCWD, "s", AT_FDCWD, "s2", 0));
	TRY("link: followed", linkat(AT_FDCWD, "s", AT_FDCWD, "b2",
				     AT_SYMLINK_FOLLOW));
	say_stat("link: symlink", "s2");
	say_stat("link: followed", "b2");
	MUST(unlink("b") | unlink("s") | unlink("s2") | unlink("b2") |
	     rmdir("d"));
}

static void symlinks(void)
{
	char target[PATH_MAX], buf[PATH_MAX];
	ssize_t n;

	MUST(symlink("some/where", "s"));
	n = readlink("s", buf, sizeof(buf));
	TRY("symlink: length", n);
	TRY("symlink: target", n > 0 && !memcmp(buf, "some/where", 10));
	TRY("symlink: cut off", readlink("s", buf, 4));
	TRY("symlink: size", stat_of("s").st_size);
	say_open("symlink: dangling", open("s", O_RDONLY));
	say_open("symlink: nofollow", open("s", O_RDONLY | O_NOFOLLOW));
	TRY("symlink: exists", symlink("x", "s"));
	memset(target, 't', 1000);
	target[1000] = '\0';
	TRY("symlink: long", symlink(target, "long"));
	TRY("symlink: long: read", readlink("long", buf, sizeof(buf)));
	MUST(symlink("loop", "loop"));
	say_open("symlink: loop", open("loop", O_RDONLY));
	TRY("symlink: not one", readlink(".", buf, sizeof(buf)));
	say_open("symlink: made by way of it", open("made-by", O_RDONLY));
	MUST(unlink("s"));
	MUST(symlink("made-by", "s"));
	say_open("symlink: create", open("s", O_WRONLY | O_CREAT, 0600));
	say_stat("symlink: created", "made-by");
	say_open("symlink: create exclusively",
		 open("s", O_WRONLY | O_CREAT | O_EXCL, 0600));
	MUST(unlink("s") | unlink("long") | unlink("loop") |
	     unlink("made-by"));
}

static void renames(void)
{
	make_with("a", "a");
	make_with("b", "b");
	MUST(mkdir("d", 0755) | mkdir("e", 0755) | mkdir("e/sub", 0755));
	TRY("rename: over a file", rename("a", "b"));
	say_content("rename: over a file", "b");
	TRY("rename: missing", rename("a", "c"));
	TRY("rename: file over directory", rename("b", "d"));
	TRY("rename: directory over file", rename("d", "b"));
	/* Which of the two errors is up to the file system. */
	TRY("rename: over a full directory", rename("d", "e") ?
	    errno == ENOTEMPTY || errno == EEXIST : -1);
	TRY("rename: over an empty directory", rename("e", "d"));
	TRY("rename: subdirectory moved along", access("d/sub", F_OK));
	TRY("rename: into itself", rename("d", "d/sub/d"));
	TRY("rename: over its parent", rename("d/sub", "d"));
	TRY("rename: to itself", rename("b", "b"));
	MUST(link("b", "b2"));
	TRY("rename: to a link of itself", rename("b", "b2"));
	TRY("rename: both still there",
	    !access("b", F_OK) && !access("b2", F_OK));
	TRY("rename: to another directory", rename("b2", "d/b2"));
	say_content("rename: to another directory", "d/b2");
	MUST(mkdir("f", 0755) | mkdir("f/moved", 0755));
	TRY("rename: directory to another", rename("f/moved", "d/moved"));
	TRY("rename: its parent is another", stat_of("d/moved/..").st_ino ==
	    stat_of("d").st_ino);
	TRY("rename: with slash", rename("d/moved/", "d/again/"));
	TRY("rename: file with slash", rename("b/", "c"));

	make_with("x", "x");
	make_with("y", "y");
	TRY("noreplace: exists", renameat2(AT_FDCWD, "x", AT_FDCWD, "y",
					   RENAME_NOREPLACE));
	say_content("noreplace: kept", "y");
	TRY("noreplace: new", renameat2(AT_FDCWD, "x", AT_FDCWD, "z",
					RENAME_NOREPLACE));
	TRY("exchange: files", renameat2(AT_FDCWD, "y", AT_FDCWD, "z",
					 RENAME_EXCHANGE));
	say_content("exchange: y", "y");
	say_content("exchange: z", "z");
	TRY("exchange: with a directory", renameat2(AT_FDCWD, "y", AT_FDCWD,
						    "f", RENAME_EXCHANGE));
	say_stat("exchange: y", "y");
	say_content("exchange: f", "f");
	TRY("exchange: missing", renameat2(AT_FDCWD, "y", AT_FDCWD, "nothing",
					   RENAME_EXCHANGE));
	TRY("rename: unknown flag", renameat2(AT_FDCWD, "f", AT_FDCWD, "g",
					      1u << 20));
	TRY("rename: contradiction",
	    renameat2(AT_FDCWD, "f", AT_FDCWD, "g",
		      RENAME_EXCHANGE | RENAME_NOREPLACE));
	TRY("rename: open file", ({
		int fd = (int)MUST(open("f", O_RDONLY | O_CLOEXEC));
		char c = 0;

		MUST(rename("f", "renamed"));
		MUST(read(fd, &c, 1));
		close(fd);
		c == 'x';
	}));
	MUST(system("rm -rf ./*"));
}

static void names(void)
{
	char name[300];

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	say_open("name: 255 bytes", open(name, O_WRONLY | O_CREAT, 0600));
	TRY("name: 255 bytes: unlink", unlink(name));
	name[255] = 'n';
	name[256] = '\0';
	say_open("name: 256 bytes", open(name, O_WRONLY | O_CREAT, 0600));
	say_open("name: odd bytes",
		 open("\001 \\\"'*?\n\177\303\244", O_WRONLY | O_CREAT, 0600));
	TRY("name: odd bytes: unlink", unlink("\001 \\\"'*?\n\177\303\244"));
	say_open("name: not UTF-8", open("\377\376\200", O_WRONLY | O_CREAT,
					 0600));
	TRY("name: not UTF-8: unlink", unlink("\377\376\200"));
	TRY("mkdir: dot", mkdir(".", 0755));
	TRY("rmdir: dot", rmdir("."));
	MUST(mkdir("d", 0755));
	TRY("rmdir: dot dot", rmdir("d/.."));
	TRY("mkdir: exists", mkdir("d", 0755));
	TRY("mkdir: below nothing", mkdir("nothing/d", 0755));
	touch("f");
	TRY("mkdir: below a file", mkdir("f/d", 0755));
	TRY("rmdir: file", rmdir("f"));
	TRY("unlink: directory", unlink("d"));
	TRY("unlink: missing", unlink("missing"));
	touch("d/f");
	TRY("rmdir: full", rmdir("d"));
	say_open("open: file as directory", open("f", O_RDONLY | O_DIRECTORY));
	say_open("open: directory for writing", open("d", O_WRONLY));
	say_open("open: directory with O_CREAT",
		 open("d", O_RDONLY | O_CREAT, 0600));
	say_open("open: exclusive", open("f", O_RDONLY | O_CREAT | O_EXCL,
					 0600));
	say_open("open: with slash", open("f/", O_RDONLY));
	say_open("open: missing", open("missing", O_RDONLY));
	say_open("open: O_PATH", open("f", O_PATH));
	TRY("mkdir: mode", mkdir("m", 01777));
	say_stat("mkdir: mode", "m");
	MUST(system("rm -rf ./*"));
}

static void special_files(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "sock" };
	int fd;

	TRY("fifo", mkfifo("fifo", 0640));
	say_stat("fifo", "fifo");
	TRY("fifo: passes a byte", ({
		char c = 0;
		int to, from = (int)MUST(open("fifo", O_RDONLY | O_NONBLOCK));

		to = (int)MUST(open("fifo", O_WRONLY));
		MUST(write(to, "z", 1));
		MUST(read(from, &c, 1));
		close(to);
		close(from);
		c == 'z';
	}));
	fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	TRY("socket: bind", bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	say_stat("socket", "sock");
	TRY("socket: listen", listen(fd, 1));
	TRY("socket: connect", ({
		int other = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
		int ret = connect(other, (struct sockaddr *)&addr,
				  sizeof(addr));

		close(other);
		ret;
	}));
	close(fd);
	TRY("mknod: regular", mknod("reg", S_IFREG | 0604, 0));
	say_stat("mknod: regular", "reg");
	MUST(system("rm -rf ./*"));
}

static int count_entries(DIR *dir)
{
	int n = 0;

	while (readdir(dir))
		n++;
	return n;
}

static void nameless(void)
{
	char buf[16] = "", self[64];
	struct stat st;
	DIR *dir;
	int fd;

	fd = make_file("f", "content");
	MUST(unlink("f"));
	MUST(fstat(fd, &st));
	TRY("unlinked: links", st.st_nlink);
	TRY("unlinked: read", pread(fd, buf, sizeof(buf), 0));
	TRY("unlinked: write", pwrite(fd, "CON", 3, 0));
	TRY("unlinked: truncate", ftruncate(fd, 3));
	TRY("unlinked: fsync", fsync(fd));
	TRY("unlinked: chmod", fchmod(fd, 0600));
	MUST(fstat(fd, &st));
	TRY("unlinked: size", st.st_size);
	TRY("unlinked: mode", st.st_mode);
	touch("f");
	TRY("unlinked: new one of the name is empty", stat_of("f").st_size);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	TRY("unlinked: link", linkat(AT_FDCWD, self, AT_FDCWD, "again",
				     AT_SYMLINK_FOLLOW));
	close(fd);

	fd = make_file("over", "old");
	make_with("new", "new");
	MUST(rename("new", "over"));
	TRY("renamed over: read", pread(fd, buf, sizeof(buf), 0));
	TRY("renamed over: old content", !memcmp(buf, "old", 3));
	close(fd);

	MUST(mkdir("d", 0755));
	dir = opendir("d");
	MUST(rmdir("d"));
	TRY("removed directory: entries", count_entries(dir));
	say_open("removed directory: create",
		 openat(dirfd(dir), "x", O_WRONLY | O_CREAT, 0600));
	TRY("removed directory: stat", fstat(dirfd(dir), &st));
	closedir(dir);

	fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0640);
	if (fd < 0) {
		say("tmpfile", -1);
	} else {
		say_text("tmpfile", "ok");
		TRY("tmpfile: write", write(fd, "temporary", 9));
		TRY("tmpfile: sync", fsync(fd));
		MUST(fstat(fd, &st));
		TRY("tmpfile: links", st.st_nlink);
		snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
		TRY("tmpfile: link", linkat(AT_FDCWD, self, AT_FDCWD, "named",
					    AT_SYMLINK_FOLLOW));
		say_stat("tmpfile: named", "named");
		say_content("tmpfile: named", "named");
		close(fd);
		fd = (int)MUST(open(".", O_TMPFILE | O_EXCL | O_WRONLY, 0600));
		snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
		TRY("tmpfile: exclusive", linkat(AT_FDCWD, self, AT_FDCWD,
						 "named2", AT_SYMLINK_FOLLOW));
		close(fd);
	}
	MUST(system("rm -rf ./*"));
}

/*
 * Known by a descriptor that opens nothing: what is removed, or replaced, is
 * still there for whoever has that.
 */
static int open_again(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void say_again(const char *name, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	say_content(name, path);
}

static int known(const char *path)
{
	return (int)MUST(open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

static void known_only(void)
{
	struct stat st;
	int fd, other;

	make_with("f", "removed");
	fd = known("f");
	MUST(unlink("f"));
	make_with("f", "another");
	say_again("known: removed", fd);
	MUST(fstat(fd, &st));
	TRY("known: removed: links", st.st_nlink);
	say_content("known: another", "f");
	close(fd);

	make_with("old", "replaced");
	fd = known("old");
	MUST(rename("f", "old"));
	say_again("known: replaced", fd);
	close(fd);

	/* The last one of several names. */
	make_with("a", "linked");
	MUST(link("a", "b") | link("a", "c"));
	fd = known("a");
	other = known("c");
	MUST(unlink("a") | rename("old", "b"));
	say_again("known: one name left", fd);
	MUST(unlink("c"));
	say_again("known: no name left", fd);
	say_again("known: by another name", other);
	close(fd);
	close(other);

	MUST(symlink("somewhere", "s"));
	fd = known("s");
	MUST(unlink("s"));
	TRY("known: symlink", ({
		char buf[32] = "";

		readlinkat(fd, "", buf, sizeof(buf) - 1) < 0 ? -1 :
			!strcmp(buf, "somewhere");
	}));
	close(fd);
	MUST(mkdir("d", 0755));
	fd = known("d");
	MUST(rmdir("d"));
	other = open_again(fd);
	TRY("known: directory", fstat(other, &st));
	TRY("known: directory: mode", st.st_mode);
	close(other);
	close(fd);
	MUST(mkdir("d", 0700) | mkdir("e", 0755));
	fd = known("d");
	MUST(rename("e", "d"));
	MUST(fstat(fd, &st));
	TRY("known: replaced directory: mode", st.st_mode);
	close(fd);
	MUST(system("rm -rf ./*"));
}

int main(int argc, char **argv)
{
	semantics_begin(argc, argv);
	hard_links();
	symlinks();
	renames();
	names();
	special_files();
	nameless();
	known_only();
	return semantics_end();
}
