// SPDX-License-Identifier: GPL-2.0-only
/*
 * qemu-read-only.c - tests images of formats that QEMU only reads: bochs, cloop and dmg.
 *
 * QEMU has no tool that makes them, so they are made here byte by byte.
 */
#define _GNU_SOURCE 1

#include <endian.h>
#include <stdint.h>

#include "qemu-images.h"

static void put32(unsigned char *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, 4);
}

static void write_image(const void *image, size_t len)
{
	int fd = open("image", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	REQUIRE(fd >= 0 && write(fd, image, len) == (ssize_t)len);
	close(fd);
}

static void read_only_format(const char *format, uint64_t size)
{
	struct blk *blk = open_image("image", format, BLK_OPEN_READ_ONLY);

	CHECK_EQ(blk->size, size);
	CHECK_EQ(blk_pread(blk, buffer, size, 0), 0);
	blk_close(blk);
	CHECK(refused("image", format, 0, "cannot open as") < 0);
	/* Whose writes are kept aside, it can be written to all the same. */
	blk = open_image("image", format, BLK_OPEN_COW);
	CHECK_EQ(blk_pwrite(blk, pattern + 1, 4096, 0), 0);
	blk_close(blk);
	CHECK(servers_end());
}

/* Two extents of 64 KiB, of which the second one is there, but for a sector. */
static void bochs(void)
{
	enum { EXTENT = 65536, BITMAP = 512, CATALOG = 512 };
	static unsigned char image[CATALOG + 2 * 4 + BITMAP + EXTENT];
	unsigned char *extent = image + CATALOG + 2 * 4;

	memset(image, 0, sizeof(image));
	strcpy((char *)image, "Bochs Virtual HD Image");
	strcpy((char *)image + 32, "Redolog");
	strcpy((char *)image + 48, "Growing");
	put32(image + 64, 0x20000);
	put32(image + 68, CATALOG);
	put32(image + 72, 2);
	put32(image + 76, BITMAP);
	put32(image + 80, EXTENT);
	put32(image + 88, 2 * EXTENT);
	put32(image + CATALOG, 0xffffffff);
	put32(image + CATALOG + 4, 0);
	memset(extent, 0xff, EXTENT / 512 / 8);
	extent[0] = 0xfe;
	memcpy(extent + BITMAP, pattern, EXTENT);
	write_image(image, sizeof(image));
	read_only_format("bochs", 2 * EXTENT);
	CHECK(!buffer[0] && !memcmp(buffer, buffer + 1, EXTENT + 511));
	CHECK(!memcmp(buffer + EXTENT + 512, pattern + 512, EXTENT - 512));
}

/* As zlib has it, but not compressed: its length. */
static size_t store(unsigned char *to, const char *data, uint16_t len)
{
	uint32_t a = 1, b = 0, i;

	for (i = 0; i < len; i++) {
		a = (a + (unsigned char)data[i]) % 65521;
		b = (b + a) % 65521;
	}
	memcpy(to, "\x78\x01\x01", 3);
	to[3] = len;
	to[4] = len >> 8;
	to[5] = ~len;
	to[6] = (uint16_t)~len >> 8;
	memcpy(to + 7, data, len);
	i = htobe32(b << 16 | a);
	memcpy(to + 7 + len, &i, 4);
	return 7 + len + 4;
}

static void put64_be(unsigned char *at, uint64_t value)
{
	value = htobe64(value);
	memcpy(at, &value, 8);
}

static size_t base64(char *to, const unsigned char *from, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *start = to;
	uint32_t three;
	int i;

	for (; len; len -= 3, from += 3) {
		three = (uint32_t)from[0] << 16 | from[1] << 8 | from[2];
		for (i = 18; i >= 0; i -= 6)
			*to++ = digits[three >> i & 63];
	}
	return to - start;
}

/* Three chunks: as they are, zeroes, and compressed by zlib. */
static void dmg(void)
{
	enum { CHUNK = 32768, TABLE = 204 + 4 * 40, TABLE_PADDED = 366 };
	static unsigned char image[CHUNK + CHUNK + 11 + 1024 + 512];
	static unsigned char table[TABLE_PADDED];
	const uint32_t types[] = { 1, 2, 0x80000005, 0xffffffff };
	unsigned char *entry = table + 204, *koly;
	size_t packed, plist, end;
	uint32_t type;
	int i;

	memset(image, 0, sizeof(image));
	memset(table, 0, sizeof(table));
	memcpy(image, pattern, CHUNK);
	packed = store(image + CHUNK, pattern + 2 * CHUNK, CHUNK);
	memcpy(table, "mish", 4);
	put64_be(table + 16, 3 * CHUNK / 512);
	for (i = 0; i < 4; i++, entry += 40) {
		type = htobe32(types[i]);
		memcpy(entry, &type, 4);
		put64_be(entry + 8, i * CHUNK / 512);
		put64_be(entry + 16, i < 3 ? CHUNK / 512 : 0);
		put64_be(entry + 24, i ? CHUNK : 0);
		put64_be(entry + 32, i == 0 ? CHUNK : i == 2 ? packed : 0);
	}
	plist = end = CHUNK + packed;
	end += sprintf((char *)image + end, "<plist><data>");
	end += base64((char *)image + end, table, TABLE_PADDED);
	end += sprintf((char *)image + end, "</data></plist>");
	koly = image + end;
	memcpy(koly, "koly", 4);
	put64_be(koly + 0x20, plist);
	put64_be(koly + 0xd8, plist);
	put64_be(koly + 0xe0, end - plist);
	put64_be(koly + 0x1ec, 3 * CHUNK / 512);
	write_image(image, end + 512);
	read_only_format("dmg", 3 * CHUNK);
	CHECK(!memcmp(buffer, pattern, CHUNK));
	CHECK(!buffer[CHUNK] &&
	      !memcmp(buffer + CHUNK, buffer + CHUNK + 1, CHUNK - 1));
	CHECK(!memcmp(buffer + 2 * CHUNK, pattern + 2 * CHUNK, CHUNK));
}

static void cloop(void)
{
	enum { BLOCK = 32768, BLOCKS = 3 };
	static unsigned char image[136 + 8 * (BLOCKS + 1) +
				   BLOCKS * (BLOCK + 11)];
	size_t end = 136 + 8 * (BLOCKS + 1);
	uint64_t at;
	int i;

	memset(image, 0, sizeof(image));
	strcpy((char *)image, "#!/bin/sh\n#V2.0 Format\nmodprobe cloop file=$0 && mount -r -t iso9660 /dev/cloop $1\n");
	image[130] = BLOCK >> 8;
	image[135] = BLOCKS;
	for (i = 0; i <= BLOCKS; i++) {
		at = htobe64(end);
		memcpy(image + 136 + 8 * i, &at, 8);
		if (i < BLOCKS)
			end += store(image + end, pattern + i * BLOCK, BLOCK);
	}
	write_image(image, sizeof(image));
	read_only_format("cloop", BLOCKS * BLOCK);
	CHECK(!memcmp(buffer, pattern, BLOCKS * BLOCK));
}

int main(void)
{
	need_qemu();
	RUN(bochs);
	RUN(cloop);
	RUN(dmg);
	return unit_exit();
}
