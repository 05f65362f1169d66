// SPDX-License-Identifier: GPL-2.0-only
/*
 * fstab.c - the lines of /etc/fstab are read as fstab(5) describes them, and what is
 * hostile in them goes no further.
 */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/system/discoverable.h"
#include "common/system/fstab-source.h"
#include "common/system/fstab.h"
#include "common/system/os-release.h"

static struct fstab parse(const char *text)
{
	struct lkl_error err = { "" };
	struct fstab fstab = { .n = 0 };

	CHECK_EQ(fstab_parse(text, strlen(text), 3, &fstab, &err), 0);
	return fstab;
}

static void test_fields(void)
{
	struct fstab fstab = parse("# comment\n\n"
				   "\tUUID=1  /a\\040b\\011c\text4 ro,nofail 0 1\r\n"
				   "too few\n"
				   "/dev/x /y auto\n"
				   "  #last line has no end\n"
				   "LABEL=\\101\\000\\8 /z\\ xfs x");

	REQUIRE(fstab.n == 3);
	CHECK_STR(fstab.lines[0].source, "UUID=1");
	CHECK_STR(fstab.lines[0].target, "/a b\tc");
	CHECK_STR(fstab.lines[0].type, "ext4");
	CHECK_STR(fstab.lines[0].options, "ro,nofail");
	CHECK_EQ(fstab.lines[0].number, 3);
	CHECK_STR(fstab.lines[1].options, "");
	CHECK_STR(fstab.lines[2].source, "LABEL=A\\000\\8");
	CHECK_STR(fstab.lines[2].target, "/z\\");
	CHECK_EQ(fstab.bad, 4);
	CHECK(fstab_has_option(&fstab.lines[0], "nofail"));
	CHECK(fstab_has_option(&fstab.lines[0], "ro"));
	CHECK(!fstab_has_option(&fstab.lines[0], "no"));
	CHECK(!fstab_has_option(&fstab.lines[0], "r"));
	CHECK(!fstab_has_option(&fstab.lines[1], "ro"));
	fstab_free(&fstab);
}

static void test_limits(void)
{
	struct lkl_error err = { "" };
	struct fstab fstab;
	size_t len = 8 * (FSTAB_LINES_MAX + 1), i;
	char *text = malloc(FSTAB_SIZE_MAX + 1);

	REQUIRE(text);
	for (i = 0; i < len; i += 8)
		memcpy(text + i, "/a /b c\n", 8);
	CHECK_EQ(fstab_parse(text, len, 3, &fstab, &err), -E2BIG);
	CHECK_STR(err.text, "more than 1000 lines");
	CHECK_EQ(fstab_parse(text, len - 8, 3, &fstab, &err), 0);
	CHECK_EQ(fstab.n, FSTAB_LINES_MAX);
	fstab_free(&fstab);
	memset(text, '\n', FSTAB_SIZE_MAX + 1);
	CHECK_EQ(fstab_parse(text, FSTAB_SIZE_MAX + 1, 3, &fstab, &err),
		 -E2BIG);
	CHECK_EQ(fstab_parse("/a\0 /b c", 8, 3, &fstab, &err), -EINVAL);
	CHECK_STR(err.text, "has a zero byte");
	free(text);
}

static void test_skipped(void)
{
	static const struct {
		const char *line, *reason;
	} lines[] = {
		{ "/swap none swap sw", "swap" },
		{ "tmpfs /tmp tmpfs", "not on a disk" },
		{ "proc /proc proc", "not on a disk" },
		{ "//a/b /c cifs", "on the network" },
		{ "a:/b /c nfs4", "on the network" },
		{ "u@h: /c fuse.sshfs", "on the network" },
		{ "/a /b none bind", "a bind mount" },
		{ "/a /b auto defaults,rbind", "a bind mount" },
		{ "UUID=1 /b ext4 noauto", "noauto" },
		{ "/dev/sr0 /b iso9660", "a removable disk" },
		{ "overlay /b overlay", "made of other directories" },
		{ "UUID=1 /b ext4 defaults", NULL },
		{ "/dev/sda1 /b auto _netdev", NULL },
	};
	struct fstab fstab;
	const char *reason;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		fstab = parse(lines[i].line);
		REQUIRE(fstab.n == 1);
		reason = fstab_skip_reason(fstab.lines);
		CHECK_STR(reason ? reason : "-",
			  lines[i].reason ? lines[i].reason : "-");
		fstab_free(&fstab);
	}
}

static void check_target(const char *target, const char *want)
{
	char path[64], line[80];
	struct lkl_error err = { "" };
	struct fstab_line fields = { .number = 1 };
	char *got;

	snprintf(line, sizeof(line), "%s", target);
	fields.target = line;
	got = fstab_target(&fields, &err);
	snprintf(path, sizeof(path), "%s", got ? got : err.text);
	CHECK_STR(path, want);
	free(got);
}

static void test_targets(void)
{
	check_target("/", "/");
	check_target("/home", "/home");
	check_target("//var/./lib//", "/var/lib");
	check_target("/.", "/");
	check_target("/...", "/...");
	check_target("home", "home is not an absolute path");
	check_target("/a/../../etc", "/a/../../etc has \"..\"");
	check_target("/..", "/.. has \"..\"");
}

static void check_options(const char *type, const char *options,
			  const char *want, bool want_read_only)
{
	struct fstab_line line = { .number = 1 };
	struct lkl_error err = { "" };
	char text[2048], *got = NULL;
	bool read_only = false;
	int ret;

	snprintf(text, sizeof(text), "%s", options);
	line.options = text;
	ret = fstab_options(&line, type, &got, &read_only, &err);
	CHECK_STR(ret ? err.text : got, want);
	CHECK_EQ(read_only, want_read_only);
	free(got);
}

static void test_options(void)
{
	static char longer[1100] = "subvol=";

	check_options("ext4", "defaults,errors=panic,journal_dev=7,ro", "",
		      true);
	check_options("btrfs",
		      "rw,subvol=/@home,device=/dev/x,compress=zstd:3,noatime",
		      "subvol=/@home,compress=zstd:3", false);
	check_options("btrfs", "subvolid=257,subvol=a b\"c\\", 
		      "subvolid=257,subvol=a b\"c\\", false);
	check_options("btrfs", "subvol=a\nb", "option subvol= has a bad value",
		      false);
	check_options("btrfs", "subvol=", "option subvol= has a bad value",
		      false);
	check_options("vfat", "umask=0077,subvol=x,codepage=1;2",
		      "option codepage= has a bad value", false);
	check_options("vfat", "uid=me,umask=0077,gid=1;2,uid=,gid=4294967295",
		      "umask=0077", false);
	check_options("vfat", "uid=1000,gid=4294967294",
		      "uid=1000,gid=4294967294", false);
	check_options("vfat", "utf8,utf8=1,,umask=0077,", "utf8,umask=0077",
		      false);
	memset(longer + 7, 'x', 1025);
	check_options("btrfs", longer, "option subvol= has a bad value", false);
}

static void check_source(const char *text, const char *want)
{
	struct fstab_source source;
	char got[FSTAB_SOURCE_MAX + 40] = "unknown";

	fstab_source_parse(text, &source);
	if (source.kind == FSTAB_NAME)
		snprintf(got, sizeof(got), "%s", source.name);
	else if (source.kind == FSTAB_DISK)
		snprintf(got, sizeof(got), "disk %u, %u", source.disk,
			 source.partition);
	CHECK_STR(got, want);
}

static void test_sources(void)
{
	static char longer[FSTAB_SOURCE_MAX + 1] = "UUID=";

	check_source("UUID=abc", "UUID=abc");
	check_source("LABEL=\"a b\"", "LABEL=a b");
	check_source("LABEL='a", "LABEL='a");
	check_source("LABEL=\"", "LABEL=\"");
	check_source("/dev/disk/by-uuid/AB-CD", "UUID=AB-CD");
	check_source("/dev/disk/by-label/a\\x20b\\x00", "LABEL=a b\\x00");
	check_source("/dev/disk/by-partuuid/1", "PARTUUID=1");
	check_source("/dev/disk/by-id/dm-name-vg-lv", "/dev/mapper/vg-lv");
	check_source("/dev/disk/by-id/ata-x-part1", "unknown");
	check_source("/dev/disk/by-path/pci-0", "unknown");
	check_source("/dev/vg/lv", "/dev/vg/lv");
	check_source("/dev/mapper/a", "/dev/mapper/a");
	check_source("/dev/md0", "/dev/md/0");
	check_source("/dev/md/root", "/dev/md/root");
	check_source("/dev/sda", "disk 0, 0");
	check_source("/dev/sdb12", "disk 1, 12");
	check_source("/dev/vdz1", "disk 25, 1");
	check_source("/dev/xvdaa3", "disk 26, 3");
	check_source("/dev/sda0", "/dev/sda0");
	check_source("/dev/sdaaaa1", "/dev/sdaaaa1");
	check_source("/dev/sda99999", "/dev/sda99999");
	check_source("/dev/nvme1n1p2", "disk 1, 2");
	check_source("/dev/nvme0n1", "disk 0, 0");
	check_source("/dev/nvme0n2p1", "/dev/nvme0n2p1");
	check_source("/dev/mmcblk0p1", "disk 0, 1");
	check_source("/dev/vdata/lv", "/dev/vdata/lv");
	check_source("tank/home", "unknown");
	check_source("", "unknown");
	memset(longer + 5, 'a', sizeof(longer) - 6);
	check_source(longer, "unknown");
}

static void check_release(const char *text, const char *want)
{
	char *got = os_release_value(text, "PRETTY_NAME");

	CHECK_STR(got ? got : "none", want);
	free(got);
}

static void test_release(void)
{
	check_release("ID=x\nPRETTY_NAME=\"A \\\"b\\\" $c\"\n", "A \"b\" $c");
	check_release("PRETTY_NAME='a\\b'", "a\\b");
	check_release("PRETTY_NAME=", "");
	check_release("PRETTY_NAME=\"", "");
	check_release("PRETTY_NAME=\"a\\", "a\\");
	check_release("XPRETTY_NAME=a", "none");
	check_release("", "none");
	check_release(NULL, "none");
}

/* "systemd-id128 --app-specific=TYPE machine-id" says the same. */
static void test_var(void)
{
	char uuid[40] = "";

	CHECK(discoverable_var_uuid("0123456789abcdef0123456789abcdef\n", uuid));
	CHECK_STR(uuid, "c0c46eff-e386-4746-a2bd-0962cd326ea2");
	CHECK(!discoverable_var_uuid("0123456789abcdef0123456789abcde\n", uuid));
	CHECK(!discoverable_var_uuid("uninitialized\n", uuid));
	CHECK(!discoverable_var_uuid("", uuid));
	CHECK(!discoverable_var_uuid(NULL, uuid));
}

int main(void)
{
	RUN(test_fields);
	RUN(test_limits);
	RUN(test_skipped);
	RUN(test_targets);
	RUN(test_options);
	RUN(test_sources);
	RUN(test_release);
	RUN(test_var);
	return unit_exit();
}
