/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image-kinds.h - the kinds of images that the image tests use, and how QEMU's
 * tools make each of them.
 *
 * A script runs in the working directory with sh -e and the helpers below.  $I is
 * the image and $S its size in bytes.  "data" is a raw file of $S bytes with
 * holes, zeroes, text and noise.
 */
#ifndef TESTS_IMAGE_KINDS_H
#define TESTS_IMAGE_KINDS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct image_kind {
	const char *name;
	uint64_t size;
	uint64_t cluster;
	const char *script;
};

#define KINDS_HELPERS							\
	"set -e\n"							\
	"create() { qemu-img create -q -f qcow2 \"$@\"; }\n"		\
	"empty() { create -o \"$1\" $I $S; }\n"				\
	/* filled FILE OPTIONS: with the data in it */			\
	"filled() { qemu-img convert -f raw -O qcow2 -o \"$2\" data $1; }\n" \
	"packed() { qemu-img convert -c -f raw -O qcow2 -o \"$2\" data $1; }\n" \
	/* over FILE FORMAT OPTIONS: an image over that */		\
	"over() { create -F $2 -b $1 ${3:+-o $3} $I $S; }\n"		\
	"snap() { qemu-img snapshot -c $1 $I; }\n"			\
	/* patch IMAGE SEED: writes here and there */			\
	"patch() { qemu-io -f qcow2 -c \"write -q -P $2 512 70k\" "	\
	"-c \"write -q -P 2$2 1M 3k\" -c \"write -q -z 1500k 100k\" $1; }\n"

/* As odd as sizes are: many sectors, but seldom whole clusters. */
#define K(n)	((n) * 1024ull)
#define M(n)	((n) * 1024ull * 1024ull)

static const struct image_kind image_kinds[] = {
	{ "raw", M(16) + 512, 65536, "truncate -s $S $I" },
	{ "raw-data", M(16) + 1536, 65536, "cp data $I" },
	/* Cluster sizes, both versions. */
	{ "v3-512", M(4) + 512, 512, "empty cluster_size=512" },
	{ "v3-1k", M(6) + 1536, 1024, "empty cluster_size=1k" },
	{ "v3-2k", M(8) + 512, 2048, "empty cluster_size=2k" },
	{ "v3-4k", M(12) + 2048, 4096, "empty cluster_size=4k" },
	{ "v3-8k", M(12) + 512, 8192, "empty cluster_size=8k" },
	{ "v3-16k", M(64) + 512, 16384, "empty cluster_size=16k" },
	{ "v3-32k", M(24) + 512, 32768, "empty cluster_size=32k" },
	{ "v3-64k", M(24) + 33280, 65536, "empty cluster_size=64k" },
	{ "v3-64k-large", M(1400), 65536, "empty cluster_size=64k" },
	{ "v3-128k", M(24) + 512, 131072, "empty cluster_size=128k" },
	{ "v3-256k", M(24) + 512, 262144, "empty cluster_size=256k" },
	{ "v3-512k", M(32) + 512, 524288, "empty cluster_size=512k" },
	{ "v3-1M", M(48) + 512, M(1), "empty cluster_size=1M" },
	{ "v3-2M", M(64) + 512, M(2), "empty cluster_size=2M" },
	{ "v2-512", M(4) + 512, 512, "empty compat=0.10,cluster_size=512" },
	{ "v2-4k", M(12) + 512, 4096, "empty compat=0.10,cluster_size=4k" },
	{ "v2-64k", M(24) + 512, 65536, "empty compat=0.10" },
	{ "v2-2M", M(64), M(2), "empty compat=0.10,cluster_size=2M" },
	/* Refcounts; small clusters have many tables of them. */
	{ "refcount-1", M(16), 4096,
	  "empty refcount_bits=1,cluster_size=4k" },
	{ "refcount-2", M(4), 512,
	  "filled $I refcount_bits=2,cluster_size=512; snap a" },
	{ "refcount-4", M(8), 2048,
	  "filled $I refcount_bits=4,cluster_size=2k; snap a; snap b" },
	{ "refcount-8", M(16), 65536,
	  "filled $I refcount_bits=8; snap a" },
	{ "refcount-32", M(8), 1024,
	  "filled $I refcount_bits=32,cluster_size=1k; snap a" },
	{ "refcount-64", M(4), 512,
	  "filled $I refcount_bits=64,cluster_size=512; snap a" },
	{ "refcount-64-64k", M(24), 65536,
	  "filled $I refcount_bits=64; snap a" },
	/* Allocated before. */
	{ "filled-4k", M(8) + 512, 4096, "filled $I cluster_size=4k" },
	{ "filled-64k", M(24) + 512, 65536, "filled $I cluster_size=64k" },
	{ "preallocated", M(24), 65536, "empty preallocation=metadata" },
	{ "preallocated-512", M(4), 512,
	  "empty preallocation=falloc,cluster_size=512" },
	/* Extended L2 entries. */
	{ "extended-16k", M(20) + 512, 16384,
	  "empty extended_l2=on,cluster_size=16k" },
	{ "extended-64k", M(24) + 512, 65536,
	  "filled $I extended_l2=on; snap a" },
	{ "extended-128k", M(24), 131072,
	  "empty extended_l2=on,cluster_size=128k" },
	{ "extended-2M", M(64), M(2), "empty extended_l2=on,cluster_size=2M" },
	{ "extended-over-raw", M(16), 65536,
	  "over data raw extended_l2=on" },
	{ "extended-compressed", M(16), 32768,
	  "packed $I extended_l2=on,cluster_size=32k; snap a" },
	{ "extended-data-file", M(16), 65536,
	  "empty extended_l2=on,data_file=$I.ext" },
	/* Lazy refcounts. */
	{ "lazy", M(16), 65536, "empty lazy_refcounts=on" },
	{ "lazy-512", M(4), 512,
	  "filled $I lazy_refcounts=on,cluster_size=512; snap a" },
	/* External data files. */
	{ "data-file", M(16) + 512, 65536, "empty data_file=$I.ext" },
	{ "data-file-4k", M(8), 4096,
	  "empty data_file=$I.ext,cluster_size=4k" },
	{ "data-file-raw", M(16) + 512, 65536,
	  "empty data_file=$I.ext,data_file_raw=on" },
	{ "data-file-raw-512", M(4), 512,
	  "empty data_file=$I.ext,data_file_raw=on,cluster_size=512" },
	/* Chains. */
	{ "over-raw", M(16) + 512, 65536, "over data raw" },
	{ "over-raw-v2", M(16) + 512, 65536, "over data raw compat=0.10" },
	{ "over-raw-4k", M(8) + 512, 4096, "over data raw cluster_size=4k" },
	{ "over-shorter-raw", M(16) + 512, 65536,
	  "truncate -s 5000192 data; over data raw" },
	{ "over-shorter-raw-v2", M(16) + 512, 16384,
	  "truncate -s 5000192 data; over data raw "
	  "compat=0.10,cluster_size=16k" },
	{ "over-odd-raw", M(8), 4096,
	  "truncate -s 5000999 data; over data raw cluster_size=4k" },
	{ "over-longer", M(8) + 512, 65536,
	  "truncate -s 20000000 data; over data raw" },
	{ "over-qcow2", M(16) + 512, 65536,
	  "filled base cluster_size=4k; over base qcow2" },
	{ "over-compressed", M(16) + 512, 65536,
	  "packed base cluster_size=16k; over base qcow2 cluster_size=64k" },
	{ "over-three", M(16) + 512, 65536,
	  "filled one cluster_size=64k; "
	  "create -F qcow2 -b one -o cluster_size=4k two $S; patch two 3; "
	  "create -F qcow2 -b two -o cluster_size=16k three 3M; patch three 7; "
	  "over three qcow2; snap a; patch $I 9" },
	{ "over-512-over-2M", M(16), 512,
	  "filled base cluster_size=2M; over base qcow2 cluster_size=512" },
	{ "over-2M-over-512", M(16), M(2),
	  "filled base cluster_size=512; over base qcow2 cluster_size=2M" },
	{ "data-file-over-raw", M(16), 65536,
	  "over data raw data_file=$I.ext" },
	/* Compressed, and overwritten. */
	{ "zlib", M(16) + 512, 65536, "packed $I compression_type=zlib" },
	{ "zstd", M(16) + 512, 65536, "packed $I compression_type=zstd" },
	{ "zlib-v2", M(8) + 512, 4096, "packed $I compat=0.10,cluster_size=4k" },
	{ "zlib-512", M(4), 512, "packed $I cluster_size=512" },
	{ "zlib-2M", M(32), M(2), "packed $I cluster_size=2M" },
	{ "zstd-2M", M(32), M(2),
	  "packed $I compression_type=zstd,cluster_size=2M; snap a" },
	{ "zstd-4k", M(8), 4096,
	  "packed $I compression_type=zstd,cluster_size=4k; snap a" },
	/* Snapshots. */
	{ "snapshots", M(16) + 512, 65536,
	  "filled $I cluster_size=64k; snap a; patch $I 5; snap b; "
	  "patch $I 6" },
	{ "snapshots-512", M(4), 512,
	  "filled $I cluster_size=512; snap a; patch $I 5; snap b" },
	{ "snapshots-v2", M(8), 4096,
	  "filled $I compat=0.10,cluster_size=4k; snap a; patch $I 5" },
	{ "snapshots-packed", M(8), 65536,
	  "packed $I cluster_size=64k; snap a; patch $I 5; snap b" },
	{ "snapshots-over", M(8), 16384,
	  "over data raw cluster_size=16k; snap a; patch $I 5; snap b" },
};

#define IMAGE_KINDS	(sizeof(image_kinds) / sizeof(*image_kinds))

/* Not 0 if they are missing. */
static inline int kinds_need_qemu(void)
{
	return system("for p in qemu-img qemu-io; do "
		      "command -v $p >/dev/null || exit 1; done");
}

static inline int kind_shell(const struct image_kind *kind, const char *script)
{
	char size[32], *text;
	int status;

	snprintf(size, sizeof(size), "%llu", (unsigned long long)kind->size);
	setenv("I", "image", 1);
	setenv("S", size, 1);
	if (asprintf(&text, "%s%s", KINDS_HELPERS, script) < 0)
		abort();
	fflush(stdout);
	status = system(text);
	free(text);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static inline const char *kind_format(const struct image_kind *kind)
{
	return strncmp(kind->name, "raw", 3) ? "qcow2" : "raw";
}

/* Is it among the arguments, or among these if there are none? */
static inline bool kind_chosen(const struct image_kind *kind,
			       const char *const *names, size_t n, int argc,
			       char **argv)
{
	size_t i;
	int a;

	for (a = 1; a < argc; a++)
		if (!strcmp(argv[a], kind->name))
			return true;
	for (i = 0; argc == 1 && i < n; i++)
		if (!strcmp(names[i], kind->name))
			return true;
	return false;
}

/* Holes, zeroes, what compresses well and what does not. */
static inline int kind_make_data(const struct image_kind *kind, uint64_t seed)
{
	uint64_t x = seed | 1, at, piece = 24576, i;
	static unsigned char buf[24576];
	FILE *file = fopen("data", "w");
	int bad = !file;

	for (at = 0; !bad && at < kind->size && at < M(64); at += piece) {
		if (piece > kind->size - at)
			piece = kind->size - at;
		x = x * 6364136223846793005ull + 1442695040888963407ull;
		if ((x >> 60) < 5)
			continue;
		for (i = 0; i < piece; i++) {
			x = x * 6364136223846793005ull + 1442695040888963407ull;
			buf[i] = (x >> 40 & 0xff0000) > 0x800000 ?
				 (unsigned char)(x >> 33) : (unsigned char)at;
		}
		if ((at / 24576) % 7 == 3)
			memset(buf, 0, piece / 2);
		if ((at / 24576) % 5 == 2)
			memset(buf, (int)(at / 24576), piece);
		bad = fseek(file, (long)at, SEEK_SET) ||
		      fwrite(buf, 1, piece, file) != piece;
	}
	if (file && fclose(file))
		bad = 1;
	return bad || truncate("data", (off_t)kind->size);
}

/* Make "image", with all that belongs to it. */
static inline int kind_make(const struct image_kind *kind, uint64_t seed)
{
	if (kind_shell(kind, "rm -f image image.ext data base one two three"))
		return -1;
	if (kind_make_data(kind, seed))
		return -1;
	return kind_shell(kind, kind->script);
}

#endif /* TESTS_IMAGE_KINDS_H */
