// SPDX-License-Identifier: GPL-2.0-only
/*
 * nbdkit.c - tests that nbdkit and zstd are confined: this program runs as one of them, and
 * tries to do things that it must not do.
 */
#define _GNU_SOURCE 1

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <linux/capability.h>

#include "blk/blk.h"
#include "config.h"
#include "server-attack.h"
#include "unit.h"

static int open_in(const char *folder, const char *name, int flags)
{
	char path[8192];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return open(path, flags | O_CLOEXEC, 0600);
}

/* Says on standard error what it was able to do. */
static int attack(void)
{
	const char *others = getenv("ATTACK"), *own = getenv("TMPDIR");
	char result[4096] = "allowed:", path[8192];
	struct stat st;
	int pair[2];

#define NOTE(what)	strcat(strcat(result, " "), what)
	if (open_in(others, "image", O_RDONLY) >= 0)
		NOTE("image");
	if (open_in(others, "image", O_RDWR) >= 0)
		NOTE("write");
	if (open_in(others, "other", O_RDONLY) >= 0)
		NOTE("other");
	if (open_in(others, "new", O_WRONLY | O_CREAT) >= 0)
		NOTE("create");
	snprintf(path, sizeof(path), "%s/other", others);
	if (!unlink(path))
		NOTE("unlink");
	if (open("/etc/ssl", O_RDONLY | O_CLOEXEC) >= 0 ||
	    open("/etc/pki", O_RDONLY | O_CLOEXEC) >= 0)
		NOTE("keys");
	if (open("/etc/ssl/certs", O_RDONLY | O_CLOEXEC) >= 0)
		NOTE("certificates");
	if (socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0)
		NOTE("socket");
	/* What listens on these does things for the user. */
	if (socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0)
		NOTE("local");
	if (!socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair))
		NOTE("datagrams");
	if (!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		NOTE("pair");
	snprintf(path, sizeof(path), "%s/.ssh", getenv("HOME"));
	if (open_in(path, "id_ed25519", O_RDONLY) >= 0)
		NOTE("settings");
	if (open_in(path, "id_ed25519", O_RDWR) >= 0)
		NOTE("change-settings");
	if (!geteuid() && (prctl(PR_CAPBSET_READ, CAP_DAC_OVERRIDE) > 0 ||
			   prctl(PR_CAPBSET_READ, CAP_DAC_READ_SEARCH) > 0))
		NOTE("capabilities");
	/* What it leaves there is removed. */
	if (own && strcmp(own, others) && !stat(own, &st) &&
	    (st.st_mode & 07777) == 0700 &&
	    open_in(own, "left", O_WRONLY | O_CREAT) >= 0)
		NOTE("temporary");
	attack_calls(result);
	fprintf(stderr, "%s\n", result);
	return 1;
}

/* @what comes before what the attacker says: @result. */
static void attacked(const char *path, const char *format, const char *what,
		     const char *result)
{
	const struct blk_options options = {
		.flags = BLK_OPEN_READ_ONLY, .format = format,
	};
	struct lkl_error err = { "" };
	struct blk *blk;
	char want[512];

	snprintf(want, sizeof(want), "%s: cannot %s: allowed:%s", path,
		 what, result);
	CHECK_EQ(blk_open(path, &options, &blk, &err), -EINVAL);
	CHECK_STR(err.text, want);
	CHECK(!system("test \"$(ls inside | tr '\\n' ' ')\" = 'image other '"));
}

static void attacks_fail(void)
{
	const bool root = !geteuid();
	char *path, *cwd;
	char value[8192], result[256];

	if (!has_landlock()) {
		printf("skip: attacks on files, as the host has no Landlock\n");
		return;
	}
	path = strdup(getenv("PATH"));
	cwd = getcwd(NULL, 0);
	REQUIRE(path && cwd);
	REQUIRE(!system("rm -rf fake inside; mkdir fake inside; "
			"mkdir -p home/.ssh; echo x >home/.ssh/id_ed25519; "
			"echo x >inside/other; echo x >inside/image"));
	snprintf(value, sizeof(value), "ln -s \"$(readlink -f /proc/%d/exe)\" fake/nbdkit",
		 getpid());
	REQUIRE(!system(value));
	snprintf(value, sizeof(value), "%s/fake:%s", cwd, path);
	setenv("PATH", value, 1);
	REQUIRE(!system("ln -s nbdkit fake/zstd"));
	snprintf(value, sizeof(value), "%s/home", cwd);
	setenv("HOME", value, 1);
	snprintf(value, sizeof(value), "%s/inside", cwd);
	setenv("ATTACK", value, 1);
	setenv("TMPDIR", value, 1);
	setenv("XDG_RUNTIME_DIR", cwd, 1);
	attacked("inside/image", "xz", "open as xz",
		 root ? " image capabilities" : " image");
	attacked("inside/image", "gz", "open as gz",
		 root ? " image capabilities temporary" : " image temporary");
	attacked("inside/image", "zst", "decompress it", "");
	snprintf(result, sizeof(result), "%s socket pair temporary",
		 access("/etc/ssl/certs", R_OK) ? "" : " certificates");
	attacked("http://127.0.0.1:1/image", "raw",
		 "open as an image on a web server", result);
	attacked("http://127.0.0.1:1/image", "xz", "open as xz", result);
	snprintf(result, sizeof(result), "%s socket pair settings temporary",
		 access("/etc/ssl/certs", R_OK) ? "" : " certificates");
	unsetenv("SSH_AUTH_SOCK");
	attacked("ssh://127.0.0.1:1/image", "raw",
		 "open as an image on an SSH server", result);
	snprintf(result, sizeof(result),
		 "%s socket local pair settings temporary",
		 access("/etc/ssl/certs", R_OK) ? "" : " certificates");
	setenv("SSH_AUTH_SOCK", "agent", 1);
	attacked("ssh://127.0.0.1:1/image", "raw",
		 "open as an image on an SSH server", result);
	setenv("PATH", path, 1);
	free(path);
	free(cwd);
}

int main(int argc, char **argv)
{
	if (argc && getenv("ATTACK") &&
	    (!strcmp(argv[0], "nbdkit") || !strcmp(argv[0], "zstd")))
		return attack();
#ifndef HAVE_LIBNBD
	SKIP_ALL("built without libnbd");
#endif
	RUN(attacks_fail);
	return unit_exit();
}
