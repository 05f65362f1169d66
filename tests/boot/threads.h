/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * threads.h - many host threads at work on one file system.
 *
 * Each thread has files of its own, whose contents it knows, and all share a
 * directory in which files appear by rename only: whoever opens one sees all
 * of it.  What the threads know is checked while they run, after a remount,
 * and by the file system's own checker.
 */
#ifndef TESTS_THREADS_H
#define TESTS_THREADS_H

#include <pthread.h>

#include "boot.h"

#define THREADS		12
#define SECONDS		3.0
#define SHARED		40	/* names in the shared directory */
#define OWN		16	/* files of a thread */
#define OWN_SIZE	40000
#define SHARED_SIZE	30000

struct own_file {
	bool exists;
	uint64_t seed;
	size_t len;
};

struct worker {
	pthread_t thread;
	unsigned int id;
	uint64_t random;
	unsigned long operations;
	struct own_file own[OWN];
	char buf[64 * 1024];
};

static atomic_bool stop;

static unsigned int pick(struct worker *w, unsigned int below)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (unsigned int)((w->random >> 20) % below);
}

/* ---- Files of one thread ---- */

static void own_name(const struct worker *w, unsigned int i, char name[32])
{
	snprintf(name, 32, "own-%u/file-%u", w->id, i);
}

static void own_check(struct worker *w, unsigned int i)
{
	struct own_file *f = &w->own[i];
	char name[32];
	long n;
	int fd;

	own_name(w, i, name);
	fd = open_file(name, LKL_O_RDONLY);
	if (!f->exists) {
		IS(fd, -LKL_ENOENT);
		return;
	}
	if (OK(fd) < 0)
		return;
	n = OK(lkl_sys_read((unsigned int)fd, w->buf, sizeof(w->buf)));
	CHECK_THAT(n == (long)f->len &&
		   pattern_match(w->buf, f->len, f->seed, 0) == f->len,
		   "%s: %ld bytes of %zu, wrong from %zu on", name, n, f->len,
		   n > 0 ? pattern_match(w->buf, (size_t)n, f->seed, 0) : 0);
	OK(lkl_sys_close((unsigned int)fd));
}

static void own_write(struct worker *w, unsigned int i)
{
	struct own_file *f = &w->own[i];
	char name[32];
	int fd;

	own_name(w, i, name);
	f->seed = w->random;
	f->len = pick(w, OWN_SIZE);
	f->exists = true;
	fd = (int)OK(open_file(name, LKL_O_WRONLY | LKL_O_CREAT |
			       LKL_O_TRUNC));
	if (fd < 0)
		return;
	pattern_fill(w->buf, f->len, f->seed, 0);
	IS(lkl_sys_write((unsigned int)fd, w->buf, f->len), f->len);
	if (!pick(w, 20))
		OK(lkl_sys_fsync((unsigned int)fd));
	OK(lkl_sys_close((unsigned int)fd));
}

static void own_truncate(struct worker *w, unsigned int i)
{
	struct own_file *f = &w->own[i];
	char name[32];

	if (!f->exists)
		return;
	own_name(w, i, name);
	f->len = pick(w, (unsigned int)f->len + 1);
	OK(lkl_sys_truncate(name, (long)f->len));
}

static void own_remove(struct worker *w, unsigned int i)
{
	struct own_file *f = &w->own[i];
	char name[32];

	own_name(w, i, name);
	IS(remove_file(name), f->exists ? 0 : -LKL_ENOENT);
	f->exists = false;
}

static void own_rename(struct worker *w, unsigned int i, unsigned int j)
{
	char from[32], to[32];

	if (i == j)
		return;
	own_name(w, i, from);
	own_name(w, j, to);
	IS(rename_file(from, to, 0), w->own[i].exists ? 0 : -LKL_ENOENT);
	if (w->own[i].exists) {
		w->own[j] = w->own[i];
		w->own[i].exists = false;
	}
}

/* ---- Files of all ---- */

struct shared_header {
	uint64_t seed;
	uint64_t len;
	uint64_t check;
};

static void shared_name(unsigned int i, char name[32])
{
	snprintf(name, 32, "shared/name-%u", i);
}

static void shared_put(struct worker *w)
{
	struct shared_header h = {
		.seed = w->random,
		.len = pick(w, SHARED_SIZE),
	};
	char from[32], to[32];
	int fd;

	h.check = h.seed ^ h.len ^ 0x5ca1ab1e;
	snprintf(from, sizeof(from), "shared/temporary-%u", w->id);
	shared_name(pick(w, SHARED), to);
	fd = (int)OK(open_file(from, LKL_O_WRONLY | LKL_O_CREAT |
			       LKL_O_EXCL));
	if (fd < 0)
		return;
	memcpy(w->buf, &h, sizeof(h));
	pattern_fill(w->buf + sizeof(h), h.len, h.seed, 0);
	IS(lkl_sys_write((unsigned int)fd, w->buf, sizeof(h) + h.len),
	   sizeof(h) + h.len);
	OK(lkl_sys_close((unsigned int)fd));
	OK(rename_file(from, to, 0));
}

static void shared_check(struct worker *w, unsigned int i)
{
	struct shared_header h;
	char name[32];
	long n;
	int fd;

	shared_name(i, name);
	fd = open_file(name, LKL_O_RDONLY);
	if (fd == -LKL_ENOENT || OK(fd) < 0)
		return;
	n = OK(lkl_sys_read((unsigned int)fd, w->buf, sizeof(w->buf)));
	OK(lkl_sys_close((unsigned int)fd));
	if (n < (long)sizeof(h)) {
		check_fail(__FILE__, __LINE__, "%s: %ld bytes", name, n);
		return;
	}
	memcpy(&h, w->buf, sizeof(h));
	CHECK_THAT(h.check == (h.seed ^ h.len ^ 0x5ca1ab1e) &&
		   (size_t)n == sizeof(h) + h.len &&
		   pattern_match(w->buf + sizeof(h), h.len, h.seed, 0) ==
		   h.len, "%s: %ld bytes, not what was written", name, n);
}

static void shared_change(struct worker *w)
{
	char a[32], b[32];
	long ret;

	shared_name(pick(w, SHARED), a);
	shared_name(pick(w, SHARED), b);
	switch (pick(w, 3)) {
	case 0:
		ret = remove_file(a);
		break;
	case 1:
		ret = rename_file(a, b, 0);
		break;
	default:
		ret = lkl_sys_linkat(LKL_AT_FDCWD, a, LKL_AT_FDCWD, b, 0);
		if (ret == -LKL_EEXIST)
			ret = 0;
	}
	CHECK_THAT(ret == 0 || ret == -LKL_ENOENT, "%s, %s: %ld (%s)", a, b,
		   ret, check_name(ret));
}

static void shared_list(struct worker *w)
{
	unsigned int number;
	long n, at;
	int fd;

	fd = (int)OK(open_file("shared", LKL_O_RDONLY | LKL_O_DIRECTORY));
	if (fd < 0)
		return;
	while ((n = OK(lkl_sys_getdents64((unsigned int)fd, (void *)w->buf,
					  sizeof(w->buf)))) > 0) {
		for (at = 0; at < n;) {
			struct lkl_linux_dirent64 *d = (void *)(w->buf + at);

			at += d->d_reclen;
			CHECK_THAT(d->d_name[0] == '.' ||
				   sscanf(d->d_name, "name-%u", &number) ||
				   sscanf(d->d_name, "temporary-%u", &number),
				   "shared/%s is nobody's", d->d_name);
		}
	}
	OK(lkl_sys_close((unsigned int)fd));
}

/* ---- The whole ---- */

static void *work(void *arg)
{
	struct worker *w = arg;
	char name[32];

	snprintf(name, sizeof(name), "own-%u", w->id);
	OK(make_dir(name));
	while (!atomic_load(&stop)) {
		switch (pick(w, 12)) {
		case 0: case 1: case 2:
			own_write(w, pick(w, OWN));
			break;
		case 3:
			own_truncate(w, pick(w, OWN));
			break;
		case 4:
			own_remove(w, pick(w, OWN));
			break;
		case 5:
			own_rename(w, pick(w, OWN), pick(w, OWN));
			break;
		case 6: case 7:
			own_check(w, pick(w, OWN));
			break;
		case 8:
			shared_put(w);
			break;
		case 9:
			shared_check(w, pick(w, SHARED));
			break;
		case 10:
			shared_change(w);
			break;
		default:
			shared_list(w);
		}
		w->operations++;
	}
	return NULL;
}

static void check_all(struct worker *workers)
{
	unsigned int i, j;

	for (i = 0; i < THREADS; i++)
		for (j = 0; j < OWN; j++)
			own_check(&workers[i], j);
	for (i = 0; i < SHARED; i++)
		shared_check(&workers[0], i);
	shared_list(&workers[0]);
}

static int threads_main(const char *type, off_t size, const char *mkfs,
			const char *fsck)
{
	static struct worker workers[THREADS];
	const char *seed = getenv("TEST_SEED");
	unsigned long total = 0;
	struct timespec nap = { .tv_nsec = 50000000 };
	struct mounted m;
	double end;
	unsigned int i;

	make_image("image", size, mkfs);
	need_program(fsck);
	boot(0);
	mount_image("image", type, 0, NULL, &m);
	MUST(lkl_sys_chdir(m.path));
	MUST(make_dir("shared"));
	for (i = 0; i < THREADS; i++) {
		workers[i].id = i;
		workers[i].random = pattern_word(seed ?
						 strtoull(seed, NULL, 10) : 1,
						 i) | 1;
		REQUIRE(!pthread_create(&workers[i].thread, NULL, work,
					&workers[i]));
	}
	end = now() + SECONDS;
	/* Races show by chance, so this runs for a time. */
	while (now() < end && !atomic_load(&check_failures))
		nanosleep(&nap, NULL);
	atomic_store(&stop, true);
	for (i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		CHECK_THAT(workers[i].operations > 5,
			   "thread %u came to do %lu operations", i,
			   workers[i].operations);
		total += workers[i].operations;
	}
	printf("# %lu operations\n", total);

	check_all(workers);
	MUST(lkl_sys_chdir("/"));
	unmount(&m);
	mount_image("image", type, LKL_MS_RDONLY, NULL, &m);
	MUST(lkl_sys_chdir(m.path));
	check_all(workers);
	MUST(lkl_sys_chdir("/"));
	unmount(&m);
	OK(lkl_halt());
	check_image("image", fsck);
	return check_exit();
}

#endif /* TESTS_THREADS_H */
