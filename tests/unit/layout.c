// SPDX-License-Identifier: GPL-2.0-only
/*
 * layout.c - the definitions of partitions mean what repart.d(5) says, mistakes in
 * them are named, and partitions get places that are on the disk and do not overlap.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>

#include "tar2fs/layout/arrange.h"
#include "tar2fs/layout/definition.h"
#include "tar2fs/layout/verity.h"
#include "unit.h"

#define MIB	(1ull << 20)

static struct layout layout;
static struct lkl_error err;

static int parse(const char *text)
{
	int ret;

	layout_free(&layout);
	memset(&layout, 0, sizeof(layout));
	err.text[0] = '\0';
	ret = layout_parse(&layout, "disk.conf", "folder", text, strlen(text),
			   &err);
	return ret < 0 ? ret : layout_check(&layout, &err);
}

/* ---- Definitions ---- */

static void all_keys_are_read(void)
{
	const struct definition *d;

	REQUIRE(!parse("# comment\n; another\n\n[X-Other]\nFoo=bar\n"
		       "[Partition]\r\n"
		       "Type = root-arm64 \n"
		       "Label=100%%\n"
		       "UUID=00112233-4455-6677-8899-AABBCCDDEEFF\n"
		       "X-Mine=ignored\n"
		       "Format=btrfs\n"
		       "Source=a b.tar\n"
		       "CopyFiles=/etc\n"
		       "CopyFiles=a\\:b:/c\n"
		       "ExcludeFiles=/etc/shadow \"x y\"\n"
		       "MakeDirectories=/a \\\n# skipped\n ; too\n  /b/c\n"
		       "MakeSymlinks=/x:y /z:/w\n"
		       "Subvolumes=/s\n"
		       "SizeMinBytes=5000\nSizeMaxBytes=1G\n"
		       "Weight=7\nPaddingMinBytes=1M\nPaddingMaxBytes=2M\n"
		       "PaddingWeight=3\nMinimize=best\nFlags=0x4\n"
		       "NoAuto=yes\nEncrypt=off\nSplitName=-\n"
		       "[Partition]"));
	CHECK_EQ(layout.n, 2);
	d = &layout.at[0];
	CHECK_STR(d->type.name, "root-arm64");
	CHECK_STR(d->label, "100%");
	CHECK_STR(d->uuid, "00112233-4455-6677-8899-aabbccddeeff");
	CHECK_STR(d->format, "btrfs");
	CHECK_EQ(d->format_line, 11);
	CHECK_EQ(d->sources.n, 1);
	CHECK_STR(d->sources.at[0].text, "a b.tar");
	REQUIRE(d->copies.n == 2);
	CHECK_STR(d->copies.at[0].second, "/etc");
	CHECK_STR(d->copies.at[1].text, "a:b");
	CHECK_STR(d->copies.at[1].second, "/c");
	REQUIRE(d->excludes.n == 2 && d->directories.n == 2 &&
		d->symlinks.n == 2);
	CHECK_STR(d->excludes.at[1].text, "x y");
	CHECK_STR(d->directories.at[1].text, "/b/c");
	CHECK_STR(d->symlinks.at[1].text, "/z");
	CHECK_STR(d->symlinks.at[1].second, "/w");
	CHECK_EQ(d->size_min, 8192);
	CHECK_EQ(d->size_max, 1024 * MIB);
	CHECK_EQ(d->weight, 7);
	CHECK_EQ(d->padding_weight, 3);
	CHECK(d->minimize);
	CHECK(definition_flags(d) == (GPT_FLAG_NO_AUTO | GPT_FLAG_GROW | 4));
	d = &layout.at[1];
	CHECK_STR(d->type.name, "linux-generic");
	CHECK_EQ(d->weight, DEFAULT_WEIGHT);
	CHECK_EQ(d->line, 33);
	CHECK(!d->format);
}

static void an_empty_value_resets_a_list(void)
{
	REQUIRE(!parse("[Partition]\nCopyFiles=/a\nCopyFiles=\nCopyFiles=/b\n"
		       "Label=x\nLabel=\n"));
	CHECK_EQ(layout.at[0].copies.n, 1);
	CHECK_STR(layout.at[0].copies.at[0].text, "/b");
	CHECK(!layout.at[0].label);
	CHECK_STR(layout.at[0].format, "ext4");
}

static uint64_t flags_of(const char *text)
{
	REQUIRE(!parse(text));
	return definition_flags(&layout.at[0]);
}

static void flags_have_the_defaults_of_repart(void)
{
	CHECK(flags_of("[Partition]\nType=root") == GPT_FLAG_GROW);
	CHECK(flags_of("[Partition]\nType=esp") == 0);
	CHECK(flags_of("[Partition]\nType=home\nReadOnly=yes") ==
	      GPT_FLAG_READ_ONLY);
	CHECK(flags_of("[Partition]\nType=home\nGrowFileSystem=no") == 0);
	CHECK(flags_of("[Partition]\nType=usr-verity") == GPT_FLAG_READ_ONLY);
	CHECK(flags_of("[Partition]\nType=usr\nFlags=0x1800000000000000\n"
		       "ReadOnly=off\n") == GPT_FLAG_GROW);
	CHECK(flags_of("[Partition]\nFormat=ext4\nType=usr\nVerity=data\n"
		       "VerityMatchKey=u\n[Partition]\nVerity=hash\n"
		       "VerityMatchKey=u\n") == GPT_FLAG_READ_ONLY);
	CHECK(flags_of("[Partition]\nType=swap\nFlags=0b101") == 5);
}

/* Each line below the section is a mistake. */
static void mistakes_name_file_line_and_key(void)
{
	static const struct {
		const char *line, *message;
	} mistakes[] = {
		{ "Nonsense=1", "Nonsense=: unknown key" },
		{ "MountPoint=/", "MountPoint=: not supported" },
		{ "Encrypt=tpm2", "Encrypt=: not supported" },
		{ "Priority=1", "Priority=: not supported" },
		{ "Type=rooot", "Type=: not a name or UUID of a type: rooot" },
		{ "Type=", "Type=: not a name or UUID of a type: " },
		{ "Type=0x100", "Type=: not a name or UUID of a type: 0x100" },
		{ "UUID=1234", "UUID=: not a UUID: 1234" },
		{ "Label=aaaaaaaaaabbbbbbbbbbccccccccccddddddd",
		  "Label=: more than 36 characters: "
		  "aaaaaaaaaabbbbbbbbbbccccccccccddddddd" },
		{ "Label=%m", "Label=: only %a and %% are supported: %m" },
		{ "SizeMinBytes=x", "SizeMinBytes=: not a size: x" },
		{ "SizeMaxBytes=100",
		  "SizeMaxBytes=: not a size of a partition: 100" },
		{ "Weight=1000001", "Weight=: " },
		{ "Flags=0xg", "Flags=: not a number of 64 bits: 0xg" },
		{ "Flags=", "Flags=: not a number of 64 bits: " },
		{ "Verity=signature",
		  "Verity=: not off, data or hash: signature" },
		{ "NoAuto=maybe", "NoAuto=: not yes or no: maybe" },
		{ "CopyFiles=a", "CopyFiles=: a relative source needs a "
		  "target, as in SOURCE:/TARGET: a" },
		{ "CopyFiles=a:b",
		  "CopyFiles=: not an absolute path without ..: b" },
		{ "CopyFiles=a:/x/../b",
		  "CopyFiles=: not an absolute path without ..: /x/../b" },
		{ "CopyFiles=a:/b:fsverity=copy",
		  "CopyFiles=: options are not supported: fsverity=copy" },
		{ "CopyFiles=:/b", "CopyFiles=: no source" },
		{ "MakeDirectories=a",
		  "MakeDirectories=: not an absolute path without ..: a" },
		{ "MakeDirectories=\"/a",
		  "MakeDirectories=: a quote has no end" },
		{ "MakeSymlinks=/a", "MakeSymlinks=: not PATH:TARGET: /a" },
		{ "Type", "not KEY=VALUE: Type" },
		{ "=x", "not KEY=VALUE: =x" },
		{ "[Partition", "not a section: [Partition" },
		{ "[Unit]",
		  "unknown section, only [Partition] is known: [Unit]" },
	};
	char text[256], message[512];
	size_t i;

	for (i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		snprintf(text, sizeof(text), "\n[Partition]\n\n%s\n",
			 mistakes[i].line);
		CHECK(parse(text) < 0);
		snprintf(message, sizeof(message), "disk.conf:4: %s",
			 mistakes[i].message);
		/* Messages of other files may say more. */
		err.text[strlen(message)] = '\0';
		CHECK_STR(err.text, message);
	}
	CHECK(parse("Type=esp\n") < 0);
	CHECK_STR(err.text,
		  "disk.conf:1: Type=: is before the first [Partition]");
	CHECK(parse("# nothing\n") < 0);
	CHECK_STR(err.text, "disk.conf: has no section [Partition]");
	CHECK(layout_parse(&layout, "x", ".", "a\0b", 3, &err) < 0);
	CHECK_STR(err.text, "x: not a text file");
}

static void keys_that_contradict_are_refused(void)
{
	static const struct {
		const char *text, *message;
	} mistakes[] = {
		{ "CopyBlocks=a\nFormat=ext4",
		  "CopyBlocks= excludes Format= and keys with files" },
		{ "SizeMinBytes=2M\nSizeMaxBytes=1M",
		  "SizeMaxBytes= is less than SizeMinBytes=" },
		{ "PaddingMinBytes=2M\nPaddingMaxBytes=1M",
		  "PaddingMaxBytes= is less than PaddingMinBytes=" },
		{ "Verity=data\nFormat=ext4", "Verity= needs VerityMatchKey=" },
		{ "VerityMatchKey=x", "VerityMatchKey= needs Verity=" },
		{ "ExcludeFiles=/x",
		  "ExcludeFiles= needs CopyFiles= or Source=" },
		{ "Type=esp\nReadOnly=yes", "NoAuto=, ReadOnly= and "
		  "GrowFileSystem= are not flags of this Type=" },
		{ "Verity=data\nVerityMatchKey=x\n[Partition]\nVerity=hash\n"
		  "VerityMatchKey=x\n",
		  "a partition with Verity=data needs Format= or CopyBlocks=" },
	};
	char text[256], message[512];
	size_t i;

	for (i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		snprintf(text, sizeof(text), "[Partition]\n%s\n",
			 mistakes[i].text);
		CHECK(parse(text) < 0);
		snprintf(message, sizeof(message), "disk.conf:1: [Partition]: %s",
			 mistakes[i].message);
		CHECK_STR(err.text, message);
	}
	CHECK(parse("[Partition]\nFormat=ext4\nVerity=data\nVerityMatchKey=x\n") < 0);
	CHECK_STR(err.text, "disk.conf:1: VerityMatchKey=: no partition with "
		  "Verity=hash has the key x");
	CHECK(parse("[Partition]\nFormat=swap\nSource=x\n") < 0);
	CHECK_STR(err.text, "disk.conf:2: Format=swap: such a partition can "
		  "have no files");
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Whatever a file has, the parser ends, with definitions or with a sentence. */
static void damaged_files_do_no_harm(void)
{
	static const char seed[] =
		"[Partition]\nType=root\nLabel=a%a\nCopyFiles=a:/b\n"
		"MakeDirectories=/a \"/b c\" \\\n/d\nMakeSymlinks=/a:b\n"
		"SizeMinBytes=10M\nFlags=0x10\nVerity=data\nVerityMatchKey=x\n"
		"[Partition]\nVerity=hash\nVerityMatchKey=x\nUUID=null\n";
	static const char odd[] = "\0\n\r\\\"'=:[]%# ;/.\xff";
	uint32_t state = 1;
	char text[sizeof(seed) + 64];
	size_t len, at, n;
	int i, k, ret;

	layout_free(&layout);
	for (i = 0; i < 20000; i++) {
		memcpy(text, seed, sizeof(seed));
		len = sizeof(seed) - 1;
		for (k = (int)(next_random(&state) % 6) + 1; k; k--) {
			at = next_random(&state) % len;
			n = next_random(&state) % 24;
			if (next_random(&state) % 3 == 0 && at + n < len) {
				memmove(text + at, text + at + n, len - at - n);
				len -= n;
			} else {
				text[at] = odd[next_random(&state) %
					       (sizeof(odd) - 1)];
			}
		}
		memset(&layout, 0, sizeof(layout));
		err.text[0] = '\0';
		ret = layout_parse(&layout, "f", ".", text, len, &err);
		if (!ret)
			ret = layout_check(&layout, &err);
		if (ret < 0 ? !err.text[0] : !layout.n) {
			CHECK(!"neither a sentence nor a definition");
			break;
		}
		layout_free(&layout);
	}
	memset(&layout, 0, sizeof(layout));
}

/* ---- Types ---- */

static void types_have_names(void)
{
	struct partition_type type;

	CHECK(type_parse("esp", &type) && !type_has_flags(&type));
	CHECK_STR(type.guid, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
	CHECK_EQ(type_dos_code(&type), 0xef);
	CHECK(type_parse("root", &type) && type_is_root(&type));
	CHECK(type_parse("usr-riscv64", &type) && type_is_usr(&type));
	CHECK(type_parse("root-x86-verity", &type) && !type_is_root(&type) &&
	      type_is_verity(&type));
	CHECK(type_parse("933AC7E12EB44F13B8440E14E2AEF915", &type));
	CHECK_STR(type.name, "home");
	CHECK(type_parse("12345678-1234-1234-1234-123456789abc", &type));
	CHECK_STR(type.name, "");
	CHECK_EQ(type_dos_code(&type), 0);
	CHECK(type_parse("0x0c", &type) && type_dos_code(&type) == 0x0c);
	CHECK(!type_parse("root-", &type) && !type_parse("0x", &type) &&
	      !type_parse("0x00", &type) && !type_parse("", &type));
}

/* ---- Places ---- */

static const struct share none = { .max = UINT64_MAX };

static void the_smallest_disk_has_all_partitions(void)
{
	struct extent extents[] = {
		{ .partition = { .min = 33 * MIB }, .padding = none },
		{ .partition = { .min = 5 * MIB + 4096 },
		  .padding = { .min = 4096, .max = UINT64_MAX } },
		{ .partition = { .min = 4096 }, .padding = none },
	};
	uint64_t disk;

	REQUIRE(!arrange(extents, 3, 16896, 0, &disk, &err));
	CHECK_EQ(extents[0].start, MIB);
	CHECK_EQ(extents[1].start, 34 * MIB);
	CHECK_EQ(extents[2].start, 41 * MIB);
	CHECK_EQ(extents[1].partition.size, 5 * MIB + 4096);
	CHECK_EQ(disk, 42 * MIB);
}

static void weights_share_the_disk(void)
{
	struct extent extents[] = {
		/* Gets more than its share. */
		{ .partition = { .min = 500 * MIB, .max = UINT64_MAX,
				 .weight = 1000 }, .padding = none },
		/* Gets less. */
		{ .partition = { .min = MIB, .max = 20 * MIB,
				 .weight = 1000 }, .padding = none },
		{ .partition = { .min = MIB, .max = UINT64_MAX,
				 .weight = 1000 }, .padding = none },
		{ .partition = { .min = MIB, .max = UINT64_MAX,
				 .weight = 2000 },
		  .padding = { .max = UINT64_MAX, .weight = 1000 } },
	};
	uint64_t disk;

	/* 1000 MiB are left for partitions. */
	REQUIRE(!arrange(extents, 4, MIB, 1002 * MIB, &disk, &err));
	CHECK_EQ(disk, 1002 * MIB);
	CHECK_EQ(extents[0].partition.size, 500 * MIB);
	CHECK_EQ(extents[1].partition.size, 20 * MIB);
	CHECK_EQ(extents[2].partition.size, 120 * MIB);
	CHECK_EQ(extents[3].partition.size, 240 * MIB);
	CHECK_EQ(extents[3].padding.size, 120 * MIB);
	CHECK_EQ(arrange(extents, 4, MIB, 504 * MIB, &disk, &err), -ENOSPC);
	REQUIRE(!arrange(extents, 4, MIB, 505 * MIB, &disk, &err));
	CHECK_EQ(extents[3].partition.size, MIB);
}

/* Any shares: inside of the disk, one behind the other, within their limits. */
static void places_never_overlap(void)
{
	struct extent extents[8];
	uint32_t state = 2;
	uint64_t disk, size, end, tail = 16896, all;
	struct share *share;
	size_t n, i;
	int k, ret, fitted = 0;

	for (k = 0; k < 20000; k++) {
		n = next_random(&state) % 8 + 1;
		for (i = 0; i < 2 * n; i++) {
			share = i % 2 ? &extents[i / 2].padding :
				&extents[i / 2].partition;
			share->min = next_random(&state) % 20000 * 4096 *
				(next_random(&state) % 2);
			share->max = next_random(&state) % 2 ? UINT64_MAX :
				share->min + next_random(&state) % 30000 * 4096;
			share->weight = next_random(&state) % 3 *
				(next_random(&state) % 500000);
		}
		size = next_random(&state) % 300000 * 4096;
		ret = arrange(extents, n, tail, size, &disk, &err);
		if (ret < 0)
			continue;
		fitted++;
		CHECK(!size || disk == size);
		for (i = 0, end = MIB, all = 0; i < n; i++) {
			CHECK(extents[i].start >= end);
			CHECK(extents[i].start % MIB == 0);
			CHECK(extents[i].partition.size >=
			      extents[i].partition.min);
			CHECK(extents[i].partition.size <=
			      extents[i].partition.max);
			CHECK(extents[i].padding.size >=
			      extents[i].padding.min);
			CHECK(extents[i].padding.size <=
			      extents[i].padding.max);
			end = extents[i].start + extents[i].partition.size +
				extents[i].padding.size;
			all += extents[i].partition.size;
		}
		CHECK(end + tail <= disk);
		if (unit_failures || !unit_ok)
			return;
	}
	CHECK(fitted > 5000);
}

static void absurd_sizes_are_refused(void)
{
	struct extent extent = {
		.partition = { .min = UINT64_MAX / 2 }, .padding = none,
	};
	uint64_t disk;

	CHECK_EQ(arrange(&extent, 1, 0, 0, &disk, &err), -EFBIG);
	extent.partition.min = 4096;
	extent.padding.min = UINT64_MAX - 1;
	CHECK_EQ(arrange(&extent, 1, 0, 0, &disk, &err), -EFBIG);
	extent.padding.min = 0;
	CHECK_EQ(arrange(&extent, 1, 16896, 4096, &disk, &err), -ENOSPC);
	CHECK_EQ(arrange(&extent, 1, 0, UINT64_MAX - 4095, &disk, &err),
		 -EFBIG);
}

/* As "veritysetup format" makes it: a superblock, and levels of 128 digests. */
static void hash_trees_have_the_known_sizes(void)
{
	CHECK_EQ(verity_hash_size(4096), 4096);
	CHECK_EQ(verity_hash_size(4097), 2 * 4096);
	CHECK_EQ(verity_hash_size(128 * 4096), 2 * 4096);
	CHECK_EQ(verity_hash_size(129 * 4096), 4 * 4096);
	CHECK_EQ(verity_hash_size(128 * 128 * 4096), 130 * 4096);
	CHECK_EQ(verity_hash_size(128 * 128 * 4096 + 1), (1 + 1 + 2 + 129) * 4096);
}

int main(void)
{
	RUN(all_keys_are_read);
	RUN(an_empty_value_resets_a_list);
	RUN(flags_have_the_defaults_of_repart);
	RUN(mistakes_name_file_line_and_key);
	RUN(keys_that_contradict_are_refused);
	RUN(damaged_files_do_no_harm);
	RUN(types_have_names);
	RUN(the_smallest_disk_has_all_partitions);
	RUN(weights_share_the_disk);
	RUN(places_never_overlap);
	RUN(absurd_sizes_are_refused);
	RUN(hash_trees_have_the_known_sizes);
	layout_free(&layout);
	return unit_exit();
}
