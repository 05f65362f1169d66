// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz-fstab.c - fuzz the text of /etc/fstab.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/system/fstab.h"
#include "common/system/os-release.h"

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* A path from the root, without anything that leads up. */
static void check_target(const char *path)
{
	size_t len;

	check(*path == '/');
	for (path++; *path; path += path[len] == '/' ? len + 1 : len) {
		len = strcspn(path, "/");
		check(len && strncmp(path, "../", 3) && strcmp(path, ".."));
	}
}

static void check_options(const struct fstab_line *line, const char *type)
{
	struct lkl_error err = { "" };
	bool read_only = false;
	char *options;

	if (fstab_options(line, type, &options, &read_only, &err) < 0) {
		check(err.text[0]);
		return;
	}
	check(strlen(options) <= strlen(line->options));
	check(strncmp(options, "device=", 7) && !strstr(options, ",device="));
	check(!strchr(options, '\n'));
	free(options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lkl_error err = { "" };
	struct fstab fstab;
	char *text, *value;
	unsigned int i;

	if (fstab_parse((const char *)data, size, 3, &fstab, &err) < 0) {
		check(err.text[0]);
		return 0;
	}
	for (i = 0; i < fstab.n; i++) {
		fstab_skip_reason(&fstab.lines[i]);
		check_options(&fstab.lines[i], "btrfs");
		check_options(&fstab.lines[i], "vfat");
		text = fstab_target(&fstab.lines[i], &err);
		if (text)
			check_target(text);
		free(text);
	}
	check(fstab.n <= FSTAB_LINES_MAX);
	fstab_free(&fstab);

	text = strndup((const char *)data, size);
	check(text);
	value = os_release_value(text, "NAME");
	check(!value || strlen(value) < size);
	free(value);
	free(text);
	return 0;
}

#include "replay.h"
