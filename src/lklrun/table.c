// SPDX-License-Identifier: GPL-2.0-only
/*
 * table.c - finds the entry of a system call in the arrays of the families.
 */
#include "table.h"

#include <assert.h>

/* Above all system calls. */
#define NUMBERS 1024

static const struct call_entry *entries[NUMBERS];

static void add_family(const struct call_entry *entry)
{
	for (; entry->nr >= 0; entry++) {
		assert(entry->nr < NUMBERS);
		entries[entry->nr] = entry;
	}
}

void table_init(void)
{
	add_family(calls_open);
	add_family(calls_process);
	add_family(calls_privileges);
	add_family(calls_refused);
	add_family(calls_stat);
	add_family(calls_names);
	add_family(calls_attributes);
	add_family(calls_directories);
	add_family(calls_links);
	add_family(calls_xattr);
	add_family(calls_sockets);
	add_family(calls_messages);
	add_family(calls_inotify);
	add_family(calls_flags);
}

const struct call_entry *table_find(int nr)
{
	return nr >= 0 && nr < NUMBERS ? entries[nr] : NULL;
}

const struct call_entry *table_next(const struct call_entry *entry)
{
	int nr = entry ? entry->nr + 1 : 0;

	while (nr < NUMBERS && !entries[nr])
		nr++;
	return table_find(nr);
}
