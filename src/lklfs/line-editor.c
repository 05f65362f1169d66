// SPDX-License-Identifier: GPL-2.0-only
/*
 * line-editor.c - reads lines from a terminal, with libedit if it is there.
 *
 * libedit has the functions of readline's interface, which is declared here: its
 * headers are not needed to build this.
 */
#include "config.h"
#include "line-editor.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

DLOPEN_NOTE("shell", "editing of lines in lklfs shell", "suggested",
	    LIBEDIT_SONAME);

typedef char **completion_fn(const char *text, int start, int end);

static struct {
	char *(*readline)(const char *prompt);
	int (*add_history)(const char *line);
	int (*read_history)(const char *path);
	int (*write_history)(const char *path);
	completion_fn **attempted;
	int *append;
} editor;

static int (*complete_word)(const char *word, bool first, char **ret_text,
			    size_t *ret_len);
static char history_path[4096];

static bool find_functions(void *library)
{
#define FIND(member, name) \
	editor.member = (__typeof__(editor.member))dlsym(library, name); \
	if (!editor.member) \
		return false;
	FIND(add_history, "add_history")
	FIND(read_history, "read_history")
	FIND(write_history, "write_history")
	FIND(attempted, "rl_attempted_completion_function")
	FIND(append, "rl_completion_append_character")
	FIND(readline, "readline")
#undef FIND
	return true;
}

/* How many bytes of @a are the same in @b. */
static size_t common_length(const char *a, size_t len, const char *b)
{
	size_t i = 0;

	while (i < len && a[i] == b[i])
		i++;
	return i;
}

/* As readline wants it: first the common beginning, then all candidates, then NULL. */
static char **make_list(const char *text, size_t len)
{
	size_t n = 0, i = 1, same;
	const char *at;
	char **list;

	for (at = text; at < text + len; at += strlen(at) + 1)
		n++;
	list = n ? calloc(n + 2, sizeof(*list)) : NULL;
	if (!list)
		return NULL;
	same = strlen(text);
	for (at = text; at < text + len; at += strlen(at) + 1) {
		same = common_length(text, same, at);
		list[i++] = strdup(at);
	}
	list[0] = strndup(text, same);
	for (i = 0; i <= n; i++)
		if (!list[i])
			n = i;
	return list;
}

static char **complete(const char *word, int start, int end)
{
	char *text = NULL, **list = NULL;
	size_t len = 0;

	(void)end;
	if (!complete_word(word, !start, &text, &len) && len)
		list = make_list(text, len);
	/* A directory is not the end of a word. */
	if (list)
		*editor.append = list[0][0] && !list[2] &&
			list[0][strlen(list[0]) - 1] == '/' ? 0 : ' ';
	free(text);
	return list;
}

/* In a directory that has to be there already. */
static void find_history(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int n = 0;

	if (state && *state)
		n = snprintf(history_path, sizeof(history_path),
			     "%s/lklfs_history", state);
	else if (home && *home)
		n = snprintf(history_path, sizeof(history_path),
			     "%s/.local/state/lklfs_history", home);
	if (n <= 0 || n >= (int)sizeof(history_path))
		history_path[0] = '\0';
}

void line_editor_open(int (*complete_path)(const char *word, bool first,
					   char **ret_text, size_t *ret_len))
{
	void *library = NULL;

	complete_word = complete_path;
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		library = dlopen(LIBEDIT_SONAME, RTLD_NOW | RTLD_LOCAL);
	if (!library || !find_functions(library)) {
		editor.readline = NULL;
		return;
	}
	*editor.attempted = complete;
	find_history();
	/* The first time there is none. */
	if (history_path[0])
		editor.read_history(history_path);
}

static char *read_plain(const char *prompt)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (isatty(STDIN_FILENO)) {
		fputs(prompt, stdout);
		fflush(stdout);
	}
	n = getline(&line, &size, stdin);
	if (n < 0) {
		free(line);
		return NULL;
	}
	if (n && line[n - 1] == '\n')
		line[n - 1] = '\0';
	return line;
}

char *line_editor_read(const char *prompt)
{
	char *line = editor.readline ? editor.readline(prompt) :
		read_plain(prompt);

	if (line && *line && editor.readline)
		editor.add_history(line);
	return line;
}

void line_editor_close(void)
{
	if (editor.readline && history_path[0])
		editor.write_history(history_path);
}
