// SPDX-License-Identifier: GPL-2.0-only
/*
 * address-limit.c - with little address space to have (RLIMIT_AS) the kernel
 * starts all the same, and with too little says so.
 */
#include <sys/resource.h>

#include "boot.h"

static int start_within(rlim_t size)
{
	const struct rlimit limit = { size, size };
	struct lkl_error err = { "" };
	int ret;

	REQUIRE(!setrlimit(RLIMIT_AS, &limit));
	ret = lkl_start(NULL, &err);
	if (ret) {
		printf("# %ld MiB: %s\n", (long)(size / MIB), err.text);
		CHECK_THAT(ret == -ENOMEM && strstr(err.text, "ulimit -v"),
			   "%d, %s", ret, err.text);
		return 1;
	}
	write_pattern("/file", 4 * MIB, 1);
	check_pattern("/file", 4 * MIB, 1);
	OK(lkl_halt());
	return 0;
}

static int in_child(rlim_t size)
{
	pid_t pid = fork();
	int status;

	REQUIRE(pid >= 0);
	if (!pid) {
		status = start_within(size);
		exit(check_exit() ? 2 : status);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return status;
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	skip("sanitizers need more address space");
#endif
	CHECK(in_child(RLIM_INFINITY) == 0);
	CHECK(in_child(4 * GIB) == 0);
	CHECK(WEXITSTATUS(in_child(GIB)) == 1);
	CHECK(WEXITSTATUS(in_child(100 * MIB)) == 1);
	return check_exit();
}
