/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gpt.h - tell why the GPT of a disk cannot be used.
 */
#ifndef TOOLS_GPT_H
#define TOOLS_GPT_H

#include <stdbool.h>
#include <stddef.h>

struct probe_source;

#define GPT_PROBLEM_MAX 128

/*
 * gpt_problem - look for the header of a GPT on a disk without partitions
 * @ret_problem: a part of a sentence: "the GPT is ..."
 *
 * Returns false if there is no header, neither in the second sector nor in the
 * last one, or if one is sound: then the table is empty, or the caller has passed
 * over its partitions.  @ret_problem then stays as it was.  Any thread may call this.
 */
bool gpt_problem(const struct probe_source *source,
		 char ret_problem[GPT_PROBLEM_MAX]);

#endif /* TOOLS_GPT_H */
