/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table.h - the system calls that lklrun catches: one table for the filter, the
 * loop that answers, the manual page and its test.
 *
 * Each family is a file calls-FAMILY.c with one array.  A new call is one line in
 * such an array.  A call that is in no array goes to the host without a stop.
 */
#ifndef LKLRUN_TABLE_H
#define LKLRUN_TABLE_H

#include "call.h"

enum call_kind {
	CALL_HANDLE,		/* stops, and its handler answers */
	CALL_EXEC,		/* stops by ptrace: execve and execveat */
	CALL_MAP_SHARED,	/* stops only with MAP_SHARED in argument 3 */
	CALL_FILE_FLAGS,	/* stops only with flags_commands in argument 1 */
	CALL_ADDRESS,		/* only with an address in argument 4 */
	CALL_PROCESS_OPTIONS,	/* only with privileges_options in argument 0 */
	CALL_REFUSE,		/* fails with @error without a stop, unless -v */
};

struct call_entry {
	int nr;			/* SYS_... */
	const char *name;
	call_fn *handle;	/* CALL_HANDLE; NULL ends an array without name */
	enum call_kind kind;
	int error;		/* CALL_REFUSE: errno */
	const char *reason;	/* CALL_REFUSE: for readers of the table */
};

#define CALL_NAMED(name, function) { SYS_##name, #name, function, CALL_HANDLE, 0, NULL }
#define CALL_REFUSED(name, error, reason) \
	{ SYS_##name, #name, NULL, CALL_REFUSE, error, reason }
#define CALL_END { -1, NULL, NULL, CALL_HANDLE, 0, NULL }

extern const struct call_entry calls_open[];		/* open, mmap, fsync, ... */
extern const struct call_entry calls_process[];		/* exec, ids, ... */
extern const struct call_entry calls_privileges[];	/* capabilities */
extern const struct call_entry calls_refused[];		/* what is not supported */
extern const struct call_entry calls_stat[];
extern const struct call_entry calls_names[];
extern const struct call_entry calls_attributes[];
extern const struct call_entry calls_directories[];
extern const struct call_entry calls_flags[];
extern const struct call_entry calls_links[];
extern const struct call_entry calls_xattr[];
extern const struct call_entry calls_sockets[];
extern const struct call_entry calls_messages[];
extern const struct call_entry calls_inotify[];

/* table_init - index the arrays; before all others */
void table_init(void);

/* table_find - the entry of a call, or NULL */
const struct call_entry *table_find(int nr);

/* table_next - all entries, in the order of their numbers; NULL begins and ends */
const struct call_entry *table_next(const struct call_entry *entry);

#endif /* LKLRUN_TABLE_H */
