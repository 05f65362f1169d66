// SPDX-License-Identifier: GPL-2.0-only
/*
 * attacks.c - tests of the tools' sandboxes: a process enters the very sandbox
 * of a tool and tries to do harm, as a kernel would that an image took over.
 *
 * Each attack works outside of the sandbox, or it would show nothing.  It fails
 * in the sandbox of each tool.  It works again if the host lacks the layer that
 * the attack was refused by, so that each test fails if that layer is removed.
 *
 * attacks-root.c is the same for root.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "helpers/host-without.h"
#include "unit/unit.h"
/* The function that cptofs and cpfromfs call. */
#include "cptofs/confine.c"
#include "cptofs/link-targets.c"
#include "luks-key/confine.c"
/* And the one of tar2fs. */
#undef CAP
#undef READING_NEEDS
#define confine		tar2fs_confine
#define enter_sandbox	tar2fs_enter_sandbox
#include "tar2fs/confine.c"
#undef confine
#undef enter_sandbox
#include "attack-list.h"
#include "attack-tools.h"

/*
 * In a child, in the sandbox of a tool, on a host without a layer or NULL: what
 * @try returns.  Minus the number of a signal if one ended the child.
 */
static int in_tool(const struct tool *tool, enum sandbox_mode mode,
		   const char *without, int (*try)(void))
{
	struct lkl_error err = { "" };
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		if (chdir(top) || (without && host_without(without)))
			_exit(STATUS_NO_TEST);
		if (tool->enter(mode, &err)) {
			if (mode != SANDBOX_STRICT || !without)
				printf("# %s\n", err.text);
			fflush(stdout);
			_exit(STATUS_NO_ENTRY);
		}
		_exit(try());
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* Attacks that worked have changed things. */
static void make_files(void)
{
	if (system("rm -rf dest source outside secret made image && "
		   "mkdir -p dest source outside && truncate -s 1M image && "
		   "echo secret >secret && chmod 600 secret && "
		   "echo text >outside/file && "
		   "echo old >outside/old && echo text >source/file && "
		   "ln -s ../outside/file dest/link && "
		   "ln -s ../outside/file source/link"))
		REQUIRE(!"make the files");
	if (is_root)
		REQUIRE(!mknod("dest/null", S_IFCHR | 0666, makedev(1, 3)));
}

static void make_listener(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	static int fd = -1;

	if (fd >= 0)
		close(fd);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	strcpy(addr.sun_path, "outside/listener");
	REQUIRE(fd >= 0 && !bind(fd, (struct sockaddr *)&addr, sizeof(addr)) &&
		!listen(fd, 100));
}

/* Returns the errno, 0 if it worked, or minus a signal. */
static int attack_in(const struct attack *attack, const struct tool *tool,
		     enum sandbox_mode mode, const char *without)
{
	make_files();
	make_listener();
	return in_tool(tool, mode, without, attack->try);
}

static bool is_meant(const struct attack *attack)
{
	return is_root || !attack->needs_root;
}

/* ---- Tests ---- */

static bool works[ATTACKS];

static void attacks_work_outside(void)
{
	size_t i;
	int ret;

	for (i = 0; i < ATTACKS; i++) {
		if (!is_meant(&attacks[i]))
			continue;
		ret = attack_in(&attacks[i], &tools[0], SANDBOX_NONE, NULL);
		works[i] = !ret;
		if (ret == STATUS_NO_TEST || ret == EOPNOTSUPP ||
		    (ret == EPERM && attacks[i].needs_root))
			printf("skip: cannot %s here\n", attacks[i].name);
		else if (ret)
			unit_fail(__FILE__, __LINE__, "cannot %s: %s",
				  attacks[i].name, strerror(ret));
	}
}

static void attacks_fail_in_each_tool(void)
{
	size_t i, t;
	int ret;

	for (t = 0; t < TOOLS; t++) {
		for (i = 0; i < ATTACKS; i++) {
			if (!works[i])
				continue;
			ret = attack_in(&attacks[i], &tools[t], SANDBOX_STRICT,
					NULL);
			if (!ret || ret == STATUS_NO_ENTRY)
				unit_fail(__FILE__, __LINE__, "%s: %s: %s",
					  tools[t].name, attacks[i].name,
					  ret ? "no sandbox" : "works");
		}
	}
}

static void nothing_outside_has_changed(void)
{
	struct stat before, after;
	size_t i, t;

	for (t = 0; t < TOOLS; t++) {
		make_files();
		make_listener();
		REQUIRE(!stat(file, &before));
		for (i = 0; i < ATTACKS; i++)
			in_tool(&tools[t], SANDBOX_STRICT, NULL,
				attacks[i].try);
		CHECK(!stat(file, &after));
		CHECK_EQ(after.st_ino, before.st_ino);
		CHECK_EQ(after.st_mode, before.st_mode);
		CHECK_EQ(after.st_nlink, before.st_nlink);
		CHECK_EQ(after.st_size, before.st_size);
		CHECK_EQ(after.st_ctim.tv_sec, before.st_ctim.tv_sec);
		CHECK_EQ(after.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
		CHECK(access(made, F_OK) < 0);
	}
}

static int do_nothing(void)
{
	return 0;
}

static void no_tool_runs_without_what_it_needs(void)
{
	size_t t;

	make_files();
	for (t = 0; t < TOOLS; t++) {
		CHECK_EQ(in_tool(&tools[t], SANDBOX_STRICT, "seccomp",
				 do_nothing), STATUS_NO_ENTRY);
		CHECK_EQ(in_tool(&tools[t], SANDBOX_STRICT, "landlock",
				 do_nothing),
			 tools[t].opens_files ? STATUS_NO_ENTRY : 0);
		CHECK_EQ(in_tool(&tools[t], SANDBOX_BEST, "seccomp",
				 do_nothing), 0);
		CHECK_EQ(in_tool(&tools[t], SANDBOX_BEST, "landlock",
				 do_nothing), 0);
		CHECK_EQ(in_tool(&tools[t], SANDBOX_STRICT, "mounts",
				 do_nothing), 0);
	}
}

/* The layers that refuse an attack here.  Landlock refuses truncate() since Linux 6.2. */
static unsigned int layers_against(const struct attack *attack)
{
	long landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);

	if (attack->try == truncate_file && landlock < 3)
		return attack->layer & ~PATHS;
	return attack->layer;
}

/* Which layer refuses an attack shows when it is missing. */
static void each_layer_is_what_refuses(void)
{
	static const struct {
		const char *name;
		unsigned int layer;
	} layers[] = {
		{ "landlock", PATHS }, { "seccomp", CALLS },
	};
	const struct attack *attack;
	unsigned int against, left, l;
	size_t i, t;
	int ret;

	for (i = 0; i < ATTACKS * 2; i++) {
		attack = &attacks[i / 2];
		against = layers_against(attack);
		l = i % 2;
		left = (PATHS | CALLS) & ~layers[l].layer;
		for (t = 0; works[i / 2] && t < TOOLS; t++) {
			ret = attack_in(attack, &tools[t], SANDBOX_BEST,
					layers[l].name);
			/* What the layer that is left refuses, it still does. */
			if (against & left && !ret)
				unit_fail(__FILE__, __LINE__,
					  "%s without %s: %s works",
					  tools[t].name, layers[l].name,
					  attack->name);
			/* The filter of these has no calls with paths. */
			if (left == CALLS && !tools[t].opens_files && !ret)
				unit_fail(__FILE__, __LINE__,
					  "%s without Landlock: %s works",
					  tools[t].name, attack->name);
			/* Root's cpfromfs has a root directory of its own. */
			if (!is_root && against == layers[l].layer &&
			    tools[t].enter == enter_cpfromfs && ret)
				unit_fail(__FILE__, __LINE__,
					  "%s: not %s refuses to %s, but error %d",
					  tools[t].name, layers[l].name,
					  attack->name, ret);
		}
	}
}

static int tell_attributes(void)
{
	struct statx st;
	struct stat old;

	if (!syscall(SYS_statx, AT_FDCWD, secret, AT_EMPTY_PATH,
		     STATX_BASIC_STATS, &st))
		return 0;
	return failed(fstatat(AT_FDCWD, secret, &old, AT_EMPTY_PATH));
}

/* fstat() of libc is one of the calls that are refused. */
static int tell_own_attributes(void)
{
	struct stat st;

	return failed(fstat(STDOUT_FILENO, &st));
}

/* Such as the socket of the system log, which lklfuse has. */
static int datagrams[2], receiver;

static void make_datagram_sockets(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	strcpy(addr.sun_path, "receiver");
	receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	REQUIRE(receiver >= 0 &&
		!bind(receiver, (struct sockaddr *)&addr, sizeof(addr)));
	REQUIRE(!socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, datagrams));
}

static int send_to_peer(void)
{
	return send(datagrams[0], "x", 1, MSG_DONTWAIT) == 1 ? 0 : errno;
}

static int send_to_others(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct iovec iov = { top, 1 };
	struct mmsghdr message = { .msg_hdr = {
		.msg_name = &addr, .msg_namelen = sizeof(addr),
		.msg_iov = &iov, .msg_iovlen = 1,
	} };

	strcpy(addr.sun_path, "receiver");
	return sendto(datagrams[0], "x", 1, MSG_DONTWAIT,
		      (struct sockaddr *)&addr, sizeof(addr)) == 1 ||
		sendmsg(datagrams[0], &message.msg_hdr, MSG_DONTWAIT) == 1 ||
		sendmmsg(datagrams[0], &message, 1, MSG_DONTWAIT) == 1 ?
		0 : errno;
}

/* Tools that open files have no such socket. */
static void a_datagram_socket_sends_to_its_peer_only(void)
{
	size_t t;

	make_datagram_sockets();
	CHECK_EQ(in_tool(&tools[0], SANDBOX_NONE, NULL, send_to_others), 0);
	for (t = 0; t < TOOLS; t++) {
		if (tools[t].opens_files)
			continue;
		CHECK_EQ(in_tool(&tools[t], SANDBOX_STRICT, NULL,
				 send_to_peer), 0);
		CHECK(in_tool(&tools[t], SANDBOX_STRICT, NULL,
			      send_to_others));
	}
	unlink("receiver");
	close(receiver);
	close(datagrams[0]);
	close(datagrams[1]);
}

/* SECURITY.md says so of cptofs; if that fails, it can say something better. */
static void attributes_are_for_tools_that_open_files(void)
{
	size_t t;

	make_files();
	for (t = 0; t < TOOLS; t++) {
		CHECK_EQ(in_tool(&tools[t], SANDBOX_STRICT, NULL,
				 tell_own_attributes), 0);
		if (!tools[t].opens_files)
			CHECK_EQ(in_tool(&tools[t], SANDBOX_STRICT, NULL,
					 tell_attributes), EACCES);
	}
	CHECK_EQ(in_tool(&tools[3], SANDBOX_STRICT, NULL, tell_attributes), 0);
}

/* ---- The tools can still do their work ---- */

/* The destination is the current directory in the sandbox. */

static int read_source(void)
{
	struct stat st;
	int fd = open("source/file", O_RDONLY | O_CLOEXEC);

	return fd < 0 || fstat(fd, &st) ? errno : 0;
}

/* Its target is read, and nothing beside it. */
static int read_linked(void)
{
	int fd = open("source/link", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return open("outside/old", O_RDONLY | O_CLOEXEC) < 0 ? 0 : 100;
}

static int change_destination(void)
{
	const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };
	int dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = openat(dir, "new", O_WRONLY | O_CREAT | O_EXCL, 0600);

	return fd < 0 || write(fd, "x", 1) != 1 || fchmod(fd, 0751) ||
		fchown(fd, getuid(), getgid()) || futimens(fd, times) ||
		mkdirat(dir, "sub", 0700) || symlinkat("x", dir, "symlink") ||
		mknodat(dir, "fifo", S_IFIFO | 0600, 0) ||
		mknodat(dir, "sock", S_IFSOCK | 0600, 0) ||
		linkat(dir, "new", dir, "sub/hard", 0) ||
		renameat(dir, "new", dir, "newer") ? errno : 0;
}

static void tools_can_work(void)
{
	struct stat st;

	make_files();
	CHECK_EQ(in_tool(&tools[3], SANDBOX_STRICT, NULL, read_source), 0);
	CHECK_EQ(in_tool(&tools[3], SANDBOX_STRICT, NULL, read_linked), EACCES);
	CHECK_EQ(in_tool(&tools[FOLDER], SANDBOX_STRICT, NULL, read_source), 0);
	CHECK_EQ(in_tool(&tools[FOLDER], SANDBOX_STRICT, NULL, read_linked),
		 EACCES);
	CHECK_EQ(in_tool(&tools[FOLLOWING], SANDBOX_STRICT, NULL, read_linked),
		 0);
	CHECK_EQ(in_tool(&tools[4], SANDBOX_STRICT, NULL, change_destination),
		 0);
	REQUIRE(!stat("dest/newer", &st));
	CHECK_EQ(st.st_mode & 07777, 0751);
	CHECK_EQ(st.st_mtime, 1);
	CHECK_EQ(st.st_nlink, 2);
}

static int make_new(void)
{
	return failed(mkdir("new", 0555));
}

static int make_new_and_settle(void)
{
	int ret = make_new();

	return ret ? ret : -host_guardian_settle();
}

static int make_new_and_die(void)
{
	return make_new() ? 1 : kill(getpid(), SIGKILL);
}

static int count_hidden(void)
{
	return system("exit $(ls -A outside | grep -c '^[.]')");
}

/* The guardian is a child of the process that has ended. */
static void wait_for_guardian(void)
{
	int i;

	for (i = 0; i < 1000 && count_hidden(); i++)
		usleep(10000);
}

static void a_new_destination_gets_its_place(void)
{
	static const struct {
		int (*try)(void);
		const char *without;
	} tries[] = {
		{ make_new, NULL }, { make_new_and_settle, NULL },
		{ make_new_and_die, NULL },
		{ make_new_and_settle, "noreplace" },
	};
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		make_files();
		in_tool(&tools[5], SANDBOX_STRICT, tries[i].without,
			tries[i].try);
		wait_for_guardian();
		CHECK(!stat("outside/new", &st) && S_ISDIR(st.st_mode));
		CHECK_EQ(st.st_mode & 0777, 0555);
		CHECK_EQ(count_hidden(), 0);
	}
	/* Nothing was made. */
	make_files();
	CHECK_EQ(in_tool(&tools[5], SANDBOX_STRICT, NULL, do_nothing), 0);
	wait_for_guardian();
	CHECK(access("outside/new", F_OK) < 0);
	CHECK_EQ(count_hidden(), 0);
}

static int settle_pipe[2];

static int settle_later(void)
{
	char byte;

	return make_new() || read(settle_pipe[0], &byte, 1) ? 200 :
		-host_guardian_settle();
}

/* Somebody makes a file of that name meanwhile. */
static void replaces_nothing(const char *without)
{
	int status, ret;
	pid_t pid;

	make_files();
	REQUIRE(!pipe(settle_pipe));
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		close(settle_pipe[1]);
		_exit(in_tool(&tools[5], SANDBOX_STRICT, without,
			      settle_later));
	}
	close(settle_pipe[0]);
	while (!count_hidden())
		usleep(1000);
	/* It has looked for the name by now. */
	REQUIRE(!system("echo other >outside/new"));
	close(settle_pipe[1]);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	ret = WEXITSTATUS(status);
	CHECK_EQ(ret, EEXIST);
	CHECK(!system("grep -qx other outside/new"));
	/* The copy is not lost. */
	CHECK(!system("[ -d outside/.cpfromfs-*/new ]"));
}

static void a_new_destination_replaces_nothing(void)
{
	replaces_nothing(NULL);
	replaces_nothing("noreplace");
}

/* ---- The guardian of cpfromfs, asked by an attacker ---- */

static int outside_dir = -1;

static int call_guardian(enum host_call call, int dir, const char *name)
{
	static const struct lkl___kernel_timespec times[2] = {
		{ 1, 0 }, { 1, 0 },
	};
	const struct host_request request = {
		.call = call,
		.file = { .fd = -1, .dir = dir, .name = name },
		.a = call == HOST_CHOWN ? getuid() :
			call == HOST_MKNOD ? S_IFCHR | 0666 : 0777,
		.b = call == HOST_CHOWN ? getgid() : makedev(1, 3),
		.name = call >= HOST_SETXATTR ? "user.attack" : NULL,
		.data = call == HOST_UTIMES ? (const void *)times : "x",
		.size = call == HOST_UTIMES ? sizeof(times) : 1,
	};

	return (int)host_guardian_call(&request, NULL, 0);
}

static const enum host_call changes[] = {
	HOST_MKNOD, HOST_CHOWN, HOST_CHMOD, HOST_UTIMES, HOST_SETXATTR,
	HOST_REMOVEXATTR,
};

#define CHANGES (sizeof(changes) / sizeof(*changes))

/* Returns the number of a call that was not refused. */
static int ask_about_others(void)
{
	static const char *const names[] = {
		"../outside/file", "..", ".", "link/x", "sub/../../outside",
	};
	int dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t i, n;

	if (dir < 0)
		return 100;
	for (i = 0; i < CHANGES; i++) {
		if (call_guardian(changes[i], outside_dir, "file") != -EPERM ||
		    call_guardian(changes[i], outside_dir, "") != -EPERM)
			return 1 + (int)i;
		for (n = 0; n < sizeof(names) / sizeof(*names); n++)
			if (call_guardian(changes[i], dir, names[n]) != -EINVAL)
				return 20 + (int)i;
	}
	if (call_guardian(HOST_SETTLE + 1, dir, "link") != -EINVAL)
		return 50;
	/* It changes the link, or nothing: not the file that it leads to. */
	call_guardian(HOST_CHMOD, dir, "link");
	call_guardian(HOST_SETXATTR, dir, "link");
	if (call_guardian(HOST_UTIMES, dir, "link") ||
	    call_guardian(HOST_CHOWN, dir, "link"))
		return 60;
	return 0;
}

static int ask_for_device(void)
{
	int dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return -call_guardian(HOST_MKNOD, dir, "device");
}

static void the_guardian_stays_in_the_destination(void)
{
	struct stat before, after;

	make_files();
	outside_dir = open("outside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	REQUIRE(outside_dir >= 0 && !stat(file, &before));
	CHECK_EQ(in_tool(&tools[4], SANDBOX_STRICT, NULL, ask_about_others), 0);
	REQUIRE(!stat(file, &after));
	CHECK_EQ(after.st_mode, before.st_mode);
	CHECK_EQ(after.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
	REQUIRE(!lstat("dest/link", &after));
	CHECK_EQ(after.st_mtime, 1);
	close(outside_dir);
}

/* Returns the number of a call that was not refused. */
static int ask_about_neighbours(void)
{
	size_t i;

	for (i = 0; i < CHANGES && host_guardian_has_paths(); i++)
		if (call_guardian(changes[i], outside_dir, "file") != -EPERM ||
		    call_guardian(changes[i], outside_dir, "") != -EPERM)
			return 1 + (int)i;
	return 0;
}

static int read_others_xattrs(void)
{
	int in = open("source", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int inside = open("source/file", O_RDONLY | O_CLOEXEC);
	int outside = open(file, O_PATH | O_CLOEXEC);
	const struct host_request requests[] = {
		{ .call = HOST_LISTXATTR, .file = { .fd = outside } },
		{ .call = HOST_LISTXATTR,
		  .file = { .fd = -1, .dir = outside_dir, .name = "file" } },
		{ .call = HOST_GETXATTR, .name = "trusted.secret",
		  .file = { .fd = -1, .dir = outside_dir, .name = "file" } },
		{ .call = HOST_HIDDEN_NAMES, .file = { .fd = outside_dir } },
		/* These it has to read. */
		{ .call = HOST_HIDDEN_NAMES, .file = { .fd = in } },
		{ .call = HOST_LISTXATTR, .file = { .fd = in } },
		{ .call = HOST_LISTXATTR, .file = { .fd = inside } },
		{ .call = HOST_LISTXATTR,
		  .file = { .fd = -1, .dir = in, .name = "file" } },
	};
	size_t i;
	long ret;

	if (in < 0 || inside < 0 || outside < 0 || !host_guardian_has_xattrs())
		return 100;
	for (i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		ret = host_guardian_call(&requests[i], NULL, 0);
		if (i < 4 ? ret != -EPERM : ret < 0)
			return 1 + (int)i;
	}
	return call_guardian(HOST_HIDDEN_NAMES, in, "file") == -EINVAL ? 0 : 50;
}

static void the_guardian_reads_below_the_sources(void)
{
	if (!is_root)
		return;
	make_files();
	outside_dir = open("outside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	REQUIRE(outside_dir >= 0);
	CHECK_EQ(in_tool(&tools[3], SANDBOX_STRICT, NULL, read_others_xattrs),
		 0);
	close(outside_dir);
}

static int has_guardian(void)
{
	return host_guardian_has_paths();
}

/* A device has none at all: root could give away its neighbours, the disks. */
static void a_guardian_changes_nothing_beside_a_file(void)
{
	make_files();
	outside_dir = open("outside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_EQ(in_tool(&tools[6], SANDBOX_STRICT, NULL,
			 ask_about_neighbours), 0);
	close(outside_dir);
	CHECK_EQ(in_tool(&tools[7], SANDBOX_STRICT, NULL, has_guardian), 0);
}

/* Root gets a device only where the sandbox cannot open it. */
static void the_guardian_makes_no_usable_device(void)
{
	make_files();
	if (is_root) {
		CHECK_EQ(in_tool(&tools[4], SANDBOX_STRICT, NULL,
				 ask_for_device), 0);
		CHECK(!access("dest/device", F_OK));
		unlink("dest/device");
	}
	CHECK_EQ(in_tool(&tools[4], SANDBOX_STRICT, "mounts", ask_for_device),
		 EPERM);
	CHECK(access("dest/device", F_OK) < 0);
}

int main(void)
{
	unsigned int all = SANDBOX_SECCOMP | SANDBOX_LANDLOCK;

	if (getenv("INSTRUMENT") && *getenv("INSTRUMENT"))
		SKIP_ALL("instrumented programs run without a sandbox");
	if ((sandbox_available() & all) != all)
		SKIP_ALL("the build or the host lacks a part of the sandbox");
	is_root = !geteuid();
	REQUIRE(getcwd(top, sizeof(top)));
	snprintf(secret, sizeof(secret), "%s/secret", top);
	snprintf(file, sizeof(file), "%s/outside/file", top);
	snprintf(made, sizeof(made), "%s/made", top);
	snprintf(listener, sizeof(listener), "%s/outside/listener", top);
	signal(SIGPIPE, SIG_IGN);
	victim = fork();
	REQUIRE(victim >= 0);
	if (!victim) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* Where only parents may be traced, let all do it. */
		prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
		for (;;)
			pause();
	}
	RUN(attacks_work_outside);
	RUN(attacks_fail_in_each_tool);
	RUN(nothing_outside_has_changed);
	RUN(no_tool_runs_without_what_it_needs);
	RUN(each_layer_is_what_refuses);
	RUN(attributes_are_for_tools_that_open_files);
	RUN(a_datagram_socket_sends_to_its_peer_only);
	RUN(tools_can_work);
	RUN(a_new_destination_gets_its_place);
	RUN(a_new_destination_replaces_nothing);
	RUN(the_guardian_stays_in_the_destination);
	RUN(the_guardian_reads_below_the_sources);
	RUN(a_guardian_changes_nothing_beside_a_file);
	RUN(the_guardian_makes_no_usable_device);
	kill(victim, SIGKILL);
	return unit_exit();
}
