// SPDX-License-Identifier: GPL-2.0-only
/*
 * no-icu-data.c - stands for libicudata, without any data: 31 MB less.
 *
 * libnbd needs libxml2 for URIs, libxml2 needs ICU for old character sets, and
 * ICU's data are a library of their own.  URIs need none of them.  This is ICU's format
 * of common data ("CmnD") with an empty table of contents: ICU finds no item.
 *
 * ICU_DATA is the name of the symbol, such as icudt72_dat.
 */
#include <stdint.h>

const struct {
	uint16_t header_size;
	uint8_t magic[2];
	uint16_t info_size;
	uint16_t reserved;
	uint8_t big_endian, charset_family, char_size, reserved_byte;
	uint8_t format[4], format_version[4], data_version[4];
	uint8_t padding[8];
	uint32_t items;
} ICU_DATA __attribute__((visibility("default"), aligned(16))) = {
	.header_size = 32,
	.magic = { 0xda, 0x27 },
	.info_size = 20,
	.big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
	.char_size = 2,
	.format = { 'C', 'm', 'n', 'D' },
	.format_version = { 1 },
};
