// SPDX-License-Identifier: GPL-2.0-only
/*
 * demand.c - the room that inputs take in a file system, by an estimate.
 *
 * Looks at names, sizes and attributes, in a process of its own.  A file that
 * two inputs have counts twice; build.c notices that the result is too large.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* SEEK_DATA */
#endif
#include "demand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/copy/archive-size.h"
#include "common/copy/archive.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/tree/device.h"
#include "common/tree/walk.h"
#include "common/whole.h"
#include "confine.h"
#include "container/candidate.h"
#include "process.h"
#include "unpack-limit.h"

#define BLOCK_MIN 512u

/* The bytes of the entries of one directory. */
struct directory_size {
	uint64_t key;			/* a hash of its path; 0: unused */
	uint64_t bytes;
	bool has_inode;			/* it is among those counted */
};

struct directory_sizes {
	struct directory_size *table;
	size_t size, n;			/* size is a power of two */
};

struct measure {
	const struct measuring *how;
	const struct filter *filter;	/* of the current input */
	struct demand demand;
	struct directory_sizes directories;
	struct visited linked;		/* files with several names */
	char *names;			/* scratch memory for attributes */
	size_t names_size;
	struct image_signs signs;	/* in the archive at hand, */
	struct unpack_limit limit;	/* its limit, */
	struct archive *archive;	/* and what reads it, or NULL */
};

/* The bytes of metadata beyond the room that mkfs has made for them. */
static uint64_t metadata_bytes(const struct demand *demand,
			       const struct kind *kind)
{
	/* A reserve and nodes that are not full. */
	uint64_t bytes = demand->metadata + demand->metadata / 2;

	if (!kind->metadata_room)
		return demand->metadata;
	return bytes > kind->metadata_room ?
		2 * (bytes - kind->metadata_room) : 0;
}

uint64_t demand_bytes(const struct demand *demand, const struct kind *kind,
		      unsigned int block_size)
{
	unsigned int i = 0;

	while (i < DEMAND_BLOCK_SIZES - 1 && BLOCK_MIN << i < block_size)
		i++;
	return demand->bytes[i] + metadata_bytes(demand, kind);
}

static uint64_t round_up(uint64_t bytes, uint64_t unit)
{
	return (bytes + unit - 1) / unit * unit;
}

/* Adds @bytes that take whole blocks. */
static void add_blocks(struct measure *measure, uint64_t bytes)
{
	unsigned int i;

	for (i = 0; i < DEMAND_BLOCK_SIZES; i++)
		measure->demand.bytes[i] += round_up(bytes, BLOCK_MIN << i);
}

/* Maps of blocks and their checksums. */
static void add_maps(struct measure *measure, uint64_t data)
{
	const struct kind *kind = measure->how->kind;
	uint64_t block, blocks;
	unsigned int i;

	if (kind->metadata_room) {
		measure->demand.metadata += data / 4096 * kind->map_bytes;
		return;
	}
	for (i = 0; i < DEMAND_BLOCK_SIZES; i++) {
		block = BLOCK_MIN << i;
		blocks = round_up(data, block) / block;
		if (blocks > kind->mapped_blocks)
			measure->demand.bytes[i] +=
				round_up((blocks - kind->mapped_blocks) *
					 kind->map_bytes, block);
	}
}

/* ---- Directories ---- */

static struct directory_size *
directory_sizes_slot(const struct directory_sizes *sizes, uint64_t key)
{
	size_t at = (size_t)(key * 0x9e3779b97f4a7c15ull) & (sizes->size - 1);

	while (sizes->table[at].key && sizes->table[at].key != key)
		at = (at + 1) & (sizes->size - 1);
	return &sizes->table[at];
}

static int directory_sizes_grow(struct directory_sizes *sizes)
{
	struct directory_sizes larger = {
		.size = sizes->size ? 2 * sizes->size : 1024,
		.n = sizes->n,
	};
	size_t i;

	larger.table = calloc(larger.size, sizeof(*larger.table));
	if (!larger.table)
		return -ENOMEM;
	for (i = 0; i < sizes->size; i++)
		if (sizes->table[i].key)
			*directory_sizes_slot(&larger, sizes->table[i].key) =
				sizes->table[i];
	free(sizes->table);
	*sizes = larger;
	return 0;
}

/* The directory with this path, which may be new; NULL: no memory. */
static struct directory_size *
directory_sizes_get(struct directory_sizes *sizes, const char *path, size_t len,
		    bool *ret_new)
{
	uint64_t key = hash_bytes(path, len);
	struct directory_size *slot;

	if (4 * sizes->n >= 3 * sizes->size && directory_sizes_grow(sizes) < 0)
		return NULL;
	slot = directory_sizes_slot(sizes, key);
	*ret_new = !slot->key;
	sizes->n += *ret_new;
	slot->key = key;
	return slot;
}

/*
 * Count the entry of @path, "dir/name", in its directory.  If no input has named the
 * directory so far, the copy may have to make it, and those above.
 */
static int add_name(struct measure *measure, const char *path)
{
	size_t len = strlen(path), name;
	struct directory_size *slot;
	bool is_new = true;

	if (measure->how->common->verbose)
		printf("%s\n", quote_name(path));
	while (len && is_new) {
		for (name = len; name && path[name - 1] != '/'; name--)
			;
		slot = directory_sizes_get(&measure->directories, path,
					   name ? name - 1 : 0, &is_new);
		if (!slot)
			return -ENOMEM;
		slot->bytes += measure->how->kind->entry_bytes(len - name);
		if (!name)
			slot->has_inode = true;	/* mkfs makes the root */
		len = name ? name - 1 : 0;
	}
	return 0;
}

/* A directory that add_inode() counts. */
static int add_directory(struct measure *measure, const char *path)
{
	struct directory_size *slot;
	bool is_new;

	slot = directory_sizes_get(&measure->directories, path, strlen(path),
				   &is_new);
	if (!slot)
		return -ENOMEM;
	slot->has_inode = true;
	return 0;
}

static void count_inode(struct measure *measure)
{
	measure->demand.inodes++;
	measure->demand.metadata += measure->how->kind->inode_bytes;
}

/*
 * A directory of one block is packed.  A larger one is an index with blocks
 * that were split when they were full.
 */
static void add_directory_blocks(struct measure *measure, uint64_t bytes)
{
	uint64_t size, block;
	unsigned int i;

	for (i = 0; i < DEMAND_BLOCK_SIZES; i++) {
		block = BLOCK_MIN << i;
		size = bytes + 36;
		if (size > block)
			size = size + size / 3 + block;
		measure->demand.bytes[i] += round_up(size, block);
	}
}

static void add_all_directories(struct measure *measure)
{
	const struct directory_sizes *sizes = &measure->directories;
	const struct kind *kind = measure->how->kind;
	const uint64_t root = hash_bytes("", 0);
	size_t i;

	for (i = 0; i < sizes->size; i++) {
		if (!sizes->table[i].key)
			continue;
		if (sizes->table[i].key == root)
			measure->demand.root_bytes = sizes->table[i].bytes;
		/* No input has the directory, but one has a file in it. */
		if (!sizes->table[i].has_inode)
			count_inode(measure);
		/* The entries of all directories are in one tree. */
		if (kind->inline_directory >= 1u << 31)
			measure->demand.metadata += sizes->table[i].bytes;
		else if (sizes->table[i].bytes >= kind->inline_directory)
			add_directory_blocks(measure, sizes->table[i].bytes);
	}
}

/* ---- Files ---- */

/* @data: the bytes that are not holes */
static void add_inode(struct measure *measure, uint16_t mode, uint64_t size,
		      uint64_t data, uint64_t xattrs)
{
	const struct kind *kind = measure->how->kind;
	struct demand *demand = &measure->demand;

	count_inode(measure);
	if (xattrs > kind->inline_xattrs)
		add_blocks(measure, xattrs);
	if (S_ISLNK(mode) && size >= kind->inline_link)
		add_blocks(measure, size);
	if (!S_ISREG(mode))
		return;
	demand->data += data;
	if (kind->no_holes)
		data = size;
	if (data <= kind->inline_data) {
		/* In a tree, a node grows with it. */
		if (kind->metadata_room)
			demand->metadata += data;
		return;
	}
	add_blocks(measure, data);
	add_maps(measure, data);
	/* More extents than an inode has room for. */
	if (data > 512ull << 20)
		add_blocks(measure, data >> 20);
}

/* For a reproducible image, smaller files count as if they had no zeroes. */
#define COUNTED_MIN (64u << 10)

/* The blocks that the copy will write, wherever the file has holes. */
static uint64_t count_data(int fd, uint64_t size)
{
	static const char zeroes[4096];
	char block[sizeof(zeroes)];
	uint64_t data = 0;
	off_t at = 0;
	ssize_t n;

	while ((at = lseek(fd, at, SEEK_DATA)) >= 0 && (uint64_t)at < size) {
		at -= at % (off_t)sizeof(block);
		n = pread(fd, block, sizeof(block), at);
		if (n <= 0)
			break;
		if (memcmp(block, zeroes, (size_t)n))
			data += sizeof(block);
		at += (off_t)sizeof(block);
	}
	return data;
}

/* The bytes of a file of the host that are not holes. */
static uint64_t data_of_file(const struct settings *settings, int dir,
			     const char *name, const struct lkl_statx *st)
{
	uint64_t data = 0, size = st->stx_size;
	int fd;
	off_t at = 0, end;

	if (settings->reproducible ? size < COUNTED_MIN :
	    st->stx_blocks * 512 >= size)
		return size;
	fd = host_calls.open(dir, name, LKL_O_RDONLY | LKL_O_NOFOLLOW |
			     LKL_O_NONBLOCK | LKL_O_CLOEXEC, 0);
	if (fd < 0)
		return size;
	if (settings->reproducible)
		data = count_data(fd, size);
	while (!settings->reproducible &&
	       (at = lseek(fd, at, SEEK_DATA)) >= 0) {
		end = lseek(fd, at, SEEK_HOLE);
		if (end <= at)
			break;
		data += round_up((uint64_t)(end - at), 4096);
		at = end;
	}
	host_calls.directory.close(fd);
	return data < size ? data : size;
}

/* The sizes of names and values together. */
static int xattrs_of_file(struct measure *measure, int dir, const char *name,
			  uint64_t *ret_bytes)
{
	const struct file_ref file = { .fd = -1, .dir = dir, .name = name };
	const char *attribute;
	long len, value;

	*ret_bytes = 0;
	len = host_calls.listxattr(&file, NULL, 0);
	if (len <= 0)
		return 0;
	if ((size_t)len > measure->names_size) {
		free(measure->names);
		measure->names_size = (size_t)len + 256;
		measure->names = malloc(measure->names_size);
		if (!measure->names) {
			measure->names_size = 0;
			return -ENOMEM;
		}
	}
	len = host_calls.listxattr(&file, measure->names, measure->names_size);
	for (attribute = measure->names; len > 0 &&
	     attribute < measure->names + len;
	     attribute += strlen(attribute) + 1) {
		value = host_calls.getxattr(&file, attribute, NULL, 0);
		*ret_bytes += strlen(attribute) + 16 +
			(value > 0 ? (uint64_t)value : 0);
	}
	return 0;
}

/* ---- Folders ---- */

static int measure_entry(struct walk *walk, int dir, const char *name)
{
	struct measure *measure = walk->opaque;
	const char *path = walk->path->text + 2, *what;
	struct lkl_statx st;
	uint64_t xattrs;
	bool silent;
	int fd, ret;

	if (filter_excludes(measure->filter, path) ||
	    host_calls.statx(dir, name, LKL_AT_SYMLINK_NOFOLLOW, &st) < 0 ||
	    settings_is_own_file(measure->how->settings, &st, &silent))
		return 0;
	ret = add_name(measure, path);
	if (ret < 0)
		return ret;
	if (!S_ISDIR(st.stx_mode) && st.stx_nlink > 1 &&
	    !measure->how->kind->no_hard_links) {
		if (visited_has(&measure->linked, device_of(&st), st.stx_ino))
			return 0;
		visited_enter(&measure->linked, device_of(&st), st.stx_ino,
			      false);
	}
	ret = xattrs_of_file(measure, dir, name, &xattrs);
	if (ret < 0)
		return ret;
	add_inode(measure, st.stx_mode, st.stx_size,
		  S_ISREG(st.stx_mode) ?
		  data_of_file(measure->how->settings, dir, name, &st) : 0,
		  xattrs);
	if (!S_ISDIR(st.stx_mode))
		return 0;
	ret = add_directory(measure, path);
	if (ret < 0)
		return ret;
	/* What cannot be opened is reported when it is copied. */
	fd = walk_open(walk, dir, name, false, &st, &what);
	if (fd < 0)
		return 0;
	host_calls.xattrs_ahead(fd);
	return walk_enter(walk, fd, &st, NULL);
}

static int measure_leave(struct walk *walk, struct walk_level *level)
{
	(void)walk;
	(void)level;
	return 0;
}

static int measure_error(struct walk *walk, int code, const char *what)
{
	(void)walk;
	(void)code;
	(void)what;
	return 0;
}

static int measure_folder(struct measure *measure, const struct input *input,
			  struct lkl_error *err)
{
	static const struct walk_events events = {
		.visit = measure_entry,
		.leave = measure_leave,
		.error = measure_error,
	};
	struct path path = { 0 };
	struct walk walk = {
		.events = &events, .opaque = measure, .calls = &host_calls,
		.sort = measure->how->common->verbose ? SORT_NAME : SORT_NONE,
		.path = &path,
	};
	struct lkl_statx st;
	int fd, ret;

	fd = host_calls.open(input->fd, ".", LKL_O_RDONLY | LKL_O_DIRECTORY |
			     LKL_O_CLOEXEC, 0);
	ret = fd < 0 ? fd : host_calls.statx(fd, "", 0, &st);
	if (ret < 0) {
		if (fd >= 0)
			host_calls.directory.close(fd);
		return error_set(err, ret, "%s: cannot open: %s",
				 quote_name(input->name), lkl_strerror(ret));
	}
	ret = path_push(&path, ".");
	host_calls.xattrs_ahead(fd);
	if (!ret)
		ret = walk_enter(&walk, fd, &st, NULL);
	else
		host_calls.directory.close(fd);
	if (!ret)
		ret = walk_run(&walk);
	walk_free(&walk);
	path_free(&path);
	return ret < 0 ? error_no_memory(err) : 0;
}

static int measure_file(struct measure *measure, const struct input *input,
			struct lkl_error *err)
{
	struct lkl_statx st;
	uint64_t xattrs;
	int ret;

	ret = host_calls.statx(LKL_AT_FDCWD, input->name, 0, &st);
	if (ret < 0)
		return error_set(err, ret, "%s: cannot open: %s",
				 quote_name(input->name), lkl_strerror(ret));
	ret = add_name(measure, input->target +
		       strspn(input->target, "/"));
	if (!ret)
		ret = xattrs_of_file(measure, LKL_AT_FDCWD, input->name,
				     &xattrs);
	if (ret < 0)
		return error_no_memory(err);
	add_inode(measure, st.stx_mode, st.stx_size,
		  data_of_file(measure->how->settings, LKL_AT_FDCWD,
			       input->name, &st), xattrs);
	return 0;
}

/* ---- Archives ---- */

static int measure_member(struct measure *measure,
			  struct archive_entry *member)
{
	const char *name = libarchive.entry_pathname(member);
	struct lkl_statx st;
	uint64_t data;
	char *path;
	int ret;

	if (!name)
		return 0;
	ret = member_path(name, &path);
	/* The copy will refuse this member. */
	if (ret < 0)
		return ret == -ENOMEM ? ret : 0;
	if (!strcmp(path, ".") ||
	    member_is_excluded(measure->filter, path)) {
		free(path);
		return 0;
	}
	image_signs_add(&measure->signs, path);
	ret = add_name(measure, path);
	if (!ret && !libarchive.entry_hardlink(member)) {
		member_stat(member, &st);
		data = member_data_bytes(member, st.stx_size);
		add_inode(measure, st.stx_mode, S_ISLNK(st.stx_mode) &&
			  libarchive.entry_symlink(member) ?
			  strlen(libarchive.entry_symlink(member)) :
			  st.stx_size, data < st.stx_size ? data : st.stx_size,
			  member_xattr_bytes(member));
		if (S_ISDIR(st.stx_mode))
			ret = add_directory(measure, path);
	}
	free(path);
	return ret;
}

static int measure_members(struct measure *measure, struct archive *archive,
			   struct archive_reader *reader,
			   const struct archive_file *file, const char *name,
			   struct lkl_error *err)
{
	struct archive_entry *member;
	int status, ret = 0;

	measure->signs = (struct image_signs){ .layout = false };
	while (!ret) {
		status = libarchive.read_next_header(archive, &member);
		if (status == ARCHIVE_EOF)
			break;
		if (status == ARCHIVE_RETRY)
			continue;
		if (measure->limit.exceeded)
			return unpack_limit_error(&measure->limit, name, err);
		if (status < ARCHIVE_WARN)
			return archive_file_error(file, name,
				archive_reason(reader, archive), err);
		ret = unpack_limit_member(&measure->limit, archive, member);
		if (ret == -EFBIG)
			return unpack_limit_error(&measure->limit, name, err);
		if (!ret)
			ret = measure_member(measure, member);
	}
	if (ret)
		return error_no_memory(err);
	if (unpack_limit_check(&measure->limit, archive))
		return unpack_limit_error(&measure->limit, name, err);
	if (image_signs_suffice(&measure->signs))
		report_warning("%s: looks like a container image, but its first member is another file: its files are copied as they are",
			       quote_name(name));
	return archive_check_end(name, archive, reader, err);
}

/* Copy the bytes of a pipe, which can be read only once. */
static int spool_write(const struct input *input, const void *data,
		       size_t len)
{
	return write_whole(input->spool, data, len) ? 0 : -errno;
}

/* Of an archive that comes but once, and perhaps is a bomb. */
struct tap {
	struct measure *measure;
	const struct input *input;
};

static int tap_write(void *opaque, const void *data, size_t len)
{
	const struct tap *tap = opaque;
	struct measure *measure = tap->measure;
	int ret = spool_write(tap->input, data, len);

	measure->limit.packed += len;
	return ret || !measure->archive ? ret :
		unpack_limit_check(&measure->limit, measure->archive);
}

static int measure_archive(struct measure *measure, struct input *input,
			   const struct container_rest *rest,
			   struct lkl_error *err)
{
	struct tap tap = { .measure = measure, .input = input };
	/* A copy of it may be in the spool already. */
	bool spooled = rest->spooled && !input->seekable;
	struct archive_file file = {
		.fd = spooled ? input->spool : input->fd,
		.tap = input->seekable || spooled ? NULL : tap_write,
		.opaque = &tap,
		.prefix = rest->prefix,
		.prefix_len = rest->prefix_len,
	};
	struct archive_reader reader = {
		.read = archive_file_read, .skip = archive_file_skip,
		.opaque = &file,
	};
	struct archive *archive;
	int ret;

	if (spooled && lseek(input->spool, 0, SEEK_SET) < 0)
		return error_set(err, -errno, "%s: cannot read again: %s",
				 quote_name(input->name), strerror(errno));
	unpack_limit_begin(&measure->limit, input,
			   measure->how->container->max_unpacked);
	ret = archive_start(input->name, &reader, &archive, err);
	if (!ret) {
		measure->archive = archive;
		ret = measure_members(measure, archive, &reader, &file,
				      input->name, err);
		measure->archive = NULL;
		libarchive.read_free(archive);
	}
	unpack_limit_end(&measure->limit);
	if (!ret && file.tap) {
		ret = archive_file_drain(&file);
		if (ret < 0)
			archive_file_error(&file, input->name, NULL, err);
	}
	archive_file_free(&file);
	return ret;
}

/* ---- Container images ---- */

static int measure_container_name(void *opaque,
				  const struct container_name *name)
{
	static const uint16_t modes[] = {
		[MEMBER_DIRECTORY] = S_IFDIR,
		[MEMBER_FILE] = S_IFREG,
		[MEMBER_SYMLINK] = S_IFLNK,
	};
	struct measure *measure = opaque;
	int ret;

	if (measure->how->only_containers ||
	    member_is_excluded(measure->filter, name->path))
		return 0;
	ret = add_name(measure, name->path);
	if (ret < 0 || name->type == MEMBER_HARD_LINK)
		return ret;
	add_inode(measure, modes[name->type], name->size, name->size,
		  name->xattrs);
	return name->type == MEMBER_DIRECTORY ?
		add_directory(measure, name->path) : 0;
}

/* Keeps the start of the archive for whoever reads the rest. */
static int keep_prefix(struct input *input, const struct container_rest *rest,
		       struct lkl_error *err)
{
	int ret = rest->prefix ?
		spool_write(input, rest->prefix, rest->prefix_len) : 0;

	return ret < 0 ? error_set(err, ret, "%s: cannot keep a copy of it beside the image: %s",
				   quote_name(input->name), strerror(-ret)) : 0;
}

static int measure_input(struct measure *measure, struct input *input,
			 struct lkl_error *err)
{
	const struct container_input as_container = input_as_container(input);
	struct container_rest rest = { 0 };
	int ret = 0;

	measure->filter = input->filter ? input->filter :
		&measure->how->settings->filter;
	if (input->may_be_container)
		ret = container_measure(&as_container, measure->how->container,
					measure_container_name, measure, &rest,
					err);
	if (ret)
		return ret < 0 ? ret : 0;
	if (measure->how->only_containers)
		ret = keep_prefix(input, &rest, err);
	else if (input->type == INPUT_FOLDER)
		ret = measure_folder(measure, input, err);
	else if (input->type == INPUT_FILE)
		ret = measure_file(measure, input, err);
	else
		ret = measure_archive(measure, input, &rest, err);
	free(rest.prefix);
	return ret;
}

static int measure_inputs(void *opaque, void *result, struct lkl_error *err)
{
	struct measure measure = { .how = opaque };
	const struct inputs *inputs = measure.how->inputs;
	size_t i;
	int ret;

	ret = confine(inputs, measure.how->common, err);
	for (i = 0; i < inputs->n && !ret; i++)
		ret = measure_input(&measure, &inputs->at[i], err);
	if (ret < 0)
		return ret;
	/* The process ends now, and all memory is freed. */
	add_all_directories(&measure);
	*(struct demand *)result = measure.demand;
	return 0;
}

int demand_measure(const struct measuring *measuring,
		   struct demand *ret_demand, struct lkl_error *err)
{
	struct measuring copy = *measuring;
	struct inputs *inputs = measuring->inputs;
	size_t i;
	int ret;

	ret = process_ask(measure_inputs, &copy, ret_demand,
			  sizeof(*ret_demand), err);
	if (ret < 0 || measuring->only_containers)
		return ret;
	inputs_use_spools(inputs);
	for (i = 0; i < inputs->n; i++) {
		ret = input_rewind(&inputs->at[i]);
		if (ret < 0)
			return error_set(err, ret, "%s: cannot read again: %s",
					 quote_name(inputs->at[i].name),
					 strerror(-ret));
	}
	return 0;
}
