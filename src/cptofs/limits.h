/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * limits.h - what the target's file system cannot store.
 */
#ifndef CP_LIMITS_H
#define CP_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

struct job;

enum limit {
	LIMIT_OWNERS,
	LIMIT_MODES,
	LIMIT_TIMES,
	LIMIT_HARD_LINKS,
	LIMIT_SYMLINKS,
	LIMIT_SPECIALS,
	LIMIT_ACLS,
	LIMIT_USER,		/* attributes, by their namespaces */
	LIMIT_TRUSTED,
	LIMIT_SECURITY,
	LIMIT_SYSTEM,
	LIMIT_OTHER,
	LIMITS
};

struct limits {
	const char *type;	/* of the file system, or NULL */
	uint32_t set;		/* bits 1 << LIMIT_... */
	uint32_t told;
	uint64_t left_out[LIMITS];	/* files that were not made */
};

/* What is known of the file system that job->to_base is on. */
void limits_find(struct job *job);

/* Whether it is known that these cannot be stored. */
static inline bool limits_has(const struct limits *limits, enum limit limit)
{
	return limits->set & 1u << limit;
}

/*
 * limits_attribute - a property of the file at hand is lost
 * @keep: the KEEP_... that it belongs to: an error if that was asked for
 *
 * Told once for all files.
 */
void limits_attribute(struct job *job, enum limit limit, unsigned int keep);

/* The file at hand itself cannot be stored: an error, told once. */
void limits_file(struct job *job, enum limit limit);

/* At the end: how many were left out. */
void limits_summary(const struct job *job);

/* Whether a call that failed with @code did so for all files to come. */
bool limits_is_unsupported(int code);

#endif /* CP_LIMITS_H */
