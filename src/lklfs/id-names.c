// SPDX-License-Identifier: GPL-2.0-only
/*
 * id-names.c - the names of users and groups of an image.
 *
 * Both files have lines "NAME:password:ID:...".  Lines of another form are left
 * out.
 */
#include "id-names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "contents.h"

/* A file that is larger lists no users of a computer. */
#define FILE_MAX (4u << 20)

void all_names_free(struct all_names *names)
{
	free(names->users.text);
	free(names->users.at);
	free(names->groups.text);
	free(names->groups.at);
	memset(names, 0, sizeof(*names));
}

static bool parse_line(char *line, struct id_name *ret_name)
{
	char *password = strchr(line, ':'), *id, *end;
	unsigned long value;

	if (!password || password == line)
		return false;
	id = strchr(password + 1, ':');
	if (!id || id[1] < '0' || id[1] > '9')
		return false;
	errno = 0;
	value = strtoul(id + 1, &end, 10);
	if (errno || (*end && *end != ':') || value > UINT32_MAX)
		return false;
	*password = '\0';
	*ret_name = (struct id_name){ line, (uint32_t)value };
	return true;
}

static void parse_lines(struct id_names *names)
{
	char *line = names->text, *end;
	size_t size = 0, n = 0;
	void *grown;

	for (; line && *line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		if (n == size) {
			size = 2 * size + 64;
			grown = realloc(names->at, size * sizeof(*names->at));
			if (!grown)
				break;
			names->at = grown;
		}
		n += parse_line(line, &names->at[n]);
	}
	names->n = n;
}

static void load(struct id_names *names, const char *path)
{
	struct lkl_error err;
	size_t len;

	if (names->text)
		return;
	if (contents_read(path, FILE_MAX, &names->text, &len, &err) < 0) {
		/* An empty text: it was tried. */
		names->text = calloc(1, 1);
		return;
	}
	parse_lines(names);
}

static const char *find_id(struct id_names *names, uint32_t id)
{
	size_t i;

	if (names->last && names->last->id == id)
		return names->last->name;
	for (i = 0; i < names->n; i++) {
		if (names->at[i].id != id)
			continue;
		names->last = &names->at[i];
		return names->last->name;
	}
	return NULL;
}

const char *user_name(struct all_names *names, uint32_t uid)
{
	load(&names->users, "/etc/passwd");
	return find_id(&names->users, uid);
}

const char *group_name(struct all_names *names, uint32_t gid)
{
	load(&names->groups, "/etc/group");
	return find_id(&names->groups, gid);
}

/* The two largest ids mean "unchanged" to system calls. */
static int parse_id(const struct id_names *names, const char *kind,
		    const char *text, uint32_t *ret_id, struct lkl_error *err)
{
	uint64_t value;
	size_t i;

	for (i = 0; i < names->n; i++) {
		if (!strcmp(names->at[i].name, text)) {
			*ret_id = names->at[i].id;
			return 0;
		}
	}
	if (*text < '0' || *text > '9')
		return error_set(err, -EINVAL, "the image has no %s %s", kind,
				 quote_name(text));
	if (parse_number(text, UINT32_MAX - 1, &value, err) < 0)
		return error_set(err, -EINVAL, "not a %s: %s", kind,
				 quote_name(text));
	*ret_id = (uint32_t)value;
	return 0;
}

int parse_user(struct all_names *names, const char *text, uint32_t *ret_uid,
	       struct lkl_error *err)
{
	load(&names->users, "/etc/passwd");
	return parse_id(&names->users, "user", text, ret_uid, err);
}

int parse_group(struct all_names *names, const char *text, uint32_t *ret_gid,
		struct lkl_error *err)
{
	load(&names->groups, "/etc/group");
	return parse_id(&names->groups, "group", text, ret_gid, err);
}
