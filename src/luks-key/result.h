/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * result.h - the sentence of a failure, for the program that asked.
 */
#ifndef LUKS_KEY_RESULT_H
#define LUKS_KEY_RESULT_H

struct luks_result;

/* result_fail - returns @code */
int result_fail(struct luks_result *result, int code, const char *text);

/*
 * result_fail_by_library - the same, for a call of libcryptsetup
 * @step: what failed; the reason follows it
 * @invalid: the reason if all that is known is that something is not valid
 */
int result_fail_by_library(struct luks_result *result, int code,
			   const char *step, const char *invalid);

#endif /* LUKS_KEY_RESULT_H */
