// SPDX-License-Identifier: GPL-2.0-only
/* settings-options.c - the options of a copy that several tools share. */
#include "settings-options.h"

#include <errno.h>

#include "common/error.h"

int settings_handle_option(int key, const char *argument, struct settings *settings,
			   struct lkl_error *err)
{
	switch (key) {
	case SETTINGS_EXCLUDE:
		return patterns_parse(&settings->filter.exclude, argument, err);
	case SETTINGS_SORT:
		settings->has_sort = true;
		return directory_parse_sort(argument, &settings->sort, err);
	case SETTINGS_OWNER:
		return owner_parse_id(argument, false, &settings->owners.owner,
				      err);
	case SETTINGS_GROUP:
		return owner_parse_id(argument, true, &settings->owners.group,
				      err);
	case SETTINGS_CHOWN_MAP:
		return owners_add_range(&settings->owners, argument, err);
	case SETTINGS_MTIME:
		return mtime_parse(argument, &settings->mtime, err);
	case SETTINGS_CLAMP_MTIME:
		settings->mtime.clamp = true;
		return 0;
	}
	return error_set(err, -EINVAL, "option without a meaning");
}
