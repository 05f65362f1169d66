/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server-attack.h - system calls that a server must not be able to make.
 */
#ifndef TESTS_SERVER_ATTACK_H
#define TESTS_SERVER_ATTACK_H

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"

/* Whether build and host can confine a server. */
static bool has_landlock(void)
{
#ifdef HAVE_LANDLOCK
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
#else
	return false;
#endif
}

/*
 * Numbers that the installed headers may not have.  All of them fail with other
 * errors if they are not refused, as their arguments are wrong.
 */
static const struct {
	const char *name;
	long number;
} attack_numbers[] = {
	{ "pidfd_getfd", 438 }, { "process_madvise", 440 },
	{ "mount_setattr", 442 }, { "quotactl_fd", 443 },
	{ "process_mrelease", 448 }, { "fchmodat2", 452 },
	{ "setxattrat", 463 }, { "removexattrat", 466 },
	{ "open_tree_attr", 467 }, { "file_setattr", 469 },
	{ "pidfd_open", SYS_pidfd_open },
	{ "pidfd_send_signal", SYS_pidfd_send_signal },
	{ "process_vm_readv", SYS_process_vm_readv },
	{ "process_vm_writev", SYS_process_vm_writev },
	{ "kcmp", SYS_kcmp }, { "move_pages", SYS_move_pages },
	{ "migrate_pages", SYS_migrate_pages },
	{ "setpriority", SYS_setpriority }, { "ioprio_set", SYS_ioprio_set },
	{ "sched_setparam", SYS_sched_setparam },
	{ "sched_setscheduler", SYS_sched_setscheduler },
	{ "sched_setaffinity", SYS_sched_setaffinity },
	{ "sched_setattr", SYS_sched_setattr },
	{ "rt_sigqueueinfo", SYS_rt_sigqueueinfo },
	{ "rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo },
	{ "shmget", SYS_shmget }, { "semget", SYS_semget },
	{ "msgget", SYS_msgget }, { "mq_open", SYS_mq_open },
	{ "mount", SYS_mount }, { "fsopen", SYS_fsopen },
	{ "open_tree", SYS_open_tree }, { "move_mount", SYS_move_mount },
	{ "open_by_handle_at", SYS_open_by_handle_at },
	{ "io_uring_setup", SYS_io_uring_setup },
	{ "io_uring_register", SYS_io_uring_register },
	{ "bpf", SYS_bpf }, { "perf_event_open", SYS_perf_event_open },
	{ "userfaultfd", SYS_userfaultfd }, { "add_key", SYS_add_key },
	{ "request_key", SYS_request_key }, { "keyctl", SYS_keyctl },
	{ "fanotify_mark", SYS_fanotify_mark },
};

static inline int attack_refused(long ret)
{
	return ret < 0 && (errno == EPERM || errno == ENOSYS);
}

/* Append the names of the calls that are not refused to @result. */
static inline void attack_calls(char *result)
{
	size_t i;

	for (i = 0; i < sizeof(attack_numbers) / sizeof(attack_numbers[0]); i++)
		if (!attack_refused(syscall(attack_numbers[i].number, -1, -1,
					    -1, -1, -1, -1)))
			strcat(strcat(result, " "), attack_numbers[i].name);
	if (!attack_refused(syscall(SYS_prlimit64, getppid(), 7, NULL, NULL)))
		strcat(result, " prlimit64");
	if (syscall(SYS_prlimit64, 0, 7, NULL, NULL))
		strcat(result, " NOT-prlimit64");
	if (!attack_refused(syscall(SYS_tgkill, getppid(), getppid(), 0)))
		strcat(result, " tgkill");
	if (syscall(SYS_tgkill, getpid(), getpid(), 0))
		strcat(result, " NOT-tgkill");
	if (!attack_refused(ioctl(0, _IOW('f', 2, long), NULL)) ||
	    !attack_refused(ioctl(0, _IOW('X', 32, char[28]), NULL)))
		strcat(result, " ioctl");
}

#endif /* TESTS_SERVER_ATTACK_H */
