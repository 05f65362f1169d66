// SPDX-License-Identifier: GPL-2.0-only
/*
 * credentials.c - each host thread has its own credentials, and the kernel
 * checks them.
 */
#include <pthread.h>

#include "basics.h"

struct person {
	lkl_uid_t uid;
	lkl_gid_t gid;
	lkl_gid_t extra;
	bool may_read;
	bool may_write;
};

static pthread_barrier_t barrier;

static void *be(void *arg)
{
	const struct person *p = arg;
	lkl_uid_t real, effective, saved;
	lkl_gid_t extra = p->extra;
	int fd;

	OK(lkl_sys_setgroups(1, &extra));
	OK(lkl_sys_setresgid(p->gid, p->gid, p->gid));
	OK(lkl_sys_setresuid(p->uid, p->uid, p->uid));
	/* All of them are somebody by now. */
	pthread_barrier_wait(&barrier);
	OK(lkl_sys_getresuid(&real, &effective, &saved));
	IS(real, p->uid);
	IS(effective, p->uid);
	IS(saved, p->uid);
	IS(lkl_sys_getegid(), p->gid);

	fd = open_file("/shared/file", LKL_O_RDONLY);
	CHECK_THAT(p->may_read ? fd >= 0 : fd == -LKL_EACCES,
		   "user %u reads: %d (%s)", p->uid, fd, check_name(fd));
	if (fd >= 0)
		OK(lkl_sys_close((unsigned int)fd));
	fd = open_file("/shared/file", LKL_O_WRONLY);
	CHECK_THAT(p->may_write ? fd >= 0 : fd == -LKL_EACCES,
		   "user %u writes: %d (%s)", p->uid, fd, check_name(fd));
	if (fd >= 0)
		OK(lkl_sys_close((unsigned int)fd));

	IS(lkl_sys_mount("none", "/shared", "tmpfs", 0, NULL), -LKL_EPERM);
	IS(lkl_sys_setresuid(0, 0, 0), -LKL_EPERM);
	IS(lkl_sys_fchownat(LKL_AT_FDCWD, "/shared/file", p->uid, 0, 0),
	   -LKL_EPERM);
	pthread_barrier_wait(&barrier);
	return NULL;
}

int main(void)
{
	/* The ACL of basics_acl_value: 1234 may read, the group nothing. */
	static struct person people[] = {
		{ 1000, 100, 300, true, true },	/* the owner */
		{ 1234, 100, 300, true, false },	/* named in the ACL */
		{ 1001, 200, 300, false, false },	/* in the file's group */
		{ 1002, 100, 200, false, false }, /* that way, too */
		{ 1003, 100, 300, false, false },	/* nobody in particular */
	};
	const unsigned int n = sizeof(people) / sizeof(*people);
	pthread_t threads[sizeof(people) / sizeof(*people)];
	unsigned int i;

	boot(0);
	MUST(make_dir("/shared"));
	MUST(lkl_sys_mount("tmpfs", "/shared", "tmpfs", 0, NULL));
	write_pattern("/shared/file", 100, 1);
	MUST(lkl_sys_setxattr("/shared/file", "system.posix_acl_access",
			      &basics_acl_value, sizeof(basics_acl_value),
			      0));
	MUST(lkl_sys_fchownat(LKL_AT_FDCWD, "/shared/file", 1000, 200, 0));

	pthread_barrier_init(&barrier, NULL, n + 1);
	for (i = 0; i < n; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, be, &people[i]));
	pthread_barrier_wait(&barrier);
	/* This thread is still root, and sees what root sees. */
	IS(lkl_sys_geteuid(), 0);
	check_pattern("/shared/file", 100, 1);
	pthread_barrier_wait(&barrier);
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	IS(lkl_sys_getuid(), 0);
	OK(lkl_sys_umount2("/shared", 0));
	OK(lkl_halt());
	return check_exit();
}
