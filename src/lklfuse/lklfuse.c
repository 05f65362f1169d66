// SPDX-License-Identifier: GPL-2.0-only
/*
 * lklfuse.c - mount a file system in a disk image, without root.
 *
 * This file has the order of start and end, which matters:
 *
 * 1. Open the image, start the guardian that will unmount, mount on the host.
 * 2. Enter the sandbox.
 * 3. Probe the image, start the kernel, mount inside, answer requests.
 * 4. Unmount on the host, so that no requests come any more.
 * 5. Unmount inside, flush, close the image.
 * 6. Tell who waits for the end of the mount whether everything is in the image.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lkl.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/sandbox/guardian.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/image/release.h"
#include "common/image/session.h"
#include "common/image/watchdog.h"
#include "common/standard-descriptors.h"
#include "common/storage/unlock.h"
#include "arguments.h"
#include "background.h"
#include "callers.h"
#include "device.h"
#include "log.h"
#include "mount.h"
#include "operations.h"
#include "quiet-sync.h"
#include "rings.h"
#include "unmount.h"
#include "workers.h"

enum {
	EXIT_DONE,
	EXIT_FAILED,
	EXIT_USAGE,
};

#define DEFAULT_THREADS 8

/* Sent to a thread that waits for signals when it need not wait any more. */
#define DONE_SIGNAL SIGUSR2

/* Everything that has to be released at the end; NULL or false: not there. */
struct daemon {
	struct arguments arguments;
	char *mountpoint;
	struct session *session;	/* the image */
	struct guardian *guardian;
	struct fuse_session *fuse;
	struct workers *workers;
	struct filesystem fs;
	struct release_sockets release;
	int lock;			/* of --lock, until the end; -1: none */
	bool opened;			/* fs is open */
	bool unmounted;			/* on the host, by somebody else */
};

static pthread_t main_thread;
static int workers_error;		/* set before DONE_SIGNAL is sent */

static void on_workers_done(int error)
{
	workers_error = error;
	pthread_kill(main_thread, DONE_SIGNAL);
}

/*
 * While the kernel inside mounts, a signal ends the process at once, and so
 * does the death of the waiting parent.  While it unmounts, a second SIGINT or
 * SIGTERM does, unless it comes within a second: some programs send several
 * signals at once.  If the kernel inside makes no progress meanwhile, the
 * watchdog ends the process.  The guardian takes away the dead mount.
 */
enum phase { MOUNTING, UNMOUNTING };

static struct {
	pthread_t thread;
	bool started;
	atomic_bool stop;
	enum phase phase;
} early_end;

#define INTERVAL_MS 50

static void *early_end_thread(void *arg)
{
	const struct timespec interval = { .tv_nsec = INTERVAL_MS * 1000000 };
	bool mounting = early_end.phase == MOUNTING;
	unsigned int ms = mounting ? 1000 : 0;
	sigset_t signals;
	int signal;

	(void)arg;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, DONE_SIGNAL);
	if (mounting)
		sigaddset(&signals, SIGHUP);
	while (!atomic_load(&early_end.stop)) {
		signal = sigtimedwait(&signals, NULL, &interval);
		if (signal == DONE_SIGNAL)
			continue;
		if ((signal > 0 && ms >= 1000) ||
		    (mounting && background_is_orphaned())) {
			background_failed(mounting ?
				"interrupted before it was mounted" :
				"interrupted while unmounting: the image is as after a power cut");
			_exit(EXIT_FAILED);
		}
		if (signal < 0)
			ms += INTERVAL_MS;
	}
	return NULL;
}

static int early_end_allow(enum phase phase, struct lkl_error *err)
{
	int ret;

	early_end.phase = phase;
	atomic_store(&early_end.stop, false);
	ret = pthread_create(&early_end.thread, NULL, early_end_thread, NULL);
	if (ret)
		return error_set(err, -ret, "cannot start a thread: %s",
				 strerror(ret));
	early_end.started = true;
	return 0;
}

static void early_end_forbid(void)
{
	atomic_store(&early_end.stop, true);
	if (early_end.started) {
		pthread_kill(early_end.thread, DONE_SIGNAL);
		pthread_join(early_end.thread, NULL);
	}
	early_end.started = false;
}

/* In a worker: the host has got the reply to FUSE_INIT. */
static void on_first_reply(int error, void *opaque)
{
	const struct daemon *daemon = opaque;

	if (error) {
		on_workers_done(-error);
		return;
	}
	if (device_has_rings())
		log_verbose("requests come from io_uring");
	else if (daemon->arguments.io_uring == RINGS_YES)
		log_warning("io_uring=yes: it cannot be started; going on over /dev/fuse");
	if (!daemon->arguments.foreground)
		callers_detach_guardian();
	if (!background_ready())
		pthread_kill(main_thread, SIGTERM);
}

static int take_lock_file(const char *path, int *ret_fd, struct lkl_error *err)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return error_set(err, -errno, "cannot open %s: %s",
				 quote_name(path), strerror(errno));
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		int ret = -errno;

		close(fd);
		return error_set(err, ret, "%s is locked by another program",
				 quote_name(path));
	}
	*ret_fd = fd;
	return 0;
}

/* In another user namespace, uid 0 is not the host's root. */
static bool is_initial_user_namespace(void)
{
	char line[128] = "";
	unsigned int inside = 1, outside = 1, count = 0;
	FILE *file = fopen("/proc/self/uid_map", "re");

	if (!file)
		return true;
	if (!fgets(line, sizeof(line), file) ||
	    sscanf(line, "%u %u %u", &inside, &outside, &count) != 3)
		count = 0;
	fclose(file);
	return !inside && !outside && count == UINT32_MAX;
}

/* The devices of the workers, and rings in addition if the host has them. */
static int daemon_prepare_workers(struct daemon *daemon,
				  struct lkl_error *err)
{
	const struct arguments *arguments = &daemon->arguments;
	unsigned int threads = arguments->threads ? arguments->threads :
						    DEFAULT_THREADS;
	struct rings *rings;
	int ret;

	ret = rings_prepare(daemon->fuse, arguments->io_uring, threads, &rings,
			    err);
	if (ret < 0)
		return error_prefix(err, ret, "cannot use io_uring");
	if (!rings)
		log_verbose("requests come from /dev/fuse: %s", err->text);
	ret = workers_prepare(daemon->fuse, threads, rings, &daemon->workers,
			      err);
	if (ret < 0)
		rings_free(rings);
	return ret;
}

/* Step 1: everything that needs files of the host. */
static int daemon_open_host(struct daemon *daemon, struct lkl_error *err)
{
	const struct arguments *arguments = &daemon->arguments;
	char device[32];
	struct stat st;
	int ret;

	if (arguments->lock) {
		ret = take_lock_file(arguments->lock, &daemon->lock, err);
		if (ret < 0)
			return ret;
	}
	daemon->mountpoint = realpath(arguments->mountpoint, NULL);
	if (daemon->mountpoint && !stat(daemon->mountpoint, &st) &&
	    !S_ISDIR(st.st_mode))
		return error_set(err, -ENOTDIR,
				 "cannot mount on %s: not a directory",
				 quote_name(arguments->mountpoint));
	if (!daemon->mountpoint)
		return error_set(err, -errno, "cannot mount on %s: %s",
				 quote_name(arguments->mountpoint),
				 strerror(errno));
	ret = session_prepare(arguments->image, &arguments->common,
			      arguments->read_only ? SESSION_READ_ONLY :
			      SESSION_EACH_FILE_ONCE,
			      &daemon->session, err);
	if (ret < 0)
		return ret;
	background_close_inherited();
	log_open(arguments->image);
	daemon->fs.privileged = is_initial_user_namespace();
	ret = unmounter_start(daemon->mountpoint, &daemon->guardian, err);
	if (ret < 0)
		return ret;
	callers_begin(daemon->guardian);
	ret = mount_host(arguments, daemon->mountpoint, &daemon->fs,
			 &daemon->fuse, err);
	if (ret < 0) {
		callers_end();
		guardian_dismiss(daemon->guardian);
		daemon->guardian = NULL;
		return ret;
	}
	if (!mount_find_device(daemon->mountpoint, device, sizeof(device),
			       NULL))
		device[0] = '\0';
	release_listen(session_stat(daemon->session), device,
		       &daemon->release);
	if (daemon->release.mount < 0 || daemon->release.serving < 0)
		log_error("%s: lklfuse --unmount will not learn whether the image is complete: other programs have taken the names of the sockets",
			  quote_name(arguments->image));
	unmounter_set_mount(daemon->guardian, device, daemon->release.mount);
	/* Do not keep a file system of the host busy. */
	if (chdir("/"))
		return error_set(err, -errno, "cannot change to /: %s",
				 strerror(errno));
	if (device_attach(daemon->fuse, &daemon->fs, on_first_reply, daemon))
		return error_set(err, -EINVAL, "cannot attach to libfuse");
	return daemon_prepare_workers(daemon, err);
}

static int daemon_start(struct daemon *daemon, struct lkl_error *err)
{
	const struct arguments *arguments = &daemon->arguments;
	int ret;

	ret = daemon_open_host(daemon, err);
	if (!ret)
		ret = session_confine(daemon->session, err);
	if (!ret)
		ret = early_end_allow(MOUNTING, err);
	if (!ret)
		ret = session_mount(daemon->session, err);
	if (ret < 0)
		return ret;
	daemon->fs.read_only = arguments->read_only;
	daemon->fs.caching = arguments->caching;
	daemon->fs.owners = arguments->owners;
	ret = filesystem_open(&daemon->fs, daemon->session, err);
	if (ret < 0)
		return error_prefix(err, ret, "%s",
				    quote_name(arguments->image));
	daemon->opened = true;
	filesystem_default_owner(&daemon->fs, getuid(), getgid());
	log_mount_done();
	early_end_forbid();
	if (!daemon->fs.read_only) {
		ret = quiet_sync_start(&daemon->fs, err);
		if (ret < 0)
			return ret;
	}
	return workers_start(daemon->workers, on_workers_done, err);
}

static void warn_of_stall(const char *text)
{
	log_error("%s", text);
}

/* The guardian takes away the mount. */
static void give_up_kernel(const char *text)
{
	log_error("%s", text);
	_exit(EXIT_FAILED);
}

/* Returns when the host has unmounted, or a signal asks for it. */
static void wait_for_unmount_or_signal(struct daemon *daemon,
				       const sigset_t *signals)
{
	struct lkl_error err = { "" };
	int signal = 0;

	while (sigwait(signals, &signal))
		;
	release_close(&daemon->release.mounted);
	release_close(&daemon->release.serving);
	background_stopping();
	log_ending();
	if (signal != DONE_SIGNAL) {
		watchdog_interrupt(signal);
	} else {
		daemon->unmounted = !workers_error;
		if (workers_error < 0) {
			error_set(&err, workers_error,
				  "%s: cannot agree with the host on the FUSE protocol: %s",
				  quote_name(daemon->arguments.image),
				  strerror(-workers_error));
			background_failed(err.text);
		}
	}
}

/* Step 4: afterwards no request comes any more. */
static int daemon_stop_host(struct daemon *daemon, struct lkl_error *err)
{
	int ret = 0;

	callers_end();
	if (daemon->guardian && !daemon->unmounted)
		ret = unmounter_unmount(daemon->guardian, daemon->mountpoint,
					err);
	if (daemon->workers) {
		if (ret == UNMOUNT_BUSY)
			workers_drain(daemon->workers);
		device_refuse_new_requests();
		device_join_detached();
		workers_stop(daemon->workers);
		workers_free(daemon->workers);
	}
	if (daemon->fuse)
		fuse_session_destroy(daemon->fuse);
	return ret < 0 ? ret : 0;
}

/* Step 5. */
static int daemon_stop_image(struct daemon *daemon, struct lkl_error *err)
{
	int ret;

	quiet_sync_stop();
	if (daemon->opened)
		filesystem_close(&daemon->fs);
	ret = daemon->session ? session_close(daemon->session, err) : 0;
	release_close(&daemon->release.open);
	return ret;
}

/*
 * Step 6.
 * @reason: of a failure; empty: what was logged last
 */
static void daemon_finish(struct daemon *daemon, int status,
			  const char *reason)
{
	char text[RELEASE_TEXT_MAX] = "";

	/* Who waits may mount again at once. */
	if (daemon->lock >= 0)
		close(daemon->lock);
	if (status && *reason)
		snprintf(text, sizeof(text), "%s", reason);
	else if (status)
		log_last_error(text, sizeof(text));
	if (daemon->guardian)
		unmounter_finish(daemon->guardian, status, text);
	free(daemon->mountpoint);
}

static int daemon_stop(struct daemon *daemon)
{
	struct lkl_error err = { "" }, reason = { "" };
	int status = EXIT_DONE;

	if (workers_error < 0)
		status = EXIT_FAILED;
	if (daemon_stop_host(daemon, &err) < 0) {
		log_error("%s", err.text);
		status = EXIT_FAILED;
	}
	log_kernel_errors();
	if (daemon->opened && filesystem_check(&daemon->fs, &err) < 0) {
		log_kernel_errors();
		log_error("%s: %s", quote_name(daemon->arguments.image),
			  err.text);
		status = EXIT_FAILED;
	}
	/* No call reports some errors, such as an aborted journal. */
	if (daemon->opened && log_has_kernel_errors()) {
		log_kernel_errors();
		if (status == EXIT_DONE)
			log_error(daemon->fs.read_only ?
				  "%s: after these errors, programs may not have read everything" :
				  "%s: after these errors, not everything may be in the image",
				  quote_name(daemon->arguments.image));
		status = EXIT_FAILED;
	}
	/* More than the errors that follow from it, which came first. */
	if (daemon->session && session_host_failure(daemon->session, &reason))
		error_prefix(&reason, 0, "%s",
			     quote_name(daemon->arguments.image));
	if (daemon_stop_image(daemon, &err) < 0) {
		log_error("%s", err.text);
		status = EXIT_FAILED;
	}
	daemon_finish(daemon, status, reason.text);
	return status;
}

/* The process that asks for passphrases stays at the terminal. */
static int daemon_start_keys(struct daemon *daemon, struct lkl_error *err)
{
	struct common_options *options = &daemon->arguments.common;
	unsigned int i;
	int ret;

	for (i = 0; i < options->keys.n_sources; i++)
		if (!options->keys.sources[i].path)
			background_forget_inherited(options->keys.sources[i].fd);
	ret = unlocker_start(daemon->arguments.image, &options->keys,
			     sandbox_mode_name(options->sandbox),
			     &options->unlocker, err);
	background_leave_terminal();
	return ret;
}

static int daemon_run(struct daemon *daemon)
{
	const struct watchdog watchdog = {
		.image = daemon->arguments.image,
		.warn = warn_of_stall, .give_up = give_up_kernel,
	};
	struct lkl_error err = { "" };
	sigset_t signals;
	int ret;

	ret = background_begin(daemon->arguments.foreground, &err);
	if (ret < 0) {
		report_error("%s", err.text);
		return EXIT_FAILED;
	}
	ret = daemon_start_keys(daemon, &err);
	if (ret < 0) {
		background_failed(err.text);
		return EXIT_FAILED;
	}
	/*
	 * All later threads inherit the mask, including those of the kernel inside.
	 */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, DONE_SIGNAL);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	main_thread = pthread_self();
	watchdog_set(&watchdog);

	ret = daemon_start(daemon, &err);
	if (ret < 0) {
		struct lkl_error ignored;

		early_end_forbid();
		daemon_stop_host(daemon, &ignored);
		daemon_stop_image(daemon, &ignored);
		free(daemon->mountpoint);
		/* It must not hold what is the caller's. */
		if (daemon->guardian)
			guardian_abandon(daemon->guardian);
		background_failed(err.text);
		return EXIT_FAILED;
	}
	wait_for_unmount_or_signal(daemon, &signals);
	if (early_end_allow(UNMOUNTING, &err) < 0)
		log_error("%s", err.text);
	ret = daemon_stop(daemon);
	early_end_forbid();
	return ret;
}

int main(int argc, char **argv)
{
	static struct daemon daemon = {
		.release = RELEASE_SOCKETS_NONE, .lock = -1,
	};
	struct lkl_error err = { "" };
	int ret;

	standard_descriptors_fill();
	report_init("lklfuse");
	signal(SIGPIPE, SIG_IGN);
	ret = arguments_parse(argc, argv, &daemon.arguments, &err);
	if (ret == 0)
		return EXIT_DONE;
	if (ret > 0 && !daemon.arguments.unmount && !daemon.arguments.remount)
		ret = mount_check_options(&daemon.arguments, &err);
	if (ret < 0) {
		report_usage_error(err.text);
		return EXIT_USAGE;
	}
	if (daemon.arguments.unmount) {
		ret = mount_end(daemon.arguments.mountpoint,
				daemon.arguments.lazy, &err);
		if (ret < 0)
			report_error("%s", err.text);
		return ret < 0 ? EXIT_FAILED : EXIT_DONE;
	}
	if (daemon.arguments.remount) {
		ret = mount_change(&daemon.arguments, &err);
		if (ret < 0)
			report_error("%s", err.text);
		return ret < 0 ? EXIT_FAILED : EXIT_DONE;
	}
	report_set_quiet(daemon.arguments.common.quiet);
	if (daemon.arguments.common.verbose)
		log_set_verbose();
	return daemon_run(&daemon);
}
