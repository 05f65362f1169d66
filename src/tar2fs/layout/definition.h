/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * definition.h - definitions of partitions, in the syntax of systemd's repart.d.
 *
 * Definitions come from the user and are trusted, as options are.
 */
#ifndef TAR2FS_LAYOUT_DEFINITION_H
#define TAR2FS_LAYOUT_DEFINITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

#include "common/image/partition-type.h"

/* As many as a GPT has room for. */
#define DEFINITIONS_MAX		128

/* Of a partition, if the definition has none. */
#define DEFAULT_SIZE_MIN	(10u << 20)
#define DEFAULT_WEIGHT		1000u
#define WEIGHT_MAX		1000000u

/* Bits of the flags of a partition in a GPT. */
#define GPT_FLAG_GROW		(1ull << 59)
#define GPT_FLAG_READ_ONLY	(1ull << 60)
#define GPT_FLAG_NO_AUTO	(1ull << 63)

/* A value, or a pair of them, and the line that has it. */
struct word {
	char *text;			/* owned */
	char *second;			/* owned; NULL: none */
	unsigned int line;
};

struct words {
	struct word *at;		/* owned */
	size_t n;
};

enum verity_role {
	VERITY_OFF,
	VERITY_DATA,
	VERITY_HASH,
};

enum tristate {
	TRISTATE_UNSET,
	TRISTATE_NO,
	TRISTATE_YES,
};

/* A [Partition] section.  Strings are owned; NULL: the key is not there. */
struct definition {
	const char *file;		/* owned by the layout */
	unsigned int line;		/* of the section */
	const char *folder;		/* relative sources are in it; owned by
					   the layout */
	struct partition_type type;
	char *label;
	char uuid[GUID_TEXT_MAX];	/* "": none given */
	unsigned int uuid_line;
	char *format;
	unsigned int format_line;
	uint64_t size_min, size_max;	/* size_max 0: none */
	bool has_size_min;
	unsigned int weight, padding_weight;
	uint64_t padding_min, padding_max;
	bool has_padding_max;
	bool minimize;
	char *copy_blocks;
	struct words sources;		/* Source= */
	struct words copies;		/* CopyFiles=: source and target */
	struct words excludes;
	struct words directories;
	struct words symlinks;		/* path and target */
	struct words subvolumes;
	uint64_t flags;
	enum tristate no_auto, read_only, grow;
	enum verity_role verity;
	char *match_key;
	bool has_users;			/* inputs of the command line */
};

struct layout {
	struct definition *at;		/* owned */
	size_t n;
	struct words names;		/* of files and folders */
};

/*
 * layout_parse - add the definitions of one file
 * @file, @folder: for messages, and for relative paths; copied
 * @text: @len bytes
 *
 * -EINVAL, with a sentence that has the file, the line and the key.
 */
int layout_parse(struct layout *layout, const char *file, const char *folder,
		 const char *text, size_t len, struct lkl_error *err);

/*
 * layout_check - refuse keys that do not fit together, in one or several definitions
 *
 * Also sets defaults that depend on other keys.
 */
int layout_check(struct layout *layout, struct lkl_error *err);

/*
 * layout_read - read a file, or all *.conf of a folder in the order of their
 * names
 *
 * layout_check() comes next.  layout_free() is needed in any case.
 */
int layout_read(struct layout *layout, const char *path,
		struct lkl_error *err);

void layout_free(struct layout *layout);

/* The flags of the partition in a GPT. */
uint64_t definition_flags(const struct definition *definition);

/* The definition with the hashes of @data, or NULL. */
struct definition *layout_find_hash(const struct layout *layout,
				    const struct definition *data);

/* Whether a file system is made, and filled, for this partition. */
bool definition_has_files(const struct definition *definition);

/*
 * definition_set - set a key of the definition
 *
 * -EINVAL, with a sentence that begins with the key.
 */
int definition_set(struct definition *definition, unsigned int line,
		   const char *key, const char *value, struct lkl_error *err);

/* Owns the strings from its success on.  -ENOMEM */
int words_add(struct words *words, unsigned int line, char *text, char *second);
void words_free(struct words *words);

#endif /* TAR2FS_LAYOUT_DEFINITION_H */
