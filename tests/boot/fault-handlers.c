// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault-handlers.c - programs with signal handlers of their own for faults:
 * faults outside the kernel reach them as if the library were not there, and
 * bad pointers in calls fail with -EFAULT all the same.
 *
 * Each case is a process of its own.
 *
 * allow-log: Kernel panic|kernel fault
 */
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>

#include "boot.h"

#define PAGE	4096ul

/* A page that is made accessible by the program's handler. */
static char *page;
static volatile sig_atomic_t handled;
static sigjmp_buf escape;

static void map_page(void)
{
	page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(page != MAP_FAILED);
}

static void protect_page(void)
{
	REQUIRE(!mprotect(page, PAGE, PROT_NONE));
}

/* A fault of the program's, as the virtual machines of languages have them. */
static void touch_page(void)
{
	int before = handled;

	protect_page();
	*(volatile char *)page = 1;
	CHECK(handled == before + 1);
}

/* A call with a bad pointer that is nobody's business but the library's. */
static void call_with_bad_pointer(void)
{
	char *bad = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);
	int before = handled;

	REQUIRE(bad != MAP_FAILED);
	IS(lkl_sys_chdir(bad), -LKL_EFAULT);
	IS(lkl_sys_chdir(NULL), -LKL_EFAULT);
	IS(lkl_sys_getcwd(bad, 100), -LKL_EFAULT);
	CHECK(handled == before);
	munmap(bad, PAGE);
}

static void set_handler(int sig, int flags, void (*fn)(int, siginfo_t *, void *))
{
	struct sigaction sa = { .sa_sigaction = fn };

	sa.sa_flags = SA_SIGINFO | flags;
	sigaddset(&sa.sa_mask, SIGUSR1);
	REQUIRE(!sigaction(sig, &sa, NULL));
}

static void set_altstack(void)
{
	static char stack[65536];
	const stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };

	REQUIRE(!sigaltstack(&ss, NULL));
}

static bool is_blocked(int sig)
{
	sigset_t now;

	pthread_sigmask(SIG_SETMASK, NULL, &now);
	return sigismember(&now, sig) == 1;
}

/* ---- Handlers ---- */

static void repair(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;

	CHECK(sig == SIGSEGV);
	CHECK(info->si_signo == SIGSEGV && info->si_code == SEGV_ACCERR);
	CHECK(info->si_addr == page);
	CHECK(is_blocked(SIGSEGV) && is_blocked(SIGUSR1));
	CHECK(!is_blocked(SIGUSR2));
	CHECK(!sigismember(&uc->uc_sigmask, SIGSEGV));
	handled++;
	REQUIRE(!mprotect(page, PAGE, PROT_READ | PROT_WRITE));
}

static void repair_without_defer(int sig, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	CHECK(!is_blocked(sig) && is_blocked(SIGUSR1));
	handled++;
	REQUIRE(!mprotect(page, PAGE, PROT_READ | PROT_WRITE));
}

static void repair_plain(int sig)
{
	CHECK(sig == SIGSEGV);
	handled++;
	REQUIRE(!mprotect(page, PAGE, PROT_READ | PROT_WRITE));
}

static void jump_out(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
	handled++;
	siglongjmp(escape, 1);
}

static struct sigaction replaced;

/* Repairs what it knows, and hands all else to what was there before. */
static void repair_or_hand_on(int sig, siginfo_t *info, void *context)
{
	if (info->si_code == SEGV_ACCERR && info->si_addr == page) {
		handled++;
		REQUIRE(!mprotect(page, PAGE, PROT_READ | PROT_WRITE));
		return;
	}
	/* Forever, if they hand it to each other. */
	alarm(5);
	if (replaced.sa_flags & SA_SIGINFO)
		replaced.sa_sigaction(sig, info, context);
	else
		exit(3);
}

/* ---- Cases: what is expected of each is in the table below ---- */

static void installed_before(void)
{
	int i;

	set_handler(SIGSEGV, 0, repair);
	boot(0);
	for (i = 0; i < 3; i++) {
		touch_page();
		call_with_bad_pointer();
	}
	CHECK(!is_blocked(SIGSEGV) && !is_blocked(SIGUSR1));
}

static void with_altstack(void)
{
	set_altstack();
	set_handler(SIGSEGV, SA_ONSTACK, repair);
	boot(0);
	touch_page();
	call_with_bad_pointer();
	touch_page();
}

static void without_siginfo(void)
{
	signal(SIGSEGV, repair_plain);
	boot(0);
	touch_page();
	call_with_bad_pointer();
	touch_page();
}

static void without_defer(void)
{
	set_handler(SIGSEGV, SA_NODEFER, repair_without_defer);
	boot(0);
	touch_page();
	call_with_bad_pointer();
	touch_page();
}

/* The second fault finds no handler. */
static void reset_hand(void)
{
	set_handler(SIGSEGV, (int)SA_RESETHAND, repair);
	boot(0);
	touch_page();
	call_with_bad_pointer();
	protect_page();
	*(volatile char *)page = 1;
	exit(2);
}

static void left_by_jump(void)
{
	volatile int i;

	set_altstack();
	set_handler(SIGSEGV, SA_ONSTACK, jump_out);
	boot(0);
	for (i = 0; i < 5; i++) {
		if (!sigsetjmp(escape, 1)) {
			protect_page();
			*(volatile char *)page = 1;
		}
		CHECK(handled == i + 1);
		call_with_bad_pointer();
	}
	CHECK(!is_blocked(SIGSEGV));
}

static void installed_after(void)
{
	struct sigaction sa = {
		.sa_sigaction = repair_or_hand_on,
		.sa_flags = SA_SIGINFO,
	};
	int i;

	boot(0);
	REQUIRE(!sigaction(SIGSEGV, &sa, &replaced));
	for (i = 0; i < 3; i++) {
		touch_page();
		call_with_bad_pointer();
	}
}

/* Known to the library, and installed again over it: nobody wants the fault. */
static void installed_twice(void)
{
	struct sigaction sa = {
		.sa_sigaction = repair_or_hand_on,
		.sa_flags = SA_SIGINFO,
	};
	char *other;

	REQUIRE(!sigaction(SIGSEGV, &sa, &replaced));
	boot(0);
	IS(lkl_start(NULL, NULL), -LKL_EALREADY);
	REQUIRE(!sigaction(SIGSEGV, &sa, &replaced));
	touch_page();
	call_with_bad_pointer();
	touch_page();
	protect_page();
	other = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(other != MAP_FAILED);
	*(volatile char *)other = 1;
	exit(2);
}

static void no_handler(void)
{
	boot(0);
	call_with_bad_pointer();
	*(volatile char *)page = 1;
}

static void sent_by_kill(void)
{
	boot(0);
	call_with_bad_pointer();
	kill(getpid(), SIGSEGV);
	exit(2);
}

static void ignored(void)
{
	signal(SIGSEGV, SIG_IGN);
	boot(0);
	call_with_bad_pointer();
	kill(getpid(), SIGSEGV);
	raise(SIGSEGV);
	call_with_bad_pointer();
	/* This cannot be ignored. */
	*(volatile char *)page = 1;
}

static void *call_with_all_blocked(void *arg)
{
	(void)arg;
	call_with_bad_pointer();
	return NULL;
}

static void blocked(void)
{
	pthread_t thread;
	sigset_t all;

	boot(0);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	REQUIRE(!pthread_create(&thread, NULL, call_with_all_blocked, NULL));
	pthread_join(thread, NULL);
}

/* The thread sanitizer has a thread that blocks all signals. */
#ifndef __SANITIZE_THREAD__
/* Is @sig blocked in a thread of this process? */
static bool is_blocked_anywhere(int sig)
{
	char path[300], line[200];
	unsigned long mask;
	struct dirent *e;
	bool found = false;
	DIR *dir = opendir("/proc/self/task");
	FILE *f;

	REQUIRE(dir);
	while ((e = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/status",
			 e->d_name);
		f = e->d_name[0] == '.' ? NULL : fopen(path, "re");
		if (!f)
			continue;
		while (fgets(line, sizeof(line), f))
			if (sscanf(line, "SigBlk: %lx", &mask) == 1 &&
			    mask >> (sig - 1) & 1)
				found = true;
		fclose(f);
	}
	closedir(dir);
	return found;
}

/* All that the library handles: in this thread, and in the kernel's own. */
static void blocked_with_panics(void)
{
	const struct lkl_options options = {
		.size = sizeof(options),
		.flags = LKL_CATCH_FAULTS,
	};
	static const int signals[] = {
		SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP,
	};
	unsigned int i;
	double start;
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	MUST(lkl_start(&options, NULL));
	CHECK(is_blocked(SIGUSR1));
	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		start = now();
		while (is_blocked_anywhere(signals[i]) && now() - start < 5)
			;
		CHECK_THAT(!is_blocked_anywhere(signals[i]),
			   "signal %d is blocked", signals[i]);
	}
	OK(lkl_halt());
}

static pthread_barrier_t barrier;

/* Of a kernel without LKL_CATCH_FAULTS, and of one with it. */
static void *call_two_kernels(void *arg)
{
	sigset_t all;

	(void)arg;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	pthread_barrier_wait(&barrier);
	IS(lkl_sys_getpid(), 1);
	CHECK(!is_blocked(SIGSEGV) && is_blocked(SIGFPE));
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	IS(lkl_sys_getpid(), 1);
	CHECK(!is_blocked(SIGSEGV) && !is_blocked(SIGFPE));
	return NULL;
}

static void blocked_in_older_thread(void)
{
	const struct lkl_options options = {
		.size = sizeof(options),
		.flags = LKL_CATCH_FAULTS,
	};
	pthread_t thread;

	REQUIRE(!pthread_barrier_init(&barrier, NULL, 2));
	REQUIRE(!pthread_create(&thread, NULL, call_two_kernels, NULL));
	MUST(lkl_start(NULL, NULL));
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	OK(lkl_halt());
	MUST(lkl_start(&options, NULL));
	pthread_barrier_wait(&barrier);
	REQUIRE(!pthread_join(thread, NULL));
	OK(lkl_halt());
}
#endif

/* ---- Handlers that are installed over the library's ---- */

static void repair_alone(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	if (info->si_addr != page)
		_exit(4);
	handled++;
	REQUIRE(!mprotect(page, PAGE, PROT_READ | PROT_WRITE));
}

static void same_again(void)
{
	int i;

	for (i = 0; i < 20; i++) {
		set_handler(SIGSEGV, 0, repair_alone);
		boot(0);
		call_with_bad_pointer();
		touch_page();
		OK(lkl_halt());
	}
}

/* Two in turn, as of two libraries that both want to be the last. */
static void two_in_turn(void)
{
	int i;

	for (i = 0; i < 40; i++) {
		set_handler(SIGSEGV, i & 1 ? SA_NODEFER : 0, repair_alone);
		boot(0);
		call_with_bad_pointer();
		touch_page();
		OK(lkl_halt());
	}
}

/* The library says when it cannot remember any more of them. */
static void others_again(void)
{
	static const int flags[] = { SA_NODEFER, SA_RESTART, SA_ONSTACK,
				     SA_NOCLDSTOP };
	struct lkl_error err;
	int i, j, all, ret = 0;

	for (i = 0; i < 16; i++) {
		for (all = j = 0; j < 4; j++)
			all |= i & 1 << j ? flags[j] : 0;
		set_handler(SIGSEGV, all, repair_alone);
		ret = lkl_start(NULL, &err);
		if (ret)
			break;
		call_with_bad_pointer();
		touch_page();
		OK(lkl_halt());
	}
	CHECK(i >= 5);
	IS(ret, -LKL_EBUSY);
	CHECK_THAT(strstr(err.text, "handler"), "%s", err.text);
	IS(lkl_sys_getpid(), -LKL_ENXIO);
	touch_page();
}

/* ---- Faults while the thread is in the kernel ---- */

static void faulting_log(int level, const char *line, size_t len, void *opaque)
{
	(void)level;
	(void)line;
	(void)len;
	(void)opaque;
	touch_page();
}

static void in_callback(void)
{
	const struct lkl_options options = {
		.size = sizeof(options),
		.log = faulting_log,
		.flags = LKL_CATCH_FAULTS,
	};

	set_altstack();
	set_handler(SIGSEGV, SA_ONSTACK, repair);
	MUST(lkl_start(&options, NULL));
	CHECK(handled > 10);
	IS(lkl_sys_getpid(), 1);
}

static void faulting_alarm(int sig, siginfo_t *info, void *context)
{
	int before = handled;

	(void)sig;
	(void)info;
	(void)context;
	*(volatile char *)page = 1;
	CHECK(handled == before + 1);
	REQUIRE(!mprotect(page, PAGE, PROT_NONE));
}

static void in_other_handler(void)
{
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	static char buf[1 << 20];
	double start;
	int fd;

	set_altstack();
	set_handler(SIGSEGV, SA_ONSTACK | SA_NODEFER,
		    repair_without_defer);
	set_handler(SIGALRM, SA_ONSTACK | SA_RESTART, faulting_alarm);
	boot(0);
	fd = (int)MUST(open_file("/file", LKL_O_RDWR | LKL_O_CREAT));
	setitimer(ITIMER_REAL, &often, NULL);
	start = now();
	while (handled < 300 && now() - start < 20) {
		IS(lkl_sys_pwrite64((unsigned int)fd, buf, sizeof(buf), 0),
		   sizeof(buf));
		IS(lkl_sys_chdir(NULL), -LKL_EFAULT);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	CHECK(handled >= 300);
}

/* ---- A bug in the kernel: its memory is gone ---- */

static atomic_int panics, waiting;
static int pipe_fds[2];

static void note_panic(const char *message, void *opaque)
{
	(void)opaque;
	CHECK_THAT(strstr(message, "kernel fault"), "%s", message);
	atomic_fetch_add(&panics, 1);
}

static void *wait_in_kernel(void *arg)
{
	char c;

	(void)arg;
	atomic_fetch_add(&waiting, 1);
	IS(lkl_sys_read((unsigned int)pipe_fds[0], &c, 1),
	   -LKL_ENOTRECOVERABLE);
	return NULL;
}

static void *hammer(void *arg)
{
	long ret;

	(void)arg;
	atomic_fetch_add(&waiting, 1);
	while ((ret = lkl_sys_getpid()) == 1)
		;
	IS(ret, -LKL_ENOTRECOVERABLE);
	return NULL;
}

static void protect_kernel(void)
{
	unsigned long from, to;
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	int count = 0;

	REQUIRE(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (!strstr(line, "memfd:lkl") ||
		    sscanf(line, "%lx-%lx", &from, &to) != 2)
			continue;
		/* The direct map, not the stacks. */
		if (to - from < 16 * MIB)
			continue;
		REQUIRE(!mprotect((void *)from, to - from, PROT_NONE));
		count++;
	}
	fclose(maps);
	CHECK(count > 0);
}

static void break_kernel(unsigned int flags)
{
	const struct lkl_options options = {
		.size = sizeof(options),
		.panic = note_panic,
		.flags = flags,
	};
	pthread_t threads[3];
	struct lkl_error err;
	int i;

	MUST(lkl_start(&options, &err));
	MUST(lkl_sys_pipe2(pipe_fds, 0));
	for (i = 0; i < 3; i++)
		REQUIRE(!pthread_create(&threads[i], NULL,
					i ? wait_in_kernel : hammer, NULL));
	while (atomic_load(&waiting) < 3)
		;
	protect_kernel();
	IS(lkl_sys_chdir("/"), -LKL_ENOTRECOVERABLE);
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	IS(atomic_load(&panics), 1);
	IS(lkl_sys_getpid(), -LKL_ENOTRECOVERABLE);
	IS(lkl_halt(), -LKL_ENOTRECOVERABLE);
	IS(atomic_load(&panics), 1);
}

static void kernel_bug(void)
{
	break_kernel(LKL_CATCH_FAULTS);
	/* Not that of the program. */
	*(volatile char *)page = 1;
}

static void kernel_bug_not_caught(void)
{
	break_kernel(0);
	exit(2);
}

static void kernel_bug_beside_handler(void)
{
	set_altstack();
	set_handler(SIGSEGV, SA_ONSTACK, repair);
	break_kernel(LKL_CATCH_FAULTS);
	touch_page();
}

static const struct {
	const char *name;
	void (*run)(void);
	int signal;			/* that it dies of */
} cases[] = {
	{ "installed before", installed_before, 0 },
	{ "with an alternate stack", with_altstack, 0 },
	{ "without SA_SIGINFO", without_siginfo, 0 },
	{ "SA_NODEFER", without_defer, 0 },
	{ "SA_RESETHAND", reset_hand, SIGSEGV },
	{ "left by siglongjmp", left_by_jump, 0 },
	{ "installed after", installed_after, 0 },
	{ "installed before and after", installed_twice, SIGSEGV },
	{ "no handler", no_handler, SIGSEGV },
	{ "sent by kill()", sent_by_kill, SIGSEGV },
	{ "ignored", ignored, SIGSEGV },
	{ "blocked", blocked, 0 },
#ifndef __SANITIZE_THREAD__
	{ "blocked, with LKL_CATCH_FAULTS", blocked_with_panics, 0 },
	{ "blocked in an older thread", blocked_in_older_thread, 0 },
#endif
	{ "the same handler again and again", same_again, 0 },
	{ "two handlers in turn", two_in_turn, 0 },
	{ "other handlers again and again", others_again, 0 },
	{ "in a callback", in_callback, 0 },
	{ "in another handler", in_other_handler, 0 },
	{ "kernel bug", kernel_bug, SIGSEGV },
	{ "kernel bug, not caught", kernel_bug_not_caught, SIGSEGV },
	{ "kernel bug, beside a handler", kernel_bug_beside_handler, 0 },
};

int main(void)
{
	unsigned int i;
	int status;
	pid_t pid;

	need_no_instrument();
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		printf("# %s\n", cases[i].name);
		fflush(stdout);
		pid = fork();
		REQUIRE(pid >= 0);
		if (!pid) {
			atomic_store(&check_failures, 0);
			map_page();
			alarm(60);
			/* A sanitizer has a handler of its own. */
			signal(SIGSEGV, SIG_DFL);
			cases[i].run();
			fflush(stdout);
			_exit(check_exit());
		}
		REQUIRE(waitpid(pid, &status, 0) == pid);
		if (cases[i].signal)
			CHECK_THAT(WIFSIGNALED(status) &&
				   WTERMSIG(status) == cases[i].signal,
				   "%s: status %x", cases[i].name,
				   (unsigned int)status);
		else
			CHECK_THAT(!status, "%s: status %x", cases[i].name,
				   (unsigned int)status);
	}
	return check_exit();
}
