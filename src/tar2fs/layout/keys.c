// SPDX-License-Identifier: GPL-2.0-only
/*
 * keys.c - the keys of a [Partition] section.
 */
#include "definition.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "value.h"

/* Sizes of partitions are multiples of this. */
#define GRAIN	4096u

/* UTF-16 units in the name of a partition. */
#define LABEL_MAX	36u

struct key;

struct setting {
	struct definition *definition;
	unsigned int line;
	const struct key *key;
	const char *value;
};

struct key {
	const char *name;
	int (*set)(const struct setting *setting, struct lkl_error *err);
	size_t member;			/* its offset, if @set needs one */
};

static void *member_of(const struct setting *setting)
{
	return (char *)setting->definition + setting->key->member;
}

/* ---- Text ---- */

static int set_text(const struct setting *setting, struct lkl_error *err)
{
	char **text = member_of(setting), *expanded = NULL;
	int ret = *setting->value ? value_expand(setting->value, &expanded, err) : 0;

	if (ret < 0)
		return ret;
	free(*text);
	*text = expanded;
	return 0;
}

static int set_label(const struct setting *setting, struct lkl_error *err)
{
	int ret = set_text(setting, err);
	const char *label = setting->definition->label;

	if (!ret && label && !utf8_valid(label, strlen(label)))
		return error_set(err, -EINVAL, "not UTF-8: %s",
				 quote_name(label));
	if (!ret && setting->definition->label &&
	    value_count_units(setting->definition->label) > LABEL_MAX)
		return error_set(err, -EINVAL,
				 "more than %u characters: %s", LABEL_MAX,
				 quote_name(setting->definition->label));
	return ret;
}

static int set_format(const struct setting *setting, struct lkl_error *err)
{
	setting->definition->format_line = setting->line;
	return set_text(setting, err);
}

static int set_match_key(const struct setting *setting, struct lkl_error *err)
{
	return set_text(setting, err);
}

/* ---- Lists ---- */

static int add_word(const struct setting *setting, char *text, char *second,
		    struct lkl_error *err)
{
	if (words_add(member_of(setting), setting->line, text, second) == 0)
		return 0;
	free(text);
	free(second);
	return error_no_memory(err);
}

/* One path of the host. */
static int add_path(const struct setting *setting, struct lkl_error *err)
{
	char *text;
	int ret;

	if (!*setting->value) {
		words_free(member_of(setting));
		return 0;
	}
	ret = value_expand(setting->value, &text, err);
	return ret < 0 ? ret : add_word(setting, text, NULL, err);
}

/* SOURCE[:TARGET] */
static int add_copy(const struct setting *setting, struct lkl_error *err)
{
	cleanup_free char *expanded = NULL, *source = NULL, *target = NULL;
	const char *rest;
	int ret;

	if (!*setting->value) {
		words_free(member_of(setting));
		return 0;
	}
	ret = value_expand(setting->value, &expanded, err);
	if (ret < 0)
		return ret;
	rest = expanded;
	ret = value_next_word(&rest, ':', &source, err);
	if (!ret)
		ret = value_next_word(&rest, ':', &target, err);
	if (ret < 0)
		return ret;
	if (*rest)
		return error_set(err, -EINVAL, "options are not supported: %s",
				 quote_name(rest));
	if (!source || !*source)
		return error_set(err, -EINVAL, "no source");
	if (!target) {
		if (*source != '/')
			return error_set(err, -EINVAL,
					 "a relative source needs a target, as in SOURCE:/TARGET: %s",
					 quote_name(source));
		target = strdup(source);
		if (!target)
			return error_no_memory(err);
	}
	ret = value_check_target(target, err);
	return ret < 0 ? ret : add_word(setting, steal_pointer(source),
					steal_pointer(target), err);
}

/* Splits "PATH:TARGET". */
static int add_symlink(const struct setting *setting, char *word,
		       struct lkl_error *err)
{
	char *colon = strchr(word, ':'), *target;

	if (!colon || !colon[1])
		return error_set(err, -EINVAL, "not PATH:TARGET: %s",
				 quote_name(word));
	target = strdup(colon + 1);
	if (!target)
		return error_no_memory(err);
	*colon = '\0';
	if (value_check_target(word, err) < 0) {
		free(target);
		return -EINVAL;
	}
	word = strdup(word);
	if (!word) {
		free(target);
		return error_no_memory(err);
	}
	return add_word(setting, word, target, err);
}

enum {
	WORDS_HOST,			/* paths of the host */
	WORDS_TARGET,
	WORDS_PAIRS,
};

static int add_words(const struct setting *setting, int what,
		     struct lkl_error *err)
{
	cleanup_free char *expanded = NULL;
	const char *rest;
	char *word;
	int ret;

	if (!*setting->value) {
		words_free(member_of(setting));
		return 0;
	}
	ret = value_expand(setting->value, &expanded, err);
	for (rest = expanded; !ret; ) {
		ret = value_next_word(&rest, 0, &word, err);
		if (ret < 0 || !word)
			break;
		if (what == WORDS_PAIRS) {
			ret = add_symlink(setting, word, err);
			free(word);
			continue;
		}
		ret = what == WORDS_TARGET ? value_check_target(word, err) : 0;
		if (ret < 0)
			free(word);
		else
			ret = add_word(setting, word, NULL, err);
	}
	return ret;
}

static int add_host_paths(const struct setting *setting, struct lkl_error *err)
{
	return add_words(setting, WORDS_HOST, err);
}

static int add_targets(const struct setting *setting, struct lkl_error *err)
{
	return add_words(setting, WORDS_TARGET, err);
}

static int add_symlinks(const struct setting *setting, struct lkl_error *err)
{
	return add_words(setting, WORDS_PAIRS, err);
}

/* ---- Numbers ---- */

static int set_size_min(const struct setting *setting, struct lkl_error *err)
{
	struct definition *definition = setting->definition;
	uint64_t size;
	int ret = parse_size(setting->value, &size, err);

	if (ret < 0)
		return ret;
	if (size > INT64_MAX)
		return error_set(err, -ERANGE, "too large: %s", setting->value);
	definition->size_min = (size + GRAIN - 1) / GRAIN * GRAIN;
	if (!definition->size_min)
		definition->size_min = GRAIN;
	definition->has_size_min = true;
	return 0;
}

static int set_size_max(const struct setting *setting, struct lkl_error *err)
{
	uint64_t size;
	int ret = parse_size(setting->value, &size, err);

	if (ret < 0)
		return ret;
	if (size < GRAIN || size > INT64_MAX)
		return error_set(err, -ERANGE, "not a size of a partition: %s",
				 setting->value);
	setting->definition->size_max = size / GRAIN * GRAIN;
	return 0;
}

static int set_padding_min(const struct setting *setting,
			   struct lkl_error *err)
{
	int ret = parse_size(setting->value, &setting->definition->padding_min,
			     err);

	return !ret && setting->definition->padding_min > INT64_MAX ?
		error_set(err, -ERANGE, "too large: %s", setting->value) : ret;
}

static int set_padding_max(const struct setting *setting,
			   struct lkl_error *err)
{
	setting->definition->has_padding_max = true;
	return parse_size(setting->value, &setting->definition->padding_max,
			  err);
}

static int set_weight(const struct setting *setting, struct lkl_error *err)
{
	uint64_t weight;
	int ret = parse_number(setting->value, WEIGHT_MAX, &weight, err);

	if (!ret)
		*(unsigned int *)member_of(setting) = (unsigned int)weight;
	return ret;
}

static int set_flags(const struct setting *setting, struct lkl_error *err)
{
	const char *digits = setting->value;
	int base = 10;
	char *end;

	if (!strncmp(digits, "0x", 2) || !strncmp(digits, "0b", 2)) {
		base = digits[1] == 'x' ? 16 : 2;
		digits += 2;
	}
	errno = 0;
	setting->definition->flags = strtoull(digits, &end, base);
	if (!isxdigit((unsigned char)*digits) || *end || errno)
		return error_set(err, -EINVAL, "not a number of 64 bits: %s",
				 quote_name(setting->value));
	return 0;
}

/* ---- Choices ---- */

static int set_tristate(const struct setting *setting, struct lkl_error *err)
{
	bool value;
	int ret = value_parse_boolean(setting->value, &value, err);

	if (!ret)
		*(enum tristate *)member_of(setting) = value ? TRISTATE_YES :
			TRISTATE_NO;
	return ret;
}

static int set_minimize(const struct setting *setting, struct lkl_error *err)
{
	/* repart guesses a size; this finds the least one in both cases. */
	if (!strcmp(setting->value, "best") || !strcmp(setting->value, "guess")) {
		setting->definition->minimize = true;
		return 0;
	}
	return value_parse_boolean(setting->value, &setting->definition->minimize,
			     err);
}

static int set_verity(const struct setting *setting, struct lkl_error *err)
{
	struct definition *definition = setting->definition;

	if (!strcmp(setting->value, "off"))
		definition->verity = VERITY_OFF;
	else if (!strcmp(setting->value, "data"))
		definition->verity = VERITY_DATA;
	else if (!strcmp(setting->value, "hash"))
		definition->verity = VERITY_HASH;
	else
		return error_set(err, -EINVAL, "not off, data or hash: %s",
				 quote_name(setting->value));
	return 0;
}

static int set_type(const struct setting *setting, struct lkl_error *err)
{
	if (type_parse(setting->value, &setting->definition->type))
		return 0;
	return error_set(err, -EINVAL, "not a name or UUID of a type: %s",
			 quote_name(setting->value));
}

static int set_uuid(const struct setting *setting, struct lkl_error *err)
{
	const char *value = setting->value;

	if (!strcmp(value, "null"))
		value = "00000000-0000-0000-0000-000000000000";
	setting->definition->uuid_line = setting->line;
	if (guid_parse(value, setting->definition->uuid))
		return 0;
	return error_set(err, -EINVAL, "not a UUID: %s", quote_name(value));
}

/* The key has no effect on an image. */
static int set_nothing(const struct setting *setting, struct lkl_error *err)
{
	return 0;
}

static int set_encrypt(const struct setting *setting, struct lkl_error *err)
{
	return !strcmp(setting->value, "off") || !strcmp(setting->value, "no") ?
		0 : error_set(err, -ENOTSUP, "not supported");
}

static int refuse(const struct setting *setting, struct lkl_error *err)
{
	return error_set(err, -ENOTSUP, "not supported");
}

#define MEMBER(name) offsetof(struct definition, name)

static const struct key keys[] = {
	{ "Type", set_type, 0 },
	{ "Label", set_label, MEMBER(label) },
	{ "UUID", set_uuid, 0 },
	{ "Format", set_format, MEMBER(format) },
	{ "Source", add_path, MEMBER(sources) },
	{ "CopyFiles", add_copy, MEMBER(copies) },
	{ "CopyBlocks", set_text, MEMBER(copy_blocks) },
	{ "ExcludeFiles", add_host_paths, MEMBER(excludes) },
	{ "MakeDirectories", add_targets, MEMBER(directories) },
	{ "MakeSymlinks", add_symlinks, MEMBER(symlinks) },
	{ "Subvolumes", add_targets, MEMBER(subvolumes) },
	{ "SizeMinBytes", set_size_min, 0 },
	{ "SizeMaxBytes", set_size_max, 0 },
	{ "Weight", set_weight, MEMBER(weight) },
	{ "PaddingMinBytes", set_padding_min, 0 },
	{ "PaddingMaxBytes", set_padding_max, 0 },
	{ "PaddingWeight", set_weight, MEMBER(padding_weight) },
	{ "Minimize", set_minimize, 0 },
	{ "Flags", set_flags, 0 },
	{ "NoAuto", set_tristate, MEMBER(no_auto) },
	{ "ReadOnly", set_tristate, MEMBER(read_only) },
	{ "GrowFileSystem", set_tristate, MEMBER(grow) },
	{ "Verity", set_verity, 0 },
	{ "VerityMatchKey", set_match_key, MEMBER(match_key) },
	{ "Encrypt", set_encrypt, 0 },
	{ "FactoryReset", set_nothing, 0 },
	{ "SplitName", set_nothing, 0 },
	/* The rest of repart's. */
	{ "Priority", refuse, 0 }, { "ExcludeFilesTarget", refuse, 0 },
	{ "DefaultSubvolume", refuse, 0 }, { "MountPoint", refuse, 0 },
	{ "EncryptedVolume", refuse, 0 }, { "Compression", refuse, 0 },
	{ "CompressionLevel", refuse, 0 }, { "SupplementFor", refuse, 0 },
	{ "VerityDataBlockSizeBytes", refuse, 0 },
	{ "VerityHashBlockSizeBytes", refuse, 0 },
};

int definition_set(struct definition *definition, unsigned int line,
		   const char *key, const char *value, struct lkl_error *err)
{
	struct setting setting = {
		.definition = definition, .line = line, .value = value,
	};
	size_t i;
	int ret;

	/* As systemd does. */
	if (!strncmp(key, "X-", 2))
		return 0;
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (strcmp(keys[i].name, key))
			continue;
		setting.key = &keys[i];
		ret = keys[i].set(&setting, err);
		return ret < 0 ? error_prefix(err, ret, "%s=", key) : 0;
	}
	return error_set(err, -EINVAL, "%s=: unknown key", quote_name(key));
}
