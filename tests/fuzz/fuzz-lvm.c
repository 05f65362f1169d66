// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz-lvm.c - fuzz the label of a physical volume and the text of the metadata.
 *
 * Input: a byte of flags, then the text; or, with flag 1, the start of a physical
 * volume.  With flag 2, its checksums are put right first.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/storage/lvm-group.h"
#include "common/image/probe-copy.h"

static void check(bool ok)
{
	if (!ok)
		abort();
}

struct memory {
	uint8_t *data;
	size_t len;
};

static int read_memory(void *opaque, void *buf, size_t len, uint64_t offset)
{
	const struct memory *memory = opaque;

	check(offset <= memory->len && len <= memory->len - offset);
	memcpy(buf, memory->data + offset, len);
	return 0;
}

static uint32_t checksum(const uint8_t *p, size_t len)
{
	uint32_t crc = 0xf597a6cfu;
	int bit;

	for (; len; len--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return crc;
}

static void put_right(struct memory *memory)
{
	uint64_t area = 4096, offset, size;
	uint32_t crc;

	if (memory->len < 1024)
		return;
	crc = checksum(memory->data + 532, 492);
	memcpy(memory->data + 528, &crc, 4);
	if (memory->len < area + 512)
		return;
	memcpy(&offset, memory->data + area + 40, 8);
	memcpy(&size, memory->data + area + 48, 8);
	if (offset < memory->len - area && size <= memory->len - area - offset) {
		crc = checksum(memory->data + area + offset, size);
		memcpy(memory->data + area + 56, &crc, 4);
	}
	crc = checksum(memory->data + area + 4, 508);
	memcpy(memory->data + area, &crc, 4);
}

static void fuzz_text(const char *text, size_t len)
{
	struct lkl_error err = { "" };
	struct lvm_group *group;
	const struct lvm_logical *logical;
	uint64_t extents;
	unsigned int i, j;

	if (lvm_group_parse(text, len, &group, &err) < 0) {
		check(err.text[0]);
		return;
	}
	check(*group->name && group->extent_size);
	for (i = 0; i < group->n_logicals; i++) {
		logical = &group->logicals[i];
		extents = 0;
		for (j = 0; j < logical->n_segments; j++) {
			check(logical->segments[j].start == extents);
			extents += logical->segments[j].extents;
		}
		check(extents && extents == logical->extents);
		check(lvm_find_logical(group, logical->name));
	}
	for (i = 0; i < group->n_physicals; i++)
		check(lvm_find_physical(group, group->physicals[i].name));
	lvm_group_free(group);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory memory = { NULL, size - 1 };
	const struct probe_source source = {
		.size = size - 1, .sector_size = 512,
		.read = read_memory, .opaque = &memory,
	};
	struct lkl_error err = { "" };
	struct lvm_label label;
	unsigned int i;

	if (size < 2)
		return 0;
	if (!(data[0] & 1)) {
		fuzz_text((const char *)data + 1, size - 1);
		return 0;
	}
	memory.data = malloc(memory.len);
	check(memory.data);
	memcpy(memory.data, data + 1, memory.len);
	if (data[0] & 2)
		put_right(&memory);
	if (lvm_label_read(&source, &label, &err) < 0) {
		check(err.text[0]);
	} else {
		check(strlen(label.id) == 38 && label.n_copies <= LVM_COPIES);
		for (i = 0; i < label.n_copies; i++)
			fuzz_text(label.copies[i].text, label.copies[i].len);
		lvm_label_free(&label);
	}
	free(memory.data);
	return 0;
}

#include "replay.h"
