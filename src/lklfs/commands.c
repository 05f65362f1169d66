// SPDX-License-Identifier: GPL-2.0-only
/*
 * commands.c - the table of commands.
 */
#include "commands.h"

#include <string.h>

/* In the order of --help: to look, then to change. */
static const struct command *const commands[] = {
	&list_command,
	&os_command,
	&ls_command,
	&cat_command,
	&stat_command,
	&find_command,
	&tree_command,
	&df_command,
	&du_command,
	&hash_command,
	&mtree_command,
	&diff_command,
	&mkdir_command,
	&rm_command,
	&cp_command,
	&copy_command,
	&mv_command,
	&ln_command,
	&chmod_command,
	&chown_command,
	&write_command,
	&edit_command,
	&touch_command,
	&truncate_command,
	&label_command,
	&trim_command,
	&snapshot_command,
	&shell_command,
	&sftp_command,
};

#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

const struct command *command_at(unsigned int i)
{
	return i < N_COMMANDS ? commands[i] : NULL;
}

const struct command *command_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}
