// SPDX-License-Identifier: GPL-2.0-only
/*
 * common-options.c - the options that all tools share.
 */
#include "common-options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "parse.h"
#include "quote.h"

enum {
	KEY_FORMAT = OPTION_LONG_ONLY + 0x800,
	KEY_OFFSET,
	KEY_SIZE,
	KEY_SNAPSHOT,
	KEY_IMAGE_SNAPSHOT,
	KEY_NO_LOCK,
	KEY_ALLOW_BACKING,
	KEY_VOLUME,
	KEY_SYSTEM,
	KEY_DISK,
	KEY_DEGRADED,
	KEY_KEY_FILE,
	KEY_KEY_FD,
	KEY_KEY,
	KEY_UNLOCK,
	KEY_LUKS_HEADER,
	KEY_VERACRYPT,
	KEY_VERACRYPT_PIM,
	KEY_IMAGE_KEY_FILE,
	KEY_IMAGE_KEY_FD,
	KEY_ALLOW_DISCARDS,
	KEY_VERITY_ROOT_HASH,
	KEY_VERITY_HASH_IMAGE,
	KEY_VERITY_HASH_DEVICE,
	KEY_VERITY_HASH_OFFSET,
	KEY_MOUNT_OPTIONS,
	KEY_MEMORY,
	KEY_KERNEL_LOG,
	KEY_PROGRESS_FD,
	KEY_SANDBOX,
	KEY_NO_SANDBOX,
	KEY_FILESYSTEM_TYPE,
	KEY_MB,
};

/* Options that do not say which image it is. */
#define RUNNING_ENTRIES \
	{ KEY_MOUNT_OPTIONS, "mount-options", "LIST", \
	  "options of the file system, separated by commas" }, \
	{ KEY_MEMORY, "memory", "SIZE", \
	  "memory for the kernel, with suffix M or G\n" \
	  "(default: from the size of the image)" }, \
	{ KEY_KERNEL_LOG, "kernel-log", NULL, \
	  "show the kernel's messages on standard error" }, \
	{ KEY_PROGRESS_FD, "progress-fd", "FD", \
	  "write progress to this descriptor, in lines N/100" }, \
	{ KEY_SANDBOX, "sandbox", "MODE", \
	  "if the host lacks a part of the sandbox: strict (do\n" \
	  "not run, the default), best (use what it has); or\n" \
	  "none: do not confine the program" }, \
	{ KEY_NO_SANDBOX, "no-sandbox", NULL, \
	  "the same as --sandbox=none" }, \
	{ 'q', "quiet", NULL, "no warnings and no progress" }, \
	{ 'v', "verbose", NULL, \
	  "list the files, and say how the program is confined" },

static const struct option_entry common_entries[] = {
	{ KEY_FORMAT, "format", "FORMAT",
	  "format of the image: raw, qcow2, vmdk, vdi, ...\n"
	  "(default: found by probing, raw or qcow2)" },
	{ KEY_OFFSET, "offset", "BYTES",
	  "start of the disk in the image (default 0)" },
	{ KEY_SIZE, "size", "BYTES",
	  "size of the disk (default: up to the end of the image)" },
	{ KEY_SNAPSHOT, "snapshot", NULL,
	  "do not change the image: discard writes at the end" },
	{ KEY_IMAGE_SNAPSHOT, "image-snapshot", "NAME",
	  "read an internal snapshot of a qcow2 image" },
	{ KEY_NO_LOCK, "no-lock", NULL,
	  "do not lock the image" },
	{ KEY_ALLOW_BACKING, "allow-backing", NULL,
	  "open backing and data files that the image names" },
	{ 't', "type", "TYPE", "file system type (default: found by probing)" },
	{ 'P', "partition", "WHICH",
	  "partition: a number, or LABEL=, UUID=, PARTLABEL=\n"
	  "or PARTUUID= and its value; 0 is the whole image" },
	{ KEY_VOLUME, "volume", "NAME",
	  "volume of LVM: GROUP/NAME; array: /dev/md/NAME; or\n"
	  "LABEL= or UUID= and its value" },
	{ KEY_SYSTEM, "system", "[WHICH]",
	  "the root of an operating system and all that it\n"
	  "mounts; WHICH of several: a volume, UUID or device" },
	{ KEY_DISK, "disk", "IMAGE",
	  "a further disk beside the image; can be repeated" },
	{ KEY_DEGRADED, "degraded", NULL,
	  "write to arrays that lack a disk; go on without what\n"
	  "a system lacks" },
	{ KEY_KEY_FILE, "key-file", "FILE",
	  "the passphrase of encrypted volumes is in this file\n"
	  "(default: asked for on the terminal)" },
	{ KEY_KEY_FD, "key-fd", "FD",
	  "read the passphrase from this descriptor" },
	{ KEY_KEY, "key", "VOLUME:file:PATH",
	  "the passphrase of one volume; or VOLUME:fd:FD; can\n"
	  "be repeated" },
	{ KEY_UNLOCK, "unlock", "VOLUME",
	  "open this encrypted volume; can be repeated; or all\n"
	  "(default: the one that is needed)" },
	{ KEY_LUKS_HEADER, "luks-header", "FILE",
	  "the LUKS header of the encrypted volume is in FILE" },
	{ KEY_VERACRYPT, "veracrypt", "[hidden]",
	  "the encrypted volume is one of VeraCrypt or TrueCrypt;\n"
	  "or open the hidden volume in it" },
	{ KEY_VERACRYPT_PIM, "veracrypt-pim", "N",
	  "its personal iterations multiplier" },
	{ KEY_IMAGE_KEY_FILE, "image-key-file", "FILE",
	  "the passphrase of a qcow2 image that is encrypted is in\n"
	  "this file" },
	{ KEY_IMAGE_KEY_FD, "image-key-fd", "FD",
	  "read the passphrase of the image from this descriptor" },
	{ KEY_ALLOW_DISCARDS, "allow-discards", NULL,
	  "let discards through encrypted volumes" },
	{ KEY_VERITY_ROOT_HASH, "verity-root-hash", "HEX",
	  "verify what is read with dm-verity and this root hash" },
	{ KEY_VERITY_HASH_IMAGE, "verity-hash-image", "IMAGE",
	  "the hash tree is in this image" },
	{ KEY_VERITY_HASH_DEVICE, "verity-hash-device", "WHICH",
	  "the hash tree is in this partition or volume" },
	{ KEY_VERITY_HASH_OFFSET, "verity-hash-offset", "BYTES",
	  "the hash tree begins here (default 0; without an image\n"
	  "or a volume for it: behind the data)" },
	RUNNING_ENTRIES
	{ 0 }
};

static const struct option_entry running_entries[] = {
	RUNNING_ENTRIES
	{ 0 }
};

/* Names that the older tools of the same name have for them. */
static const struct option_entry old_entries[] = {
	{ KEY_FILESYSTEM_TYPE, "filesystem-type", "TYPE", "--type" },
	{ KEY_KERNEL_LOG, "enable-printk", NULL, "--kernel-log" },
	{ KEY_MB, "mb", "MIB", "--memory" },
	{ 0 }
};

/* Options without an argument. */
static bool set_flag(struct common_options *options, int key)
{
	switch (key) {
	case KEY_SNAPSHOT:
		options->snapshot = true;
		return true;
	case KEY_NO_LOCK:
		options->no_lock = true;
		return true;
	case KEY_ALLOW_BACKING:
		options->allow_backing = true;
		return true;
	case KEY_DEGRADED:
		options->degraded = true;
		return true;
	case KEY_ALLOW_DISCARDS:
		options->keys.allow_discards = true;
		return true;
	case KEY_KERNEL_LOG:
		options->kernel_log = true;
		return true;
	case KEY_NO_SANDBOX:
		options->sandbox = SANDBOX_NONE;
		return true;
	case 'q':
		options->quiet = true;
		return true;
	case 'v':
		options->verbose = true;
		return true;
	}
	return false;
}

static const char *const sandbox_names[] = {
	[SANDBOX_STRICT] = "strict",
	[SANDBOX_BEST] = "best",
	[SANDBOX_NONE] = "none",
};

const char *sandbox_mode_name(enum sandbox_mode mode)
{
	return sandbox_names[mode];
}

static int parse_sandbox(const char *mode, struct common_options *options,
			 struct lkl_error *err)
{
	unsigned int i;

	for (i = 0; i < sizeof(sandbox_names) / sizeof(*sandbox_names); i++) {
		if (!strcmp(mode, sandbox_names[i])) {
			options->sandbox = (enum sandbox_mode)i;
			return 0;
		}
	}
	return error_set(err, -EINVAL,
			 "unknown sandbox mode %s: strict, best or none",
			 quote_name(mode));
}

/* The kernel inside has room for 32 disks. */
#define DISKS_MAX 31

static int add_disk(struct common_options *options, const char *image,
		    struct lkl_error *err)
{
	const char **larger;

	if (!*image)
		return error_set(err, -EINVAL, "empty name");
	larger = realloc(options->disks, (options->n_disks + 1) *
			 sizeof(*larger));
	if (!larger)
		return error_no_memory(err);
	options->disks = larger;
	if (options->n_disks == DISKS_MAX)
		return error_set(err, -E2BIG, "more than %d disks", DISKS_MAX);
	larger[options->n_disks++] = image;
	return 0;
}

static int handle_common(int key, const char *argument, void *target,
			 struct lkl_error *err)
{
	struct common_options *options = target;
	uint64_t number;
	int ret;

	if (set_flag(options, key))
		return 0;
	switch (key) {
	case KEY_FORMAT:
		if (!*argument)
			return error_set(err, -EINVAL, "empty format");
		options->format = argument;
		return 0;
	case KEY_SANDBOX:
		return parse_sandbox(argument, options, err);
	case KEY_IMAGE_SNAPSHOT:
		if (!*argument)
			return error_set(err, -EINVAL, "empty name");
		options->image_snapshot = argument;
		return 0;
	case KEY_OFFSET:
		return parse_size(argument, &options->offset, err);
	case KEY_SIZE:
		return parse_size_above_zero(argument, &options->size, err);
	case 't':
	case KEY_FILESYSTEM_TYPE:
		if (!*argument)
			return error_set(err, -EINVAL, "empty type");
		options->type = argument;
		return 0;
	case 'P':
		if (!*argument)
			return error_set(err, -EINVAL, "empty partition");
		/* Scripts of nixpkgs have "-P 1", quoted as one word. */
		options->partition = argument + strspn(argument, " ");
		return 0;
	case KEY_VOLUME:
		if (!*argument)
			return error_set(err, -EINVAL, "empty name");
		options->volume = argument;
		return 0;
	case KEY_SYSTEM:
		options->system = argument ? argument : "";
		return 0;
	case KEY_DISK:
		return add_disk(options, argument, err);
	case KEY_KEY_FILE:
		return key_options_add_file(&options->keys, argument, err);
	case KEY_KEY_FD:
		return key_options_add_fd(&options->keys, argument, err);
	case KEY_KEY:
		return key_options_add(&options->keys, argument, err);
	case KEY_IMAGE_KEY_FILE:
		return image_key_set_file(&options->image_key, argument, err);
	case KEY_IMAGE_KEY_FD:
		return image_key_set_fd(&options->image_key, argument, err);
	case KEY_LUKS_HEADER:
		if (!*argument)
			return error_set(err, -EINVAL, "empty name of a file");
		options->keys.luks_header = argument;
		return 0;
	case KEY_VERACRYPT:
		return key_options_set_veracrypt(&options->keys, argument, err);
	case KEY_VERACRYPT_PIM:
		ret = parse_number(argument, VERACRYPT_PIM_MAX, &number, err);
		if (!ret)
			options->keys.veracrypt_pim = (unsigned int)number;
		return ret;
	case KEY_UNLOCK:
		return key_options_add_unlock(&options->keys, argument, err);
	case KEY_VERITY_ROOT_HASH:
		return verity_options_set_root_hash(&options->verity, argument,
						    err);
	case KEY_VERITY_HASH_IMAGE:
		ret = add_disk(options, argument, err);
		if (!ret)
			options->verity.hash_disk = options->n_disks;
		return ret;
	case KEY_VERITY_HASH_DEVICE:
		if (!*argument)
			return error_set(err, -EINVAL, "empty name");
		options->verity.hash_device = argument;
		return 0;
	case KEY_VERITY_HASH_OFFSET:
		options->verity.has_offset = true;
		return parse_size(argument, &options->verity.offset, err);
	case KEY_MOUNT_OPTIONS:
		options->mount_options = argument;
		return 0;
	case KEY_MEMORY:
	case KEY_MB:
		ret = key == KEY_MB ?
			parse_number(argument, UINT64_MAX >> 20, &number, err) :
			parse_size(argument, &number, err);
		if (ret < 0)
			return ret;
		if (key == KEY_MB)
			number <<= 20;
		if (number < LKL_MEMORY_MIN)
			return error_set(err, -ERANGE,
					 "%s is too little, the kernel needs %llu MiB",
					 argument, LKL_MEMORY_MIN >> 20);
		options->memory = number;
		return 0;
	case KEY_PROGRESS_FD:
		ret = parse_number(argument, INT_MAX, &number, err);
		if (ret < 0)
			return ret;
		if (fcntl((int)number, F_GETFD) < 0)
			return error_set(err, -EBADF,
					 "file descriptor %s is not open",
					 argument);
		options->progress_fd = (int)number;
		return 0;
	}
	return error_set(err, -EINVAL, "option without a meaning");
}

struct option_group common_options_group(struct common_options *target)
{
	return (struct option_group){
		.title = "Image",
		.entries = common_entries,
		.handle = handle_common,
		.target = target,
	};
}

struct option_group common_running_options_group(struct common_options *target)
{
	return (struct option_group){
		.title = "Running",
		.entries = running_entries,
		.handle = handle_common,
		.target = target,
	};
}

struct option_group common_old_options_group(struct common_options *target)
{
	return (struct option_group){
		.entries = old_entries,
		.handle = handle_common,
		.target = target,
		.hidden = true,
	};
}
