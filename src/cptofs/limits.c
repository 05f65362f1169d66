// SPDX-License-Identifier: GPL-2.0-only
/*
 * limits.c - what the target's file system cannot store.
 *
 * It is told once, with the first file that suffers.  Losing a property of
 * a file is a warning, unless the user asked for that property; losing a
 * file is an error.
 */
#include "limits.h"

#include <errno.h>
#include <inttypes.h>

#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "job.h"

#define MAGIC_EXFAT 0x2011bab0u		/* no public header has it */

#define BIT(limit) (1u << LIMIT_##limit)
#define NO_ATTRIBUTES (BIT(ACLS) | BIT(USER) | BIT(TRUSTED) | \
		       BIT(SECURITY) | BIT(SYSTEM) | BIT(OTHER))

static const struct {
	uint64_t magic;
	const char *type;
	uint32_t set;
} table[] = {
	{ LKL_MSDOS_SUPER_MAGIC, "vfat", BIT(OWNERS) | BIT(MODES) |
	  BIT(HARD_LINKS) | BIT(SYMLINKS) | BIT(SPECIALS) | NO_ATTRIBUTES },
	{ MAGIC_EXFAT, "exfat", BIT(OWNERS) | BIT(MODES) |
	  BIT(HARD_LINKS) | BIT(SYMLINKS) | BIT(SPECIALS) | NO_ATTRIBUTES },
};

static const char *const names[LIMITS] = {
	[LIMIT_OWNERS] = "owners",
	[LIMIT_MODES] = "permissions",
	[LIMIT_TIMES] = "times",
	[LIMIT_HARD_LINKS] = "hard links",
	[LIMIT_SYMLINKS] = "symbolic links",
	[LIMIT_SPECIALS] = "special files",
	[LIMIT_ACLS] = "access control lists",
	[LIMIT_USER] = "attributes (user)",
	[LIMIT_TRUSTED] = "attributes (trusted)",
	[LIMIT_SECURITY] = "attributes (security)",
	[LIMIT_SYSTEM] = "attributes (system)",
	[LIMIT_OTHER] = "attributes of other namespaces",
};

void limits_find(struct job *job)
{
	struct lkl_statfs st;
	unsigned int i;

	if (job->to_base < 0 || job->to->statfs(job->to_base, &st) < 0)
		return;
	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if ((uint64_t)st.f_type != table[i].magic)
			continue;
		job->limits.type = table[i].type;
		job->limits.set = table[i].set;
	}
}

bool limits_is_unsupported(int code)
{
	return code == -EOPNOTSUPP || code == -EPERM || code == -ENOSYS;
}

/* True if it is news. */
static bool first_time(struct limits *limits, enum limit limit)
{
	uint32_t bit = 1u << limit;
	bool first = !(limits->told & bit);

	limits->told |= bit;
	limits->set |= bit;
	return first;
}

static const char *where(const struct job *job)
{
	return job->limits.type ? job->limits.type :
		job->into_image ? "the image" : "the destination";
}

void limits_attribute(struct job *job, enum limit limit, unsigned int keep)
{
	if (!first_time(&job->limits, limit))
		return;
	if (job->settings->required & keep) {
		job->failures++;
		report_error("%s: %s cannot be kept in %s; other files are not named",
			     quote_name(job->target.text), names[limit],
			     where(job));
	} else {
		report_warning("%s: %s cannot be kept in %s; other files are not named",
			       quote_name(job->target.text), names[limit],
			       where(job));
	}
}

void limits_file(struct job *job, enum limit limit)
{
	job->failures++;
	job->limits.left_out[limit]++;
	if (first_time(&job->limits, limit))
		report_error("%s: %s cannot be kept in %s; others are not named",
			     quote_name(job->target.text), names[limit],
			     where(job));
}

void limits_summary(const struct job *job)
{
	unsigned int i;

	for (i = 0; i < LIMITS; i++)
		if (job->limits.left_out[i] > 1)
			report_error("%" PRIu64 " %s were left out",
				     job->limits.left_out[i], names[i]);
}
