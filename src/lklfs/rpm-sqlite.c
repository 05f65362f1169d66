// SPDX-License-Identifier: GPL-2.0-only
/*
 * rpm-sqlite.c - counts the rows of the table Packages in an SQLite database.
 *
 * https://www.sqlite.org/fileformat2.html: a file of pages; a table is a B-tree;
 * page 1 is the root of the table of tables.  A leaf page has its number of rows in
 * its header.  The bytes are an image's: all are checked, and the number of pages
 * that are visited has a limit.
 */
#include "os.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lkl.h>

#include "common/byte-order.h"

#define HEADER 100u
#define PAGE_INTERIOR 0x05
#define PAGE_LEAF 0x0d
#define DEPTH_MAX 20
#define PAGES_MAX 1000000u

struct database {
	int fd;
	unsigned int page_size;
	uint64_t n_pages;
	uint32_t visited;		/* pages so far */
};

/* The caller frees the page. */
static int read_page(struct database *database, uint32_t number,
		     unsigned char **ret_page)
{
	unsigned char *page;
	long n;

	if (!number || number > database->n_pages ||
	    database->visited++ == PAGES_MAX)
		return -EINVAL;
	page = malloc(database->page_size);
	if (!page)
		return -ENOMEM;
	n = lkl_sys_pread64((unsigned int)database->fd, (char *)page,
			    database->page_size, (lkl_loff_t)
			    ((uint64_t)(number - 1) * database->page_size));
	if (n != (long)database->page_size) {
		free(page);
		return n < 0 ? (int)n : -EINVAL;
	}
	*ret_page = page;
	return 0;
}

/* Bytes of a variable-length integer; 0 if it does not fit. */
static size_t get_varint(const unsigned char *p, size_t left,
			 uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < left && i < 8; i++) {
		value = value << 7 | (p[i] & 0x7f);
		if (!(p[i] & 0x80)) {
			*ret_value = value;
			return i + 1;
		}
	}
	if (i == 8 && left > 8) {
		*ret_value = value << 8 | p[8];
		return 9;
	}
	return 0;
}

/* Bytes of a column of this serial type. */
static uint64_t column_size(uint64_t type)
{
	static const unsigned char sizes[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0,
					       0, 0 };

	return type < 12 ? sizes[type] : (type - 12) / 2;
}

/*
 * A row of the table of tables: type, name, tbl_name, rootpage, sql.  Returns the
 * root page if it is the row of the table Packages, or else 0.
 */
static uint32_t parse_row(const unsigned char *cell, size_t left)
{
	uint64_t payload, rowid, header, types[4], at, root = 0, i;
	const unsigned char *record;
	size_t n, m;

	n = get_varint(cell, left, &payload);
	m = n ? get_varint(cell + n, left - n, &rowid) : 0;
	if (!m)
		return 0;
	record = cell + n + m;
	left -= n + m;
	n = get_varint(record, left, &header);
	if (!n || header > left || header < n)
		return 0;
	for (i = 0; i < 4; i++) {
		m = get_varint(record + n, (size_t)header - n, &types[i]);
		if (!m)
			return 0;
		n += m;
	}
	at = header + column_size(types[0]);
	/* "Packages" has eight letters: a text of serial type 29. */
	if (column_size(types[0]) > left || types[1] != 13 + 2 * 8 ||
	    at + 8 > left || memcmp(record + at, "Packages", 8))
		return 0;
	at += 8;
	/* "table": the index of that name has another root. */
	if (types[0] != 13 + 2 * 5 || memcmp(record + header, "table", 5))
		return 0;
	if (column_size(types[2]) > left)
		return 0;
	at += column_size(types[2]);
	if (at + column_size(types[3]) > left || !types[3] || types[3] > 4)
		return 0;
	for (i = 0; i < column_size(types[3]); i++)
		root = root << 8 | record[at + i];
	return (uint32_t)root;
}

/* Looks at the rows of a leaf of the table of tables. */
static uint32_t find_root(const struct database *database,
			  const unsigned char *page, size_t start)
{
	unsigned int n = get_be16(page + start + 3), i, cell;
	uint32_t root = 0;

	for (i = 0; i < n && !root; i++) {
		if (start + 8 + 2 * i + 2 > database->page_size)
			break;
		cell = get_be16(page + start + 8 + 2 * (size_t)i);
		if (cell < database->page_size)
			root = parse_row(page + cell,
					 database->page_size - cell);
	}
	return root;
}

/*
 * Adds up the rows below a page; with @ret_root, looks for the row of the table
 * Packages instead.
 */
static int walk_table(struct database *database, uint32_t number,
		      unsigned int depth, uint64_t *count, uint32_t *ret_root)
{
	size_t start = number == 1 ? HEADER : 0, at;
	unsigned char *page = NULL;
	unsigned int n, i;
	int ret = depth > DEPTH_MAX ? -EINVAL :
		read_page(database, number, &page);

	if (ret < 0)
		return ret;
	n = get_be16(page + start + 3);
	if (page[start] == PAGE_LEAF) {
		*count += n;
		if (ret_root && !*ret_root)
			*ret_root = find_root(database, page, start);
	} else if (page[start] == PAGE_INTERIOR) {
		for (i = 0; i < n && !ret; i++) {
			at = start + 12 + 2 * (size_t)i;
			if (at + 2 > database->page_size ||
			    get_be16(page + at) + 4u > database->page_size)
				ret = -EINVAL;
			else
				ret = walk_table(database,
						 get_be32(page +
							  get_be16(page + at)),
						 depth + 1, count, ret_root);
		}
		if (!ret)
			ret = walk_table(database, get_be32(page + start + 8),
					 depth + 1, count, ret_root);
	} else {
		ret = -EINVAL;
	}
	free(page);
	return ret;
}

int rpm_sqlite_count(int fd, uint64_t size, uint64_t *ret_count)
{
	struct database database = { .fd = fd };
	unsigned char header[HEADER];
	uint64_t ignored = 0, count = 0;
	uint32_t root = 0;
	int ret;

	if (lkl_sys_pread64((unsigned int)fd, (char *)header, sizeof(header),
			    0) != sizeof(header) ||
	    memcmp(header, "SQLite format 3", 16))
		return -EINVAL;
	database.page_size = get_be16(header + 16);
	if (database.page_size == 1)
		database.page_size = 65536;
	if (database.page_size < 512 ||
	    database.page_size & (database.page_size - 1))
		return -EINVAL;
	database.n_pages = size / database.page_size;
	ret = walk_table(&database, 1, 0, &ignored, &root);
	if (!ret)
		ret = root ? walk_table(&database, root, 0, &count, NULL) :
			-EINVAL;
	if (!ret)
		*ret_count = count;
	return ret;
}
