// SPDX-License-Identifier: GPL-2.0-only
/*
 * definition.c - definitions of partitions, and checks of their keys together.
 */
#include "definition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cli/quote.h"
#include "common/error.h"

int words_add(struct words *words, unsigned int line, char *text, char *second)
{
	struct word *at = realloc(words->at, (words->n + 1) * sizeof(*at));

	if (!at)
		return -ENOMEM;
	words->at = at;
	at[words->n++] = (struct word){
		.text = text, .second = second, .line = line,
	};
	return 0;
}

void words_free(struct words *words)
{
	while (words->n) {
		words->n--;
		free(words->at[words->n].text);
		free(words->at[words->n].second);
	}
	free(words->at);
	words->at = NULL;
}

static void definition_free(struct definition *definition)
{
	free(definition->label);
	free(definition->format);
	free(definition->copy_blocks);
	free(definition->match_key);
	words_free(&definition->sources);
	words_free(&definition->copies);
	words_free(&definition->excludes);
	words_free(&definition->directories);
	words_free(&definition->symlinks);
	words_free(&definition->subvolumes);
}

void layout_free(struct layout *layout)
{
	while (layout->n)
		definition_free(&layout->at[--layout->n]);
	free(layout->at);
	layout->at = NULL;
	words_free(&layout->names);
}

static void set_flag(uint64_t *flags, uint64_t bit, enum tristate value)
{
	if (value == TRISTATE_YES)
		*flags |= bit;
	else if (value == TRISTATE_NO)
		*flags &= ~bit;
}

uint64_t definition_flags(const struct definition *definition)
{
	enum tristate read_only = definition->read_only;
	enum tristate grow = definition->grow;
	uint64_t flags = definition->flags;
	bool is_verity = definition->verity != VERITY_OFF ||
		type_is_verity(&definition->type);

	if (!type_has_flags(&definition->type))
		return flags;
	if (read_only == TRISTATE_UNSET && is_verity)
		read_only = TRISTATE_YES;
	set_flag(&flags, GPT_FLAG_READ_ONLY, read_only);
	if (grow == TRISTATE_UNSET && !(flags & GPT_FLAG_READ_ONLY))
		grow = TRISTATE_YES;
	set_flag(&flags, GPT_FLAG_GROW, grow);
	set_flag(&flags, GPT_FLAG_NO_AUTO, definition->no_auto);
	return flags;
}

bool definition_has_files(const struct definition *definition)
{
	return definition->has_users ||
		definition->sources.n || definition->copies.n ||
		definition->directories.n || definition->symlinks.n ||
		definition->subvolumes.n;
}

static struct definition *find_role(const struct layout *layout,
				    const char *match_key,
				    enum verity_role role)
{
	size_t i;

	for (i = 0; i < layout->n; i++)
		if (layout->at[i].verity == role && layout->at[i].match_key &&
		    !strcmp(layout->at[i].match_key, match_key))
			return &layout->at[i];
	return NULL;
}

struct definition *layout_find_hash(const struct layout *layout,
				    const struct definition *data)
{
	return data->verity != VERITY_DATA ? NULL :
		find_role(layout, data->match_key, VERITY_HASH);
}

static int check_error(const struct definition *definition,
		       struct lkl_error *err, const char *text)
{
	return error_set(err, -EINVAL, "%s:%u: [Partition]: %s",
			 quote_name(definition->file), definition->line, text);
}

static int check_verity(const struct layout *layout,
			const struct definition *definition,
			struct lkl_error *err)
{
	const struct definition *data, *hash;

	if (definition->verity == VERITY_OFF)
		return definition->match_key ?
			check_error(definition, err,
				    "VerityMatchKey= needs Verity=") : 0;
	if (!definition->match_key)
		return check_error(definition, err,
				   "Verity= needs VerityMatchKey=");
	data = find_role(layout, definition->match_key, VERITY_DATA);
	hash = find_role(layout, definition->match_key, VERITY_HASH);
	if (!data || !hash)
		return error_set(err, -EINVAL,
				 "%s:%u: VerityMatchKey=: no partition with Verity=%s has the key %s",
				 quote_name(definition->file),
				 definition->line, data ? "hash" : "data",
				 quote_name(definition->match_key));
	if (definition != data && definition != hash)
		return error_set(err, -EINVAL,
				 "%s:%u: VerityMatchKey=: two partitions with the same Verity= have the key %s",
				 quote_name(definition->file),
				 definition->line,
				 quote_name(definition->match_key));
	if (definition == hash && (definition->format ||
	    definition->copy_blocks || definition_has_files(definition)))
		return check_error(definition, err,
				   "a partition with Verity=hash can have no other content");
	if (definition == data && !definition->format &&
	    !definition->copy_blocks)
		return check_error(definition, err,
				   "a partition with Verity=data needs Format= or CopyBlocks=");
	return 0;
}

/* No UUID was given, or zeroes, by "null": several partitions may have these. */
static bool is_null(const char *uuid)
{
	return !uuid[strspn(uuid, "0-")];
}

static int check_uuid(const struct layout *layout,
		      const struct definition *definition,
		      struct lkl_error *err)
{
	const struct definition *other;

	if (is_null(definition->uuid))
		return 0;
	for (other = layout->at; other < definition; other++)
		if (!strcasecmp(other->uuid, definition->uuid))
			return error_set(err, -EINVAL,
					 "%s:%u: UUID=: the partition of %s:%u has the same one",
					 quote_name(definition->file),
					 definition->uuid_line,
					 quote_name(other->file),
					 other->uuid_line);
	return 0;
}

static int definition_check(const struct layout *layout,
			    struct definition *definition,
			    struct lkl_error *err)
{
	bool has_files = definition_has_files(definition);
	int ret = check_uuid(layout, definition, err);

	if (ret < 0)
		return ret;
	if (definition->copy_blocks && (definition->format || has_files))
		return check_error(definition, err,
				   "CopyBlocks= excludes Format= and keys with files");
	if (has_files && !definition->format) {
		definition->format = strdup("ext4");
		if (!definition->format)
			return error_no_memory(err);
	}
	if (has_files && (!strcmp(definition->format, "swap") ||
			  !strcmp(definition->format, "empty")))
		return error_set(err, -EINVAL,
				 "%s:%u: Format=%s: such a partition can have no files",
				 quote_name(definition->file),
				 definition->format_line, definition->format);
	if (definition->excludes.n && !definition->sources.n &&
	    !definition->copies.n)
		return check_error(definition, err,
				   "ExcludeFiles= needs CopyFiles= or Source=");
	if (definition->size_max && definition->has_size_min &&
	    definition->size_max < definition->size_min)
		return check_error(definition, err,
				   "SizeMaxBytes= is less than SizeMinBytes=");
	if (definition->has_padding_max &&
	    definition->padding_max < definition->padding_min)
		return check_error(definition, err,
				   "PaddingMaxBytes= is less than PaddingMinBytes=");
	if ((definition->no_auto || definition->read_only ||
	     definition->grow == TRISTATE_YES) &&
	    !type_has_flags(&definition->type))
		return check_error(definition, err,
				   "NoAuto=, ReadOnly= and GrowFileSystem= are not flags of this Type=");
	return check_verity(layout, definition, err);
}

int layout_check(struct layout *layout, struct lkl_error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < layout->n && !ret; i++)
		ret = definition_check(layout, &layout->at[i], err);
	return ret;
}
