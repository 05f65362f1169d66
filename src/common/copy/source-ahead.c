// SPDX-License-Identifier: GPL-2.0-only
/*
 * source-ahead.c - has the host read the files that a copy will need next.
 *
 * A copy of small files that are not in the host's page cache would wait for the
 * disk at each file, and the disk would be idle meanwhile.  So a thread walks the
 * same tree some files ahead.  It opens files, which reads their inodes, and asks
 * for their data without waiting for these.
 *
 * The thread reads no data itself, and reports nothing.  It and the copy count
 * the entries that they visit.  If the tree changes, they count differently:
 * then the thread is too far ahead, or behind and of no use, but the copy is
 * right.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* RUSAGE_THREAD */
#endif
#include "source-ahead.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/quiet-thread.h"
#include "common/tree/device.h"
#include "common/tree/walk.h"

/* How far the thread goes ahead: entries, and bytes of data. */
#define ENTRIES_MAX	1024u
#define BYTES_MAX	(32u << 20)
/* Of one file; source_ahead_file() has the rest read, in pieces. */
#define FILE_MAX	(2 * PIECE)
#define PIECE		(2u << 20)
/* Each level keeps a directory open. */
#define DEPTH_MAX	64

/*
 * If the disk was not read for so many files, everything seems to be cached.
 * Then only one file in SAMPLE is opened.
 */
#define IDLE_MAX	256
#define SAMPLE		16

#define OPEN_FILE (LKL_O_RDONLY | LKL_O_NONBLOCK | LKL_O_NOATIME | \
		   LKL_O_NOCTTY | LKL_O_NOFOLLOW | LKL_O_CLOEXEC)
#define OPEN_DIRECTORY (LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_NOATIME | \
			LKL_O_CLOEXEC)

struct source_ahead {
	const struct settings *settings;
	pthread_t thread;

	/* The thread's. */
	struct walk walk;
	struct path path;
	uint64_t device;
	uint64_t visited;		/* entries so far */
	uint64_t settled;		/* those that the copy has come to */
	uint32_t sizes[ENTRIES_MAX];	/* bytes asked for, by visit */
	uint64_t bytes;			/* sum of those that are not settled */
	long blocks_read;		/* by the thread, when last looked */
	unsigned int idle;		/* files since then */

	/* Both threads'. */
	_Atomic uint64_t reached;	/* entries that the copy has come to */
	_Atomic uint64_t wake_at;	/* UINT64_MAX: the thread is awake */
	atomic_bool ended;
	pthread_mutex_t lock;		/* for waiting */
	pthread_cond_t changed;
};

/* ---- In the thread ---- */

static void forget_reached(struct source_ahead *ahead)
{
	uint64_t reached = atomic_load(&ahead->reached);

	while (ahead->settled < reached && ahead->settled < ahead->visited)
		ahead->bytes -= ahead->sizes[ahead->settled++ % ENTRIES_MAX];
}

/* The entry at which half of the window is free. */
static uint64_t find_wake_up(const struct source_ahead *ahead)
{
	uint64_t at = ahead->settled, bytes = ahead->bytes;

	while (at < ahead->visited && (bytes > BYTES_MAX / 2 ||
				       ahead->visited - at > ENTRIES_MAX / 2))
		bytes -= ahead->sizes[at++ % ENTRIES_MAX];
	return at;
}

static void wait_for_copy(struct source_ahead *ahead)
{
	uint64_t at;

	forget_reached(ahead);
	if (ahead->visited - ahead->settled < ENTRIES_MAX &&
	    ahead->bytes < BYTES_MAX)
		return;
	at = find_wake_up(ahead);
	pthread_mutex_lock(&ahead->lock);
	atomic_store(&ahead->wake_at, at);
	while (!atomic_load(&ahead->ended) &&
	       atomic_load(&ahead->reached) < at)
		pthread_cond_wait(&ahead->changed, &ahead->lock);
	atomic_store(&ahead->wake_at, UINT64_MAX);
	pthread_mutex_unlock(&ahead->lock);
	forget_reached(ahead);
}

/* Whether the thread has read from the disk since the last call. */
static bool has_read_blocks(struct source_ahead *ahead)
{
	struct rusage usage;
	bool more;

	if (getrusage(RUSAGE_THREAD, &usage) < 0)
		return true;
	more = usage.ru_inblock != ahead->blocks_read;
	ahead->blocks_read = usage.ru_inblock;
	return more;
}

static void ask_for_data(struct source_ahead *ahead, int dir, const char *name,
			 const struct lkl_statx *st, uint64_t number)
{
	uint32_t size = st->stx_size < FILE_MAX ? (uint32_t)st->stx_size :
		FILE_MAX;
	int fd;

	if (ahead->idle >= IDLE_MAX && number % SAMPLE)
		return;
	fd = host_calls.open(dir, name, OPEN_FILE, 0);
	if (fd < 0)
		return;
	posix_fadvise(fd, 0, (off_t)size, POSIX_FADV_WILLNEED);
	host_calls.directory.close(fd);
	ahead->sizes[number % ENTRIES_MAX] = size;
	ahead->bytes += size;
	if (ahead->idle < IDLE_MAX)
		ahead->idle++;
	if (!(number % SAMPLE) && has_read_blocks(ahead))
		ahead->idle = 0;
}

static int enter_directory(struct source_ahead *ahead, int dir,
			   const char *name, const struct lkl_statx *st)
{
	const char *what;
	int fd;

	if (ahead->walk.depth >= DEPTH_MAX ||
	    (ahead->settings->one_file_system &&
	     device_of(st) != ahead->device))
		return 0;
	fd = walk_open(&ahead->walk, dir, name, false, st, &what);
	return fd < 0 ? 0 : walk_enter(&ahead->walk, fd, st, NULL);
}

static int visit_entry(struct walk *walk, int dir, const char *name)
{
	struct source_ahead *ahead = walk->opaque;
	uint64_t number = ahead->visited;
	struct lkl_statx st;

	wait_for_copy(ahead);
	if (atomic_load(&ahead->ended))
		return -ECANCELED;
	ahead->sizes[number % ENTRIES_MAX] = 0;
	ahead->visited++;
	if (filter_excludes(&ahead->settings->filter,
			    ahead->path.text + 2) ||
	    host_calls.statx(dir, name, LKL_AT_SYMLINK_NOFOLLOW, &st) < 0)
		return 0;
	if (S_ISDIR(st.stx_mode))
		return enter_directory(ahead, dir, name, &st);
	/* The copy has the file already if it is faster. */
	if (S_ISREG(st.stx_mode) && st.stx_size &&
	    atomic_load(&ahead->reached) <= number)
		ask_for_data(ahead, dir, name, &st, number);
	return 0;
}

static void *walk_ahead(void *opaque)
{
	struct source_ahead *ahead = opaque;

	walk_run(&ahead->walk);
	return NULL;
}

/* ---- In the copy's thread ---- */

/* The copy meets and reports the same errors. */
static const struct walk_events ahead_events = {
	.visit = visit_entry,
};

static void source_ahead_free(struct source_ahead *ahead)
{
	walk_free(&ahead->walk);
	path_free(&ahead->path);
	pthread_cond_destroy(&ahead->changed);
	pthread_mutex_destroy(&ahead->lock);
	free(ahead);
}

/* The thread has a position in the directory of its own. */
static int begin_walk(struct source_ahead *ahead, int dir)
{
	struct lkl_statx st;
	int fd = host_calls.open(dir, ".", OPEN_DIRECTORY, 0), ret;

	ret = fd < 0 ? fd : host_calls.statx(fd, "", 0, &st);
	if (!ret)
		ret = path_push(&ahead->path, ".");
	if (ret < 0) {
		if (fd >= 0)
			host_calls.directory.close(fd);
		return ret;
	}
	ahead->device = device_of(&st);
	return walk_enter(&ahead->walk, fd, &st, NULL);
}

struct source_ahead *source_ahead_start(const struct settings *settings,
					int dir)
{
	struct source_ahead *ahead;

	if (settings->follow == FOLLOW_ALL || settings->dry_run)
		return NULL;
	ahead = calloc(1, sizeof(*ahead));
	if (!ahead)
		return NULL;
	ahead->settings = settings;
	ahead->walk = (struct walk){
		.events = &ahead_events, .opaque = ahead,
		.calls = &host_calls, .sort = settings->sort,
		.path = &ahead->path,
	};
	atomic_init(&ahead->wake_at, UINT64_MAX);
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->changed, NULL);
	if (begin_walk(ahead, dir) < 0 ||
	    quiet_thread_create(&ahead->thread, walk_ahead, ahead) < 0) {
		source_ahead_free(ahead);
		return NULL;
	}
	return ahead;
}

static void wake_up(struct source_ahead *ahead)
{
	pthread_mutex_lock(&ahead->lock);
	pthread_cond_signal(&ahead->changed);
	pthread_mutex_unlock(&ahead->lock);
}

void source_ahead_note(struct source_ahead *ahead)
{
	if (ahead && atomic_fetch_add(&ahead->reached, 1) + 1 >=
	    atomic_load(&ahead->wake_at))
		wake_up(ahead);
}

void source_ahead_stop(struct source_ahead *ahead)
{
	if (!ahead)
		return;
	atomic_store(&ahead->ended, true);
	wake_up(ahead);
	pthread_join(ahead->thread, NULL);
	source_ahead_free(ahead);
}

void source_ahead_file(int fd, uint64_t offset, size_t len)
{
	/* The host's own readahead begins with small pieces. */
	if (offset / PIECE != (offset + len) / PIECE)
		posix_fadvise(fd, (off_t)((offset + len) / PIECE + 1) * PIECE,
			      PIECE, POSIX_FADV_WILLNEED);
}
