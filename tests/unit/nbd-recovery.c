// SPDX-License-Identifier: GPL-2.0-only
/*
 * nbd-recovery.c - tests that lost connections to NBD servers are made again:
 * requests are repeated, nothing that was answered gets lost, and an export
 * that is not the same any more is refused.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "blk/nbd/connector.h"
#include "blk/nbd/nbd.h"
#include "config.h"
#include "image-random.h"
#include "nbd-server.h"

#define THREADS		6
#define STRIPE		(SIZE / THREADS / 4096 * 4096)

static char buffer[SIZE];

/* ---- A server that is killed and started again ---- */

static struct blk *shared;
static unsigned int answered;
static bool enough;

/* Each in a part of its own, so that it knows what is there. */
static void *use_stripe(void *arg)
{
	uint64_t base = (uintptr_t)arg * STRIPE, at;
	char block[8192], got[8192];
	uint32_t n = (uintptr_t)arg + 1;
	long bad = 0;
	unsigned int i;

	for (i = 0; !__atomic_load_n(&enough, __ATOMIC_SEQ_CST); i++) {
		n = n * 1664525 + 1013904223;
		at = base + (n >> 8) % (STRIPE - sizeof(block));
		memset(block, n >> 16, sizeof(block));
		bad += !!blk_pwrite(shared, block, sizeof(block), at);
		memcpy(expected + at, block, sizeof(block));
		bad += blk_pread(shared, got, sizeof(got), at) ||
		       memcmp(got, block, sizeof(got));
		if (i % 50 == 0)
			bad += !!blk_flush(shared);
		if (i % 70 == 0) {
			at -= at % 512;
			bad += !!blk_write_zeroes(shared, at, 4096, true);
			memset(expected + at, 0, 4096);
		}
		__atomic_add_fetch(&answered, 1, __ATOMIC_SEQ_CST);
	}
	return (void *)bad;
}

static void wait_for_answers(unsigned int n)
{
	unsigned int from = __atomic_load_n(&answered, __ATOMIC_SEQ_CST), i;

	for (i = 0; i < 6000; i++) {
		if (__atomic_load_n(&answered, __ATOMIC_SEQ_CST) - from > n)
			return;
		usleep(10000);
	}
	REQUIRE(i < 6000);
}

/* Threads write while the server is killed and started; all of it is there. */
static void kill_under_load(const char *arguments)
{
	pthread_t id[THREADS];
	uintptr_t i;
	void *bad;

	make_image(SIZE);
	start_server(arguments);
	shared = open_uri(0);
	enough = false;
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&id[i], NULL, use_stripe, (void *)i));
	for (i = 0; i < 4; i++) {
		wait_for_answers(200);
		stop_server(SIGKILL);
		start_server(arguments);
	}
	wait_for_answers(200);
	__atomic_store_n(&enough, true, __ATOMIC_SEQ_CST);
	for (i = 0; i < THREADS; i++) {
		REQUIRE(!pthread_join(id[i], &bad));
		CHECK_EQ((long)bad, 0);
	}
	CHECK_EQ(blk_flush(shared), 0);
	CHECK_EQ(blk_failure(shared, &(enum blk_operation){ 0 }), 0);
	blk_close(shared);
	stop_server(SIGKILL);
	CHECK(image_is(expected, SIZE));
}

static void killed_server(void)
{
	kill_under_load("file " IMAGE);
}

/* Data that no flush covered die with this server. */
static void killed_server_with_a_cache(void)
{
	kill_under_load("--filter=cache file " IMAGE " cache=writeback");
}

static void blocks_of_a_killed_server(void)
{
	kill_under_load("--filter=cache --filter=blocksize-policy file " IMAGE
			" cache=writeback blocksize-minimum=4096"
			" blocksize-maximum=65536"
			" blocksize-error-policy=error");
}

static void answered_writes_survive_the_server(void)
{
	const char *arguments =
		"--filter=cache file " IMAGE " cache=writeback";
	struct blk *blk;

	make_image(SIZE);
	start_server(arguments);
	blk = open_uri(0);
	CHECK_EQ(blk_pwrite(blk, pattern + 5, 100000, 4096), 0);
	CHECK_EQ(blk_write_zeroes(blk, 1 << 20, 65536, true), 0);
	CHECK_EQ(blk_pwrite(blk, pattern + 9, 512, (1 << 20) + 1024), 0);
	memcpy(expected + 4096, pattern + 5, 100000);
	memset(expected + (1 << 20), 0, 65536);
	memcpy(expected + (1 << 20) + 1024, pattern + 9, 512);
	/* Nothing of that is in the file. */
	stop_server(SIGKILL);
	CHECK(image_is(pattern, SIZE));
	start_server(arguments);
	CHECK_EQ(blk_flush(blk), 0);
	stop_server(SIGKILL);
	CHECK(image_is(expected, SIZE));
	/* Flushed data are not written again. */
	unlink("nbd-log");
	start_server("--filter=log --filter=cache file " IMAGE
		     " cache=writeback logfile=nbd-log");
	CHECK_EQ(blk_flush(blk), 0);
	CHECK_EQ(blk_pread(blk, buffer, SIZE, 0), 0);
	CHECK(!memcmp(buffer, expected, SIZE));
	CHECK(!system("grep -q ' Read ' nbd-log && "
		      "! grep -qE ' (Write|Zero) ' nbd-log"));
	blk_close(blk);
	stop_server(SIGTERM);
	CHECK(image_is(expected, SIZE));
}

/* What is kept is flushed before it is too much. */
static void kept_writes_are_bounded(void)
{
	struct blk *blk;
	unsigned int i;

	make_image(SIZE);
	unlink("nbd-log");
	start_server("--filter=log file " IMAGE " logfile=nbd-log");
	blk = open_uri(0);
	for (i = 0; i < 9; i++)
		CHECK_EQ(blk_pwrite(blk, pattern, SIZE, 0), 0);
	CHECK(!system("test $(grep -c ' Flush ' nbd-log) -ge 4"));
	blk_close(blk);
	stop_server(SIGTERM);
}

/* ---- A proxy that cuts connections ---- */

#define BEHIND	"nbd-behind"

/* Both directions, until @budget bytes have passed; then it is cut. */
static void forward(int client, int server_fd, size_t budget)
{
	struct pollfd fds[2] = {
		{ .fd = client, .events = POLLIN },
		{ .fd = server_fd, .events = POLLIN },
	};
	char bytes[16384];
	size_t len;
	ssize_t n;
	int i;

	while (budget && poll(fds, 2, -1) > 0) {
		for (i = 0; i < 2; i++) {
			if (!fds[i].revents)
				continue;
			len = sizeof(bytes) < budget ? sizeof(bytes) : budget;
			n = read(fds[i].fd, bytes, len);
			if (n <= 0 ||
			    send(fds[!i].fd, bytes, n, MSG_NOSIGNAL) != n)
				return;
			budget -= n;
		}
	}
}

static int unix_socket(const char *path, bool listening)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const struct sockaddr *sa = (const struct sockaddr *)&addr;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	REQUIRE(fd >= 0);
	strcpy(addr.sun_path, path);
	if (listening) {
		unlink(path);
		REQUIRE(!bind(fd, sa, sizeof(addr)) && !listen(fd, 8));
	} else {
		REQUIRE(!connect(fd, sa, sizeof(addr)));
	}
	return fd;
}

/* Passes at least @least bytes of each connection on, and up to twice that. */
static pid_t start_proxy(size_t least, uint32_t seed)
{
	int fd = unix_socket(SOCKET, true), client;
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid) {
		close(fd);
		return pid;
	}
	signal(SIGCHLD, SIG_IGN);
	while ((client = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		seed = seed * 1664525 + 1013904223;
		if (!fork()) {
			forward(client, unix_socket(BEHIND, false),
				least + (seed >> 8) % least);
			_exit(0);
		}
		close(client);
	}
	_exit(1);
}

/* nbdkit 1.32 ends at an assertion if its connections are cut so often. */
static void start_server_behind(void)
{
	make_image(SIZE);
	start_program("exec qemu-nbd -t -e 8 -f raw --discard=unmap "
		      "--pid-file=nbd-pid -k \"$PWD\"/" SOCKET " " IMAGE);
	REQUIRE(!rename(SOCKET, BEHIND));
}

/* The oracle is a file of the host, so each byte is compared. */
static void cut_connections(void)
{
	struct random_test t = {
		.path = URI,
		.options.format = "raw",
		.cluster = 65536,
		.seed = random_given("TEST_SEED", 1),
		.ops = 700,
		.threads = 4,
	};
	pid_t proxy;

	start_server_behind();
	make_file(SHADOW, SIZE);
	/* More than the longest request, so that it gets through at last. */
	proxy = start_proxy(12 << 20, t.seed);
	CHECK(random_run(&t, SHADOW));
	kill(proxy, SIGKILL);
	waitpid(proxy, NULL, 0);
	CHECK(!system("cmp " IMAGE " " SHADOW));
	stop_server(SIGTERM);
}

/* A request that never gets through is not repeated for ever. */
static void request_that_is_always_cut(void)
{
	struct blk *blk;
	pid_t proxy;

	start_server_behind();
	proxy = start_proxy(1 << 20, 1);
	blk = open_uri(BLK_OPEN_READ_ONLY);
	CHECK_EQ(blk_pread(blk, buffer, SIZE, 0), -ECONNRESET);
	/* Others do. */
	CHECK_EQ(blk_pread(blk, buffer, 4096, 4096), 0);
	CHECK(!memcmp(buffer, pattern + 4096, 4096));
	blk_close(blk);
	kill(proxy, SIGKILL);
	waitpid(proxy, NULL, 0);
	stop_server(SIGTERM);
}

/* ---- Exports that are not what they were ---- */

/* The blk fails for good, and says why. */
static void check_lost(struct blk *blk, const char *reason)
{
	struct lkl_error err = { "" };

	CHECK_EQ(blk_pread(blk, buffer, 4096, 0), -ECONNRESET);
	CHECK(blk_explain(blk, &err));
	if (!strstr(err.text, reason))
		CHECK_STR(err.text, reason);
	CHECK_EQ(blk_pread(blk, buffer, 4096, 0), -ECONNRESET);
	CHECK_EQ(blk_flush(blk), blk->caps ? -ECONNRESET : 0);
	blk_close(blk);
}

static void replaced_by(const char *arguments, unsigned int flags,
			const char *reason)
{
	struct blk *blk;

	make_image(SIZE);
	start_server("file " IMAGE);
	blk = open_uri(flags);
	stop_server(SIGKILL);
	start_server(arguments);
	check_lost(blk, reason);
	stop_server(SIGTERM);
	CHECK(image_is(pattern, SIZE));
}

static void other_exports(void)
{
	replaced_by("memory 4M", 0,
		    "the server now offers 4194304 bytes instead of 8388608");
	replaced_by("memory 9M", BLK_OPEN_READ_ONLY, "instead of 8388608");
	replaced_by("-r file " IMAGE, 0, "other commands or block sizes");
	replaced_by("--filter=blocksize-policy file " IMAGE
		    " blocksize-minimum=4096", 0,
		    "other commands or block sizes");
	replaced_by("--filter=nozero file " IMAGE, 0,
		    "other commands or block sizes");
	replaced_by("--filter=multi-conn file " IMAGE
		    " multi-conn-mode=disable", 0,
		    "other commands or block sizes");
}

/* The next server offers this file, which must stay as it is. */
static void other_disk_is_refused(struct blk *blk)
{
	struct lkl_error err = { "" };

	stop_server(SIGKILL);
	start_server("file " IMAGE);
	CHECK_EQ(blk_pwrite(blk, pattern + 3, 65536, 65536), -ECONNRESET);
	CHECK(blk_explain(blk, &err));
	CHECK(strstr(err.text, "the server now has other data at offset "));
	check_lost(blk, "it is another disk, or another program wrote to it");
	stop_server(SIGTERM);
}

static void other_disks_of_the_same_size(void)
{
	struct blk *blk;

	/* It differs in data that were read. */
	make_image(SIZE);
	start_server("file " IMAGE);
	blk = open_uri(0);
	CHECK_EQ(blk_pread(blk, buffer, 65536, 4096), 0);
	/* This is not flushed, and must not be written to the other one. */
	CHECK_EQ(blk_pwrite(blk, pattern + 1, 4096, 1 << 20), 0);
	REQUIRE(!unlink(IMAGE) && !system("truncate -s 8M " IMAGE));
	memset(expected, 0, SIZE);
	other_disk_is_refused(blk);
	CHECK(image_is(expected, SIZE));

	/* In data that were flushed. */
	make_image(SIZE);
	start_server("file " IMAGE);
	blk = open_uri(0);
	CHECK_EQ(blk_pwrite(blk, pattern + 1, 4096, 1 << 20), 0);
	CHECK_EQ(blk_flush(blk), 0);
	CHECK_EQ(blk_pwrite(blk, pattern + 1, 4096, 2 << 20), 0);
	REQUIRE(!unlink(IMAGE));
	make_image(SIZE);
	other_disk_is_refused(blk);
	CHECK(image_is(pattern, SIZE));

	/* It is only read from. */
	start_server("file " IMAGE);
	blk = open_uri(BLK_OPEN_READ_ONLY);
	CHECK_EQ(blk_pread(blk, buffer, 4096, 8192), 0);
	REQUIRE(!unlink(IMAGE) && !system("truncate -s 8M " IMAGE));
	stop_server(SIGKILL);
	start_server("file " IMAGE);
	check_lost(blk, "the server now has other data at offset 8192");
	stop_server(SIGTERM);
}

/* Blocks that were read or flushed, and then written to, prove nothing. */
static void changed_blocks_are_no_reason(void)
{
	struct blk *blk;

	make_image(SIZE);
	start_server("--filter=cache file " IMAGE " cache=writeback");
	blk = open_uri(0);
	CHECK_EQ(blk_pread(blk, buffer, 8192, 0), 0);
	CHECK_EQ(blk_pwrite(blk, pattern + 1, 8192, 65536), 0);
	CHECK_EQ(blk_pwrite(blk, pattern + 7, 512, 66048), 0);
	CHECK_EQ(blk_flush(blk), 0);
	CHECK_EQ(blk_pwrite(blk, pattern + 2, 512, 1024), 0);
	CHECK_EQ(blk_write_zeroes(blk, 69632, 512, true), 0);
	CHECK_EQ(blk_pread(blk, buffer, 8192, 0), 0);
	memcpy(expected + 65536, pattern + 1, 8192);
	memcpy(expected + 66048, pattern + 7, 512);
	memcpy(expected + 1024, pattern + 2, 512);
	memset(expected + 69632, 0, 512);
	stop_server(SIGKILL);
	start_server("--filter=cache file " IMAGE " cache=writeback");
	CHECK_EQ(blk_flush(blk), 0);
	CHECK_EQ(blk_close(blk), 0);
	stop_server(SIGTERM);
	CHECK(image_is(expected, SIZE));
}

static void other_name(void)
{
	const struct blk_options options = { .format = "raw" };
	struct blk *blk = NULL;

	make_image(SIZE);
	start_server("--filter=exportname file " IMAGE
		     " exportname-strict=true exportname=one");
	REQUIRE(!blk_open("nbd+unix:///one?socket=" SOCKET, &options, &blk,
			  NULL));
	stop_server(SIGKILL);
	start_server("--filter=exportname file " IMAGE
		     " exportname-strict=true exportname=one");
	CHECK_EQ(blk_pread(blk, buffer, 4096, 0), 0);
	stop_server(SIGKILL);
	start_server("--filter=exportname file " IMAGE
		     " exportname-strict=true exportname=two");
	check_lost(blk, "could not be made again");
	stop_server(SIGTERM);
}

/* There must be an end to it, and the pauses grow until then. */
static void server_that_stays_away(void)
{
	int64_t start;
	struct blk *blk;

	make_image(SIZE);
	start_server("file " IMAGE);
	blk = open_uri(0);
	stop_server(SIGKILL);
	start = now_ms();
	CHECK_EQ(blk_pread(blk, buffer, 4096, 0), -ECONNRESET);
	/* 100, 200, 400 and 800 ms; the next one would be too long. */
	CHECK(now_ms() - start >= 1400);
	CHECK(now_ms() - start < 20000);
	start_server("file " IMAGE);
	check_lost(blk, "could not be made again for 2 seconds: cannot connect: ");
	stop_server(SIGTERM);
}

/* What was not flushed cannot be written to the new server. */
static void refuses_what_was_answered(void)
{
	struct blk *blk;

	make_image(SIZE);
	start_server("file " IMAGE);
	blk = open_uri(0);
	CHECK_EQ(blk_pwrite(blk, pattern, 4096, 4096), 0);
	stop_server(SIGKILL);
	start_server("--filter=error file " IMAGE " error-pwrite=ENOSPC "
		     "error-pwrite-rate=100%");
	check_lost(blk, "data that were not flushed yet could not be written again: No space left");
	stop_server(SIGTERM);
}

/* A connection that nothing comes through, and a server that is well. */
static void silent_connection(void)
{
	struct blk *blk;
	pid_t stopped;

	make_image(SIZE);
	start_server("file " IMAGE);
	blk = open_uri(0);
	CHECK_EQ(blk_pwrite(blk, pattern + 1, 4096, 4096), 0);
	nbd_silence_seconds = 1;
	stopped = server;
	REQUIRE(!kill(stopped, SIGSTOP));
	start_server("file " IMAGE);
	memset(buffer, 0, 4096);
	CHECK_EQ(blk_pread(blk, buffer, 4096, 4096), 0);
	CHECK(!memcmp(buffer, pattern + 1, 4096));
	nbd_silence_seconds = 300;
	blk_close(blk);
	stop_server(SIGTERM);
	kill(stopped, SIGKILL);
	waitpid(stopped, NULL, 0);
}

static void server_without_flush(void)
{
	struct blk *blk;

	make_image(SIZE);
	start_server("file " IMAGE);
	blk = open_uri(0);
	CHECK(!blk->warning);
	blk_close(blk);
	stop_server(SIGTERM);
	start_server("eval get_size='echo 1048576' pread='dd if=" IMAGE
		     " bs=$3 count=1 status=none' pwrite='cat >/dev/null' "
		     "can_write='exit 0'");
	blk = open_uri(0);
	CHECK(blk->warning && strstr(blk->warning, "the server cannot flush"));
	blk_close(blk);
	blk = open_uri(BLK_OPEN_READ_ONLY);
	CHECK(!blk->warning);
	blk_close(blk);
	stop_server(SIGTERM);
}

/* ---- The process that connects ---- */

/* The value of @field in /proc/PID/status. */
static void status_of(pid_t pid, const char *field, char *value, size_t size)
{
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	*value = '\0';
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, field, strlen(field)))
			snprintf(value, size, "%s", line + strlen(field));
	if (file)
		fclose(file);
	value[strcspn(value, "\n")] = '\0';
}

static pid_t find_child(const char *name)
{
	char path[64], value[64];
	int pid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	file = fopen(path, "re");
	while (file && fscanf(file, "%d", &pid) == 1) {
		status_of(pid, "Name:\t", value, sizeof(value));
		if (!strcmp(value, name))
			break;
		pid = 0;
	}
	if (file)
		fclose(file);
	return pid;
}

/* A child has another name at first. */
static pid_t child_named(const char *name)
{
	pid_t pid = 0;
	int i;

	for (i = 0; i < 500 && !pid; i++) {
		pid = find_child(name);
		if (!pid)
			usleep(10000);
	}
	return pid;
}

static void connector_is_confined(void)
{
	char value[64], command[128];
	struct blk *blk;
	pid_t pid;
	int i;

	make_image(SIZE);
	start_server("file " IMAGE);
	blk = open_uri(0);
	pid = child_named("nbd-connector");
	REQUIRE(pid > 0);
	for (i = 0; i < 500; i++) {
		status_of(pid, "Seccomp:\t", value, sizeof(value));
		if (!strcmp(value, "2"))
			break;
		usleep(10000);
	}
	CHECK_STR(value, "2");
	status_of(pid, "NoNewPrivs:\t", value, sizeof(value));
	CHECK_STR(value, "1");
	/* Nothing is open but the socket to us. */
	snprintf(command, sizeof(command),
		 "test \"$(ls /proc/%d/fd | tr '\\n' ' ')\" = '3 '", pid);
	CHECK(!system(command));
	/* The terminal interrupts its process group. */
	CHECK(getsid(pid) == pid);
	blk_close(blk);
	CHECK(kill(pid, 0) && errno == ESRCH);
	/* Without it a lost connection stays lost. */
	blk = open_uri(0);
	pid = child_named("nbd-connector");
	REQUIRE(pid > 0 && !kill(pid, SIGKILL));
	stop_server(SIGKILL);
	start_server("file " IMAGE);
	check_lost(blk, "could not be made again");
	stop_server(SIGTERM);
}

static void connector_ends_with_its_program(void)
{
	int ends[2];
	pid_t pid;
	char byte;

	make_image(SIZE);
	start_server("file " IMAGE);
	REQUIRE(!pipe(ends));
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		int connector;

		close(ends[0]);
		open_uri(0);
		connector = child_named("nbd-connector");
		if (write(ends[1], &connector, sizeof(connector)) < 0)
			_exit(1);
		/* Killed while it is in use. */
		raise(SIGKILL);
	}
	close(ends[1]);
	waitpid(pid, NULL, 0);
	REQUIRE(read(ends[0], &pid, sizeof(pid)) == sizeof(pid) && pid > 0);
	/* The connector kept no copy of the pipe. */
	CHECK_EQ(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	for (int i = 0; i < 1000 && !kill(pid, 0); i++)
		usleep(10000);
	CHECK(kill(pid, 0) && errno == ESRCH);
	stop_server(SIGTERM);
}

static void addresses_of_sockets(void)
{
	static const struct {
		const char *uri, *file;
	} uris[] = {
		{ "nbd+unix:///?socket=a%20b%2Bc", "a b+c" },
		{ "nbd+unix:///name?socket=plain", "plain" },
		{ "nbd+unix:///?socket=%41%6a#x", "Aj" },
		{ "nbd+unix:///?x=1&socket=second&y=2", "second" },
	};
	struct nbd_connector *connector;
	int client, listener, fd;
	unsigned int i;

	for (i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		listener = unix_socket(uris[i].file, true);
		client = unix_socket(uris[i].file, false);
		REQUIRE(!nbd_connector_start(uris[i].uri, client, &connector));
		fd = nbd_connector_connect(connector);
		CHECK(fd >= 0);
		close(fd);
		close(listener);
		CHECK_EQ(nbd_connector_connect(connector), -ECONNREFUSED);
		unlink(uris[i].file);
		CHECK_EQ(nbd_connector_connect(connector), -ENOENT);
		nbd_connector_end(connector);
		close(client);
	}
	listener = unix_socket("s", true);
	client = unix_socket("s", false);
	CHECK_EQ(nbd_connector_start("nbd+unix:///?s=x", client, &connector),
		 -ENOTSUP);
	CHECK_EQ(nbd_connector_start("nbd+unix:///?socket=%zz", client,
				     &connector), -ENOTSUP);
	CHECK_EQ(nbd_connector_start("nbd+unix:///?socket=%00", client,
				     &connector), -ENOTSUP);
	close(client);
	close(listener);
}

int main(void)
{
	need_nbd();
	RUN(killed_server);
	RUN(killed_server_with_a_cache);
	RUN(blocks_of_a_killed_server);
	RUN(answered_writes_survive_the_server);
	RUN(kept_writes_are_bounded);
	if (system("qemu-nbd --version >/dev/null 2>&1")) {
		printf("skip: cut connections, as qemu-nbd is not installed\n");
	} else {
		RUN(cut_connections);
		RUN(request_that_is_always_cut);
	}
	RUN(silent_connection);
	RUN(addresses_of_sockets);
	RUN(server_without_flush);
	nbd_recovery_seconds = 2;
	RUN(server_that_stays_away);
	RUN(other_exports);
	RUN(other_disks_of_the_same_size);
	RUN(changed_blocks_are_no_reason);
	RUN(other_name);
	RUN(refuses_what_was_answered);
	RUN(connector_is_confined);
	RUN(connector_ends_with_its_program);
	return unit_exit();
}
