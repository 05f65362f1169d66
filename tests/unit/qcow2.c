// SPDX-License-Identifier: GPL-2.0-only
/*
 * qcow2.c - tests which qcow2 images can be opened and which are refused, and
 * internal snapshots.
 *
 * The images are made by QEMU's tools, with some bytes changed.  image-*.c test
 * the data in them.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blk/blk.h"
#include "shell.h"
#include "unit.h"

#define RO	BLK_OPEN_READ_ONLY
#define NAMED	BLK_OPEN_NAMED_FILES

static char buf[1 << 20];

/* ---- Bytes of an image, big endian ---- */

static void put(const char *name, uint64_t at, unsigned int bytes,
		uint64_t value)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);
	unsigned char b[8];
	unsigned int i;

	for (i = 0; i < bytes; i++)
		b[i] = (unsigned char)(value >> 8 * (bytes - 1 - i));
	REQUIRE(fd >= 0 && pwrite(fd, b, bytes, (off_t)at) == bytes);
	close(fd);
}

static uint64_t get(const char *name, uint64_t at, unsigned int bytes)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	unsigned char b[8] = { 0 };
	uint64_t value = 0;
	unsigned int i;

	REQUIRE(fd >= 0 && pread(fd, b, bytes, (off_t)at) == bytes);
	close(fd);
	for (i = 0; i < bytes; i++)
		value = value << 8 | b[i];
	return value;
}

static void make(const char *options)
{
	REQUIRE(!shell("rm -f image; qemu-img create -q -f qcow2 %s image 4M && "
		       "qemu-io -f qcow2 -c 'write -q -P 7 64k 128k' image",
		       options));
}

/* ---- Opening ---- */

static int try_open(const char *path, const char *format, unsigned int flags,
		    struct blk **ret_blk, struct lkl_error *err)
{
	const struct blk_options options = { .flags = flags, .format = format };

	err->text[0] = '\0';
	*ret_blk = NULL;
	return blk_open(path, &options, ret_blk, err);
}

static void opens_as(const char *path, const char *format, unsigned int flags)
{
	struct lkl_error err;
	struct blk *blk;
	int ret = try_open(path, format, flags, &blk, &err);

	if (ret)
		printf("# %s, %s, flags 0x%x: %s\n", path,
		       format ? format : "probed", flags, err.text);
	CHECK_EQ(ret, 0);
	if (!ret) {
		CHECK_EQ(blk_pread(blk, buf, 65536, 65536), 0);
		blk_close(blk);
	}
}

static void refuses_as(const char *path, const char *format,
		       unsigned int flags, int want, const char *text)
{
	struct lkl_error err;
	struct blk *blk;
	int ret = try_open(path, format, flags, &blk, &err);

	if (ret != want || !strstr(err.text, text)) {
		printf("# %s, flags 0x%x: %s: %s\n", path, flags,
		       strerror(-ret), err.text);
		CHECK(!"refused, for that reason");
	}
	blk_close(blk);
}

static void refuses(int want, const char *text)
{
	refuses_as("image", "qcow2", RO, want, text);
	refuses_as("image", "qcow2", 0, want, text);
	refuses_as("image", NULL, 0, want, text);
}

/* ---- Trust ---- */

static void opens_no_other_file_unasked(void)
{
	struct lkl_error err;
	struct blk *blk;

	make("");
	REQUIRE(!shell("printf '%%01048576d' 0 >secret; rm -f evil; "
		       "qemu-img create -q -f qcow2 -F raw -b secret evil"));
	refuses_as("evil", NULL, RO, -EPERM, "secret");
	refuses_as("evil", NULL, 0, -EPERM, "secret");
	refuses_as("evil", NULL, BLK_OPEN_COW, -EPERM, "secret");
	/* To name the format is not to trust the image. */
	refuses_as("evil", "qcow2", RO, -EPERM, "--allow-backing");
	opens_as("evil", NULL, NAMED);
	opens_as("evil", "qcow2", RO | NAMED);
	REQUIRE(!shell("rm -f evil; qemu-img create -q -f qcow2 "
		       "-o data_file=data.ext evil 4M"));
	refuses_as("evil", NULL, RO, -EPERM, "data.ext");
	refuses_as("evil", "qcow2", RO, -EPERM, "data.ext");
	opens_as("evil", "qcow2", RO | NAMED);
	/* A raw disk whose guest wrote a header into it. */
	refuses_as("evil", NULL, 0, -EPERM, "data.ext");
	CHECK_EQ(shell("cmp -n 4 evil image"), 0);
	REQUIRE(!try_open("evil", "raw", RO, &blk, &err));
	CHECK_EQ(blk_pread(blk, buf, 4, 0), 0);
	CHECK(!memcmp(buf, "QFI\xfb", 4));
	blk_close(blk);
}

/* In the first step even a hostile image is only a file. */
static void the_first_step_reads_nothing(void)
{
	const struct blk_options options = { .flags = BLK_OPEN_COW };
	struct lkl_error err = { "" };
	struct blk_source *source;
	struct blk *blk = NULL;

	REQUIRE(!shell("rm -f evil; qemu-img create -q -f qcow2 evil 4M; "
		       "printf '\\377\\377\\377\\377' | "
		       "dd of=evil bs=1 seek=20 conv=notrunc 2>/dev/null"));
	REQUIRE(!blk_source_open("evil", &options, &source, &err));
	CHECK(blk_source_parse(source, &blk, &err) < 0);
	CHECK(!strncmp(err.text, "evil: ", 6));
	/* It has the locks, and neither needs the name any more. */
	make("");
	REQUIRE(!blk_source_open("image", &options, &source, &err));
	REQUIRE(!rename("image", "renamed"));
	REQUIRE(!blk_source_parse(source, &blk, &err));
	CHECK_EQ(blk_pwrite(blk, buf, 512, 0), 0);
	blk_close(blk);
	REQUIRE(!rename("renamed", "image"));
	REQUIRE(!blk_source_open("image", &options, &source, &err));
	blk_source_close(source);
}

static void loops(void)
{
	make("");
	REQUIRE(!shell("rm -f one two; "
		       "qemu-img create -q -u -f qcow2 -F qcow2 -b two one 4M; "
		       "qemu-img create -q -u -f qcow2 -F qcow2 -b one two 4M; "
		       "qemu-img create -q -f qcow2 self 4M; "
		       "qemu-img rebase -u -f qcow2 -F qcow2 -b self self; "
		       "ln -sf four three; "
		       "qemu-img create -q -u -f qcow2 -F qcow2 -b $PWD/./three "
		       "four 4M"));
	refuses_as("one", "qcow2", RO | NAMED, -ELOOP, "chain");
	refuses_as("two", "qcow2", RO | NAMED, -ELOOP, "chain");
	refuses_as("self", "qcow2", RO | NAMED, -ELOOP, "chain");
	refuses_as("four", "qcow2", RO | NAMED, -ELOOP, "chain");
}

static void long_chains(void)
{
	make("");
	REQUIRE(!shell("cp image c0; i=1; while [ $i -le 70 ]; do "
		       "qemu-img create -q -u -f qcow2 -F qcow2 "
		       "-b c$((i - 1)) c$i 4M; i=$((i + 1)); done"));
	opens_as("c60", "qcow2", RO | NAMED);
	opens_as("c60", "qcow2", NAMED);
	refuses_as("c70", "qcow2", RO | NAMED, -ELOOP, "64");
	shell("rm -f c[0-9]*");
}

/* ---- Encryption, features, versions ---- */

static void encryption(void)
{
	make("");
	put("image", 32, 4, 1);
	refuses(-ENOTSUP, "AES");
	put("image", 32, 4, 2);
	/* qcow2-header.c has an image that QEMU encrypted. */
	refuses(-ENOKEY, "LUKS");
}

static void unknown_features(void)
{
	make("");
	put("image", 72, 8, 1ull << 40);
	refuses(-ENOTSUP, "feature");
	/* QEMU names its bits in the image: ours is made of one of them. */
	make("");
	REQUIRE(!shell("python3 - <<'EOF'\n"
		       "d = bytearray(open('image', 'rb').read())\n"
		       "i = d.find(b'dirty bit')\n"
		       "assert i > 0\n"
		       "d[i - 1] = 41\n"
		       "d[i:i + 9] = b'teapotbit'\n"
		       "open('image', 'wb').write(d)\n"
		       "EOF"));
	put("image", 72, 8, 1ull << 41);
	refuses(-ENOTSUP, "teapotbit");
	/* Compatible ones are none of our business. */
	make("");
	put("image", 80, 8, 0xff00000000000000ull);
	opens_as("image", "qcow2", 0);
	CHECK_EQ(get("image", 80, 8) >> 56, 0xff);
}

static void versions_and_sizes(void)
{
	static const struct {
		unsigned int at, bytes;
		uint64_t value;
		int want;
		const char *text;
	} bad[] = {
		{ 4, 4, 1, -ENOTSUP, "version 1" },
		{ 4, 4, 4, -ENOTSUP, "version 4" },
		{ 20, 4, 8, -ENOTSUP, "2^8" },
		{ 20, 4, 22, -ENOTSUP, "2^22" },
		{ 20, 4, 0xffffffff, -ENOTSUP, "2^" },
		{ 24, 8, 0, -EINVAL, "empty" },
		{ 24, 8, ~0ull, -EFBIG, "size" },
		{ 24, 8, 1ull << 62, -EFBIG, "size" },
		{ 24, 8, 1ull << 40, -EINVAL, "L1 table" },
		{ 36, 4, 0, -EINVAL, "L1 table" },
		{ 36, 4, 0xffffffff, -EFBIG, "L1 table" },
		{ 40, 8, 0x30001, -EINVAL, "L1 table" },
		{ 40, 8, 1ull << 50, -EINVAL, "L1 table" },
		{ 40, 8, ~0ull << 9, -EINVAL, "L1 table" },
		{ 48, 8, 0x10200, -EINVAL, "refcount table" },
		{ 48, 8, 1ull << 55, -EINVAL, "refcount table" },
		{ 56, 4, 0, -EINVAL, "refcount table" },
		{ 56, 4, 0xffffffff, -EFBIG, "refcount table" },
		{ 60, 4, 0xffffffff, -EFBIG, "snapshots" },
		{ 64, 8, 0x10001, 0, "" },	/* of none */
		{ 96, 4, 7, -EINVAL, "refcount order 7" },
		{ 100, 4, 103, -EINVAL, "length 103" },
		{ 100, 4, 0xfffffff8, -EINVAL, "length" },
		{ 8, 8, 1ull << 60, -EINVAL, "backing file" },
		{ 16, 4, 1024, 0, "" },		/* of none */
		{ 104, 1, 2, -EINVAL, "compression type 2" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		printf("# %u at %u\n", i, bad[i].at);
		make("");
		put("image", bad[i].at, bad[i].bytes, bad[i].value);
		if (bad[i].want)
			refuses_as("image", "qcow2", 0, bad[i].want,
				   bad[i].text);
		else
			opens_as("image", "qcow2", 0);
	}
}

/* ---- Bits that tell of the past ---- */

static void dirty_images_are_repaired(void)
{
	make("-o lazy_refcounts=on");
	REQUIRE(!shell("qemu-io -f qcow2 -c 'write -q -P 9 1M 64k' "
		       "-c 'abort' image >out 2>&1; [ $? -gt 100 ]"));
	CHECK_EQ(get("image", 72, 8) & 1, 1);
	REQUIRE(!shell("sha256sum image >sum"));
	opens_as("image", "qcow2", RO);
	CHECK(!shell("sha256sum --status -c sum"));
	opens_as("image", "qcow2", 0);
	CHECK_EQ(get("image", 72, 8) & 1, 0);
	CHECK(!shell("qemu-img check -q image"));
	CHECK(!shell("qemu-io -f qcow2 -c 'read -q -P 9 1M 64k' -c "
		     "'read -q -P 7 64k 128k' image | grep -q . && exit 1; :"));
}

/* No cluster has a refcount, and the table covers only 8 of 9 MiB. */
static void dirty_images_longer_than_the_table_are_refused(void)
{
	REQUIRE(!shell("rm -f image; qemu-img create -q -f qcow2 "
		       "-o cluster_size=512 image 1M && "
		       "qemu-io -f qcow2 -c 'write -q 0 64k' image"));
	put("image", get("image", 48, 8), 8, 0);
	put("image", 72, 8, 1);
	REQUIRE(!shell("truncate -s 9M image; printf x | dd of=image bs=1 "
		       "seek=9437183 conv=notrunc status=none; for at in "
		       "16384 16640; do printf x | dd of=image bs=512 "
		       "seek=$at conv=notrunc status=none; done; "
		       "sha256sum image >sum"));
	refuses_as("image", "qcow2", 0, -EROFS, "a cluster without refcount");
	CHECK(!shell("sha256sum --status -c sum"));
}

static void corrupt_images_are_read(void)
{
	make("");
	put("image", 72, 8, 2);
	opens_as("image", "qcow2", RO);
	refuses_as("image", "qcow2", 0, -EROFS, "corrupt");
	CHECK_EQ(get("image", 72, 8), 2);
}

/* Whoever writes and does not know what they mean clears them. */
static void autoclear_bits(void)
{
	struct lkl_error err;
	struct blk *blk;

	make("");
	put("image", 88, 8, 1ull << 33);
	opens_as("image", "qcow2", RO);
	CHECK_EQ(get("image", 88, 8), 1ull << 33);
	REQUIRE(!try_open("image", "qcow2", 0, &blk, &err));
	CHECK_EQ(blk_pwrite(blk, buf, 65536, 0), 0);
	CHECK_EQ(blk_flush(blk), 0);
	blk_close(blk);
	CHECK_EQ(get("image", 88, 8), 0);
}

static void bitmaps(void)
{
	struct lkl_error err;
	struct blk *blk;

	make("");
	if (shell("qemu-img bitmap --add -f qcow2 image b0"))
		return;
	CHECK_EQ(get("image", 88, 8) & 1, 1);
	opens_as("image", "qcow2", RO);
	CHECK_EQ(get("image", 88, 8) & 1, 1);
	REQUIRE(!try_open("image", "qcow2", 0, &blk, &err));
	memset(buf, 0x33, sizeof(buf));
	CHECK_EQ(blk_pwrite(blk, buf, sizeof(buf), 1 << 20), 0);
	CHECK_EQ(blk_flush(blk), 0);
	blk_close(blk);
	/* It does not say what was written, so it must not seem to. */
	CHECK_EQ(get("image", 88, 8) & 1, 0);
	CHECK(!shell("qemu-img check -q image || [ $? = 3 ]"));
	CHECK(!shell("qemu-io -f qcow2 -c 'read -P 0x33 1M 1M' image >out; "
		     "! grep -q failed out"));
}

/* ---- Internal snapshots ---- */

static int open_snapshot(const char *name, unsigned int flags,
			 const char *format, struct blk **ret_blk,
			 struct lkl_error *err)
{
	const struct blk_options options = {
		.flags = flags, .format = format, .snapshot = name,
	};

	*ret_blk = NULL;
	err->text[0] = '\0';
	return blk_open("image", &options, ret_blk, err);
}

static void snapshot_has(const char *name, unsigned char byte, uint64_t size)
{
	struct lkl_error err;
	struct blk *blk;

	if (open_snapshot(name, RO, NULL, &blk, &err))
		printf("# %s\n", err.text);
	REQUIRE(blk);
	CHECK_EQ(blk->size, size);
	CHECK_EQ(blk_pread(blk, buf, 65536, 65536), 0);
	CHECK_EQ((unsigned char)buf[0], byte);
	CHECK_EQ((unsigned char)buf[65535], byte);
	blk_close(blk);
}

static void snapshots_are_read(void)
{
	struct lkl_error err;
	struct blk *blk;

	make("");
	REQUIRE(!shell("qemu-img snapshot -c first image && "
		       "qemu-io -f qcow2 -c 'write -q -P 8 64k 64k' image && "
		       "qemu-img resize -q image 6M && "
		       "qemu-img snapshot -c 1 image && "
		       "qemu-io -f qcow2 -c 'write -q -P 9 64k 64k' image && "
		       "sha256sum image >sum"));
	snapshot_has(NULL, 9, 6 << 20);
	snapshot_has("first", 7, 4 << 20);
	/* The name of the second one, and the number of the first. */
	snapshot_has("1", 8, 6 << 20);
	snapshot_has("2", 8, 6 << 20);
	CHECK_EQ(open_snapshot("none", RO, NULL, &blk, &err), -ENOENT);
	CHECK(strstr(err.text, "none; the image has: first (1), 1 (2)"));
	CHECK_EQ(open_snapshot("first", 0, NULL, &blk, &err), -EROFS);
	CHECK(strstr(err.text, "can only be read"));
	CHECK_EQ(open_snapshot("first", RO, "raw", &blk, &err), -ENOTSUP);
	CHECK_EQ(open_snapshot("first", RO, "vmdk", &blk, &err), -ENOTSUP);
	/* Kept aside. */
	REQUIRE(!open_snapshot("first", BLK_OPEN_COW, NULL, &blk, &err));
	memset(buf, 3, 4096);
	CHECK_EQ(blk_pwrite(blk, buf, 4096, 65536), 0);
	blk_close(blk);
	CHECK(!shell("sha256sum --status -c sum"));
	make("");
	CHECK_EQ(open_snapshot("any", RO, NULL, &blk, &err), -ENOENT);
	CHECK(strstr(err.text, "the image has: none"));
}

/* Its L1 table is too short for its size. */
static void bad_snapshots_are_refused(void)
{
	struct lkl_error err;
	struct blk *blk;
	uint64_t table;

	make("-o cluster_size=512");
	REQUIRE(!shell("qemu-img snapshot -c first image"));
	table = get("image", 64, 8);
	put("image", table + 40 + 8, 8, 64u << 20);
	CHECK_EQ(open_snapshot("first", RO, NULL, &blk, &err), -EINVAL);
	put("image", table + 40 + 8, 8, 1ull << 62);
	CHECK_EQ(open_snapshot("first", RO, NULL, &blk, &err), -EFBIG);
	put("image", table + 12, 2, 0xffff);
	put("image", table + 14, 2, 0xffff);
	CHECK(open_snapshot("first", RO, NULL, &blk, &err) < 0);
	put("image", table + 8, 4, 0xffffffff);
	CHECK_EQ(open_snapshot("first", RO, NULL, &blk, &err), -EINVAL);
}

static void extensions_are_kept(void)
{
	struct lkl_error err;
	struct blk *blk;

	make("");
	REQUIRE(!shell("python3 - <<'EOF'\n"
		       "import struct\n"
		       "d = bytearray(open('image', 'rb').read())\n"
		       "at = struct.unpack('>I', d[100:104])[0]\n"
		       "while True:\n"
		       "    kind, n = struct.unpack('>II', d[at:at + 8])\n"
		       "    if kind == 0: break\n"
		       "    at += 8 + (n + 7) // 8 * 8\n"
		       "new = struct.pack('>II', 0x12345678, 13) + "
		       "b'what is this?' + bytes(3)\n"
		       "d[at:at + len(new)] = new\n"
		       "open('image', 'wb').write(d)\n"
		       "EOF\n"
		       "head -c 65536 image >head"));
	REQUIRE(!try_open("image", "qcow2", 0, &blk, &err));
	CHECK_EQ(blk_pwrite(blk, buf, sizeof(buf), 1 << 20), 0);
	CHECK_EQ(blk_flush(blk), 0);
	blk_close(blk);
	CHECK(!shell("grep -qaF 'what is this?' image"));
	CHECK(!shell("cmp -n 65536 head image"));
	CHECK(!shell("qemu-img check -q image"));
}

/* ---- Files that are shorter than they should be ---- */

static void backing_files_are_not_written(void)
{
	struct lkl_error err;
	struct blk *blk;
	unsigned int i;

	make("");
	REQUIRE(!shell("rm -f top; chmod 444 image; sha256sum image >sum; "
		       "qemu-img create -q -f qcow2 -F qcow2 -b image top"));
	REQUIRE(!try_open("top", "qcow2", NAMED, &blk, &err));
	for (i = 0; i < 64; i++) {
		CHECK_EQ(blk_pwrite(blk, buf, 3000, i * 65000), 0);
		CHECK_EQ(blk_write_zeroes(blk, i * 60000, 9000, true), 0);
		CHECK_EQ(blk_discard(blk, i * 65536, 65536), 0);
	}
	CHECK_EQ(blk_flush(blk), 0);
	blk_close(blk);
	CHECK(!shell("sha256sum --status -c sum; s=$?; chmod 644 image; "
		     "exit $s"));
}

/* Wherever it ends: an error, or what is in it. */
static void file_ends_anywhere(void)
{
	static char whole[4 << 20];
	unsigned int length, opened = 0, errors = 0;
	struct lkl_error err;
	struct blk *blk;
	struct stat st;
	uint64_t at, i;
	int ret;

	make("-o cluster_size=4k");
	REQUIRE(!stat("image", &st));
	REQUIRE(!try_open("image", "qcow2", RO, &blk, &err));
	CHECK_EQ(blk_pread(blk, whole, sizeof(whole), 0), 0);
	blk_close(blk);
	for (length = 1; length < st.st_size; length += 1777) {
		REQUIRE(!shell("cp image short && truncate -s %u short",
			       length));
		if (try_open("short", "qcow2", length & 1 ? RO : 0, &blk,
			     &err)) {
			CHECK(err.text[0]);
			errors++;
			continue;
		}
		opened++;
		for (at = 0; at < sizeof(whole); at += 4096) {
			ret = blk_pread(blk, buf, 4096, at);
			CHECK(!ret || ret == -EIO);
			/* All of the old data, or nothing of it. */
			for (i = 0; !ret && i < 4096; i++)
				if (buf[i] && buf[i] != whole[at + i])
					break;
			CHECK(ret || i == 4096);
		}
		blk_close(blk);
	}
	printf("# %u lengths were opened, %u were not\n", opened, errors);
	CHECK(opened && errors);
}

static void file_shrinks(void)
{
	struct lkl_error err;
	unsigned int length;
	struct blk *blk;
	uint64_t at;
	int ret;

	make("-o cluster_size=4k");
	for (length = 0; length < 200000; length += 12345) {
		REQUIRE(!shell("cp image short"));
		REQUIRE(!try_open("short", "qcow2", 0, &blk, &err));
		REQUIRE(!truncate("short", length));
		for (at = 0; at < 4 << 20; at += 40960) {
			ret = blk_pread(blk, buf, 4096, at);
			CHECK(!ret || ret == -EIO);
		}
		/* Whether it fails or not, it ends. */
		for (at = 0; at < 4 << 20; at += 409600)
			blk_pwrite(blk, buf, 5000, at);
		blk_write_zeroes(blk, 65536, 65536, true);
		blk_flush(blk);
		blk_close(blk);
	}
}

/* ---- Memory ---- */

static long resident_kib(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long kib = -1;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib;
}

/* A few MiB are enough for 1 TiB, however much of it is used. */
static void memory_is_bounded(void)
{
	uint64_t x = 1, at;
	struct lkl_error err;
	struct blk *blk;
	long before, used;
	unsigned int i;

	REQUIRE(!shell("rm -f image; qemu-img create -q -f qcow2 image 1T"));
	before = resident_kib();
	REQUIRE(!try_open("image", "qcow2", 0, &blk, &err));
	CHECK_EQ(blk->size, 1ull << 40);
	for (i = 0; i < 20000; i++) {
		x = x * 6364136223846793005ull + 1442695040888963407ull;
		at = (x >> 24) % (1ull << 28) * 4096;
		if (i % 8)
			CHECK_EQ(blk_pread(blk, buf, 4096, at), 0);
		else
			CHECK_EQ(blk_pwrite(blk, buf, 4096, at), 0);
	}
	used = resident_kib() - before;
	blk_close(blk);
	printf("# %ld KiB\n", used);
#ifndef __SANITIZE_ADDRESS__
	CHECK(used < 16384);
#endif
	CHECK(!shell("qemu-img check -q image"));
	unlink("image");
}

int main(void)
{
	if (shell("for p in qemu-img qemu-io python3; do "
		  "command -v $p >/dev/null || exit 1; done"))
		SKIP_ALL("qemu-img, qemu-io and python3 are not installed");
	RUN(opens_no_other_file_unasked);
	RUN(the_first_step_reads_nothing);
	RUN(loops);
	RUN(long_chains);
	RUN(encryption);
	RUN(unknown_features);
	RUN(versions_and_sizes);
	RUN(dirty_images_are_repaired);
	RUN(dirty_images_longer_than_the_table_are_refused);
	RUN(corrupt_images_are_read);
	RUN(autoclear_bits);
	RUN(bitmaps);
	RUN(snapshots_are_read);
	RUN(bad_snapshots_are_refused);
	RUN(extensions_are_kept);
	RUN(backing_files_are_not_written);
	RUN(file_ends_anywhere);
	RUN(file_shrinks);
	RUN(memory_is_bounded);
	return unit_exit();
}
