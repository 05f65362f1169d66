/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * records.h - the extended records of a pax header.
 */
#ifndef FS2TAR_RECORDS_H
#define FS2TAR_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "common/cli/date.h"

/* As they are written; reused from file to file. */
struct records {
	char *text;
	size_t len, size;
};

void records_reset(struct records *records);
void records_free(struct records *records);

/* A value may hold any bytes.  -ENOMEM. */
int records_add(struct records *records, const char *key, const void *value,
		size_t len);
int records_add_string(struct records *records, const char *key,
		       const char *value);
int records_add_number(struct records *records, const char *key,
		       uint64_t value);
int records_add_time(struct records *records, const char *key,
		     struct timestamp time);

#endif /* FS2TAR_RECORDS_H */
