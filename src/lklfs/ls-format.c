// SPDX-License-Identifier: GPL-2.0-only
/*
 * ls-format.c - lklfs ls: prints files in columns, in lines and as JSON.
 */
#include "ls.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lkl.h>

#include "common/cli/mode.h"
#include "common/cli/quote.h"
#include "common/tree/path.h"
#include "print.h"

void ls_print_header(struct run *run, const char *path, bool again)
{
	if (run->json)
		return;
	if (again)
		putchar('\n');
	print_name(run, path);
	puts(":");
}

static void print_json(struct run *run, const char *directory,
		       const struct ls_list *list)
{
	struct path path = { 0 };
	size_t i, len = 0;

	if (path_push(&path, directory ? directory : "") < 0)
		return;
	len = path.len;
	for (i = 0; i < list->n; i++) {
		if (path_push(&path, list->at[i].name) < 0)
			break;
		json_line_begin(&run->writer);
		json_file(run, path.text, &list->at[i].st, list->at[i].target);
		json_line_end(&run->writer);
		path_cut(&path, len);
	}
	path_free(&path);
}

/* Columns of a terminal, as far as UTF-8 tells. */
static size_t name_width(const char *name)
{
	size_t width = 0;

	for (; *name; name++)
		width += (*name & 0xc0) != 0x80;
	return width;
}

/* Names below each other, in as many columns as fit. */
static void print_columns(struct run *run, const struct ls_list *list)
{
	size_t i, row, rows, columns, width = 0, all = 80, n;
	struct winsize window;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) && window.ws_col)
		all = window.ws_col;
	for (i = 0; i < list->n; i++) {
		n = name_width(quote_name(list->at[i].name));
		if (n > width)
			width = n;
	}
	columns = all / (width + 2);
	if (!columns)
		columns = 1;
	rows = (list->n + columns - 1) / columns;
	for (row = 0; row < rows; row++) {
		for (i = row; i < list->n; i += rows) {
			print_name(run, list->at[i].name);
			n = name_width(quote_name(list->at[i].name));
			if (i + rows < list->n)
				printf("%*s", (int)(width + 2 - n), "");
		}
		putchar('\n');
	}
}

/* The widest text of each column. */
struct widths {
	int inode, links, user, group, size;
};

#define CELL_MAX 32

static int widest(int a, size_t b)
{
	return a > (int)b ? a : (int)b;
}

static const char *format_size_cell(const struct ls *ls,
				    const struct lkl_statx *st,
				    char buf[CELL_MAX])
{
	if (S_ISBLK(st->stx_mode) || S_ISCHR(st->stx_mode))
		snprintf(buf, CELL_MAX, "%" PRIu32 ", %" PRIu32,
			 st->stx_rdev_major, st->stx_rdev_minor);
	else if (ls->human)
		format_human(st->stx_size, buf);
	else
		snprintf(buf, CELL_MAX, "%" PRIu64, (uint64_t)st->stx_size);
	return buf;
}

/* A name, or the number.  The result may be in @buf. */
static const char *format_owner(struct run *run, uint32_t id, bool group,
				char buf[CELL_MAX])
{
	const struct ls *ls = run->options;
	const char *name = NULL;

	if (!ls->numeric)
		name = group ? accounts_group(&run->accounts, id) :
			accounts_user(&run->accounts, id);
	if (name)
		return quote_name(name);
	snprintf(buf, CELL_MAX, "%" PRIu32, id);
	return buf;
}

static void measure(struct run *run, const struct ls_list *list,
		    struct widths *widths)
{
	const struct lkl_statx *st;
	char buf[CELL_MAX];
	size_t i;

	for (i = 0; i < list->n; i++) {
		st = &list->at[i].st;
		widths->links = widest(widths->links, (size_t)
				snprintf(buf, sizeof(buf), "%u", st->stx_nlink));
		widths->inode = widest(widths->inode, (size_t)
				snprintf(buf, sizeof(buf), "%" PRIu64,
					 (uint64_t)st->stx_ino));
		widths->user = widest(widths->user, strlen(
				format_owner(run, st->stx_uid, false, buf)));
		widths->group = widest(widths->group, strlen(
				format_owner(run, st->stx_gid, true, buf)));
		widths->size = widest(widths->size, strlen(
				format_size_cell(run->options, st, buf)));
	}
}

static void print_long(struct run *run, const struct ls_entry *entry,
		       const struct widths *widths)
{
	const struct lkl_statx *st = &entry->st;
	char mode[MODE_TEXT_MAX], buf[CELL_MAX], time[PRINT_TIME_MAX];

	printf("%s %*u ", mode_format(st->stx_mode, mode), widths->links,
	       st->stx_nlink);
	printf("%-*s ", widths->user,
	       format_owner(run, st->stx_uid, false, buf));
	printf("%-*s ", widths->group,
	       format_owner(run, st->stx_gid, true, buf));
	printf("%*s %s ", widths->size,
	       format_size_cell(run->options, st, buf),
	       format_local_time(&st->stx_mtime, false, time));
	print_name(run, entry->name);
	if (entry->target) {
		fputs(" -> ", stdout);
		print_name(run, entry->target);
	}
	putchar('\n');
}

static void print_total(const struct ls *ls, const struct ls_list *list)
{
	char buf[CELL_MAX];
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < list->n; i++)
		sum += list->at[i].st.stx_blocks;
	if (ls->human)
		printf("total %s\n", format_human(sum * 512, buf));
	else
		printf("total %" PRIu64 "\n", (sum + 1) / 2);
}

void ls_print_list(struct run *run, const char *directory,
		   const struct ls_list *list, bool total)
{
	const struct ls *ls = run->options;
	struct widths widths = { 0 };
	size_t i;

	if (run->json) {
		print_json(run, directory, list);
		return;
	}
	if (run->to_terminal && !ls->is_long && !ls->one_per_line &&
	    !ls->inode) {
		print_columns(run, list);
		return;
	}
	if (ls->is_long && total)
		print_total(ls, list);
	if (ls->is_long || ls->inode)
		measure(run, list, &widths);
	for (i = 0; i < list->n; i++) {
		if (ls->inode)
			printf("%*" PRIu64 " ", widths.inode,
			       (uint64_t)list->at[i].st.stx_ino);
		if (ls->is_long) {
			print_long(run, &list->at[i], &widths);
			continue;
		}
		print_name(run, list->at[i].name);
		putchar('\n');
	}
}
