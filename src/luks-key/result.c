// SPDX-License-Identifier: GPL-2.0-only
/*
 * result.c - the sentence of a failure, for the program that asked.
 */
#include "result.h"

#include <stdio.h>

#include "common/storage/luks-protocol.h"
#include "library-message.h"

int result_fail(struct luks_result *result, int code, const char *text)
{
	result->ret = code;
	snprintf(result->text, sizeof(result->text), "%s", text);
	return code;
}

int result_fail_by_library(struct luks_result *result, int code,
			   const char *step, const char *invalid)
{
	result->ret = code;
	snprintf(result->text, sizeof(result->text), "%s: %s", step,
		 library_message_reason(code, invalid));
	return code;
}
