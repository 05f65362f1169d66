// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz-sftp.c - fuzzes the requests of an SFTP client.
 *
 * The input is what the client sends, from its greeting on; a packet that is
 * longer than the rest is cut.  The files are those of a new tmpfs for each
 * input.  Each packet gets one answer, of the length that it says, and nothing
 * stays open at the end: tmpfs could not be unmounted then.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lkl.h>

#include "common/tree/file-calls.h"
#include "lklfs/sftp/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(long ret, const char *step)
{
	if (ret >= 0)
		return;
	printf("FAIL: %s: %s\n", step, lkl_strerror((int)ret));
	abort();
}

static void make_file(const char *path, const char *text)
{
	long fd = lkl_sys_openat(LKL_AT_FDCWD, path, LKL_O_WRONLY |
				 LKL_O_CREAT | LKL_O_EXCL, 0644);

	check(fd, path);
	check(lkl_sys_write((unsigned int)fd, text, strlen(text)), path);
	lkl_sys_close((unsigned int)fd);
}

static void start(void)
{
	struct lkl_options options = {
		.size = sizeof(options), .memory = 64u << 20,
	};

	check(lkl_start(&options, NULL), "start");
	check(lkl_sys_mkdirat(LKL_AT_FDCWD, "/fuzz", 0755), "mkdir");
}

static void make_files(void)
{
	check(lkl_sys_mkdirat(LKL_AT_FDCWD, "etc", 0755), "mkdir");
	make_file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:"
		  "1000::/home/user:/bin/sh\n:::\n\n");
	make_file("etc/group", "root:x:0:\nusers:x:1000:user");
	make_file("file", "some text");
	check(lkl_sys_mkdirat(LKL_AT_FDCWD, "dir", 0755), "mkdir");
	make_file("dir/other", "");
	check(lkl_sys_symlinkat("../dir/../link", LKL_AT_FDCWD, "dir/link"),
	      "symlink");
	check(lkl_sys_symlinkat("dir", LKL_AT_FDCWD, "link"), "symlink");
	check(lkl_sys_symlinkat("loop", LKL_AT_FDCWD, "loop"), "symlink");
}

/* One whole packet, and nothing else, for one packet. */
static void check_answer(const struct buffer *out, int ret)
{
	struct packet packet = { .data = out->data, .left = out->len };
	uint32_t len;

	if (ret < 0 && !out->len)
		return;
	len = packet_u32(&packet);
	if (packet.bad || len != packet.left || len > 2 * SFTP_PACKET_MAX) {
		printf("FAIL: an answer of %zu bytes says %u\n", out->len, len);
		abort();
	}
}

static void serve(const uint8_t *data, size_t size)
{
	struct packet rest = { .data = data, .left = size };
	struct server server = { 0 };
	struct lkl_error err;
	int ret = 0;

	while (ret >= 0 && rest.left > 4) {
		size_t len = packet_u32(&rest);

		if (len > rest.left)
			len = rest.left;
		ret = server_packet(&server, rest.data, len, &err);
		if (ret < 0 && !*err.text)
			abort();
		check_answer(&server.out, ret);
		server.out.len = 0;
		rest.data += len;
		rest.left -= len;
	}
	server_free(&server);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* mount() copies a whole page. */
	static const char options[4096] = "size=8m,nr_inodes=1000";
	static int started;
	struct lkl_error err;

	if (!started++)
		start();
	check(lkl_sys_mount("none", "/fuzz", "tmpfs", LKL_MS_NODEV,
			    (void *)options), "mount");
	check(image_enter("/fuzz", &err), "enter");
	make_files();
	serve(data, size);
	check(image_leave(&err), "leave");
	check(lkl_sys_umount2("/fuzz", 0), "unmount");
	return 0;
}

#include "replay.h"
