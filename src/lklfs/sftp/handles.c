// SPDX-License-Identifier: GPL-2.0-only
/*
 * handles.c - the files and directories that the client has open.
 */
#include "handles.h"

#include <errno.h>
#include <stdlib.h>

#include <lkl.h>

#include "common/tree/directory.h"
#include "protocol.h"
#include "read-ahead.h"

#define NAME_LEN 8u			/* on the wire */

static struct handle *find_free(struct handle_table *table)
{
	uint32_t i;

	if (!table->slots)
		table->slots = calloc(SFTP_HANDLES_MAX, sizeof(*table->slots));
	if (!table->slots)
		return NULL;
	for (i = 0; i < table->n; i++)
		if (!table->slots[i].used)
			return &table->slots[i];
	return &table->slots[table->n++];
}

static int fill_slot(struct handle_table *table, int fd, bool is_directory,
		     struct handle **ret_handle)
{
	struct directory *directory = NULL;
	struct handle *handle;
	uint32_t generation;

	if (table->used == SFTP_HANDLES_MAX)
		return -EMFILE;
	handle = find_free(table);
	if (handle && is_directory)
		directory = malloc(sizeof(*directory));
	if (!handle || (is_directory && !directory))
		return -ENOMEM;
	if (directory)
		directory_init(directory, &image_calls.directory, fd, SORT_NONE);
	generation = handle->generation + 1;
	*handle = (struct handle){
		.used = true, .fd = fd, .generation = generation,
		.directory = directory,
	};
	table->used++;
	*ret_handle = handle;
	return 0;
}

int handle_add(struct handle_table *table, int fd, bool is_directory,
	       struct handle **ret_handle)
{
	int ret = fill_slot(table, fd, is_directory, ret_handle);

	if (ret < 0)
		lkl_sys_close((unsigned int)fd);
	return ret;
}

struct handle *handle_find(const struct handle_table *table,
			   const struct wire_string *name)
{
	struct packet packet = { .data = name->data, .left = name->len };
	uint32_t slot = packet_u32(&packet);
	uint32_t generation = packet_u32(&packet);

	if (packet.bad || packet.left || slot >= table->n ||
	    !table->slots[slot].used ||
	    table->slots[slot].generation != generation)
		return NULL;
	return &table->slots[slot];
}

int handle_close(struct handle_table *table, struct handle *handle)
{
	int ret = 0;

	read_ahead_end(handle->ahead);
	if (handle->directory)
		directory_close(handle->directory);
	else
		ret = (int)lkl_sys_close((unsigned int)handle->fd);
	free(handle->directory);
	handle->used = false;
	table->used--;
	return ret;
}

void handle_table_free(struct handle_table *table)
{
	uint32_t i;

	for (i = 0; i < table->n; i++)
		if (table->slots[i].used)
			handle_close(table, &table->slots[i]);
	free(table->slots);
	*table = (struct handle_table){ 0 };
}

void handle_put(const struct handle_table *table, const struct handle *handle,
		struct buffer *out)
{
	buffer_put_u32(out, NAME_LEN);
	buffer_put_u32(out, (uint32_t)(handle - table->slots));
	buffer_put_u32(out, handle->generation);
}
