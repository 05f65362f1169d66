/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * settings-options.h - the options of a copy that cptofs, cpfromfs and tar2fs share.
 */
#ifndef COPY_SETTINGS_OPTIONS_H
#define COPY_SETTINGS_OPTIONS_H

#include "common/cli/options.h"
#include "job.h"

/* Keys for the tables of the tools. */
enum {
	SETTINGS_EXCLUDE = OPTION_LONG_ONLY + 0x600,
	SETTINGS_SORT,
	SETTINGS_OWNER,
	SETTINGS_GROUP,
	SETTINGS_CHOWN_MAP,
	SETTINGS_MTIME,
	SETTINGS_CLAMP_MTIME,
};

/* settings_handle_option - for the functions of the tables; 0 or -errno */
int settings_handle_option(int key, const char *argument, struct settings *settings,
			   struct lkl_error *err);

#endif /* COPY_SETTINGS_OPTIONS_H */
