// SPDX-License-Identifier: GPL-2.0-only
/*
 * accounts.c - the users and groups of an image.
 *
 * Lines of /etc/passwd are "NAME:password:UID:GID:comment:HOME:shell", those of
 * /etc/group "NAME:password:GID:members".  Lines of another form are left out, and
 * so are names that no account can have.
 */
#include "accounts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lkl.h>

#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "contents.h"

/* A file that is larger lists no users of a computer. */
#define FILE_MAX (4u << 20)

/* Fields of a line. */
#define FIELD_NAME	0u
#define FIELD_ID	2u
#define FIELD_HOME	5u		/* of passwd */
#define FIELDS		6u		/* that we look at */

static void list_clear(struct account_list *list)
{
	free(list->text);
	free(list->at);
	*list = (struct account_list){ .tried = true };
}

void accounts_free(struct accounts *accounts)
{
	list_clear(&accounts->users);
	list_clear(&accounts->groups);
	*accounts = (struct accounts){ 0 };
}

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

/* Returns whether @line names an account.  Ends fields by zero bytes. */
static bool parse_line(char *line, struct account *ret_account)
{
	char *fields[FIELDS] = { NULL }, *end;
	unsigned long id;
	unsigned int i;

	for (i = 0; line && i < FIELDS; i++) {
		fields[i] = line;
		line = strchr(line, ':');
		if (line)
			*line++ = '\0';
	}
	if (i <= FIELD_ID || !*fields[FIELD_NAME] ||
	    strlen(fields[FIELD_NAME]) >= ACCOUNT_NAME_MAX ||
	    !is_printable(fields[FIELD_NAME]) ||
	    *fields[FIELD_ID] < '0' || *fields[FIELD_ID] > '9')
		return false;
	errno = 0;
	id = strtoul(fields[FIELD_ID], &end, 10);
	if (errno || *end || id > UINT32_MAX)
		return false;
	*ret_account = (struct account){ fields[FIELD_NAME], NULL,
					 (uint32_t)id };
	if (i > FIELD_HOME && *fields[FIELD_HOME] &&
	    is_printable(fields[FIELD_HOME]))
		ret_account->home = fields[FIELD_HOME];
	return true;
}

static void parse_lines(struct account_list *list)
{
	char *line = list->text, *end;
	size_t size = 0;
	void *grown;

	for (; line && *line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		if (list->n == size) {
			size = 2 * size + 64;
			grown = realloc(list->at, size * sizeof(*list->at));
			if (!grown)
				break;
			list->at = grown;
		}
		list->n += parse_line(line, &list->at[list->n]);
	}
}

static void list_refresh(struct account_list *list, const char *path)
{
	struct lkl_statx st;
	int fd = contents_open(path, &st);
	size_t len;

	if (fd < 0 || st.stx_size > FILE_MAX) {
		list_clear(list);
	} else if (!list->text || list->inode != st.stx_ino ||
		   list->size != st.stx_size ||
		   list->seconds != st.stx_mtime.tv_sec ||
		   list->nanoseconds != st.stx_mtime.tv_nsec) {
		list_clear(list);
		list->inode = st.stx_ino;
		list->size = st.stx_size;
		list->seconds = st.stx_mtime.tv_sec;
		list->nanoseconds = st.stx_mtime.tv_nsec;
		if (contents_load(fd, (size_t)st.stx_size, &list->text,
				  &len) >= 0)
			parse_lines(list);
	}
	if (fd >= 0)
		lkl_sys_close((unsigned int)fd);
}

static void users_refresh(struct accounts *accounts)
{
	list_refresh(&accounts->users, "/etc/passwd");
}

static void groups_refresh(struct accounts *accounts)
{
	list_refresh(&accounts->groups, "/etc/group");
}

void accounts_refresh(struct accounts *accounts)
{
	users_refresh(accounts);
	groups_refresh(accounts);
}

static struct account_list *users(struct accounts *accounts)
{
	if (!accounts->users.tried)
		users_refresh(accounts);
	return &accounts->users;
}

static struct account_list *groups(struct accounts *accounts)
{
	if (!accounts->groups.tried)
		groups_refresh(accounts);
	return &accounts->groups;
}

static const struct account *find_id(struct account_list *list, uint32_t id)
{
	size_t i;

	if (list->last && list->last->id == id)
		return list->last;
	for (i = 0; i < list->n; i++) {
		if (list->at[i].id != id)
			continue;
		list->last = &list->at[i];
		return list->last;
	}
	return NULL;
}

static const struct account *find_name(const struct account_list *list,
				       const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (!strcmp(list->at[i].name, name))
			return &list->at[i];
	return NULL;
}

const char *accounts_user(struct accounts *accounts, uint32_t uid)
{
	const struct account *account = find_id(users(accounts), uid);

	return account ? account->name : NULL;
}

const char *accounts_group(struct accounts *accounts, uint32_t gid)
{
	const struct account *account = find_id(groups(accounts), gid);

	return account ? account->name : NULL;
}

const char *accounts_home(struct accounts *accounts, const char *user)
{
	struct account_list *list = users(accounts);
	const struct account *account = user && *user ?
		find_name(list, user) : find_id(list, 0);

	return account ? account->home : NULL;
}

/* The two largest ids mean "unchanged" to system calls. */
static int parse_id(const struct account_list *list, const char *kind,
		    const char *text, uint32_t *ret_id, struct lkl_error *err)
{
	const struct account *account = find_name(list, text);
	uint64_t value;

	if (account) {
		*ret_id = account->id;
		return 0;
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

int accounts_parse_user(struct accounts *accounts, const char *text,
			uint32_t *ret_uid, struct lkl_error *err)
{
	return parse_id(users(accounts), "user", text, ret_uid, err);
}

int accounts_parse_group(struct accounts *accounts, const char *text,
			 uint32_t *ret_gid, struct lkl_error *err)
{
	return parse_id(groups(accounts), "group", text, ret_gid, err);
}
