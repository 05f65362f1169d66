/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * protocol.h - what lklrun tells its loader about the file to execute.
 */
#ifndef LKLRUN_LOADER_PROTOCOL_H
#define LKLRUN_LOADER_PROTOCOL_H

#include <stdint.h>

/* The loader's call, with the address of a struct loader_info. */
#define LOADER_CALL	0x4c4b4c

#define LOADER_STRINGS	16384
/* Interpreters of scripts, with an argument each, and the script. */
#define LOADER_ARGUMENTS 11

/* Strings are offsets in @strings. */
struct loader_info {
	int32_t program;		/* descriptor of the ELF file */
	int32_t interpreter;		/* of its PT_INTERP; -1: none */
	uint32_t name;			/* for PR_SET_NAME */
	uint32_t path;			/* AT_EXECFN */
	uint32_t n_arguments;		/* that replace argv[0]; 0: it stays */
	uint32_t arguments[LOADER_ARGUMENTS];
	uint32_t has_ids;
	uint32_t ids[4];		/* AT_UID, AT_EUID, AT_GID, AT_EGID */
	uint32_t length;		/* of @strings */
	char strings[LOADER_STRINGS];
};

#endif /* LKLRUN_LOADER_PROTOCOL_H */
