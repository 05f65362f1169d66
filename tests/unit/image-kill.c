// SPDX-License-Identifier: GPL-2.0-only
/*
 * image-kill.c - kills a process at random times while its threads write to an
 * image.
 *
 * The writer reports through a pipe what it begins and what is done.  After the
 * kill, qemu-img check finds leaks at worst, flushed data is there, and nothing
 * else has changed.  The next writer continues with the same image and is killed,
 * too.
 *
 *   image-kill [KIND...]
 *
 * Environment: TEST_SEED, IMAGE_KILLS (number for each kind).
 *
 * timeout: 3000
 */
#include "image-crash.h"

#include <poll.h>
#include <signal.h>
#include <time.h>

#include "unit.h"

#define THREADS	3u

/* Dying does not lose what the host has. */
int fdatasync(int fd)
{
	(void)fd;
	return 0;
}

static const char *const kinds[] = {
	"raw-data", "v3-512", "v3-4k", "v3-64k", "v3-2M", "v2-512",
	"refcount-1", "refcount-64", "filled-64k", "extended-16k",
	"extended-64k", "lazy", "lazy-512", "data-file", "data-file-raw",
	"over-raw-4k", "over-shorter-raw-v2", "over-three", "zlib-512",
	"zstd", "snapshots-512", "snapshots-packed",
};

/* At most PIPE_BUF bytes, so that those of several threads do not mix. */
struct told {
	uint64_t sector, n;
	uint32_t id;
	uint8_t thread, op, done, failed;
};

static unsigned int total_kills;
static uint64_t total_ops, total_flushes;

/* ---- The writer ---- */

struct writer {
	struct random_test *t;
	struct crash c;		/* for its places and its chance */
	unsigned int thread;
	int pipe;
};

static void tell(struct writer *w, struct told *told)
{
	if (write(w->pipe, told, sizeof(*told)) != sizeof(*told))
		_exit(3);
}

static int writer_op(struct writer *w, enum random_op op, const struct told *r)
{
	uint64_t at = r->sector * SECTOR, len = r->n * SECTOR;
	struct blk *blk = w->t->blk;

	switch (op) {
	case RANDOM_WRITE:
		oracle_fill(w->c.buf, r->sector, r->n, r->id);
		return blk_pwrite(blk, w->c.buf, len, at);
	case RANDOM_ZERO:
		return blk_write_zeroes(blk, at, len, r->n & 1);
	case RANDOM_DISCARD:
		blk_discard(blk, at, len);
		return 0;
	case RANDOM_FLUSH:
		return blk_flush(blk);
	default:
		if (len > CRASH_IO_MAX)
			len = CRASH_IO_MAX;
		return blk_pread(blk, w->c.buf, len, at);
	}
}

static void *write_for_ever(void *arg)
{
	struct writer *w = arg;
	struct random_range range;
	struct told told;
	uint64_t n;
	int ret;

	for (;;) {
		n = random_below(&w->c.state, 100);
		told = (struct told){ .thread = (uint8_t)w->thread };
		told.op = n < 52 ? RANDOM_WRITE : n < 66 ? RANDOM_READ :
			  n < 80 ? RANDOM_ZERO : n < 92 ? RANDOM_DISCARD :
			  RANDOM_FLUSH;
		crash_place(&w->c, told.op == RANDOM_WRITE, &told.sector,
			    &told.n);
		if (told.op == RANDOM_WRITE) {
			w->c.id += THREADS;
			told.id = w->c.id;
		}
		range = (struct random_range){
			told.sector * SECTOR, (told.sector + told.n) * SECTOR,
		};
		if (told.op == RANDOM_FLUSH)
			range.end = range.start;
		random_lock(w->t, w->thread, range);
		tell(w, &told);
		ret = writer_op(w, told.op, &told);
		told.done = 1;
		told.failed = ret != 0;
		tell(w, &told);
		random_unlock(w->t, w->thread);
	}
	return NULL;
}

static void writer(const struct image_kind *kind, const struct crash *c,
		   uint64_t seed, uint32_t first_id, int pipe)
{
	struct random_test t = {
		.path = "image",
		.options.format = kind_format(kind),
		.options.flags = BLK_OPEN_NAMED_FILES,
		.threads = THREADS,
	};
	static struct writer writers[THREADS];
	unsigned int i;

	if (random_open(&t))
		_exit(4);
	pthread_mutex_init(&t.range_lock, NULL);
	pthread_cond_init(&t.range_free, NULL);
	for (i = 0; i < THREADS; i++) {
		writers[i].t = &t;
		writers[i].c.geometry = c->geometry;
		writers[i].c.state = seed + i;
		writers[i].c.id = first_id + i;
		writers[i].c.buf = malloc(CRASH_IO_MAX);
		writers[i].thread = i;
		writers[i].pipe = pipe;
		if (i && pthread_create(&(pthread_t){ 0 }, NULL,
					write_for_ever, &writers[i]))
			_exit(5);
	}
	write_for_ever(&writers[0]);
}

/* ---- Who kills it ---- */

static bool listen_to(struct crash *c, const struct told *told,
		      uint32_t flush_began[THREADS])
{
	c->now++;
	if (told->failed) {
		printf("# %s at sector %" PRIu64 ", %" PRIu64
		       " sectors, failed\n", random_names[told->op],
		       told->sector, told->n);
		return false;
	}
	if (told->id > c->id)
		c->id = told->id;
	total_ops += told->done;
	switch ((enum random_op)told->op) {
	case RANDOM_WRITE:
	case RANDOM_ZERO:
	case RANDOM_DISCARD:
		if (!told->done)
			oracle_begin(&c->oracle, told->sector, told->n,
				     told->id);
		else if (told->op != RANDOM_DISCARD)
			oracle_done(&c->oracle, told->sector, told->n,
				    told->id, c->now);
		break;
	case RANDOM_FLUSH:
		if (!told->done) {
			flush_began[told->thread] = c->now;
			break;
		}
		oracle_flushed(&c->oracle, flush_began[told->thread]);
		total_flushes++;
		break;
	default:
		break;
	}
	return true;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* All that it says until it is dead. */
static bool kill_after(struct crash *c, pid_t pid, int pipe, double seconds)
{
	struct pollfd p = { .fd = pipe, .events = POLLIN };
	uint32_t flush_began[THREADS] = { 0 };
	double until = 0, left;
	bool good = true, killed = false;
	struct told told[128];
	int status;
	ssize_t n = 0;

	for (;;) {
		left = until ? until - now() : 20;
		if (!killed && left <= 0) {
			kill(pid, SIGKILL);
			killed = true;
		}
		if (!killed && poll(&p, 1, (int)(left * 1000) + 1) == 0)
			continue;
		/* Whole ones, as they are written and read by the dozen. */
		n = read(pipe, told, sizeof(told));
		if (n <= 0 || n % (ssize_t)sizeof(*told))
			break;
		/* Time runs from the first word on. */
		if (!until)
			until = now() + seconds;
		for (ssize_t i = 0; i < n / (ssize_t)sizeof(*told); i++)
			good = listen_to(c, &told[i], flush_began) && good;
	}
	if (waitpid(pid, &status, 0) != pid || n ||
	    !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
		printf("# the writer ended with status 0x%x\n", status);
		good = false;
	}
	return good;
}

static bool one_kill(struct crash *c, const struct image_kind *kind)
{
	uint64_t seed = random_next(&c->state);
	/* Soon, so that beginnings are hit as well, or later. */
	double seconds = (double)random_below(&c->state, 1000) /
			 (random_below(&c->state, 2) ? 40000 : 6000);
	int fds[2];
	pid_t pid;
	bool good;

	if (pipe(fds))
		return false;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return false;
	if (!pid) {
		close(fds[0]);
		writer(kind, c, seed, c->id + THREADS, fds[1]);
	}
	close(fds[1]);
	good = kill_after(c, pid, fds[0], seconds);
	close(fds[0]);
	total_kills++;
	if (!good || kind_shell(kind, "cp --sparse=always $I cut") ||
	    !crash_check_file(c, kind, "cut", true))
		return false;
	/* The next writer begins with the data that QEMU read. */
	return oracle_check(&c->oracle, c->image, true, true);
}

static bool test_kind(const struct image_kind *kind, uint64_t seed,
		      unsigned int kills)
{
	struct crash c;
	unsigned int i;
	bool good = crash_begin(&c, kind, seed);

	for (i = 0; good && i < kills; i++)
		good = one_kill(&c, kind);
	if (!good)
		printf("# %s: seed %" PRIu64 ", kill %u\n", kind->name, seed,
		       i);
	crash_free(&c);
	return good;
}

int main(int argc, char **argv)
{
	kinds_run(test_kind, kinds, sizeof(kinds) / sizeof(*kinds),
		  "IMAGE_KILLS", 4, argc, argv);
	printf("# %u kills in %" PRIu64 " operations, %" PRIu64 " flushes\n",
	       total_kills, total_ops, total_flushes);
	return unit_exit();
}
