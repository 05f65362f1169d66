// SPDX-License-Identifier: GPL-2.0-only
/*
 * qcow2-header.c - tests the feature bits of qcow2 images, and images whose
 * metadata is damaged.
 *
 * QEMU's tools make the images and check them afterwards.
 *
 * timeout: 300
 */
#define _GNU_SOURCE 1

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blk/blk.h"
#include "open-image.h"
#include "unit.h"

#define IMAGE		"qcow2-image"
#define CLUSTER		65536u

#define AT_INCOMPATIBLE	72
#define AT_AUTOCLEAR	88
#define DIRTY		(1ull << 0)
#define CORRUPT		(1ull << 1)

static int shell(const char *script)
{
	int status = system(script);

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static uint64_t field(off_t at)
{
	int fd = open(IMAGE, O_RDONLY | O_CLOEXEC);
	uint64_t value;

	REQUIRE(fd >= 0 && pread(fd, &value, 8, at) == 8);
	close(fd);
	return be64toh(value);
}

static void set_field(off_t at, uint64_t value)
{
	int fd = open(IMAGE, O_WRONLY | O_CLOEXEC);

	value = htobe64(value);
	REQUIRE(fd >= 0 && pwrite(fd, &value, 8, at) == 8);
	close(fd);
}

/* 8 MiB of ones at the start of 64 MiB. */
static void make_image(const char *options)
{
	char script[256];

	snprintf(script, sizeof(script),
		 "rm -f " IMAGE "; qemu-img create -q -f qcow2 -o %s " IMAGE
		 " 64M && qemu-io -f qcow2 -c 'write -q -P 1 0 8M' " IMAGE,
		 options);
	REQUIRE(!shell(script));
}

static bool check_image(void)
{
	return !shell("qemu-img check -q " IMAGE " >check.out 2>&1");
}

/* Where the L2 table has the entry for guest cluster @n. */
static off_t entry_at(unsigned int n)
{
	uint64_t l1 = field(40), table = field(l1) & 0x00fffffffffffe00ull;

	return table + n * 8;
}

static bool reads_as(struct blk *blk, uint64_t offset, unsigned char byte)
{
	unsigned char buffer[4096];
	size_t i;

	memset(buffer, ~byte, sizeof(buffer));
	if (blk_pread(blk, buffer, sizeof(buffer), offset))
		return false;
	for (i = 0; i < sizeof(buffer); i++)
		if (buffer[i] != byte)
			return false;
	return true;
}

static int put(struct blk *blk, uint64_t offset, unsigned char byte)
{
	unsigned char buffer[4096];

	memset(buffer, byte, sizeof(buffer));
	return blk_pwrite(blk, buffer, sizeof(buffer), offset);
}

/* qemu-io ends without closing it: refcounts are behind, tables are not. */
static const char crash[] =
	"ulimit -c 0; qemu-io -f qcow2 -c 'write -q -P 7 100k 3M' "
	"-c 'write -q -P 8 9M 2M' -c flush -c abort " IMAGE " >crash.out 2>&1";

static void dirty_image_gets_its_refcounts(void)
{
	static const char *const kinds[] = {
		"lazy_refcounts=on",
		"lazy_refcounts=on,cluster_size=512",
		"lazy_refcounts=on,cluster_size=4k,refcount_bits=64",
		"lazy_refcounts=on,cluster_size=16k,refcount_bits=2",
		"lazy_refcounts=on,extended_l2=on",
	};
	struct blk *blk;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		make_image(kinds[i]);
		REQUIRE(!shell("qemu-img snapshot -c kept " IMAGE));
		shell(crash);
		CHECK(field(AT_INCOMPATIBLE) & DIRTY);
		CHECK(!check_image());

		blk = open_image(IMAGE, NULL, BLK_OPEN_READ_ONLY);
		CHECK(reads_as(blk, 200 << 10, 7));
		blk_close(blk);
		CHECK(field(AT_INCOMPATIBLE) & DIRTY);

		blk = open_image(IMAGE, NULL, 0);
		CHECK(!(field(AT_INCOMPATIBLE) & DIRTY));
		CHECK(reads_as(blk, 200 << 10, 7));
		CHECK(reads_as(blk, 10 << 20, 8));
		CHECK_EQ(put(blk, 20 << 20, 9), 0);
		CHECK_EQ(put(blk, 1 << 20, 9), 0);
		CHECK_EQ(put(blk, 7 << 20, 9), 0);
		blk_close(blk);
		CHECK(check_image());
		CHECK(!shell("qemu-img convert -l snapshot.name=kept -O raw "
			     IMAGE " kept.raw && "
			     "qemu-io -r -f raw -c 'read -P 1 0 8M' "
			     "-c 'read -P 0 8M 56M' kept.raw >kept.out && "
			     "! grep -i fail kept.out"));
	}
}

static void dirty_image_with_bad_tables_is_refused(void)
{
	make_image("lazy_refcounts=on");
	shell(crash);
	set_field(entry_at(80), 1ull << 63 | 0x12345600);
	CHECK(refused(IMAGE, NULL, 0, "qemu-img check -r all"));
	CHECK(field(AT_INCOMPATIBLE) & DIRTY);
}

/* As many references as the width can count, and one more. */
static void dirty_image_counts_up_to_the_width_of_refcounts(void)
{
	static const struct {
		unsigned int bits, references;
	} widths[] = { { 1, 1 }, { 2, 3 }, { 4, 15 } };
	char options[64];
	struct blk *blk;
	unsigned int i, n;

	for (i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		snprintf(options, sizeof(options),
			 "lazy_refcounts=on,refcount_bits=%u", widths[i].bits);
		make_image(options);
		shell(crash);
		REQUIRE(field(AT_INCOMPATIBLE) & DIRTY);
		for (n = 1; n < widths[i].references; n++)
			set_field(entry_at(80 + n), field(entry_at(80)));
		blk = open_image(IMAGE, NULL, 0);
		CHECK(reads_as(blk, (80 + n - 1) << 16, 1));
		blk_close(blk);
		CHECK(check_image());

		/* The same once more. */
		set_field(entry_at(80 + n), field(entry_at(80)));
		set_field(AT_INCOMPATIBLE, field(AT_INCOMPATIBLE) | DIRTY);
		CHECK(refused(IMAGE, NULL, 0, "cannot be written to: a cluster at"));
		CHECK(field(AT_INCOMPATIBLE) & DIRTY);
	}
}

static void corrupt_image_is_only_read(void)
{
	struct blk *blk;

	make_image("compat=1.1");
	set_field(AT_INCOMPATIBLE, CORRUPT);
	CHECK(refused(IMAGE, NULL, 0, "corrupt"));
	blk = open_image(IMAGE, NULL, BLK_OPEN_READ_ONLY);
	CHECK(reads_as(blk, 0, 1));
	blk_close(blk);
	CHECK_EQ(field(AT_INCOMPATIBLE), CORRUPT);
}

/* Each with what the message has. */
static const struct {
	uint64_t entry;
	const char *reason;
} bad_entries[] = {
	{ 1ull << 63 | 0x51200, "unaligned" },
	{ 1ull << 63 | 0x70000010000ull, "past end of file" },
	{ 1ull << 63 | 0x10000, "metadata" },	/* the refcount table */
};

/* As QEMU has it, and whether they can be written to or not. */
static void entries_past_the_end_read_as_zeroes(void)
{
	struct lkl_error reason;
	struct blk *blk;
	unsigned int flags;

	for (flags = 0; flags <= BLK_OPEN_READ_ONLY; flags++) {
		make_image("compat=1.1");
		set_field(entry_at(3), 1ull << 63 | 0x70000010000ull);
		blk = open_image(IMAGE, NULL, flags);
		CHECK(reads_as(blk, 3 * CLUSTER, 0));
		CHECK(reads_as(blk, 2 * CLUSTER, 1));
		CHECK(reads_as(blk, 4 * CLUSTER, 1));
		CHECK(!blk_explain(blk, &reason));
		blk_close(blk);
		CHECK_EQ(field(AT_INCOMPATIBLE), 0);
		CHECK(!shell("qemu-io -r -f qcow2 -c 'read -P 0 192k 64k' "
			     IMAGE " | grep -q '^read 65536'"));
	}
}

static void bad_metadata_stops_writing(void)
{
	struct lkl_error reason;
	struct blk *blk;
	size_t i;

	for (i = 0; i < sizeof(bad_entries) / sizeof(bad_entries[0]); i++) {
		make_image("compat=1.1");
		set_field(entry_at(3), bad_entries[i].entry);
		blk = open_image(IMAGE, NULL, 0);
		CHECK_EQ(put(blk, 0, 5), 0);
		CHECK_EQ(blk_flush(blk), 0);
		CHECK(!blk_explain(blk, &reason));
		CHECK_EQ(put(blk, 3 * CLUSTER, 5), -EIO);
		REQUIRE(blk_explain(blk, &reason));
		CHECK(strstr(reason.text, bad_entries[i].reason));
		CHECK_EQ(field(AT_INCOMPATIBLE), CORRUPT);
		/* Not there either, but it can be read. */
		CHECK_EQ(put(blk, CLUSTER, 5), -EIO);
		CHECK_EQ(put(blk, 32 << 20, 5), -EIO);
		CHECK_EQ(blk_flush(blk), -EIO);
		CHECK(reads_as(blk, CLUSTER, 1));
		CHECK(reads_as(blk, 0, 5));
		blk_close(blk);
	}
}

/* A write allocated a cluster: its entry was in memory when damage was found. */
static void nothing_is_stored_after_damage(void)
{
	struct blk *blk;

	make_image("compat=1.1");
	set_field(entry_at(3), 1ull << 63 | 0x51200);
	REQUIRE(!shell("cp " IMAGE " before"));
	blk = open_image(IMAGE, NULL, 0);
	CHECK_EQ(put(blk, 16 << 20, 5), 0);
	CHECK_EQ(put(blk, 3 * CLUSTER, 5), -EIO);
	CHECK_EQ(blk_flush(blk), -EIO);
	blk_close(blk);
	CHECK_EQ(field(AT_INCOMPATIBLE), CORRUPT);
	/* Clusters that hold metadata: all of them as before but for the bit. */
	set_field(AT_INCOMPATIBLE, 0);
	CHECK(!shell("python3 - <<'EOF'\n"
		     "a = open('before', 'rb').read()\n"
		     "b = open('" IMAGE "', 'rb').read()\n"
		     "assert b[:len(a)] == a\n"
		     "EOF"));
}

static void free_metadata_is_not_allocated(void)
{
	struct lkl_error reason;
	struct blk *blk;
	uint64_t table;
	int fd;

	make_image("compat=1.1");
	table = entry_at(0) / CLUSTER;
	/* Of all refcounts, the one of the L2 table. */
	fd = open(IMAGE, O_WRONLY | O_CLOEXEC);
	REQUIRE(fd >= 0);
	REQUIRE(pwrite(fd, "\0", 2, field(field(48)) + table * 2) == 2);
	close(fd);
	blk = open_image(IMAGE, NULL, 0);
	CHECK_EQ(put(blk, 32 << 20, 5), -EIO);
	REQUIRE(blk_explain(blk, &reason));
	CHECK(strstr(reason.text, "counted as free"));
	blk_close(blk);
	CHECK_EQ(field(AT_INCOMPATIBLE), CORRUPT);
}

static void bitmaps_are_marked_out_of_date(void)
{
	struct blk *blk;

	make_image("compat=1.1");
	REQUIRE(!shell("qemu-img bitmap --add " IMAGE " b"));
	set_field(AT_AUTOCLEAR, field(AT_AUTOCLEAR) | 1ull << 40);
	blk = open_image(IMAGE, NULL, BLK_OPEN_READ_ONLY);
	CHECK(!blk->warning);
	blk_close(blk);
	blk = open_image(IMAGE, NULL, BLK_OPEN_COW);
	CHECK(!blk->warning);
	blk_close(blk);
	blk = open_image(IMAGE, NULL, 0);
	CHECK(strstr(blk->warning, "ends its 1 dirty bitmap:"));
	CHECK(reads_as(blk, 0, 1));
	CHECK_EQ(blk_flush(blk), 0);
	CHECK_EQ(field(AT_AUTOCLEAR), 1ull << 40 | 1);
	CHECK_EQ(put(blk, 0, 2), 0);
	CHECK_EQ(field(AT_AUTOCLEAR), 0);
	blk_close(blk);
	/* Once: they have ended. */
	blk = open_image(IMAGE, NULL, 0);
	CHECK(!blk->warning);
	blk_close(blk);
	/* 3: clusters of bitmaps that nobody can use any more. */
	CHECK_EQ(shell("qemu-img check -q " IMAGE " >check.out 2>&1"), 3);
}

static void unknown_feature_is_named(void)
{
	make_image("compat=1.1");
	set_field(AT_INCOMPATIBLE, 1ull << 42);
	CHECK(refused(IMAGE, NULL, BLK_OPEN_READ_ONLY, "bit 42"));
	/* The table of names follows the header, and has its own for bit 1. */
	CHECK(!shell("printf 'a\\033name' | dd of=" IMAGE
		     " bs=1 conv=notrunc status=none seek=$((112 + 8 + 2))"));
	CHECK(!shell("printf '\\052' | dd of=" IMAGE
		     " bs=1 conv=notrunc status=none seek=$((112 + 8 + 1))"));
	CHECK(refused(IMAGE, NULL, BLK_OPEN_READ_ONLY, "a?name"));
}

/* Version 1 is another format; it is not taken for raw bytes. */
static void versions_are_recognised(void)
{
	static const struct { uint32_t version; const char *want; } cases[] = {
		{ 0, NULL }, { 1, "version 1" }, { 4, "version 4" },
	};
	unsigned int i;
	uint32_t value;
	int fd;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_image("compat=1.1");
		value = htobe32(cases[i].version);
		fd = open(IMAGE, O_WRONLY | O_CLOEXEC);
		REQUIRE(fd >= 0 && pwrite(fd, &value, 4, 4) == 4);
		close(fd);
		if (cases[i].want)
			CHECK(refused(IMAGE, NULL, BLK_OPEN_READ_ONLY,
				      cases[i].want));
		else
			blk_close(open_image(IMAGE, NULL, BLK_OPEN_READ_ONLY));
	}
}

/* And say which of the two it is. */
static void refcount_table_of_no_use(void)
{
	uint64_t table;

	make_image("compat=1.1");
	table = field(48);
	set_field(table, field(table) + 512);
	CHECK(refused(IMAGE, "qcow2", 0, "is unaligned"));
	set_field(table, 1ull << 40);
	CHECK(refused(IMAGE, "qcow2", 0, "is past end of file"));
}

static void encryption_is_refused(void)
{
	REQUIRE(!shell("rm -f " IMAGE "; qemu-img create -q -f qcow2 "
		       "--object secret,id=s,data=abc -o encrypt.format=luks,"
		       "encrypt.key-secret=s,encrypt.iter-time=10 " IMAGE " 4M"));
	CHECK(refused(IMAGE, NULL, BLK_OPEN_READ_ONLY, "LUKS"));
}

static void image_opens_no_other(void)
{
	REQUIRE(!shell("rm -f " IMAGE "; truncate -s 4M base && qemu-img "
		       "create -q -f qcow2 -F raw -b base " IMAGE));
	CHECK(refused(IMAGE, NULL, BLK_OPEN_READ_ONLY, "base"));
	CHECK(refused(IMAGE, "qcow2", BLK_OPEN_READ_ONLY, "base"));
	blk_close(open_image(IMAGE, NULL,
			     BLK_OPEN_READ_ONLY | BLK_OPEN_NAMED_FILES));
	CHECK(!shell("qemu-img rebase -u -F raw -b 'json:{}' " IMAGE));
	CHECK(refused(IMAGE, "qcow2", BLK_OPEN_READ_ONLY | BLK_OPEN_NAMED_FILES, "json:"));
}

int main(void)
{
	if (shell("qemu-img --version >/dev/null 2>&1 && "
		  "qemu-io --version >/dev/null 2>&1"))
		SKIP_ALL("qemu-img and qemu-io are not installed");
	RUN(dirty_image_gets_its_refcounts);
	RUN(dirty_image_with_bad_tables_is_refused);
	RUN(dirty_image_counts_up_to_the_width_of_refcounts);
	RUN(corrupt_image_is_only_read);
	RUN(bad_metadata_stops_writing);
	RUN(nothing_is_stored_after_damage);
	RUN(entries_past_the_end_read_as_zeroes);
	RUN(free_metadata_is_not_allocated);
	RUN(bitmaps_are_marked_out_of_date);
	RUN(unknown_feature_is_named);
	RUN(versions_are_recognised);
	RUN(refcount_table_of_no_use);
	RUN(encryption_is_refused);
	RUN(image_opens_no_other);
	return unit_exit();
}
