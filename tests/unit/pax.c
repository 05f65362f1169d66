// SPDX-License-Identifier: GPL-2.0-only
/*
 * pax.c - tests of the headers and records of archives, byte by byte.  tar reads
 * an archive of them in tools/.
 */
#include "fs2tar/pax.c"

#include "unit.h"

/* ---- The archive is in memory ---- */

struct stream {
	unsigned char bytes[1 << 17];
	uint64_t at;
};

static struct stream out;

int stream_put(struct stream *stream, const void *data, size_t len)
{
	REQUIRE(stream->at + len <= sizeof(stream->bytes));
	memcpy(stream->bytes + stream->at, data, len);
	stream->at += len;
	return 0;
}

int stream_put_zeroes(struct stream *stream, uint64_t len)
{
	REQUIRE(stream->at + len <= sizeof(stream->bytes));
	memset(stream->bytes + stream->at, 0, len);
	stream->at += len;
	return 0;
}

uint64_t stream_position(const struct stream *stream)
{
	return stream->at;
}

bool sparse_ends_in_hole(const struct sparse_map *map, uint64_t file_size)
{
	const struct sparse_extent *last = map->extents + map->n - 1;

	return !map->n || last->offset + last->len < file_size;
}

/* ---- What was written ---- */

static char records_text[65536];
static struct ustar last_header;

static bool checksum_is_right(const struct ustar *header)
{
	struct ustar copy = *header;
	const unsigned char *bytes = (const unsigned char *)&copy;
	unsigned int sum = 0, i;

	memset(copy.checksum, ' ', sizeof(copy.checksum));
	for (i = 0; i < sizeof(copy); i++)
		sum += bytes[i];
	return strtoul(header->checksum, NULL, 8) == sum &&
	       !header->checksum[6] && header->checksum[7] == ' ';
}

/* Writes the header; its records are in records_text then. */
static void put(const struct pax_member *member)
{
	struct records records = { NULL, 0, 0 };
	const struct ustar *header = (const struct ustar *)out.bytes;
	size_t len;

	out.at = 0;
	records_text[0] = '\0';
	CHECK_EQ(pax_put_header(&records, &out, member), 0);
	CHECK_EQ(out.at % USTAR_BLOCK, 0);
	if (header->type == 'x') {
		CHECK(checksum_is_right(header));
		len = strtoul(header->size, NULL, 8);
		memcpy(records_text, header + 1, len);
		records_text[len] = '\0';
		header += 1 + (len + USTAR_BLOCK - 1) / USTAR_BLOCK;
	}
	last_header = *header;
	CHECK(checksum_is_right(header));
	CHECK(!memcmp(header->magic, "ustar\0" "00", 8));
	CHECK_EQ(header->type, member->type);
	records_free(&records);
}

static struct pax_member member_at(const char *path)
{
	return (struct pax_member){
		.type = PAX_FILE, .path = path, .user = "", .group = "",
		.mode = 0644,
	};
}

static bool has_record(const char *record)
{
	const char *at = strstr(records_text, record);

	/* After the length and a space, up to a line feed. */
	return at && at > records_text && at[-1] == ' ' &&
	       at[strlen(record)] == '\n';
}

/* ---- Records ---- */

/* The length counts its own digits. */
static void lengths_of_records(void)
{
	static char value[1100];
	struct records records = { NULL, 0, 0 };
	unsigned long said;
	char *end;
	size_t len;

	memset(value, 'v', sizeof(value));
	for (len = 0; len < sizeof(value); len++) {
		records_reset(&records);
		CHECK_EQ(records_add(&records, "key", value, len), 0);
		said = strtoul(records.text, &end, 10);
		CHECK_EQ(said, records.len);
		CHECK(!memcmp(end, " key=", 5));
		CHECK_EQ(records.len, (size_t)(end - records.text) + 6 + len);
		CHECK_EQ(records.text[records.len - 1], '\n');
	}
	/* They grow while there are more of them. */
	records_reset(&records);
	for (len = 0; len < 1000; len++)
		CHECK_EQ(records_add_number(&records, "n", len), 0);
	CHECK_EQ(records.len, 10 * 6 + 90 * 7 + 900 * 8);
	CHECK(!memcmp(records.text, "6 n=0\n6 n=1\n", 12));
	CHECK(!memcmp(records.text + records.len - 8, "8 n=999\n", 8));
	records_free(&records);
}

static void check_time(int64_t sec, uint32_t nsec, const char *want)
{
	struct records records = { NULL, 0, 0 };
	char text[64];

	CHECK_EQ(records_add_time(&records, "t",
				  (struct timestamp){ sec, nsec }), 0);
	snprintf(text, sizeof(text), "%.*s", (int)records.len, records.text);
	text[strcspn(text, "\n")] = '\0';
	CHECK_STR(strchr(text, '=') + 1, want);
	records_free(&records);
}

static void times(void)
{
	check_time(0, 0, "0");
	check_time(0, 1, "0.000000001");
	check_time(1, 500000000, "1.500000000");
	check_time(-1, 0, "-1");
	check_time(-1, 500000000, "-0.500000000");
	check_time(-2, 750000000, "-1.250000000");
	check_time(-2, 999999999, "-1.000000001");
	check_time(INT64_MAX, 999999999, "9223372036854775807.999999999");
	check_time(INT64_MIN, 0, "-9223372036854775808");
}

/* ---- Fields ---- */

static void numbers_that_fit(void)
{
	struct pax_member m = member_at("file");

	m.uid = 07777777;
	m.gid = 0;
	m.size = 077777777777;
	m.mtime.sec = 077777777777;
	m.user = "a name of thirty-two characters.";
	m.group = "g";
	put(&m);
	CHECK_STR(records_text, "");
	CHECK_STR(last_header.uid, "7777777");
	CHECK_STR(last_header.gid, "0000000");
	CHECK_STR(last_header.mode, "0000644");
	CHECK_STR(last_header.size, "77777777777");
	CHECK_STR(last_header.mtime, "77777777777");
	CHECK(!memcmp(last_header.uname, m.user, 32));
	CHECK_STR(last_header.gname, "g");
	CHECK_STR(last_header.name, "file");
	m.group = m.user;
	put(&m);
	CHECK_STR(records_text, "");
	CHECK(!memcmp(last_header.gname, m.group, 32));
}

static void numbers_that_do_not_fit(void)
{
	struct pax_member m = member_at("file");

	m.uid = 010000000;
	m.gid = 4294967295u;
	m.size = 0100000000000;
	m.mtime.sec = -2;
	m.user = "a name of thirty-three characters";
	m.group = "another of thirty-three character";
	put(&m);
	CHECK(has_record("uid=2097152"));
	CHECK(has_record("gid=4294967295"));
	CHECK(has_record("size=8589934592"));
	CHECK(has_record("mtime=-2"));
	CHECK(has_record("uname=a name of thirty-three characters"));
	CHECK(has_record("gname=another of thirty-three character"));
	CHECK(!strstr(records_text, "atime=") && !strstr(records_text, "path="));
	/* Big-endian, after a byte that says so. */
	CHECK(!memcmp(last_header.uid, "\200\0\0\0\0\040\0\0", 8));
	CHECK(!memcmp(last_header.gid, "\200\0\0\0\377\377\377\377", 8));
	CHECK(!memcmp(last_header.size, "\200\0\0\0\0\0\0\002\0\0\0\0", 12));
	CHECK(!memcmp(last_header.mtime,
		      "\377\377\377\377\377\377\377\377\377\377\377\376", 12));
	CHECK_EQ(out.at % USTAR_BLOCK, 0);

	m = member_at("file");
	m.mtime = (struct timestamp){ 5, 7 };
	m.atime = (struct timestamp){ 6, 0 };
	m.ctime = (struct timestamp){ 8, 9 };
	m.has_atime_ctime = true;
	put(&m);
	CHECK_STR(records_text,
		  "21 mtime=5.000000007\n11 atime=6\n21 ctime=8.000000009\n");
	CHECK_STR(last_header.mtime, "00000000005");
}

static void devices(void)
{
	struct pax_member m = member_at("dev");

	m.type = PAX_CHAR;
	m.major = 10;
	m.minor = 229;
	put(&m);
	CHECK_STR(last_header.devmajor, "0000012");
	CHECK_STR(last_header.devminor, "0000345");
}

/* ---- Names ---- */

/* @n times @c, with a zero byte. */
static char *repeat(char *to, char c, size_t n)
{
	memset(to, c, n);
	to[n] = '\0';
	return to + n;
}

/* A folder of @folder bytes, a slash, and a name of @name bytes. */
static void check_split(size_t folder, size_t name, bool fits)
{
	char path[600], want[101], prefix[156];
	struct pax_member m = member_at(path);
	char *end = path;

	if (folder)
		end = repeat(repeat(path, 'd', folder), '/', 1);
	repeat(end, 'n', name);
	put(&m);
	CHECK_EQ(!strstr(records_text, "path="), fits);
	snprintf(want, sizeof(want), "%.100s", last_header.name);
	snprintf(prefix, sizeof(prefix), "%.155s", last_header.prefix);
	if (fits && folder + 1 + name > 100) {
		CHECK_STR(want, end);
		CHECK_EQ(strlen(prefix), folder);
	} else {
		CHECK_EQ(strlen(prefix), 0);
		CHECK(!strncmp(want, path, 100));
	}
}

static void names_are_split_at_a_slash(void)
{
	check_split(0, 100, true);
	check_split(0, 101, false);
	check_split(49, 50, true);
	check_split(50, 50, true);
	check_split(1, 99, true);
	check_split(1, 100, true);
	check_split(1, 101, false);
	check_split(155, 100, true);
	check_split(155, 1, true);
	check_split(156, 1, false);
	check_split(156, 100, false);
}

static void slashes_where_a_name_cannot_be_split(void)
{
	char path[300];
	struct pax_member m = member_at(path);

	/* The only slash is the first byte. */
	path[0] = '/';
	repeat(path + 1, 'n', 100);
	put(&m);
	CHECK(strstr(records_text, "path="));
	CHECK_EQ(last_header.prefix[0], 0);
	/* Or the last one. */
	repeat(repeat(path, 'n', 100), '/', 1);
	m.type = PAX_DIRECTORY;
	put(&m);
	CHECK(strstr(records_text, "path="));
	CHECK_EQ(last_header.prefix[0], 0);
}

static void names_of_other_letters(void)
{
	char path[200], target[200];
	struct pax_member m = member_at(path);

	/* UTF-8 gets a record even if it fits, other bytes if they do not. */
	strcpy(path, "gr\303\274n");
	put(&m);
	CHECK_STR(records_text, "14 path=gr\303\274n\n");
	strcpy(path, "gr\374n");
	put(&m);
	CHECK_STR(records_text, "");
	CHECK_STR(last_header.name, path);
	repeat(path, '\374', 101);
	m.type = PAX_SYMLINK;
	m.target = target;
	repeat(target, '\374', 100);
	put(&m);
	CHECK(!strncmp(records_text, "21 hdrcharset=BINARY\n111 path=\374", 31));
	CHECK(!strstr(records_text, "linkpath="));
	/* Said once for both. */
	repeat(target, '\374', 101);
	put(&m);
	CHECK(strstr(records_text, "linkpath=\374"));
	CHECK(!strstr(strstr(records_text, "BINARY") + 1, "BINARY"));
	CHECK(!memcmp(last_header.linkname, target, 100));
	strcpy(path, "short");
	put(&m);
	CHECK(!strncmp(records_text, "21 hdrcharset=BINARY\n", 21));
	repeat(target, 't', 101);
	put(&m);
	CHECK(!strncmp(records_text, "115 linkpath=t", 14));
}

/* ---- Sparse files ---- */

static void check_sparse(struct sparse_map *map, uint64_t size,
			 const char *text)
{
	struct pax_member m = member_at("dir/file");
	char want[64];

	m.map = map;
	m.size = size;
	put(&m);
	CHECK(!strncmp(records_text,
		       "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"
		       "28 GNU.sparse.name=dir/file\n", 72));
	snprintf(want, sizeof(want), "GNU.sparse.realsize=%llu",
		 (unsigned long long)size);
	CHECK(has_record(want));
	CHECK_STR(last_header.name, "dir/GNUSparseFile.0/file");
	/* The map is padded, and counts as stored. */
	CHECK_EQ(strtoull(last_header.size, NULL, 8), 512 + map->data);
	CHECK(!memcmp(out.bytes + out.at - 512, text, strlen(text) + 1));
}

static void maps(void)
{
	struct sparse_extent extents[] = { { 0, 4096 }, { 8192, 1000 } };
	struct sparse_map map = { .extents = extents, .n = 2, .data = 5096 };

	check_sparse(&map, 9192, "2\n0\n4096\n8192\n1000\n");
	check_sparse(&map, 9193, "3\n0\n4096\n8192\n1000\n9193\n0\n");
	map.n = 0;
	map.data = 0;
	check_sparse(&map, 1 << 20, "1\n1048576\n0\n");
}

/* The longer name of the second try may not keep the prefix of the first. */
static void hidden_names(void)
{
	struct sparse_extent extent = { 0, 4096 };
	struct sparse_map map = { .extents = &extent, .n = 1, .data = 4096 };
	struct pax_member m;
	char path[400], *name;

	repeat(repeat(repeat(path, 'd', 150), '/', 1), 'n', 95);
	m = member_at(path);
	m.map = &map;
	m.size = 8192;
	put(&m);
	CHECK_EQ(last_header.prefix[0], 0);
	CHECK(!strncmp(last_header.name, path, 100));
	name = hidden_name("a/b//", "X");
	CHECK_STR(name, "a/X/b");
	free(name);
	name = hidden_name("b", "X");
	CHECK_STR(name, "X/b");
	free(name);
	name = hidden_name("/", "X");
	CHECK_STR(name, "/X/");
	free(name);
}

/* Two blocks of zeroes, and then up to a multiple of GNU tar's record. */
static void end_of_archive(void)
{
	static const struct { uint64_t at, end; } ends[] = {
		{ 0, 10240 }, { 9216, 10240 }, { 9728, 20480 },
		{ 10240, 20480 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		out.at = ends[i].at;
		CHECK_EQ(pax_put_end(&out), 0);
		CHECK_EQ(out.at, ends[i].end);
	}
}

int main(void)
{
	RUN(lengths_of_records);
	RUN(times);
	RUN(numbers_that_fit);
	RUN(numbers_that_do_not_fit);
	RUN(devices);
	RUN(names_are_split_at_a_slash);
	RUN(slashes_where_a_name_cannot_be_split);
	RUN(names_of_other_letters);
	RUN(maps);
	RUN(hidden_names);
	RUN(end_of_archive);
	return unit_exit();
}
