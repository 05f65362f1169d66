/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parse.h - numbers as users write them.
 */
#ifndef TOOLS_PARSE_H
#define TOOLS_PARSE_H

#include <stdint.h>

#include <lkl.h>

/* A decimal number up to @max and nothing else; -EINVAL, -ERANGE. */
int parse_number(const char *text, uint64_t max, uint64_t *ret_value,
		 struct lkl_error *err);

/* Bytes, with a suffix K, M, G or T (powers of 1024; KiB, MiB, ... too). */
int parse_size(const char *text, uint64_t *ret_bytes, struct lkl_error *err);

/* Print bytes for people: "1.5 GiB".  @buf has 16 bytes or more. */
#define FORMAT_SIZE_MAX 16
const char *format_size(char buf[FORMAT_SIZE_MAX], uint64_t bytes);

#endif /* TOOLS_PARSE_H */
