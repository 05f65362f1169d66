// SPDX-License-Identifier: GPL-2.0-only
/*
 * luks-key.c - lkl-luks-key: finds the key of an encrypted volume.
 *
 * It gets a copy of the header and a passphrase, has libcryptsetup derive the
 * key of the volume, and answers with it (common/storage/luks-protocol.h).  The
 * header is hostile input.  So the program confines itself before it reads it,
 * and nothing but the two is in its memory.
 *
 * People do not start it: the tools do.
 */
#include "config.h"

#include <errno.h>
#include <libcryptsetup.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/descriptor-path.h"
#include "common/error.h"
#include "common/secret-memory.h"
#include "common/storage/luks-protocol.h"
#include "common/storage/mapper-word.h"
#include "common/whole.h"
#include "confine.h"
#include "library-message.h"
#include "result.h"
#include "segment.h"
#include "veracrypt.h"

/*
 * argon2 takes the memory that the header asks for, at most 4 GiB in LUKS2; the
 * time that it asks for has no bound of its own.
 */
#define MEMORY_MAX	(5ull << 30)
#define SECONDS_MAX	600

#define HEADER_PATH	"/proc/self/fd/0"

static ssize_t read_passphrase(char *buf, size_t size)
{
	ssize_t len = read_up_to(LUKS_PASSPHRASE_FD, buf, size);

	return len == (ssize_t)size ? -E2BIG : len;
}

/* Lower limits of the caller's stay. */
static void set_limit(int resource, rlim_t max)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) || limit.rlim_max > max)
		limit.rlim_max = max;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(resource, &limit);
}

static void limit_resources(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	set_limit(RLIMIT_CORE, 0);
#if !defined(__SANITIZE_ADDRESS__)
	set_limit(RLIMIT_AS, MEMORY_MAX);
#endif
	set_limit(RLIMIT_CPU, SECONDS_MAX);
}

/*
 * Have the library load what it loads once, such as the modules of its crypto
 * library: an empty file is no header, but by then it has.
 */
static void warm_up(void)
{
	struct crypt_device *device = NULL;
	char path[DESCRIPTOR_PATH_SIZE];
	int fd = memfd_create("empty", MFD_CLOEXEC);

	if (fd < 0)
		return;
	if (!ftruncate(fd, 1 << 20) &&
	    !crypt_init(&device, descriptor_path(fd, path)))
		crypt_load(device, CRYPT_LUKS, NULL);
	crypt_free(device);
	close(fd);
}

/* What the volume needs that this program or the kernel inside cannot do. */
static int check_features(struct crypt_device *device,
			  struct luks_result *result)
{
	struct crypt_params_integrity integrity = { 0 };
	uint32_t flags = 0;

	if (result->version != 2)
		return 0;
	if (!crypt_persistent_flags_get(device, CRYPT_FLAGS_REQUIREMENTS,
					&flags) &&
	    flags & (CRYPT_REQUIREMENT_OFFLINE_REENCRYPT |
		     CRYPT_REQUIREMENT_ONLINE_REENCRYPT))
		return result_fail(result, -ENOTSUP,
				   "its re-encryption is not complete: let cryptsetup reencrypt finish that");
	if (flags & CRYPT_REQUIREMENT_UNKNOWN)
		return result_fail(result, -ENOTSUP,
				   "its header needs a feature that libcryptsetup does not know");
	if (!crypt_get_integrity_info(device, &integrity) &&
	    integrity.integrity && *integrity.integrity)
		return result_fail(result, -ENOTSUP,
				   "it has integrity tags (dm-integrity), which are not supported");
	if (!crypt_persistent_flags_get(device, CRYPT_FLAGS_ACTIVATION,
					&flags) &&
	    flags & CRYPT_ACTIVATE_ALLOW_DISCARDS)
		result->flags |= LUKS_ALLOW_DISCARDS;
	return 0;
}

static int describe_volume(struct crypt_device *device,
			   struct luks_result *result)
{
	const char *cipher = crypt_get_cipher(device);
	const char *mode = crypt_get_cipher_mode(device);
	const char *uuid = crypt_get_uuid(device);
	int size = crypt_get_volume_key_size(device);
	int ret;

	if (!cipher || !uuid || size <= 0 || size > LUKS_KEY_MAX)
		return result_fail(result, -EINVAL, "its header names no cipher");
	ret = snprintf(result->cipher, sizeof(result->cipher), "%s%s%s", cipher,
		       mode && *mode ? "-" : "", mode ? mode : "");
	/* These words become a line of parameters of dm-crypt. */
	if (ret >= (int)sizeof(result->cipher) ||
	    !mapper_is_word(result->cipher))
		return result_fail(result, -EINVAL,
				   "its header has no usable name of a cipher");
	if (!strcmp(cipher, "cipher_null"))
		return result_fail(result, -ENOTSUP,
				   "it is not encrypted (cipher_null)");
	snprintf(result->uuid, sizeof(result->uuid), "%s", uuid);
	result->key_size = (uint32_t)size;
	result->sector_size = (uint32_t)crypt_get_sector_size(device);
	result->offset = crypt_get_data_offset(device);
	result->iv_offset = crypt_get_iv_offset(device);
	if (result->version == 2)
		return segment_read(device, result);
	return 0;
}

static int derive(struct crypt_device *device, const char *passphrase,
		  size_t len, struct luks_result *result)
{
	size_t size = result->key_size;
	int ret;

	library_message_forget();
	ret = crypt_volume_key_get(device, CRYPT_ANY_SLOT,
				   (char *)result->key, &size, passphrase, len);
	if (ret >= 0 && size == result->key_size)
		return 0;
	explicit_bzero(result->key, sizeof(result->key));
	if (ret == -EPERM)
		return result_fail(result, -EPERM,
				   "no key slot has this passphrase");
	if (ret == -ENOENT)
		return result_fail(result, -ENOENT,
				   "it has no key slot in use");
	if (ret == -ENOMEM)
		return result_fail(result, -ENOMEM,
				   "there is not enough memory to derive its key");
	return result_fail_by_library(result, ret < 0 ? ret : -EINVAL,
				      "cannot derive its key", "a key slot is damaged");
}

/* Of the volume, whose header the file has. */
static uint64_t header_sectors(void)
{
	off_t size = lseek(STDIN_FILENO, 0, SEEK_END);

	return size < 0 ? 0 : (uint64_t)size / 512;
}

static int unlock_luks(struct crypt_device *device, const char *passphrase,
		       size_t len, struct luks_result *result)
{
	const char *type;
	int ret;

	library_message_forget();
	ret = crypt_load(device, CRYPT_LUKS, NULL);
	if (ret < 0)
		return result_fail_by_library(result, ret,
					      "cannot read its LUKS header",
					      "it is damaged");
	type = crypt_get_type(device);
	result->version = type && !strcmp(type, CRYPT_LUKS1) ? 1 : 2;
	ret = check_features(device, result);
	if (!ret)
		ret = describe_volume(device, result);
	if (!ret)
		ret = derive(device, passphrase, len, result);
	return ret;
}

/* @kind: the second argument of the program */
static int unlock(const char *mode, const char *kind, char *passphrase,
		  struct luks_result *result)
{
	struct crypt_device *device = NULL;
	struct veracrypt_volume veracrypt;
	struct lkl_error err = { "" };
	ssize_t len;
	int ret;

	limit_resources();
	crypt_set_log_callback(NULL, library_message_keep, NULL);
	crypt_metadata_locking(NULL, 0);
	warm_up();
	ret = confine_key_program(mode, &err);
	if (ret < 0)
		return result_fail(result, ret, err.text);
	len = read_passphrase(passphrase, LUKS_PASSPHRASE_MAX);
	if (len < 0)
		return result_fail(result, (int)len,
				   "cannot read the passphrase");
	ret = crypt_init(&device, HEADER_PATH);
	if (ret < 0)
		ret = result_fail_by_library(result, ret,
					     "cannot read its header",
					     "it is damaged");
	else if (veracrypt_parse(kind, &veracrypt))
		ret = veracrypt_unlock(device, &veracrypt, header_sectors(),
				       passphrase, (size_t)len, result);
	else
		ret = unlock_luks(device, passphrase, (size_t)len, result);
	crypt_free(device);
	return ret;
}

int main(int argc, char **argv)
{
	struct luks_result *result = secret_memory_alloc(sizeof(*result));
	char *passphrase = secret_memory_alloc(LUKS_PASSPHRASE_MAX);
	bool written;

	if (argc != 3 || isatty(STDIN_FILENO)) {
		fprintf(stderr, "lkl-luks-key: the tools start this program\n");
		return 2;
	}
	if (!result || !passphrase)
		return EXIT_FAILURE;
	signal(SIGPIPE, SIG_IGN);
	unlock(argv[1], argv[2], passphrase, result);
	secret_memory_free(passphrase, LUKS_PASSPHRASE_MAX);
	written = write_whole(STDOUT_FILENO, result, sizeof(*result));
	secret_memory_free(result, sizeof(*result));
	return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
