// SPDX-License-Identifier: GPL-2.0-only
/*
 * bad-pointers.c - every system call with bad pointers: each parameter that is
 * a pointer is once each kind of bad pointer, while the other arguments are
 * good.  Nothing crashes, and the call fails with -EFAULT.
 *
 * The calls are those of the kernel's own list.  Tables say which arguments
 * make a call look at its pointers, and which pointers it does not look at even
 * so.  "bad-pointers list" prints all results.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "boot.h"

#define PAGE	4096ul
#define MAX_ARGS	6

static const struct call {
	const char *name;
	long nr;
	const char *parameters[MAX_ARGS];
} calls[] = {
#define CALL(name, ...)	{ #name, LKL___NR_##name, { __VA_ARGS__ } },
#include "syscall-table.h"
#undef CALL
};
#define NR_CALLS	(sizeof(calls) / sizeof(*calls))

enum kind {
	NOTHING, UNMAPPED, PROTECTED, TRUNCATED, NOT_CANONICAL, UPPER_HALF,
	READ_ONLY, AT_END, NR_KINDS
};

static const char *const kind_names[NR_KINDS] = {
	"NULL", "unmapped", "protected", "truncated", "not canonical",
	"upper half", "read-only", "at end",
};

static char *bad[NR_KINDS];
/* The target of a good pointer, for each parameter. */
static char *good[MAX_ARGS];

static char *map(int prot)
{
	char *p = mmap(NULL, 2 * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED);
	return p;
}

static char *map_truncated(void)
{
	int fd = open("truncated", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char *p;

	REQUIRE(fd >= 0 && !ftruncate(fd, PAGE));
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED);
	REQUIRE(!ftruncate(fd, 0));
	close(fd);
	return p;
}

static void make_pointers(void)
{
	int i;

	bad[UNMAPPED] = map(PROT_NONE);
	munmap(bad[UNMAPPED], 2 * PAGE);
	bad[PROTECTED] = map(PROT_NONE);
	bad[TRUNCATED] = map_truncated();
	bad[NOT_CANONICAL] = (char *)(1ul << 62);
	bad[UPPER_HALF] = (char *)(~0ul << 12);
	bad[READ_ONLY] = map(PROT_READ);
	bad[AT_END] = map(PROT_READ | PROT_WRITE);
	REQUIRE(!mprotect(bad[AT_END] + PAGE, PAGE, PROT_NONE));
	bad[AT_END] += PAGE - 1;
	for (i = 0; i < MAX_ARGS; i++)
		good[i] = map(PROT_READ | PROT_WRITE);
}

static bool is_pointer(const char *parameter)
{
	return strchr(parameter, '*') ||
	       !strncmp(parameter, "cap_user_", 9);
}

static const char *parameter_name(const char *parameter)
{
	const char *space = strrchr(parameter, ' ');
	const char *name = space ? space + 1 : parameter;

	return name + strspn(name, "*");
}

/* ---- Good arguments ---- */

/* In place of descriptors, which are not known before. */
enum fd {
	FILE_FD = 1000000, DIR_FD, EPOLL_FD, TIMER_FD, PIPE_FD, INOTIFY_FD,
	FANOTIFY_FD, MOUNT_FD, PID_FD, LAST_FD
};
static long fds[LAST_FD - FILE_FD];
static int pipe_out;

/* Numbers, by the parameter's name; 0 if it is not here. */
static const struct {
	const char *name;
	long value;
} numbers[] = {
	{ "fd", FILE_FD }, { "fd_in", FILE_FD }, { "fd_out", FILE_FD },
	{ "in_fd", FILE_FD }, { "out_fd", FILE_FD }, { "ufd", TIMER_FD },
	{ "dfd", LKL_AT_FDCWD }, { "olddfd", LKL_AT_FDCWD },
	{ "newdfd", LKL_AT_FDCWD }, { "from_dfd", LKL_AT_FDCWD },
	{ "to_dfd", LKL_AT_FDCWD }, { "mountdirfd", DIR_FD },
	{ "epfd", EPOLL_FD }, 
	{ "size", 64 }, { "count", 64 }, { "len", 64 }, { "bufsiz", 64 },
	{ "plen", 64 }, { "bufsize", 64 }, { "usize", 64 },
	{ "sigsetsize", 8 }, { "sizemask", 8 }, { "sig", 10 },
	{ "vlen", 1 }, { "nr", 1 }, { "nr_segs", 1 }, { "maxevents", 1 },
	{ "nfds", 1 }, { "n", 1 }, { "nr_events", 1 }, { "nr_futexes", 1 },
	{ "nr_mnt_ids", 8 }, { "gidsetsize", 1 }, { "val", 1 },
};

/* Arguments of single calls, pointers among them; @index counts from 0. */
static const struct {
	const char *call;
	int index;
	long value;
} arguments[] = {
	{ "fanotify_mark", 0, FANOTIFY_FD },
	{ "fanotify_mark", 1, 1 },
	{ "fanotify_mark", 2, 2 },
	{ "fsconfig", 0, MOUNT_FD },
	{ "fsconfig", 1, 1 },
	{ "futex", 1, 0x80 },
	{ "futex_wait", 2, 1 },
	{ "futex_wait", 3, 0x82 },
	{ "futex_wake", 1, 1 },
	{ "futex_wake", 3, 2 },
	{ "getdents64", 0, DIR_FD },
	{ "inotify_add_watch", 0, INOTIFY_FD },
	{ "inotify_add_watch", 2, 2 },
	{ "listns", 2, 8 },
	{ "pidfd_send_signal", 0, PID_FD },
	{ "pidfd_send_signal", 1, 0 },
	{ "set_robust_list", 1, 24 },
	{ "signalfd4", 0, -1 },
	{ "splice", 2, PIPE_FD },
	{ "splice", 3, 0 },
	{ "splice", 5, 2 },
	{ "syslog", 0, 3 },
	{ "syslog", 2, PAGE },
	{ "vmsplice", 0, PIPE_FD },
	{ "waitid", 3, 4 },
};

/* Targets of good pointers: a path by default, or zeroes. */
#define FILE_NAME	"/tmpfs/file"
static const char capability_version[] = { 0x22, 0x05, 0x08, 0x20 };
static const char disabled_stack[] = { 0, 0, 0, 0, 0, 0, 0, 0, 2 };
static const char mount_request[] = {
	24, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1,
};
static const char namespace_request[] = { 32 };
static const char signal_event[] = { 0, 0, 0, 0, 0, 0, 0, 0, 10 };

static const struct {
	const char *call;
	int index;
	const void *data;
	size_t len;
} contents[] = {
	{ "capget", 0, capability_version, sizeof(capability_version) },
	{ "capset", 0, capability_version, sizeof(capability_version) },
	{ "fsopen", 0, "tmpfs", 6 },
	{ "listmount", 0, mount_request, sizeof(mount_request) },
	{ "listns", 0, namespace_request, sizeof(namespace_request) },
	{ "mount", 2, "tmpfs", 6 },
	{ "mount_setattr", 3, "\1", 1 },
	{ "pivot_root", 0, "/tmpfs", 7 },
	{ "readlinkat", 1, "/tmpfs/link", 12 },
	{ "sigaltstack", 0, disabled_stack, sizeof(disabled_stack) },
	{ "timer_create", 1, signal_event, sizeof(signal_event) },
};

static long resolve(long value)
{
	return value >= FILE_FD && value < LAST_FD ? fds[value - FILE_FD] :
		value;
}

static const long *find_argument(const struct call *c, int index)
{
	size_t i;

	for (i = 0; i < sizeof(arguments) / sizeof(*arguments); i++)
		if (!strcmp(arguments[i].call, c->name) &&
		    arguments[i].index == index)
			return &arguments[i].value;
	return NULL;
}

static long find_number(const struct call *c, int index)
{
	const char *name = parameter_name(c->parameters[index]);
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (!strcmp(numbers[i].name, name))
			return numbers[i].value;
	return 0;
}

static void fill(const struct call *c, int index)
{
	const char *parameter = c->parameters[index];
	size_t i;

	memset(good[index], 0, PAGE);
	if (strstr(c->name, "xattr") && !strcmp(parameter_name(parameter),
						"name"))
		strcpy(good[index], "user.name");
	else if (!strncmp(parameter, "const char *", 12))
		strcpy(good[index], FILE_NAME);
	for (i = 0; i < sizeof(contents) / sizeof(*contents); i++)
		if (!strcmp(contents[i].call, c->name) &&
		    contents[i].index == index)
			memcpy(good[index], contents[i].data, contents[i].len);
}

static long make_call(const struct call *c, int bad_index, enum kind kind)
{
	const long *argument;
	long args[6] = { 0 };
	int i;

	while (lkl_sys_read((unsigned int)pipe_out, good[0], PAGE) > 0)
		;
	OK(lkl_sys_lseek((unsigned int)fds[0], 0, LKL_SEEK_SET));
	OK(lkl_sys_lseek((unsigned int)fds[DIR_FD - FILE_FD], 0, LKL_SEEK_SET));
	/* No string ends here. */
	*bad[AT_END] = 'x';
	for (i = 0; i < MAX_ARGS && c->parameters[i]; i++) {
		argument = find_argument(c, i);
		if (i == bad_index) {
			args[i] = (long)bad[kind];
		} else if (argument) {
			args[i] = resolve(*argument);
		} else if (is_pointer(c->parameters[i])) {
			fill(c, i);
			args[i] = (long)good[i];
		} else {
			args[i] = resolve(find_number(c, i));
		}
	}
	return lkl_syscall(c->nr, args);
}

static void open_files(void)
{
	struct lkl_epoll_event event = { .events = 4 };
	static const char data[PAGE];
	lkl_gid_t group = 0;
	int pipes[2], timer;

	MUST(make_dir("/tmpfs"));
	MUST(lkl_sys_mount("none", "/tmpfs", "tmpfs", 0, NULL));
	fds[FILE_FD - FILE_FD] =
		MUST(open_file(FILE_NAME, LKL_O_RDWR | LKL_O_CREAT));
	MUST(lkl_sys_write((unsigned int)fds[0], data, sizeof(data)));
	MUST(lkl_sys_setxattr(FILE_NAME, "user.name", "x", 1, 0));
	MUST(lkl_sys_symlinkat("file", LKL_AT_FDCWD, "/tmpfs/link"));
	fds[DIR_FD - FILE_FD] =
		MUST(open_file("/tmpfs", LKL_O_RDONLY | LKL_O_DIRECTORY));
	fds[TIMER_FD - FILE_FD] = MUST(lkl_sys_timerfd_create(1, 0));
	MUST(lkl_sys_pipe2(pipes, LKL_O_NONBLOCK));
	pipe_out = pipes[0];
	fds[PIPE_FD - FILE_FD] = pipes[1];
	/* One that is ready. */
	fds[EPOLL_FD - FILE_FD] = MUST(lkl_sys_epoll_create1(0));
	MUST(lkl_sys_epoll_ctl((int)fds[EPOLL_FD - FILE_FD], 1, pipes[1],
			       &event));
	fds[INOTIFY_FD - FILE_FD] = MUST(lkl_sys_inotify_init1(0));
	fds[FANOTIFY_FD - FILE_FD] = MUST(lkl_sys_fanotify_init(0, 0));
	fds[MOUNT_FD - FILE_FD] = MUST(lkl_sys_fsopen("tmpfs", 0));
	fds[PID_FD - FILE_FD] = MUST(lkl_sys_pidfd_open(1, 0));
	MUST(lkl_sys_setgroups(1, &group));
	MUST(lkl_sys_timer_create(1, NULL, &timer));
	IS(timer, 0);
}

/* ---- What is expected ---- */

/*
 * Pointers that are not looked at, mostly since an error comes first that no
 * argument avoids here: the result in place of -EFAULT.
 */
static const struct {
	const char *parameter;
	long result;
} unused[] = {
	/* The memory of asynchronous I/O would have to be mapped. */
	{ "io_submit.iocbpp", -LKL_EINVAL },
	{ "io_cancel.result", -LKL_EINVAL },
	{ "io_getevents.events", -LKL_EINVAL },
	{ "io_pgetevents.events", -LKL_EINVAL },
	/* No quota, no disk. */
	{ "quotactl.addr", -LKL_ENOTBLK },
	{ "quotactl_fd.addr", -LKL_ENOSYS },
	/* A pipe has no offset. */
	{ "splice.off_out", -LKL_ESPIPE },
	/* No children. */
	{ "waitid.ru", -LKL_ECHILD },
	{ "wait4.stat_addr", -LKL_ECHILD },
	{ "wait4.ru", -LKL_ECHILD },
	/* Kept for the thread's end. */
	{ "set_tid_address.tidptr", 0 },
	{ "set_robust_list.head", 0 },
	/* Only if the sleep is interrupted, or a signal is there. */
	{ "nanosleep.rmtp", 0 },
	{ "clock_nanosleep.rmtp", 0 },
	{ "rt_sigtimedwait.uinfo", -LKL_EAGAIN },
	/* Of use with other commands. */
	{ "futex.uaddr2", -LKL_EAGAIN },
	{ "reboot.arg", -LKL_EINVAL },
	{ "statmount.buf", -LKL_EINVAL },
	{ "getcpu.unused", 0 },
	/* No mapping begins at 0. */
	{ "mincore.vec", -LKL_ENOMEM },
	/* Refused. */
	{ "clone3.uargs", -LKL_ENOSYS },
	{ "execve.filename", -LKL_ENOSYS },
	{ "execve.argv", -LKL_ENOSYS },
	{ "execve.envp", -LKL_ENOSYS },
	{ "execveat.filename", -LKL_ENOSYS },
	{ "execveat.argv", -LKL_ENOSYS },
	{ "execveat.envp", -LKL_ENOSYS },
};

/* Pointers that may be NULL, or are said to be wrong in another way if so. */
static const char *const optional[] = {
	"io_getevents.timeout", "epoll_pwait.sigmask", "mount.dev_name",
	"mount.type", "mount.data", "quotactl.special", "sendfile.offset",
	"splice.off_in", "timerfd_settime.otmr", "utimensat.utimes",
	"capget.dataptr", "waitid.infop", "setitimer.value",
	"setitimer.ovalue", "timer_create.timer_event_spec",
	"timer_settime.new_setting", "timer_settime.old_setting",
	"clock_getres.tp", "syslog.buf", "sched_setparam.param",
	"sched_setscheduler.param", "sched_getparam.param", "sigaltstack.uss",
	"sigaltstack.uoss", "rt_sigaction.act", "rt_sigaction.oact",
	"rt_sigprocmask.nset", "rt_sigprocmask.oset", "times.tbuf",
	"getcpu.cpup", "getcpu.nodep", "gettimeofday.tv", "gettimeofday.tz",
	"settimeofday.tv", "settimeofday.tz", "add_key._description",
	"request_key._callout_info", "prlimit64.new_rlim",
	"prlimit64.old_rlim", "fanotify_mark.pathname", "sched_setattr.uattr",
	"sched_getattr.uattr", "copy_file_range.off_in",
	"copy_file_range.off_out", "io_pgetevents.timeout",
	"io_pgetevents.usig", "pidfd_send_signal.info", "fsconfig._key",
	"fsconfig._value", "epoll_pwait2.timeout", "epoll_pwait2.sigmask",
	"futex_waitv.waiters", "futex_waitv.timeout", "futex_wait.timeout",
	"futex_requeue.waiters", "futex.utime", "pselect6.inp",
	"pselect6.outp", "pselect6.exp", "pselect6.sig", "ppoll.sigmask",
	"open_tree_attr.uattr",
	NULL
};

/* Pointers to what is read, besides those that are declared const. */
static const char *const only_read[] = {
	"io_setup.ctxp", "io_cancel.iocb", "io_getevents.timeout",
	"epoll_ctl.event", "umount2.name", "mount.dev_name", "mount.dir_name",
	"mount.type", "mount.data", "pselect6.tsp", "pselect6.sig",
	"ppoll.tsp", "signalfd4.user_mask", "utimensat.utimes",
	"nanosleep.rqtp", "setitimer.value", "timer_create.timer_event_spec",
	"sched_setparam.param", "sched_setscheduler.param",
	"sched_setaffinity.user_mask_ptr", "rt_sigprocmask.nset",
	"rt_sigqueueinfo.uinfo", "setgroups.grouplist", "sethostname.name",
	"setdomainname.name", "setrlimit.rlim", "settimeofday.tv",
	"settimeofday.tz", "rt_tgsigqueueinfo.uinfo",
	"open_by_handle_at.handle", "sched_setattr.uattr",
	"copy_file_range.off_in", "copy_file_range.off_out",
	"io_pgetevents.timeout", "pidfd_send_signal.info", "openat2.how",
	"mount_setattr.uattr", "futex.uaddr", "futex_waitv.waiters",
	"futex_waitv.timeout", "futex_wait.uaddr", "futex_wait.timeout",
	"futex_requeue.waiters", "getxattrat.uargs", "open_tree_attr.uattr",
	"file_setattr.ufattr",
	NULL
};

/* With one byte, they do what can be done with one byte. */
static const char *const byte_wise[] = {
	"read.buf", "write.buf", "pread64.buf", "pwrite64.buf",
	"getrandom.ubuf", "mount.data",
	NULL
};

/* They look whether it is aligned, first. */
static const char *const aligned[] = {
	"futex.uaddr", "futex_wait.uaddr", "futex_wake.uaddr",
	NULL
};

/* Without one of them, these wait for something that never happens. */
static const char *const endless[] = {
	"ppoll.tsp", "pselect6.tsp", "rt_sigtimedwait.uts",
	NULL
};

static bool is_in(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (!strcmp(*list, name))
			return true;
	return false;
}

static bool is_expected(const char *name, const char *parameter,
			enum kind kind, long ret)
{
	size_t i;

	for (i = 0; i < sizeof(unused) / sizeof(*unused); i++)
		if (!strcmp(unused[i].parameter, name))
			return ret == unused[i].result || kind == NOTHING ||
			       (!unused[i].result && ret > 0) ||
			       (kind == UPPER_HALF && ret == -LKL_EFAULT);
	switch (kind) {
	case NOTHING:
		return (ret == -LKL_EFAULT) != is_in(optional, name);
	case READ_ONLY:
		return (ret == -LKL_EFAULT) !=
		       (!strncmp(parameter, "const ", 6) ||
			is_in(only_read, name));
	case AT_END:
		if (is_in(byte_wise, name))
			return ret == 1 || ret == -LKL_ENOENT;
		if (is_in(aligned, name))
			return ret == -LKL_EINVAL;
		return ret == -LKL_EFAULT;
	default:
		return ret == -LKL_EFAULT;
	}
}

/* ---- Tests ---- */

static void try_parameter(const struct call *c, int index, bool print)
{
	const char *parameter = c->parameters[index];
	enum kind kind;
	char name[80];
	long ret;

	snprintf(name, sizeof(name), "%s.%s", c->name,
		 parameter_name(parameter));
	for (kind = NOTHING; kind < NR_KINDS; kind++) {
		if (kind == NOTHING && is_in(endless, name))
			continue;
		if (kind == READ_ONLY && !strcmp(c->name, "rt_sigsuspend"))
			continue;
		ret = make_call(c, index, kind);
		if (print)
			printf("%s, %s: %ld\n", name, kind_names[kind], ret);
		else
			CHECK_THAT(is_expected(name, parameter, kind, ret),
				   "%s, %s: %ld", name, kind_names[kind], ret);
	}
}

static int try_all(bool print)
{
	const struct call *c;
	int index, count = 0;

	for (c = calls; c < calls + NR_CALLS; c++)
		for (index = 0; index < MAX_ARGS && c->parameters[index];
		     index++)
			if (is_pointer(c->parameters[index])) {
				try_parameter(c, index, print);
				count++;
			}
	return count;
}

/* Calls whose pointers are declared as numbers. */
static void try_hidden_pointers(void)
{
	unsigned int fd = (unsigned int)fds[0];
	enum kind kind;
	long p;

	for (kind = UNMAPPED; kind <= UPPER_HALF; kind++) {
		p = (long)bad[kind];
		IS(lkl_sys_ioctl(fd, 0x80086601 /* FS_IOC_GETFLAGS */,
				 (unsigned long)p), -LKL_EFAULT);
		IS(lkl_sys_fcntl(fd, 5 /* F_GETLK */, (unsigned long)p),
		   -LKL_EFAULT);
		IS(lkl_sys_fcntl(fd, 6 /* F_SETLK */, (unsigned long)p),
		   -LKL_EFAULT);
		IS(lkl_sys_prctl(15 /* PR_SET_NAME */, (unsigned long)p, 0, 0,
				 0), -LKL_EFAULT);
		IS(lkl_sys_prctl(16 /* PR_GET_NAME */, (unsigned long)p, 0, 0,
				 0), -LKL_EFAULT);
	}
}

/* Its list and its number are looked at when it ends. */
static void *end_with_bad_pointers(void *arg)
{
	MUST(lkl_sys_set_robust_list(arg, 24));
	MUST(lkl_sys_set_tid_address(arg));
	return NULL;
}

static atomic_bool stop;

/* The kernel may run a call of one thread in another one. */
static void *make_other_calls(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop))
		IS(lkl_sys_getpid(), 1);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	enum kind kind;
	int i, count;

	(void)argv;
	need_no_instrument();
	boot(0);
	make_pointers();
	open_files();
	if (argc > 1)
		return try_all(true) == 0;
	count = try_all(false);
	printf("# %zu calls, %d pointers\n", NR_CALLS, count);
	CHECK(NR_CALLS > 200 && count > 200);
	try_hidden_pointers();

	for (kind = UNMAPPED; kind <= UPPER_HALF; kind++) {
		REQUIRE(!pthread_create(&threads[0], NULL,
					end_with_bad_pointers, bad[kind]));
		pthread_join(threads[0], NULL);
	}
	for (i = 0; i < 2; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, make_other_calls,
					NULL));
	for (i = 0; i < 20; i++)
		try_all(false);
	atomic_store(&stop, true);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);

	IS(lkl_sys_getpid(), 1);
	OK(lkl_halt());
	return check_exit();
}
