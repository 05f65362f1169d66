// SPDX-License-Identifier: GPL-2.0-only
/*
 * long-params.c - kernel parameters are taken to the last, and refused if they
 * are too long.
 */
#include "boot.h"

#define LONGEST	1900

/* Fillers, and at the end a parameter with an effect. */
static int start_with(size_t length, struct lkl_error *err)
{
	static const char last[] = " sysctl.vm.swappiness=17";
	static char params[3000];
	struct lkl_options options = {
		.size = sizeof(options),
		.log = boot_log,
		.params = params,
	};

	memset(params, 0, sizeof(params));
	memset(params, ' ', length);
	memcpy(params + length - strlen(last), last, strlen(last));
	memcpy(params, "quiet", 5);
	return lkl_start(&options, err);
}

int main(void)
{
	struct lkl_error err = { "" };
	char text[16] = "";
	long fd;

	setvbuf(stdout, NULL, _IOLBF, 0);
	IS(start_with(LONGEST + 1, &err), -E2BIG);
	CHECK_THAT(strstr(err.text, "kernel parameters"), "%s", err.text);
	IS(start_with(2900, &err), -E2BIG);

	MUST(start_with(LONGEST, &err));
	MUST(make_dir("/proc"));
	MUST(lkl_sys_mount((char *)"proc", (char *)"/proc", (char *)"proc", 0,
			   NULL));
	fd = MUST(open_file("/proc/sys/vm/swappiness", LKL_O_RDONLY));
	OK(lkl_sys_read((unsigned int)fd, text, sizeof(text) - 1));
	CHECK_THAT(!strcmp(text, "17\n"), "vm.swappiness is %s", text);
	OK(lkl_sys_close((unsigned int)fd));
	OK(lkl_halt());
	return check_exit();
}
