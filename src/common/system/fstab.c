// SPDX-License-Identifier: GPL-2.0-only
/*
 * fstab.c - parse the text of /etc/fstab and /etc/crypttab.
 */
#include "fstab.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* In place.  "\000" stays as it is: a string cannot hold it. */
static void decode_field(char *field)
{
	char *out = field;
	int value;

	for (; *field; field++) {
		value = 0;
		if (field[0] == '\\' && field[1] >= '0' && field[1] <= '3' &&
		    is_octal(field[2]) && is_octal(field[3]))
			value = (field[1] - '0') << 6 | (field[2] - '0') << 3 |
				(field[3] - '0');
		if (value)
			field += 3;
		*out++ = value ? (char)value : *field;
	}
	*out = '\0';
}

/* The number of fields. */
static unsigned int split_line(char *text, struct fstab_line *line)
{
	static char none[] = "";
	unsigned int n = 0, i;
	char *rest = text, *field;

	for (i = 0; i < FSTAB_FIELDS; i++)
		line->fields[i] = none;
	while (n < FSTAB_FIELDS && (field = strtok_r(NULL, " \t\r", &rest)))
		line->fields[n++] = field;
	for (i = 0; i < n; i++)
		decode_field(line->fields[i]);
	return n;
}

static int add_line(struct fstab *fstab, const struct fstab_line *line,
		    struct lkl_error *err)
{
	struct fstab_line *larger;

	if (fstab->n == FSTAB_LINES_MAX)
		return error_set(err, -E2BIG, "more than %u lines",
				 FSTAB_LINES_MAX);
	larger = realloc(fstab->lines, (fstab->n + 1) * sizeof(*larger));
	if (!larger)
		return error_no_memory(err);
	fstab->lines = larger;
	larger[fstab->n++] = *line;
	return 0;
}

static int parse_lines(struct fstab *fstab, unsigned int n_needed,
		       struct lkl_error *err)
{
	char *rest = fstab->text, *text;
	struct fstab_line line = { .number = 0 };
	int ret = 0;

	while (!ret && (text = strsep(&rest, "\n"))) {
		line.number++;
		text += strspn(text, " \t\r");
		if (!*text || *text == '#')
			continue;
		if (split_line(text, &line) >= n_needed)
			ret = add_line(fstab, &line, err);
		else if (!fstab->bad)
			fstab->bad = line.number;
	}
	return ret;
}

int fstab_parse(const char *text, size_t len, unsigned int n_needed,
		struct fstab *ret_fstab, struct lkl_error *err)
{
	struct fstab fstab = { .n = 0 };
	int ret;

	if (len > FSTAB_SIZE_MAX)
		return error_set(err, -E2BIG, "larger than %u bytes",
				 FSTAB_SIZE_MAX);
	if (memchr(text, '\0', len))
		return error_set(err, -EINVAL, "has a zero byte");
	fstab.text = strndup(text, len);
	if (!fstab.text)
		return error_no_memory(err);
	ret = parse_lines(&fstab, n_needed, err);
	if (ret < 0)
		fstab_free(&fstab);
	else
		*ret_fstab = fstab;
	return ret;
}

void fstab_free(struct fstab *fstab)
{
	free(fstab->lines);
	free(fstab->text);
}

bool fstab_has_option(const struct fstab_line *line, const char *option)
{
	size_t len = strlen(option);
	const char *at;

	for (at = line->options; *at; at += *at == ',') {
		if (strcspn(at, ",") == len && !strncmp(at, option, len))
			return true;
		at += strcspn(at, ",");
	}
	return false;
}

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(word, *list))
			return true;
	return false;
}

static bool is_network(const struct fstab_line *line)
{
	static const char *const types[] = {
		"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph",
		"davfs", "glusterfs", "lustre", "ocfs2", "gfs2", "sshfs",
		"curlftpfs", "virtiofs", NULL
	};

	return is_one_of(line->type, types) ||
		!strncmp(line->type, "fuse.", 5) ||
		!strcmp(line->type, "fuse") || !strncmp(line->source, "//", 2);
}

static bool is_in_memory(const struct fstab_line *line)
{
	static const char *const types[] = {
		"tmpfs", "ramfs", "devtmpfs", "devpts", "proc", "sysfs",
		"securityfs", "debugfs", "tracefs", "configfs", "efivarfs",
		"cgroup", "cgroup2", "hugetlbfs", "mqueue", "pstore", "bpf",
		"binfmt_misc", "rpc_pipefs", "nfsd", "selinuxfs", "autofs",
		"usbfs", "spufs", NULL
	};

	return is_one_of(line->type, types);
}

static bool is_removable(const char *source)
{
	static const char *const devices[] = {
		"/dev/cdrom", "/dev/cdrw", "/dev/dvd", "/dev/dvdrw", NULL
	};

	return is_one_of(source, devices) || !strncmp(source, "/dev/sr", 7) ||
		!strncmp(source, "/dev/fd", 7) || !strncmp(source, "/dev/scd", 8);
}

const char *fstab_skip_reason(const struct fstab_line *line)
{
	if (!strcmp(line->type, "swap") || !strcmp(line->target, "none") ||
	    !strcmp(line->target, "swap"))
		return "swap";
	if (!strcmp(line->type, "ignore"))
		return "ignored";
	if (is_in_memory(line))
		return "not on a disk";
	if (is_network(line))
		return "on the network";
	if (!strcmp(line->type, "overlay") || !strcmp(line->type, "mergerfs"))
		return "made of other directories";
	if (fstab_has_option(line, "bind") || fstab_has_option(line, "rbind") ||
	    !strcmp(line->type, "none"))
		return "a bind mount";
	if (fstab_has_option(line, "noauto"))
		return "noauto";
	if (is_removable(line->source))
		return "a removable disk";
	return NULL;
}

char *fstab_target(const struct fstab_line *line, struct lkl_error *err)
{
	const char *at = line->target;
	char *path, *out;
	size_t len;

	if (*at != '/') {
		error_set(err, -EINVAL, "%s is not an absolute path",
			  quote_name(at));
		return NULL;
	}
	path = out = malloc(strlen(at) + 2);
	if (!path) {
		error_no_memory(err);
		return NULL;
	}
	while (*(at += strspn(at, "/"))) {
		len = strcspn(at, "/");
		if (len == 2 && !strncmp(at, "..", 2)) {
			error_set(err, -EINVAL, "%s has \"..\"",
				  quote_name(line->target));
			free(path);
			return NULL;
		}
		if (len != 1 || *at != '.') {
			*out++ = '/';
			memcpy(out, at, len);
			out += len;
		}
		at += len;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
	return path;
}

/* Those that change which files are seen, or how they are written. */
static const struct {
	const char *type, *option;	/* "NAME=": has a value */
} known_options[] = {
	{ "btrfs", "subvol=" }, { "btrfs", "subvolid=" },
	{ "btrfs", "compress" }, { "btrfs", "compress=" },
	{ "btrfs", "compress-force" }, { "btrfs", "compress-force=" },
	{ "vfat", "umask=" }, { "vfat", "fmask=" }, { "vfat", "dmask=" },
	{ "vfat", "uid=" }, { "vfat", "gid=" }, { "vfat", "iocharset=" },
	{ "vfat", "codepage=" }, { "vfat", "shortname=" }, { "vfat", "utf8" },
	{ "exfat", "umask=" }, { "exfat", "fmask=" }, { "exfat", "dmask=" },
	{ "exfat", "uid=" }, { "exfat", "gid=" }, { "exfat", "iocharset=" },
	{ "ntfs3", "umask=" }, { "ntfs3", "fmask=" }, { "ntfs3", "dmask=" },
	{ "ntfs3", "uid=" }, { "ntfs3", "gid=" },
};

#define VALUE_MAX 1024

static bool is_known_option(const char *type, const char *option, size_t name)
{
	const char *known;
	unsigned int i;

	for (i = 0; i < sizeof(known_options) / sizeof(*known_options); i++) {
		known = known_options[i].option;
		if (!strcmp(known_options[i].type, type) &&
		    strlen(known) == name && !strncmp(known, option, name))
			return true;
	}
	return false;
}

/* Names of subvolumes hold what file names hold; other values are plain words. */
static bool is_good_value(const char *option, const char *value, size_t len)
{
	static const char words[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_.:+-";
	size_t i;

	if (!len || len > VALUE_MAX)
		return false;
	if (strncmp(option, "subvol=", 7) != 0)
		return strspn(value, words) >= len;
	for (i = 0; i < len; i++)
		if ((unsigned char)value[i] < ' ' || value[i] == 127)
			return false;
	return true;
}

/* "uid=" or "gid=" with something that is no id; @option ends at a comma. */
static bool is_named_owner(const char *option)
{
	size_t digits;

	if (strncmp(option, "uid=", 4) && strncmp(option, "gid=", 4))
		return false;
	option += 4;
	digits = strspn(option, "0123456789");
	return !digits || digits != strcspn(option, ",") || digits > 10 ||
		strtoull(option, NULL, 10) >= UINT32_MAX;
}

const char *fstab_named_owner(const struct fstab_line *line, const char *type)
{
	const char *at;

	for (at = line->options; *at; at += strcspn(at, ","), at += *at == ',')
		if (is_named_owner(at) && is_known_option(type, at, 4))
			return at;
	return NULL;
}

int fstab_options(const struct fstab_line *line, const char *type,
		  char **ret_options, bool *ret_read_only,
		  struct lkl_error *err)
{
	cleanup_free char *all = malloc(strlen(line->options) + 1);
	const char *at, *equals;
	char *out = all;
	size_t len, name;

	if (!all)
		return error_no_memory(err);
	for (at = line->options; *at; at += len + (at[len] == ',')) {
		len = strcspn(at, ",");
		equals = memchr(at, '=', len);
		name = equals ? (size_t)(equals - at) + 1 : len;
		if (!is_known_option(type, at, name))
			continue;
		if (is_named_owner(at))
			continue;
		if (equals && !is_good_value(at, equals + 1, len - name))
			return error_set(err, -EINVAL,
					 "option %.*s has a bad value",
					 (int)name, at);
		if (out > all)
			*out++ = ',';
		memcpy(out, at, len);
		out += len;
	}
	*out = '\0';
	*ret_options = steal_pointer(all);
	*ret_read_only = fstab_has_option(line, "ro");
	return 0;
}
