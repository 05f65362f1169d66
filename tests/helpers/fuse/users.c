// SPDX-License-Identifier: GPL-2.0-only
/*
 * users.c - permissions, groups, sticky bits, ACLs, capabilities of files.
 *
 * Usage: users DIRECTORY
 *
 * It starts as root, makes the files, and then acts as users without accounts.
 */
#include "semantics.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>

#define ANN	61001
#define BOB	61002
#define TEAM	61100		/* Ann's and Bob's, as a supplementary group */
#define CLUB	61200		/* Ann's */
#define OTHERS	61300		/* nobody's */

static int as(uid_t uid)
{
	const gid_t ann[] = { TEAM, CLUB }, bob[] = { TEAM };

	if (setgroups(uid == ANN ? 2 : 1, uid == ANN ? ann : bob) ||
	    setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		return -1;
	return 0;
}

/* TRY_AS(ANN, "what", call): a child as that user. */
#define TRY_AS(uid, name, call)						\
	do {								\
		pid_t as_pid_;						\
									\
		fflush(stdout);						\
		as_pid_ = (pid_t)MUST(fork());				\
		if (!as_pid_) {						\
			MUST(as(uid));					\
			TRY(name, call);				\
			fflush(stdout);					\
			_exit(0);					\
		}							\
		MUST(waitpid(as_pid_, NULL, 0));			\
	} while (0)

static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0666);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int write_to(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (write(fd, "w", 1) != 1)
		return -1;
	return close(fd);
}

static void say_owner(const char *name, const char *path)
{
	struct stat st;

	if (lstat(path, &st)) {
		say(name, -1);
		return;
	}
	printf("%s: owner %u group %u mode %o\n", name, st.st_uid, st.st_gid,
	       st.st_mode);
}

static void make_owned(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	touch(path);
	MUST(chown(path, uid, gid));
	MUST(chmod(path, mode));
}

static void make_directory(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	MUST(mkdir(path, 0700));
	MUST(chown(path, uid, gid));
	MUST(chmod(path, mode));
}

static void groups(void)
{
	make_owned("team", 0640, 0, TEAM);
	TRY_AS(ANN, "team: Ann reads", try_open("team", O_RDONLY));
	TRY_AS(BOB, "team: Bob reads", try_open("team", O_RDONLY));
	TRY_AS(ANN, "team: Ann writes", try_open("team", O_WRONLY));
	TRY_AS(ANN, "team: access", access("team", R_OK));
	make_owned("club", 0660, 0, CLUB);
	TRY_AS(ANN, "club: Ann writes", write_to("club"));
	TRY_AS(BOB, "club: Bob reads", try_open("club", O_RDONLY));
	make_owned("mine", 0077, ANN, ANN);
	TRY_AS(ANN, "owner: not as others", try_open("mine", O_RDONLY));
	TRY_AS(BOB, "others: more than the owner", try_open("mine", O_RDWR));
	make_owned("grp", 0707, BOB, TEAM);
	TRY_AS(ANN, "group: less than others", try_open("grp", O_RDONLY));
	make_directory("room", 0710, BOB, CLUB);
	make_owned("room/f", 0644, BOB, BOB);
	TRY_AS(ANN, "room: through the group", try_open("room/f", O_RDONLY));
	TRY_AS(ANN, "room: list", try_open("room", O_RDONLY));
	TRY_AS(ANN, "room: create", try_open("room/new",
					     O_WRONLY | O_CREAT));
	TRY("root: reads all", try_open("mine", O_RDWR));
	make_owned("noexec", 0644, 0, 0);
	TRY("root: executes what nobody may", access("noexec", X_OK));
	/* An open file stays open. */
	TRY_AS(ANN, "kept open", ({
		int fd = open("club", O_RDWR);
		char c;

		MUST(fd);
		MUST(pread(fd, &c, 1, 0));
	}));
	MUST(system("rm -rf ./*"));
}

static void making(void)
{
	make_directory("all", 0777, 0, 0);
	TRY_AS(ANN, "make: file", try_open("all/f", O_WRONLY | O_CREAT));
	say_owner("make: file", "all/f");
	TRY_AS(ANN, "make: directory", mkdir("all/d", 0777));
	say_owner("make: directory", "all/d");
	TRY_AS(ANN, "make: symlink", symlink("x", "all/s"));
	TRY("make: symlink: owner", stat_of("all/s").st_uid == ANN);
	TRY_AS(ANN, "make: fifo", mkfifo("all/p", 0600));
	TRY_AS(ANN, "make: device", mknod("all/dev", S_IFCHR | 0666,
					  makedev(1, 3)));
	TRY("make: device by root", mknod("all/dev", S_IFCHR | 0666,
					  makedev(1, 3)));
	TRY("make: device: number", stat_of("all/dev").st_rdev ==
	    makedev(1, 3));
	TRY("make: block device", mknod("all/blk", S_IFBLK | 0600,
					makedev(259, 70000)));
	TRY("make: block device: number", stat_of("all/blk").st_rdev ==
	    makedev(259, 70000));

	/* Set-group-ID on a directory. */
	make_directory("shared", 02777, 0, CLUB);
	TRY_AS(ANN, "shared: file", try_open("shared/a",
					     O_WRONLY | O_CREAT));
	say_owner("shared: file", "shared/a");
	TRY_AS(ANN, "shared: directory", mkdir("shared/d", 0755));
	say_owner("shared: directory", "shared/d");
	TRY_AS(BOB, "shared: set-group-ID file, not a member", ({
		int fd = open("shared/b", O_WRONLY | O_CREAT, 02775);

		fd < 0 ? -1 : close(fd);
	}));
	say_owner("shared: set-group-ID file, not a member", "shared/b");
	TRY_AS(BOB, "shared: made so later", ({
		touch("shared/c");
		chmod("shared/c", 02775);
	}));
	say_owner("shared: made so later", "shared/c");
	TRY_AS(ANN, "shared: by a member", ({
		touch("shared/e");
		chmod("shared/e", 02775);
	}));
	say_owner("shared: by a member", "shared/e");
	TRY_AS(ANN, "shared: nameless", ({
		int fd = open("shared", O_TMPFILE | O_WRONLY, 0640);
		struct stat st;

		fd < 0 ? -1 : fstat(fd, &st) ? -1 :
			st.st_uid == ANN && st.st_gid == CLUB;
	}));
	MUST(system("rm -rf ./*"));
}

static void sticky(void)
{
	make_directory("tmp", 01777, 0, 0);
	make_owned("tmp/ann", 0666, ANN, ANN);
	make_owned("tmp/bob", 0666, BOB, BOB);
	TRY_AS(BOB, "sticky: remove another's", unlink("tmp/ann"));
	TRY_AS(BOB, "sticky: rename another's", rename("tmp/ann", "tmp/x"));
	TRY_AS(BOB, "sticky: rename over another's",
	       rename("tmp/bob", "tmp/ann"));
	TRY_AS(BOB, "sticky: write to another's", write_to("tmp/ann"));
	TRY_AS(BOB, "sticky: exchange",
	       renameat2(AT_FDCWD, "tmp/bob", AT_FDCWD, "tmp/ann",
			 RENAME_EXCHANGE));
	TRY_AS(ANN, "sticky: remove one's own", unlink("tmp/ann"));
	TRY("sticky: root", unlink("tmp/bob"));
	make_directory("anns", 01777, ANN, ANN);
	make_owned("anns/bob", 0600, BOB, BOB);
	TRY_AS(ANN, "sticky: owner of the directory", unlink("anns/bob"));
	MUST(system("rm -rf ./*"));
}

static void owners(void)
{
	const struct timespec set[2] = { { 1000, 0 }, { 1000, 0 } };

	make_directory("d", 0777, 0, 0);
	make_owned("d/f", 0666, ANN, ANN);
	TRY_AS(ANN, "chown: give away", chown("d/f", BOB, (gid_t)-1));
	TRY_AS(ANN, "chown: to a group of hers", chown("d/f", (uid_t)-1,
							CLUB));
	say_owner("chown: group", "d/f");
	TRY_AS(ANN, "chown: to another group", chown("d/f", (uid_t)-1,
						     OTHERS));
	TRY_AS(BOB, "chown: another's", chown("d/f", (uid_t)-1, TEAM));
	TRY_AS(BOB, "chmod: another's", chmod("d/f", 0600));
	TRY_AS(BOB, "utimes: now, may write", utimensat(AT_FDCWD, "d/f", NULL,
							0));
	TRY_AS(BOB, "utimes: set, may write", utimensat(AT_FDCWD, "d/f", set,
							0));
	TRY_AS(ANN, "utimes: set, owner", utimensat(AT_FDCWD, "d/f", set, 0));
	MUST(chmod("d/f", 0644));
	TRY_AS(BOB, "utimes: now, may not write",
	       utimensat(AT_FDCWD, "d/f", NULL, 0));
	TRY_AS(BOB, "truncate: may not write", truncate("d/f", 0));
	MUST(chown("d/f", ANN, OTHERS));
	MUST(chmod("d/f", 0755));
	TRY_AS(ANN, "chmod: set-group-ID, not a member", chmod("d/f", 02755));
	say_owner("chmod: set-group-ID, not a member", "d/f");

	/* Changes that clear the set-user-ID bit. */
	MUST(chmod("d/f", 06777));
	TRY_AS(BOB, "set-user-ID: written by another", write_to("d/f"));
	say_owner("set-user-ID: written by another", "d/f");
	MUST(chmod("d/f", 06777));
	TRY("set-user-ID: written by root", write_to("d/f"));
	say_owner("set-user-ID: written by root", "d/f");
	MUST(chmod("d/f", 06777));
	TRY_AS(BOB, "set-user-ID: truncated by another", truncate("d/f", 0));
	say_owner("set-user-ID: truncated by another", "d/f");
	MUST(chmod("d/f", 06777));
	TRY_AS(BOB, "set-user-ID: O_TRUNC", try_open("d/f",
						     O_WRONLY | O_TRUNC));
	say_owner("set-user-ID: O_TRUNC", "d/f");
	MUST(chmod("d/f", 06777));
	TRY("set-user-ID: chown by root", chown("d/f", BOB, BOB));
	say_owner("set-user-ID: chown by root", "d/f");
	/* A file that its group cannot execute. */
	MUST(chmod("d/f", 06706));
	TRY("set-group-ID: chown by root", chown("d/f", ANN, TEAM));
	say_owner("set-group-ID: chown by root", "d/f");
	MUST(chmod("d/f", 02640));
	TRY_AS(ANN, "set-group-ID: to a group of hers", chown("d/f", (uid_t)-1,
							     CLUB));
	say_owner("set-group-ID: to a group of hers", "d/f");
	MUST(system("rm -rf ./*"));
}

/* Flags of chattr(1) that forbid changes even to root. */
static int set_flags(const char *path, int set)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), flags = 0, ret;

	if (fd < 0)
		return -1;
	ret = ioctl(fd, FS_IOC_GETFLAGS, &flags);
	flags = (flags & ~(FS_APPEND_FL | FS_IMMUTABLE_FL)) | set;
	if (!ret)
		ret = ioctl(fd, FS_IOC_SETFLAGS, &flags);
	close(fd);
	return ret;
}

static int append_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC), ret;

	if (fd < 0)
		return -1;
	ret = write(fd, text, strlen(text)) < 0 ? -1 : 0;
	close(fd);
	return ret;
}

static void flags(void)
{
	make_with("f", "text ");
	MUST(chown("f", ANN, ANN));
	TRY_AS(ANN, "flags: append, by the owner",
	       set_flags("f", FS_APPEND_FL));
	TRY("flags: append", set_flags("f", FS_APPEND_FL));
	TRY("append-only: open", try_open("f", O_WRONLY));
	TRY("append-only: truncate", truncate("f", 0));
	TRY("append-only: O_TRUNC", try_open("f", O_WRONLY | O_TRUNC |
					     O_APPEND));
	TRY("append-only: append", append_to("f", "more "));
	say_content("append-only: read in between", "f");
	TRY_AS(ANN, "append-only: append by the owner",
	       append_to("f", "and more"));
	say_content("append-only: content", "f");
	TRY("append-only: unlink", unlink("f"));
	TRY("append-only: rename", rename("f", "g"));
	TRY("append-only: link", link("f", "g"));
	TRY("append-only: chmod", chmod("f", 0600));
	TRY("append-only: times", utimensat(AT_FDCWD, "f", NULL, 0));
	TRY("flags: immutable", set_flags("f", FS_IMMUTABLE_FL));
	TRY("immutable: open", try_open("f", O_WRONLY));
	TRY("immutable: append", append_to("f", "x"));
	TRY("immutable: read", try_open("f", O_RDONLY));
	TRY("immutable: chmod", chmod("f", 0644));
	TRY("immutable: chown", chown("f", BOB, BOB));
	TRY("immutable: times", utimensat(AT_FDCWD, "f", NULL, 0));
	TRY("immutable: xattr", setxattr("f", "user.a", "1", 1, 0));
	TRY("immutable: unlink", unlink("f"));
	TRY("immutable: link", link("f", "g"));
	TRY_AS(ANN, "immutable: off, by the owner", set_flags("f", 0));
	MUST(mkdir("d", 0755));
	TRY("flags: directory", set_flags("d", FS_IMMUTABLE_FL));
	TRY("immutable: create in it", try_open("d/f", O_WRONLY | O_CREAT));
	TRY("immutable: rmdir", rmdir("d"));
	TRY("flags: off", set_flags("f", 0));
	TRY("flags: directory: off", set_flags("d", 0));
	say_content("flags: content", "f");
	MUST(system("rm -rf ./*"));
}

/* Whiteouts, with which overlayfs hides names.  Only root can make them. */
static void whiteouts(void)
{
	make_with("f", "moved");
	make_with("g", "replaced");
	TRY("whiteout", renameat2(AT_FDCWD, "f", AT_FDCWD, "g",
				  RENAME_WHITEOUT));
	say_content("whiteout: moved", "g");
	TRY("whiteout: device", stat_of("f").st_rdev);
	TRY("whiteout: mode", stat_of("f").st_mode & S_IFMT);
	MUST(chmod(".", 0777));
	TRY_AS(ANN, "whiteout: by a user", renameat2(AT_FDCWD, "g", AT_FDCWD,
						     "h", RENAME_WHITEOUT));
	MUST(chmod(".", 0755));
	MUST(system("rm -rf ./*"));
}

/* cap_net_raw=ep, as the kernel stores it. */
static int set_capability(const char *path)
{
	const struct vfs_cap_data data = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data = { { .permitted = 1u << CAP_NET_RAW } },
	};

	return setxattr(path, "security.capability", &data,
			XATTR_CAPS_SZ_2, 0);
}

static ssize_t get_capability(const char *path)
{
	char buf[64];

	return getxattr(path, "security.capability", buf, sizeof(buf));
}

static void attributes(void)
{
	char buf[256];

	make_owned("f", 0666, ANN, ANN);
	/* Asked for before it is there, and while it is not there any more. */
	TRY("capability: none", get_capability("f"));
	TRY("capability: set", set_capability("f"));
	TRY("capability: there", get_capability("f"));
	TRY_AS(BOB, "capability: written to", write_to("f"));
	TRY("capability: gone", get_capability("f"));
	TRY("capability: set again", set_capability("f"));
	TRY("capability: written to by root", write_to("f"));
	TRY("capability: gone again", get_capability("f"));
	TRY("capability: set once more", set_capability("f"));
	TRY_AS(ANN, "capability: truncated", truncate("f", 0));
	TRY("capability: gone by truncate", get_capability("f"));
	MUST(set_capability("f"));
	TRY("capability: chown", chown("f", ANN, ANN));
	TRY("capability: gone by chown", get_capability("f"));
	TRY_AS(ANN, "capability: by its owner", set_capability("f"));

	TRY("trusted: set", setxattr("f", "trusted.t", "1", 1, 0));
	TRY("trusted: get", getxattr("f", "trusted.t", buf, sizeof(buf)));
	TRY_AS(ANN, "trusted: get by the owner",
	       getxattr("f", "trusted.t", buf, sizeof(buf)));
	TRY_AS(ANN, "trusted: set by the owner",
	       setxattr("f", "trusted.t", "1", 1, 0));
	TRY_AS(ANN, "trusted: not listed", ({
		ssize_t n = listxattr("f", buf, sizeof(buf));

		n < 0 ? -1 : memmem(buf, (size_t)n, "trusted.t", 9) != NULL;
	}));
	TRY("trusted: listed for root", ({
		ssize_t n = listxattr("f", buf, sizeof(buf));

		n < 0 ? -1 : memmem(buf, (size_t)n, "trusted.t", 9) != NULL;
	}));
	TRY_AS(ANN, "security: by the owner",
	       setxattr("f", "security.x", "1", 1, 0));
	TRY("security: by root", setxattr("f", "security.x", "1", 1, 0));
	MUST(chmod("f", 0644));
	TRY_AS(BOB, "user: may not write", setxattr("f", "user.a", "1", 1,
						    0));
	TRY_AS(ANN, "user: owner", setxattr("f", "user.a", "1", 1, 0));
	TRY_AS(BOB, "user: may read", getxattr("f", "user.a", buf,
					       sizeof(buf)));
	MUST(chmod("f", 0600));
	TRY_AS(BOB, "user: may not read", getxattr("f", "user.a", buf,
						   sizeof(buf)));
	make_directory("tmp", 01777, 0, 0);
	TRY_AS(ANN, "user: sticky directory of another",
	       setxattr("tmp", "user.a", "1", 1, 0));
	MUST(system("rm -rf ./*"));
}

static void acls(void)
{
	/* Written out by setfacl and getfacl, which know the format. */
	make_owned("f", 0600, 0, 0);
	MUST(chmod("f", 0640));
	TRY_AS(ANN, "acl: none", write_to("f"));
	MUST(chmod("f", 0600));
	fflush(stdout);
	TRY("acl: set", WEXITSTATUS(system("setfacl -m u:61001:rw,g:61100:r f")));
	TRY_AS(ANN, "acl: user named", write_to("f"));
	TRY_AS(BOB, "acl: group named, reads", try_open("f", O_RDONLY));
	TRY_AS(BOB, "acl: group named, writes", write_to("f"));
	fflush(stdout);
	TRY("acl: show", WEXITSTATUS(system("getfacl -nc f")));
	say_owner("acl: mode is the mask", "f");
	TRY("acl: chmod lowers the mask", chmod("f", 0640));
	TRY_AS(ANN, "acl: user masked", write_to("f"));
	TRY_AS(ANN, "acl: user masked, reads", try_open("f", O_RDONLY));
	TRY_AS(ANN, "acl: changed by another",
	       WEXITSTATUS(system("setfacl -m u:61002:rw f 2>/dev/null")));
	make_directory("d", 0777, 0, 0);
	fflush(stdout);
	TRY("acl: no default", WEXITSTATUS(system("getfacl -nc d")));
	TRY("acl: default",
	    WEXITSTATUS(system("setfacl -d -m u:61002:rwx,g::r,o::- d")));
	TRY_AS(ANN, "acl: inherited", ({
		umask(0077);
		int ret = try_open("d/f", O_WRONLY | O_CREAT);

		umask(022);
		ret;
	}));
	TRY_AS(ANN, "acl: inherited by a directory", mkdir("d/d", 0777));
	fflush(stdout);
	TRY("acl: show inherited",
	    WEXITSTATUS(system("getfacl -nc d/f d/d 2>&1")));
	TRY_AS(BOB, "acl: default in effect", write_to("d/f"));
	fflush(stdout);
	TRY("acl: removed", WEXITSTATUS(system("setfacl -b f && getfacl -nc f")));
	TRY_AS(ANN, "acl: no longer", try_open("f", O_RDONLY));
	MUST(system("rm -rf ./*"));
}

/* More groups than fit anywhere small. */
static int with_many_groups(void)
{
	gid_t groups[200];
	int i;

	for (i = 0; i < 200; i++)
		groups[i] = (gid_t)(62000 + i);
	groups[199] = OTHERS;
	if (setgroups(200, groups) || setresgid(ANN, ANN, ANN) ||
	    setresuid(ANN, ANN, ANN))
		return -1;
	return try_open("f", O_RDONLY) ? errno : 0;
}

static void many_groups(void)
{
	make_owned("f", 0640, 0, OTHERS);
	TRY("groups: the last of 200", IN_CHILD(with_many_groups()));
	MUST(unlink("f"));
}

/* Threads of one process may differ in who they are. */
static void fs_ids(void)
{
	make_owned("f", 0600, ANN, ANN);
	TRY("fsuid", IN_CHILD(({
		setfsuid(BOB);
		setfsgid(BOB);
		setgroups(0, NULL);
		try_open("f", O_RDONLY) ? errno : 0;
	})));
	TRY("effective, not real", IN_CHILD(({
		setgroups(0, NULL);
		setresgid(0, ANN, 0);
		setresuid(0, ANN, 0);
		try_open("f", O_RDONLY) ? errno : 0;
	})));
	MUST(unlink("f"));
}

int main(int argc, char **argv)
{
	semantics_begin(argc, argv);
	if (geteuid()) {
		fprintf(stderr, "users: needs root\n");
		return 2;
	}
	MUST(chmod(".", 0755));
	groups();
	making();
	sticky();
	owners();
	flags();
	whiteouts();
	attributes();
	acls();
	many_groups();
	fs_ids();
	return semantics_end();
}
